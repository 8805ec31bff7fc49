"""Signs that a tracked box is wrong, frame by frame. Ours.

Each is an array over all frames of the video, 0 where it says nothing to 1 where it says everything:

* the score: from 1 at 0 (lost) to 0 at `SURE_SCORE`;
* the score's fall below the median of the frames before;
* the disagreement of the forward and the backward pass;
* a jump from one frame to the next: the middle by more than half a side, or a side by more than a fifth;
* the object may have left the picture: the score says that the box is doubtful, and the box touches the picture's
  edge, or has stood still for a while as a tracker's does that has nothing to follow.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from dlst_gui.project.findings.finding import Reason
from dlst_gui.project.prediction_block import RowFlag
from dlst_gui.project.project import Project

LEAST_SUSPICION = 0.35  # below this a frame is not worth a look
SURE_SCORE = 3.0  # of the default system, 4 % of such boxes are wrong; 9 % where it comes to `LEAST_SUSPICION`
SCORE_FALL = 5.0  # logits below the median before that mean certainty of trouble
MEDIAN_FRAMES = 15
JUMP_SIDES = 0.5
SIZE_CHANGE = 0.2
EDGE_SHARE = 0.01  # of the picture's shorter side: nearer to its edge, a box touches it
STILL_FRAMES = 50  # two seconds
STILL_SIDES = 0.25  # a box that has moved by less of its own sides since so many frames stands still

Values = NDArray[np.float32]


def signs_of(project: Project, track_id: int, frame_count: int) -> Mapping[Reason, Values]:
    """(frames,) of each reason; where no tracker has given a box, no sign says anything."""
    last = frame_count - 1
    scores = project.scores(track_id, 0, last)
    low = np.clip(1 - np.nan_to_num(scores, nan=SURE_SCORE) / SURE_SCORE, 0, 1)
    fall = _fall(scores)
    frames, boxes = _shown_predictions(project, track_id, last)
    video = project.video
    return {
        Reason.MAY_HAVE_LEFT: _left(np.maximum(low, fall), frames, boxes, (video.width, video.height)),
        Reason.LOW_SCORE: low,
        Reason.SCORE_DROP: fall,
        Reason.DISAGREEMENT: np.nan_to_num(project.disagreements(track_id, 0, last)),
        Reason.JUMP: _jumps(frames, boxes, frame_count),
    }


def _shown_predictions(
    project: Project, track_id: int, last: int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """(n,) frames whose box is a tracker's, and the (n, 4) boxes."""
    block = project.predictions(track_id, 0, last)
    is_shown = (block.rows["flags"] & RowFlag.SUPERSEDED) == 0
    is_shown &= ~np.isin(block.frame_indices, project.keyframe_block(track_id, 0, last).frame_indices)
    return block.frame_indices[is_shown], block.rows["box"][is_shown]


def _fall(scores: Values) -> Values:
    """How far each score lies below the median of the known ones just before it."""
    fall = np.zeros(len(scores), np.float32)
    known = np.flatnonzero(np.isfinite(scores))
    if len(known) <= MEDIAN_FRAMES:
        return fall
    values = scores[known]
    # The median of an odd number is their middle one, and partition finds that several times as fast as np.median.
    windows = np.lib.stride_tricks.sliding_window_view(values, MEDIAN_FRAMES)
    medians = np.partition(windows, MEDIAN_FRAMES // 2, axis=1)[:-1, MEDIAN_FRAMES // 2]
    fall[known[MEDIAN_FRAMES:]] = np.clip((medians - values[MEDIAN_FRAMES:]) / SCORE_FALL, 0, 1)
    return fall


def _jumps(frames: NDArray[np.int32], boxes: NDArray[np.float64], frame_count: int) -> Values:
    """1 where a box is far from the one on the frame before, in its own sides."""
    sign = np.zeros(frame_count, np.float32)
    if len(frames) < 2:
        return sign
    is_next = np.diff(frames) == 1
    sides = (boxes[:-1, 2:] + boxes[1:, 2:]) / 2
    centers = boxes[:, :2] + boxes[:, 2:] / 2
    moved = np.abs(np.diff(centers, axis=0) / sides).max(axis=1) / JUMP_SIDES
    resized = np.abs(np.diff(np.log(boxes[:, 2:]), axis=0)).max(axis=1) / np.log(1 + SIZE_CHANGE)
    jump = np.maximum(moved, resized)
    sign[frames[1:]] = np.where(is_next & (jump > 1), 1 - 0.5 / np.maximum(jump, 1), 0)
    return sign


def _left(
    doubt: Values, frames: NDArray[np.int32], boxes: NDArray[np.float64], picture: tuple[int, int]
) -> Values:
    """Where the score is doubtful and the box is as of an object that is gone; it goes before the doubt alone."""
    sign = np.zeros(len(doubt), np.float32)
    is_doubtful = doubt[frames] >= LEAST_SUSPICION
    is_left = is_doubtful & (_touches_edge(boxes, picture) | _stands_still(is_doubtful, frames, boxes))
    here = frames[is_left]
    sign[here] = (1 + doubt[here]) / 2
    return sign


def _touches_edge(boxes: NDArray[np.float64], picture: tuple[int, int]) -> NDArray[np.bool_]:
    width, height = picture
    if not (width > 0 and height > 0):  # of a project that was repaired
        return np.zeros(len(boxes), dtype=np.bool_)
    margin = EDGE_SHARE * min(picture)
    near, far = boxes[:, :2] <= margin, boxes[:, :2] + boxes[:, 2:] >= np.array(picture) - margin
    return np.asarray((near | far).any(axis=1))


def _stands_still(
    is_doubtful: NDArray[np.bool_], frames: NDArray[np.int32], boxes: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """(n,) whether a box is one of `STILL_FRAMES` doubtful ones in a row that end about where they began."""
    still = np.zeros(len(frames), dtype=np.bool_)
    ahead = STILL_FRAMES - 1
    if len(frames) < STILL_FRAMES:
        return still
    centers = boxes[:, :2] + boxes[:, 2:] / 2
    moved = np.abs((centers[ahead:] - centers[:-ahead]) / boxes[:-ahead, 2:]).max(axis=1)
    doubtful_so_far = np.concatenate([[0], np.cumsum(is_doubtful)])
    are_doubtful = doubtful_so_far[STILL_FRAMES:] - doubtful_so_far[:-STILL_FRAMES] == STILL_FRAMES
    begins = (moved < STILL_SIDES) & are_doubtful & (frames[ahead:] - frames[:-ahead] == ahead)
    # Each window that begins there covers the frames after its beginning, too.
    begun = np.concatenate([[0], np.cumsum(begins), np.full(ahead, np.count_nonzero(begins))])
    places = np.arange(1, len(frames) + 1)
    still[:] = begun[places] - begun[np.maximum(places - STILL_FRAMES, 0)] > 0
    return still
