"""Which single boxes become one track."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from dlst_gui.formats.labels.model import AnnotatedVideo, Gaps, LabelSet
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, Loose, ReadOptions
from dlst_gui.formats.reading.label_builder import LabelBuilder
from dlst_gui.formats.reading.linking import SAME_OBJECT_IOU, in_order
from dlst_gui.formats.reading.track_columns import BoxRows
from tracker_core import Box

VIDEO = AnnotatedVideo.whole("clip", size=(640, 480), frame_count=30, fps=25.0)
PATH = Path("labels.txt")


def loose(frame_index: int, box: Box, label: str = "dog") -> BoxRows:
    return BoxRows(
        np.zeros(1, dtype=np.int64),
        np.zeros(1, dtype=np.intp),
        (label,),
        np.array([frame_index]),
        np.array([box.xywh], dtype=np.float64),
        np.array([frame_index + 1]),
    )


def linked(boxes: Iterable[BoxRows], options: ReadOptions = AS_THE_FILE_SAYS) -> LabelSet:
    built = LabelBuilder(PATH, VIDEO, options=options)
    built.add_loose(boxes)
    return built.labels(Gaps.ABSENT)


def tracks(*boxes: BoxRows) -> list[list[tuple[int, float]]]:
    """Frame and left edge of each box, by track."""
    found = linked(in_order(list(boxes))).tracks
    return [[(each.frame_index, each.box.x) for each in track.columns] for track in found]


def test_linked_when_two_boxes_claim_one_then_the_larger_overlap_has_it() -> None:
    made = tracks(loose(0, Box(0, 0, 20, 20)), loose(1, Box(8, 0, 20, 20)), loose(1, Box(2, 0, 20, 20)))
    assert made == [[(0, 0), (1, 2)], [(1, 8)]]


def test_linked_when_a_box_overlaps_only_another_label_then_begins_a_track() -> None:
    made = tracks(loose(0, Box(0, 0, 20, 20)), loose(1, Box(0, 0, 20, 20), "cat"))
    assert made == [[(0, 0)], [(1, 0)]]


@pytest.mark.parametrize("box", [Box(0, 0, 0, 0), Box(0, 0, 1e308, 1e308), Box(0, 0, -20, -20)])
def test_linked_when_a_second_box_has_an_absurd_size_then_it_is_skipped_without_a_warning(box: Box) -> None:
    found = linked([loose(0, Box(0, 0, 20, 20)), loose(1, box)])
    assert found.box_count() == found.report.read == found.report.linked == 1
    (skipped,) = found.report.skipped.values()
    assert (skipped.count, skipped.first.split(", ")[0]) == (1, "first: line 2")


def test_linked_when_each_box_is_to_be_a_track_then_none_is_linked() -> None:
    boxes = [loose(0, Box(0, 0, 20, 20)), loose(1, Box(0, 0, 20, 20))]
    found = linked(boxes, ReadOptions(loose=Loose.SINGLE))
    assert [each.columns.frame_indices.tolist() for each in found.tracks] == [[0], [1]]
    assert (found.report.linked, found.report.alone) == (0, 2)


def test_linked_when_many_boxes_wander_then_neighbours_overlap_enough_and_nothing_better_was_free() -> None:
    rng = np.random.default_rng(3)
    places = rng.uniform(0, 90, (8, 2))
    boxes = []
    for index in range(VIDEO.frame_count):
        places += rng.normal(0, 5, places.shape)
        boxes += [loose(index, Box(*place, 30, 30)) for place in places]
    found = linked(boxes).tracks
    assert sum(len(track.columns) for track in found) == len(boxes)
    ends = []
    for track in found:
        own = list(track.columns)
        overlaps = [one.box.iou(following.box) for one, following in pairwise(own)]
        assert all(overlap >= SAME_OBJECT_IOU for overlap in overlaps)
        ends.append((own[-1].frame_index, own[-1].box, own[0]))
    unclaimed = [(frame, box) for frame, box, _ in ends]
    for _, _, first in ends:
        free = [box for frame, box in unclaimed if frame == first.frame_index - 1]
        assert all(box.iou(first.box) < SAME_OBJECT_IOU for box in free)


def test_linked_when_boxes_come_in_any_order_then_the_result_is_that_of_their_frames() -> None:
    boxes = [loose(index, Box(2 * index, 0, 20, 20), label) for index in range(6) for label in ("dog", "cat")]
    shuffled = [boxes[at] for at in np.random.default_rng(1).permutation(len(boxes))]
    assert sorted(tracks(*shuffled)) == sorted(tracks(*boxes))
    assert [len(track) for track in tracks(*shuffled)] == [6, 6]
