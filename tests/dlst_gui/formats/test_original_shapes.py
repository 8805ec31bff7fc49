"""Shapes that are no upright boxes: kept beside their boxes, and written again where they still fit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dlst_gui import limits
from dlst_gui.api import open_project
from dlst_gui.exchange.importing import import_labels
from dlst_gui.formats.format import WriteOptions
from dlst_gui.formats.labels.model import AnnotatedVideo, BoxColumns, LabelledBox, LabelSet, ObjectTrack
from dlst_gui.formats.labels.original_shape import (
    ATTRIBUTE,
    OriginalShape,
    SkeletonPoint,
    shape_for,
    shape_in,
)
from dlst_gui.formats.labels.turned_boxes import enclosing_turned, rotation_attributes
from dlst_gui.formats.registry import format_named
from dlst_gui.formats.syntax import masks
from dlst_gui.formats.transfer.described_video import described
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.video import open_source
from tracker_core import Box

VIDEO = AnnotatedVideo.whole("clip", size=(320, 240), frame_count=12, fps=25.0)

SHAPES = {
    "polygon": OriginalShape("polygon", ((10, 10, 50.5, 12.25, 40, 60),)),
    "parts": OriginalShape("polygon", ((10, 10, 50, 12, 40, 60), (100, 100, 120, 100, 110, 130))),
    "polyline": OriginalShape("polyline", ((10, 10, 50.5, 12.25, 40, 60),)),
    "line": OriginalShape("polyline", ((10, 10, 50.5, 60),)),
    "points": OriginalShape("points", ((10, 10, 50.5, 12.25),)),
    "point": OriginalShape("points", ((10, 10),)),
    "ellipse": OriginalShape("ellipse", ((60, 50, 20, 10),)),
    "circle": OriginalShape("ellipse", ((60, 50, 20, 20),)),
    "cuboid": OriginalShape("cuboid", ((10, 10, 10, 50, 40, 10, 40, 50, 20, 5, 20, 45, 50, 5, 50, 45),)),
    "mask": OriginalShape("mask", ((100, 80, 10, 5, 0, 10, 10, 10, 12, 5, 3),)),
    "skeleton": OriginalShape(
        "skeleton",
        points=(SkeletonPoint("nose", 10, 20), SkeletonPoint("tail", 40.5, 50, "occluded")),
    ),
}
HELD = {
    "cvat": ("polygon", "polyline", "line", "points", "point", "ellipse", "cuboid", "mask", "skeleton"),
    "coco": ("polygon", "parts", "mask", "skeleton"),
    "tao": ("polygon", "parts", "mask"),
    "labelme": ("polygon", "parts", "polyline", "line", "points", "point", "circle", "mask"),
    "scalabel": ("polygon", "parts", "polyline", "mask"),
    "datumaro": ("polygon", "polyline", "points", "point", "ellipse", "mask"),
    "jsonl": tuple(SHAPES),
    "dive": tuple(SHAPES),
}
CASES = [(name, shape) for name, shapes in HELD.items() for shape in shapes]


def labelled(shape: OriginalShape, frame: int = 3, *, moved: tuple[float, ...] = (0, 0, 0, 0)) -> LabelledBox:
    xywh = np.add(shape.enclosing(), moved).tolist()
    return LabelledBox(frame, Box(*xywh), attributes={ATTRIBUTE: shape.text()})


def labels_of(*boxes: LabelledBox) -> LabelSet:
    return LabelSet(VIDEO, (ObjectTrack(1, "boat", BoxColumns.of(boxes)),))


def round_trip(name: str, labels: LabelSet, folder: Path, options: WriteOptions | None = None) -> LabelSet:
    label_format = format_named(name)
    path = folder / f"out{label_format.suffix}"
    label_format.write(labels, path, options or WriteOptions())
    return label_format.read(path, VIDEO)


def kept(labels: LabelSet) -> dict[int, Mapping[str, str]]:
    return dict(labels.tracks[0].columns.attributes)


@pytest.mark.parametrize(("name", "kind"), CASES, ids=lambda each: each)
def test_shape_when_written_and_read_then_it_is_the_same(name: str, kind: str, tmp_path: Path) -> None:
    shape = SHAPES[kind]
    read = round_trip(name, labels_of(labelled(shape)), tmp_path)
    assert shape_in(kept(read)[3]) == shape
    assert read.tracks[0].columns.boxes_xywh[0] == pytest.approx(shape.around(), abs=0.005)
    assert read.report.boxes_in_file == read.report.read == 1
    if name not in {"jsonl", "dive"}:
        assert dict(read.report.kept) == {shape.kind: 1}


@pytest.mark.parametrize(("name", "kind"), [case for case in CASES if case[0] not in {"jsonl", "dive"}])
def test_shape_when_its_box_has_changed_then_the_box_alone_is_written(
    name: str, kind: str, tmp_path: Path
) -> None:
    changed = labelled(SHAPES[kind], moved=(0, 0, 5, 0))
    read = round_trip(name, labels_of(changed), tmp_path)
    assert kept(read) == {}
    assert read.tracks[0].columns.boxes_xywh[0] == pytest.approx(changed.box.xywh, abs=0.005)


@pytest.mark.parametrize(("name", "kind"), [case for case in CASES if case[0] not in {"jsonl", "dive"}])
def test_shape_when_its_box_was_moved_then_it_moves_too(name: str, kind: str, tmp_path: Path) -> None:
    moved = labelled(SHAPES[kind], moved=(7, -3, 0, 0))
    read = round_trip(name, labels_of(moved), tmp_path)
    assert shape_in(kept(read)[3]) == SHAPES[kind].moved(7, -3)


def test_mask_when_moved_by_half_a_pixel_then_the_box_alone_is_written(tmp_path: Path) -> None:
    assert kept(round_trip("coco", labels_of(labelled(SHAPES["mask"], moved=(0.5, 0, 0, 0))), tmp_path)) == {}


@pytest.mark.parametrize("name", ["cvat", "coco", "tao", "labelme", "scalabel", "datumaro"])
def test_shape_when_whole_pixels_are_wanted_then_the_box_alone_is_written(name: str, tmp_path: Path) -> None:
    options = WriteOptions(sub_pixel=False)
    assert kept(round_trip(name, labels_of(labelled(SHAPES["polygon"])), tmp_path, options)) == {}


@pytest.mark.parametrize("name", ["coco", "tao", "scalabel"])
def test_shape_when_the_file_has_another_box_beside_it_then_both_come_back(name: str, tmp_path: Path) -> None:
    shape = SHAPES["polygon"].in_box((5, 6, 70, 80))
    read = round_trip(name, labels_of(labelled(shape)), tmp_path)
    assert shape_in(kept(read)[3]) == shape
    assert read.tracks[0].columns.boxes_xywh[0] == pytest.approx((5, 6, 70, 80))


@pytest.mark.parametrize("name", ["cvat", "labelme", "datumaro"])
def test_shape_when_the_format_has_no_other_box_then_the_box_is_right(name: str, tmp_path: Path) -> None:
    shape = SHAPES["polygon"].in_box((5, 6, 70, 80))
    read = round_trip(name, labels_of(labelled(shape)), tmp_path)
    assert read.tracks[0].columns.boxes_xywh[0] == pytest.approx((5, 6, 70, 80))


@pytest.mark.parametrize("name", ["cvat", "coco", "tao", "datumaro", "label-studio"])
def test_turned_box_when_written_and_read_then_it_is_turned_as_before(name: str, tmp_path: Path) -> None:
    xywh = (100.123, 90.25, 60.77, 20.5)
    around = enclosing_turned(np.array([xywh]), np.array([33.333]))[0].tolist()
    first = LabelledBox(3, Box(*around), attributes=rotation_attributes(xywh, 33.333))
    again = round_trip(name, labels_of(first), tmp_path)
    twice = round_trip(name, again, tmp_path)
    for read in (again, twice):
        boxes = read.tracks[0].columns
        assert boxes.boxes_xywh[0] == pytest.approx(first.box.xywh, abs=1e-4)
        assert float(boxes.attributes[3]["rotation"]) == pytest.approx(33.333)


def test_cvat_when_a_box_lies_between_polygons_then_boxes_are_written_for_all(tmp_path: Path) -> None:
    polygon = labelled(SHAPES["polygon"])
    later = replace(polygon, frame_index=5)
    between = LabelledBox(4, Box(100, 100, 20, 20))
    format_named("cvat").write(labels_of(polygon, between, later), tmp_path / "a.xml", WriteOptions())
    text = (tmp_path / "a.xml").read_text()
    assert text.count("<box ") == 4  # one says that it is gone
    assert "<polygon" not in text
    assert ATTRIBUTE not in text


def test_cvat_when_polygons_lead_over_a_gap_then_the_frames_between_are_polygons_too(tmp_path: Path) -> None:
    path = tmp_path / "in.xml"
    path.write_text(
        '<annotations><track id="1" label="boat">'
        '<polygon frame="0" keyframe="1" outside="0" occluded="0" points="0.00,0.00;10.00,0.00;10.00,20.00"/>'
        '<polygon frame="1" keyframe="0" outside="0" occluded="0" points="5.00,0.00;15.00,0.00;15.00,20.00"/>'
        '<polygon frame="2" keyframe="0" outside="0" occluded="0" points="10.00,0.00;29.00,0.00;20.00,20.00"/>'
        '<polygon frame="3" keyframe="1" outside="0" occluded="0" points="15.00,0.00;25.00,0.00;25.00,20.00"/>'
        "</track></annotations>"
    )
    cvat = format_named("cvat")
    read = cvat.read(path, VIDEO)
    cvat.write(read, tmp_path / "out.xml", WriteOptions())
    again = cvat.read(tmp_path / "out.xml", VIDEO)
    assert (tmp_path / "out.xml").read_text().count("<polygon") == 5  # and one that says that it is gone
    for labels in (read, again):
        columns = labels.tracks[0].columns
        columns = columns.where(columns.is_present)
        # The third is not on the line, so it is a keyframe now, and the second with it.
        assert sorted(columns.attributes) == [0, 1, 2, 3]
        assert columns.boxes_xywh[2] == pytest.approx((10, 0, 19, 20))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "polygon",
        "[]",
        "{}",
        '{"polygon":[]}',
        '{"polygon":[[1]]}',
        '{"polygon":[[1,2,3,NaN]]}',
        '{"polygon":[[1,2,1e300,4]]}',
        '{"ellipse":[1,2,3]}',
        '{"ellipse":[1,2,0,3]}',
        '{"mask":[0,0,1000000000,1000000000,0,5]}',
        '{"mask":[0,0,2,2,0,5]}',
        '{"mask":[0,0,2,2,-1,5]}',
        '{"mask":[0,0,2,2,4]}',
        '{"skeleton":[["a",1,2,9]]}',
        '{"skeleton":[["a",1,2,2]]}',
        '{"polygon":[[1,2,3,4]],"box":[1,2]}',
        "[" * 100_000,
        '{"polygon":[[' + "1," * 60_000 + "1]]}",
    ],
)
def test_attribute_when_it_is_no_shape_then_there_is_none(text: str) -> None:
    assert shape_in({ATTRIBUTE: text}) is None
    assert shape_for({ATTRIBUTE: text}, (1, 2, 3, 4)) is None


def coco(annotation: Mapping[str, object], folder: Path, **category: object) -> LabelSet:
    path = folder / "coco.json"
    whole = {
        "images": [{"id": 1, "file_name": "clip_000003.jpg", "width": 320, "height": 240}],
        "categories": [{"id": 1, "name": "boat", **category}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, **annotation}],
    }
    path.write_text(json.dumps(whole))
    return format_named("coco").read(path, VIDEO)


RLE = {"size": [240, 320], "counts": [240 * 10 + 5, 3, 237, 3, 240 * 320 - 240 * 11 - 8]}


@pytest.mark.parametrize("counts", [RLE["counts"], masks.coco_text(RLE["counts"])], ids=["list", "text"])
def test_coco_when_an_annotation_has_a_mask_and_no_box_then_it_gets_the_one_around_it(
    counts: object, tmp_path: Path
) -> None:
    read = coco({"segmentation": {"size": [240, 320], "counts": counts}}, tmp_path)
    assert read.tracks[0].columns.boxes_xywh.tolist() == [[10, 5, 2, 3]]
    assert dict(read.report.converted) == dict(read.report.kept) == {"mask": 1}


@pytest.mark.parametrize(
    "segmentation",
    [
        {"size": [240, 320], "counts": [240 * 320 + 1]},
        {"size": [240, 320], "counts": [-1, 5]},
        {"size": [240, 320], "counts": "~"},
        {"size": [240, 320], "counts": "o" * 500},
        {"size": [10**9, 10**9], "counts": [0, 10**18]},
        {"size": [240, 320], "counts": [1.5, 2]},
        {"counts": [1, 2]},
        {"size": [240, 320]},
        [[1, 2, 3]],
        [["a", "b"]],
        [[1, 2, 3, 4, None, 6]],
        [{}],
    ],
)
def test_coco_when_a_shape_cannot_be_read_then_its_box_is_and_without_a_box_it_is_counted(
    segmentation: object, tmp_path: Path
) -> None:
    read = coco({"segmentation": segmentation, "bbox": [1, 2, 3, 4]}, tmp_path)
    assert read.tracks[0].columns.boxes_xywh.tolist() == [[1, 2, 3, 4]]
    assert read.report.only_boxes.total() == 1
    with pytest.raises(Exception, match="positive size"):
        coco({"segmentation": segmentation}, tmp_path)


def test_coco_when_there_are_keypoints_then_they_come_back_with_their_names(tmp_path: Path) -> None:
    read = coco({"keypoints": [10, 20, 2, 30, 40, 1, 0, 0, 0]}, tmp_path, keypoints=["nose", "left", "right"])
    assert read.tracks[0].columns.boxes_xywh.tolist() == [[10, 20, 20, 20]]
    format_named("coco").write(read, tmp_path / "out.json", WriteOptions())
    written = json.loads((tmp_path / "out.json").read_text())
    assert written["annotations"][0]["keypoints"] == [10, 20, 2, 30, 40, 1, 0, 0, 0]
    assert written["annotations"][0]["num_keypoints"] == 2
    assert written["categories"][0]["keypoints"] == ["nose", "left", "right"]


def test_coco_when_a_crowd_goes_in_and_out_then_it_is_one(tmp_path: Path) -> None:
    read = coco({"segmentation": RLE, "bbox": [10, 5, 2, 3], "iscrowd": 1}, tmp_path)
    format_named("coco").write(read, tmp_path / "out.json", WriteOptions())
    written = json.loads((tmp_path / "out.json").read_text())["annotations"][0]
    assert (written["iscrowd"], written["segmentation"], written["area"]) == (1, RLE, 6)


def test_shapes_when_one_is_too_large_then_its_box_is_kept_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LONGEST_SHAPE", 60)
    many = [value for at in range(40) for value in (at, at % 7)]
    read = coco({"segmentation": [many], "bbox": [0, 0, 39, 6]}, tmp_path)
    assert kept(read) == {}
    assert "only the box is kept: polygon 1" in " ".join(read.notices)


def test_shapes_when_there_are_too_many_then_boxes_are_kept_of_those_beyond(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LARGEST_SHAPES", 70)
    boxes = [labelled(SHAPES["polygon"], frame, moved=(frame, 0, 0, 0)) for frame in range(3)]
    read = round_trip("coco", labels_of(*boxes), tmp_path)
    assert (dict(read.report.kept), dict(read.report.only_boxes)) == ({"polygon": 1}, {"polygon": 2})
    assert read.report.read == 3


PIXELS = st.integers(1, 12).flatmap(
    lambda width: st.integers(1, 12).flatmap(
        lambda height: st.lists(st.booleans(), min_size=width * height, max_size=width * height).map(
            lambda flat: np.array(flat, dtype=bool).reshape(height, width)
        )
    )
)


@given(PIXELS)
def test_mask_when_turned_into_coco_and_back_then_pixels_and_boxes_are_the_same(pixels: np.ndarray) -> None:
    height, width = pixels.shape
    mask = masks.mask_of(pixels)
    if mask is None:
        assert not pixels.any()
        return
    counts = masks.coco_from_mask(mask, (width, height))
    assert sum(counts) == width * height
    assert masks.coco_counts(masks.coco_text(counts)) == counts
    columns = np.repeat(np.arange(len(counts)) % 2 == 1, counts).reshape(width, height)
    assert (pixels == columns.T).all()
    box = masks.coco_box(counts, height)
    assert box is not None
    assert box == masks.mask_box(mask)
    assert masks.mask_from_coco(counts, height, box) == mask
    assert masks.is_mask(mask)


def test_mask_when_it_lies_off_the_image_then_coco_gets_what_is_on_it() -> None:
    mask = [-2, -1, 4, 3, 0, 12]
    assert masks.coco_from_mask(mask, (3, 3)) == [0, 2, 1, 2, 4]
    assert masks.coco_from_mask([9, 9, 1, 1, 0, 1], (3, 3)) == [9]


def test_shape_when_its_project_is_saved_opened_and_exported_then_it_is_in_the_file_again(
    tmp_path: Path,
) -> None:
    clip_path = tmp_path / "clip"
    clip_path.mkdir()
    for number in range(12):
        Image.new("L", (320, 240), 10 * number).save(clip_path / f"{number:06d}.png")
    with open_source(clip_path) as source:
        video = described(source)
    shapes = [SHAPES[kind] for kind in ("polygon", "skeleton")]
    tracks = [
        ObjectTrack(number, "boat", BoxColumns.of([labelled(shape, 0), labelled(shape, 9)]))
        for number, shape in enumerate(shapes, start=1)
    ]
    cvat = format_named("cvat")
    cvat.write(LabelSet(video, tuple(tracks)), tmp_path / "in.xml", WriteOptions())
    opener = ProjectOpener(tmp_path)
    made = import_labels(tmp_path / "in.xml", clip_path, opener, project_path=tmp_path / "new.dlst")
    assert made.project is not None
    with open_project(made.project, video=clip_path) as project:
        assert shape_in(project.tracks[0].keyframes[0].attributes) == shapes[0]
        project.export("cvat", tmp_path / "out.xml")
    read = cvat.read(tmp_path / "out.xml", video)
    assert [shape_in(track.columns.attributes[9]) for track in read.tracks] == shapes
    assert read.report.kept == {"polygon": 2, "skeleton": 2}


def test_coco_when_images_have_several_sizes_then_those_of_the_video_are_read(tmp_path: Path) -> None:
    sizes = {1: (320, 240), 2: (640, 480), 3: (320, 240)}
    whole = {
        "images": [
            {"id": at, "file_name": f"clip_{at:06d}.jpg", "width": width, "height": height}
            for at, (width, height) in sizes.items()
        ],
        "categories": [{"id": 1, "name": "boat"}],
        "annotations": [
            {
                "id": at,
                "image_id": at,
                "category_id": 1,
                "bbox": [1, 2, 3, 4],
                "segmentation": [[1, 1, 9, 1, 9, 9]],
            }
            for at in sizes
        ],
    }
    path = tmp_path / "coco.json"
    path.write_text(json.dumps(whole))
    read = format_named("coco").read(path, VIDEO)
    assert read.tracks[0].columns.frame_indices.tolist() == [1, 3]
    assert (read.report.read, read.report.skipped_count, read.report.kept.total()) == (2, 1, 2)
    assert "Images of another size are of other videos: 1" in " ".join(read.notices)
    whole["images"] = [image for image in whole["images"] if image["width"] == 640]
    whole["annotations"] = [each for each in whole["annotations"] if each["image_id"] == 2]
    path.write_text(json.dumps(whole))
    with pytest.raises(Exception, match="is 640x480 pixels, the video's frames are 320x240"):
        format_named("coco").read(path, VIDEO)


def test_yolo_when_rows_are_polygons_then_they_are_kept_for_other_formats(tmp_path: Path) -> None:
    (tmp_path / "clip_000003.txt").write_text("0 0.1 0.1 0.5 0.1 0.3 0.5\n", "utf-8")
    read = format_named("yolo").read(tmp_path, VIDEO)
    assert read.tracks[0].columns.boxes_xywh[0] == pytest.approx((32, 24, 128, 96))
    assert read.report.kept == {"polygon": 1}
    kept_shape = shape_in(kept(read)[3])
    assert kept_shape is not None
    assert kept_shape.parts[0] == pytest.approx((32, 24, 160, 24, 96, 120))
