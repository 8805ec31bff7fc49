"""When a target counts as lost for good, so that the run pauses for a person. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from dlst_gui.tracking.tracking_run import Direction, FrameTracked


@dataclass(frozen=True, slots=True)
class LostRule:
    """Lost is who scores `threshold` or less on `frames` frames, one after another.

    At the default threshold the tracker itself says that it has not found the target. `tracker_core.error_rates`
    tells how often such boxes are wrong: with the default system 50 % have an IoU below 0.5, against 7 % of those
    above it. So one frame says little, and it takes several.

    The default is measured: on nine sequences (dlst fast, seed 0, no corrections) 27 of 30 shorter spells ended on
    the target by themselves, but only 5 of 11 longer ones, whose boxes were off it meanwhile (mean IoU .18).

    Raises:
        ValueError: fewer than one frame.
    """

    frames: int = 5
    threshold: float = 0.0

    def __post_init__(self) -> None:
        if self.frames < 1:
            raise ValueError(f"a target is lost after 1 frame or more, got {self.frames}")


@dataclass(frozen=True, slots=True)
class TargetLost:
    """A target that is paused because it was lost.

    Attributes:
        since_frame: the first of its lost frames.
        frame_index: the last one tracked.
    """

    run_id: int
    track_id: int
    direction: Direction
    since_frame: int
    frame_index: int


@dataclass(slots=True)
class LostWatch:
    """Counts the lost frames of one target."""

    rule: LostRule
    _count: int = 0
    _since_frame: int = 0

    def add(self, tracked: FrameTracked) -> TargetLost | None:
        """Take the next frame into account; what to tell where the target is lost."""
        if tracked.is_human or tracked.result.score > self.rule.threshold:
            self._count = 0
            return None
        if self._count == 0:
            self._since_frame = tracked.frame_index
        self._count += 1
        if self._count < self.rule.frames:
            return None
        return TargetLost(
            tracked.run_id, tracked.track_id, tracked.direction, self._since_frame, tracked.frame_index
        )

    def reset(self) -> None:
        """Start counting lost frames from zero again."""
        self._count = 0
