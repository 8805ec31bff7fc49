"""How far an export is, and leaving it early; for a window's dialog as for a terminal's bar."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from dlst_gui.formats.progress import Tick

_TOLD_EVERY_S = 0.1


class Stage(Enum):
    """What an export is doing, in words for people."""

    LOOKING_THROUGH = "Looking through the labels"
    CHECKING = "Checking the labels"
    WRITING = "Writing labels"
    READING_BACK = "Reading them back"
    COMPARING = "Comparing them"
    IMAGES = "Writing images"
    VIDEO = "Writing the video"
    FINISHING = "Moving everything into place"
    READING = "Reading labels"
    UPDATING = "Updating the project"
    COPYING = "Saving a copy"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is; where it is one step, 0 of 1 and 1 of 1.

    Attributes:
        unit: what is counted: "frames", or "%" where that would tell nobody anything.
    """

    stage: Stage
    done: int
    total: int
    unit: str = "frames"


OnProgress = Callable[[Progress], None]
ShouldCancel = Callable[[], bool]


class ExportCancelled(Exception):  # noqa: N818 - nothing went wrong
    """The export was cancelled; nothing has been replaced."""


def _cancelled() -> ExportCancelled:
    return ExportCancelled("the export was cancelled; nothing has been replaced")


def ignore_progress(progress: Progress) -> None:
    """For callers who do not look."""


def never_cancel() -> bool:
    """For callers who wait for the end."""
    return False


@dataclass(frozen=True, slots=True)
class Watch:
    """Tells how far it is, and is asked on the way whether to go on; both in the exporting thread."""

    on_progress: OnProgress = ignore_progress
    should_cancel: ShouldCancel = never_cancel

    def tell(self, stage: Stage, done: int = 0, total: int = 1) -> None:
        """Say how far a stage is; raises ExportCancelled where that is wanted."""
        self._say(Progress(stage, done, total))

    def _say(self, progress: Progress) -> None:
        self.on_progress(progress)
        if self.should_cancel():
            raise _cancelled()

    def ticking(self, stage: Stage) -> Tick:
        """The same for readers and writers, who call it often: people are told ten times a second at most."""
        told_at_s = -math.inf

        def tick(done: int, total: int) -> None:
            nonlocal told_at_s
            now_s = time.monotonic()
            if now_s - told_at_s >= _TOLD_EVERY_S or done == total:
                told_at_s = now_s
                self._say(Progress(stage, 100 * done // total if total else 100, 100, "%"))
            elif self.should_cancel():
                raise _cancelled()

        return tick


UNWATCHED = Watch()
