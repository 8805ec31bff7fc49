"""What a person waits for while the window goes on: an older project that is updated, and copies."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.exchange.progress import Watch
from dlst_gui.formats.transfer.import_edit import ImportAs
from dlst_gui.project import project_file, schema, store
from dlst_gui.project.conversions import Tell
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.project.placement import logs_of
from dlst_gui.project.store import ProjectStore
from dlst_gui.session import session as sessions
from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session, _OpenBeside
from tests.dlst_gui.conftest import WaitForState
from tests.dlst_gui.formats.made_labels import boxes_at, label_set
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box

BOX = Box(10, 20, 12, 14)


@pytest.fixture
def saved(qtbot: QtBot, session: Session, tmp_path: Path) -> Session:
    """A session with one manual box in a file."""
    session.current_project.opener = ProjectOpener(tmp_path / "data")
    with qtbot.waitSignal(session.project_opened):
        session.open(tmp_path / "clip.mp4")
    session.set_box(0, BOX)
    return session


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """A newer version of the file; who updates to it waits for this event, and can be stopped there."""
    may_go_on = threading.Event()

    def wait(_connection: sqlite3.Connection, tell: Tell) -> None:
        if threading.current_thread() is not threading.main_thread():
            while not may_go_on.wait(0.01):
                tell(1, 4)

    newer = (*schema.MIGRATIONS, ("CREATE TABLE added (x INTEGER) STRICT", wait))
    monkeypatch.setattr(schema, "MIGRATIONS", newer)
    monkeypatch.setattr(project_file, "MIGRATIONS", newer)
    monkeypatch.setattr(project_file, "CONVERTED_AT_ONCE", 0)
    return may_go_on


@pytest.fixture
def reopen(qtbot: QtBot, saved: Session, gate: threading.Event, tmp_path: Path) -> Callable[[], None]:
    """Opens the clip again, whose project is of an older version now, until that is being updated."""

    def open_again() -> None:
        with qtbot.waitSignal(saved.project_opened):
            saved.open(tmp_path / "clip.mp4")
        qtbot.waitUntil(lambda: saved.task.fraction > 0)

    return open_again


def test_open_when_the_project_is_older_and_large_then_it_is_updated_while_the_window_goes_on(
    qtbot: QtBot, saved: Session, gate: threading.Event, reopen: Callable[[], None]
) -> None:
    reopen()
    assert saved.task.word == "updating the project"
    assert saved.task.fraction == pytest.approx(0.25)
    assert saved.project is None
    assert saved.state is RunState.READY
    with qtbot.waitSignal(saved.project_opened):
        gate.set()
    assert saved.project is not None
    assert saved.project.manual_boxes(1) == {0: BOX}
    saved.set_box(1, BOX)
    path = saved.current_project.path
    assert path is not None
    saved.close()
    with ProjectStore.open(path) as again:  # it was let go of, by another thread than it was opened in
        assert again.read_project().manual_boxes(1) == {0: BOX, 1: BOX}


def test_update_when_stopped_then_the_project_is_as_it_was_and_can_be_opened_later(
    qtbot: QtBot, saved: Session, gate: threading.Event, reopen: Callable[[], None]
) -> None:
    path = saved.current_project.path
    assert path is not None
    reopen()
    before = path.read_bytes()
    with qtbot.waitSignal(saved.noted) as noted:
        saved.stop()
    assert noted.args is not None
    assert noted.args[0].startswith("Stopped updating the project")
    assert saved.project is None
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.bak"))
    gate.set()
    with qtbot.waitSignal(saved.task.changed):
        reopen_path = saved.playhead.source.path if saved.playhead.source else path
        saved.open(reopen_path)
    qtbot.waitUntil(lambda: saved.project is not None)


def test_close_when_a_project_is_being_updated_then_it_is_as_it_was(
    saved: Session, reopen: Callable[[], None]
) -> None:
    path = saved.current_project.path
    assert path is not None
    reopen()
    saved.close()
    connection = sqlite3.connect(path)
    assert schema.user_version(connection) == len(schema.MIGRATIONS) - 1
    connection.close()


def test_close_when_a_project_was_updated_and_not_yet_taken_then_it_is_put_away(
    saved: Session, gate: threading.Event, reopen: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved.current_project.path
    assert path is not None
    has_ended, take_in = threading.Event(), _OpenBeside.__call__

    def watched(opening: _OpenBeside, watch: Watch) -> object:
        outcome = take_in(opening, watch)
        has_ended.set()
        return outcome

    monkeypatch.setattr(_OpenBeside, "__call__", watched)
    reopen()
    gate.set()
    assert has_ended.wait(10)
    saved.close()
    assert not any(log.exists() for log in logs_of(path))
    ProjectStore.open(path).close()


@pytest.fixture
def copy_without_end(
    qtbot: QtBot, saved: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], None]:
    """Begins to save a copy, which ends only where it is given up."""

    def save_copy(_store: ProjectStore, _path: Path, tell: Tell) -> None:
        while True:
            time.sleep(0.01)
            tell(1, 4)

    def begin() -> None:
        monkeypatch.setattr(ProjectStore, "save_copy", save_copy)
        saved.save_copy(tmp_path / "copy.dlst")
        qtbot.waitUntil(lambda: saved.task.fraction > 0)

    return begin


def test_stop_when_a_run_goes_on_beside_a_copy_then_stops_the_run_and_then_the_copy(
    qtbot: QtBot,
    saved: Session,
    workshop: Workshop,
    wait_for_state: WaitForState,
    copy_without_end: Callable[[], None],
) -> None:
    workshop.frame_delay_s = 0.05
    saved.tracking.track()
    wait_for_state(RunState.TRACKING)
    copy_without_end()
    saved.stop()
    assert not saved.state.is_busy
    assert saved.task.is_going
    with qtbot.waitSignal(saved.noted) as noted:
        saved.stop()
    assert noted.args == ["Stopped saving a copy; nothing was written."]


def test_stop_change_when_labels_are_imported_beside_a_copy_then_the_copy_goes_on(
    saved: Session, copy_without_end: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "BOXES_AT_ONCE", 0)
    source = saved.playhead.source
    assert source is not None
    copy_without_end()
    saved.add_labels(label_set(boxes_at({3: BOX}), labels=("dog",), video=source.annotated), ImportAs.HUMAN)
    saved.stop_change()
    assert not saved.long_change.is_going
    assert saved.task.is_going


def test_open_when_a_copy_is_being_saved_then_it_is_given_up_and_a_note_says_so(
    qtbot: QtBot, saved: Session, tmp_path: Path, copy_without_end: Callable[[], None]
) -> None:
    notes: list[str] = []
    saved.noted.connect(notes.append)
    copy_without_end()
    with qtbot.waitSignal(saved.project_opened):
        saved.open(tmp_path / "clip.mp4")
    assert list(filter(None, notes)) == ["Stopped saving a copy."]
    assert not saved.task.is_going


def test_save_copy_when_asked_for_then_is_made_while_edits_go_on(
    qtbot: QtBot, saved: Session, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.dlst"
    with qtbot.waitSignal(saved.noted) as noted:
        saved.save_copy(copy)
        saved.set_box(7, BOX)
    assert noted.args == [f"Copy saved to {copy}"]
    with ProjectStore.open(copy, read_only=True) as kept:
        assert 0 in kept.read_project().manual_boxes(1)
    assert not saved.task.is_going


def test_save_copy_when_the_project_is_nowhere_else_then_is_made(
    qtbot: QtBot, opened: Session, tmp_path: Path
) -> None:
    opened.set_box(0, BOX)
    with qtbot.waitSignal(opened.noted):
        opened.save_copy(tmp_path / "copy.dlst")
    with ProjectStore.open(tmp_path / "copy.dlst", read_only=True) as kept:
        assert kept.read_project().manual_boxes(1) == {0: BOX}


def test_save_copy_when_the_file_is_gone_and_nothing_can_be_written_beside_it_then_has_everything(
    qtbot: QtBot, saved: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, copy = saved.current_project.path, tmp_path / "copy.dlst"
    assert path is not None

    def nowhere(*_: object) -> None:
        raise ProjectFileError(path, "the disk is full")

    monkeypatch.setattr(store, "rescue_into_new_file", nowhere)
    with qtbot.waitSignal(saved.failed) as told:
        path.unlink()
    assert told.args is not None
    assert "save a copy elsewhere before you close it" in told.args[1]
    with qtbot.waitSignal(saved.noted) as noted:
        saved.save_copy(copy)
    assert noted.args == [f"Copy saved to {copy}"]
    with ProjectStore.open(copy, read_only=True) as kept:
        assert kept.read_project().manual_boxes(1) == {0: BOX}
