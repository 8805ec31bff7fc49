"""The effect of leaving out samples in words."""

from __future__ import annotations

from dlst_gui.counting import counted, signed
from dlst_gui.tracking.run_memory import RunMemory
from tracker_core import RemovalEffect

SAME_PLACE = 0.5
"""IoU from which two boxes count as one choice."""


def effect_words(memory: RunMemory, effect: RemovalEffect) -> str:
    """What would have become of the frame, and of the samples that stay."""
    overlap = effect.box_with.iou(effect.box_without)
    if overlap < SAME_PLACE:
        moves = f"<b>the box would be elsewhere</b> (they overlap by {overlap:.2f})"
    else:
        moves = f"the box stays (they overlap by {overlap:.2f})"
    left_out = set(effect.removed.tolist())
    stay = [row for row in range(len(memory)) if memory.samples.is_positive[row] and row not in left_out]
    means = [float(scores[stay].mean()) for scores in (effect.scores_with, effect.scores_without)]
    return (
        f"Frame {memory.last_frame} without {counted(len(effect.removed), 'sample')}: {moves}. "
        f"Score {signed(effect.score_with, 1)} → <b>{signed(effect.score_without, 1)}</b>; samples that stay on "
        f"the target, on average: {signed(means[0], 1)} → {signed(means[1], 1)}."
    )
