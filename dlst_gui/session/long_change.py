"""A change of the project that takes long, made between the window's other events."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from dlst_gui.project.errors import ProjectFileError, plain_words
from dlst_gui.session.current_project import CurrentProject

SLICE_S = 0.03  # ours: longer, and one would notice
PAUSE_MS = 1  # for what else waits
TOLD_EVERY_S = 0.1  # ours: each time the whole window looks again

Steps = Generator[float, None, object]
"""Yields how much is done, 0 to 1, every few milliseconds; closed before it is 1, it takes everything back."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What the steps have returned."""

    value: object


class LongChange(QObject):
    """One at a time. While it goes on, the current project takes nothing else; `stop` leaves it as it was."""

    changed = Signal()  # it goes on, is farther, or is over
    reverted = Signal()  # it was stopped or failed; the project is as before
    failed = Signal(str, str, str)  # as `Session.failed`

    def __init__(self, current_project: CurrentProject) -> None:
        super().__init__()
        self._current_project = current_project
        self._steps: Steps | None = None
        self._done: Callable[[object], None] | None = None
        self._word = ""
        self._fraction = 0.0
        self._outcome: _Outcome | None = None
        self._told_at_s = -math.inf
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._on_due)

    @property
    def is_going(self) -> bool:
        return self._steps is not None

    @property
    def word(self) -> str:
        """What it is doing, such as "importing"."""
        return self._word

    @property
    def fraction(self) -> float:
        """How much of it is done, 0 to 1."""
        return self._fraction

    def begin(
        self, word: str, steps: Steps, done: Callable[[object], None], *, without: Collection[int] = ()
    ) -> None:
        """Make a change, in the events to come.

        Args:
            word: what it is doing.
            steps: make the change, and return what `done` takes.
            done: called once it is complete and written; not where it failed or was stopped.
            without: tracks that are not to be seen meanwhile, because they go.
        """
        self.stop()
        self._word, self._fraction, self._steps, self._done = word, 0.0, steps, done
        self._current_project.begin_change(without=without)
        self._timer.start()
        self.changed.emit()

    def stop(self) -> bool:
        """Take back what was made of it; False where nothing was going on, or it was complete by then."""
        steps = self._steps
        if steps is None:
            return False
        if self._fraction >= 1:
            self.finish()
            return False
        try:
            steps.close()
        except ProjectFileError as error:
            self.failed.emit("Cannot go back", *plain_words(error))
        finally:
            self._end()
        self.reverted.emit()
        self.changed.emit()
        return True

    def finish(self) -> None:
        """Make the rest of it now: it is small."""
        while self._steps is not None:
            self._on_due()

    @Slot()
    def _on_due(self) -> None:
        steps, until_s = self._steps, time.monotonic() + SLICE_S
        if self._outcome is not None:
            self._finish(self._outcome.value)
            self.changed.emit()
            return
        if steps is None:
            return
        try:
            self._fraction = next(steps)
            while time.monotonic() < until_s:
                self._fraction = next(steps)
        except StopIteration as end:
            # What is shown then takes a while too: not in the same turn.
            self._fraction, self._outcome = 1.0, _Outcome(end.value)
            self._timer.start()
            return
        except ProjectFileError as error:
            self._end()
            self.reverted.emit()
            self.failed.emit("Not saved", *plain_words(error))
        except BaseException:
            self._end()
            self.reverted.emit()
            raise
        else:
            self._timer.start()
            if time.monotonic() - self._told_at_s < TOLD_EVERY_S:
                return
            self._told_at_s = time.monotonic()
        self.changed.emit()

    def _finish(self, outcome: object) -> None:
        done = self._done
        self._end()
        if done is not None:
            done(outcome)

    def _end(self) -> None:
        self._steps, self._done, self._outcome = None, None, None
        self._timer.stop()
        self._current_project.end_change()
