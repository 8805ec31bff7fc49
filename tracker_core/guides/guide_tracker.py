"""A guide alone as a tracker: each frame's best box is where the next one is searched. To compare with."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tracker_core.box import Box
from tracker_core.cropping import as_rgb
from tracker_core.guides.network import GuideNetwork, GuideTemplate
from tracker_core.input_checks import checked_box
from tracker_core.tracker import (
    AnyFrame,
    Example,
    OnProgress,
    ShouldCancel,
    TrackerInputError,
    TrackResult,
    UpdateKind,
)

_SMALLEST_SIDE = 3.0  # pixels. Source: FEARTracker's; NanoTrack has 10, which small targets do not


class GuideTracker:
    """Implements `Tracker`; it draws nothing at random and learns nothing: a manual box is a new start.

    The score is the log odds of the network's confidence, less those below which the target counts as lost.

    Args:
        network: of the guide.
    """

    def __init__(self, network: GuideNetwork) -> None:
        self._network = network
        self._target: tuple[GuideTemplate, Box] | None = None

    def initialize(
        self,
        frame: AnyFrame,
        box: Box,
        *,
        examples: Sequence[Example] = (),
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> TrackResult:
        """Start on a manual box, at once: nothing is cancelled or reported, and examples are left aside."""
        frame = as_rgb(frame)
        box = checked_box(box, frame_width=frame.shape[1], frame_height=frame.shape[0])
        self._target = self._network.template(frame, box), box
        return TrackResult(box, float("inf"), True, update=UpdateKind.FIRST_FRAME)

    def track(
        self, frame: AnyFrame, *, with_diagnostics: bool = False, should_cancel: ShouldCancel | None = None
    ) -> TrackResult:
        """Find the target on the next frame; there are no diagnostics."""
        if self._target is None:
            raise TrackerInputError("call initialize before track")
        (template, previous), frame = self._target, as_rgb(frame)
        answer = self._network.propose(frame, previous, [template])
        box = _kept_in(answer.settled(previous), frame.shape[1], frame.shape[0])
        self._target = template, box
        score = _log_odds(answer.best_confidence) - _log_odds(self._network.description.choice.found_confidence)
        return TrackResult(box, score, score > 0)

    def correct(
        self,
        frame: AnyFrame,
        box: Box,
        *,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> TrackResult:
        """Initialize again: a guide alone cannot learn a correction."""
        self.initialize(frame, box)
        return TrackResult(box, float("inf"), True, update=UpdateKind.CORRECTION)


def _kept_in(box: Box, width: int, height: int) -> Box:
    """Its middle inside of the frame, no side longer than the frame's."""
    x, y = box.center
    side_x, side_y = (
        min(max(side, _SMALLEST_SIDE), longest) for side, longest in ((box.width, width), (box.height, height))
    )
    return Box(min(max(x, 0.0), width) - side_x / 2, min(max(y, 0.0), height) - side_y / 2, side_x, side_y)


def _log_odds(share: float) -> float:
    limited = min(max(share, 1e-6), 1 - 1e-6)
    return math.log(limited / (1 - limited))
