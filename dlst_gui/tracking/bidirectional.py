"""Bidirectional tracking between two neighbouring manual boxes: both passes, and their fusion. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from dlst_gui.tracking.fusion import FusedFrame, fuse
from dlst_gui.tracking.tracking_run import Direction, FrameTracked, TrackRequest
from tracker_core import Box, TrackResult


@dataclass(frozen=True, slots=True)
class GapFused:
    """The frames between two manual boxes of a track, in order; they replace those of both passes."""

    run_id: int
    track_id: int
    left: int
    right: int
    frames: tuple[FusedFrame, ...]


def bidirectional_requests(
    run_id: int, keyframes: Mapping[int, Box], *, left: int, right: int, track_id: int = 0
) -> tuple[TrackRequest, TrackRequest]:
    """The forward and the backward pass between two manual boxes, neither of which is tracked over.

    Raises:
        ValueError: they are not neighbours, or nothing lies between them.
    """
    between = range(left + 1, right)
    if not between:
        raise ValueError(f"no frame lies between the manual boxes on frames {left} and {right}")
    in_the_way = sorted(i for i in keyframes if i in between)
    if in_the_way:
        raise ValueError(f"frame {in_the_way[0]} between frames {left} and {right} has a manual box of its own")
    return (
        TrackRequest(run_id, keyframes, left, right - 1, track_id),
        TrackRequest(run_id, keyframes, right, left + 1, track_id),
    )


class GapFuser:
    """Collects the results of a run and fuses each gap that it tracks in both directions; ignores other frames."""

    def __init__(self, requests: Iterable[TrackRequest]) -> None:
        by_ends = {(each.track_id, each.start_frame, each.stop_frame): each for each in requests}
        self._gaps = [
            _Gap(forward, by_ends[track_id, stop + 1, start + 1])
            for (track_id, start, stop), forward in by_ends.items()
            if start < stop and (track_id, stop + 1, start + 1) in by_ends
        ]

    def add(self, tracked: FrameTracked) -> GapFused | None:
        """Take a frame; the gap that is complete with it, if one is."""
        gap = next((gap for gap in self._gaps if gap.holds(tracked)), None)
        if gap is None:
            return None
        gap.add(tracked)
        if not gap.is_complete:
            return None
        self._gaps.remove(gap)
        return gap.fused()


@dataclass(frozen=True, slots=True)
class _Gap:
    """Both passes between two manual boxes, and what they have found."""

    forward: TrackRequest
    backward: TrackRequest
    forward_results: dict[int, TrackResult] = field(default_factory=dict)
    backward_results: dict[int, TrackResult] = field(default_factory=dict)

    @property
    def between(self) -> range:
        return range(self.forward.start_frame + 1, self.backward.start_frame)

    @property
    def is_complete(self) -> bool:
        return len(self.forward_results) == len(self.backward_results) == len(self.between)

    def holds(self, tracked: FrameTracked) -> bool:
        return tracked.track_id == self.forward.track_id and tracked.frame_index in self.between

    def add(self, tracked: FrameTracked) -> None:
        is_forward = tracked.direction is Direction.FORWARD
        results = self.forward_results if is_forward else self.backward_results
        results[tracked.frame_index] = replace(tracked.result, diagnostics=None)

    def fused(self) -> GapFused:
        left, right = self.forward.start_frame, self.backward.start_frame
        frames = fuse(self.forward_results, self.backward_results, left=left, right=right)
        return GapFused(self.forward.run_id, self.forward.track_id, left, right, frames)
