from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dlst_gui.project import edits, identity_edits
from dlst_gui.project.attribute_values import frame_values, value_of
from dlst_gui.project.attributes import Attribute, AttributeKind, AttributeScope, clash_in
from dlst_gui.project.changes import Edit, inverses
from dlst_gui.project.edit_parts import EditError
from dlst_gui.project.keyframing.making import make_keyframes, sparse_track
from dlst_gui.project.keyframing.thinning import Measure, Tolerance
from dlst_gui.project.label_set_edits import (
    OfferedLabels,
    change_label,
    remove_attribute,
    set_attribute,
    set_frame_value,
    set_object_value,
    take_label_set,
)
from dlst_gui.project.labels import Label
from dlst_gui.project.project import Project
from dlst_gui.project.tracks import BoxOrigin, ShownKind
from tests.dlst_gui.project.random_edits import VIDEO, block, contents, keyframe

TRUNCATED = Attribute(1, "truncated", AttributeKind.YES_NO, AttributeScope.UNTIL_CHANGED, hotkey="1")
POSE = Attribute(2, "pose", AttributeKind.CHOICE, AttributeScope.FRAME, ("left", "right"), labels=("dog",))
AGE = Attribute(3, "age", AttributeKind.NUMBER, least=0, most=20, is_required=True)


def make(project: Project, edit: Edit) -> None:
    project.apply(*edit.changes)


@pytest.fixture
def project() -> Project:
    """A dog with manual boxes on 0, 10, 20 and 30, tracked on all frames up to 40, and three attributes."""
    made = Project(VIDEO)
    make(made, edits.set_label(made, Label("dog", "#00ff00", "1")))
    make(made, edits.add_track(made, label="dog", color="#00ff00", keyframe=keyframe(0)))
    for index in (10, 20, 30):
        make(made, edits.set_keyframe(made, 1, keyframe(index)))
    make(made, edits.record_predictions(made, 1, block(0, 40)))
    for attribute in (TRUNCATED, POSE, AGE):
        make(made, set_attribute(made, attribute))
    return made


def truncated_on(project: Project, *frames: int, track_id: int = 1) -> list[str]:
    return [frame_values(project, track_id, frame).get("truncated", "") for frame in frames]


INTENTIONS: dict[str, Callable[[Project], Edit]] = {
    "add attribute": lambda p: set_attribute(p, Attribute(4, "colour")),
    "rename attribute": lambda p: set_attribute(p, replace(TRUNCATED, name="cut off")),
    "remove attribute": lambda p: remove_attribute(p, 2),
    "rename label": lambda p: change_label(p, "dog", Label("wolf", "#00ff00", "2")),
    "take set": lambda p: take_label_set(
        p, OfferedLabels((Label("cat", "#0000ff", "1"),), (Attribute(1, "mood"),))
    ),
    "replace set": lambda p: take_label_set(p, OfferedLabels((Label("cat", "#0000ff"),)), replaces=True),
    "say of object": lambda p: set_object_value(p, 1, "age", "7"),
    "say on manual box": lambda p: set_frame_value(p, 1, 10, "truncated", "true"),
    "say on tracked box": lambda p: set_frame_value(p, 1, 15, "truncated", "true"),
}


@pytest.mark.parametrize("intend", INTENTIONS.values(), ids=INTENTIONS.keys())
def test_edit_when_taken_back_then_everything_is_as_before(
    project: Project, intend: Callable[[Project], Edit]
) -> None:
    make(project, set_frame_value(project, 1, 20, "truncated", "true"))
    before = contents(project)
    edit = intend(project)
    assert contents(project) == before, "an intention alone changes nothing"
    make(project, edit)
    assert contents(project) != before
    project.apply(*inverses(edit.changes))
    assert contents(project) == before


def test_set_frame_value_when_it_holds_then_reaches_the_next_other_value(project: Project) -> None:
    make(project, set_frame_value(project, 1, 10, "truncated", "true"))
    assert truncated_on(project, 9, 10, 15, 20, 40) == ["", "true", "true", "true", "true"]
    make(project, set_frame_value(project, 1, 30, "truncated", "false"))
    make(project, set_frame_value(project, 1, 0, "truncated", "false"))
    assert truncated_on(project, 0, 9, 10, 29, 30) == ["false", "false", "true", "true", "false"]
    make(project, set_frame_value(project, 1, 10, "truncated", ""))
    assert truncated_on(project, 0, 10, 20, 29, 30) == ["false", "", "", "", "false"]


def test_set_frame_value_when_of_single_frames_then_holds_nowhere_else(project: Project) -> None:
    make(project, set_frame_value(project, 1, 10, "pose", "left"))
    assert [frame_values(project, 1, frame).get("pose") for frame in (9, 10, 11, 20)] == [None, "left", None, None]


def test_set_frame_value_when_tracked_then_the_box_becomes_manual_and_no_prediction_is_superseded(
    project: Project,
) -> None:
    make(project, set_frame_value(project, 1, 10, "truncated", "true"))
    before = project.valid_predictions(1, 0)
    make(project, set_frame_value(project, 1, 15, "truncated", ""))
    shown = project.shown(1, 15)
    assert shown is not None
    assert (shown.kind, shown.keyframe and shown.keyframe.origin) == (ShownKind.HUMAN, BoxOrigin.ACCEPTED)
    assert truncated_on(project, 14, 15, 16, 20) == ["true", "", "", ""]
    assert project.valid_predictions(1, 0) == before


def test_set_frame_value_when_there_is_no_box_then_says_so(project: Project) -> None:
    with pytest.raises(EditError, match="draw one first"):
        set_frame_value(project, 1, 500, "truncated", "true")


def test_set_keyframe_when_a_value_holds_then_the_new_box_keeps_it(project: Project) -> None:
    make(project, set_frame_value(project, 1, 10, "truncated", "true"))
    make(project, set_frame_value(project, 1, 10, "pose", "left"))
    make(project, edits.set_keyframe(project, 1, keyframe(15)))
    made = project.keyframe(1, 15)
    assert made is not None
    assert made.attributes == {"truncated": "true"}


@pytest.mark.parametrize("frame_index", [15, 35])
def test_split_when_a_value_holds_then_it_holds_in_both_parts(project: Project, frame_index: int) -> None:
    make(project, set_frame_value(project, 1, 10, "truncated", "true"))
    make(project, identity_edits.split(project, 1, frame_index))
    assert truncated_on(project, 12, frame_index - 1) == ["true", "true"]
    assert truncated_on(project, frame_index, 39, track_id=2) == ["true", "true"]


def test_propagate_when_a_value_holds_then_copies_say_it(project: Project) -> None:
    make(project, set_frame_value(project, 1, 30, "truncated", "true"))
    make(project, edits.propagate(project, 1, from_frame=40, to_frame=43))
    assert truncated_on(project, 43) == ["true"]


def test_set_attribute_when_renamed_then_values_go_along(project: Project) -> None:
    make(project, set_frame_value(project, 1, 10, "truncated", "true"))
    make(project, set_object_value(project, 1, "age", "7"))
    make(project, set_attribute(project, replace(TRUNCATED, name="cut off")))
    make(project, set_attribute(project, replace(AGE, name="years")))
    assert dict(frame_values(project, 1, 25)) == {"cut off": "true"}
    assert dict(project.track(1).attributes) == {"years": "7"}


def test_set_attribute_when_renamed_to_what_is_said_otherwise_then_nothing_is_lost(project: Project) -> None:
    make(project, set_object_value(project, 1, "age", "7"))
    make(project, set_object_value(project, 1, "years", "8"))
    with pytest.raises(EditError, match="dog 1 has values of 'age' and of 'years'"):
        set_attribute(project, replace(AGE, name="years"))
    make(project, set_object_value(project, 1, "years", "7"))
    make(project, set_attribute(project, replace(AGE, name="years")))
    assert project.track(1).attributes == {"years": "7"}
    make(project, set_frame_value(project, 1, 10, "truncated", "true"))
    make(project, set_frame_value(project, 1, 10, "cut off", "no"))
    with pytest.raises(EditError, match="of which one would be lost"):
        set_attribute(project, replace(TRUNCATED, name="cut off"))


def test_merge_when_only_the_other_object_says_something_then_it_goes_along(project: Project) -> None:
    make(project, edits.add_track(project, label="dog", color="#0000ff", keyframe=keyframe(35)))
    make(project, set_object_value(project, 1, "age", "7"))
    for name, value in (("age", "9"), ("colour", "red")):
        make(project, set_object_value(project, 2, name, value))
    before = contents(project)
    edit = identity_edits.merge(project, 1, 2)
    make(project, edit)
    assert project.track(1).attributes == {"age": "7", "colour": "red"}
    project.apply(*inverses(edit.changes))
    assert contents(project) == before


def test_set_attribute_when_the_hotkey_is_taken_then_the_latest_has_it(project: Project) -> None:
    make(project, set_attribute(project, replace(POSE, hotkey="1")))
    assert [each.hotkey for each in project.attributes()] == ["", "1", ""]


def test_set_attribute_when_it_has_the_name_of_another_then_says_so(project: Project) -> None:
    with pytest.raises(EditError, match="two attributes 'pose'"):
        set_attribute(project, Attribute(4, "pose", scope=AttributeScope.UNTIL_CHANGED))
    assert not clash_in((POSE, Attribute(4, "pose"))), "one of the object may have the name of one of frames"
    assert not clash_in((POSE, replace(POSE, attribute_id=4, labels=("cat",))))


def test_remove_attribute_when_there_are_values_then_they_stay(project: Project) -> None:
    make(project, set_object_value(project, 1, "age", "7"))
    make(project, remove_attribute(project, 3))
    assert dict(project.track(1).attributes) == {"age": "7"}


def test_change_label_when_objects_and_attributes_have_it_then_they_follow(project: Project) -> None:
    make(project, change_label(project, "dog", Label("wolf", "#00ff00", "1")))
    assert [label.name for label in project.labels()] == ["wolf"]
    assert project.track(1).label == "wolf"
    assert project.attributes()[1].labels == ("wolf",)
    make(project, edits.set_label(project, Label("cat", "#0000ff")))
    with pytest.raises(EditError, match="'cat' already"):
        change_label(project, "wolf", Label("cat", "#00ff00"))


def test_change_label_when_an_attribute_would_be_there_twice_then_says_so(project: Project) -> None:
    make(project, set_attribute(project, Attribute(4, "pose", scope=AttributeScope.FRAME, labels=("wolf",))))
    with pytest.raises(EditError, match="two attributes 'pose'"):
        change_label(project, "dog", Label("wolf", "#00ff00"))


def test_take_label_set_when_names_are_known_then_those_become_as_taken(project: Project) -> None:
    taken = OfferedLabels(
        (Label("dog", "#ffffff"), Label("cat", "#0000ff", "1")),
        (replace(POSE, attribute_id=1, choices=("up",)), Attribute(2, "mood")),
    )
    make(project, take_label_set(project, taken))
    assert project.labels() == (Label("cat", "#0000ff", "1"), Label("dog", "#ffffff"))
    assert [(each.attribute_id, each.name) for each in project.attributes()] == [
        (1, "truncated"),
        (2, "pose"),
        (3, "age"),
        (4, "mood"),
    ]
    assert project.attributes()[1].choices == ("up",)
    assert not take_label_set(project, OfferedLabels.of(project)).changes, "it has all of it"
    make(project, take_label_set(project, taken, replaces=True))
    assert [each.name for each in project.attributes()] == ["pose", "mood"]


PROBLEMS = {
    "no number": (AGE, "seven", "not a number"),
    "not finite": (AGE, "inf", "not a number"),
    "too small": (AGE, "-1", "the least is 0"),
    "too large": (AGE, "21", "the most is 20"),
    "no choice": (POSE, "up", "none of its choices"),
    "neither yes nor no": (TRUNCATED, "maybe", "expected true or false"),
}


@pytest.mark.parametrize(("attribute", "value", "words"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_problem_when_a_value_does_not_fit_then_says_why(attribute: Attribute, value: str, words: str) -> None:
    assert words in attribute.problem(value)


def test_problem_when_values_fit_then_there_is_none() -> None:
    fitting = ((AGE, "7.5"), (POSE, "left"), (TRUNCATED, "false"), (Attribute(1, "note"), "anything"))
    assert not [attribute.problem(value) for attribute, value in fitting if attribute.problem(value)]


def test_next_value_when_pressed_again_and_again_then_goes_through_all() -> None:
    assert [POSE.next_value(value) for value in ("", "left", "right", "?")] == ["left", "right", "left", "left"]
    assert [TRUNCATED.next_value(value) for value in ("", "true", "false")] == ["true", "false", "true"]
    assert AGE.next_value("7") is None


def test_value_of_when_nothing_is_said_then_is_the_default() -> None:
    attribute = replace(POSE, default="right")
    assert [value_of(attribute, said) for said in ({}, {"pose": "left"}, {"pose": ""})] == [
        "right",
        "left",
        "right",
    ]


MEANINGLESS: dict[str, Callable[[], object]] = {
    "id": lambda: Attribute(0, "a"),
    "no name": lambda: Attribute(1, " "),
    "choice without choices": lambda: replace(POSE, choices=()),
    "choices of a text": lambda: Attribute(1, "a", choices=("b",)),
    "the same choice twice": lambda: replace(POSE, choices=("a", "a")),
    "an empty choice": lambda: replace(POSE, choices=("a", "")),
    "default that does not fit": lambda: replace(AGE, default="21"),
    "limits of a text": lambda: Attribute(1, "a", least=1),
    "limits the wrong way round": lambda: replace(AGE, least=30),
    "a step of nothing": lambda: replace(AGE, step=0),
    "a limit that is not finite": lambda: replace(AGE, most=float("inf")),
}


@pytest.mark.parametrize("making", MEANINGLESS.values(), ids=MEANINGLESS.keys())
def test_attribute_when_it_makes_no_sense_then_is_refused(making: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"attribute|choices|default|limits|least"):
        making()


def test_make_keyframes_when_a_value_holds_then_the_boxes_made_say_it(project: Project) -> None:
    make(project, set_frame_value(project, 1, 10, "truncated", "true"))
    make(project, set_frame_value(project, 1, 30, "truncated", "false"))
    sparse = sparse_track(project, 1, 11, 29, Tolerance(Measure.PIXELS, 2))
    make(project, make_keyframes(project, sparse))
    assert set(truncated_on(project, *range(11, 30))) == {"true"}
    assert truncated_on(project, 30) == ["false"]
