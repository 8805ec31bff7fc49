from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from dlst_gui.session.exporting import Exporting
from dlst_gui.session.session import Session
from tests.dlst_gui.reading import shown_box
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box

FIRST_BOX = Box(20, 40, 24, 24)


def test_moment_when_no_video_is_open_then_is_none(session: Session) -> None:
    assert Exporting(session).snapshot() is None


def test_moment_when_the_tracker_is_at_work_then_has_what_it_found_so_far(
    qtbot: QtBot, opened: Session, workshop: Workshop
) -> None:
    workshop.frame_delay_s = 0.02
    opened.set_box(0, FIRST_BOX)
    opened.tracking.track()
    qtbot.waitUntil(lambda: (opened.run.latest_frame or 0) > 3)
    reached = opened.run.latest_frame
    snapshot = Exporting(opened).snapshot()
    assert snapshot is not None
    assert snapshot.project.predictions(1).frame_indices.tolist() == list(range(1, reached + 1))


def test_moment_when_boxes_change_afterwards_then_stays_as_it_was(opened: Session) -> None:
    opened.set_box(0, FIRST_BOX)
    snapshot = Exporting(opened).snapshot()
    assert snapshot is not None
    opened.set_box(0, FIRST_BOX.shifted(9, 9))
    opened.set_box(4, FIRST_BOX)
    assert snapshot.project.shown(1, 0).box == FIRST_BOX
    assert snapshot.project.keyframe(1, 4) is None
    assert shown_box(opened, 0) == FIRST_BOX.shifted(9, 9)


def test_default_target_when_the_project_is_not_beside_the_video_then_neither_is_the_export(
    opened: Session,
) -> None:
    assert opened.current_project.path is None
    assert Exporting(opened).default_video_target() == Path.home() / "clip-boxes.mp4"
