from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from dlst_gui.formats.registry import format_named
from dlst_gui.jobs.job import Job, JobList
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.session.session import Session
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.video import open_source
from dlst_gui.views.jobs.job_dialogs import JobDialogs
from dlst_gui.views.settings.user_settings import UserSettings
from tests.dlst_gui.window_fakes import Workshop

pytestmark = pytest.mark.qt_log_ignore("does not support")


@pytest.fixture
def dialogs(qtbot: QtBot, workshop: Workshop, tmp_path: Path, made_once: Path) -> Iterator[JobDialogs]:
    """Of a list of a labelled video, one with a damaged project and a new one."""
    for name in ("a.mp4", "bad.mp4", "new.mp4"):
        shutil.copy(made_once / "clip.mp4", tmp_path / name)
    shutil.copy(made_once / "clip.mp4.dlst", tmp_path / "a.mp4.dlst")
    (tmp_path / "bad.mp4.dlst").write_bytes(b"no project" * 500)
    opener = ProjectOpener(tmp_path / "projects")
    session = Session(open_source, workshop.make_tracker, TrackerSettings(), opener)
    session.jobs.show(JobList(tuple(Job(tmp_path / name) for name in ("a.mp4", "bad.mp4", "new.mp4"))))
    window = QWidget()
    qtbot.addWidget(window)
    made = JobDialogs(window, session, UserSettings(None))
    yield made
    made.close()
    session.close()


def test_export_when_one_video_fails_then_the_others_are_written_and_it_is_named(
    qtbot: QtBot, dialogs: JobDialogs, tmp_path: Path
) -> None:
    dialog = dialogs.show_export()
    assert dialog is not None
    assert dialog.target.path == tmp_path / "labels"
    dialog.formats.choose(format_named("yolo"))
    assert "a folder of its own" in dialog.words.text()
    dialog.target.line.setText(str(tmp_path / "out"))
    with qtbot.waitSignal(dialog.bar.ended, timeout=20_000):
        dialog.export.click()
    assert dialog.bar.note.startswith("1 of 2 videos exported, read back and verified. 1 could not be exported")
    bad, new = dialog.failures.toPlainText().split("\n")
    assert bad.startswith("bad: ")
    assert new == "new.mp4: no labels yet"
    assert (tmp_path / "out" / "a").is_dir()
    assert dialog.export.isEnabled()


def test_export_when_nothing_has_labels_then_it_says_so(qtbot: QtBot, dialogs: JobDialogs, tmp_path: Path) -> None:
    dialog = dialogs.show_export()
    assert dialog is not None
    for project in tmp_path.glob("*.dlst"):
        project.unlink()
    with qtbot.waitSignal(dialog.bar.ended, timeout=20_000):
        dialog.export.click()
    assert dialog.bar.note == "No video of this list has labels yet."
    assert not (tmp_path / "labels").exists()


def test_export_when_the_window_closes_then_it_ends(qtbot: QtBot, dialogs: JobDialogs) -> None:
    dialog = dialogs.show_export()
    assert dialog is not None
    dialog.export.click()
    dialogs.close()
    assert not dialog.bar.is_running
    assert not dialog.isVisible()


def test_show_when_another_list_comes_then_it_is_not_exported_into_the_folder_of_the_one_before(
    dialogs: JobDialogs, tmp_path: Path
) -> None:
    dialog = dialogs.show_export()
    assert dialog is not None
    assert dialog.target.path == tmp_path / "labels"
    dialogs._session.jobs.show(JobList((Job(tmp_path / "other" / "a.mp4"), Job(tmp_path / "other" / "b.mp4"))))
    assert dialog.target.path == tmp_path / "other" / "labels"
    dialogs._session.jobs.close_list()
    assert not dialog.export.isEnabled()


def test_save_when_another_list_comes_meanwhile_then_nobody_is_asked_any_more(
    qtbot: QtBot, dialogs: JobDialogs, tmp_path: Path
) -> None:
    dialogs.choose_list_target()
    assert dialogs._window.findChildren(QFileDialog)
    dialogs._session.jobs.show(JobList((Job(tmp_path / "b.mp4"),)))
    qtbot.waitUntil(lambda: not dialogs._window.findChildren(QFileDialog))
