"""Another video in the place of one: what has to make room for it, in which order, and in which turns."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dlst_gui.session.session import Session
from tests.dlst_gui.conftest import OpenSession
from tracker_core import Box


def test_switch_when_it_happens_then_each_step_has_a_turn_of_its_own_and_pixels_come_last(
    qtbot: QtBot, opened: Session
) -> None:
    turn, steps = 0, []
    for name in ("source_leaving", "source_changed", "source_ready", "frame_decoded"):
        signal = getattr(opened.playhead, name)
        signal.connect(lambda name=name: steps.append((name, turn, opened.project is not None)))
    opened.open(Path("other.mp4"))
    while not steps or steps[-1][0] != "frame_decoded":
        turn += 1
        QApplication.processEvents()
    names, turns, has_project = zip(*steps, strict=True)
    assert names == ("source_leaving", "source_changed", "source_ready", "frame_decoded")
    assert len(set(turns)) == len(turns)
    assert has_project == (False, False, True, True)


def test_switch_when_a_person_goes_on_meanwhile_then_nothing_of_it_is_of_the_video_that_leaves(
    qtbot: QtBot, opened: Session
) -> None:
    def act() -> None:
        opened.seek(20)
        opened.set_box(0, Box(10, 10, 20, 20))
        opened.playhead.play()

    opened.playhead.source_leaving.connect(act)
    opened.playhead.source_changed.connect(act)
    with qtbot.waitSignal(opened.project_opened):
        opened.open(Path("other.mp4"))
    qtbot.waitUntil(lambda: opened.playhead.decoded is not None)
    assert opened.project is not None
    assert opened.project.tracks() == ()


@pytest.mark.parametrize("moment", ["source_leaving", "source_changed"])
def test_switch_when_a_third_video_is_asked_for_on_the_way_then_each_gets_its_own_project(
    qtbot: QtBot, open_session: OpenSession, tmp_path: Path, moment: str
) -> None:
    session = open_session()
    own = session.current_project.path
    opened: list[tuple[str, str]] = []

    def note() -> None:
        source, path = session.playhead.source, session.current_project.path
        assert source is not None
        assert path is not None
        opened.append((source.path.name, path.name))

    session.project_opened.connect(note)
    asked = QTimer(session, singleShot=True, interval=0)
    asked.timeout.connect(lambda: session.open_with(own, tmp_path / "third.mp4"))
    getattr(session.playhead, moment).connect(asked.start, Qt.ConnectionType.SingleShotConnection)
    session.open(tmp_path / "other.mp4")
    qtbot.waitUntil(lambda: len(opened) == 2)
    assert opened == [("other.mp4", "other.mp4.dlst"), ("third.mp4", "clip.mp4.dlst")]
