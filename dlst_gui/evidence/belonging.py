"""Which evidence explains a box that is shown: what another run saw explains nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from dlst_gui.project.tracks import Prediction
from dlst_gui.tracking.fusion import AGREEMENT_IOU
from tracker_core.evidence import FrameEvidence


def belongs(evidence: FrameEvidence, prediction: Prediction) -> bool:
    """Whether a tracker found this box when it saw that.

    Box and score tell, not the number of the object: that changes when objects are merged, split or exchanged. A
    box that was fused of two passes has the score of one of them, and may lie between both.
    """
    if evidence.is_manual or evidence.frame_index != prediction.frame_index:
        return False
    if np.float32(evidence.score) != np.float32(prediction.score):
        return False
    if evidence.box == prediction.box:
        return True
    is_fused = not math.isnan(prediction.disagreement)
    return is_fused and evidence.box.iou(prediction.box) >= AGREEMENT_IOU


def explaining(seen: Iterable[FrameEvidence], prediction: Prediction) -> FrameEvidence | None:
    """The one of several that explains a box; of a fused box that of the pass whose box lies nearest."""
    fitting = [each for each in seen if belongs(each, prediction)]
    return max(fitting, key=lambda each: each.box.iou(prediction.box), default=None)
