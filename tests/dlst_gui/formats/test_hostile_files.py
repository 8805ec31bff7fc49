"""Files that are wrong, by accident or on purpose: a clear error with file and place, and nothing else."""

from __future__ import annotations

import contextlib
import json
import struct
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest

from dlst_gui import limits
from dlst_gui.formats.datasets.coco import COCO
from dlst_gui.formats.datasets.voc import VOC
from dlst_gui.formats.datasets.yolo import YOLO
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Format, WriteOptions
from dlst_gui.formats.labels.model import AnnotatedVideo, Visibility
from dlst_gui.formats.own.project_csv import CSV
from dlst_gui.formats.own.project_jsonl import JSONL
from dlst_gui.formats.registry import FORMATS, detected, read_labels
from dlst_gui.formats.sequences.otb import OTB
from dlst_gui.formats.sequences.vot import VOT
from dlst_gui.formats.sequences.youtube_bb import YOUTUBE_BB
from dlst_gui.formats.tables.kitti import KITTI
from dlst_gui.formats.tables.motchallenge import MOT_RESULTS
from dlst_gui.formats.tools.cvat import CVAT
from dlst_gui.formats.tools.label_studio import LABEL_STUDIO
from tests.dlst_gui.formats.made_labels import boxes_at, label_set
from tracker_core import Box

VIDEO = AnnotatedVideo.whole("clip", size=(640, 480), frame_count=12, fps=25.0)
CSV_HEAD = "frame,track,label,x,y,width,height\n"
JSONL_HEAD = (
    '{"format": "dlst-labels", "version": 1, "video": {"frame_count": 12}}\n{"track": 1, "label": "dog"}\n'
)
CVAT_TRACK = '<annotations><track id="1" label="dog">\n%s</track></annotations>'
CVAT_TRACKS = (
    '<annotations><track id="a" label="dog">\n%s</track><track id="2" label="dog">\n%s</track></annotations>'
)
CVAT_BOX = '<box frame="%s" outside="0" occluded="0" keyframe="1" xtl="%s" ytl="2" xbr="%s" ybr="6"/>'


def coco(bbox: object, **more: object) -> str:
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "bbox": bbox, **more}
    images = [{"id": 1, "file_name": "a_000000.jpg", "width": 640, "height": 480}]
    return json.dumps({"images": images, "annotations": [annotation], "categories": [{"id": 1, "name": "dog"}]})


def placed(folder: Path, label_format: Format, text: str | bytes) -> Path:
    names = {
        "otb": "groundtruth_rect.txt",
        "vot": "groundtruth.txt",
        "yolo": "labels/a_000000.txt",
        "voc": "a_0.xml",
    }
    path = folder / names.get(label_format.name, f"labels{label_format.suffix}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder if label_format is YOLO else path


@pytest.mark.parametrize(
    ("label_format", "text", "message"),
    [
        pytest.param(OTB, "1,2,3,4\n1,2,x,4\n", r"line 2: expected a number for a box, got 'x'", id="otb-word"),
        pytest.param(OTB, "1,2,inf,4\n", r"line 1: expected a number", id="otb-infinity"),
        pytest.param(OTB, "1,2,-3,4\n", r"line 1: .*positive size.*\(0, 1, -3, 4\)", id="otb-negative-size"),
        pytest.param(OTB, "1,2,3\n", r"line 1: expected four numbers per line", id="otb-three"),
        pytest.param(OTB, "1,2,3,4,5,6\n", r"line 1: expected x,y,width,height, got 6", id="otb-polygon"),
        pytest.param(OTB, "1,2,3,4\n" * 25, r"line 13: frame 12 .* most boxes are on such frames", id="otb-long"),
        pytest.param(OTB, "1,2,3,4e9\n", r"line 1: expected pixels of the image", id="otb-huge"),
        pytest.param(OTB, "1,2,1_0,4\n", r"line 1: expected a number", id="otb-underscore"),
        pytest.param(VOT, "1,2,3,4,5\n", r"line 1: expected four numbers", id="vot-five"),
        pytest.param(
            MOT_RESULTS, "-1,1,2,3,4,5,1,-1,-1,-1\n", r"line 1: frame -2 \(counted from 0\) is not", id="mot-0"
        ),
        pytest.param(
            MOT_RESULTS, "1.5,1,2,3,4,5,1\n", r"line 1: expected a whole number for frame", id="mot-part"
        ),
        pytest.param(
            MOT_RESULTS, "1,3e9,2,3,4,5,1\n", r"line 1: expected a track id of 0 to 2147483647", id="mot-id"
        ),
        pytest.param(KITTI, "0 0 Car 0 0 -10 1 2 3\n", r"line 1: expected 17 or 18 .* got 9", id="kitti-short"),
        pytest.param(
            KITTI, "0 x Car 0 0 -10 1 2 3 4" + " 0" * 7, r"line 1: expected a number for track id", id="kitti-id"
        ),
        pytest.param(KITTI, "0 0 Car 0 0 -10 9 2 3 4" + " 0" * 7, r"line 1: .*positive size", id="kitti-turned"),
        pytest.param(CSV, "a,b\n1,2\n", r"line 1: expected columns frame, x", id="csv-columns"),
        pytest.param(CSV, CSV_HEAD + "0,1,dog,1,2,3\n", r"line 2: expected 7 fields .* got 6", id="csv-short"),
        pytest.param(
            CSV, CSV_HEAD + "0;1;dog;1;2;3;4\n", r"line 2: expected 7 fields separated by ','", id="csv-mixed"
        ),
        pytest.param(
            CSV, CSV_HEAD + "0,1,dog,nan,2,3,4\n", r"line 2: expected a number for x, got 'nan'", id="csv-nan"
        ),
        pytest.param(CSV, CSV_HEAD + "99,1,dog,1,2,3,4\n", r"line 2: frame 99 .* 12 frames", id="csv-frame"),
        pytest.param(CSV, CSV_HEAD + '0,1,"dog,1,2,3,4\n', r"line 2: ", id="csv-quote"),
        pytest.param(JSONL, "[]\n", r"line 1: expected an object", id="jsonl-array"),
        pytest.param(JSONL, JSONL_HEAD + '{"frame": 0,\n', r"line 3, column \d+: expected JSON", id="jsonl-cut"),
        pytest.param(
            JSONL, JSONL_HEAD + '{"frame": 0, "track": 2, "box": [1]}', r"line 3: track 2", id="jsonl-track"
        ),
        pytest.param(
            JSONL, JSONL_HEAD + '{"frame": 0, "track": 1, "box": [1, 2, NaN, 4]}', r"line 3: .*NaN", id="jsonl-nan"
        ),
        pytest.param(
            JSONL,
            JSONL_HEAD + '{"frame": 0, "track": 1, "box": [1, 2, true, 4]}',
            r"line 3: .*True",
            id="jsonl-true",
        ),
        pytest.param(JSONL, JSONL_HEAD.replace("1", "9"), r"line 1: version 9", id="jsonl-version"),
        pytest.param(JSONL, JSONL_HEAD.replace("12", "13"), r"line 1, video: .*13 frames", id="jsonl-other-video"),
        pytest.param(COCO, "{", r"line 1, column 2: expected JSON", id="coco-cut"),
        pytest.param(COCO, "[" * 100_000, r"expected JSON", id="coco-deep"),
        pytest.param(COCO, "1" * 10_000, r"expected JSON", id="coco-digits"),
        pytest.param(COCO, "[1]", r"top level: expected an object", id="coco-list"),
        pytest.param(COCO, coco("1,2,3,4"), r"annotations\[0\]: expected 4 numbers for 'bbox'", id="coco-text"),
        pytest.param(
            COCO, coco([1, 2, "3", 4]), r"annotations\[0\]: expected a number .* got '3'", id="coco-number"
        ),
        pytest.param(COCO, coco([1, 2, 0, 4]), r"annotation 0: .*positive size", id="coco-empty"),
        pytest.param(
            COCO, coco([1, 2, 3, 4], image_id=7), r"annotations\[0\]: there is no image 7", id="coco-image"
        ),
        pytest.param(COCO, coco([1, 2, 3, 4], category_id=7), r"there is no category 7", id="coco-category"),
        pytest.param(
            COCO, coco([1, 2, 3, 4]).replace("640", "64"), r"images\[0\]: is 64x480 pixels", id="coco-size"
        ),
        pytest.param(
            COCO, coco([1, 2, 3, 4]).replace("[1, 2", "[1e999, 2"), r"finite numbers", id="coco-overflow"
        ),
        pytest.param(YOLO, "0 0.5 0.5 0.1\n", r"labels/a_000000.txt, line 1: expected class", id="yolo-four"),
        pytest.param(YOLO, "0 50 50 10 10\n", r"line 1: expected fractions", id="yolo-pixels"),
        pytest.param(YOLO, "0 0.5 0.5 -0.1 0.1\n", r"line 1: .*positive size", id="yolo-negative"),
        pytest.param(YOLO, "-1 0.5 0.5 0.1 0.1\n", r"line 1: there is no class -1", id="yolo-class"),
        pytest.param(
            VOC, "<annotation><object>\n</object></annotation>", r"line 2, <object>: there is no", id="voc"
        ),
        pytest.param(CVAT, CVAT_TRACK % "<box>", r"line 2: expected XML: mismatched tag", id="cvat-tag"),
        pytest.param(CVAT, CVAT_TRACK % CVAT_BOX % (0, "x", 4), r"line 2, <box>: .*xtl, got 'x'", id="cvat-word"),
        pytest.param(CVAT, CVAT_TRACK % CVAT_BOX % (0, 9, 4), r"line 2: .*positive size", id="cvat-turned"),
        pytest.param(
            CVAT, CVAT_TRACKS % (CVAT_BOX % (0, 1, 4), CVAT_BOX % (0, "x", 4)), r"line 1, <track>", id="cvat-ids"
        ),
        pytest.param(
            CVAT, CVAT_TRACK % CVAT_BOX % (0, "x", 4) + "</a>", r"line 2, <box>: .*xtl, got 'x'", id="cvat-first"
        ),
        pytest.param(
            CVAT, CVAT_TRACK % '<box frame="0"/>', r"line 2, <box>: there is no attribute", id="cvat-bare"
        ),
        pytest.param(CVAT, "<a>" * 100, r"line 1: elements are nested more than 30 deep", id="cvat-deep"),
        pytest.param(LABEL_STUDIO, "[]", r"expected a task, there is none", id="label-studio-empty"),
        pytest.param(
            YOUTUBE_BB, "v,99000,0,dog,0,present,0,1,0,1\n", r"line 1: no frame .* 99000", id="ytbb-late"
        ),
        pytest.param(YOUTUBE_BB, "v,0,0,dog,0,maybe,0,1,0,1\n", r"line 1: expected present", id="ytbb-presence"),
    ],
)
def test_reading_when_something_is_wrong_then_names_file_and_place(
    tmp_path: Path, label_format: Format, text: str, message: str
) -> None:
    path = placed(tmp_path, label_format, text)
    with pytest.raises(FormatError, match=message) as caught:
        label_format.read(path, VIDEO)
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < len(str(tmp_path)) + 300


ENTITIES = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>\n'
OUTSIDE = '<!DOCTYPE a [<!ENTITY secret SYSTEM "file:///etc/passwd">]>\n'


@pytest.mark.parametrize("declaration", [ENTITIES, OUTSIDE, '<!DOCTYPE a SYSTEM "http://example.org/a.dtd">'])
@pytest.mark.parametrize("label_format", [CVAT, VOC], ids=lambda each: each.name)
def test_xml_when_it_declares_a_document_type_then_is_refused(
    tmp_path: Path, label_format: Format, declaration: str
) -> None:
    path = placed(tmp_path, label_format, f"<?xml version='1.0'?>{declaration}<annotations>&b;</annotations>")
    with pytest.raises(FormatError, match="document type declaration"):
        label_format.read(path, VIDEO)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_when_it_has_a_byte_order_mark_then_is_read_all_the_same(tmp_path: Path, encoding: str) -> None:
    path = placed(tmp_path, CSV, f"{CSV_HEAD}0,1,Hündchen,1,2,3,4\n".encode(encoding))
    assert detected(path) is CSV
    assert CSV.read(path, VIDEO).tracks[0].label == "Hündchen"


@pytest.mark.parametrize("label_format", [CSV, OTB, COCO], ids=lambda each: each.name)
def test_text_when_it_is_latin_1_then_asks_for_utf_8(tmp_path: Path, label_format: Format) -> None:
    path = placed(tmp_path, label_format, f"{CSV_HEAD}0,1,Hündchen,1,2,3,4\n".encode("latin-1"))
    with pytest.raises(FormatError, match="expected UTF-8 text"):
        label_format.read(path, VIDEO)


@pytest.mark.parametrize("label_format", FORMATS, ids=lambda each: each.name)
@pytest.mark.parametrize(
    "content", [b"", b"\n\n\n", b"\0" * 4096, b"\xff\xfe\x00\xd8" * 9, b"\x89PNG\r\n\x1a\n" + b"\x01" * 99]
)
def test_reading_when_the_file_is_of_another_kind_then_fails_cleanly_or_finds_nothing(
    tmp_path: Path, label_format: Format, content: bytes
) -> None:
    path = placed(tmp_path, label_format, content)
    with contextlib.suppress(FormatError):
        assert label_format.read(path, VIDEO).box_count() == 0
    # A folder of labels is known by its layout.
    assert label_format is YOLO or not label_format.looks_like(path)


@pytest.mark.parametrize("label_format", FORMATS, ids=lambda each: each.name)
def test_reading_when_there_is_no_such_file_then_says_so(tmp_path: Path, label_format: Format) -> None:
    with pytest.raises(FormatError, match="nothing-here"):
        label_format.read(tmp_path / "nothing-here", VIDEO)
    with pytest.raises(FormatError, match="no such file"):
        detected(tmp_path / "nothing-here")


def test_reading_when_there_are_60_000_rows_then_reads_them_all(tmp_path: Path) -> None:
    video = AnnotatedVideo.whole("long", size=(640, 480), frame_count=15_000, fps=25.0)
    rows = "".join(f"{frame},{track},1,2,3,4,1,-1,-1,-1\n" for frame in range(1, 15_001) for track in range(1, 5))
    assert MOT_RESULTS.read(placed(tmp_path, MOT_RESULTS, rows), video).box_count() == 60_000


def zipped(path: Path, members: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["../evil.txt", "a/../../evil.txt", "/evil.txt", "..\\evil.txt", "C:\\evil.txt"])
def test_zip_when_a_name_leads_out_of_it_then_is_refused(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "labels.zip", {name: "x"})
    with pytest.raises(FormatError, match="leads outside it"):
        read_labels(path, VIDEO)
    assert not list(tmp_path.parent.rglob("evil.txt"))


def test_zip_when_it_is_a_bomb_then_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "labels.zip", {"annotations.xml": b"\0" * 30_000_000})
    with pytest.raises(FormatError, match="unpacks to more than"):
        read_labels(path, VIDEO)


def test_zip_when_it_lies_about_its_size_then_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SMALL_UNPACKED_BYTES", 1000)
    path = zipped(tmp_path / "labels.zip", {"annotations.xml": b"<a>" * 100_000})
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<I", 300_000), struct.pack("<I", 3)))
    with pytest.raises(FormatError, match=r"labels\.zip"):
        read_labels(path, VIDEO)


def test_zip_when_it_is_damaged_then_says_so(tmp_path: Path) -> None:
    path = zipped(tmp_path / "labels.zip", {"annotations.xml": CVAT_TRACK % ""})
    data = bytearray(path.read_bytes())
    data[35:45] = b"\xff" * 10
    path.write_bytes(data)
    with pytest.raises(FormatError, match=r"labels\.zip"):
        read_labels(path, VIDEO)


def test_zip_when_a_name_is_empty_then_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "1,2,3,4\n")
        archive.writestr(zipfile.ZipInfo(""), "")
    with pytest.raises(FormatError, match=r"a\.zip: the zip has a path that leads outside it"):
        detected(path)


def test_zip_when_a_name_is_not_the_text_it_says_then_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("é.txt", "1,2,3,4\n")
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\xff\xa9"))
    with pytest.raises(FormatError, match=r"a\.zip: the zip cannot be read"):
        detected(path)


def test_zip_when_it_is_cvats_then_is_read_without_its_images(tmp_path: Path) -> None:
    text = CVAT_TRACK % CVAT_BOX % (3, 1, 4)
    path = zipped(tmp_path / "task.zip", {"annotations.xml": text, "images/frame_000000.png": b"x" * 9})
    assert detected(path) is CVAT
    assert read_labels(path, VIDEO).box_count() == 1


@pytest.mark.parametrize("beside", ["__MACOSX/a/._labels.csv", "a/._labels.csv", "a/labels.csv.export.json"])
def test_zip_when_a_file_lies_beside_the_labels_that_holds_none_then_it_is_passed_over(
    tmp_path: Path, beside: str
) -> None:
    rows = "frame,x,y,width,height\n0,1,2,30,40\n"
    path = zipped(tmp_path / "labels.zip", {"a/labels.csv": rows, beside: b"{\0}"})
    assert read_labels(path, VIDEO).box_count() == 1


def test_zip_when_a_file_in_it_is_wrong_then_the_message_names_both(tmp_path: Path) -> None:
    path = zipped(tmp_path / "task.zip", {"annotations.xml": CVAT_TRACK % CVAT_BOX % (3, "x", 4)})
    with pytest.raises(FormatError, match=r"task\.zip.*line 2"):
        read_labels(path, VIDEO, CVAT)


def test_zip_when_it_is_a_yolo_data_set_then_is_read_as_a_folder(tmp_path: Path) -> None:
    labels = label_set(boxes_at({0: Box(1, 2, 30, 40)}, visibility=Visibility.VISIBLE), video=VIDEO)
    YOLO.write(labels, tmp_path / "yolo", WriteOptions())
    members = {
        str(Path("yolo") / file.relative_to(tmp_path / "yolo")): file.read_bytes()
        for file in (tmp_path / "yolo").rglob("*")
        if file.is_file()
    }
    assert read_labels(zipped(tmp_path / "yolo.zip", members), VIDEO).box_count() == 1


def test_yaml_when_it_asks_for_code_or_is_no_mapping_then_is_refused(tmp_path: Path) -> None:
    placed(tmp_path, YOLO, "0 0.5 0.5 0.1 0.1\n")
    for text in (
        "!!python/object/apply:os.system ['true']",
        "- 1",
        "names: 7",
        "names: [[1]]",
        "a: [",
        "names: {a: b}",
    ):
        (tmp_path / "data.yaml").write_text(text)
        with pytest.raises(FormatError, match=r"data\.yaml"):
            YOLO.read(tmp_path, VIDEO)


def test_yaml_when_it_refers_to_itself_over_and_over_then_is_refused_quickly(tmp_path: Path) -> None:
    placed(tmp_path, YOLO, "0 0.5 0.5 0.1 0.1\n")
    grown = "".join(f"{name}: &{name} [{', '.join([f'*{old}'] * 9)}]\n" for old, name in pairwise("abcdefghijkl"))
    (tmp_path / "data.yaml").write_text(f"a: &a [x]\n{grown}names: *l\n")
    with pytest.raises(FormatError, match=r"data\.yaml"):
        YOLO.read(tmp_path, VIDEO)
