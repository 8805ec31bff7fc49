"""What the window's session is doing, as one word: what can be done next depends on it alone."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from dlst_gui.session.run_events import RunPhase


class RunState(Enum):
    """EMPTY has no video; READY has one; CHANGING makes a long change; the others are stages of a run."""

    EMPTY = "no video"
    READY = "ready"
    CHANGING = "changing"
    LEARNING = "learning"
    TRACKING = "tracking"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"

    @property
    def is_busy(self) -> bool:
        """The tracker is at work: boxes cannot be changed."""
        return self in (RunState.LEARNING, RunState.TRACKING)


STATE_OF_PHASE: Mapping[RunPhase, RunState] = MappingProxyType(
    {
        RunPhase.PREPARING: RunState.LEARNING,
        RunPhase.LEARNING: RunState.LEARNING,
        RunPhase.TRACKING: RunState.TRACKING,
        RunPhase.PAUSED: RunState.PAUSED,
        RunPhase.ENDED: RunState.FINISHED,
        RunPhase.BROKEN_SOURCE: RunState.FINISHED,
        RunPhase.CANCELLED: RunState.READY,
        RunPhase.FAILED: RunState.FAILED,
    }
)
