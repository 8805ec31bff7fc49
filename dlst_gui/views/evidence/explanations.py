"""What each number of the glass box means, in one sentence with its unit: the one place for these texts."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from PySide6.QtWidgets import QWidget

SCORE = (
    "Score: how sure the tracker is of the box, in log-odds (dlst: the mean of the best candidates' scores; "
    "dlst-studio: the matching head's confidence counts, too); below 0 the target counts as lost."
)

EXPLANATIONS: Mapping[str, str] = MappingProxyType(
    {
        "frame-score": SCORE,
        "score": (
            "Score: log-odds that the candidate is the target, by the classifier alone; above 0 it is more likely "
            "than not."
        ),
        "risk": "Risk: of 100 boxes with such a score, so many overlap the object by less than half (percent).",
        "box": "Box: its left and top edge, 0-based, and its width and height, in pixels of the video.",
        "system": "Preset, speed and guide of the run that found this box.",
        "learned": "Learned: which training step the frame ended with; its weights serve from the next frame on.",
        "loss": (
            "Loss: the training error of each head before the step and after it (mean over the samples, no unit; "
            "smaller is better)."
        ),
        "localised": (
            "Localised: from the centre of the previous box to where the localiser proposes the target, in pixels "
            "to the right and down."
        ),
        "peak": (
            "Peak: the largest response, in log-odds that the target's centre lies there, and where, in pixels of "
            "the video."
        ),
        "matched": "Confidence of the matching head: the overlap (IoU, 0 to 1) that it expects of its best box.",
        "guided": (
            "Guided: the box that the guide would choose, in pixels, how sure it is (0 to 1), and how far it is "
            "believed after your corrections."
        ),
        "time": "Time: what this frame took the tracker, in milliseconds.",
        "rank": "Rank: 1 is the best score; those read from the map come after those scored by their own pixels.",
        "origin": "Origin: around which box it was drawn, or which network gave it.",
        "rating": (
            "Rating, of proposals only: the logarithm of the overlap that matching head and guide expect, less "
            "where size, shape or place jump, and a share of the score (no unit); the largest wins."
        ),
        "chosen": (
            "Chosen: what the box was made of, with its score in log-odds: in dlst-studio the proposal with the "
            "largest rating, in dlst the mean of the candidates with the best scores."
        ),
        "iou-chosen": "Overlap (IoU, 0 to 1) with the box that the tracker chose.",
        "iou-manual": "Overlap (IoU, 0 to 1) with the manual box of this frame.",
        "iou-true": "Overlap (IoU, 0 to 1) with the ground truth that the video comes with.",
        "source": (
            "Whether its score was computed from its own pixels, or read from a map that the candidates share."
        ),
        "centre": "Centre of the box: x and y in pixels of the video, from its left and top edge.",
        "size": "Width and height of the box, in pixels of the video.",
        "count": "How many candidates are listed, and how many there are on this frame.",
        "response": (
            "Response: log-odds that the target's centre lies in a cell; at 0 it is as likely as not, larger is "
            "more like the target."
        ),
        "card": (
            "Scores and responses in log-odds (below 0: rather not the target), overlaps as IoU (0 to 1), "
            "distances in sides: the square root of the box's area."
        ),
        "basis": (
            "Whether the cause was found by comparing with a manual box or ground truth, or guessed from what the "
            "tracker saw, and how often such guesses proved right on wrong frames with ground truth."
        ),
        "patch": "Score: log-odds that it holds the target; IoU: its overlap (0 to 1) with the object's own box.",
        "sampling": (
            "How many draws lie on the object: with an overlap (IoU, 0 to 1) of 0.5 or more with the box that "
            "says where it is."
        ),
        "cells": "Cells: how many values the response map has across and down; each covers a part of the picture.",
        "samples": (
            "Samples: places that the tracker has learned as the target or as something else; their scores are "
            "log-odds that they hold the target, by the classifier as it is now."
        ),
        "removal": (
            "Scores in log-odds, overlaps as IoU (0 to 1): before the arrow of a copy of the classifier that was "
            "trained again on all samples, behind it of one trained without the chosen ones, both from what was "
            "known at the last manual box."
        ),
        "overlap": "Overlap (IoU): the area that two boxes share, as a part of the area that both cover; 0 to 1.",
    }
)
"""By the name of the number."""


def explain(widget: QWidget, name: str, *, more: str = "") -> None:
    """Let a widget say what its number means: when pointed at, and to a screen reader.

    Args:
        widget: shows the number.
        name: of the number; one of `EXPLANATIONS`.
        more: what else is known of this one, in lines of its own.
    """
    text = EXPLANATIONS[name]
    widget.setToolTip(f"{text}\n{more}" if more else text)
    widget.setAccessibleDescription(text)
