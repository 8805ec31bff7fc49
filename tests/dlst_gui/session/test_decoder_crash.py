"""A decoder's process crashes under the window: the session goes on, and says what happened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.project.opening import ProjectOpener
from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.video.isolation.isolated_opener import IsolatedOpener
from tests.dlst_gui.reading import predictions
from tests.dlst_gui.video.isolation.stand_ins import OPENER, stand_in_frame, write_stand_in
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box

pytestmark = pytest.mark.logs_warnings

TIMEOUT_MS = 30_000  # a process has to start now and then


@pytest.fixture
def session(qtbot: QtBot, workshop: Workshop) -> Iterator[Session]:
    with IsolatedOpener(OPENER) as opener:
        made = Session(opener, workshop.make_tracker, TrackerSettings(), ProjectOpener(None))
        yield made
        made.close()


def open_clip(qtbot: QtBot, session: Session, path: Path) -> None:
    with qtbot.waitSignal(session.playhead.frame_decoded, timeout=TIMEOUT_MS):
        session.open(path)


def wait_for_frame(qtbot: QtBot, session: Session, frame_index: int) -> None:
    def is_shown() -> bool:
        decoded = session.playhead.decoded
        return decoded is not None and decoded.frame_index == frame_index

    qtbot.waitUntil(is_shown, timeout=TIMEOUT_MS)


def test_seek_when_the_decoder_crashes_then_a_note_names_the_frame_and_others_are_shown(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    open_clip(qtbot, session, write_stand_in(tmp_path / "clip.mp4", crashes=[7]))
    session.set_box(0, Box(20, 40, 24, 24))
    with qtbot.waitSignal(session.noted, timeout=TIMEOUT_MS) as noted:
        session.seek(7)
    assert noted.args is not None
    assert "clip.mp4: frame 7 cannot be read, because the decoder crashed (signal 11, SIGSEGV)." in noted.args[0]
    assert session.playhead.is_unreadable
    session.seek(8)
    wait_for_frame(qtbot, session, 8)
    assert session.playhead.decoded is not None
    assert (session.playhead.decoded.pixels == stand_in_frame(8)).all()
    assert session.project is not None
    assert len(session.project.tracks()) == 1


def test_open_when_the_decoder_crashes_then_the_present_video_stays_and_its_project_too(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    good = write_stand_in(tmp_path / "good.mp4")
    open_clip(qtbot, session, good)
    session.set_box(0, Box(20, 40, 24, 24))
    with qtbot.waitSignal(session.failed, timeout=TIMEOUT_MS) as failed:
        session.open(write_stand_in(tmp_path / "bad.mp4", opening="crashes"))
    assert failed.args is not None
    assert failed.args[0] == "Cannot open"
    assert "bad.mp4 cannot be opened, because the decoder crashed" in failed.args[1]
    assert session.playhead.source is not None
    assert session.playhead.source.path == good
    session.seek(3)
    wait_for_frame(qtbot, session, 3)
    assert session.project is not None
    assert len(session.project.tracks()) == 1


def test_tracking_when_the_decoder_crashes_by_accident_then_it_pauses_and_can_go_on(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    path = write_stand_in(tmp_path / "clip.mp4", crashes=[12])
    open_clip(qtbot, session, path)
    session.set_box(0, Box(20, 40, 24, 24))
    with qtbot.waitSignal(session.failed, timeout=TIMEOUT_MS) as failed:
        session.tracking.track()
    assert failed.args is not None
    assert failed.args[0] == "Tracking paused"
    assert "frame 12 cannot be read" in failed.args[1]
    assert session.state is RunState.PAUSED
    assert list(predictions(session)) == list(range(1, 12))
    write_stand_in(path)
    session.tracking.track()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED, timeout=TIMEOUT_MS)
    assert list(predictions(session)) == list(range(1, 30))


def test_stop_opening_when_the_decoder_hangs_then_the_present_video_stays(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    good = write_stand_in(tmp_path / "good.mp4")
    open_clip(qtbot, session, good)
    session.open(write_stand_in(tmp_path / "bad.mp4", progress=[0.4], opening="hangs"))
    qtbot.waitUntil(lambda: session.playhead.opening_share == 0.4, timeout=TIMEOUT_MS)
    session.stop_opening()
    assert session.playhead.opening is None
    session.seek(3)
    wait_for_frame(qtbot, session, 3)
    assert session.playhead.source is not None
    assert session.playhead.source.path == good


def test_open_when_another_opening_hangs_then_that_is_given_up(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    session.open(write_stand_in(tmp_path / "bad.mp4", opening="hangs"))
    open_clip(qtbot, session, write_stand_in(tmp_path / "good.mp4"))
    assert session.playhead.source is not None
    assert session.playhead.source.name == "good"


def test_close_when_an_opening_hangs_then_it_does_not_wait(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    session.open(write_stand_in(tmp_path / "bad.mp4", progress=[0.4], opening="hangs"))
    qtbot.waitUntil(lambda: session.playhead.opening_share == 0.4, timeout=TIMEOUT_MS)
    session.close()
    assert session.playhead.source is None
