"""Files as other programs really lay them out: frames, objects and boxes come in right, or in words not at all.

They lie in `imports` of the test data, whose INDEX.md says what each is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dlst_gui.api import open_project
from dlst_gui.exchange.importing import import_labels
from dlst_gui.formats.errors import FormatError, UnknownFormatError
from dlst_gui.formats.format import WriteOptions
from dlst_gui.formats.labels.model import AnnotatedVideo, LabelSet
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, Loose, ReadOptions
from dlst_gui.formats.reading.file_parts import SeveralVideosError
from dlst_gui.formats.registry import format_named, read_any
from dlst_gui.formats.transfer.described_video import described
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.video import open_source

pytestmark = pytest.mark.data

Boxes = Mapping[int, tuple[float, float, float, float]]
CLIP = "base.mp4"


@pytest.fixture(scope="module")
def imports(data_root: Path) -> Path:
    folder = data_root / "imports"
    if not folder.is_dir():
        pytest.skip(f"no foreign label files: there is no {folder}")
    return folder


@dataclass(frozen=True)
class Layout:
    """A file, and what is right.

    Attributes:
        path: of the labels.
        format_name: as which it is read.
        tracks: by id and label, boxes of some frames; a frame that is not in a track's span has no box.
        count: boxes in all; None: those of `tracks`.
        video: what it belongs to.
        said: parts of what the report says.
        options: a person's word.
        frames: by track id, all frames on which there is a box; not looked at where it is not given.
    """

    path: str
    format_name: str
    tracks: Mapping[tuple[int, str], Boxes]
    count: int | None = None
    video: str = CLIP
    said: tuple[str, ...] = ()
    options: ReadOptions = AS_THE_FILE_SAYS
    scores: tuple[float, ...] = field(default=())


CAR = (10, 50, 20, 30)
NEXT = (12, 50, 20, 30)
YOLO_BOX = (64, 96, 32, 48)
LS_FIRST, LS_LAST = (32, 48, 32, 36), (38.4, 48, 32, 36)

LAYOUTS = (
    # Frames by the names of images.
    Layout("cs_fold_1.json", "coco", {(1, "car"): {0: CAR, 1: NEXT}}, video="fold_1", said=("15 of 15",)),
    Layout("c_fold_1.json", "coco", {(1, "car"): {0: CAR, 1: NEXT}}, video="fold_1", said=("20 of 20",)),
    Layout("c_fold_450.json", "coco", {(1, "car"): {0: CAR, 1: NEXT}}, video="fold_450", said=("20 of 20",)),
    Layout("y_fold_1", "yolo", {(1, "car"): {0: YOLO_BOX, 1: YOLO_BOX}}, video="fold_1"),
    Layout("y_fold_450", "yolo", {(1, "car"): {0: YOLO_BOX, 1: YOLO_BOX}}, video="fold_450"),
    Layout("voc_fold_1", "voc", {(1, "car"): {0: (9, 49, 20, 30), 1: (9, 49, 20, 30)}}, video="fold_1"),
    Layout("c7.csv", "csv", {(1, "car"): {0: (10, 20, 30, 40), 1: (11, 20, 30, 40)}}, video="fold_450"),
    Layout("coco_roboflow.json", "coco", {(1, "car"): {0: CAR}, (2, "car"): {10: (30, 50, 20, 30)}}),
    Layout("yr", "yolo", {(1, "car"): {4: YOLO_BOX, 8: YOLO_BOX}}, said=("counted from 0, although none",)),
    # Ultralytics, which numbers from 1.
    Layout(
        *("ul", "yolo", {(7, "0"): dict.fromkeys((0, 1, 2, 9), YOLO_BOX)}),
        said=("numbered from 1: their numbers",),
    ),
    Layout("ulc", "yolo", {(7, "0"): dict.fromkeys((0, 1, 2, 9), YOLO_BOX)}, scores=(0.87,) * 4),
    Layout(
        *("ulm", "yolo"),
        {(1, "0"): {0: YOLO_BOX, 59: YOLO_BOX}, (2, "0"): {1: YOLO_BOX}, (3, "0"): {1: (224, 96, 32, 48)}},
        said=("there is a number 60 and no number 0", "2 boxes have no id"),
    ),
    # Several videos.
    Layout(
        *("cvat_proj.xml", "cvat", {(1, "car"): {0: (10, 10, 40, 40)}}),
        said=("'camA.mp4' was read, because only it has", "other videos in the file, which were not read: 1"),
    ),
    Layout(
        *("ls_two.json", "label-studio", {(1, "Car"): {0: LS_FIRST, 20: LS_LAST, 59: LS_LAST}}, 60),
        options=ReadOptions(part="v2"),
    ),
    # Shapes that are no upright boxes.
    Layout(
        *("cvat_rot.xml", "cvat"),
        {
            (1, "boat"): {0: (140, 60, 20, 100), 30: (107.57, 67.57, 84.85, 84.85)},
            (2, "boat"): {0: (10, 10, 40, 30)},
            (3, "boat"): {3: (9.5, 9.5, 1, 1)},
            (4, "boat"): {3: (39.5, 39.5, 1, 1)},
            (5, "boat"): {5: (10, 10, 4, 2)},
        },
        said=("mask 1, points 1, polygon 1, rotated box 2, skeleton 1",),
    ),
    Layout(
        *("ls_rot.json", "label-studio"),
        {(1, "Car"): {0: LS_FIRST, 20: LS_LAST}, (2, "Car"): {0: LS_FIRST, 10: (27.72, 48, 38.79, 41.87)}},
        120,
        said=("rotated box 1",),
    ),
    Layout(
        *("seq/vot20", "vot"),
        {(1, "object"): {0: (100, 80, 10, 3), 1: (101, 80, 10, 5), 2: (102, 80, 10, 5)}},
        video="seq/vot20",
        said=("mask 3",),
    ),
    # Ids of the file.
    Layout(
        *("ivx", "imagenet-vid"),
        {
            (1, "car"): {0: (10, 20, 31, 41), 1: (30, 20, 31, 41), 2: (50, 20, 31, 41), 3: (70, 20, 31, 41)},
            (2, "car"): {0: (60, 20, 31, 41), 1: (40, 20, 31, 41), 2: (20, 20, 31, 41), 3: (0, 20, 31, 41)},
        },
    ),
    Layout(
        "u/imagenetvid.xml",
        "imagenet-vid",
        {(1, "n01674464"): {0: (10, 20, 31, 41)}, (2, "n01674464"): {0: (12, 21, 34, 42)}},
    ),
    Layout(
        *("u/ivid", "imagenet-vid"),
        {
            (1, "n01674464"): {0: (10, 20, 31, 41), 1: (12, 21, 34, 42)},
            (2, "n01674464"): {0: (12, 21, 34, 42), 1: (10, 20, 31, 41)},
        },
        6,
    ),
    Layout("coco_cvat0.json", "coco", {(1, "car"): {0: CAR, 1: NEXT}}, said=("ids count from 0",)),
    Layout(
        *("mot_id0", "mot"),
        {(1, "pedestrian"): {0: (9, 9, 20, 30), 1: (11, 9, 20, 30)}, (2, "pedestrian"): {0: (99, 9, 20, 30)}},
        said=("ids count from 0",),
    ),
    Layout(
        *("coco_cvatmix.json", "coco", {(1, "car"): {0: CAR}, (2, "car"): {1: (100, 50, 20, 30)}}),
        said=("1 box has no id",),
    ),
    Layout(
        *("coco_cvatmix.json", "coco", {(1, "car"): {0: CAR}, (2, "car"): {1: (100, 50, 20, 30)}}),
        said=("1 box has no id; it is a track of its own",),
        options=ReadOptions(loose=Loose.SINGLE),
    ),
    Layout(
        *("mot_cls", "mot", {(1, "pedestrian"): {0: (9, 9, 20, 30), 1: (11, 9, 20, 30)}}),
        said=("'pedestrian' in most boxes and 'static person' in 1",),
    ),
    Layout("mot15", "mot", {(8, "object"): {0: (23, 16, 27.63, 71.997), 1: (24, 16, 27.63, 71.997)}}),
    Layout(
        *("seq/MOT17-02-FRCNN", "mot"),
        {(1, "pedestrian"): {0: (9, 19, 30, 40)}, (2, "static person"): {0: (99, 19, 30, 40)}},
        3,
        video="seq/MOT17-02-FRCNN/img1",
        said=("1 box has the flag 0",),
    ),
    Layout(
        *("bytetrack.json", "tao", {(3, "pedestrian"): {0: CAR, 1: NEXT}}),
        said=("counted from 1, because there is a frame 60",),
    ),
    # One bad row.
    Layout("cvat_zero.xml", "cvat", {(1, "car"): {0: (10, 10, 40, 40)}}, said=("line 7, (10, 10, 0, 40)",)),
    Layout(
        *("mot_zero", "mot", {(1, "pedestrian"): {0: (-11, 9, 20, 30), 2: (11, 9, 9, 30)}}),
        said=("1 box was skipped: a width or height is not above 0",),
    ),
    Layout(
        *("seq/LaSOT/lion-5", "lasot", {(1, "lion"): {0: (99, 79, 40, 60), 1: (100, 79, 40, 60)}}),
        video="seq/LaSOT/lion-5",
        said=("line 4, (612, 730, 247, -11)",),
    ),
    Layout("cvat_out60.xml", "cvat", {(1, "car"): {0: (10, 10, 40, 40)}}),
    # Told by what is in them.
    Layout("res7.txt", "mot-results", {(1, "object"): {0: (9, 9, 20, 30), 1: (11, 9, 20, 30)}}, scores=(0.9, 0.8)),
    Layout("seq/MOT17-02-FRCNN/det/det.txt", "mot-results", {(1, "object"): {0: (9, 19, 30, 40)}}, scores=(0.9,)),
    Layout(
        *("six.txt", "mot-results", {(1, "object"): {0: (10, 20, 30, 40), 1: (11, 20, 30, 40)}}),
        said=("Frames were counted from 0, because there is a frame 0",),
    ),
    Layout(
        *("seq/TLP/Alladin", "tlp"),
        {(1, "object"): {0: (100, 80, 40, 60), 2: (102, 80, 40, 60), 4: (104, 80, 40, 60)}},
        4,
        video="seq/TLP/Alladin",
    ),
    Layout(
        *("seq/TLP/Alladin/groundtruth_rect.txt", "tlp", {(1, "object"): {4: (104, 80, 40, 60)}}, 4),
        video="seq/TLP/Alladin",
    ),
    Layout(
        *("visdrone_no0.txt", "visdrone"),
        {(1, "car"): {0: (100, 60, 20, 30), 1: (103, 60, 20, 30)}, (2, "pedestrian"): {0: (10, 10, 8, 8)}},
    ),
    Layout("u/M0101_gt_whole.txt", "uavdt", {(1, "bus"): {0: (10, 20, 30, 40), 1: (11, 20, 30, 40)}}),
    Layout("u/detrac.xml", "ua-detrac", {(1, "car"): {0: (10, 20, 30, 40)}}),
    Layout("u/hdr6.csv", "table", {(1, "object"): {0: (10, 20, 30, 40)}}),
    Layout("u/hdr7.csv", "table", {(1, "object"): {0: (10, 20, 30, 40), 1: (11, 20, 30, 40)}}, scores=(0.9, 0.9)),
    Layout("u/supervision.csv", "table", {(1, "car"): {0: (10, 20, 30, 40)}}, scores=(0.9,)),
    Layout("ytvis.json", "youtube-vis", {(1, "car"): {0: CAR, 1: NEXT}}),
    Layout("viame.csv", "viame-csv", {(1, "fish"): {0: (10, 20, 30, 40), 1: (11, 20, 30, 40)}}),
    Layout("u/dive.json", "dive", {(1, "fish"): {0: (10, 20, 30, 40), 1: (11, 20, 30, 40)}}),
    Layout("u/dm.json", "datumaro", {(1, "car"): {0: (10, 20, 30, 40)}}),
    Layout("u/vatic.txt", "vatic", {(1, "Person"): {0: (10, 20, 30, 40), 1: (11, 20, 30, 40)}}),
    Layout("u/lm", "labelme", {(1, "car"): {0: (10, 20, 30, 40)}}),
    Layout("u/labelme_000000.json", "labelme", {(1, "car"): {0: (10, 20, 30, 40)}}),
    Layout("u/via.csv", "via", {(1, "car"): {0: (10, 20, 30, 40)}}),
    Layout("u/vott.json", "vott", {(1, "car"): {0: (10, 20, 30, 40)}}, said=("there is a frame 0",)),
    # Label Studio.
    Layout("ls_ok.json", "label-studio", {(1, "Car"): {0: LS_FIRST, 20: LS_LAST, 59: LS_LAST}}, 60),
    Layout("ls_interp.json", "label-studio", {(1, "Car"): {0: (32.32, 48, 32, 36), 30: (41.92, 48, 32, 36)}}, 60),
    Layout(
        "ls_fc58.json", "label-studio", {(1, "Car"): {0: LS_FIRST, 20: LS_LAST}}, 60, said=("counted 58 frames",)
    ),
    Layout(
        "ls_fc61.json", "label-studio", {(1, "Car"): {0: LS_FIRST, 20: LS_LAST}}, 60, said=("counted 61 frames",)
    ),
    Layout("ls_cancel.json", "label-studio", {(1, "Car"): {0: LS_FIRST}}, 60, said=("1 skipped annotation",)),
    Layout("ls_min.json", "label-studio", {(1, "Car"): {0: LS_FIRST, 20: LS_LAST}}, 60),
    Layout("ls_pred.json", "label-studio", {(1, "Car"): {0: LS_FIRST, 20: LS_LAST}}, 60),
    Layout("u/cvat_images.xml", "cvat", {(1, "car"): {0: (10, 20, 30, 40)}}),
)


def read(imports: Path, path: str, video: str, options: ReadOptions) -> tuple[str, LabelSet]:
    with open_source(imports / video) as source:
        found, labels = read_any(imports / path, described(source), None, lambda _done, _total: None, options)
    return found.name, labels


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda each: each.path)
def test_foreign_file_when_imported_then_frames_objects_and_boxes_are_right(layout: Layout, imports: Path) -> None:
    name, labels = read(imports, layout.path, layout.video, layout.options)
    assert name == layout.format_name
    assert [(track.track_id, track.label) for track in labels.tracks] == [*layout.tracks]
    for track, expected in zip(labels.tracks, layout.tracks.values(), strict=True):
        columns = track.columns.where(track.columns.is_present)
        boxes = dict(zip(columns.frame_indices.tolist(), columns.boxes_xywh.tolist(), strict=True))
        assert {index: boxes.get(index) for index in expected} == {
            index: pytest.approx(box, abs=0.005) for index, box in expected.items()
        }
        if layout.scores:
            assert columns.scores.tolist() == pytest.approx(layout.scores)
    expected_count = sum(map(len, layout.tracks.values())) if layout.count is None else layout.count
    assert labels.box_count() == expected_count
    told = "\n".join(labels.notices)
    assert [words for words in layout.said if words not in told] == []
    assert labels.report.boxes_in_file == labels.report.read + labels.report.skipped_count


def test_foreign_file_when_it_is_about_several_videos_and_nothing_decides_then_all_are_named(
    imports: Path,
) -> None:
    with pytest.raises(SeveralVideosError, match=r"2 videos; .*v1\.mp4.*v2\.mp4"):
        read(imports, "ls_two.json", CLIP, AS_THE_FILE_SAYS)


def test_foreign_file_when_it_was_made_for_a_longer_video_then_is_refused(imports: Path) -> None:
    with pytest.raises(FormatError, match="200000 frames, but this one has 60"):
        read(imports, "ls_long.json", CLIP, AS_THE_FILE_SAYS)


def test_label_studio_when_one_keyframe_lasts_for_200_000_frames_then_only_its_end_is_added(imports: Path) -> None:
    video = AnnotatedVideo.whole("x", size=(640, 480), frame_count=200_000, fps=30.0)
    _, labels = read_any(imports / "ls_long.json", video, None, lambda _done, _total: None)
    columns = labels.tracks[0].columns
    given = columns.where(columns.is_human)
    assert (len(columns), given.frame_indices.tolist()) == (200_000, [0, 199_999])
    assert labels.report.read == 1


@pytest.mark.parametrize(
    ("path", "frames"),
    [
        ("ls_ok.json", [0, 10, 20, 59]),
        ("ls_interp.json", [0, 30, 59]),
        ("ls_fc58.json", [0, 10, 20, 59]),
        ("ls_pred.json", []),
    ],
)
def test_label_studio_when_imported_then_keyframes_stay_keyframes(
    path: str, frames: list[int], imports: Path, tmp_path: Path
) -> None:
    opener = ProjectOpener(tmp_path)
    report = import_labels(imports / path, imports / CLIP, opener, project_path=tmp_path / "new.dlst")
    assert report.project is not None
    with open_project(report.project, video=imports / CLIP) as project:
        (track,) = project.tracks
        assert [each.frame_index for each in track.keyframes] == frames
        assert len(track.columns) == 60


@pytest.mark.parametrize("name", ["coco", "yolo", "voc", "tao"])
def test_export_when_a_folder_is_open_then_files_have_the_names_of_its_images_and_come_back(
    name: str, imports: Path, tmp_path: Path
) -> None:
    _, labels = read(imports, "c7.csv", "fold_450", AS_THE_FILE_SAYS)
    label_format = format_named(name)
    target = tmp_path / f"out{label_format.suffix}"
    label_format.write(labels, target, WriteOptions())
    text = "".join(
        f"{file.name}\n{file.read_text('utf-8')}"
        for file in ([target] if target.is_file() else sorted(target.rglob("*")))
        if file.is_file()
    )
    assert "000450.jpg" in text or "000450.txt" in text
    assert "fold_450_000000" not in text
    again = label_format.read(target, labels.video)
    assert [track.columns.frame_indices.tolist() for track in again.tracks] == [[0, 1]]


def test_mot_when_a_folder_of_the_benchmark_goes_in_and_out_then_flags_classes_and_rate_are_as_before(
    imports: Path, tmp_path: Path
) -> None:
    _, labels = read(imports, "seq/MOT17-02-FRCNN", "seq/MOT17-02-FRCNN/img1", AS_THE_FILE_SAYS)
    format_named("mot").write(labels, tmp_path / "out", WriteOptions())
    rows = [line.split(",")[:8] for line in (tmp_path / "out/gt/gt.txt").read_text().splitlines()]
    before = [line.split(",")[:8] for line in (imports / "seq/MOT17-02-FRCNN/gt/gt.txt").read_text().splitlines()]
    assert sorted(rows) == sorted(before)
    assert "frameRate=30\n" in (tmp_path / "out/seqinfo.ini").read_text()


def test_cvat_when_a_turned_box_goes_in_and_out_then_it_is_turned_as_before(imports: Path, tmp_path: Path) -> None:
    _, labels = read(imports, "cvat_rot.xml", CLIP, AS_THE_FILE_SAYS)
    format_named("cvat").write(labels, tmp_path / "out.xml", WriteOptions())
    text = (tmp_path / "out.xml").read_text()
    assert 'xtl="100.00" ytl="100.00" xbr="200.00" ybr="120.00" rotation="90.00"' in text
    assert 'xtl="100.00" ytl="100.00" xbr="200.00" ybr="120.00" rotation="45.00"' in text
    again = format_named("cvat").read(tmp_path / "out.xml", labels.video)
    first, before = (each.tracks[0].columns for each in (again, labels))
    assert first.boxes_xywh[:2] == pytest.approx(before.boxes_xywh[:2], abs=0.01)


@pytest.mark.parametrize("path", ["u/id_xyxy_name.csv"])
def test_foreign_file_when_it_is_of_no_known_format_then_one_is_asked_for(path: str, imports: Path) -> None:
    with pytest.raises(UnknownFormatError, match="choose the format"):
        read(imports, path, CLIP, AS_THE_FILE_SAYS)
