"""What a table of candidates holds: a row for each candidate, in the order in which the tracker judged them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tracker_core import Box, BoxArray, CandidateOrigin, Candidates, iou_with_box
from tracker_core.evidence import FrameEvidence

MADE_BY = "DLST Studio"
"""Files say so, so that a later call may replace them."""


@dataclass(frozen=True, slots=True)
class JudgedFrame:
    """One frame's candidates with what they are compared to.

    Attributes:
        true_box: the ground truth of the frame, where there is any.
        manual_box: a person's box on the frame, where there is one.
    """

    evidence: FrameEvidence
    candidates: Candidates
    true_box: Box | None = None
    manual_box: Box | None = None


Values = NDArray[np.generic] | list[str]
"""(n,), a value for each candidate; numbers that are not there are NaN."""


class Kind(Enum):
    """What a column's values are."""

    WHOLE = "whole number"
    TEXT = "text"
    FLAG = "true or false"
    SINGLE = "number of 32 bits"
    DOUBLE = "number of 64 bits"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        unit: "px", "s", ...; "" for names, counts and shares.
        meaning: for people.
        values: of one frame.
    """

    name: str
    unit: str
    meaning: str
    values: Callable[[JudgedFrame], Values]
    kind: Kind = Kind.DOUBLE


def _same(frame: JudgedFrame, value: float) -> NDArray[np.generic]:
    return np.full(len(frame.candidates.scores), value)


def _ranks(frame: JudgedFrame) -> NDArray[np.generic]:
    order = frame.candidates.ranked()
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(1, len(order) + 1)
    return ranks


def _is_best(frame: JudgedFrame) -> NDArray[np.generic]:
    is_best = np.zeros(len(frame.candidates.scores), np.bool_)
    is_best[frame.candidates.best] = True
    return is_best


def _rated(frame: JudgedFrame, name: str) -> NDArray[np.generic]:
    values = np.full(len(frame.candidates.scores), np.nan, np.float32)
    diagnostics = frame.evidence.diagnostics
    if diagnostics is not None and diagnostics.proposals is not None:
        values[diagnostics.proposals.rows] = getattr(diagnostics.proposals, name)
    return values


def _regressed(frame: JudgedFrame, *, side: int) -> NDArray[np.generic]:
    values = np.full(len(frame.candidates.scores), np.nan)
    diagnostics = frame.evidence.diagnostics
    if diagnostics is not None and diagnostics.regressed_best is not None:
        values[frame.candidates.best] = diagnostics.regressed_best[:, side]
    return values


def _overlaps(frame: JudgedFrame, box: Box | None) -> NDArray[np.generic]:
    boxes: BoxArray = frame.candidates.boxes_xywh
    return _same(frame, np.nan) if box is None else iou_with_box(boxes, box)


def _iou_chosen(frame: JudgedFrame) -> NDArray[np.generic]:
    diagnostics = frame.evidence.diagnostics
    return _overlaps(frame, None if diagnostics is None else diagnostics.chosen_box)


def _time(frame: JudgedFrame) -> NDArray[np.generic]:
    time = frame.evidence.timestamp_s
    return _same(frame, np.nan if time is None else time)


COLUMNS = (
    Column(
        "frame", "", "frame of the video, counted from 0", lambda f: _same(f, f.evidence.frame_index), Kind.WHOLE
    ),
    Column("time", "s", "when the frame is shown; empty where that is not known", _time),
    Column("object", "", "its number in the project", lambda f: _same(f, f.evidence.track_id), Kind.WHOLE),
    Column(
        "direction",
        "",
        "forward or backward: which way the tracker went",
        lambda f: ["backward" if f.evidence.is_backward else "forward"] * len(f.candidates.scores),
        Kind.TEXT,
    ),
    Column(
        "candidate",
        "",
        "number of the candidate on its frame, counted from 0",
        lambda f: np.arange(len(f.candidates.scores)),
        Kind.WHOLE,
    ),
    Column(
        "origin",
        "",
        "previous, localized, last_seen, matched or guided: around which box it was drawn",
        lambda f: [CandidateOrigin(int(origin)).name.lower() for origin in f.candidates.origins],
        Kind.TEXT,
    ),
    Column("x", "px", "left edge, 0 at the frame's left edge", lambda f: f.candidates.boxes_xywh[:, 0]),
    Column("y", "px", "upper edge, 0 at the frame's top", lambda f: f.candidates.boxes_xywh[:, 1]),
    Column("width", "px", "", lambda f: f.candidates.boxes_xywh[:, 2]),
    Column("height", "px", "", lambda f: f.candidates.boxes_xywh[:, 3]),
    Column(
        "score",
        "log-odds",
        "that the box holds the target, by the classifier alone; above 0 it does more likely than not",
        lambda f: f.candidates.scores,
        Kind.SINGLE,
    ),
    Column(
        "is_exact",
        "",
        "whether the score comes from the candidate's own pixels, or was read from a map that all share",
        lambda f: f.candidates.is_exact,
        Kind.FLAG,
    ),
    Column("rank", "", "1 for the best; those with exact scores first", _ranks, Kind.WHOLE),
    Column("is_best", "", "whether it is one of the best few", _is_best, Kind.FLAG),
    Column(
        "confidence",
        "",
        "overlap (0 to 1) that matching head and guide expect; of proposals only",
        lambda f: _rated(f, "confidences"),
        Kind.SINGLE,
    ),
    Column(
        "rating",
        "",
        "what the default system chooses its box by, the largest wins; of proposals only",
        lambda f: _rated(f, "ratings"),
        Kind.SINGLE,
    ),
    *(
        Column(
            f"regressed_{name}",
            "px",
            "after box regression; of the best only",
            partial(_regressed, side=side),
        )
        for side, name in enumerate(("x", "y", "width", "height"))
    ),
    Column("iou_chosen", "", "overlap (0 to 1) with the chosen box, before box regression", _iou_chosen),
    Column(
        "iou_result",
        "",
        "overlap (0 to 1) with the box that was reported, or the manual box",
        lambda f: _overlaps(f, f.evidence.box),
    ),
    Column(
        "iou_truth",
        "",
        "overlap (0 to 1) with the ground truth; empty where there is none",
        lambda f: _overlaps(f, f.true_box),
    ),
    Column(
        "iou_manual",
        "",
        "overlap (0 to 1) with a person's box; empty where there is none",
        lambda f: _overlaps(f, f.manual_box),
    ),
)
"""In the order of the files."""
