"""What single formats of others mean, beyond what the round trips and the foreign layouts show."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dlst_gui.formats.datasets.tao import TAO
from dlst_gui.formats.datasets.yolo import YOLO
from dlst_gui.formats.errors import FormatError, UnknownFormatError
from dlst_gui.formats.format import Format, WriteOptions
from dlst_gui.formats.labels.model import SOURCES, AnnotatedVideo, BoxSource, LabelSet, Visibility
from dlst_gui.formats.read_options import ReadOptions
from dlst_gui.formats.reading.file_parts import SeveralVideosError
from dlst_gui.formats.registry import FORMATS, detected, read_any, read_labels
from dlst_gui.formats.tables.header_table import HEADER_TABLE
from dlst_gui.formats.tools.cvat import CVAT
from dlst_gui.formats.tools.dive import DIVE
from dlst_gui.formats.tools.labelme import LABELME
from dlst_gui.formats.tools.scalabel import SCALABEL
from dlst_gui.formats.transfer.comparison import compared
from dlst_gui.project.keyframe_block import VISIBILITY_CODES
from tests.dlst_gui.formats.made_labels import boxes_at, label_set
from tracker_core import Box

VIDEO = AnnotatedVideo.whole("clip", size=(640, 480), frame_count=12, fps=25.0)


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def boxes(labels: LabelSet) -> dict[int, dict[int, tuple[float, ...]]]:
    """By track and frame."""
    return {
        track.track_id: {
            each.frame_index: tuple(round(value, 6) for value in each.box.xywh)
            for each in track.columns
            if each.is_present
        }
        for track in labels.tracks
    }


def test_seven_columns_when_mot_and_darklabel_give_other_boxes_then_both_are_named(tmp_path: Path) -> None:
    path = put(tmp_path / "a.txt", "1,1,10,10,20,30,25\n2,1,12,10,20,30,24\n")
    with pytest.raises(UnknownFormatError, match=r"mot-results \(MOT.*\) or darklabel \(Dark.*\), which give"):
        read_labels(path, VIDEO)


def test_seven_columns_when_only_one_reading_keeps_all_boxes_then_it_is_taken_and_said(tmp_path: Path) -> None:
    # As DarkLabel, the third column has ids, which have no fractions.
    path = put(tmp_path / "a.txt", "1,1,10.5,10,20,30,25\n1,2,10,40,20,30,24\n")
    label_format, labels = read_any(path, VIDEO, None, lambda _done, _total: None)
    assert label_format.name == "mot-results"
    assert boxes(labels) == {1: {0: (9.5, 9, 20, 30)}, 2: {0: (9, 39, 20, 30)}}
    assert "as darklabel it would be wrong or lose boxes" in labels.notices[0]


@pytest.mark.parametrize(
    ("name", "expected", "left"),
    [("anno/UAV123/bike1.txt", "uav123", 9), ("anno/abc.txt", "trackingnet", 10), ("dog/dog-3/x.txt", "", 0)],
)
def test_one_box_a_row_when_the_folder_names_the_benchmark_then_it_is_read_so(
    name: str, expected: str, left: float, tmp_path: Path
) -> None:
    path = put(tmp_path / name, "10,20,30,40\nNaN,NaN,NaN,NaN\n")
    if not expected:
        with pytest.raises(UnknownFormatError):
            detected(path)
        return
    label_format, labels = read_any(path, VIDEO, None, lambda _done, _total: None)
    assert label_format.name == expected
    assert boxes(labels)[1][0][0] == left
    assert labels.report.absent == 1


def test_table_when_columns_have_corners_and_empty_ids_then_boxes_without_id_are_linked(tmp_path: Path) -> None:
    text = "Frame-Index;X_Min;Y_Min;X_Max;Y_Max;class_name;tracker_id\n1;10;20;40;60;car;\n2;11;20;41;60;car;\n"
    labels = HEADER_TABLE.read(put(tmp_path / "a.csv", text), VIDEO)
    assert boxes(labels) == {1: {1: (10, 20, 30, 40), 2: (11, 20, 30, 40)}}
    assert labels.report.linked == 2
    assert any("no frame 0 to show it" in notice for notice in labels.notices)


def test_table_when_the_first_frame_is_given_then_it_is_taken(tmp_path: Path) -> None:
    path = put(tmp_path / "a.csv", "frame,id,x,y,w,h\n3,1,10,20,30,40\n")
    labels = read_labels(path, VIDEO, options=ReadOptions(first_frame=1))
    assert boxes(labels) == {1: {2: (10, 20, 30, 40)}}
    assert not any("frame 0" in notice for notice in labels.notices)


def test_labelme_when_parts_share_a_group_then_one_box_holds_them(tmp_path: Path) -> None:
    def shape(points: list[list[float]], kind: str, group: int | None) -> dict[str, object]:
        return {"label": "car", "points": points, "shape_type": kind, "group_id": group}

    shapes = [
        shape([[10, 20], [40, 60]], "rectangle", 3),
        shape([[60, 20], [50, 30], [70, 90]], "polygon", 3),
        shape([[5, 5], [8, 9]], "circle", None),
    ]
    content = {"shapes": shapes, "imagePath": "../x/clip_000002.jpg", "imageWidth": 640, "imageHeight": 480}
    labels = LABELME.read(put(tmp_path / "a.json", json.dumps(content)), VIDEO)
    assert boxes(labels) == {3: {2: (10, 20, 60, 70)}, 4: {2: (0, 0, 10, 10)}}
    assert labels.report.converted == {"polygon": 1, "circle": 1}


def test_labelme_when_a_folder_is_open_then_frames_go_by_its_names(tmp_path: Path) -> None:
    names = tuple(f"{10 * number + 450:06d}.jpg" for number in range(12))
    shapes = [{"label": "car", "points": [[1, 2], [3, 4]], "shape_type": "rectangle"}]
    for stem in ("000460", "000990"):
        put(tmp_path / f"{stem}.json", json.dumps({"shapes": shapes, "imagePath": f"{stem}.jpg"}))
    labels = LABELME.read(tmp_path, replace(VIDEO, image_names=names))
    assert boxes(labels) == {1: {1: (1, 2, 2, 2)}}
    assert [each.reason for each in labels.report.skipped.values()] == ["the image is not in the folder"]


def test_dive_when_features_interpolate_then_lines_lead_only_there(tmp_path: Path) -> None:
    features = [
        {"frame": 0, "bounds": [0, 0, 10, 10], "interpolate": True},
        {"frame": 2, "bounds": [4, 0, 14, 10]},
        {"frame": 5, "bounds": [9, 0, 19, 10], "attributes": {"rotation": 1.5707963267948966}},
    ]
    track = {
        "id": 0,
        "attributes": {"age": 3},
        "confidencePairs": [["rock", 0.2], ["fish", 0.8]],
        "features": features,
    }
    path = put(tmp_path / "a.json", json.dumps({"tracks": {"0": track}, "groups": {}, "version": 2}))
    assert detected(path) is DIVE
    (made,) = DIVE.read(path, VIDEO).tracks
    assert (made.track_id, made.label, made.attributes) == (1, "fish", {"age": "3"})
    present = made.columns.where(made.columns.is_present)
    assert present.frame_indices.tolist() == [0, 1, 2, 5]
    assert present.boxes_xywh[1].tolist() == [2, 0, 10, 10]
    assert [each.source is BoxSource.INTERPOLATED for each in present] == [False, True, False, False]
    assert present.scores[0] == 0.8


def test_scalabel_when_corners_are_included_then_the_width_is_one_more_than_their_distance(tmp_path: Path) -> None:
    frames = [
        {"name": "v-0000003.jpg", "videoName": name, "frameIndex": 2, "labels": labels}
        for name, labels in (
            ("v", [{"id": "00017", "category": "car", "box2d": {"x1": 0, "y1": 5, "x2": 9, "y2": 14}}]),
            ("w", [{"id": "4", "category": "bus", "box2d": {"x1": 0, "y1": 0, "x2": 1, "y2": 1}}]),
        )
    ]
    path = put(tmp_path / "a.json", json.dumps(frames))
    assert detected(path) is SCALABEL
    with pytest.raises(SeveralVideosError, match="'v', 'w'"):
        SCALABEL.read(path, VIDEO)
    labels = read_labels(path, VIDEO, options=ReadOptions(part="v"))
    assert boxes(labels) == {17: {2: (0, 5, 10, 10)}}


def test_tao_when_it_is_about_several_videos_then_the_one_of_this_name_is_read(tmp_path: Path) -> None:
    top = {
        "videos": [{"id": 1, "name": "other"}, {"id": 2, "name": "train/clip.mp4"}],
        "images": [
            {"id": number, "video_id": number, "file_name": "x.jpg", "frame_index": 4, "width": 640, "height": 480}
            for number in (1, 2)
        ],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": [
            {"id": number, "image_id": number, "track_id": number, "category_id": 1, "bbox": [number, 2, 3, 4]}
            for number in (1, 2)
        ],
    }
    labels = TAO.read(put(tmp_path / "a.json", json.dumps(top)), VIDEO)
    assert boxes(labels) == {2: {4: (2, 2, 3, 4)}}
    assert any("'train/clip.mp4' was read" in notice for notice in labels.notices)
    with pytest.raises(FormatError, match="has no video 'third'"):
        read_labels(tmp_path / "a.json", VIDEO, options=ReadOptions(part="third"))


@pytest.mark.parametrize(
    ("line", "box", "kind"),
    [
        ("0 0.1 0.1 0.3 0.1 0.2 0.5", (64, 48, 128, 192), "polygon"),
        ("0 0.1 0.1 0.3 0.1 0.3 0.5 0.1 0.5", (64, 48, 128, 192), "polygon"),
        ("0 0.5 0.5 0.2 0.2 0.45 0.5 2 0.55 0.5 1", (256, 192, 128, 96), "keypoints"),
        ("0 0.5 0.5 0.2 0.2 0.87 12", (256, 192, 128, 96), ""),
    ],
    ids=["triangle", "turned box", "pose", "confidence and id"],
)
def test_yolo_when_rows_are_of_other_tasks_then_they_become_boxes(
    line: str, box: tuple[float, ...], kind: str, tmp_path: Path
) -> None:
    put(tmp_path / "labels/clip_000003.txt", f"{line}\n")
    labels = YOLO.read(tmp_path, VIDEO)
    ((track_id, found),) = boxes(labels).items()
    assert found == {3: pytest.approx(box)}
    assert labels.report.converted == ({kind: 1} if kind else {})
    assert track_id == (1 if kind else 12)


def test_images_when_two_are_the_same_frame_then_they_are_named(tmp_path: Path) -> None:
    for hashed in ("aa11", "bb22"):
        put(tmp_path / f"labels/x_0003_jpg.rf.{hashed}.txt", "0 0.5 0.5 0.2 0.2\n")
    with pytest.raises(FormatError, match=r"aa11.*and.*bb22.*are the same frame"):
        YOLO.read(tmp_path, VIDEO)


@pytest.mark.parametrize(
    "label_format", [each for each in FORMATS if each.interpolates], ids=lambda each: each.name
)
@pytest.mark.parametrize("within_px", [0.0, 0.5, 3.0])
def test_keyframes_when_lines_may_be_off_then_few_are_written_and_no_edge_is_further_off(
    label_format: Format, within_px: float, tmp_path: Path
) -> None:
    video = AnnotatedVideo.whole("clip", size=(640, 480), frame_count=200, fps=25.0)
    turns = np.arange(200) / 25
    made = {
        index: Box(300 + 90 * np.sin(turn), 200 + 70 * np.cos(turn), 40 + 8 * np.sin(2 * turn), 50)
        for index, turn in enumerate(turns)
    }
    columns = boxes_at(made)
    hidden = columns.visibilities.copy()
    hidden[120:] = VISIBILITY_CODES.index(Visibility.OCCLUDED)
    labels = label_set(replace(columns, visibilities=hidden), video=video)
    path = tmp_path / f"a{label_format.suffix}"
    options = WriteOptions(keyframes_within_px=within_px)
    label_format.write(labels, path, options)
    read = label_format.read(path, video)
    result = compared(labels, read, label_format.can_hold)
    assert (result.box_count, result.missing, result.surplus, result.wrong_visibilities) == (200, 0, 0, 0)
    assert result.largest_difference_px <= label_format.resolution_px(video, options)
    keyframes = int((read.tracks[0].columns.sources != SOURCES.index(BoxSource.INTERPOLATED)).sum())
    assert keyframes == 200 if not within_px else 3 < keyframes < 60
    assert result.largest_difference_px > within_px / 4


def test_keyframes_when_a_straight_walk_is_exported_then_two_are_enough(tmp_path: Path) -> None:
    video = AnnotatedVideo.whole("clip", size=(640, 480), frame_count=100, fps=25.0)
    labels = label_set(boxes_at({index: Box(2 * index, index, 30, 40) for index in range(100)}), video=video)
    CVAT.write(labels, tmp_path / "a.xml", WriteOptions(keyframes_within_px=0.1))
    assert (tmp_path / "a.xml").read_text().count('keyframe="1"') == 2


def test_images_when_folders_repeat_their_names_then_the_folder_of_the_video_is_read(tmp_path: Path) -> None:
    for folder, left in (("other", 0.3), ("clip", 0.5)):
        put(tmp_path / f"labels/train/{folder}/000003.txt", f"0 {left} 0.5 0.2 0.2\n")
    labels = YOLO.read(tmp_path, VIDEO)
    assert boxes(labels) == {1: {3: pytest.approx((256, 192, 128, 96))}}
    assert [(each.reason, each.count) for each in labels.report.skipped.values()] == [
        ("the image is of another video of the file", 1)
    ]
    assert any("'train/clip' was read, because it has this video's name" in said for said in labels.notices)
    with pytest.raises(SeveralVideosError, match="'train/clip', 'train/other'"):
        YOLO.read(tmp_path, replace(VIDEO, name="third"))
    third = read_labels(tmp_path, replace(VIDEO, name="third"), options=ReadOptions(part="other"))
    assert boxes(third) == {1: {3: pytest.approx((128, 192, 128, 96))}}
