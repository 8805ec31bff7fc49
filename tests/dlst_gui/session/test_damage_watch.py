"""Large projects are checked once they are open; damage is told with what can be done."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.project import project_file
from dlst_gui.project.choices import Choice, UndecidedProjectError
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.project.project_file import find_damage
from dlst_gui.session import damage_watch
from dlst_gui.session.session import Session
from dlst_gui.tracking.tracker_factory import TrackerSettings
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box


@pytest.fixture
def session(
    qtbot: QtBot, workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Session]:
    """With a project of one box, which counts as large from now on."""
    projects = ProjectOpener(tmp_path / "data")
    made = Session(workshop.open_source, workshop.make_tracker, TrackerSettings(), projects)
    with qtbot.waitSignal(made.project_opened):
        made.open(tmp_path / "clip.mp4")
    made.set_box(0, Box(10, 10, 20, 20))
    monkeypatch.setattr(project_file, "CHECKED_UP_TO", 0)
    monkeypatch.setattr(damage_watch, "START_MS", 0)
    yield made
    made.close()


def break_index(path: Path) -> None:
    """An index that does not fit its table: nothing is noticed by reading."""
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA writable_schema = ON")
        raw.execute(
            "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = "
            "'sqlite_autoindex_meta_1') WHERE name = 'sqlite_autoindex_label_1'"
        )
    raw.close()


def test_open_when_a_large_project_is_damaged_then_it_opens_and_the_damage_is_told_later(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    session.current_project.close()
    break_index(tmp_path / "clip.mp4.dlst")
    asked: list[UndecidedProjectError] = []
    session.asked.connect(asked.append)
    was_open: list[bool] = []
    session.project_opened.connect(lambda: was_open.append(session.project is not None))
    with qtbot.waitSignal(session.asked, timeout=10000):
        session.open(tmp_path / "clip.mp4")
    assert was_open == [True, False]
    assert asked[0].choices == (Choice.REPAIR, Choice.RESTORE, Choice.START_NEW)
    assert session.project is None
    session.decide(asked[0], Choice.REPAIR)
    assert session.project is not None
    assert session.project.manual_boxes(1) == {0: Box(10, 10, 20, 20)}
    qtbot.waitUntil(lambda: not session.damage_watch.is_checking, timeout=10000)
    assert len(asked) == 1
    assert find_damage(tmp_path / "clip.mp4.dlst", lambda: False) == ""


def test_open_when_a_large_project_is_whole_then_nothing_is_told(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    asked: list[UndecidedProjectError] = []
    session.asked.connect(asked.append)
    session.damage_watch.open(session.current_project.path, ())
    assert session.damage_watch.is_checking
    qtbot.waitUntil(lambda: not session.damage_watch.is_checking, timeout=10000)
    assert asked == []


def test_find_damage_when_it_is_cancelled_then_ends_without_a_verdict(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project_file, "_STEPS_BETWEEN_ASKING", 1)
    asked = []

    def cancel() -> bool:
        asked.append(True)
        return True

    assert find_damage(tmp_path / "clip.mp4.dlst", cancel) == ""
    assert asked
