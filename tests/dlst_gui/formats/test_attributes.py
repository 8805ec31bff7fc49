"""Attributes on their way between projects and files: what holds, what is declared, and what comes back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dlst_gui.exchange.content import content_of
from dlst_gui.exchange.plan import ExportPlan
from dlst_gui.exchange.preflight import FindingKind, preflight
from dlst_gui.formats.format import Format, WriteOptions
from dlst_gui.formats.labels.model import AnnotatedVideo, LabelSet
from dlst_gui.formats.registry import FORMATS, format_named
from dlst_gui.formats.transfer.frame_values import settled
from dlst_gui.formats.transfer.import_edit import import_edit
from dlst_gui.formats.transfer.selection import Selection, selected_labels
from dlst_gui.project import edits
from dlst_gui.project.attribute_values import frame_values, shown_values
from dlst_gui.project.attributes import Attribute, AttributeKind, AttributeScope
from dlst_gui.project.history import EditHistory
from dlst_gui.project.label_set_edits import set_attribute, set_frame_value, set_object_value
from dlst_gui.project.project import Project
from tests.dlst_gui.project.random_edits import block, keyframe, opened

VIDEO = AnnotatedVideo.whole("clip", size=(640, 480), frame_count=30, fps=25.0)
TRUNCATED = Attribute(1, "truncated", AttributeKind.YES_NO, AttributeScope.UNTIL_CHANGED)
MODEL = Attribute(2, "model", AttributeKind.CHOICE, choices=("van", "estate, large"))
SPEED = Attribute(3, "speed", AttributeKind.NUMBER, AttributeScope.FRAME, least=0, most=99.5)
NOTE = Attribute(4, "note & more", labels=("dog",))
ATTRIBUTES = (TRUNCATED, MODEL, SPEED, NOTE)


@pytest.fixture
def labelled() -> tuple[Project, EditHistory]:
    """A dog with manual boxes on 0, 10 and 20, tracked on all others, truncated from 10 to 19."""
    project, history = opened()
    history.do(edits.add_track(project, label="dog", color="#00ff00", keyframe=keyframe(0)))
    for index in (10, 20):
        history.do(edits.set_keyframe(project, 1, keyframe(index)))
    history.do(edits.record_predictions(project, 1, block(1, 25)))
    for attribute in ATTRIBUTES:
        history.do(set_attribute(project, attribute))
    for frame, value in ((0, "false"), (10, "true"), (20, "false")):
        history.do(set_frame_value(project, 1, frame, "truncated", value))
    history.do(set_frame_value(project, 1, 10, "speed", "2.5"))
    history.do(set_object_value(project, 1, "model", "estate, large"))
    history.do(set_object_value(project, 1, "note & more", 'a "b" <c>'))
    return project, history


def written(project: Project, made: Format, folder: Path) -> LabelSet:
    """What is read back of a project that was written."""
    path = folder / f"labels{made.suffix}"
    made.write(selected_labels(project, VIDEO, Selection()), path, WriteOptions())
    return made.read(path, VIDEO)


def test_selected_labels_when_values_hold_then_every_box_says_them(labelled: tuple[Project, EditHistory]) -> None:
    project, _ = labelled
    (track,) = selected_labels(project, VIDEO, Selection()).tracks
    said = {box.frame_index: box.attributes.get("truncated") for box in track.columns}
    assert [said[frame] for frame in (0, 9, 10, 19, 20, 25)] == [
        "false",
        "false",
        "true",
        "true",
        "false",
        "false",
    ]
    assert [box.frame_index for box in track.columns if "speed" in box.attributes] == [10]
    assert len(track.boxes.noted()) == len(track.columns)
    part = track.boxes.between(12, 14)
    assert [dict(box.attributes) for box in part] == [{"truncated": "true"}] * 3


def test_selected_labels_when_there_are_defaults_then_they_hold_where_nothing_is_said(
    labelled: tuple[Project, EditHistory],
) -> None:
    project, history = labelled
    history.do(set_attribute(project, replace(SPEED, default="1")))
    history.do(set_attribute(project, replace(MODEL, default="van")))
    history.do(set_object_value(project, 1, "model", ""))
    (track,) = selected_labels(project, VIDEO, Selection()).tracks
    assert track.attributes["model"] == "van"
    said = {box.frame_index: box.attributes["speed"] for box in track.columns}
    assert [said[frame] for frame in (0, 9, 10, 11)] == ["1", "1", "2.5", "1"]


HOLDING = [each for each in FORMATS if isinstance(each, Format) and each.can_hold.attributes]


@pytest.mark.parametrize("made", HOLDING, ids=lambda each: each.name)
def test_values_when_written_and_imported_then_are_where_they_were(
    made: Format, labelled: tuple[Project, EditHistory], tmp_path: Path
) -> None:
    project, _ = labelled
    labels = written(project, made, tmp_path)
    other, history = opened()
    for attribute in () if made.name in ("cvat", "jsonl") else ATTRIBUTES:
        history.do(set_attribute(other, attribute))
    history.do_long(import_edit(other, labels, run_id=1))
    (track,) = other.tracks()
    assert other.track(track.track_id).attributes == project.track(1).attributes
    if made.can_hold.box_attributes:
        for frame in (0, 5, 10, 15, 20, 25):
            shown = {each.attribute.name: each.value for each in shown_values(other, track.track_id, frame)}
            assert shown["truncated"] == frame_values(project, 1, frame)["truncated"], frame
        assert frame_values(other, track.track_id, 10)["speed"] == "2.5"
        is_held = "speed" in frame_values(other, track.track_id, 11)
        assert is_held is (made.name == "cvat"), "CVAT has no values of single frames"


@pytest.mark.parametrize("name", ["cvat", "jsonl"])
def test_attributes_when_declared_in_a_file_then_are_offered(
    name: str, labelled: tuple[Project, EditHistory], tmp_path: Path
) -> None:
    project, _ = labelled
    labels = written(project, format_named(name), tmp_path)
    other, history = opened()
    history.do(set_attribute(other, replace(TRUNCATED, scope=AttributeScope.FRAME)))
    history.do_long(import_edit(other, labels, run_id=1))
    offered = {each.name: each for each in other.attributes()}
    assert offered.keys() == {each.name for each in ATTRIBUTES}
    assert offered["truncated"].scope is AttributeScope.FRAME, "what the project has stays"
    assert (offered["model"].kind, offered["model"].choices) == (MODEL.kind, MODEL.choices)
    assert (offered["speed"].kind, offered["speed"].least, offered["speed"].most) == (SPEED.kind, 0, 99.5)
    history.undo()
    assert len(other.attributes()) == 1


def findings(project: Project) -> list[str]:
    content = content_of(project, VIDEO, Selection())
    plan = ExportPlan(format_named("cvat"), Path("labels.xml"))
    return [each.words for each in preflight(project, content, plan) if each.kind is FindingKind.VALUES]


def test_preflight_when_values_are_missing_or_do_not_fit_then_says_where(
    labelled: tuple[Project, EditHistory],
) -> None:
    project, history = labelled
    assert findings(project) == []
    history.do(set_attribute(project, replace(MODEL, is_required=True)))
    history.do(set_attribute(project, replace(TRUNCATED, is_required=True)))
    assert findings(project) == []
    history.do(set_object_value(project, 1, "model", ""))
    history.do(set_frame_value(project, 1, 10, "truncated", ""))
    history.do(set_frame_value(project, 1, 10, "speed", "fast"))
    assert findings(project) == [
        "dog 1: model has no value, and needs one",
        "dog 1, frames 10 to 19: truncated has no value, and needs one",
        "dog 1, frame 10: speed is 'fast', which is not a number",
    ]
    history.do(set_attribute(project, replace(MODEL, default="van", is_required=True)))
    assert len(findings(project)) == 2, "a default is a value"


def test_truncated_when_written_as_voc_then_is_read_again(
    labelled: tuple[Project, EditHistory], tmp_path: Path
) -> None:
    labels = written(labelled[0], format_named("voc"), tmp_path)
    said = {box.frame_index: dict(box.attributes) for track in labels.tracks for box in track.columns}
    assert [frame for frame, each in said.items() if each] == list(range(10, 20))
    assert said[10] == {"truncated": "true"}


@pytest.mark.parametrize("made", HOLDING, ids=lambda each: each.name)
@pytest.mark.parametrize("value", ["NaN", "1e999", "fast", "07", "-3.50"])
def test_number_when_it_is_odd_then_every_format_gives_it_back(
    made: Format, value: str, labelled: tuple[Project, EditHistory], tmp_path: Path
) -> None:
    project, history = labelled
    history.do(set_attribute(project, replace(MODEL, kind=AttributeKind.NUMBER, choices=())))
    history.do(set_object_value(project, 1, "model", value))
    labels = settled(written(project, made, tmp_path).tracks[0], project.attributes())
    read = labels.attributes["model"]
    assert read == value or float(read) == float(value)


def test_label_studio_when_something_is_said_of_no_region_then_it_is_reported(tmp_path: Path) -> None:
    said = '{"id": "x", "type": "choices", "from_name": "weather", "value": {"choices": ["sun"]}}'
    frame = '{"frame": 1, "enabled": true, "rotation": 0, "x": 1, "y": 1, "width": 9, "height": 9, "time": 0}'
    region = '{"id": "r", "type": "videorectangle", "value": {"framesCount": 30, "sequence": [%s]}}'
    rating = '{"id": "r", "type": "rating", "from_name": "stars", "value": {"rating": 4}}'
    path = tmp_path / "a.json"
    results = ", ".join((said, rating, region % frame))
    path.write_text(f'[{{"data": {{}}, "annotations": [{{"result": [{results}]}}]}}]', encoding="utf-8")
    labels = format_named("label-studio").read(path, VIDEO)
    assert [dict(track.attributes) for track in labels.tracks] == [{"stars": "4"}]
    assert any("regions that are no boxes" in notice for notice in labels.notices)
