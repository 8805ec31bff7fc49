"""What a figure is about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlst_gui.evidence.pictures import pixels_of
from dlst_gui.evidence.trace_facts import TraceError
from tracker_core import Box, Diagnostics
from tracker_core.evidence import FrameEvidence, KeptPicture


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Pixels of the frame, or of a part of it.

    Attributes:
        pixels: (height, width, 3) uint8 RGB.
        extent: image rectangle in 0-based pixels that they cover edge to edge; its size differs from that of
            `pixels` where the picture was made smaller.
    """

    pixels: NDArray[np.uint8]
    extent: Box

    @staticmethod
    def of_frame(pixels: NDArray[np.uint8]) -> Picture:
        """A whole frame in its own size."""
        height, width = pixels.shape[:2]
        return Picture(pixels, Box(0.0, 0.0, float(width), float(height)))


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """One frame of one object.

    Attributes:
        seen: what the tracker saw.
        picture: of the frame; None where it is not at hand: marks are drawn over a plain ground.
        title: which frame of which object this is, for people: parts that are set with commas between.
        result_box: what the tracker reported.
        score: how sure the tracker is of that; see `TrackResult`.
        manual_box: a person's box on this frame.
        true_box: the ground truth on this frame.
    """

    seen: Diagnostics
    picture: Picture | None
    title: tuple[str, ...]
    result_box: Box
    score: float
    manual_box: Box | None = None
    true_box: Box | None = None

    @property
    def reference(self) -> Box | None:
        """Where the object is, by a person or else by ground truth; None where nobody has said."""
        return self.true_box if self.manual_box is None else self.manual_box

    @property
    def judged_score(self) -> float:
        """The classifier's score (log-odds) of what became the result: one proposal, or the mean of the best."""
        proposals = self.seen.proposals
        return self.score if proposals is None else float(self.seen.candidates.scores[proposals.chosen_row])


def subject_of(
    evidence: FrameEvidence,
    *,
    title: tuple[str, ...],
    picture: Picture | None = None,
    manual_box: Box | None = None,
    true_box: Box | None = None,
) -> Subject | None:
    """What a figure shows of kept evidence; None where the tracker did not look at the frame.

    Args:
        evidence: of one frame.
        title: as `Subject.title`.
        picture: of the frame; None for the one that was kept with it, if any.
        manual_box: a person's box on the frame.
        true_box: the ground truth on the frame.
    """
    if evidence.diagnostics is None:
        return None
    return Subject(
        evidence.diagnostics,
        picture or (None if evidence.picture is None else _opened(evidence.picture)),
        title,
        evidence.box,
        evidence.score,
        manual_box=evidence.box if evidence.is_manual else manual_box,
        true_box=true_box,
    )


def _opened(kept: KeptPicture) -> Picture | None:
    """None where it cannot be opened: what was seen can be drawn without it."""
    try:
        return Picture(pixels_of(kept), kept.area)
    except TraceError:
        return None
