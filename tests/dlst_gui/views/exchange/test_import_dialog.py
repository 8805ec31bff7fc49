from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QValidator
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dlst_gui.api import open_project
from dlst_gui.formats.registry import format_named
from dlst_gui.formats.transfer.import_edit import ImportAs
from dlst_gui.project.edits import remove_keyframe
from dlst_gui.project.tracks import BoxOrigin
from dlst_gui.views.exchange.import_dialog import ImportDialog
from dlst_gui.views.main_window import MainWindow
from tests.dlst_gui.views.test_accessibility import nameless_controls

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")

LEFT = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Two manual boxes of a bird, in our own CSV."""
    path = tmp_path / "bird.csv"
    path.write_text("frame,track,label,x,y,width,height\n3,1,bird,10,20,12,14\n6,1,bird,13,20,12,14\n")
    return path


def opened(window: MainWindow) -> ImportDialog:
    QTest.keyClick(window, Qt.Key.Key_I, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    return window.findChild(ImportDialog)


def read(dialog: ImportDialog, path: Path, qtbot: QtBot) -> None:
    dialog.line.setText(str(path))
    qtbot.waitUntil(lambda: not dialog.note.text().startswith("Reading"))


def test_import_when_shown_then_all_fields_begin_below_each_other(window: MainWindow) -> None:
    dialog = opened(window)
    fields = (dialog.line, dialog.formats, dialog.choices.first_frame, dialog.become)
    assert len({field.mapTo(dialog, field.rect().topLeft()).x() for field in fields}) == 1


def test_import_when_taken_then_objects_are_added_and_one_undo_takes_them_back(
    window: MainWindow, qtbot: QtBot, labels: Path
) -> None:
    session, dialog = window.session, opened(window)
    assert not dialog.take.isEnabled()
    read(dialog, labels, qtbot)
    assert "CSV" in dialog.note.text()
    assert "2 existing objects stay unchanged" in dialog.note.text()
    assert [dialog.table.topLevelItem(0).text(column) for column in (0, 1, 4)] == ["bird 1", "2", "3–6"]
    QTest.mouseClick(dialog.take, LEFT)
    assert [info.label for info in session.project.tracks()] == ["dog", "cat", "bird"]
    assert session.selected_track == 3
    assert session.playhead.frame_index == 3
    assert [each.frame_index for each in session.project.keyframes(3)] == [3, 6]
    assert session.project.keyframe(3, 6).origin is BoxOrigin.IMPORTED
    window.action_set["undo"].trigger()
    assert [info.label for info in session.project.tracks()] == ["dog", "cat"]


def test_import_when_as_predictions_then_there_is_no_manual_box(
    window: MainWindow, qtbot: QtBot, labels: Path
) -> None:
    dialog = opened(window)
    read(dialog, labels, qtbot)
    dialog.become.setCurrentIndex(dialog.become.findData(ImportAs.PREDICTIONS))
    QTest.mouseClick(dialog.take, LEFT)
    project = window.session.project
    assert project.keyframes(3) == ()
    assert project.predictions(3).frame_indices.tolist() == [3, 6]


def test_import_when_the_file_came_from_an_export_then_it_is_skipped_or_imported_again_as_one_wants(
    window: MainWindow, qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    with open_project(folder / "clip.mp4.dlst") as project:
        project.export("jsonl", tmp_path / "all.jsonl")
    dialog = opened(window)
    assert not dialog.known.isVisible()
    read(dialog, tmp_path / "all.jsonl", qtbot)
    assert dialog.known.currentText() == "Skip all of them, as every box is there"
    assert dialog.table.topLevelItem(0).text(0) == "dog 1 (already there)"
    assert not dialog.take.isEnabled()
    assert "nothing to import" in dialog.note.text()
    dialog.known.setCurrentIndex(1)
    assert "nothing to import" not in dialog.note.text()
    QTest.mouseClick(dialog.take, LEFT)
    project = window.session.project
    assert [info.label for info in project.tracks()] == ["dog", "cat", "dog", "cat"]
    assert project.state_codes(1, 0, 19).tolist() == project.state_codes(3, 0, 19).tolist()


def test_import_when_some_objects_are_there_already_then_the_others_are_added(
    window: MainWindow, qtbot: QtBot, labels: Path
) -> None:
    dialog = opened(window)
    read(dialog, labels, qtbot)
    QTest.mouseClick(dialog.take, LEFT)
    with labels.open("a") as file:
        file.write("4,2,bird,30,20,12,14\n")
    dialog.line.clear()
    read(dialog, labels, qtbot)
    assert dialog.known.currentText() == "Skip 1 object, as every box is there"
    QTest.mouseClick(dialog.take, LEFT)
    assert "Imported 1 box of 1 object" in dialog.note.text()
    assert [info.label for info in window.session.project.tracks()] == ["dog", "cat", "bird", "bird"]


def test_import_when_what_was_there_has_other_boxes_meanwhile_then_it_is_not_skipped_any_more(
    window: MainWindow, qtbot: QtBot, labels: Path
) -> None:
    dialog = opened(window)
    read(dialog, labels, qtbot)
    QTest.mouseClick(dialog.take, LEFT)
    dialog.line.clear()
    read(dialog, labels, qtbot)
    assert "nothing to import" in dialog.note.text()
    window.session.do(lambda project: remove_keyframe(project, 3, 6))
    qtbot.waitUntil(dialog.take.isEnabled)
    assert not dialog.known.isVisible()
    assert "nothing to import" not in dialog.note.text()


def test_import_when_what_was_there_is_deleted_meanwhile_then_it_is_added_after_all(
    window: MainWindow, qtbot: QtBot, labels: Path
) -> None:
    dialog = opened(window)
    read(dialog, labels, qtbot)
    QTest.mouseClick(dialog.take, LEFT)
    dialog.line.clear()
    read(dialog, labels, qtbot)
    assert not dialog.take.isEnabled()
    window.action_set["undo"].trigger()
    assert dialog.take.isEnabled()
    assert "nothing to import" not in dialog.note.text()
    QTest.mouseClick(dialog.take, LEFT)
    assert [info.label for info in window.session.project.tracks()] == ["dog", "cat", "bird"]


def test_import_when_there_is_something_to_tell_then_it_is_listed_copied_and_saved(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "boxes.csv"
    path.write_text("frame,id,x,y,w,h\n3,1,10,20,12,14\n4,1,10,20,-1,14\n")
    dialog = opened(window)
    assert not dialog.report.isVisible()
    read(dialog, path, qtbot)
    assert "2 boxes in the file, 1 read" in dialog.note.text()
    assert "1 box was skipped: a width or height is not above 0" in dialog.report.text.toPlainText()
    QTest.mouseClick(dialog.report.copy, LEFT)
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith(f"{path}\nTable with named columns: 2 boxes in the file, 1 read.\n")
    assert "skipped" in copied
    dialog.report.write(tmp_path / "report.txt")
    assert (tmp_path / "report.txt").read_text("utf-8") == copied
    assert "Saved as report.txt" in dialog.report.note.text()
    dialog.report.write(tmp_path / "report.txt" / "below")
    assert "Not saved" in dialog.report.note.text()


def test_import_when_numbers_are_further_apart_than_one_frame_then_a_field_says_so(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "boxes.csv"
    path.write_text("frame,id,x,y,w,h\n10,1,10,20,12,14\n20,1,10,20,12,14\n")
    dialog = opened(window)
    read(dialog, path, qtbot)
    step = dialog.choices.step
    step.lineEdit().setText("1/10")
    step.interpretText()
    assert dialog.choices.options.step == Fraction(1, 10)
    qtbot.waitUntil(lambda: dialog.table.topLevelItemCount() == 1)
    assert dialog.table.topLevelItem(0).text(4) == "1–2"
    for text, value in (("5", Fraction(5)), ("1", Fraction(1))):
        step.lineEdit().setText(text)
        step.interpretText()
        assert step.step == value
    assert [step.validate(text, 0)[0] for text in ("7", "1/3", "", "0", "2/3", "x")] == [
        *(QValidator.State.Acceptable,) * 2,
        *(QValidator.State.Intermediate,) * 2,
        *(QValidator.State.Invalid,) * 2,
    ]


def dropped(window: MainWindow, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    action, button, plain = Qt.DropAction.CopyAction, LEFT, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(5, 5), action, data, button, plain))


def test_import_when_a_file_of_labels_is_dropped_onto_the_window_then_the_dialog_reads_it(
    window: MainWindow, qtbot: QtBot, labels: Path
) -> None:
    dropped(window, labels)
    dialog = window.findChild(ImportDialog)
    assert dialog is not None
    qtbot.waitUntil(dialog.take.isEnabled)
    assert dialog.table.topLevelItem(0).text(0) == "bird 1"


def test_drop_when_it_is_a_video_then_it_is_opened(window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    shutil.copy(folder / "clip.mp4", folder / "other.mp4")
    dropped(window, folder / "other.mp4")
    qtbot.waitUntil(lambda: window.session.playhead.source.name == "other")
    assert window.findChild(ImportDialog) is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("frame,x,y,width,height\n0,1,2,3,4\n1,1,nan,3,4\n", "line 3"),
        ("frame,x,y,width,height\n500,1,2,3,4\n", "500"),
        ("frame,x,y,width,height\n", "no box"),
        ("nothing of the kind", "no known label format"),
    ],
    ids=["nan", "frame-too-late", "empty", "unknown"],
)
def test_import_when_the_file_is_wrong_then_the_note_says_where_and_nothing_can_be_taken(
    content: str, words: str, window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "bad.csv").write_text(content)
    dialog = opened(window)
    read(dialog, tmp_path / "bad.csv", qtbot)
    assert words in dialog.note.text()
    assert not dialog.take.isEnabled()
    assert len(window.session.project.tracks()) == 2


def test_import_when_another_format_is_chosen_then_the_file_is_read_as_that(
    window: MainWindow, qtbot: QtBot, labels: Path
) -> None:
    dialog = opened(window)
    read(dialog, labels, qtbot)
    dialog.formats.choose(format_named("coco"))
    qtbot.waitUntil(lambda: "Cannot import these labels" in dialog.note.text())
    assert not dialog.take.isEnabled()


def test_dialog_when_open_then_every_control_has_a_name(window: MainWindow) -> None:
    assert nameless_controls(opened(window)) == []


def test_dialog_when_nothing_is_imported_then_there_is_nothing_to_cancel(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    opened_window.dialogs.exchange.show_import()
    dialog = opened_window.findChild(ImportDialog)
    assert dialog is not None
    assert dialog.isVisible()
    assert not dialog.cancel.isVisible()


def test_import_when_a_row_is_skipped_then_the_note_says_how_many_boxes_were_read_and_why_not_all(
    window: MainWindow, qtbot: QtBot, labels: Path
) -> None:
    labels.write_text(labels.read_text() + "8,1,bird,10,20,0,14\n")
    dialog = opened(window)
    read(dialog, labels, qtbot)
    assert "3 boxes in the file, 2 read." in dialog.note.text()
    assert "1 box was skipped: a width or height is not above 0 (first: line 4" in dialog.report.text.toPlainText()
    assert dialog.take.isEnabled()


def test_import_when_the_number_of_the_first_frame_is_given_then_frames_follow_it(
    window: MainWindow, qtbot: QtBot, labels: Path
) -> None:
    dialog = opened(window)
    dialog.choices.first_frame.setValue(3)
    read(dialog, labels, qtbot)
    assert dialog.table.topLevelItem(0).text(4) == "0–3"


def test_import_when_the_file_is_about_two_videos_then_asks_which_and_reads_that(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    rows = ("one", 0.1), ("two", 0.2)
    path = tmp_path / "two.csv"
    path.write_text("".join(f"{name},0,0,dog,0,present,{left},0.5,0.1,0.5\n" for name, left in rows))
    dialog = opened(window)
    read(dialog, path, qtbot)
    assert "The file is about 2 videos. Choose the one that is open." in dialog.note.text()
    assert not dialog.take.isEnabled()
    dialog.choices.part.setCurrentText("two")
    qtbot.waitUntil(dialog.take.isEnabled)
    assert "Rows of other videos in the file, which were not read: 1." in dialog.report.text.toPlainText()
    dialog.line.setText(str(path) + "x")
    assert dialog.choices.options.part is None
