"""What is ready before it is asked for: tracker, video, and what a box that was just drawn teaches."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session
from dlst_gui.session.tracking_commands import MOST_BOXES_LEARNED_AHEAD
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.tracking.tracker_supply import TrackerSupply
from tests.dlst_gui.conftest import WaitForState
from tests.dlst_gui.reading import predictions
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box

BOX = Box(20, 40, 24, 24)
OTHER_BOX = Box(30, 44, 20, 28)


def supply_of(session: Session) -> TrackerSupply:
    return session.run._tracker._thread._worker._supply


def learned(workshop: Workshop) -> list[Box | None]:
    """Boxes that a tracker was initialized with, in the order of the trackers."""
    return [box for tracker in workshop.trackers for call, box in tracker.calls if call == "initialize"]


def test_video_when_opened_then_tracker_and_its_source_are_ready_before_a_box_is_drawn(
    qtbot: QtBot, opened: Session, workshop: Workshop
) -> None:
    qtbot.waitUntil(lambda: supply_of(opened).is_warm)
    assert len(workshop.made) == 1
    assert len(workshop.sources) == 2, "the window's and the tracker's"
    assert workshop.trackers == []


def test_settings_when_changed_then_a_tracker_of_the_new_ones_is_made_ready(
    qtbot: QtBot, opened: Session, workshop: Workshop
) -> None:
    settings = TrackerSettings(seed=7)
    opened.tracking.set_settings(settings)
    qtbot.waitUntil(lambda: supply_of(opened).has_spare(settings))
    opened.set_box(0, BOX)
    qtbot.waitUntil(lambda: learned(workshop) == [BOX])
    assert workshop.settings == [settings]


def test_box_when_drawn_then_is_learned_before_tracking_is_asked_for_and_only_once(
    qtbot: QtBot, opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    opened.set_box(0, BOX)
    qtbot.waitUntil(lambda: learned(workshop) == [BOX])
    assert opened.state is RunState.READY
    opened.tracking.track()
    wait_for_state(RunState.FINISHED)
    assert learned(workshop) == [BOX]
    assert sorted(predictions(opened)) == list(range(1, 30))


def test_box_when_drawn_on_a_later_frame_then_tracking_backward_uses_what_was_learned(
    qtbot: QtBot, opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    opened.seek(12)
    opened.set_box(12, BOX)
    qtbot.waitUntil(lambda: learned(workshop) == [BOX])
    opened.tracking.track_to(3)
    wait_for_state(RunState.FINISHED)
    assert learned(workshop) == [BOX]
    assert sorted(predictions(opened)) == list(range(3, 12))


def test_track_when_the_box_is_still_being_learned_then_the_run_waits_for_that_and_tells_how_far_it_is(
    qtbot: QtBot, opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    workshop.learn_delay_s = 0.4
    opened.set_box(0, BOX)
    qtbot.waitUntil(lambda: bool(workshop.trackers))
    opened.tracking.track()
    assert opened.state is RunState.LEARNING
    qtbot.waitUntil(lambda: opened.run.learning_fraction > 0)
    wait_for_state(RunState.FINISHED)
    assert learned(workshop) == [BOX]


def test_box_when_changed_while_it_is_being_learned_then_only_the_new_one_is_learned(
    qtbot: QtBot, opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    workshop.learn_delay_s = 5.0
    opened.set_box(0, BOX)
    qtbot.waitUntil(lambda: bool(workshop.trackers))
    workshop.learn_delay_s = 0.0
    opened.set_box(0, OTHER_BOX)
    qtbot.waitUntil(lambda: learned(workshop) == [OTHER_BOX], timeout=3000)
    opened.tracking.track()
    wait_for_state(RunState.FINISHED)
    assert learned(workshop) == [OTHER_BOX]


def test_stop_when_the_run_waits_for_what_is_being_learned_then_that_is_left_too(
    qtbot: QtBot, opened: Session, workshop: Workshop
) -> None:
    workshop.learn_delay_s = 5.0
    opened.set_box(0, BOX)
    opened.tracking.track()
    qtbot.waitUntil(lambda: bool(workshop.trackers))
    opened.run.stop()
    assert opened.state is RunState.READY
    qtbot.waitUntil(lambda: supply_of(opened).has_spare(opened.tracking.settings), timeout=3000)
    assert learned(workshop) == []


def test_boxes_when_many_are_drawn_without_tracking_then_no_more_are_learned_ahead(
    qtbot: QtBot, opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    for index in range(MOST_BOXES_LEARNED_AHEAD):
        opened.seek(index)
        opened.set_box(index, BOX)
        qtbot.waitUntil(lambda n=index: len(learned(workshop)) == n + 1)
    opened.seek(20)
    opened.set_box(20, OTHER_BOX)
    opened.tracking.track()
    wait_for_state(RunState.FINISHED)
    assert learned(workshop).count(OTHER_BOX) == 1, "by the run"
    assert len(learned(workshop)) == MOST_BOXES_LEARNED_AHEAD + 1


def test_second_object_when_drawn_then_it_is_learned_ahead_too(
    qtbot: QtBot, opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    opened.set_box(0, BOX)
    opened.tracking.track()
    wait_for_state(RunState.FINISHED)
    opened.selection.begin_new_track()
    opened.seek(0)
    opened.set_box(0, OTHER_BOX)
    qtbot.waitUntil(lambda: learned(workshop) == [BOX, OTHER_BOX])
    opened.tracking.track()
    wait_for_state(RunState.FINISHED)
    assert learned(workshop) == [BOX, OTHER_BOX]


def test_second_video_when_opened_then_the_trackers_thread_opens_it_before_a_box_is_drawn(
    qtbot: QtBot, opened: Session, workshop: Workshop
) -> None:
    qtbot.waitUntil(lambda: len(workshop.sources) == 2)
    opened.open(Path("other.mp4"))
    qtbot.waitUntil(lambda: [source.path.name for source in workshop.sources[2:]] == ["other.mp4"] * 2)
    qtbot.waitUntil(lambda: workshop.sources[1].is_closed)
