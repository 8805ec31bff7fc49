"""What a failure card knows of the frames before: those that the tracker saw before, however it went."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.session.run_state import RunState
from dlst_gui.tracking.tracking_run import Direction
from dlst_gui.views.evidence.card.frame_cards import RECENT_FRAMES, recent_frames
from tests.dlst_gui.conftest import OpenSession
from tracker_core import Box

FIRST_BOX = Box(40, 30, 24, 24)


def test_recent_frames_when_the_tracker_went_backward_then_are_those_after(
    qtbot: QtBot, open_session: OpenSession
) -> None:
    session = open_session()
    session.seek(20)
    session.set_box(20, FIRST_BOX)
    session.tracking.track(Direction.BACKWARD)
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED, timeout=5000)
    recent = recent_frames(session, 12, is_backward=True)
    assert [past.frame_index for past in recent] == list(range(20, 12, -1))
    assert [past.score == float("inf") for past in recent] == [True] + 7 * [False]
    assert [past.frame_index for past in recent_frames(session, 12)] == list(range(12))


def test_recent_frames_when_they_come_from_the_disk_then_all_are_looked_for_at_once(
    qtbot: QtBot, open_session: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = open_session()
    session.evidence.set_keeps_all(True)
    session.set_box(0, FIRST_BOX)
    session.tracking.track()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED, timeout=5000)
    again = open_session()
    frame = 20
    assert frame < RECENT_FRAMES
    again.selection.evidence(frame)
    recent_frames(again, frame)
    qtbot.waitUntil(lambda: again.selection.evidence(frame) is not None, timeout=5000)
    qtbot.waitUntil(lambda: len(again.evidence._found) == frame, timeout=5000)
    store = again.evidence._store
    monkeypatch.setattr(store, "look", lambda _frame: pytest.fail("looked for again"))
    monkeypatch.setattr(store, "look_beside", lambda _frames: pytest.fail("looked for again"))
    seen = [again.selection.evidence(index) for index in range(1, frame)]
    assert all(each is not None and each.timestamp_s is not None for each in seen)
    recent_frames(again, frame)
