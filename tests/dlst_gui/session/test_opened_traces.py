"""A file of evidence that is opened without its video: looked at, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.evidence.shown_source import open_shown
from dlst_gui.evidence.trace_name import is_trace_name
from dlst_gui.evidence.trace_project import MANY_ROWS
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.session.session import Session
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.video.video_source import UNWATCHED, OpeningWatch, VideoSource
from tests.dlst_gui.evidence.made_frames import kept
from tests.dlst_gui.evidence.test_trace_frames import made_trace
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box

FRAMES = (100, 101, 102, 200, 400)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return made_trace(tmp_path / "clip.dlsttrace", *(kept(i) for i in FRAMES), kept(102, 2, score=-1.0))


@pytest.fixture
def session(qtbot: QtBot, workshop: Workshop, tmp_path: Path) -> Iterator[Session]:
    projects = ProjectOpener(tmp_path / "projects")

    def open_source(path: Path, watch: OpeningWatch = UNWATCHED) -> VideoSource:
        return open_shown(path, watch) if is_trace_name(path) else workshop.open_source(path, watch)

    made = Session(open_source, workshop.make_tracker, TrackerSettings(), projects)
    yield made
    made.close()


@pytest.fixture
def opened(qtbot: QtBot, session: Session, path: Path) -> Session:
    session.open_paths([path])
    qtbot.waitUntil(lambda: session.playhead.decoded is not None)
    return session


def test_open_when_it_is_a_trace_then_shows_the_first_frame_it_tells_of(qtbot: QtBot, opened: Session) -> None:
    assert opened.is_trace
    assert opened.playhead.frame_index == FRAMES[0]
    assert opened.playhead.last_frame == 499
    assert opened.selected_track == 1
    assert opened.project is not None
    assert len(opened.project.tracks()) == 2
    shown = opened.selection.shown_here
    assert shown is not None
    assert shown.box == kept(100).evidence.box


def test_evidence_when_a_trace_is_open_then_comes_from_the_file(qtbot: QtBot, opened: Session) -> None:
    opened.seek(102)
    opened.selection.select(2)
    qtbot.waitUntil(lambda: opened.selection.evidence(102) is not None)
    found = opened.selection.evidence(102)
    assert found is not None
    assert (found.track_id, found.score, found.system) == (2, -1.0, "dlst-studio")
    assert opened.evidence.why_missing(100) == "This file does not say what the tracker saw of this object here."
    facts = opened.current_project.facts_of_run(3)
    assert facts is not None
    assert facts.seed == 7


@pytest.mark.parametrize(
    ("start", "wish", "becomes"),
    [(100, 149, 102), (100, 152, 200), (400, 0, 100), (100, 499, 400), (102, 103, 102), (200, 290, 200)],
)
def test_seek_when_a_trace_is_open_then_the_nearest_frame_it_tells_of_is_shown(
    opened: Session, start: int, wish: int, becomes: int
) -> None:
    opened.seek(start)
    opened.seek(wish)
    assert opened.playhead.frame_index == becomes


@pytest.mark.parametrize(
    ("start", "step", "becomes"),
    [(102, 1, 200), (200, -1, 102), (100, 10, 200), (400, 1, 400), (100, -1, 100), (400, -250, 102)],
)
def test_seek_by_when_a_trace_is_open_then_goes_over_frames_it_tells_of(
    opened: Session, start: int, step: int, becomes: int
) -> None:
    opened.seek(start)
    opened.seek_by(step)
    assert opened.playhead.frame_index == becomes


def test_seek_when_it_ends_where_it_began_then_whoever_has_shown_the_wish_is_told(
    qtbot: QtBot, opened: Session
) -> None:
    with qtbot.waitSignal(opened.playhead.frame_changed):
        opened.seek(110)
        opened.seek(103)


def test_play_when_a_trace_is_open_then_ends_with_the_last_frame_it_tells_of(
    qtbot: QtBot, opened: Session
) -> None:
    opened.toggle_play()
    assert opened.playhead.is_playing
    qtbot.waitUntil(lambda: not opened.playhead.is_playing, timeout=5000)
    assert opened.playhead.frame_index == FRAMES[-1]


def test_edits_when_a_trace_is_open_then_nothing_changes_and_nothing_is_written(
    qtbot: QtBot, opened: Session, path: Path, workshop: Workshop
) -> None:
    before = path.read_bytes()
    notes: list[str] = []
    opened.noted.connect(notes.append)
    opened.set_box(100, Box(1, 2, 30, 40))
    opened.undo()
    opened.tracking.track()
    opened.set_done(False)
    assert not opened.can_edit
    assert not opened.tracking.can_track
    assert notes
    assert "nothing can be changed or tracked here" in notes[0]
    assert opened.project is not None
    assert not opened.project.has_manual_boxes(1)
    opened.close()
    assert path.read_bytes() == before
    assert sorted(each.name for each in path.parent.iterdir()) == ["clip.dlsttrace"]
    assert not workshop.trackers


def test_open_when_a_video_comes_after_a_trace_then_all_its_frames_can_be_shown(
    qtbot: QtBot, opened: Session, path: Path
) -> None:
    with qtbot.waitSignal(opened.project_opened):
        opened.open(path.with_name("clip.mp4"))
    assert not opened.is_trace
    opened.seek(7)
    assert opened.playhead.frame_index == 7
    assert opened.can_edit


def test_open_when_a_trace_cannot_be_opened_then_the_present_one_stays(
    qtbot: QtBot, opened: Session, path: Path
) -> None:
    with qtbot.waitSignal(opened.failed) as failed:
        opened.open(path.with_name("gone.dlsttrace"))
    assert failed.args is not None
    assert failed.args[0] == "Cannot open"
    assert "there is no such file" in failed.args[1]
    assert opened.is_trace


def test_open_when_a_trace_is_long_then_it_is_read_beside_the_window(
    qtbot: QtBot, session: Session, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlst_gui.evidence.trace_project.MANY_ROWS", 2)
    assert MANY_ROWS > 2
    session.open(path)
    qtbot.waitUntil(lambda: session.project is not None)
    np.testing.assert_array_equal(session.playhead.stops, FRAMES)
    assert session.playhead.frame_index == FRAMES[0]
    assert session.current_project.is_read_only


def test_explained_when_a_trace_is_open_then_of_all_its_frames(qtbot: QtBot, session: Session, path: Path) -> None:
    with qtbot.waitSignal(session.evidence.stored_changed):
        session.open(path)
    assert session.project is not None
    scores = session.project.scores(1, 0, 499)
    assert np.flatnonzero(session.evidence.explained(scores, 0)).tolist() == list(FRAMES)
    assert np.flatnonzero(session.evidence.explained(scores[101:103], 101)).tolist() == [0, 1]
