from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from dlst_gui.api import open_project
from dlst_gui.exchange.preflight import Finding, FindingKind
from dlst_gui.formats.registry import FORMATS, format_named, read_labels
from dlst_gui.formats.transfer.comparison import compared
from dlst_gui.formats.transfer.selection import FrameChoice, Selection
from dlst_gui.project import edits
from dlst_gui.project.store import ProjectStore
from dlst_gui.views.exchange.export_dialog import ExportDialog
from dlst_gui.views.main_window import MainWindow
from tests.dlst_gui.exchange.made_projects import tree
from tests.dlst_gui.views.exchange.conftest import Gate, OpenWindow
from tests.dlst_gui.views.test_accessibility import nameless_controls

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")

LEFT = Qt.MouseButton.LeftButton


def opened(window: MainWindow, qtbot: QtBot, format_name: str = "jsonl") -> ExportDialog:
    """The dialog as the key opens it, once it has looked through the labels."""
    QTest.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(ExportDialog)
    dialog.formats.choose(format_named(format_name))
    qtbot.waitUntil(lambda: "boxes" in dialog.summary.text())
    return dialog


def export(dialog: ExportDialog, qtbot: QtBot) -> None:
    QTest.mouseClick(dialog.export, LEFT)
    qtbot.waitUntil(lambda: not dialog.bar.is_running, timeout=10_000)


@pytest.mark.parametrize("format_name", ["jsonl", "cvat", "otb"])
def test_export_when_done_then_the_file_holds_the_labels_and_the_note_says_so(
    format_name: str, window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    dialog = opened(window, qtbot, format_name)
    export(dialog, qtbot)
    target = dialog.target.path
    assert target is not None
    assert target.parent == folder
    label_format = format_named(format_name)
    with open_project(folder / "clip.mp4.dlst") as project:
        labels = project.labels()
        read = read_labels(target, labels.video, label_format)
        result = compared(labels, read, label_format.can_hold)
        assert (result.missing, result.surplus) == (0, 0)
        assert result.largest_difference_px <= label_format.resolution_px(labels.video, dialog.choices.options)
    assert f"{labels.box_count()} boxes" in dialog.bar.note
    assert "Read back and verified" in dialog.bar.note
    assert not dialog.bar.show_in_folder.isHidden()
    assert target.with_name(f"{target.name}.export.json").is_file()


def test_export_when_lines_may_be_off_then_fewer_keyframes_are_written_and_only_where_a_format_has_some(
    window: MainWindow, qtbot: QtBot
) -> None:
    dialog = opened(window, qtbot, "csv")
    assert not dialog.choices.within.isVisible()
    dialog.choices.within.setValue(5)
    assert dialog.choices.options.keyframes_within_px == 0
    counts = []
    for within_px in (0.0, 50.0):
        dialog = opened(window, qtbot, "cvat")
        assert dialog.choices.within.isVisible()
        dialog.choices.within.setValue(within_px)
        export(dialog, qtbot)
        assert "Read back and verified" in dialog.bar.note
        counts.append(dialog.target.path.read_text().count('keyframe="1"'))
    assert 0 < counts[1] < counts[0]


def test_export_when_chosen_in_words_then_only_that_is_written(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    dialog = opened(window, qtbot)
    dialog.choices.frames.setCurrentIndex(dialog.choices.frames.findData(FrameChoice.HUMAN))
    dialog.choices.objects.setCurrentIndex(dialog.choices.objects.findData(2))
    QTest.mouseClick(dialog.choices.occluded, LEFT, pos=QPoint(8, dialog.choices.occluded.height() // 2))
    export(dialog, qtbot)
    with open_project(folder / "clip.mp4.dlst") as project:
        expected = project.labels(
            Selection(FrameChoice.HUMAN, occluded=False, track_ids=frozenset({2}))
        ).box_count()
        read = read_labels(dialog.target.path, project.video)
    assert read.box_count() == expected == 1


def test_export_when_images_are_wanted_then_each_exported_frame_lies_beside(
    window: MainWindow, qtbot: QtBot
) -> None:
    dialog = opened(window, qtbot, "yolo")
    dialog.choices.every.setValue(5)
    dialog.choices.images.setCurrentIndex(1)
    export(dialog, qtbot)
    assert dialog.bar.note.startswith("4 boxes on 4 frames, 4 images")
    assert len(list(dialog.target.path.rglob("*.png"))) == 4


def test_image_choice_when_the_format_has_no_place_then_none_is_offered(window: MainWindow, qtbot: QtBot) -> None:
    dialog = opened(window, qtbot, "yolo")
    dialog.choices.images.setCurrentIndex(1)
    dialog.formats.choose(format_named("csv"))
    assert dialog.choices.image_choice is None
    assert not dialog.choices.images.isEnabled()


def find(dialog: ExportDialog, kind: FindingKind) -> Finding:
    return next(each for each in dialog.findings.findings if each.kind is kind and each.first is not None)


@pytest.mark.parametrize("way", ["click", "enter"])
def test_finding_when_chosen_then_the_window_shows_its_object_and_frame(
    way: str, window: MainWindow, qtbot: QtBot
) -> None:
    dialog = opened(window, qtbot)
    found = find(dialog, FindingKind.UNREVIEWED if way == "click" else FindingKind.LOST)
    index = dialog.findings.index_of(found)
    if way == "click":
        dialog.findings.scrollTo(index)
        place = dialog.findings.visualRect(index).center()
        QTest.mouseClick(dialog.findings.viewport(), LEFT, pos=place)
    else:
        dialog.findings.setCurrentIndex(index)
        QTest.keyClick(dialog.findings, Qt.Key.Key_Return)
    assert window.session.selected_track == found.track_id
    assert window.session.playhead.frame_index == found.first
    qtbot.waitUntil(lambda: window.workspace.drawn_frame == found.first)
    assert dialog.isVisible()
    assert not dialog.bar.is_running


def test_finding_when_it_is_about_all_objects_then_the_selected_one_stays(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.session.do(lambda project: edits.remove_track(project, 1))
    window.session.selection.select(2)
    dialog = opened(window, qtbot, "yolo")
    found = next(each for each in dialog.findings.findings if each.first is not None and each.track_id is None)
    dialog.findings.setCurrentIndex(dialog.findings.index_of(found))
    window.session.seek(3)
    QTest.keyClick(dialog.findings, Qt.Key.Key_Return)
    assert window.session.selected_track == 2
    assert window.session.playhead.frame_index == found.first == 0


def test_return_when_typed_into_a_number_then_takes_it_and_exports_nothing(
    window: MainWindow, qtbot: QtBot
) -> None:
    dialog = opened(window, qtbot)
    dialog.choices.every.setFocus()
    dialog.choices.every.selectAll()
    QTest.keyClicks(dialog.choices.every, "4")
    QTest.keyClick(dialog.choices.every, Qt.Key.Key_Return)
    assert dialog.choices.selection.every == 4
    assert not dialog.bar.is_running


def test_findings_when_a_box_changes_meanwhile_then_are_looked_for_again(window: MainWindow, qtbot: QtBot) -> None:
    dialog = opened(window, qtbot)
    assert any(each.kind is FindingKind.LOST for each in dialog.findings.findings)
    window.session.selection.select(2)
    window.session.seek(5)
    window.editing.accept_box()
    qtbot.waitUntil(lambda: not any(each.kind is FindingKind.LOST for each in dialog.findings.findings))


def test_export_when_cancelled_then_the_file_before_stays(
    window: MainWindow, qtbot: QtBot, gate: Gate, folder: Path
) -> None:
    dialog = opened(window, qtbot, "coco")
    export(dialog, qtbot)
    before = tree(folder)
    dialog.choices.images.setCurrentIndex(1)
    gate.is_open.clear()
    QTest.mouseClick(dialog.export, LEFT)
    assert not dialog.export.isEnabled()
    QTest.mouseClick(dialog.bar.cancel, LEFT)
    assert dialog.bar.is_running
    gate.is_open.set()
    qtbot.waitUntil(lambda: not dialog.bar.is_running)
    assert dialog.bar.note.startswith("Cancelled")
    assert tree(folder) == before


def test_export_when_it_fails_then_the_note_says_what_to_do_and_nothing_is_lost(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    own = folder / "own"
    own.mkdir()
    (own / "notes.txt").write_text("mine")
    dialog = opened(window, qtbot, "yolo")
    dialog.target.line.setText(str(own))
    export(dialog, qtbot)
    assert "existing files are unchanged" in dialog.bar.note
    assert "choose another name" in dialog.bar.note
    assert tree(own) == {"notes.txt": b"mine"}


def test_export_when_the_path_is_not_whole_then_cannot_be_begun(window: MainWindow, qtbot: QtBot) -> None:
    dialog = opened(window, qtbot)
    dialog.target.line.setText("labels.jsonl")
    assert not dialog.export.isEnabled()


def test_target_when_exported_once_then_is_offered_the_next_time(
    open_window: OpenWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = open_window()
    dialog = opened(window, qtbot, "cvat")
    dialog.target.line.setText(str(tmp_path / "elsewhere.xml"))
    export(dialog, qtbot)
    window.close()
    again = open_window().dialogs.exchange.show_export()
    assert again.label_format is format_named("cvat")
    assert again.target.path == tmp_path / "elsewhere.xml"


def test_dialog_when_the_screen_is_low_then_the_rest_scrolls_and_the_buttons_stay(
    window: MainWindow, qtbot: QtBot
) -> None:
    dialog = opened(window, qtbot, "cvat")
    dialog.resize(dialog.width(), 400)
    qtbot.waitUntil(lambda: dialog.height() == 400)
    assert dialog.rect().contains(dialog.export.geometry().translated(dialog.export.parentWidget().pos()))


def test_format_when_another_is_chosen_then_it_goes_beside_the_latest_export_and_what_was_told_is_gone(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    elsewhere = folder / "labels"
    elsewhere.mkdir()
    dialog = opened(window, qtbot)
    dialog.target.show_path(elsewhere / "first.jsonl", ".jsonl")
    export(dialog, qtbot)
    assert dialog.bar.note
    dialog.formats.choose(format_named("cvat"))
    assert dialog.target.path == elsewhere / "clip-cvat.xml"
    assert not dialog.bar.note


def test_export_when_a_file_of_somebody_else_is_there_then_a_yes_replaces_it(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    target = tmp_path / "mine.jsonl"
    target.write_text("mine", "utf-8")
    dialog = opened(window, qtbot)
    dialog.target.line.setText(str(target))
    export(dialog, qtbot)
    assert target.read_text("utf-8") == "mine"
    question = dialog.findChild(QMessageBox)
    assert str(target) in question.informativeText()
    replace = next(button for button in question.buttons() if button.text() == "Replace")
    QTest.mouseClick(replace, LEFT)
    qtbot.waitUntil(lambda: "Read back and verified" in dialog.bar.note, timeout=10_000)
    assert target.read_text("utf-8") != "mine"


def test_export_when_another_window_has_the_project_then_can_look_and_export_but_not_import(
    open_window: OpenWindow, qtbot: QtBot, folder: Path
) -> None:
    with ProjectStore.open(folder / "clip.mp4.dlst"):
        window = open_window()
        assert window.session.current_project.is_read_only
        assert not window.action_set["import-labels"].isEnabled()
        dialog = opened(window, qtbot)
        export(dialog, qtbot)
        assert "Read back and verified" in dialog.bar.note


def test_window_when_closed_while_exporting_then_the_export_is_given_up(
    window: MainWindow, qtbot: QtBot, gate: Gate, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = opened(window, qtbot, "coco")
    dialog.choices.images.setCurrentIndex(1)
    gate.is_open.clear()
    QTest.mouseClick(dialog.export, LEFT)
    job = dialog.bar._job
    cancel = job.cancel

    def cancel_and_go_on() -> None:
        cancel()
        gate.is_open.set()

    monkeypatch.setattr(job, "cancel", cancel_and_go_on)
    window.close()
    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith("clip.mp4")) == []


def test_export_when_it_ends_after_the_dialog_was_closed_then_the_window_says_so(
    window: MainWindow, qtbot: QtBot, gate: Gate
) -> None:
    dialog = opened(window, qtbot, "coco")
    dialog.choices.images.setCurrentIndex(1)
    gate.is_open.clear()
    QTest.mouseClick(dialog.export, LEFT)
    dialog.close()
    with qtbot.waitSignal(window.session.noted) as told:
        gate.is_open.set()
    assert "Read back and verified" in told.args[0]


def test_card_when_each_format_is_chosen_then_tells_its_convention(window: MainWindow, qtbot: QtBot) -> None:
    dialog = opened(window, qtbot)
    for each in FORMATS:
        dialog.formats.choose(each)
        assert each.convention.frames in dialog.card.text
        assert each.convention.absent in dialog.card.text
    dialog.formats.choose(format_named("otb"))
    assert "pixels counted from 1" in dialog.card.text
    assert "occlusion" in dialog.card.text


def test_receipt_when_exported_by_the_window_then_names_the_video(window: MainWindow, qtbot: QtBot) -> None:
    dialog = opened(window, qtbot)
    export(dialog, qtbot)
    receipt = json.loads(dialog.target.path.with_name(f"{dialog.target.path.name}.export.json").read_text("utf-8"))
    assert (receipt["video"]["name"], receipt["video"]["frame_count"]) == ("clip", 20)


def test_dialog_when_open_then_every_control_has_a_name(window: MainWindow, qtbot: QtBot) -> None:
    assert nameless_controls(opened(window, qtbot, "yolo")) == []
