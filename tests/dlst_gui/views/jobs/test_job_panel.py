"""A window with a list of videos, by keys and mouse."""

from __future__ import annotations

import gc
import os
import shutil
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from dlst_gui.jobs.job import JobState
from dlst_gui.jobs.job_file import read_job_file
from dlst_gui.project.counts import mark_done
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.project.store import ProjectStore
from dlst_gui.session.session import Session
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.video import open_source
from dlst_gui.views.jobs.job_rows import JOB_ROLE
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.settings.user_settings import UserSettings
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box

BOX = Box(10, 10, 20, 20)

pytestmark = pytest.mark.qt_log_ignore("does not support")


@pytest.fixture
def folder(made_once: Path, tmp_path: Path) -> Path:
    """Three clips, of which the first is labelled, and a folder of images."""
    clips = tmp_path / "clips"
    for name in ("a.mp4", "b.mp4", "c/d.mp4"):
        (clips / name).parent.mkdir(exist_ok=True, parents=True)
        shutil.copy(made_once / "clip.mp4", clips / name)
    shutil.copy(made_once / "clip.mp4.dlst", clips / "a.mp4.dlst")
    return clips


@pytest.fixture
def window(qtbot: QtBot, workshop: Workshop, tmp_path: Path) -> Iterator[MainWindow]:
    opener = ProjectOpener(tmp_path / "projects")
    session = Session(open_source, workshop.make_tracker, TrackerSettings(), opener)
    made = MainWindow(
        session, UserSettings(tmp_path / "settings"), backbones=("default",), demo_clip=None, log_folder=tmp_path
    )
    made.show()
    made.activateWindow()
    qtbot.waitActive(made)
    yield made
    made.close()
    made.deleteLater()


def open_list(qtbot: QtBot, window: MainWindow, *paths: Path) -> None:
    window.session.open_paths(paths)
    qtbot.waitUntil(lambda: is_open(window, window.session.jobs.current), timeout=10_000)


def is_open(window: MainWindow, row: int | None) -> bool:
    """Whether this video of the list is there, with its project."""
    return row is not None and window.session.jobs.current == row and window.session.project is not None


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key, expected: int) -> None:
    QTest.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: is_open(window, expected), timeout=10_000)


def test_folder_when_opened_then_its_videos_are_listed_and_keys_go_through_them(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    assert not window.job_panel.isVisible()
    assert not window.action_set["next-video"].isEnabled()
    open_list(qtbot, window, folder)
    assert window.job_panel.isVisible()
    rows = window.job_panel.rows
    assert [rows.index(place).data() for place in range(rows.rowCount())] == ["a.mp4", "b.mp4", "c/d.mp4"]
    assert window.session.playhead.source is not None
    assert window.session.playhead.source.path == folder / "a.mp4"
    press(qtbot, window, Qt.Key.Key_PageDown, 1)
    press(qtbot, window, Qt.Key.Key_PageDown, 2)
    assert window.session.playhead.source.path == folder / "c" / "d.mp4"
    with qtbot.waitSignal(window.session.noted) as noted:
        QTest.keyClick(window, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    assert noted.args == ["There is no next video in the list."]
    press(qtbot, window, Qt.Key.Key_PageUp, 1)
    assert window.job_panel.list.currentIndex().data(JOB_ROLE) == 1


def test_row_when_clicked_then_its_video_is_open_and_keys_are_for_the_frame(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    open_list(qtbot, window, folder)
    panel = window.job_panel
    place = panel.list.visualRect(panel.rows.place_of(1)).center()
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: is_open(window, 1), timeout=10_000)
    assert window.focusWidget() is window.workspace.frame_view
    panel.name.setFocus()
    QTest.keyClicks(panel.name, "d.m")
    assert panel.rows.rowCount() == 1
    panel.state.setCurrentIndex(panel.state.findData(JobState.DONE))
    assert panel.rows.rowCount() == 0


def test_done_when_pressed_then_the_list_says_so_and_so_does_the_next_window(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    open_list(qtbot, window, folder)
    jobs = window.session.jobs
    qtbot.waitUntil(lambda: jobs.state(0) is JobState.IN_WORK, timeout=5000)
    QTest.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: jobs.state(0) is JobState.DONE, timeout=5000)
    assert window.action_set["done"].isChecked()
    qtbot.waitUntil(lambda: "1 of 3 done" in window.job_panel.total, timeout=5000)
    press(qtbot, window, Qt.Key.Key_PageDown, 1)
    assert not window.action_set["done"].isChecked()
    window.session.jobs.close_list()
    open_list(qtbot, window, folder)
    assert jobs.current == 1, "the first that is not done"
    press(qtbot, window, Qt.Key.Key_PageUp, 0)
    window.action_set["done"].trigger()
    qtbot.waitUntil(lambda: jobs.state(0) is JobState.IN_WORK, timeout=5000)


def test_list_when_one_comes_back_to_the_window_then_work_of_others_is_counted(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    open_list(qtbot, window, folder)
    press(qtbot, window, Qt.Key.Key_PageDown, 1)
    jobs = window.session.jobs
    qtbot.waitUntil(lambda: jobs.state(0) is JobState.IN_WORK, timeout=5000)
    with ProjectStore.open(folder / "a.mp4.dlst") as store:
        mark_done(store, True)
        QGuiApplication.instance().applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
        qtbot.waitUntil(lambda: jobs.state(0) is JobState.DONE, timeout=5000)


def test_boxes_when_drawn_then_the_row_counts_them(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    open_list(qtbot, window, folder)
    press(qtbot, window, Qt.Key.Key_PageDown, 1)
    source = window.session.playhead.source
    assert source is not None
    window.session.set_box(3, BOX)
    press(qtbot, window, Qt.Key.Key_PageDown, 2)
    jobs = window.session.jobs
    qtbot.waitUntil(lambda: jobs.state(1) is JobState.IN_WORK, timeout=5000)
    progress = jobs.progress(1)
    assert progress is not None
    assert progress.counts is not None
    assert progress.counts.objects == 1
    press(qtbot, window, Qt.Key.Key_PageUp, 1)
    assert window.session.project is not None
    assert window.session.project.manual_boxes(1) == {3: BOX}


def open_projects() -> set[str]:
    """Names of the projects of which this process has a file open; where the list is counted, for a moment."""
    return {Path(os.path.realpath(each)).name for each in Path("/proc/self/fd").iterdir()}


def test_switch_when_videos_follow_each_other_then_nothing_of_the_former_is_kept_or_left_open(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    open_list(qtbot, window, folder)
    former = weakref.ref(window.session.project)
    press(qtbot, window, Qt.Key.Key_PageDown, 1)
    press(qtbot, window, Qt.Key.Key_PageDown, 2)

    def is_gone() -> bool:
        gc.collect()
        return former() is None

    qtbot.waitUntil(is_gone, timeout=5000)  # once slow views have drawn
    assert {path.name for path in folder.iterdir()} == {"a.mp4", "a.mp4.dlst", "b.mp4", "b.mp4.dlst", "c"}
    if Path("/proc/self/fd").is_dir():
        qtbot.waitUntil(lambda: not open_projects() & {"a.mp4.dlst", "b.mp4.dlst"}, timeout=5000)


def test_list_when_saved_then_it_is_recent_and_opens_again(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    open_list(qtbot, window, folder)
    assert window.user.preferences.recent == (folder,), "the list, not each of its videos"
    path = folder / "mine.dlstjobs"
    window.job_dialogs.save_list(path)
    assert [job.video.name for job in read_job_file(path).jobs] == ["a.mp4", "b.mp4", "d.mp4"]
    assert window.user.preferences.recent[0] == path
    window.session.jobs.close_list()
    assert not window.job_panel.isVisible()
    open_list(qtbot, window, path)
    assert window.session.jobs.list is not None
    assert window.session.jobs.list.path == path
    with qtbot.waitSignal(window.session.failed) as failed:
        window.job_dialogs.save_list(folder / "a.mp4.dlst")
    assert failed.args is not None
    assert "ends in .dlstjobs" in failed.args[1]


def test_open_when_another_video_is_meant_then_the_list_goes(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    other = Path(shutil.copy(folder / "b.mp4", folder.parent / "other.mp4"))
    open_list(qtbot, window, folder)
    window.session.open_paths([folder / "b.mp4"])
    qtbot.waitUntil(lambda: is_open(window, 1), timeout=10_000)
    window.session.open_paths([other])
    source_of = window.session.playhead
    qtbot.waitUntil(lambda: source_of.source is not None and source_of.source.path == other, timeout=10_000)
    assert window.session.jobs.list is None
    assert not window.job_panel.isVisible()


def test_drop_when_several_files_are_dropped_then_they_are_a_list(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder / name)) for name in ("b.mp4", "c/d.mp4")])
    actions, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    window.dropEvent(QDropEvent(QPointF(9, 9), actions, data, button, Qt.KeyboardModifier.NoModifier))
    qtbot.waitUntil(lambda: is_open(window, 0), timeout=10_000)
    assert [job.video.name for job in window.session.jobs.jobs] == ["b.mp4", "d.mp4"]
    assert window.user.preferences.recent == (folder / "b.mp4",), "what was picked has no name of its own"


def test_panel_when_switched_off_then_it_stays_so_and_keys_still_go_on(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    open_list(qtbot, window, folder)
    window.action_set["jobs"].setChecked(False)
    assert not window.job_panel.isVisible()
    press(qtbot, window, Qt.Key.Key_PageDown, 1)
    assert not window.job_panel.isVisible()


def test_save_dialog_when_asked_for_then_it_begins_beside_the_videos(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    open_list(qtbot, window, folder)
    window.action_set["save-jobs"].trigger()
    (dialog,) = window.findChildren(QFileDialog)
    assert Path(dialog.directory().absolutePath()) == folder
    dialog.close()


def test_recent_menu_when_opened_then_it_opens_what_it_names(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    open_list(qtbot, window, folder)
    window.session.open_paths([Path(shutil.copy(folder / "b.mp4", folder.parent / "tom & ann.mp4"))])
    qtbot.waitUntil(lambda: len(window.user.preferences.recent) == 2, timeout=10_000)
    (menu,) = [action.menu() for action in window.action_set.menu("&File").actions() if "Recent" in action.text()]
    menu.aboutToShow.emit()
    first, second = menu.actions()
    assert first.text().startswith("&1  tom && ann.mp4")
    second.trigger()
    qtbot.waitUntil(lambda: is_open(window, 0), timeout=10_000)


def test_row_when_nobody_sees_it_then_it_says_all_that_is_painted(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    open_list(qtbot, window, folder)
    qtbot.waitUntil(lambda: window.session.jobs.progress(0) is not None, timeout=5000)
    spoken = window.job_panel.rows.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "a.mp4, in work, 15 of 20 frames labelled, 4 reviewed, 11 unreviewed; 2 objects."
    tip = window.job_panel.rows.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith(str(folder / "a.mp4"))
