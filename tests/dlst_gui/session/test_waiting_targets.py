"""Several objects tracked at once: those that are lost wait for a person, the others go on."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.project.tracks import Visibility
from dlst_gui.session.editing import Editing
from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session
from tests.dlst_gui.conftest import WaitForState
from tests.dlst_gui.crowds import BOXES, Lose, draw_crowd, letting_lose
from tests.dlst_gui.reading import predictions
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box


@pytest.fixture
def crowd(opened: Session) -> Session:
    """Three objects with a box on the first frame, none of them tracked."""
    draw_crowd(opened)
    return opened


@pytest.fixture
def lose(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Lose:
    return letting_lose(workshop, monkeypatch)


def waiting(session: Session) -> list[tuple[int, int]]:
    return [(each.track_id, each.since_frame) for each in session.run.targets.waiting]


def wait_until_waiting(qtbot: QtBot, session: Session) -> None:
    qtbot.waitUntil(lambda: bool(waiting(session)), timeout=5000)


def test_track_all_when_one_is_lost_then_it_waits_and_the_others_reach_the_end(
    qtbot: QtBot, crowd: Session, lose: Lose, wait_for_state: WaitForState
) -> None:
    lose(2, *range(10, 15))
    notes: list[str] = []
    crowd.noted.connect(notes.append)
    crowd.selection.select(1)
    crowd.tracking.track(all_tracks=True)
    wait_until_waiting(qtbot, crowd)
    assert crowd.state is RunState.TRACKING
    assert crowd.selected_track == 1, "who looks at another object is not taken away from it"
    wait_for_state(RunState.PAUSED)
    assert waiting(crowd) == [(2, 10)]
    assert "object 2 is lost since frame 10 and waits; the others go on." in notes
    assert sorted(predictions(crowd, 1)) == sorted(predictions(crowd, 3)) == list(range(1, 30))
    assert sorted(predictions(crowd, 2)) == list(range(1, 15))
    assert (crowd.selected_track, crowd.playhead.frame_index) == (2, 10), "when nobody goes on, it is shown"


def test_correction_when_the_others_go_on_then_it_begins_again_there_and_all_reach_the_end(
    qtbot: QtBot, crowd: Session, lose: Lose, wait_for_state: WaitForState
) -> None:
    lose(2, *range(5, 10))
    crowd.selection.select(1)
    crowd.tracking.track(all_tracks=True)
    wait_until_waiting(qtbot, crowd)
    assert not crowd.can_edit
    crowd.tracking.show_next_waiting()
    assert (crowd.selected_track, crowd.playhead.frame_index) == (2, 5)
    assert crowd.can_edit
    assert not crowd.tracking.follows_tracker
    crowd.set_box(5, Box(60, 50, 24, 24))
    assert waiting(crowd) == []
    assert crowd.state.is_busy
    assert crowd.tracking.follows_tracker
    wait_for_state(RunState.FINISHED)
    boxes = predictions(crowd, 2)
    assert sorted(boxes) == list(range(1, 30))
    assert boxes[6].box == Box(62, 50, 24, 24)
    assert sorted(predictions(crowd, 1)) == list(range(1, 30))


def test_correction_when_it_is_on_the_last_tracked_frame_then_the_same_tracker_learns_it(
    qtbot: QtBot, crowd: Session, lose: Lose, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    lose(2, *range(5, 10))
    crowd.tracking.track(all_tracks=True)
    wait_until_waiting(qtbot, crowd)
    crowd.tracking.show_next_waiting()
    crowd.seek(9)
    crowd.set_box(9, Box(60, 50, 24, 24))
    wait_for_state(RunState.FINISHED)
    assert sum(tracker.tracked > 0 for tracker in workshop.trackers) == 3
    assert predictions(crowd, 2)[10].box == Box(62, 50, 24, 24)


def test_outside_when_an_object_waits_then_it_leaves_the_run_and_the_others_go_on(
    qtbot: QtBot, crowd: Session, lose: Lose, wait_for_state: WaitForState
) -> None:
    lose(2, *range(5, 10))
    crowd.tracking.track(all_tracks=True)
    wait_until_waiting(qtbot, crowd)
    crowd.tracking.show_next_waiting()
    Editing(crowd).toggle_visibility(Visibility.OUTSIDE)
    assert waiting(crowd) == []
    wait_for_state(RunState.FINISHED)
    assert sorted(predictions(crowd, 3)) == list(range(1, 30))
    assert max(predictions(crowd, 2)) == 5


def test_reach_when_several_are_tracked_then_that_one_waits_until_another_is_selected(
    qtbot: QtBot, crowd: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    workshop.frame_delay_s = 0.01
    crowd.selection.select(3)
    crowd.tracking.track(all_tracks=True)
    qtbot.waitUntil(lambda: (crowd.run.latest_frame or 0) > 2, timeout=5000)
    crowd.tracking.reach()
    wait_until_waiting(qtbot, crowd)
    assert [each.is_held for each in crowd.run.targets.waiting] == [True]
    assert crowd.can_edit
    assert crowd.state is RunState.TRACKING
    crowd.selection.select(1)
    assert waiting(crowd) == []
    wait_for_state(RunState.FINISHED)
    assert sorted(predictions(crowd, 3)) == list(range(1, 30))


def test_reach_when_another_is_selected_before_it_waits_then_it_goes_on(
    qtbot: QtBot, crowd: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    workshop.frame_delay_s = 0.01
    crowd.selection.select(3)
    crowd.tracking.track(all_tracks=True)
    qtbot.waitUntil(lambda: (crowd.run.latest_frame or 0) > 2, timeout=5000)
    crowd.tracking.reach()
    crowd.selection.select(1)
    wait_for_state(RunState.FINISHED)
    assert sorted(predictions(crowd, 3)) == list(range(1, 30))


def test_reach_when_the_box_is_then_drawn_then_the_tracker_is_followed_again(
    qtbot: QtBot, crowd: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    workshop.frame_delay_s = 0.01
    crowd.selection.select(3)
    crowd.tracking.track(all_tracks=True)
    qtbot.waitUntil(lambda: (crowd.run.latest_frame or 0) > 2, timeout=5000)
    crowd.tracking.reach()
    wait_until_waiting(qtbot, crowd)
    assert not crowd.tracking.follows_tracker
    (held,) = crowd.run.targets.waiting
    crowd.set_box(held.last_frame, Box(60, 80, 24, 24))
    assert crowd.tracking.follows_tracker
    wait_for_state(RunState.FINISHED)
    assert predictions(crowd, 3)[held.last_frame + 1].box == Box(62, 80, 24, 24)


def test_follow_when_an_object_is_held_then_it_goes_on(
    qtbot: QtBot, crowd: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    workshop.frame_delay_s = 0.01
    crowd.tracking.track(all_tracks=True)
    qtbot.waitUntil(lambda: (crowd.run.latest_frame or 0) > 2, timeout=5000)
    crowd.tracking.reach()
    wait_until_waiting(qtbot, crowd)
    crowd.tracking.set_follows_tracker(True)
    assert waiting(crowd) == []
    wait_for_state(RunState.FINISHED)


def test_new_object_when_drawn_beside_a_run_then_the_run_goes_on(
    qtbot: QtBot, crowd: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    workshop.frame_delay_s = 0.01
    crowd.tracking.track(all_tracks=True)
    qtbot.waitUntil(lambda: (crowd.run.latest_frame or 0) > 2, timeout=5000)
    crowd.selection.begin_new_track()
    assert crowd.can_edit
    crowd.set_box(4, Box(100, 80, 24, 24))
    assert crowd.state.is_busy
    assert crowd.project is not None
    assert len(crowd.project.tracks()) == 4
    wait_for_state(RunState.FINISHED)
    assert all(sorted(predictions(crowd, each)) == list(range(1, 30)) for each in (1, 2, 3))


def test_new_object_when_drawn_beside_a_run_of_one_then_that_goes_on_and_the_frame_stays(
    qtbot: QtBot, opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    workshop.frame_delay_s = 0.01
    opened.set_box(0, BOXES[1])
    opened.tracking.track()
    qtbot.waitUntil(lambda: (opened.run.latest_frame or 0) > 2, timeout=5000)
    opened.selection.begin_new_track()
    opened.set_box(2, BOXES[2])
    assert opened.selected_track == 2
    assert opened.state.is_busy
    opened.tracking.reach()
    assert not opened.tracking.follows_tracker
    wait_for_state(RunState.FINISHED)
    assert sorted(predictions(opened, 1)) == list(range(1, 30))


def test_later_box_when_an_object_waits_then_it_begins_again_there(
    qtbot: QtBot, crowd: Session, lose: Lose, wait_for_state: WaitForState
) -> None:
    lose(2, *range(5, 10))
    crowd.tracking.track(all_tracks=True)
    wait_until_waiting(qtbot, crowd)
    crowd.tracking.show_next_waiting()
    crowd.seek(15)
    crowd.set_box(15, Box(60, 50, 24, 24))
    wait_for_state(RunState.FINISHED)
    assert sorted(predictions(crowd, 2)) == [*range(1, 10), *range(16, 30)]


def test_earlier_box_when_a_run_of_several_rests_then_all_go_on_from_where_they_are(
    qtbot: QtBot, crowd: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    workshop.frame_delay_s = 0.01
    crowd.selection.select(2)
    crowd.tracking.track(all_tracks=True)
    qtbot.waitUntil(lambda: (crowd.run.latest_frame or 0) > 12, timeout=5000)
    crowd.run.pause()
    wait_for_state(RunState.PAUSED)
    crowd.seek(6)
    crowd.set_box(6, Box(60, 50, 24, 24))
    wait_for_state(RunState.FINISHED)
    assert predictions(crowd, 2)[7].box == Box(62, 50, 24, 24)
    assert sorted(predictions(crowd, 1)) == list(range(1, 30))
    assert any(("initialize", Box(60, 50, 24, 24)) in tracker.calls for tracker in workshop.trackers)


def test_learning_when_three_begin_then_their_place_is_told(
    qtbot: QtBot, crowd: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    workshop.learn_delay_s = 0.1
    places: list[tuple[int, int]] = []
    crowd.run.learning_progressed.connect(
        lambda: crowd.run.targets.learning_place and places.append(crowd.run.targets.learning_place)
    )
    crowd.tracking.track(all_tracks=True)
    wait_for_state(RunState.FINISHED)
    assert set(places) <= {(1, 3), (2, 3), (3, 3)}
    assert places


@pytest.mark.parametrize("kind", ["interpolated only", "outside"])
def test_track_all_when_paused_and_one_object_cannot_be_tracked_then_the_others_go_on_as_they_were(
    qtbot: QtBot, crowd: Session, workshop: Workshop, wait_for_state: WaitForState, kind: str
) -> None:
    editing = Editing(crowd)
    crowd.selection.select(2)
    if kind == "outside":
        editing.toggle_visibility(Visibility.OUTSIDE)
    else:
        editing.set_interpolated(True)
    crowd.selection.select(1)
    pause_in_the_middle(qtbot, crowd, workshop)
    known = len(workshop.trackers)
    crowd.tracking.continue_all()
    wait_for_state(RunState.FINISHED)
    assert len(workshop.trackers) == known, "nobody forgets what was learned"
    assert max(predictions(crowd, 1)) == max(predictions(crowd, 3)) == 29


def test_track_all_when_an_object_was_locked_meanwhile_then_it_is_left_as_it_is(
    qtbot: QtBot, crowd: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    crowd.selection.select(1)
    pause_in_the_middle(qtbot, crowd, workshop)
    Editing(crowd).toggle_locked(2)
    before = predictions(crowd, 2)
    crowd.tracking.continue_all()
    wait_for_state(RunState.FINISHED)
    assert max(predictions(crowd, 1)) == max(predictions(crowd, 3)) == 29
    assert predictions(crowd, 2) == before
    crowd.selection.select(2)
    with qtbot.waitSignal(crowd.noted) as noted:
        crowd.tracking.continue_track()
    assert noted.args == ["object 2 is locked: unlock it to track it."]
    assert predictions(crowd, 2) == before


def test_track_all_when_every_object_is_locked_then_no_other_run_goes_on(
    qtbot: QtBot, crowd: Session, workshop: Workshop
) -> None:
    editing = Editing(crowd)
    crowd.selection.select(1)
    pause_in_the_middle(qtbot, crowd, workshop)
    for each in (1, 2, 3):
        editing.toggle_locked(each)
    crowd.tracking.continue_all()
    assert not crowd.state.is_busy


def test_lane_switches_when_the_selected_object_is_being_tracked_then_they_work(
    qtbot: QtBot, crowd: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    editing = Editing(crowd)
    crowd.selection.select(1)
    workshop.frame_delay_s = 0.03
    crowd.tracking.continue_all()
    qtbot.waitUntil(lambda: (crowd.run.latest_frame or 0) >= 4, timeout=5000)
    editing.toggle_hidden(1)
    editing.toggle_pinned(2)
    editing.toggle_locked(3)
    assert crowd.state is RunState.TRACKING
    wait_for_state(RunState.FINISHED)
    project = crowd.project
    assert project is not None
    shown = [(track.is_hidden, track.is_pinned, track.is_locked) for track in project.tracks()]
    assert shown == [(True, False, False), (False, True, False), (False, False, True)]
    assert max(predictions(crowd, 1)) == max(predictions(crowd, 2)) == 29
    assert max(predictions(crowd, 3)) < 29


def pause_in_the_middle(qtbot: QtBot, session: Session, workshop: Workshop) -> None:
    workshop.frame_delay_s = 0.03
    session.tracking.continue_all()
    qtbot.waitUntil(lambda: (session.run.latest_frame or 0) >= 4, timeout=5000)
    session.run.pause()
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED, timeout=5000)
