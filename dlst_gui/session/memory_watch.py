"""What the tracker of the selected object knows, kept up to date for whoever looks at it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from dlst_gui.session.run_control import RunControl
from dlst_gui.session.run_events import MemoryTold, RemovalTold, RunEvent
from dlst_gui.session.selected_track import SelectedTrack
from dlst_gui.tracking.run_memory import RunMemory
from dlst_gui.tracking.tracking_run import FrameTracked
from tracker_core import RemovalEffect

ASKED_EVERY_MS = 2000  # while a run goes on: telling takes as long as some frames do
NO_RUN = "There is no run of this object: track it, and pause."
IS_GOING = "Pause the run first (Space)."


class MemoryWatch(QObject):
    """Asks while somebody looks: at once where the run rests, every two seconds while it goes on.

    What it knew at its end every run tells, as nobody can ask it afterwards. What was told last stays until the
    object or the video changes.
    """

    changed = Signal()

    def __init__(self, run: RunControl, selection: SelectedTrack) -> None:
        super().__init__()
        self._run, self._selection = run, selection
        self._is_looked_at = False
        self._is_asking = False
        self._memory: RunMemory | None = None
        self._effect: RemovalEffect | None = None
        self._message = ""
        self._is_removing = False
        self._timer = QTimer(self, singleShot=True, interval=ASKED_EVERY_MS)
        self._timer.timeout.connect(self._ask)
        run.told.connect(self._on_told)
        run.state_changed.connect(self._on_state_changed)
        run.waiting_changed.connect(self._ask_where_resting)
        selection.changed.connect(self._on_selection_changed)

    @property
    def memory(self) -> RunMemory | None:
        """Of the selected object, as it was told last."""
        return self._memory

    @property
    def effect(self) -> RemovalEffect | None:
        """Of leaving out the samples that were asked about last; of `memory`."""
        return self._effect

    @property
    def message(self) -> str:
        """Why something that was asked cannot be told or done; "" where nothing is wrong."""
        return self._message

    @property
    def is_removing(self) -> bool:
        """Whether an effect is being worked out, or samples are being forgotten."""
        return self._is_removing

    @property
    def is_waiting(self) -> bool:
        """Whether nothing is known yet, and the tracker was asked."""
        return self._memory is None and self._is_asking

    @property
    def can_remove(self) -> bool:
        """Whether the run rests on the frame that the memory was told of."""
        return self._why_not is None and not self._is_removing

    @property
    def why_not(self) -> str:
        """Why samples cannot be left out now; "" where they can."""
        return self._why_not or ""

    @property
    def _why_not(self) -> str | None:
        if self._memory is None or not self._run.is_about(self._memory.track_id):
            return NO_RUN
        return None if self._run.can_resume else IS_GOING

    def set_looked_at(self, is_looked_at: bool) -> None:
        """Whether somebody looks; a run is not asked otherwise."""
        if is_looked_at == self._is_looked_at:
            return
        self._is_looked_at = is_looked_at
        if is_looked_at:
            self._ask()
        else:
            self._timer.stop()

    def ask_effect(self, rows: NDArray[np.int64]) -> None:
        """Work out what leaving out samples does."""
        self._remove(rows, is_for_good=False)

    def forget(self, rows: NDArray[np.int64]) -> None:
        """Let the tracker go on without samples; it cannot be undone."""
        self._remove(rows, is_for_good=True)

    def clear(self) -> None:
        """Another video, or none."""
        self._drop()

    def _remove(self, rows: NDArray[np.int64], *, is_for_good: bool) -> None:
        memory = self._memory
        self._effect, self._message = None, self.why_not
        self._is_removing = (
            memory is not None
            and not self._message
            and self._run.ask_removal(memory, rows, is_for_good=is_for_good)
        )
        self.changed.emit()

    def _keep(self) -> None:
        """Also when a run begins: a project that is opened selects an object without a signal of it."""
        self._run.keep_memory_of(self._selection.track_id)

    @Slot()
    def _ask(self) -> None:
        track_id = self._selection.track_id
        if not self._is_looked_at or track_id is None or self._is_asking or not self._run.is_about(track_id):
            return
        self._is_asking = True
        self._run.ask_memory(track_id)
        if self.is_waiting:
            self.changed.emit()

    @Slot()
    def _ask_where_resting(self) -> None:
        track_id = self._selection.track_id
        if self._run.can_resume or (track_id is not None and self._run.targets.is_waiting(track_id)):
            self._ask()

    @Slot(object)
    def _on_told(self, event: RunEvent) -> None:
        match event:
            case MemoryTold():
                self._is_asking = False
                if event.memory is not None and event.track_id == self._selection.track_id:
                    self._memory, self._effect = event.memory, None
                    self.changed.emit()
            case RemovalTold() if event.memory is self._memory or event.message:
                self._is_removing = False
                self._effect, self._message = event.effect, event.message
                self.changed.emit()
            case FrameTracked() if self._is_looked_at and not self._timer.isActive():
                self._timer.start()

    @Slot()
    def _on_state_changed(self) -> None:
        self._is_removing = self._is_asking = False
        self._keep()
        self._ask_where_resting()
        self.changed.emit()

    @Slot()
    def _on_selection_changed(self) -> None:
        self._keep()
        if self._memory is not None and self._memory.track_id != self._selection.track_id:
            self._drop()
        self._ask()

    def _drop(self) -> None:
        self._memory, self._effect, self._message = None, None, ""
        self._is_removing = self._is_asking = False
        self.changed.emit()
