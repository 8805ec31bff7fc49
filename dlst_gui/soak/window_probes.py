"""What `soak --window` measures by: how late events come, and how long a sought frame takes to be drawn."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session
from dlst_gui.soak.event_delays import TICK_MS, EventDelays, delays_of_ticks, delays_of_waits
from dlst_gui.tracking.tracking_run import FrameTracked
from dlst_gui.views.workspace import Workspace
from tracker_core import ShouldCancel

SEEKS_AT_REST = 100
SEEK_PAUSE_MS = 50  # longer than redraws are apart: every seek finds the window free to redraw


class SeekProbe(QObject):
    """Seeks at random among tracked frames, while a run goes on and `SEEKS_AT_REST` times after it."""

    ended = Signal()

    def __init__(self, session: Session, workspace: Workspace) -> None:
        super().__init__()
        self._session = session
        self._workspace = workspace
        self._random = random.Random(0)
        self._wanted: int | None = None  # None: it is being painted
        self._sought_s = 0.0
        self._has_begun = False
        self._is_tracking = False
        self._waits_ms: dict[bool, list[float]] = {True: [], False: []}
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._seek)
        workspace.redrawn.connect(self._on_redrawn)

    @property
    def has_begun(self) -> bool:
        return self._has_begun

    def begin(self) -> None:
        """Make the first seek; there must be two tracked frames."""
        self._has_begun = True
        self._seek()

    def end(self) -> None:
        """Seek no more."""
        self._pause.stop()

    def delays(self, *, while_tracking: bool) -> EventDelays | None:
        """From seeking a frame to its pixels and boxes being painted; None where no frame was sought."""
        return delays_of_waits(self._waits_ms[while_tracking])

    @Slot()
    def _seek(self) -> None:
        here = self._session.playhead.frame_index
        self._wanted = self._random.choice(
            [i for i in range((self._session.run.latest_frame or 0) + 1) if i != here]
        )
        self._is_tracking = self._session.state.is_busy
        self._sought_s = time.perf_counter()
        self._session.seek(self._wanted)

    @Slot()
    def _on_redrawn(self) -> None:
        if self._wanted is not None and self._workspace.drawn_frame == self._wanted:
            self._wanted = None
            QTimer.singleShot(0, self._on_painted)  # after the events that paint what was redrawn

    @Slot()
    def _on_painted(self) -> None:
        self._waits_ms[self._is_tracking].append((time.perf_counter() - self._sought_s) * 1000)
        if len(self._waits_ms[False]) < SEEKS_AT_REST:
            self._pause.start(SEEK_PAUSE_MS)
        else:
            self.ended.emit()


class WindowProbe(QObject):
    """Begins one run in a window and measures how late the ticks of a timer come; seeks from its middle on.

    Attributes:
        frame_count: finished frames of the selected track, the first one included.
        failure: what the session said went wrong, if anything.
    """

    def __init__(
        self,
        session: Session,
        seeks: SeekProbe,
        *,
        begin: Callable[[], None],
        end: Callable[[], None],
        should_cancel: ShouldCancel,
    ) -> None:
        super().__init__()
        self._session = session
        self._seeks = seeks
        self._begin = begin
        self._end = end
        self._should_cancel = should_cancel
        self._last_tick_s = 0.0
        self._frame_times_s: list[float] = []
        self._gaps_ms: dict[RunState, list[float]] = {RunState.LEARNING: [], RunState.TRACKING: []}
        self._last_work_s = 0.0
        self._work_ms: list[float] = []
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)
        self.failure = ""
        session.project_opened.connect(self._on_project_opened, Qt.ConnectionType.SingleShotConnection)
        session.frame_tracked.connect(self._on_frame_tracked)
        session.failed.connect(self._on_failed)
        seeks.ended.connect(end)

    @property
    def frame_count(self) -> int:
        return len(self._frame_times_s)

    @property
    def fps(self) -> float | None:
        """Frames per second after the first; None before the second."""
        if self.frame_count < 2:
            return None
        return (self.frame_count - 1) / max(self._frame_times_s[-1] - self._frame_times_s[0], 1e-9)

    def delays(self, state: RunState) -> EventDelays | None:
        """While the session was in `state`; None where it was not."""
        return delays_of_ticks(self._gaps_ms[state])

    def own_delays(self) -> EventDelays | None:
        """While tracking, what is left of `delays` where no other thread or program takes the window's time."""
        return delays_of_ticks([work + TICK_MS for work in self._work_ms])

    @Slot()
    def _on_project_opened(self) -> None:
        self._begin()
        self._last_tick_s, self._last_work_s = time.perf_counter(), time.thread_time()
        self._timer.start(TICK_MS)

    @Slot()
    def _on_tick(self) -> None:
        now_s = time.perf_counter()
        state = self._session.state
        if state in self._gaps_ms:
            self._gaps_ms[state].append((now_s - self._last_tick_s) * 1000)
        work_s = time.thread_time()
        if state is RunState.TRACKING:
            self._work_ms.append((work_s - self._last_work_s) * 1000)
        self._last_tick_s, self._last_work_s = now_s, work_s
        if self._should_cancel() or not (state.is_busy or self._seeks.has_begun):
            self._timer.stop()
            self._end()
        elif 2 * self.frame_count > self._session.playhead.last_frame and not self._seeks.has_begun:
            self._seeks.begin()

    @Slot(object)
    def _on_frame_tracked(self, tracked: FrameTracked) -> None:
        if tracked.track_id == self._session.selected_track:
            self._frame_times_s.append(time.perf_counter())

    @Slot(str, str, str)
    def _on_failed(self, title: str, message: str, _details: str) -> None:
        self.failure = f"{title}: {message}"
        self._end()
