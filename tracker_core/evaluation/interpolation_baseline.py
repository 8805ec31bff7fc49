"""Labelling by linear interpolation with as few keyframes as can be: the bound that a tracker has to beat.

Nobody places keyframes this well by hand, because it takes the ground truth of all frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray, iou_with_box
from tracker_core.evaluation.annotator import Assignment
from tracker_core.evaluation.effort_log import Event, FrameRecord, LabelledRun

UNREACHED = np.iinfo(np.int64).max // 2


def label_by_interpolation(assignment: Assignment) -> LabelledRun:
    """Label with the fewest manual boxes such that all boxes between them are right.

    The first visible frame is a start. A box is held after the last keyframe, so each absence costs a flag on its
    first frame, and a keyframe on the frame where the target is back.
    """
    records: list[FrameRecord] = []
    first_visible = assignment.first_visible()
    for is_visible, frames in _stretches(assignment, first_visible):
        if is_visible:
            records += _visible_records(assignment, frames, is_start=frames[0] == first_visible)
        else:
            held = records[-1].final_box
            records.append(FrameRecord(frames[0], held, Event.FLAG))
            records += [FrameRecord(index, None) for index in frames[1:]]
    return LabelledRun(tuple(records))


def _stretches(assignment: Assignment, first_visible: int) -> Iterator[tuple[bool, list[int]]]:
    """Frames in a row that are all visible, or all absent."""
    indices = range(first_visible, len(assignment.truth))
    for is_visible, frames in groupby(indices, lambda index: assignment.truth[index] is not None):
        yield is_visible, list(frames)


def _visible_records(assignment: Assignment, frames: list[int], *, is_start: bool) -> list[FrameRecord]:
    truth = [box for index in frames if (box := assignment.truth[index]) is not None]
    human = [assignment.hand.draw(box, index) for box, index in zip(truth, frames, strict=True)]
    if is_start:
        human[0] = truth[0]
    human_xywh = np.array([box.xywh for box in human])
    keyframes = fewest_keyframes(human_xywh, np.array([box.xywh for box in truth]), assignment.iou_threshold)
    boxes = interpolated(human_xywh, keyframes)
    records = [FrameRecord(index, Box.from_xywh(row)) for index, row in zip(frames, boxes, strict=True)]
    for place in keyframes:
        event = Event.START if is_start and place == 0 else Event.CORRECTION
        records[place] = FrameRecord(frames[place], None, event, human[place])
    return records


def fewest_keyframes(human_xywh: BoxArray, truth_xywh: BoxArray, iou_threshold: float) -> tuple[int, ...]:
    """Rows to draw, 0 among them, so that all interpolated rows reach the threshold; exact.

    Manual boxes must reach it themselves. The box of the last keyframe is held to the end.

    Args:
        human_xywh: (n, 4) the box that would be drawn on each frame.
        truth_xywh: (n, 4) without absent frames.
        iou_threshold: 0..1.
    """
    count = len(truth_xywh)
    costs = np.full(count, UNREACHED)
    costs[0] = 0
    previous = np.zeros(count, dtype=np.int64)
    best_last, best_cost = 0, UNREACHED
    for start in range(count):
        reached, is_held_to_end = _reach(start, human_xywh, truth_xywh, iou_threshold)
        better = reached[costs[start] + 1 < costs[reached]]
        costs[better], previous[better] = costs[start] + 1, start
        if is_held_to_end and costs[start] < best_cost:
            best_last, best_cost = start, costs[start]
    keyframes = [best_last]
    while keyframes[-1] != 0:
        keyframes.append(int(previous[keyframes[-1]]))
    return tuple(reversed(keyframes))


def _reach(
    start: int, human_xywh: BoxArray, truth_xywh: BoxArray, iou_threshold: float
) -> tuple[NDArray[np.int64], bool]:
    """Keyframes that may follow keyframe `start`, and whether its box may be held to the end instead."""
    count = len(truth_xywh)
    # Holding a box is moving it to the same box, one row behind the last.
    targets = np.vstack([human_xywh[start + 1 :], human_xywh[start]])
    ends = np.arange(start + 1, count + 1)
    reached: list[int] = []
    for index in range(start + 1, count):
        if ends.size == 0:
            break
        if ends[0] == index:
            reached.append(index)
            ends, targets = ends[1:], targets[1:]
        boxes = _between(human_xywh[start], targets, (index - start) / (ends - start))
        is_right = iou_with_box(boxes, Box.from_xywh(truth_xywh[index])) >= iou_threshold
        ends, targets = ends[is_right], targets[is_right]
    return np.array(reached, dtype=np.int64), bool(ends.size)


def interpolated(human_xywh: BoxArray, keyframes: tuple[int, ...]) -> BoxArray:
    """(n, 4) boxes: straight lines between the keyframes, the last one held."""
    boxes = np.tile(human_xywh[keyframes[-1]], (len(human_xywh), 1))
    for start, end in pairwise(keyframes):
        shares = np.arange(end - start) / (end - start)
        boxes[start:end] = _between(human_xywh[start], human_xywh[end], shares)
    return boxes


def _between(start_xywh: BoxArray, end_xywh: BoxArray, shares: NDArray[np.float64]) -> BoxArray:
    return start_xywh + shares[:, None] * (end_xywh - start_xywh)
