from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog

from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.start.starting_folder import starting_folder

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


@pytest.fixture
def movies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "Movies"
    folder.mkdir()
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda _: str(folder))
    return folder


def test_folder_when_the_last_one_is_gone_then_it_is_that_of_the_one_before(tmp_path: Path, movies: Path) -> None:
    there = tmp_path / "clips"
    there.mkdir()
    assert starting_folder((tmp_path / "gone" / "a.mp4", there / "b.mp4")) == str(there)
    assert starting_folder(()) == str(movies)
    movies.rmdir()
    assert starting_folder(()) == str(Path.home())


@pytest.mark.parametrize("command", ["open-file", "open-folder"])
def test_open_when_a_video_was_opened_before_then_its_folder_is_shown(
    window: MainWindow, tmp_path: Path, movies: Path, command: str
) -> None:
    assert _folder_asked_in(window, command) == movies
    user = window.user
    user.set_preferences(user.preferences.with_recent(tmp_path / "clip.mp4"))
    assert _folder_asked_in(window, command) == tmp_path


def _folder_asked_in(window: MainWindow, command: str) -> Path:
    window.action_set[command].trigger()
    (dialog,) = window.findChildren(QFileDialog)
    folder = Path(dialog.directory().absolutePath())
    dialog.close()
    dialog.setParent(None)
    dialog.deleteLater()
    return folder
