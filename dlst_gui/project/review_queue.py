"""Which frames to look at first: spans ranked by how likely their boxes are wrong. Ours.

A frame's risk, 0 to 1, is the largest of five signs, each of which says nothing at 0 and everything at 1:

* the score: from 1 at 0 (lost) to 0 at `SURE_SCORE`;
* the score's fall below the median of the frames before;
* the disagreement of the forward and the backward pass;
* a jump from one frame to the next: the middle by more than half a side, or a side by more than a fifth;
* no tracking: boxes interpolated between manual boxes that are far apart.

Manual boxes carry no risk, and what a person has accepted or marked does not come again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlst_gui.project.project import Project
from dlst_gui.project.tracks import FrameState

LOW_SCORE = "low score"
SURE_SCORE = 3.0  # of the default system, 4 % of such boxes are wrong; 9 % where the risk comes to `LEAST_RISK`
SCORE_FALL = 5.0  # logits below the median before that mean certainty of trouble
MEDIAN_FRAMES = 15
JUMP_SIDES = 0.5
SIZE_CHANGE = 0.2
INTERPOLATED_FRAMES = 50  # frames between manual boxes without tracking that mean full risk
LEAST_RISK = 0.35  # below this a frame is not worth a look
BRIDGED_FRAMES = 5  # calm frames that do not end a span
LONGEST_SPAN = 100  # frames; longer ones are cut, so that an item can be judged at a glance

Values = NDArray[np.float32]
_IS_MACHINE = np.isin(
    np.arange(len(FrameState)),
    (FrameState.TRACKED, FrameState.LOST, FrameState.INTERPOLATED, FrameState.OCCLUDED),
)


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """Frames `first` to `last` of a track, both included.

    Attributes:
        worst: the frame to look at first.
        risk: of that frame, 0 to 1.
        reason: why, in words.
    """

    track_id: int
    first: int
    last: int
    worst: int
    risk: float
    reason: str


def review_items(project: Project, track_id: int, frame_count: int) -> tuple[ReviewItem, ...]:
    """The spans of one track that are not reviewed yet, the riskiest first."""
    signs = _signs(project, track_id, frame_count)
    risk = np.max([values for _, values in signs], axis=0)
    reason = np.argmax([values for _, values in signs], axis=0)
    risk[_is_settled(project, track_id, frame_count)] = 0
    items = []
    for first, last in _spans(risk >= LEAST_RISK):
        worst = first + int(np.argmax(risk[first : last + 1]))
        items.append(ReviewItem(track_id, first, last, worst, float(risk[worst]), signs[reason[worst]][0]))
    return tuple(sorted(items, key=lambda item: (-item.risk, item.first)))


def unreviewed_frames(project: Project, track_id: int, states: NDArray[np.uint8]) -> int:
    """How many frames show a box that neither comes from a person nor was judged by one.

    `states` are the (frames,) `FrameState` of all frames of the video.
    """
    is_machine = _IS_MACHINE[states]
    return int(np.count_nonzero(is_machine & ~_is_settled(project, track_id, len(states))))


def _signs(project: Project, track_id: int, frame_count: int) -> list[tuple[str, Values]]:
    last = frame_count - 1
    scores = project.scores(track_id, 0, last)
    block = project.predictions(track_id, 0, last)
    return [
        (LOW_SCORE, np.clip(1 - np.nan_to_num(scores, nan=SURE_SCORE) / SURE_SCORE, 0, 1)),
        ("score drop", _fall(scores)),
        ("forward and backward disagree", np.nan_to_num(project.disagreements(track_id, 0, last))),
        ("sudden jump", _jumps(block.frame_indices, block.rows["box"], frame_count)),
        ("only interpolated", _interpolated(project.state_codes(track_id, 0, last))),
    ]


def _fall(scores: Values) -> Values:
    """How far each score lies below the median of the known ones just before it."""
    fall = np.zeros(len(scores), np.float32)
    known = np.flatnonzero(np.isfinite(scores))
    if len(known) <= MEDIAN_FRAMES:
        return fall
    values = scores[known]
    medians = np.median(np.lib.stride_tricks.sliding_window_view(values, MEDIAN_FRAMES), axis=1)[:-1]
    fall[known[MEDIAN_FRAMES:]] = np.clip((medians - values[MEDIAN_FRAMES:]) / SCORE_FALL, 0, 1)
    return fall


def _jumps(frame_indices: NDArray[np.int32], boxes: NDArray[np.float64], frame_count: int) -> Values:
    """1 where a box is far from the one on the frame before, in its own sides."""
    risk = np.zeros(frame_count, np.float32)
    if len(frame_indices) < 2:
        return risk
    is_next = np.diff(frame_indices) == 1
    sides = (boxes[:-1, 2:] + boxes[1:, 2:]) / 2
    centers = boxes[:, :2] + boxes[:, 2:] / 2
    moved = np.abs(np.diff(centers, axis=0) / sides).max(axis=1) / JUMP_SIDES
    resized = np.abs(np.diff(np.log(boxes[:, 2:]), axis=0)).max(axis=1) / np.log(1 + SIZE_CHANGE)
    jump = np.maximum(moved, resized)
    risk[frame_indices[1:]] = np.where(is_next & (jump > 1), 1 - 0.5 / np.maximum(jump, 1), 0)
    return risk


def _interpolated(states: NDArray[np.uint8]) -> Values:
    """Grows with the length of an untracked stretch."""
    risk = np.zeros(len(states), np.float32)
    for first, last in _runs(states == FrameState.INTERPOLATED):
        risk[first : last + 1] = min(1.0, (last - first + 1) / INTERPOLATED_FRAMES)
    return risk


def _is_settled(project: Project, track_id: int, frame_count: int) -> NDArray[np.bool_]:
    """Frames with a manual box or a review mark."""
    settled = np.zeros(frame_count, np.bool_)
    settled[project.keyframe_block(track_id, 0, frame_count - 1).frame_indices] = True
    for span in project.review(track_id):
        settled[span.first : span.last + 1] = True
    return settled


def _spans(is_risky: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches of True, those close together as one, long ones cut."""
    joined: list[tuple[int, int]] = []
    for first, last in _runs(is_risky):
        if joined and first - joined[-1][1] <= BRIDGED_FRAMES:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return [
        (start, min(start + LONGEST_SPAN - 1, last))
        for first, last in joined
        for start in range(first, last + 1, LONGEST_SPAN)
    ]


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of every stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]])))
    return [(int(first), int(end) - 1) for first, end in edges.reshape(-1, 2)]
