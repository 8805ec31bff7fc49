"""What the tracker's thread tells the window: a closed set, each event with the id of its run. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from dlst_gui.tracking.lost_rule import TargetLost
from dlst_gui.tracking.meeting_watch import TargetsMet
from dlst_gui.tracking.run_memory import RunMemory
from dlst_gui.tracking.run_progress import RunProgress
from dlst_gui.tracking.tracking_run import FrameTracked
from tracker_core import RemovalEffect


class RunPhase(Enum):
    """What a run is doing, or how it ended."""

    PREPARING = "preparing"
    LEARNING = "learning"
    TRACKING = "tracking"
    PAUSED = "paused"
    ENDED = "ended"
    BROKEN_SOURCE = "broken source"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_end(self) -> bool:
        """Nothing of the run comes after it."""
        return self in (RunPhase.ENDED, RunPhase.BROKEN_SOURCE, RunPhase.CANCELLED, RunPhase.FAILED)


@dataclass(frozen=True, slots=True)
class RunChanged:
    """A run entered `phase` at `frame_index`; `message` is what a user should read, if anything."""

    run_id: int
    phase: RunPhase
    frame_index: int
    message: str = ""


@dataclass(frozen=True, slots=True)
class LearningProgress:
    """Finished fraction (0..1) of the learning on a manual box."""

    run_id: int
    fraction: float


@dataclass(frozen=True, slots=True)
class TargetHeld:
    """A target waits, as was asked for: nothing of it is on its way any more. `frame_index` is its last one."""

    run_id: int
    track_id: int
    frame_index: int


@dataclass(frozen=True, slots=True)
class MemoryTold:
    """What a target's tracker knows; None where it cannot tell, or has not begun. `elapsed_s` it took to tell."""

    run_id: int
    track_id: int
    memory: RunMemory | None
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class RemovalTold:
    """What leaving out some samples of a memory does, or that it is done.

    Attributes:
        run_id: of the run.
        memory: has them.
        effect: None where they were forgotten, or it cannot be told.
        message: why it cannot be told, or they were not forgotten; "" where nothing is wrong.
        elapsed_s: it took.
    """

    run_id: int
    memory: RunMemory
    effect: RemovalEffect | None
    message: str
    elapsed_s: float


RunEvent = (
    FrameTracked
    | TargetLost
    | TargetsMet
    | TargetHeld
    | RunProgress
    | RunChanged
    | LearningProgress
    | MemoryTold
    | RemovalTold
)
