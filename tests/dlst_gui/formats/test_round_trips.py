"""Every format: what is written is what is read, to the format's resolution."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from dlst_gui.formats.format import Format, WriteOptions
from dlst_gui.formats.labels.model import BoxSource, Gaps, LabelSet
from dlst_gui.formats.registry import FORMATS, detected, format_named, read_labels
from dlst_gui.formats.transfer import comparison
from dlst_gui.formats.transfer.comparison import Comparison, compared
from tests.dlst_gui.formats.made_labels import VIDEO, boxes_at, label_set, label_sets, one_box
from tracker_core import Box

EVERY_FORMAT = pytest.mark.parametrize("label_format", FORMATS, ids=lambda each: each.name)
FLOAT_ERROR = 1e-9


def target(folder: Path, label_format: Format) -> Path:
    return folder / f"labels{label_format.suffix}"


def there_and_back(labels: LabelSet, label_format: Format, options: WriteOptions = WriteOptions()) -> Comparison:  # noqa: B008
    with tempfile.TemporaryDirectory() as name:
        path = target(Path(name), label_format)
        label_format.write(labels, path, options)
        return compared(labels, label_format.read(path, labels.video), label_format.can_hold)


@EVERY_FORMAT
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(labels=label_sets())
def test_round_trip_when_labels_have_everything_then_nothing_is_lost(
    label_format: Format, labels: LabelSet
) -> None:
    result = there_and_back(labels, label_format)
    assert (result.missing, result.surplus, result.wrong_visibilities) == (0, 0, 0)
    assert result.box_count == labels.box_count()
    assert result.largest_difference_px <= label_format.resolution_px(labels.video, WriteOptions()) + FLOAT_ERROR


@EVERY_FORMAT
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(labels=label_sets())
def test_round_trip_when_whole_pixels_are_asked_for_then_no_edge_moves_by_more_than_half(
    label_format: Format, labels: LabelSet
) -> None:
    result = there_and_back(labels, label_format, WriteOptions(sub_pixel=False, track_ids=True))
    assert (result.missing, result.surplus) == (0, 0)
    assert result.largest_difference_px <= 0.51


@EVERY_FORMAT
def test_round_trip_when_nothing_is_labelled_then_reads_nothing(label_format: Format, tmp_path: Path) -> None:
    empty = label_set()
    label_format.write(empty, target(tmp_path, label_format), WriteOptions())
    if label_format.name not in {"otb", "vot", "got10k", "lasot"}:  # one file per track: none
        assert label_format.read(target(tmp_path, label_format), VIDEO).box_count() == 0


@EVERY_FORMAT
def test_detection_when_a_file_was_written_then_finds_its_format(label_format: Format, tmp_path: Path) -> None:
    labels = label_set(boxes_at({index: Box(10 + index, 20.5, 30.25, 40) for index in range(12)}))
    label_format.write(labels, target(tmp_path, label_format), WriteOptions())
    assert detected(target(tmp_path, label_format)).name == label_format.name
    assert read_labels(target(tmp_path, label_format), VIDEO).box_count() == 12


@EVERY_FORMAT
def test_image_paths_when_asked_then_are_inside_and_apart(label_format: Format) -> None:
    labels = label_set(boxes_at({0: Box(1, 2, 3, 4)}))
    if label_format.image_paths is None:
        assert not label_format.wants_images
        return
    paths = [path for at in range(12) for path in label_format.image_paths(labels, at, WriteOptions())]
    assert len(set(paths)) == 12
    assert not any(Path(path).is_absolute() or ".." in Path(path).parts for path in paths)


@EVERY_FORMAT
def test_convention_when_put_in_words_then_says_origin_unit_frames_and_absence(label_format: Format) -> None:
    convention = label_format.convention
    words = convention.words()
    assert convention.frames in words
    assert convention.absent in words
    assert convention.unit.value in words


def test_comparison_when_a_box_is_shifted_then_says_by_how_much() -> None:
    result = compared(one_box(Box(1, 2, 3, 4)), one_box(Box(1, 2.5, 3, 4)), FORMATS[0].can_hold)
    assert result == Comparison(1, 0, 0, 0.5, 0)


def test_comparison_when_boxes_are_missing_or_new_then_counts_them() -> None:
    written = label_set(boxes_at({0: Box(1, 2, 3, 4), 1: Box(1, 2, 3, 4)}))
    read = label_set(boxes_at({1: Box(1, 2, 3, 4), 5: Box(1, 2, 3, 4), 6: Box(1, 2, 3, 4)}), gaps=Gaps.UNSAID)
    result = compared(written, read, FORMATS[0].can_hold)
    assert (result.box_count, result.missing, result.surplus) == (1, 1, 2)


def test_comparison_when_two_boxes_of_a_frame_are_nearest_to_the_same_then_each_is_paired_once() -> None:
    boxes = [Box(0, 0, 10, 10), Box(4, 0, 10, 10)]
    moved = [Box(3, 0, 10, 10), Box(90, 0, 10, 10)]
    written, read = (label_set(*(boxes_at({0: box}) for box in each)) for each in (boxes, moved))
    assert compared(written, read, format_named("yolo").can_hold) == Comparison(2, 0, 0, 90, 0)


@pytest.mark.parametrize("gaps", Gaps)
def test_comparison_when_a_few_frames_at_a_time_then_finds_what_it_finds_at_once(
    gaps: Gaps, monkeypatch: pytest.MonkeyPatch
) -> None:
    box, can_hold = Box(1, 2, 3, 4), format_named("csv").can_hold
    written = label_set(boxes_at(dict.fromkeys((0, 1, 2, 5, 9), box)), boxes_at({3: box, 11: box}), gaps=gaps)
    moved = {3: Box(1, 2.25, 3, 4), 10: box, 11: box}
    lines = boxes_at({1: box, 6: box}, source=BoxSource.INTERPOLATED)
    read = label_set(lines, boxes_at(moved), boxes_at({8: box}))
    at_once = compared(written, read, can_hold)
    assert at_once == Comparison(3, 4, 2 + (gaps is Gaps.ABSENT), 0.25, 0)
    monkeypatch.setattr(comparison, "_FRAMES_AT_ONCE", 2)
    assert compared(written, read, can_hold) == at_once
