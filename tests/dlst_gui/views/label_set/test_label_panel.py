from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox, QLineEdit, QToolButton
from pytestqt.qtbot import QtBot

from dlst_gui.label_set.label_set_file import LabelSetFormat, read_label_set
from dlst_gui.label_set.shipped import SHIPPED
from dlst_gui.overlays.boxes import tag_text
from dlst_gui.project.attributes import Attribute, AttributeKind, AttributeScope
from dlst_gui.project.label_set_edits import OfferedLabels
from dlst_gui.project.labels import Label
from dlst_gui.project.project import Project
from dlst_gui.project.tracks import Visibility
from dlst_gui.views.label_set.attribute_dialog import AttributeDialog
from dlst_gui.views.label_set.label_dialog import LabelDialog
from dlst_gui.views.label_set.last_label_set import FILE
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.timeline.headers import LaneHeader
from tests.dlst_gui.views.conftest import draw
from tracker_core import Box

FIRST_BOX, OTHER_BOX = Box(10, 12, 12, 10), Box(40, 30, 12, 10)

pytestmark = pytest.mark.qt_log_ignore("does not support")

CTRL, CTRL_ALT = (
    Qt.KeyboardModifier.ControlModifier,
    (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier),
)
POSE = Attribute(2, "pose", AttributeKind.CHOICE, AttributeScope.OBJECT, ("a", "b", "c", "d"), hotkey="2")
AGE = Attribute(3, "age", AttributeKind.NUMBER, is_required=True, least=0, most=20, hotkey="3")


def project_of(window: MainWindow) -> Project:
    project = window.session.project
    assert project is not None
    return project


def values(window: MainWindow) -> dict[str, str]:
    return {each.attribute.name: each.value for each in window.labelling.values()}


def click(window: MainWindow, name: str) -> None:
    window.labels._show()
    (button,) = (each for each in window.labels.findChildren(QToolButton) if each.accessibleName() == name)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def labelled(opened_window: MainWindow) -> MainWindow:
    """With a box, two labels and three attributes."""
    draw(opened_window, FIRST_BOX)
    for label in (Label("car", "#ff0000", "1"), Label("dog", "#00ff00", "2")):
        opened_window.labelling.offer_label(label)
    for attribute in (POSE, AGE):
        opened_window.labelling.offer_attribute(attribute)
    return opened_window


def test_project_when_it_is_new_then_offers_what_is_shipped_and_nothing_can_be_undone(
    opened_window: MainWindow,
) -> None:
    assert OfferedLabels.of(project_of(opened_window)) == SHIPPED
    history = opened_window.session.current_project.history
    assert history is not None
    assert history.undo_title is None


@pytest.mark.logs_warnings
def test_project_when_another_was_labelled_before_then_has_its_label_set(
    qtbot: QtBot, labelled: MainWindow, tmp_path: Path
) -> None:
    expected = OfferedLabels.of(project_of(labelled))
    kept = tmp_path / "settings" / FILE
    assert read_label_set(kept).offered == expected
    labelled.session.open(Path("another.mp4"))
    qtbot.waitUntil(lambda: labelled.session.project is not None and not project_of(labelled).tracks())
    assert OfferedLabels.of(project_of(labelled)) == expected
    kept.write_text("[", encoding="utf-8")
    labelled.session.open(Path("third.mp4"))
    qtbot.waitUntil(lambda: labelled.labelling.offered == SHIPPED)


def test_label_keys_when_pressed_then_label_the_object_or_the_next_box(labelled: MainWindow) -> None:
    QTest.keyClick(labelled, Qt.Key.Key_1, CTRL)
    assert project_of(labelled).track(1).label == "car"
    QTest.keyClick(labelled, Qt.Key.Key_N)
    QTest.keyClick(labelled, Qt.Key.Key_2, CTRL)
    assert project_of(labelled).track(1).label == "car"
    assert labelled.labelling.label_here == "dog"
    draw(labelled, OTHER_BOX)
    assert (project_of(labelled).track(2).label, project_of(labelled).track(2).color) == ("dog", "#00ff00")
    labelled.session.undo()
    assert not project_of(labelled).has_track(2)


def test_attribute_keys_when_pressed_then_values_go_on(labelled: MainWindow) -> None:
    found = []
    for _ in range(3):
        QTest.keyClick(labelled, Qt.Key.Key_1, CTRL_ALT)
        found.append(values(labelled)["truncated"])
    assert found == ["true", "false", "true"]
    QTest.keyClick(labelled, Qt.Key.Key_2, CTRL_ALT)
    assert values(labelled)["pose"] == "a"
    for _ in range(4):
        labelled.session.undo()
    assert (values(labelled)["truncated"], values(labelled)["pose"]) == ("", "")


def test_attribute_key_when_its_value_is_written_then_the_field_takes_it(labelled: MainWindow) -> None:
    labelled.action_set["labels"].setChecked(False)
    QTest.keyClick(labelled, Qt.Key.Key_3, CTRL_ALT)
    assert labelled.action_set["labels"].isChecked()
    field = labelled.labels.form.field(3)
    assert field is not None
    labelled._docks.bring_to_front("inspector")
    assert not field.isVisible()
    QTest.keyClick(labelled, Qt.Key.Key_3, CTRL_ALT)
    assert field.isVisible()
    line = field.findChild(QLineEdit)
    QTest.keyClicks(line, "7")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert project_of(labelled).track(1).attributes == {"age": "7"}
    QTest.keyClicks(line, "99")
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert line.text() == "7"


def test_values_when_clicked_then_are_said_and_a_second_click_takes_them_back(labelled: MainWindow) -> None:
    click(labelled, "truncated: No")
    assert values(labelled)["truncated"] == "false"
    click(labelled, "truncated: No")
    assert values(labelled)["truncated"] == ""


def test_occluded_when_clicked_then_marks_the_box(labelled: MainWindow) -> None:
    for expected in (Visibility.OCCLUDED, Visibility.VISIBLE):
        click(labelled, "occluded: Yes")
        shown = labelled.session.selection.shown_here
        assert shown is not None
        assert shown.visibility is expected


def test_form_when_a_required_value_is_missing_or_wrong_then_says_so(labelled: MainWindow) -> None:
    labelled.labels._show()
    assert labelled.labels.form.problem(3) == "has no value, and needs one"
    labelled.labelling.say("age", "old", is_of_frame=False)
    labelled.labels._show()
    assert "not a number" in labelled.labels.form.problem(3)
    labelled.labelling.say("age", "7", is_of_frame=False)
    labelled.labels._show()
    assert labelled.labels.form.problem(3) == ""


def test_free_values_when_there_are_then_can_be_changed_and_offered(qtbot: QtBot, labelled: MainWindow) -> None:
    labelled.editing.set_attributes({"colour": "red"})
    labelled.labels._show()
    (line,) = (each for each in labelled.labels.findChildren(QLineEdit) if each.accessibleName() == "colour")
    assert line.text() == "red"
    line.clear()
    QTest.keyClicks(line, "blue")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert project_of(labelled).track(1).attributes == {"colour": "blue"}
    labelled.labels.form.offer_asked.emit("colour", False)
    dialog = labelled.findChild(AttributeDialog)
    accept(dialog)
    assert project_of(labelled).attributes()[-1] == Attribute(4, "colour", hotkey="4")
    assert labelled.labelling.free_values() == ()


def accept(dialog: AttributeDialog | LabelDialog) -> None:
    buttons = dialog.findChild(QDialogButtonBox)
    QTest.mouseClick(buttons.button(QDialogButtonBox.StandardButton.Ok), Qt.MouseButton.LeftButton)


def test_attribute_dialog_when_it_makes_no_sense_then_says_what(labelled: MainWindow) -> None:
    taken: list[Attribute] = []
    dialog = AttributeDialog(AGE, ("car",), taken.append, labelled)
    dialog.open()
    dialog._default.setText("30")
    accept(dialog)
    assert "the most is 20" in dialog.problem
    dialog._default.setText("3")
    dialog._labels.setText("car, dog,car")
    accept(dialog)
    assert taken == [replace(AGE, default="3", labels=("car", "dog"))]


def test_label_dialog_when_a_name_is_changed_then_objects_follow(labelled: MainWindow) -> None:
    labelled.editing.set_label("car")
    labelled.labels.list.edit_asked.emit("car")
    dialog = labelled.findChild(LabelDialog)
    dialog._name.setText("lorry")
    accept(dialog)
    assert project_of(labelled).track(1).label == "lorry"
    assert [label.name for label in project_of(labelled).labels()] == ["dog", "lorry"]


def test_label_list_when_a_label_is_clicked_then_the_object_has_it(labelled: MainWindow) -> None:
    labelled.labels._show()
    rows = labelled.labels.list
    place = rows.visualItemRect(rows.item(1)).center()
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert project_of(labelled).track(1).label == "dog"


def test_label_set_files_when_written_and_taken_then_are_the_same(labelled: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "team.json"
    labelled.labelling.write_file(path, LabelSetFormat.SHARED)
    expected = labelled.labelling.offered
    labelled.labelling.remove_label("car")
    labelled.labelling.remove_attribute(2)
    labelled.labelling.take_file(path, replaces=False)
    assert {each.name for each in labelled.labelling.offered.attributes} == {
        each.name for each in expected.attributes
    }
    assert labelled.labelling.offered.labels == expected.labels
    labelled.session.undo()
    assert [label.name for label in labelled.labelling.offered.labels] == ["dog"]


def test_label_set_file_when_it_is_none_then_says_so_and_nothing_changes(
    labelled: MainWindow, tmp_path: Path
) -> None:
    failures: list[tuple[str, str, str]] = []
    labelled.session.failed.connect(lambda *said: failures.append(said))
    before = labelled.labelling.offered
    path = tmp_path / "team.json"
    path.write_text("{}", encoding="utf-8")
    labelled.labelling.take_file(path, replaces=True)
    assert failures[0][0] == "Label set not read"
    assert labelled.labelling.offered == before


def test_frame_when_values_are_said_then_they_stand_beside_the_name(labelled: MainWindow) -> None:
    labelled.labelling.say("truncated", "true", is_of_frame=True)
    labelled.labelling.say("pose", "b", is_of_frame=False)
    labelled.labelling.say("age", "7", is_of_frame=False)
    track = labelled.workspace.scene().track
    assert track is not None
    assert tag_text(track) == "object 1 · truncated · b · age 7"
    labelled.labelling.offer_attribute(Attribute(4, "note"))
    labelled.labelling.say("note", "x" * 100, is_of_frame=False)
    track = labelled.workspace.scene().track
    assert track is not None
    assert tag_text(track) == f"object 1 · truncated · b · age 7 · {'x' * 17}…"


def test_track_list_when_values_are_said_of_the_object_then_its_tooltip_says_them(labelled: MainWindow) -> None:
    labelled.labelling.say("pose", "b", is_of_frame=False)
    (row,) = labelled.workspace.timeline.findChildren(LaneHeader)
    assert row.name_button.toolTip() == "object 1\npose: b"


def test_panel_when_another_object_is_begun_then_names_the_label_it_will_have(labelled: MainWindow) -> None:
    labelled.editing.set_label("dog")
    QTest.keyClick(labelled, Qt.Key.Key_N)
    assert labelled.labelling.label_here == "dog"
    draw(labelled, OTHER_BOX)
    assert project_of(labelled).track(2).label == "dog"


def test_label_list_when_keys_are_changed_then_names_those(labelled: MainWindow) -> None:
    user = labelled.user
    user.set_keymap(user.keymap.with_keys("label-2", ("Alt+D",)))
    labelled.labels._show()
    rows = labelled.labels.list
    assert [rows.item(row).text() for row in range(rows.count())] == ["car   Ctrl+1", "dog   Alt+D"]
