"""What writers elsewhere got wrong, format by format: each file to the letter, each reader on files of others."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dlst_gui.formats.datasets.coco import COCO
from dlst_gui.formats.datasets.tao import TAO
from dlst_gui.formats.datasets.voc import VOC
from dlst_gui.formats.datasets.yolo import YOLO
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Format, WriteOptions
from dlst_gui.formats.labels.model import AnnotatedVideo, BoxSource, Gaps, LabelledBox, LabelSet
from dlst_gui.formats.own.project_csv import CSV
from dlst_gui.formats.registry import detected
from dlst_gui.formats.sequences.got10k import GOT10K
from dlst_gui.formats.sequences.lasot import LASOT
from dlst_gui.formats.sequences.otb import OTB
from dlst_gui.formats.sequences.vot import VOT
from dlst_gui.formats.sequences.youtube_bb import YOUTUBE_BB
from dlst_gui.formats.tables.darklabel import DARKLABEL
from dlst_gui.formats.tables.kitti import KITTI
from dlst_gui.formats.tables.motchallenge import MOT, MOT_RESULTS
from dlst_gui.formats.tools.cvat import CVAT
from dlst_gui.formats.tools.label_studio import LABEL_STUDIO
from dlst_gui.project.tracks import Visibility
from tests.dlst_gui.formats.made_labels import boxes_at, label_set, one_box
from tracker_core import Box

BOX = Box(10, 20.5, 30.25, 40)
VIDEO = AnnotatedVideo.whole("clip", size=(640, 480), frame_count=12, fps=25.0)
INTERPOLATED, DRAWN, TRACKED = BoxSource.INTERPOLATED, BoxSource.DRAWN, BoxSource.TRACKED


def written(labels: LabelSet, label_format: Format, folder: Path, options: WriteOptions | None = None) -> Path:
    path = folder / f"labels{label_format.suffix}"
    label_format.write(replace(labels, video=replace(labels.video, name="clip")), path, options or WriteOptions())
    return path


def only_box(labels: LabelSet) -> tuple[int, Box]:
    ((_, box),) = [(track, each) for track in labels.tracks for each in track.columns]
    return box.frame_index, box.box


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def straight(**said: object) -> LabelSet:
    """Drawn on 2 and 6, interpolated in between."""
    boxes = [LabelledBox(2, BOX, DRAWN), LabelledBox(6, BOX.shifted(8, 4), DRAWN)]
    between = [LabelledBox(index, BOX.shifted(2 * (index - 2), index - 2), INTERPOLATED) for index in (3, 4, 5)]
    made = label_set(boxes_at({}), **said)
    return replace(made, tracks=(replace(made.tracks[0], boxes=type(made.tracks[0].columns).of(boxes + between)),))


def test_otb_when_written_then_the_first_pixel_is_1_and_every_frame_has_a_line(tmp_path: Path) -> None:
    path = written(one_box(BOX, 2), OTB, tmp_path)
    lines = (path / "groundtruth_rect.txt").read_bytes().decode().split("\n")
    assert lines == ["0,0,0,0", "0,0,0,0", "11,21.5,30.25,40", *["0,0,0,0"] * 9, ""]


@pytest.mark.parametrize(
    "text", ["11,21,30,40\n", "11\t21\t30\t40\r\n", "11 21 30 40", "11;21;30;40\n", "11, 21, 30, 40 \n\n"]
)
def test_otb_when_separators_differ_then_reads_the_same(tmp_path: Path, text: str) -> None:
    path = put(tmp_path / "groundtruth_rect.txt", text)
    assert only_box(OTB.read(path, VIDEO)) == (0, Box(10, 20, 30, 40))


def test_otb_when_several_objects_then_a_numbered_file_for_each(tmp_path: Path) -> None:
    path = written(label_set(boxes_at({0: BOX}), boxes_at({1: BOX})), OTB, tmp_path)
    assert sorted(file.name for file in path.iterdir()) == ["groundtruth_rect.1.txt", "groundtruth_rect.2.txt"]


def test_otb_when_the_name_ends_in_txt_then_it_is_one_file_of_one_object(tmp_path: Path) -> None:
    path = tmp_path / "boxes.txt"
    OTB.write(one_box(BOX, 2), path, WriteOptions())
    assert path.read_text().split("\n")[:3] == ["0,0,0,0", "0,0,0,0", "11,21.5,30.25,40"]
    assert only_box(OTB.read(path, VIDEO)) == (2, BOX)
    with pytest.raises(FormatError, match="one object, and there are 2; name a folder"):
        OTB.write(label_set(boxes_at({0: BOX}), boxes_at({1: BOX})), path, WriteOptions())


def test_otb_when_nan_or_too_few_rows_then_no_boxes_there_and_a_notice(tmp_path: Path) -> None:
    labels = OTB.read(put(tmp_path / "groundtruth_rect.txt", "NaN,NaN,NaN,NaN\n11,21,30,40\n"), VIDEO)
    assert only_box(labels)[0] == 1
    assert labels.notices == ("groundtruth_rect.txt has 2 rows for 12 frames; the last frames have no boxes.",)


def test_vot_when_written_then_the_first_pixel_is_0_and_absence_is_nan(tmp_path: Path) -> None:
    path = written(one_box(BOX, 1), VOT, tmp_path)
    assert (path / "groundtruth.txt").read_text().split("\n")[:3] == [
        "nan,nan,nan,nan",
        "10,20.5,30.25,40",
        "nan,nan,nan,nan",
    ]
    assert "channels.color=color/%08d.jpg" in (path / "sequence").read_text()


def test_vot_when_a_polygon_or_a_code_then_takes_the_enclosing_rectangle_or_nothing(tmp_path: Path) -> None:
    path = put(tmp_path / "groundtruth.txt", "1\n10,20,40,20,40,60,10,60\n")
    assert only_box(VOT.read(path, VIDEO)) == (1, Box(10, 20, 30, 40))


def test_got10k_when_written_then_1_based_with_absence_and_cover(tmp_path: Path) -> None:
    hidden = LabelledBox(1, BOX, visibility=Visibility.OCCLUDED)
    labels = one_box(BOX)
    columns = type(labels.tracks[0].columns).of([LabelledBox(0, BOX), hidden])
    path = written(replace(labels, tracks=(replace(labels.tracks[0], boxes=columns),)), GOT10K, tmp_path)
    folder = path / "clip_01"
    assert (folder / "groundtruth.txt").read_text().startswith("11,21.5,30.25,40\n11,21.5,30.25,40\n0,0,0,0\n")
    assert (folder / "absence.label").read_text() == "0\n0\n" + "1\n" * 10
    assert (folder / "cover.label").read_text() == "8\n4\n" + "0\n" * 10
    assert (path / "list.txt").read_text() == "clip_01\n"


def test_got10k_meta_info_when_read_by_line_number_then_each_is_where_pytracking_looks(tmp_path: Path) -> None:
    meta = (written(one_box(BOX), GOT10K, tmp_path) / "clip_01" / "meta_info.ini").read_text().split("\n")
    assert meta[5].split(": ")[-1] == "dog"  # object_class, as pytracking reads it
    assert [line.split(": ")[0] for line in meta[5:10]] == [
        *("object_class", "motion_class", "major_class", "root_class", "motion_adverb")
    ]
    assert int(meta[4].split(": ")[-1][:-3]) == 25  # the VOT toolkit cuts three letters off


def test_lasot_when_written_then_flags_are_one_line_and_folders_are_named_by_class(tmp_path: Path) -> None:
    path = written(
        label_set(boxes_at({0: BOX}), boxes_at({1: BOX}, visibility=Visibility.OCCLUDED)), LASOT, tmp_path
    )
    assert (path / "dog/dog-1/groundtruth.txt").read_text().startswith("11,21.5,30.25,40\n0,0,0,0\n")
    assert (path / "dog/dog-1/out_of_view.txt").read_text() == ",".join("011111111111") + "\n"
    assert (path / "dog/dog-2/full_occlusion.txt").read_text() == ",".join("010000000000") + "\n"


def test_mot_when_written_then_frames_ids_and_pixels_count_from_1_and_nothing_is_truncated(tmp_path: Path) -> None:
    path = written(one_box(Box(10.9, 20.5, 30.99, 40.75)), MOT, tmp_path)
    assert (path / "gt/gt.txt").read_text() == "1,1,11.9,21.5,30.99,40.75,1,1,1\n"


def test_mot_when_the_frame_rate_is_not_30_then_seqinfo_has_the_videos_own(tmp_path: Path) -> None:
    info = (written(one_box(BOX), MOT, tmp_path) / "seqinfo.ini").read_text()
    assert "frameRate=25\nseqLength=12\nimWidth=640\nimHeight=480\nimExt=.jpg\n" in info


@pytest.mark.parametrize(
    ("label_format", "line"),
    [(MOT, "frameRate=30\n"), (VOT, "fps=30\n"), (GOT10K, "anno_fps: 30fps\n")],
    ids=["mot", "vot", "got10k"],
)
def test_rate_when_it_is_a_fraction_then_readers_that_want_a_whole_one_get_it(
    label_format: Format, line: str, tmp_path: Path
) -> None:
    labels = one_box(BOX)
    path = written(replace(labels, video=replace(labels.video, fps=30000 / 1001)), label_format, tmp_path)
    texts = [file.read_text() for file in path.rglob("*") if file.is_file()]
    assert sum(line in text for text in texts) == 1


def test_mot_when_an_object_is_occluded_then_its_visibility_is_not_1(tmp_path: Path) -> None:
    path = written(one_box(BOX, visibility=Visibility.OCCLUDED), MOT, tmp_path)
    assert (path / "gt/gt.txt").read_text().endswith(",1,1,0.5\n")


def test_mot_when_every_third_frame_is_exported_then_images_and_rows_are_renumbered(tmp_path: Path) -> None:
    video = replace(VIDEO, frames=np.arange(0, 12, 3, dtype=np.int32))
    labels = label_set(boxes_at({3: BOX}), video=video)
    path = written(labels, MOT, tmp_path)
    assert (path / "gt/gt.txt").read_text().startswith("2,1,")
    assert only_box(MOT.read(path, video))[0] == 3


def test_mot_when_the_benchmarks_own_file_then_classes_have_the_benchmarks_names(tmp_path: Path) -> None:
    path = put(tmp_path / "gt/gt.txt", "1,7,11,21,30,40,0,3,0.2\n")
    labels = MOT.read(path, VIDEO)
    assert (labels.tracks[0].track_id, labels.tracks[0].label) == (7, "car")
    assert next(iter(labels.tracks[0].columns)).visibility is Visibility.OCCLUDED


def test_mot_results_when_detections_have_id_minus_1_then_overlapping_ones_become_a_track(tmp_path: Path) -> None:
    rows = "1,-1,11,21,30,40,0.9,-1,-1,-1\n1,-1,300,21,30,40,0.8,-1,-1,-1\n2,-1,13,22,30,40,0.7,-1,-1,-1\n"
    labels = MOT_RESULTS.read(put(tmp_path / "det.txt", rows), VIDEO)
    assert [track.columns.frame_indices.tolist() for track in labels.tracks] == [[0, 1], [0]]
    assert labels.tracks[0].columns.scores.tolist() == [0.9, 0.7]


def test_kitti_when_written_then_edges_and_frames_count_from_0_and_what_is_unknown_says_so(tmp_path: Path) -> None:
    path = written(one_box(BOX, 3, label="traffic light", visibility=Visibility.OCCLUDED), KITTI, tmp_path)
    assert path.read_text() == "3 1 traffic%20light -1 1 -10 10 20.5 40.25 60.5 -1 -1 -1 -1000 -1000 -1000 -10\n"


def test_kitti_when_the_benchmarks_own_file_then_ids_count_from_1_and_regions_without_an_object_are_left_out(
    tmp_path: Path,
) -> None:
    rows = (
        "0 -1 DontCare -1 -1 -10.0 219.31 188.49 245.5 218.56 -1000 -1000 -1000 -10 -1 -1 -1",
        "0 0 Van 0 0 -1.79 10 20.5 40.25 60.5 2.0 1.82 4.43 -4.55 1.86 13.41 -2.12",
        "1 0 Van 0 2 -1.79 10 20.5 40.25 60.5 2.0 1.82 4.43 -4.55 1.86 13.41 -2.12",
        "1 1 Car 0 3 -1.79 10 20.5 40.25 60.5 2.0 1.82 4.43 -4.55 1.86 13.41 -2.12 0.75",
    )
    path = put(tmp_path / "0000.txt", "\n".join(rows))
    assert detected(path) is KITTI
    labels = KITTI.read(path, VIDEO)
    assert [(track.track_id, track.label) for track in labels.tracks] == [(1, "Van"), (2, "Car")]
    van, car = (list(track.columns) for track in labels.tracks)
    assert [(each.frame_index, each.box) for each in van] == [(0, BOX), (1, BOX)]
    assert [each.visibility for each in (*van, *car)] == [
        *(Visibility.VISIBLE, Visibility.OCCLUDED, Visibility.VISIBLE)
    ]
    assert car[0].score == 0.75
    assert labels.notices == ("1 box was skipped: regions of the type DontCare are no objects (track id -1).",)


def test_coco_when_written_then_bbox_is_0_based_left_top_size_with_area_and_iscrowd(tmp_path: Path) -> None:
    top = json.loads(written(one_box(BOX, 3), COCO, tmp_path).read_text())
    (annotation,) = top["annotations"]
    assert annotation["bbox"] == [10, 20.5, 30.25, 40]
    assert (annotation["area"], annotation["iscrowd"], annotation["segmentation"]) == (1210, 0, [])
    assert annotation["track_id"] == annotation["attributes"]["track_id"] == 1
    assert len(top["images"]) == 12
    assert top["images"][annotation["image_id"] - 1]["file_name"] == "clip_000003.jpg"


def test_coco_when_category_ids_are_free_then_reads_names_and_links_boxes(tmp_path: Path) -> None:
    top = {
        "images": [{"id": 70, "file_name": "a/frame_000004.png"}, {"id": 9, "file_name": "a/frame_000005.png"}],
        "categories": [{"id": 17, "name": "cat"}],
        "annotations": [
            {"id": 1, "image_id": 9, "category_id": 17, "bbox": [2, 3, 50, 50]},
            {"id": 2, "image_id": 70, "category_id": 17, "bbox": [1, 2, 50, 50]},
        ],
    }
    labels = COCO.read(put(tmp_path / "a.json", json.dumps(top)), VIDEO)
    assert [(track.label, track.columns.frame_indices.tolist()) for track in labels.tracks] == [("cat", [4, 5])]
    assert labels.video.frames.tolist() == [4, 5]


def test_images_when_numbered_from_1_to_the_number_of_frames_then_says_so_and_shifts(tmp_path: Path) -> None:
    images = [{"id": number, "file_name": f"{number:06d}.jpg"} for number in range(1, 13)]
    top = {
        "images": images,
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}],
    }
    labels = COCO.read(put(tmp_path / "a.json", json.dumps(top)), VIDEO)
    assert only_box(labels)[0] == 0
    assert "numbered from 1" in labels.notices[0]


def test_tao_when_written_then_annotations_name_tracks_and_images_the_videos_own_frames(tmp_path: Path) -> None:
    video = replace(VIDEO, frames=np.array([0, 5, 10], dtype=np.int32))
    top = json.loads(written(label_set(boxes_at({5: BOX}), video=video), TAO, tmp_path).read_text())
    assert [image["frame_index"] for image in top["images"]] == [0, 5, 10]
    assert {"id", "category_id", "video_id"} == set(top["tracks"][0])
    assert top["annotations"][0]["track_id"] == top["tracks"][0]["id"] == 1
    assert {"neg_category_ids", "not_exhaustive_category_ids"} < set(top["videos"][0])


def test_tao_when_from_mmtracking_then_frame_id_and_instance_id_are_understood(tmp_path: Path) -> None:
    top = {
        "videos": [{"id": 1, "name": "v"}],
        "images": [{"id": 1, "video_id": 1, "file_name": "x.jpg", "frame_id": 4}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": [{"id": 1, "image_id": 1, "instance_id": 8, "category_id": 1, "bbox": [1, 2, 3, 4]}],
    }
    labels = TAO.read(put(tmp_path / "a.json", json.dumps(top)), VIDEO)
    assert (labels.tracks[0].track_id, only_box(labels)[0]) == (8, 4)


def test_yolo_when_written_then_centre_as_fractions_without_a_trailing_blank(tmp_path: Path) -> None:
    path = written(one_box(Box(64, 48, 128, 96), 1), YOLO, tmp_path)
    text = (path / "labels/train/clip_000001.txt").read_text()
    assert text == "0 0.200000000 0.200000000 0.200000000 0.200000000\n"
    assert (path / "labels/train/clip_000000.txt").read_text() == ""
    assert 'names:\n  0: "dog"\n' in (path / "data.yaml").read_text()


def test_yolo_when_track_ids_are_asked_for_then_they_are_the_sixth_number_and_come_back(tmp_path: Path) -> None:
    labels = label_set(boxes_at({0: BOX, 5: BOX}), boxes_at({0: BOX.shifted(3, 3)}))
    path = written(labels, YOLO, tmp_path, WriteOptions(track_ids=True))
    assert (path / "labels/train/clip_000000.txt").read_text().split("\n")[1].endswith(" 2")
    assert [track.columns.frame_indices.tolist() for track in YOLO.read(path, VIDEO).tracks] == [[0, 5], [0]]


def test_voc_when_written_then_corners_are_whole_1_based_and_inclusive(tmp_path: Path) -> None:
    text = (written(one_box(Box(0, 0, 10, 20)), VOC, tmp_path) / "Annotations/clip_000000.xml").read_text()
    assert "<xmin>1</xmin><ymin>1</ymin><xmax>10</xmax><ymax>20</ymax>" in text


def test_voc_when_one_pixel_then_both_corners_are_the_same(tmp_path: Path) -> None:
    path = written(one_box(Box(4, 6, 1, 1)), VOC, tmp_path)
    assert only_box(VOC.read(path, VIDEO)) == (0, Box(4, 6, 1, 1))


def test_voc_when_a_label_has_a_colon_then_labelmap_is_without_it_and_another_file_has_all(tmp_path: Path) -> None:
    box = boxes_at({0: BOX})
    path = written(label_set(box, box, labels=("a:b", "犬")), VOC, tmp_path)
    assert (path / "labelmap.txt").read_text("utf-8").splitlines()[1:] == ["犬:::"]
    assert json.loads((path / "dataset_meta.json").read_text("utf-8")) == {"labels": ["a:b", "犬"]}
    plain = written(one_box(BOX), VOC, tmp_path / "plain")
    assert not (plain / "dataset_meta.json").exists()


def test_cvat_when_written_then_edges_to_a_hundredth_and_an_outside_box_ends_the_span(tmp_path: Path) -> None:
    lines = written(one_box(BOX, 4), CVAT, tmp_path).read_text().split("\n")
    boxes = [line.strip() for line in lines if "<box" in line]
    place = 'xtl="10.00" ytl="20.50" xbr="40.25" ybr="60.50" z_order="0"'
    assert boxes == [
        f'<box frame="4" outside="0" occluded="0" keyframe="1" {place}></box>',
        f'<box frame="5" outside="1" occluded="0" keyframe="1" {place}></box>',
    ]


def test_cvat_when_a_track_lasts_to_the_end_then_no_box_lies_beyond_the_video(tmp_path: Path) -> None:
    assert 'outside="1"' not in written(one_box(BOX, 11), CVAT, tmp_path).read_text()


def test_cvat_when_boxes_are_interpolated_then_they_are_written_where_they_are_shown_and_are_no_keyframes(
    tmp_path: Path,
) -> None:
    path = written(straight(), CVAT, tmp_path)
    columns = CVAT.read(path, VIDEO).tracks[0].columns
    present = columns.where(columns.is_present)
    assert [each.source is INTERPOLATED for each in present] == [False, True, True, True, False]
    assert present.boxes_xywh[2].tolist() == pytest.approx([14, 22.5, 30.25, 40], abs=0.005)


def test_cvat_when_an_interpolated_box_is_not_on_the_line_of_what_is_exported_then_it_is_a_keyframe(
    tmp_path: Path,
) -> None:
    labels = straight()
    columns = labels.tracks[0].columns
    bent = columns.boxes_xywh.copy()
    bent[2, 0] += 5
    labels = replace(labels, tracks=(replace(labels.tracks[0], boxes=replace(columns, boxes_xywh=bent)),))
    read = CVAT.read(written(labels, CVAT, tmp_path), VIDEO).tracks[0].columns
    assert [each.source is INTERPOLATED for each in read][:5] == [False, True, False, True, False]


def test_cvat_when_ids_count_from_0_then_tracks_count_from_1_and_attributes_are_split(tmp_path: Path) -> None:
    box = 'outside="0" occluded="1" keyframe="1" xtl="1" ytl="2" xbr="4" ybr="6"'
    text = f"""<?xml version="1.0" encoding="utf-8"?><annotations><version>1.1</version><meta><task><labels><label>
    <name>car</name><attributes><attribute><name>make</name><mutable>False</mutable></attribute></attributes></label>
    </labels></task></meta><track id="0" label="car" source="manual">
    <box frame="3" {box}><attribute name="make">VW</attribute><attribute name="lit">yes</attribute></box></track>
    </annotations>"""
    (track,) = CVAT.read(put(tmp_path / "a.xml", text), VIDEO).tracks
    assert (track.track_id, track.attributes) == (1, {"make": "VW"})
    (each,) = track.columns
    assert (each.frame_index, each.box, each.visibility) == (3, Box(1, 2, 3, 4), Visibility.OCCLUDED)
    assert each.attributes == {"lit": "yes"}


def test_cvat_when_tracks_are_small_then_they_are_read_together_as_each_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(3)
    tracks = []
    for track_id in range(40):
        frames = dice.sample(range(VIDEO.frame_count), dice.randrange(6))
        boxes = ""
        for frame in frames:
            right, turned = frame + dice.randrange(3) + 1, dice.choice(("", "", ' rotation="30"'))
            said = dice.choice(("", '<attribute name="lit">yes</attribute>'))
            flags = [
                f'{name}="{dice.random() < share:d}"'
                for name, share in (("outside", 0.4), ("occluded", 0.3), ("keyframe", 0.7))
            ]
            edges = f'xtl="{frame}" ytl="2" xbr="{right}" ybr="6"'
            boxes += f'<box frame="{frame}" {" ".join(flags)} {edges}{turned}>{said}</box>\n'
        by = dice.choice(("auto", "manual"))
        tracks.append(f'<track id="{track_id}" label="{dice.choice("ab")}" source="{by}">{boxes}</track>')
    path = put(tmp_path / "a.xml", f"<annotations>{''.join(tracks)}</annotations>")
    together = CVAT.read(path, VIDEO)
    monkeypatch.setattr("dlst_gui.formats.tools.cvat._BOXES_AT_ONCE", 1)
    alone = CVAT.read(path, VIDEO)
    assert [each.track_id for each in together.tracks] == [each.track_id for each in alone.tracks]
    assert repr([[*each.columns] for each in together.tracks]) == repr([[*each.columns] for each in alone.tracks])
    assert sum(len(each.columns) for each in together.tracks) > 60
    assert together.report.as_json() == alone.report.as_json()


def test_cvat_when_a_tracker_found_the_boxes_then_they_come_back_as_tracked(tmp_path: Path) -> None:
    path = written(one_box(BOX, 4, source=TRACKED), CVAT, tmp_path)
    assert next(iter(CVAT.read(path, VIDEO).tracks[0].columns)).source is TRACKED


def test_label_studio_when_written_then_percent_and_frames_from_1_and_every_span_is_closed(tmp_path: Path) -> None:
    (task,) = json.loads(written(one_box(Box(64, 48, 128, 96), 11), LABEL_STUDIO, tmp_path).read_text())
    value = task["annotations"][0]["result"][0]["value"]
    expected = {
        "frame": 12,
        "enabled": False,
        "rotation": 0,
        "x": 10,
        "y": 10,
        "width": 20,
        "height": 20,
        "time": 0.44,
    }
    assert value["sequence"] == [expected]
    assert (value["framesCount"], value["duration"]) == (12, 0.48)


def test_label_studio_when_boxes_are_interpolated_then_only_keyframes_are_written_and_all_frames_come_back(
    tmp_path: Path,
) -> None:
    path = written(straight(), LABEL_STUDIO, tmp_path)
    sequence = json.loads(path.read_text())[0]["annotations"][0]["result"][0]["value"]["sequence"]
    assert [(each["frame"], each["enabled"]) for each in sequence] == [(3, True), (7, False)]
    columns = LABEL_STUDIO.read(path, VIDEO).tracks[0].columns
    assert columns.frame_indices[columns.is_present].tolist() == [2, 3, 4, 5, 6]


def test_label_studio_when_a_track_has_an_open_end_then_its_tail_is_not_lost(tmp_path: Path) -> None:
    keyframe = {"frame": 9, "enabled": True, "x": 10, "y": 10, "width": 20, "height": 20}
    result = {"type": "videorectangle", "value": {"sequence": [keyframe], "labels": ["dog"]}}
    path = put(tmp_path / "a.json", json.dumps([{"annotations": [{"result": [result]}]}]))
    assert LABEL_STUDIO.read(path, VIDEO).tracks[0].columns.frame_indices.tolist() == [8, 9, 10, 11]


def test_label_studio_when_a_box_is_turned_then_the_box_around_it_is_read_and_counted(tmp_path: Path) -> None:
    keyframe = {"frame": 9, "rotation": 90, "x": 50, "y": 10, "width": 20, "height": 10, "enabled": False}
    result = {"type": "videorectangle", "value": {"sequence": [keyframe], "labels": ["dog"]}}
    path = put(tmp_path / "a.json", json.dumps([{"annotations": [{"result": [result]}]}]))
    labels = LABEL_STUDIO.read(path, VIDEO)
    each = next(iter(labels.tracks[0].columns))
    # Turned by 90 degrees about its left top corner, it lies below that and to its left.
    assert (each.frame_index, each.box.xywh) == (8, pytest.approx((320 - 48, 48, 48, 128)))
    assert each.attributes == {"rotation": "90", "unrotated_xywh": "320,48,128,48"}
    assert labels.report.converted == {"rotated box": 1}


def test_darklabel_when_written_then_frames_count_from_0(tmp_path: Path) -> None:
    assert written(one_box(BOX), DARKLABEL, tmp_path).read_text() == "0,dog,1,10,20.5,30.25,40\n"


def test_darklabel_when_its_mot_preset_is_read_then_frame_0_is_the_first(tmp_path: Path) -> None:
    path = put(tmp_path / "a.txt", "0,0,10,20,30,40,-1,-1,-1,-1\n1,0,10,20,30,40,-1,-1,-1,-1\n")
    assert detected(path) is DARKLABEL
    labels = DARKLABEL.read(path, VIDEO)
    assert (labels.tracks[0].track_id, labels.tracks[0].columns.frame_indices.tolist()) == (1, [0, 1])


def test_darklabel_when_every_third_frame_has_boxes_then_the_frames_between_are_left_open(tmp_path: Path) -> None:
    rows = "".join(f"{frame},dog,1,10,20,30,40\n" for frame in (0, 3, 6, 9))
    labels = DARKLABEL.read(put(tmp_path / "a.csv", rows), VIDEO)
    assert labels.video.frames.tolist() == [0, 3, 6, 9]
    assert labels.notices == ("The file has boxes on one frame in 3; the frames between stay unlabelled.",)


def test_csv_when_a_run_wrote_it_then_only_its_manual_boxes_are_a_persons(tmp_path: Path) -> None:
    rows = "frame,timestamp_s,x,y,width,height,score,is_found,is_human\n0,0,1,2,3,4,,1,1\n1,0.04,1,2,3,4,2.5,1,0\n"
    (track,) = CSV.read(put(tmp_path / "a.csv", rows), VIDEO).tracks
    assert [each.source for each in track.columns] == [BoxSource.IMPORTED, TRACKED]


def test_ten_columns_when_no_frame_0_in_a_csv_then_one_is_asked_which_format_it_is(tmp_path: Path) -> None:
    path = put(tmp_path / "a.csv", "1,1,10,20,30,40,-1,-1,-1,-1\n")
    with pytest.raises(FormatError, match=r"mot-results \(MOT.*\) or darklabel \(Dark.*\), which give"):
        detected(path)


def test_youtube_bb_when_written_then_xmin_xmax_come_before_ymin_ymax_and_absence_has_rows(tmp_path: Path) -> None:
    lines = written(one_box(Box(64, 48, 128, 96)), YOUTUBE_BB, tmp_path).read_text().split("\n")
    assert lines[0] == "clip,0,0,dog,0,present,0.1,0.3,0.1,0.3"
    assert lines[1] == "clip,40,0,dog,0,absent,-1,-1,-1,-1"


def test_youtube_bb_when_frames_have_times_of_their_own_then_each_finds_its_frame(tmp_path: Path) -> None:
    times = np.array([0, 0.033, 0.066, 0.2, 0.233, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6])
    video = replace(VIDEO, timestamps_s=times)
    labels = label_set(boxes_at({3: BOX, 5: BOX}), video=video)
    read = YOUTUBE_BB.read(written(labels, YOUTUBE_BB, tmp_path), video)
    assert read.tracks[0].columns.frame_indices.tolist() == [3, 5]


def test_gaps_when_nothing_is_said_of_them_then_cvat_lets_lines_lead_over_them(tmp_path: Path) -> None:
    labels = label_set(boxes_at({0: BOX, 6: BOX}), gaps=Gaps.UNSAID)
    columns = CVAT.read(written(labels, CVAT, tmp_path), VIDEO).tracks[0].columns
    assert columns.frame_indices.tolist() == [0, 6, 7]
    assert columns.is_present.tolist() == [True, True, False]
