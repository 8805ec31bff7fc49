"""Imports, undo and redo that are made between the window's other events."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.formats.labels.model import LabelSet
from dlst_gui.formats.transfer.import_edit import ImportAs
from dlst_gui.project import history
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.project.store import ProjectStore
from dlst_gui.session import long_change
from dlst_gui.session import session as sessions
from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session
from tests.dlst_gui.formats.made_labels import boxes_at, label_set
from tests.dlst_gui.project.random_edits import contents
from tracker_core import Box

BOX = Box(10, 20, 12, 14)
TRACKS = 20


@pytest.fixture
def stepwise(qtbot: QtBot, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session with one manual box in a file; each turn of the event loop makes one piece of a change."""
    session.current_project.opener = ProjectOpener(tmp_path, clean_folder=Path())
    with qtbot.waitSignal(session.playhead.frame_decoded):
        session.open(Path("clip.mp4"))
    session.set_box(0, BOX)
    monkeypatch.setattr(sessions, "BOXES_AT_ONCE", 0)
    monkeypatch.setattr(history, "LONG_BYTES", 0)
    monkeypatch.setattr(long_change, "SLICE_S", 0.0)
    monkeypatch.setattr(long_change, "TOLD_EVERY_S", 0.0)
    return session


def labels_of(session: Session) -> LabelSet:
    """Twenty objects with two boxes each."""
    source = session.playhead.source
    assert source is not None
    return label_set(*[boxes_at({3: BOX, 5: BOX})] * TRACKS, labels=("dog",) * TRACKS, video=source.annotated)


def wait_until_over(qtbot: QtBot, session: Session) -> list[float]:
    """Wait for a long change; how far it was, each time it said so."""
    fractions: list[float] = []
    session.long_change.changed.connect(lambda: fractions.append(session.long_change.fraction))
    qtbot.waitUntil(lambda: not session.long_change.is_going)
    return fractions


def wait_for_steps(qtbot: QtBot, session: Session, count: int) -> None:
    """Wait until a long change has come that many pieces on."""
    steps: list[float] = []
    session.long_change.changed.connect(lambda: steps.append(session.long_change.fraction))
    qtbot.waitUntil(lambda: len(steps) >= count)
    assert session.long_change.is_going


def in_file(path: Path) -> tuple[object, tuple[str, ...]]:
    """What another program reads."""
    with ProjectStore.open(path, read_only=True) as store:
        project = store.read_project()
        found = contents(project), tuple(step.title for step in store.steps())
        store.release(project)
        return found


def test_import_when_large_then_tells_how_far_it_is_and_becomes_one_step(qtbot: QtBot, stepwise: Session) -> None:
    session = stepwise
    assert session.project is not None
    with qtbot.waitSignal(session.labels_added):
        assert session.add_labels(labels_of(session), ImportAs.HUMAN)
        assert session.state is RunState.CHANGING
        assert len(session.project.tracks()) == 1
        fractions = wait_until_over(qtbot, session)
    assert fractions == sorted(fractions)
    assert len(set(fractions)) > TRACKS
    assert len(session.project.tracks()) == 1 + TRACKS
    assert session.current_project.history is not None
    assert session.current_project.history.titles() == ("Add object", "Import labels")
    assert session.selected_track == 2


def test_import_when_stopped_on_the_way_then_project_and_file_are_as_before(
    qtbot: QtBot, stepwise: Session
) -> None:
    session, path = stepwise, stepwise.current_project.path
    assert session.project is not None
    assert path is not None
    before, file_before = contents(session.project), in_file(path)
    session.add_labels(labels_of(session), ImportAs.HUMAN)
    wait_for_steps(qtbot, session, 6)
    session.stop_change()
    assert session.state is RunState.READY
    assert contents(session.project) == before
    assert in_file(path) == file_before
    session.set_box(1, BOX)
    assert [each.frame_index for each in session.project.keyframes(1)] == [0, 1]


def test_edits_when_a_long_change_is_being_made_then_are_refused_with_a_note(
    qtbot: QtBot, stepwise: Session
) -> None:
    session = stepwise
    session.add_labels(labels_of(session), ImportAs.HUMAN)
    wait_for_steps(qtbot, session, 3)
    with qtbot.waitSignal(session.noted) as noted:
        session.set_box(2, BOX)
    assert noted.args is not None
    assert "Still importing" in noted.args[0]
    session.undo()
    session.tracking.track()
    assert not session.add_labels(labels_of(session), ImportAs.HUMAN)
    assert session.state is RunState.CHANGING
    wait_until_over(qtbot, session)
    assert session.project is not None
    assert session.project.keyframe(1, 2) is None
    assert len(session.project.tracks()) == 1 + TRACKS


def test_close_when_a_long_change_is_being_made_then_the_file_is_as_before(
    qtbot: QtBot, stepwise: Session
) -> None:
    session, path = stepwise, stepwise.current_project.path
    assert path is not None
    before = in_file(path)
    session.add_labels(labels_of(session), ImportAs.HUMAN)
    wait_for_steps(qtbot, session, 6)
    session.close()
    assert in_file(path) == before


def test_import_when_the_program_is_killed_on_the_way_then_the_file_is_as_before(
    qtbot: QtBot, stepwise: Session, tmp_path: Path
) -> None:
    session, path = stepwise, stepwise.current_project.path
    assert path is not None
    before, left = in_file(path), tmp_path / "left.dlst"
    session.add_labels(labels_of(session), ImportAs.HUMAN)
    wait_for_steps(qtbot, session, 6)
    shutil.copy(path, left)  # what a killed program leaves: file and log
    shutil.copy(f"{path}-wal", f"{left}-wal")
    session.stop_change()
    assert in_file(left) == before


def test_undo_when_large_then_goes_bit_by_bit_and_redo_makes_it_again(qtbot: QtBot, stepwise: Session) -> None:
    session = stepwise
    session.add_labels(labels_of(session), ImportAs.HUMAN)
    wait_until_over(qtbot, session)
    assert session.project is not None
    imported = contents(session.project)
    session.undo()
    assert session.state is RunState.CHANGING
    assert session.selected_track == 1  # what goes is not shown any more
    assert len(set(wait_until_over(qtbot, session))) > TRACKS
    assert [track.track_id for track in session.project.tracks()] == [1]
    session.redo()
    wait_until_over(qtbot, session)
    assert contents(session.project) == imported


def test_undo_when_stopped_on_the_way_then_nothing_is_undone(qtbot: QtBot, stepwise: Session) -> None:
    session, path = stepwise, stepwise.current_project.path
    assert path is not None
    session.add_labels(labels_of(session), ImportAs.HUMAN)
    wait_until_over(qtbot, session)
    assert session.project is not None
    before, file_before = contents(session.project), in_file(path)
    session.undo()
    wait_for_steps(qtbot, session, 6)
    session.stop_change()
    assert contents(session.project) == before
    assert in_file(path) == file_before
    assert session.current_project.history is not None
    assert session.current_project.history.undo_title == "Import labels"


def test_stop_when_a_long_change_is_being_made_then_it_is_given_up(qtbot: QtBot, stepwise: Session) -> None:
    session = stepwise
    session.add_labels(labels_of(session), ImportAs.HUMAN)
    wait_for_steps(qtbot, session, 3)
    with qtbot.waitSignal(session.noted) as noted:
        session.stop()
    assert noted.args == ["Stopped importing; the project is as it was."]
    assert session.state is RunState.READY


def test_stop_when_the_change_is_complete_but_for_what_is_shown_then_it_stays(stepwise: Session) -> None:
    session = stepwise
    session.add_labels(labels_of(session), ImportAs.HUMAN)
    while session.long_change.fraction < 1:
        session.long_change._on_due()
    assert session.long_change.is_going
    session.stop_change()
    assert not session.long_change.is_going
    assert session.project is not None
    assert len(session.project.tracks()) == 1 + TRACKS
    assert session.current_project.history is not None
    assert session.current_project.history.undo_title == "Import labels"
