"""Files beyond a limit, the limits lowered: refused while they are read, with a name for limit and file."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from pathlib import Path

import pytest

from dlst_gui import limits
from dlst_gui.formats.datasets.coco import COCO
from dlst_gui.formats.datasets.voc import VOC
from dlst_gui.formats.datasets.yolo import YOLO
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Format
from dlst_gui.formats.labels.model import AnnotatedVideo
from dlst_gui.formats.own.project_csv import CSV
from dlst_gui.formats.own.project_jsonl import JSONL
from dlst_gui.formats.registry import FORMATS, detected, read_labels
from dlst_gui.formats.sequences.got10k import GOT10K
from dlst_gui.formats.sequences.lasot import LASOT
from dlst_gui.formats.tables.darklabel import DARKLABEL
from dlst_gui.formats.tables.motchallenge import MOT, MOT_RESULTS
from dlst_gui.formats.tools.cvat import CVAT
from dlst_gui.formats.tools.label_studio import LABEL_STUDIO

VIDEO = AnnotatedVideo.whole("clip", size=(640, 480), frame_count=12, fps=25.0)
CSV_HEAD = "frame,track,label,x,y,width,height\n"
JSONL_HEAD = '{"format": "dlst-labels", "version": 1, "video": {"frame_count": 12}}\n'
CVAT_BOX = '<box frame="%d" outside="0" occluded="0" keyframe="1" xtl="1" ytl="2" xbr="4" ybr="6">%s</box>'
WITH_PIPES = pytest.mark.skipif(sys.platform == "win32", reason="no named pipes among files")


def cvat(*boxes: str, label: str = "dog") -> str:
    return f'<annotations><track id="1" label="{label}">{"".join(boxes)}</track></annotations>'


def coco(**more: object) -> str:
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], **more}
    images = [{"id": 1, "file_name": "a_000000.jpg"}]
    return json.dumps({"images": images, "annotations": [annotation], "categories": [{"id": 1, "name": "dog"}]})


def nested(depth: int) -> object:
    made: object = 1
    for _ in range(depth):
        made = [made]
    return made


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("limit", "value", "label_format", "text", "message"),
    [
        pytest.param(
            "MOST_BOXES", 1, CSV, CSV_HEAD + "0,1,a,1,2,3,4\n1,1,a,1,2,3,4\n", "at most 1 boxes", id="csv-boxes"
        ),
        pytest.param(
            "MOST_BOXES", 1, CVAT, cvat(CVAT_BOX % (0, ""), CVAT_BOX % (1, "")), "at most 1 boxes", id="cvat-boxes"
        ),
        pytest.param(
            "MOST_TRACKS", 1, CSV, CSV_HEAD + "0,1,a,1,2,3,4\n0,2,a,1,2,3,4\n", "more than 1 tracks", id="tracks"
        ),
        pytest.param("LONGEST_LABEL", 3, CSV, CSV_HEAD + "0,1,aaaa,1,2,3,4\n", "1 to 3 characters", id="label"),
        pytest.param("LONGEST_LABEL", 3, CVAT, cvat(CVAT_BOX % (0, ""), label="aaaa"), "1 to 3", id="cvat-label"),
        pytest.param(
            "LARGEST_TEXTS", 5, CSV, CSV_HEAD + "0,1,aaaa,1,2,3,4\n0,2,aaab,1,2,3,4\n", "at most 5", id="labels"
        ),
        pytest.param(
            "LARGEST_TEXTS",
            150,
            CVAT,
            cvat(*(CVAT_BOX % (n, f'<attribute name="a">{n}</attribute>') for n in range(3))),
            "line 1: expected labels and attributes of at most 150 characters",
            id="attributes",
        ),
        pytest.param(
            "MOST_ATTRIBUTES",
            1,
            JSONL,
            JSONL_HEAD + '{"track": 1, "label": "a", "attributes": {"a": "b", "c": "d"}}\n',
            "line 2: expected at most 1 attributes",
            id="attribute-count",
        ),
        pytest.param(
            "LONGEST_ATTRIBUTE",
            3,
            CVAT,
            cvat(CVAT_BOX % (0, '<attribute name="a">long</attribute>')),
            "attributes of at most 3 characters",
            id="attribute-length",
        ),
        pytest.param("LARGEST_WHOLE_NUMBER", 9, CSV, CSV_HEAD + "10,1,a,1,2,3,4\n", "line 2: .*whole", id="whole"),
        pytest.param("LARGEST_WHOLE_NUMBER", 9, COCO, coco(image_id=10), "whole number", id="json-whole"),
        pytest.param(
            "LONGEST_LINE", 50, CSV, CSV_HEAD + "0,1,a,1,2,3," + "4" * 50, "line 2: .*50 characters", id="line"
        ),
        pytest.param("MOST_COLUMNS", 7, CSV, "frame,track,label,x,y,width,height,,\n", "7 columns", id="columns"),
        pytest.param("MOST_COLUMNS", 7, CSV, CSV_HEAD + '0,1,"a",1,2,3,4,,\n', "line 2: .*7 columns", id="quoted"),
        pytest.param("MOST_COLUMNS", 7, DARKLABEL, "0,dog,1,1,2,3,4,,\n", "line 1: .*7 columns", id="darklabel"),
        pytest.param(
            "LARGEST_JSON_VALUE", 99, COCO, coco(note="a" * 99), "at most 99 characters", id="json-value"
        ),
        pytest.param("DEEPEST_JSON", 9, COCO, coco(segmentation=nested(9)), "at most 9 deep", id="json-deep"),
        pytest.param(
            "DEEPEST_JSON", 9, COCO, f'{{"a": {json.dumps(nested(20))}}}', "at most 9 deep", id="json-skip"
        ),
        pytest.param("DEEPEST_JSON", 9, JSONL, json.dumps(nested(10)), "at most 9 deep", id="jsonl-deep"),
        pytest.param("DEEPEST_JSON", 9, LABEL_STUDIO, json.dumps(nested(20)), "at most 9 deep", id="tasks-deep"),
        pytest.param("LONGEST_XML_TEXT", 9, CVAT, "<annotations><meta><a>" + "b" * 10, "too long", id="xml-text"),
        pytest.param(
            "LONGEST_XML_TAG", 9, CVAT, '<annotations note="' + "b" * 99, "tags of at most 9", id="xml-tag"
        ),
        pytest.param(
            "LONGEST_XML_TAG", 9, VOC, "<annotation><!-- " + "b" * 99, "tags of at most 9", id="xml-note"
        ),
        pytest.param("DEEPEST_XML", 2, VOC, "<annotation><a><b>", "more than 2 deep", id="xml-deep"),
    ],
)
def test_reading_when_something_is_beyond_a_limit_then_names_file_and_limit(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    value: int,
    label_format: Format,
    text: str,
    message: str,
) -> None:
    path = put(tmp_path / f"labels_0{label_format.suffix or '.xml'}", text)
    monkeypatch.setattr(limits, limit, value)
    with pytest.raises(FormatError, match=message) as caught:
        label_format.read(path, VIDEO)
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < len(str(tmp_path)) + 300


def test_images_when_there_are_too_many_then_they_are_refused_before_all_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_FRAMES", 12)
    images = [{"id": number, "file_name": f"{number}.jpg"} for number in range(99)]
    path = put(tmp_path / "a.json", json.dumps({"images": images, "annotations": [], "categories": []}))
    with pytest.raises(FormatError, match=r"images\[12\]: there are more than 12 images"):
        COCO.read(path, VIDEO)


@pytest.mark.parametrize(("label_format", "name"), [(MOT, "gt/labels.txt"), (YOLO, "classes.txt")])
def test_names_of_classes_when_there_are_too_many_then_their_list_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, label_format: Format, name: str
) -> None:
    put(tmp_path / "gt/gt.txt", "1,1,2,3,4,5,1,1,1\n")
    put(tmp_path / name, "name\n" * 9)
    monkeypatch.setattr(limits, "LARGEST_SMALL_TEXT", 40)
    with pytest.raises(FormatError, match=f"{name}: expected at most 40 characters"):
        label_format.read(tmp_path, VIDEO)


def test_yaml_when_it_is_too_large_then_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "labels/a_0.txt", "0 0.5 0.5 0.1 0.1\n")
    put(tmp_path / "data.yaml", "names: [dog]\n")
    monkeypatch.setattr(limits, "LARGEST_YAML", 9)
    with pytest.raises(FormatError, match=r"data\.yaml: expected at most 9 bytes"):
        YOLO.read(tmp_path, VIDEO)


@pytest.mark.parametrize(("limit", "message"), [("MOST_FILES", "at most 1 files"), ("DEEPEST_FOLDER", "1 deep")])
@pytest.mark.parametrize(("label_format", "ending"), [(YOLO, "txt"), (VOC, "xml")])
def test_folder_when_it_holds_too_much_then_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, label_format: Format, ending: str, limit: str, message: str
) -> None:
    for number in range(3):
        put(tmp_path / f"a/b/{number}.{ending}", "")
    monkeypatch.setattr(limits, limit, 1)
    with pytest.raises(FormatError, match=message):
        label_format.read(tmp_path, VIDEO)


def test_folder_when_a_link_leads_back_into_it_then_each_file_is_read_once(tmp_path: Path) -> None:
    put(tmp_path / "labels/a_0.txt", "0 0.5 0.5 0.1 0.1\n")
    (tmp_path / "labels/again").symlink_to(tmp_path, target_is_directory=True)
    assert YOLO.read(tmp_path, VIDEO).box_count() == 1


def zipped(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("limit", "value", "members", "message"),
    [
        # Each member may unpack to a thousand bytes; together they are more than the zip may.
        pytest.param(
            "SMALL_UNPACKED_BYTES",
            1000,
            {f"{n}.txt": "a" * 900 for n in range(9)},
            "unpacks to more",
            id="together",
        ),
        pytest.param(
            "MOST_UNPACKED_BYTES", 99, {"a.txt": "a" * 100}, "the zip unpacks to more than 99", id="bytes"
        ),
        pytest.param("MOST_FILES", 1, {"a.txt": "", "b.txt": ""}, "at most 1 files", id="files"),
        pytest.param("LONGEST_PATH", 200, {"a" * 201: ""}, "a path of more than 200 characters", id="path"),
        pytest.param("DEEPEST_FOLDER", 3, {"a/b/c/d.txt": ""}, "folders nested more than 3 deep", id="deep"),
    ],
)
def test_zip_when_it_is_beyond_a_limit_then_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    value: int,
    members: dict[str, str],
    message: str,
) -> None:
    monkeypatch.setattr(limits, "MOST_UNPACKED_TIMES", 1)
    path = zipped(tmp_path / "l.zip", members)
    monkeypatch.setattr(limits, limit, value)
    with pytest.raises(FormatError, match=message) as caught:
        read_labels(path, VIDEO)
    assert "l.zip" in str(caught.value)
    assert len(str(caught.value)) < len(str(tmp_path)) + 300


def test_zip_when_its_list_of_files_is_too_long_then_it_is_refused_before_the_list_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zipped(tmp_path / "l.zip", {f"{number}.txt": "" for number in range(99)})
    monkeypatch.setattr(limits, "MOST_FILES", 9)

    def refuse(*_given: object) -> None:
        raise AssertionError("the list was read")

    monkeypatch.setattr(zipfile, "ZipFile", refuse)
    with pytest.raises(FormatError, match="at most 9 files"):
        read_labels(path, VIDEO)


@WITH_PIPES
@pytest.mark.parametrize("label_format", [*FORMATS, None], ids=lambda each: each.name if each else "any")
def test_pipe_when_it_is_named_as_labels_then_is_refused(tmp_path: Path, label_format: Format | None) -> None:
    path = tmp_path / "labels.csv"
    os.mkfifo(path)
    with pytest.raises(FormatError, match=r"labels\.csv: is no regular file"):
        read_labels(path, VIDEO, label_format)


@WITH_PIPES
@pytest.mark.parametrize(
    ("label_format", "files", "pipe"),
    [
        pytest.param(YOLO, {}, "labels/a_000000.txt", id="yolo"),
        pytest.param(YOLO, {"labels/a_0.txt": "0 0.5 0.5 0.1 0.1\n"}, "data.yaml", id="yolo-names"),
        pytest.param(VOC, {}, "Annotations/a_000000.xml", id="voc"),
        pytest.param(MOT, {}, "gt/gt.txt", id="mot"),
        pytest.param(MOT, {"gt/gt.txt": "1,1,2,3,4,5,1,1,1\n"}, "seqinfo.ini", id="mot-sequence"),
        pytest.param(GOT10K, {"groundtruth.txt": "1,2,3,4\n"}, "absence.label", id="got10k"),
        pytest.param(LASOT, {"groundtruth.txt": "1,2,3,4\n"}, "nlp.txt", id="lasot"),
    ],
)
def test_folder_when_a_pipe_lies_in_it_then_the_pipe_is_named(
    tmp_path: Path, label_format: Format, files: dict[str, str], pipe: str
) -> None:
    for name, text in files.items():
        put(tmp_path / name, text)
    (tmp_path / pipe).parent.mkdir(exist_ok=True)
    os.mkfifo(tmp_path / pipe)
    with pytest.raises(FormatError, match=f"{pipe}: is no regular file"):
        label_format.read(tmp_path, VIDEO)


@pytest.mark.parametrize("label_format", [CSV, CVAT, COCO, MOT_RESULTS], ids=lambda each: each.name)
def test_link_when_it_leads_to_itself_then_says_so(tmp_path: Path, label_format: Format) -> None:
    path = tmp_path / "labels.csv"
    path.symlink_to(path)
    with pytest.raises(FormatError, match=r"labels\.csv: cannot be read"):
        read_labels(path, VIDEO, label_format)


@pytest.mark.parametrize("name", ["a" * 100_000, "a/" * 50_000, "a" * 900])
def test_path_when_it_is_too_long_then_the_message_is_not(tmp_path: Path, name: str) -> None:
    with pytest.raises(FormatError) as caught:
        detected(tmp_path / name)
    assert len(str(caught.value)) < 1500
