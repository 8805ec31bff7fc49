"""The command `soak --window`: the real window tracks, and tells how late its own events come meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Slot

from dlst_gui.app import make_tracker_here, themed_application
from dlst_gui.commands.demo_command import shipped_clip
from dlst_gui.commands.event_delays import TICK_MS, EventDelays, delays_of_ticks
from dlst_gui.commands.first_box import first_box
from dlst_gui.commands.interrupt import EXIT_STATUS, noticing_interrupts
from dlst_gui.commands.machine import machine_line
from dlst_gui.commands.options import SOAK_FRAMES_IN_WINDOW, CommandError, SoakOptions
from dlst_gui.commands.soak_command import soak_settings
from dlst_gui.commands.terminal import answer, say
from dlst_gui.devices import core_count
from dlst_gui.log_file import log_path
from dlst_gui.overlays import OVERLAYS
from dlst_gui.project_opening import ProjectOpener
from dlst_gui.run_state import RunState
from dlst_gui.session import Session
from dlst_gui.tracker_factory import MakeTracker, TrackerSettings
from dlst_gui.tracking_run import FrameTracked
from dlst_gui.video import BackAndForth, VideoSource, open_source
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.user_settings import UserSettings
from tracker_core import Box, ShouldCancel


class WindowProbe(QObject):
    """Starts one run in a window and measures how late the ticks of a timer come, until the run ends.

    Attributes:
        gaps_ms: time between ticks, by what the session was doing.
        frame_count: finished frames, the first one included.
        failure: what the session said went wrong, if anything.
    """

    def __init__(self, session: Session, box: Box, end: Callable[[], None], should_cancel: ShouldCancel) -> None:
        super().__init__()
        self._session = session
        self._box = box
        self._end = end
        self._should_cancel = should_cancel
        self._last_tick_s = 0.0
        self._first_frame_s = 0.0
        self._last_frame_s = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)
        self.gaps_ms: dict[RunState, list[float]] = {RunState.LEARNING: [], RunState.TRACKING: []}
        self.frame_count = 0
        self.failure = ""
        once = Qt.ConnectionType.SingleShotConnection
        session.project_opened.connect(self._on_project_opened, once)
        session.frame_tracked.connect(self._on_frame_tracked)
        session.failed.connect(self._on_failed)

    @property
    def fps(self) -> float | None:
        """Frames per second after the first; None before the second."""
        elapsed_s = self._last_frame_s - self._first_frame_s
        return (self.frame_count - 1) / elapsed_s if elapsed_s > 0 else None

    def delays(self, state: RunState) -> EventDelays | None:
        """While the session was in `state`; None where it was not."""
        return delays_of_ticks(self.gaps_ms[state])

    @Slot()
    def _on_project_opened(self) -> None:
        self._session.set_box(0, self._box)
        self._session.track()
        self._last_tick_s = time.perf_counter()
        self._timer.start(TICK_MS)

    @Slot()
    def _on_tick(self) -> None:
        now_s = time.perf_counter()
        state = self._session.state
        if state in self.gaps_ms:
            self.gaps_ms[state].append((now_s - self._last_tick_s) * 1000)
        self._last_tick_s = now_s
        if not state.is_busy or self._should_cancel():
            self._timer.stop()
            self._end()

    @Slot(object)
    def _on_frame_tracked(self, tracked: FrameTracked) -> None:
        self._last_frame_s = time.perf_counter()
        if tracked.frame_index == 0:
            self._first_frame_s = self._last_frame_s
        self.frame_count += 1

    @Slot(str, str)
    def _on_failed(self, title: str, message: str) -> None:
        self.failure = f"{title}: {message}"
        self._end()


def run_window_soak(options: SoakOptions, make_tracker: MakeTracker) -> int:
    """Track in the window until enough frames are done or it is closed, and report; returns the exit status.

    Raises:
        CommandError, DeviceError, VideoError, WeightsError: bad input.
    """
    settings = soak_settings(options, default_threads=max(1, core_count() - 1))
    path = options.source or shipped_clip()
    frame_count = options.frames or SOAK_FRAMES_IN_WINDOW
    with open_source(path) as source:
        box = first_box(source, 0, options.init)

    def open_long(path: Path) -> VideoSource:
        return BackAndForth(open_source(path), frame_count)

    application = themed_application()
    session = Session(open_long, partial(make_tracker_here, make=make_tracker), settings, ProjectOpener(None))
    try:
        with noticing_interrupts() as interrupt:
            probe = WindowProbe(session, box, application.exit, interrupt.should_cancel)
            window = _window(session, has_overlays=options.overlays == "on")
            window.show()
            session.open(path)
            application.exec()
            window.close()
    finally:
        session.close()
    if probe.failure:
        raise CommandError(probe.failure)
    answer(_report(probe, settings, overlays=options.overlays))
    if probe.frame_count < frame_count:
        say(f"ended after {probe.frame_count} of {frame_count} frames")
        return EXIT_STATUS
    return 0


def _window(session: Session, *, has_overlays: bool) -> MainWindow:
    backbones = (session.settings.backbone,)
    user = UserSettings(None)  # measured as it comes, whatever its user has set ...
    user.set_preferences(replace(user.preferences, pauses_when_lost=False))  # ... but to the end
    window = MainWindow(session, user, backbones=backbones, demo_clip=None, log_folder=log_path().parent)
    for overlay in OVERLAYS:
        window.action_set[overlay.info.name].setChecked(has_overlays)
    window.action_set["inspector"].setChecked(has_overlays)
    return window


def _report(probe: WindowProbe, settings: TrackerSettings, *, overlays: str) -> str:
    learning, tracking = probe.delays(RunState.LEARNING), probe.delays(RunState.TRACKING)
    pace = "" if probe.fps is None else f", {probe.fps:.2f} frames/s after the first"
    return (
        f"{machine_line(settings.device, settings.threads)}\n"
        f"{settings.preset} {settings.speed_name}, overlays {overlays}: {probe.frame_count} frames{pace}\n"
        f"events come late while learning the first frame: {learning or 'never waited'}\n"
        f"events come late while tracking: {tracking or 'never waited'}"
    )
