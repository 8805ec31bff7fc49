from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError
from dlst_gui.label_set.label_set_file import LabelSetFormat, read_label_set, write_label_set
from dlst_gui.project.attributes import Attribute, AttributeKind, AttributeScope
from dlst_gui.project.label_set_edits import OfferedLabels
from dlst_gui.project.labels import Label

OBJECT, HELD, FRAME = AttributeScope.OBJECT, AttributeScope.UNTIL_CHANGED, AttributeScope.FRAME
OFFERED = OfferedLabels(
    (Label("car", "#ff0000", "1"), Label('<dog> & "é"', "#00ff00"), Label("van", "#0000ff", "2")),
    (
        Attribute(1, "truncated", AttributeKind.YES_NO, HELD, hotkey="1", default="false"),
        Attribute(
            2, "model", AttributeKind.CHOICE, OBJECT, ("a, b", "c"), is_required=True, labels=("car", "van")
        ),
        Attribute(3, "speed", AttributeKind.NUMBER, FRAME, default="2.5", least=0, most=99.5, step=0.5),
        Attribute(4, "note & more", default="?"),
    ),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "labels.json"


def test_read_when_written_as_json_then_everything_is_as_before(path: Path) -> None:
    write_label_set(OFFERED, path, LabelSetFormat.SHARED)
    read = read_label_set(path)
    assert (read.offered, read.label_set_format, read.notices) == (OFFERED, LabelSetFormat.SHARED, ())


def test_read_when_written_for_cvat_then_all_but_keys_and_required_is_as_before(path: Path) -> None:
    write_label_set(OFFERED, path, LabelSetFormat.CVAT)
    read = read_label_set(path)
    assert (read.label_set_format, read.notices) == (LabelSetFormat.CVAT, ())
    assert [(each.name, each.color) for each in read.offered.labels] == [
        (each.name, each.color) for each in OFFERED.labels
    ]
    truncated, model, speed, note = OFFERED.attributes
    expected = {
        replace(truncated, hotkey=""),
        replace(model, is_required=False, default="a, b"),
        replace(speed, scope=HELD),
        note,
    }
    assert {replace(each, attribute_id=0 + _id_of(each.name)) for each in read.offered.attributes} == expected


def _id_of(name: str) -> int:
    return next(each.attribute_id for each in OFFERED.attributes if each.name == name)


def test_write_when_for_cvat_then_its_rules_are_kept(path: Path) -> None:
    number = AttributeKind.NUMBER
    numbers = (Attribute(5, "free", number), Attribute(6, "one", number, least=0, most=1))
    write_label_set(replace(OFFERED, attributes=(*OFFERED.attributes, *numbers)), path, LabelSetFormat.CVAT)
    for label in json.loads(path.read_text(encoding="utf-8")):
        assert label["type"] == "any"
        names = [each["name"] for each in label["attributes"]]
        assert len(set(names)) == len(names)
        for attribute in label["attributes"]:
            values = attribute["values"]
            assert values
            assert len({value.strip() for value in values}) == len(values), attribute
            if attribute["input_type"] == "number":
                assert len(values) == 3
                assert float(values[0]) <= float(attribute["default_value"]) <= float(values[1])
            elif attribute["input_type"] != "text":
                assert attribute["default_value"] in values
    read = {each.name: each for each in read_label_set(path).offered.attributes}
    assert (read["free"].least, read["free"].most, read["one"].most, read["one"].step) == (None, None, 1, None)


def test_read_when_written_for_label_studio_then_objects_have_what_regions_have(path: Path) -> None:
    write_label_set(OFFERED, path, LabelSetFormat.LABEL_STUDIO)
    read = read_label_set(path)
    assert (read.offered.labels, read.label_set_format) == (OFFERED.labels, LabelSetFormat.LABEL_STUDIO)
    assert read.offered.attributes == tuple(replace(each, scope=OBJECT, hotkey="") for each in OFFERED.attributes)


CVAT_RAW = """[
  {"name": "person", "id": 1, "color": "#C06060", "type": "rectangle", "attributes": [
    {"id": 1, "name": "age", "input_type": "number", "mutable": false, "values": ["1", "120", "1"],
     "default_value": "30"},
    {"id": 2, "name": "occluded", "input_type": "checkbox", "mutable": true, "values": ["false"],
     "default_value": "false"},
    {"id": 3, "name": "pose", "input_type": "radio", "mutable": true, "values": ["up", "down"]}]},
  {"name": "face", "attributes": [
    {"name": "pose", "input_type": "select", "mutable": true, "values": ["left", "right"],
     "default_value": "left"},
    {"name": "parked", "input_type": "checkbox", "mutable": true, "values": ["True"], "default_value": false}]}
]"""


def test_read_when_made_by_cvat_then_labels_have_their_own_attributes(path: Path) -> None:
    path.write_text(CVAT_RAW, encoding="utf-8")
    with pytest.raises(FormatError, match="default_value"):
        read_label_set(path)
    path.write_text(CVAT_RAW.replace('"default_value": false', '"default_value": "False"'), encoding="utf-8")
    read = read_label_set(path)
    assert [(each.name, each.color) for each in read.offered.labels] == [
        ("person", "#c06060"),
        ("face", "#f5a742"),
    ]
    assert read.offered.attributes == (
        Attribute(1, "age", AttributeKind.NUMBER, OBJECT, default="30", labels=("person",), least=1, most=120),
        Attribute(2, "pose", AttributeKind.CHOICE, HELD, ("up", "down"), labels=("person",)),
        Attribute(3, "pose", AttributeKind.CHOICE, HELD, ("left", "right"), "left", labels=("face",)),
        Attribute(4, "parked", AttributeKind.YES_NO, HELD, default="false", labels=("face",)),
    )
    assert read.notices == ("'occluded' is what the program marks itself, and was left out.",)


LABEL_STUDIO = """<View>
  <!-- as its documentation has it -->
  <Header value="Label the video:"/>
  <Video name="video" value="$video" framerate="25.0"/>
  <VideoRectangle name="box" toName="video" smart="true"/>
  <Labels name="videoLabels" toName="video" allowEmpty="true">
    <Label value="Man" background="blue" hotkey="1"/><Label value="Woman" background="#f00"/>
    <Label value="Other" hotkey="q"/>
  </Labels>
  <View visibleWhen="region-selected">
    <Choices name="sure" toName="video" perRegion="true" required="true">
      <Choice value="true"/><Choice value="false"/>
    </Choices>
    <Choices name="wears" toName="video" perRegion="true" choice="multiple" whenLabelValue="Man,Woman">
      <Choice value="hat"/><Choice value="coat" selected="true"/>
    </Choices>
    <Rating name="stars" toName="video" perRegion="true"/>
    <TextArea name="name" toName="video" perRegion="true"/>
    <Choices name="weather" toName="video"><Choice value="sun"/></Choices>
  </View>
</View>"""


def test_read_when_made_by_label_studio_then_controls_per_region_are_attributes(path: Path) -> None:
    path.write_text(LABEL_STUDIO, encoding="utf-8")
    read = read_label_set(path)
    assert read.offered == OfferedLabels(
        (Label("Man", "#0000ff", "1"), Label("Woman", "#ff0000"), Label("Other", "#7fdcb0")),
        (
            Attribute(1, "sure", AttributeKind.YES_NO, is_required=True),
            Attribute(
                2, "wears", AttributeKind.CHOICE, choices=("hat", "coat"), default="coat", labels=("Man", "Woman")
            ),
            Attribute(3, "stars", AttributeKind.NUMBER, least=1, most=5),
            Attribute(4, "name"),
        ),
    )
    assert [notice.split()[0] for notice in read.notices] == ["'wears'", "'weather'"]


SHARED = '{"format": "dlst-studio label set", "version": 1, "labels": [%s], "attributes": [%s]}'
HOSTILE = {
    "nothing": "",
    "no label set": '{"labels": 5}',
    "of a newer version": SHARED.replace("1,", "2,") % ("", ""),
    "empty": SHARED % ("", ""),
    "label without a name": SHARED % ('{"name": " "}', ""),
    "a label twice": SHARED % ('{"name": "a"}, {"name": "a"}', ""),
    "label that is a number": SHARED % ('{"name": 5}', ""),
    "unknown kind": SHARED % ("", '{"name": "a", "kind": "code"}'),
    "choices of numbers": SHARED % ("", '{"name": "a", "kind": "choice", "choices": [1]}'),
    "default that does not fit": SHARED % ("", '{"name": "a", "kind": "number", "default": "b"}'),
    "infinite limit": SHARED % ("", '{"name": "a", "kind": "number", "least": 1e999}'),
    "attribute twice": SHARED % ("", '{"name": "a"}, {"name": "a", "labels": ["b"]}'),
    "nested too deep": "[" * 100_000,
    "unknown input type": '[{"name": "a", "attributes": [{"name": "b", "input_type": "eval"}]}]',
    "attributes that are none": '[{"name": "a", "attributes": 5}]',
    "other XML": "<annotations/>",
    "XML that ends early": "<View><Labels>",
    "XML with a declaration": '<!DOCTYPE View [<!ENTITY a "b">]><View>&a;</View>',
    "label without a value": "<View><Labels><Label/></Labels></View>",
    "control without a name": '<View><Labels><Label value="a"/></Labels><Number perRegion="true"/></View>',
    "bytes": "\0\1\2",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_read_when_it_makes_no_sense_then_names_the_file(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=r"labels\.json"):
        read_label_set(path)


def test_read_when_there_is_too_much_then_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOST_OFFERED_LABELS", "MOST_OFFERED_ATTRIBUTES"):
        for each in LabelSetFormat:
            write_label_set(OFFERED, path, each)
            with monkeypatch.context() as patch:
                patch.setattr(limits, name, 1)
                with pytest.raises(FormatError, match="expected at most 1 "):
                    read_label_set(path)


def test_read_when_keys_are_given_twice_then_the_first_has_it(path: Path) -> None:
    path.write_text(
        SHARED % ('{"name": "a", "hotkey": "3"}, {"name": "b", "hotkey": "3"}, {"name": "c", "hotkey": "F1"}', ""),
        encoding="utf-8",
    )
    assert [label.hotkey for label in read_label_set(path).offered.labels] == ["3", "", ""]


MUTATIONS = 300


@pytest.mark.parametrize("made", LabelSetFormat)
def test_read_when_something_is_changed_at_random_then_it_is_read_or_refused_in_words(
    path: Path, made: LabelSetFormat
) -> None:
    write_label_set(OFFERED, path, made)
    sound = path.read_bytes()
    chance = random.Random(made.value)
    for _ in range(MUTATIONS):
        data = bytearray(sound)
        for _ in range(chance.randint(1, 4)):
            start = chance.randrange(len(data))
            data[start : start + chance.randint(0, 6)] = chance.choice(
                (b"", b"9", b'"', b"[", b"}", b"<", b"1e999", b"\xff")
            )
        path.write_bytes(data)
        try:
            read = read_label_set(path)
        except FormatError:
            continue
        assert read.offered.labels or read.offered.attributes
