"""DAVIS' masks, VGG Image Annotator, VoTT, and masks of YouTube-VIS, Scalabel, Datumaro and labelme."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlst_gui import limits
from dlst_gui.formats.datasets.davis import DAVIS
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.labels.model import AnnotatedVideo, LabelSet
from dlst_gui.formats.labels.original_shape import shape_in
from dlst_gui.formats.registry import read_any
from dlst_gui.formats.syntax.masks import coco_text

VIDEO = AnnotatedVideo.whole("clip", size=(32, 24), frame_count=12, fps=10.0)
FOLDER = AnnotatedVideo.whole(
    "shots", size=(32, 24), frame_count=3, fps=25.0, image_names=("a.jpg", "b.jpg", "c.jpg")
)
Boxes = dict[tuple[int, str], dict[int, tuple[float, ...]]]


def boxes_in(labels: LabelSet) -> Boxes:
    return {
        (track.track_id, track.label): {
            each.frame_index: tuple(np.round(each.box.xywh, 4).tolist()) for each in track.columns
        }
        for track in labels.tracks
    }


def read(path: Path, video: AnnotatedVideo = VIDEO) -> tuple[str, LabelSet]:
    found, labels = read_any(path, video, None, lambda _done, _total: None)
    assert labels.report.boxes_in_file == labels.report.read + labels.report.skipped_count
    return found.name, labels


def written(folder: Path, name: str, value: object) -> Path:
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return path


def picture(path: Path, pixels: np.ndarray, mode: str = "P") -> None:
    image = Image.fromarray(pixels.astype(np.uint8), "L")
    if mode == "P":
        image.putpalette([value for at in range(256) for value in (at, 0, 255 - at)])
    elif mode != "L":
        image = image.convert(mode)
    image.save(path)


def objects(**boxes: tuple[int, int, int, int]) -> np.ndarray:
    pixels = np.zeros((24, 32), dtype=np.uint8)
    for name, (x, y, width, height) in boxes.items():
        pixels[y : y + height, x : x + width] = int(name.removeprefix("n"))
    return pixels


def test_davis_when_pictures_are_named_like_frames_then_each_number_is_an_object(tmp_path: Path) -> None:
    picture(tmp_path / "00000.png", objects(n1=(2, 3, 5, 6), n4=(20, 10, 1, 1)))
    picture(tmp_path / "00005.png", objects(n1=(3, 3, 5, 6), n255=(0, 0, 32, 1)))
    picture(tmp_path / "00006.png", objects())
    name, labels = read(tmp_path)
    assert name == "davis"
    assert boxes_in(labels) == {
        (1, "object"): {0: (2, 3, 5, 6), 5: (3, 3, 5, 6)},
        (4, "object"): {0: (20, 10, 1, 1)},
    }
    assert labels.video.frames.tolist() == [0, 5, 6]
    assert labels.report.kept == labels.report.converted == {"mask": 3}
    assert "1 pictures some pixels have the number 255" in " ".join(labels.notices)
    kept = shape_in(labels.tracks[0].columns.attributes[0])
    assert kept is not None
    assert kept.parts == ((2, 3, 5, 6, 0, 30),)


@pytest.mark.parametrize("mode", ["L", "1"])
def test_davis_when_pictures_are_black_and_white_then_white_is_the_object(mode: str, tmp_path: Path) -> None:
    picture(tmp_path / "00001.png", objects(n255=(2, 3, 5, 6)), mode)
    picture(tmp_path / "00000.png", objects(), mode)
    name, labels = read(tmp_path)
    assert (name, boxes_in(labels)) == ("davis", {(1, "object"): {1: (2, 3, 5, 6)}})


def test_davis_when_a_folder_of_images_is_open_then_frames_have_their_names(tmp_path: Path) -> None:
    picture(tmp_path / "b.png", objects(n2=(2, 3, 5, 6)))
    assert boxes_in(read(tmp_path, FOLDER)[1]) == {(2, "object"): {1: (2, 3, 5, 6)}}


def test_davis_when_folders_are_sequences_then_the_one_of_the_video_is_read(tmp_path: Path) -> None:
    for name, x in (("bear", 9), ("clip", 2)):
        (tmp_path / name).mkdir()
        picture(tmp_path / name / "00000.png", objects(n1=(x, 3, 5, 6)))
    assert boxes_in(read(tmp_path)[1]) == {(1, "object"): {0: (2, 3, 5, 6)}}


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_davis_when_pictures_are_photographs_then_it_is_no_such_folder(mode: str, tmp_path: Path) -> None:
    picture(tmp_path / "00000.png", objects(n100=(2, 3, 5, 6), n7=(9, 9, 2, 2)), mode)
    with pytest.raises(FormatError, match="choose the format"):
        read(tmp_path)


def test_davis_when_a_picture_is_damaged_or_of_another_size_then_is_refused_in_words(tmp_path: Path) -> None:
    picture(tmp_path / "00000.png", objects(n1=(2, 3, 5, 6)))
    data = (tmp_path / "00000.png").read_bytes()
    for bad in (data[:60], data[:40] + b"\xff" * 30 + data[70:], data[:20] + b"\0\0\xff\xff" + data[24:]):
        (tmp_path / "00001.png").write_bytes(bad)
        with pytest.raises(FormatError, match=r"no PNG that can be read|expected 32x24"):
            DAVIS.read(tmp_path, VIDEO)
    picture(tmp_path / "00001.png", np.zeros((25, 32)))
    with pytest.raises(FormatError, match="is 32x25 pixels, expected 32x24"):
        DAVIS.read(tmp_path, VIDEO)


VIA_COLUMNS = "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes"
REGION = {"shape_attributes": {"name": "rect", "x": 1, "y": 2, "width": 3, "height": 4}}


def via_image(name: str, *regions: Mapping[str, object]) -> dict[str, object]:
    return {"filename": name, "size": 99, "regions": [*regions], "file_attributes": {}}


def shaped(said: Mapping[str, object], **shape: object) -> dict[str, object]:
    return {"shape_attributes": shape, "region_attributes": said}


@pytest.mark.parametrize("is_project", [True, False])
def test_via_when_it_is_a_project_or_an_export_then_regions_are_boxes(is_project: bool, tmp_path: Path) -> None:
    images = {
        "clip_000000.jpg99": via_image(
            "clip_000000.jpg",
            shaped({"colour": "red", "Class": "car", "id": 7}, name="rect", x=1, y=2, width=3, height=4),
            shaped({"kind": {"bus": False, "van": True}}, name="circle", cx=10, cy=10, r=2),
            shaped({"name": "", "note": "odd"}, name="polygon", all_points_x=[1, 5, 3], all_points_y=[1, 1, 9]),
        ),
        "clip_000003.jpg99": via_image(
            "clip_000003.jpg",
            shaped({"Class": "car", "id": 7}, name="rect", x=2, y=2, width=3, height=4),
            shaped({}, name="ellipse", cx=10, cy=10, rx=2, ry=3, theta=0.5),
        ),
        "clip_000004.jpg99": via_image("clip_000004.jpg"),
    }
    value = {"_via_settings": {}, "_via_img_metadata": images, "_via_attributes": {}} if is_project else images
    name, labels = read(written(tmp_path, "via.json", value))
    assert name == "via"
    assert boxes_in(labels) == {
        (7, "car"): {0: (1, 2, 3, 4), 3: (2, 2, 3, 4)},
        (8, "van"): {0: (8, 8, 4, 4)},
        (9, "odd"): {0: (1, 1, 4, 8)},
        (10, "object"): {3: (8, 7, 4, 6)},
    }
    assert labels.report.kept == {"ellipse": 1, "polygon": 1}
    assert labels.report.only_boxes == {"ellipse": 1}
    assert labels.video.frames.tolist() == [0, 3, 4]


def test_via_when_it_is_csv_of_tracks_in_any_order_then_ids_are_those_of_the_file(tmp_path: Path) -> None:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(VIA_COLUMNS.split(","))
    for frame, track, x in ((1, 71, 5), (0, 71, 4), (1, 3, 20)):
        shape = {"name": "rect", "x": x, "y": 2, "width": 3, "height": 4}
        cells = [f"clip_{frame:06d}.png", 1, "{}", 1, 0, json.dumps(shape), json.dumps({"track": str(track)})]
        rows.writerow(cells)
    rows.writerow(["clip_000005.png", 1, "{}", 0, 0, "{}", "{}"])
    name, labels = read(written(tmp_path, "via.csv", text.getvalue()))
    assert name == "via"
    assert boxes_in(labels) == {
        (71, "object"): {0: (4, 2, 3, 4), 1: (5, 2, 3, 4)},
        (3, "object"): {1: (20, 2, 3, 4)},
    }
    assert labels.video.frames.tolist() == [0, 1, 5]


def via_3(*entries: Mapping[str, object]) -> dict[str, object]:
    return {
        "project": {"pid": "x"},
        "attribute": {"1": {"aname": "what", "options": {}}},
        "file": {"1": {"fname": "clip.mp4", "type": 4}, "2": {"fname": "other.mp4", "type": 4}},
        "metadata": {f"1_{at}": entry for at, entry in enumerate(entries)},
        "view": {"1": {"fid_list": ["1"]}, "2": {"fid_list": ["2"]}},
    }


def test_via_3_when_shapes_have_times_then_they_are_on_the_frame_that_is_shown_then(tmp_path: Path) -> None:
    value = via_3(
        {"vid": "1", "flg": 0, "z": [0.17], "xy": [2, 1, 2, 3, 4], "av": {"1": "car"}},
        {"vid": "1", "flg": 0, "z": [0.2999], "xy": [2, 1, 2, 3, 5], "av": {"1": "car"}},
        {"vid": "1", "flg": 0, "z": [0.3, 0.9], "xy": [], "av": {"1": "a segment"}},
        {"vid": "2", "flg": 0, "z": [0.1], "xy": [2, 9, 9, 9, 9], "av": {}},
        {"vid": "1", "flg": 0, "z": [60], "xy": [2, 9, 9, 9, 9], "av": {}},
    )
    name, labels = read(written(tmp_path, "via.json", value))
    assert name == "via"
    assert boxes_in(labels) == {(1, "car"): {1: (1, 2, 3, 4), 3: (1, 2, 3, 5)}}
    assert labels.report.skipped_count == 1
    assert "other videos in the file, which were not read: 1" in " ".join(labels.notices)


@pytest.mark.parametrize(
    "region",
    [
        {"shape_attributes": {"name": "rect", "x": 1, "y": 2, "width": 3}},
        {"shape_attributes": {"name": "rect", "x": "1", "y": 2, "width": 3, "height": 4}},
        {"shape_attributes": {"name": "polygon", "all_points_x": [1], "all_points_y": [1]}},
        {"shape_attributes": {"name": "polygon", "all_points_x": "1", "all_points_y": [1]}},
        {"shape_attributes": {"name": 7}},
        {"shape_attributes": []},
        {"shape_attributes": {"name": "rect", "x": 1e999, "y": 2, "width": 3, "height": 4}},
        [],
        "x",
    ],
)
def test_via_when_a_region_makes_no_sense_then_the_file_is_refused_in_words(
    region: object, tmp_path: Path
) -> None:
    images = {
        "a": via_image("clip_000000.jpg", REGION),
        "b": {**via_image("clip_000001.jpg"), "regions": [region]},
    }
    with pytest.raises(FormatError):
        read(written(tmp_path, "via.json", {"_via_img_metadata": images}))


def test_via_when_a_cell_is_no_json_then_the_line_is_named(tmp_path: Path) -> None:
    for cell in ('"{"', '"{""name"": NaN}"', "[" * 500, '"[1]"'):
        with pytest.raises(FormatError, match="line 2"):
            read(written(tmp_path, "via.csv", f'{VIA_COLUMNS}\na_1.jpg,1,{{}},1,0,{cell},"{{}}"\n'))


def vott_asset(name: str, *regions: Mapping[str, object], **more: object) -> dict[str, object]:
    asset = {"name": name, "path": f"file:/x/{name}", "size": {"width": 32, "height": 24}, "state": 2, **more}
    return {"asset": asset, "regions": [*regions], "version": "2.2.0"}


def vott_region(left: float, *tags: str) -> dict[str, object]:
    box = {"left": left, "top": 2, "width": 3.5, "height": 4}
    points = [{"x": left, "y": 2}, {"x": left + 3.5, "y": 2}, {"x": left + 3.5, "y": 6}, {"x": left, "y": 6}]
    return {"id": "r", "type": "RECTANGLE", "tags": [*tags], "boundingBox": box, "points": points}


def test_vott_when_frames_are_of_videos_then_the_one_that_is_open_is_read_by_time(tmp_path: Path) -> None:
    clip, other = {"name": "clip.mp4"}, {"name": "b.mp4"}
    polygon = {"type": "POLYGON", "tags": [], "points": [{"x": 1, "y": 1}, {"x": 5, "y": 1}, {"x": 3, "y": 9}]}
    value = {
        "name": "p",
        "tags": [],
        "assets": {
            "1": vott_asset("clip.mp4#t=0.066667", vott_region(1, "car"), timestamp=0.066667, parent=clip),
            "2": vott_asset("clip.mp4#t=0.2", vott_region(9, "car", "x"), polygon, timestamp=0.2, parent=clip),
            "3": vott_asset("b.mp4#t=0", vott_region(5, "bus"), timestamp=0, parent=other),
            "4": vott_asset("clip.mp4"),
        },
    }
    name, labels = read(written(tmp_path, "p-export.json", value))
    assert name == "vott"
    assert boxes_in(labels) == {
        (1, "car"): {0: (1, 2, 3.5, 4)},
        (2, "car"): {2: (9, 2, 3.5, 4)},
        (3, "object"): {2: (1, 1, 4, 8)},
    }
    assert labels.report.kept == {"polygon": 1}


def test_vott_when_it_is_a_folder_of_single_assets_then_images_are_found_by_name(tmp_path: Path) -> None:
    written(tmp_path, "1-asset.json", vott_asset("b.jpg", vott_region(1, "car")))
    written(tmp_path, "2-asset.json", vott_asset("c.jpg", vott_region(2, "car")))
    written(tmp_path, "p.vott", "{}")
    name, labels = read(tmp_path, FOLDER)
    assert (name, boxes_in(labels)) == ("vott", {(1, "car"): {1: (1, 2, 3.5, 4), 2: (2, 2, 3.5, 4)}})


def test_vott_1_when_frames_are_numbered_at_a_rate_then_they_count_from_1(tmp_path: Path) -> None:
    region = {"x1": 2, "y1": 4, "x2": 8, "y2": 12, "width": 64, "height": 48, "type": "Rectangle", "tags": ["car"]}
    value = {"frames": {"1": [region], "3": [region]}, "framerate": "5", "inputTags": "car"}
    name, labels = read(written(tmp_path, "clip.mp4.json", value))
    # Two steps of a fifth of a second are four frames; the editor showed the pictures twice as large.
    assert (name, boxes_in(labels)) == ("vott", {(1, "car"): {0: (1, 2, 3, 4), 4: (1, 2, 3, 4)}})


@pytest.mark.parametrize(
    "value",
    [
        {"assets": {"1": vott_asset("a_1.jpg", {"tags": ["x"]})}},
        {"assets": {"1": {"asset": 5, "regions": [{}]}}},
        {"assets": {"1": vott_asset("a#t=1", vott_region(1), parent={"name": "clip"})}},
        {"assets": {"1": vott_asset("a_1.jpg", vott_region(1), size={"width": 1, "height": 1})}},
        {"assets": {"1": vott_asset("a_1.jpg", {"type": "POLYGON", "points": []})}},
        {"frames": {"1": [{"x1": "a"}]}, "inputTags": "x"},
        {"frames": {"1": 5, "regions": [1]}, "inputTags": "x"},
        {"frames": {"1": [{"x1": 1, "y1": 1, "x2": 2, "y2": 2}]}, "framerate": "x", "inputTags": "x"},
    ],
)
def test_vott_when_something_makes_no_sense_then_the_file_is_refused_in_words(
    value: object, tmp_path: Path
) -> None:
    with pytest.raises(FormatError):
        read(written(tmp_path, "x.json", value))


COUNTS = [24 * 3 + 2, 4, 20, 4, 24 * 32 - 24 * 4 - 6]


def youtube_vis(segmentations: list[object], bboxes: list[object] | None = None) -> dict[str, object]:
    names = [f"clip/{at:05d}.jpg" for at in range(len(segmentations))]
    annotation = {"id": 1, "video_id": 1, "category_id": 1, "segmentations": segmentations}
    return {
        "videos": [{"id": 1, "width": 32, "height": 24, "length": len(names), "file_names": names}],
        "categories": [{"id": 1, "name": "car"}],
        "annotations": [annotation | ({} if bboxes is None else {"bboxes": bboxes})],
    }


def test_youtube_vis_when_there_are_masks_and_no_boxes_then_they_have_the_ones_around_them(tmp_path: Path) -> None:
    rle = {"size": [24, 32], "counts": COUNTS}
    text = {"size": [24, 32], "counts": coco_text(COUNTS)}
    value = youtube_vis([rle, text, None, [[1, 1, 5, 1, 3, 9]], {"size": [1, 1], "counts": [1]}])
    name, labels = read(written(tmp_path, "y.json", value))
    assert name == "youtube-vis"
    assert boxes_in(labels) == {(1, "car"): {0: (3, 2, 2, 4), 1: (3, 2, 2, 4), 3: (1, 1, 4, 8)}}
    assert labels.report.kept == {"mask": 2, "polygon": 1}
    assert (labels.report.absent, labels.report.skipped_count) == (1, 1)


def test_scalabel_when_a_label_has_a_mask_alone_then_it_has_the_box_around_it(tmp_path: Path) -> None:
    frames = [
        {
            "name": "a.jpg",
            "videoName": "clip",
            "frameIndex": 4,
            "labels": [
                {"id": "1", "category": "car", "rle": {"counts": coco_text(COUNTS), "size": [24, 32]}},
                {"id": "2", "category": "car", "rle": {"counts": "~~", "size": [24, 32]}},
                {"id": "3", "category": "car", "poly2d": [{"vertices": [[1, 1], [5, 1]], "types": "LC"}]},
            ],
        }
    ]
    name, labels = read(written(tmp_path, "s.json", {"frames": frames}))
    assert name == "scalabel"
    assert boxes_in(labels) == {(1, "car"): {4: (3, 2, 2, 4)}, (3, "car"): {4: (1, 0.5, 4, 1)}}
    assert labels.report.kept == {"mask": 1}
    assert labels.report.only_boxes == {"curved polygon": 1}
    assert labels.report.skipped_count == 1


def labelme(folder: Path, mask: object, points: object) -> Path:
    shape = {"label": "car", "shape_type": "mask", "points": points, "mask": mask, "group_id": 1}
    value = {"shapes": [shape], "imagePath": "clip_000002.jpg", "imageWidth": 32, "imageHeight": 24}
    return written(folder, "clip_000002.json", value)


def png(pixels: np.ndarray) -> str:
    target = io.BytesIO()
    Image.fromarray(pixels.astype(bool)).save(target, "PNG")
    return base64.b64encode(target.getvalue()).decode()


def test_labelme_when_a_mask_is_smaller_than_its_rectangle_then_its_own_pixels_count(tmp_path: Path) -> None:
    path = labelme(tmp_path, png(objects(n1=(1, 2, 3, 1))[:5, :6]), [[10, 10], [15, 14]])
    name, labels = read(path)
    assert (name, boxes_in(labels)) == ("labelme", {(1, "car"): {2: (11, 12, 3, 1)}})


@pytest.mark.parametrize(
    ("mask", "points"),
    [
        ("%%%", [[10, 10], [15, 14]]),
        (base64.b64encode(b"no picture").decode(), [[10, 10], [15, 14]]),
        (png(np.ones((5, 6))), [[10, 10], [16, 14]]),
        (png(np.ones((5, 6))), [[0, 0], [1e6, 1e6]]),
        (7, [[10, 10], [15, 14]]),
    ],
)
def test_labelme_when_a_mask_makes_no_sense_then_the_file_is_refused_in_words(
    mask: object, points: object, tmp_path: Path
) -> None:
    with pytest.raises(FormatError):
        read(labelme(tmp_path, mask, points))


def test_masks_when_there_are_more_pixels_than_are_turned_then_the_boxes_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_MASK_PIXELS", 10)
    labels = read(written(tmp_path, "y.json", youtube_vis([{"size": [24, 32], "counts": COUNTS}] * 3)))[1]
    assert (dict(labels.report.kept), dict(labels.report.only_boxes)) == ({"mask": 1}, {"mask": 2})
