"""Two objects on one target, while they are tracked: swapped, merged, or said to be two."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.project.identity_outcome import merge_outcome, swap_outcome
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.session.editing import Editing
from dlst_gui.session.identities import Identities
from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session
from dlst_gui.settings.preferences import DeleteScope
from tests.dlst_gui.conftest import WaitForState
from tests.dlst_gui.crowds import BOXES, draw_crowd
from tests.dlst_gui.reading import predictions
from tests.dlst_gui.window_fakes import Workshop

TrackPair = Callable[[], None]


@pytest.fixture
def pair(opened: Session) -> Session:
    """Four objects, the first and last of which have the same box."""
    draw_crowd(opened)
    opened.selection.begin_new_track()
    opened.set_box(0, BOXES[1])
    return opened


@pytest.fixture
def track_pair(qtbot: QtBot, pair: Session, workshop: Workshop) -> TrackPair:
    """Track all until one of the two waits."""

    def track() -> None:
        workshop.frame_delay_s = 0.012  # the window sees a part of the run, also on a busy machine
        pair.tracking.track(all_tracks=True)
        qtbot.waitUntil(lambda: bool(pair.run.targets.waiting), timeout=5000)

    return track


def test_track_when_two_end_on_one_target_then_one_waits_and_both_are_named(
    pair: Session, track_pair: TrackPair, wait_for_state: WaitForState
) -> None:
    notes: list[str] = []
    pair.noted.connect(notes.append)
    track_pair()
    assert [(each.track_id, each.other_id, each.since_frame) for each in pair.run.targets.waiting] == [(4, 1, 0)]
    assert "object 4 and object 1 seem to be on one target since frame 0: one of them waits." in notes
    wait_for_state(RunState.PAUSED)
    assert max(predictions(pair, 4)) < 10
    assert max(predictions(pair, 1)) == 29


@pytest.mark.parametrize("selected", [1, 4])
def test_trust_when_either_is_selected_then_both_go_on_and_it_is_not_asked_again(
    pair: Session, track_pair: TrackPair, wait_for_state: WaitForState, selected: int
) -> None:
    track_pair()
    pair.selection.select(selected)
    Identities(pair).trust_both()
    wait_for_state(RunState.FINISHED)
    assert sorted(predictions(pair, 4)) == list(range(1, 30))
    assert pair.current_project.trusted_pairs == {frozenset({1, 4})}
    pair.seek(0)
    pair.set_box(0, BOXES[2])
    pair.set_box(0, BOXES[1])
    pair.tracking.track(all_tracks=True)
    wait_for_state(RunState.FINISHED)


def test_merge_when_one_waits_then_the_other_tracker_goes_on_for_both(
    qtbot: QtBot, pair: Session, track_pair: TrackPair, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    track_pair()
    identities = Identities(pair)
    pair.selection.select(4)
    assert identities.suspected_other == 1
    assert not identities.merge(4, 1), "the other one is being tracked"
    assert identities.hold(1)
    qtbot.waitUntil(lambda: identities.are_free(4, 1), timeout=5000)
    assert identities.merge(4, 1)
    assert pair.state.is_busy
    wait_for_state(RunState.FINISHED)
    assert pair.project is not None
    assert [track.track_id for track in pair.project.tracks()] == [2, 3, 4]
    assert sorted(predictions(pair, 4)) == list(range(1, 30))
    assert sorted(predictions(pair, 2)) == list(range(1, 30))


def test_swap_when_one_waits_then_trackers_are_swapped_and_the_other_name_waits(
    qtbot: QtBot, pair: Session, track_pair: TrackPair, wait_for_state: WaitForState
) -> None:
    track_pair()
    identities = Identities(pair)
    pair.selection.select(4)
    identities.hold(1)
    qtbot.waitUntil(lambda: identities.are_free(4, 1), timeout=5000)
    assert identities.swap(4, 1, 3)
    assert [(each.track_id, each.other_id) for each in pair.run.targets.waiting] == [(1, None)]
    assert pair.selected_track == 1
    wait_for_state(RunState.PAUSED)
    assert max(predictions(pair, 4)) == 29
    assert max(predictions(pair, 1)) < 10


def test_swap_when_one_has_left_the_run_then_the_name_that_is_tracked_on_cannot_be_changed(
    qtbot: QtBot, opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    draw_crowd(opened)
    workshop.frame_delay_s = 0.012  # the window sees a part of the run, also on a busy machine
    opened.tracking.track(all_tracks=True)
    qtbot.waitUntil(lambda: (opened.run.latest_frame or 0) > 2, timeout=5000)
    opened.run.leave(2)
    identities = Identities(opened)
    identities.hold(3)
    qtbot.waitUntil(lambda: identities.are_free(2, 3), timeout=5000)
    assert identities.swap(2, 3, 1)
    assert opened.run.leaves_free(3), "it has what has left"
    assert not opened.run.leaves_free(2)
    wait_for_state(RunState.FINISHED)
    assert sorted(predictions(opened, 2)) == list(range(1, 30))


def test_trusted_pairs_when_the_project_is_opened_again_then_they_are_known(
    qtbot: QtBot, opened: Session, workshop: Workshop, tmp_path: Path
) -> None:
    opened.current_project.opener = ProjectOpener(tmp_path)
    with qtbot.waitSignal(opened.project_opened):
        opened.open(tmp_path / "clip.mp4")
    draw_crowd(opened)
    opened.current_project.trust_pair(3, 1)
    opened.current_project.trust_pair(1, 2)
    with qtbot.waitSignal(opened.project_opened):
        opened.open(tmp_path / "clip.mp4")
    assert opened.current_project.trusted_pairs == {frozenset({1, 2}), frozenset({1, 3})}


def test_outcome_when_compared_then_it_is_what_swap_and_merge_make(
    pair: Session, track_pair: TrackPair, wait_for_state: WaitForState
) -> None:
    track_pair()
    pair.stop()
    assert pair.project is not None
    swap = swap_outcome(pair.project, 4, 1, 3, last=29)
    assert [row.box_count for row in swap.before] == [len(predictions(pair, each)) + 1 for each in (4, 1)]
    assert swap.after[0].count_from(4) == swap.after[1].count_from(1) == 3
    merged = merge_outcome(pair.project, 4, 1, last=29)
    assert merged.after[0].count_from(4) == merged.doubled == len(predictions(pair, 4)) + 1
    identities = Identities(pair)
    pair.selection.select(4)
    identities.swap(4, 1, 3)
    states = [pair.project.state_codes(each, 0, 29) > 0 for each in (4, 1)]
    assert all(np.array_equal(state, row.origins > 0) for state, row in zip(states, swap.after, strict=True))


def test_trust_when_a_new_object_gets_the_number_of_one_that_is_gone_then_it_is_not_about_that(
    qtbot: QtBot, pair: Session, track_pair: TrackPair, wait_for_state: WaitForState
) -> None:
    track_pair()
    pair.selection.select(4)
    Identities(pair).trust_both()
    wait_for_state(RunState.FINISHED)
    Editing(pair).delete(DeleteScope.WHOLE_TRACK)
    pair.selection.begin_new_track()
    pair.seek(0)
    pair.set_box(0, BOXES[1])
    assert pair.selected_track == 4
    assert pair.current_project.trusted_pairs == frozenset()
