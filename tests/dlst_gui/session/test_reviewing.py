"""The way through the open findings, and what verdicts do to it."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.project.edits import change_track
from dlst_gui.project.findings.finding import Findings, Reason, finding_at
from dlst_gui.project.findings.review_findings import FindingRules, review_findings
from dlst_gui.project.project import Project
from dlst_gui.project.review import ReviewMark
from dlst_gui.session import open_findings
from dlst_gui.session.reviewing import FindingOrder, FindingView, Reviewing
from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session
from tests.dlst_gui.conftest import WaitForState
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import DEFAULT_PRESET, Box, error_rates

FIRST_BOX = Box(20, 40, 24, 24)
OTHER_BOX = Box(100, 80, 20, 20)


@pytest.fixture
def reviewing(opened: Session) -> Reviewing:
    return Reviewing(opened)


def track_to_the_end(session: Session, wait: WaitForState) -> None:
    session.set_box(0, FIRST_BOX)
    session.tracking.track()
    wait(RunState.FINISHED)


@pytest.fixture
def lost_twice(opened: Session, workshop: Workshop, wait_for_state: WaitForState) -> Session:
    """Tracked to the end, and lost on two stretches of frames."""
    workshop.lost_frames = frozenset({4, 5, 24})
    track_to_the_end(opened, wait_for_state)
    opened.seek(0)
    return opened


def add_interpolated(session: Session) -> int:
    """A second object with two boxes and nothing but a line between them."""
    session.selection.begin_new_track()
    session.set_box(0, OTHER_BOX)
    session.set_box(29, OTHER_BOX)
    assert session.selected_track is not None
    return session.selected_track


def reasons(reviewing: Reviewing) -> list[Reason]:
    listed = reviewing.listed()
    return [finding_at(listed, position).reason for position in range(len(listed))]


def firsts(reviewing: Reviewing) -> list[int]:
    listed: list[int] = reviewing.listed()["first"].tolist()
    return listed


def test_seek_when_frames_were_lost_then_they_are_shown_and_accepting_closes_them_one_by_one(
    lost_twice: Session, reviewing: Reviewing
) -> None:
    reviewing.seek(forward=True)
    assert lost_twice.playhead.frame_index in (4, 5)
    reviewing.judge(ReviewMark.ACCEPTED)
    assert lost_twice.playhead.frame_index == 24
    assert firsts(reviewing) == [24]


def test_accept_when_it_was_the_last_finding_then_says_that_the_review_is_finished(
    qtbot: QtBot, lost_twice: Session, reviewing: Reviewing
) -> None:
    reviewing.seek(forward=True)
    reviewing.judge(ReviewMark.ACCEPTED)
    with qtbot.waitSignal(lost_twice.noted, check_params_cb=lambda note: note.startswith("Review finished")):
        reviewing.judge(ReviewMark.ACCEPTED)
    assert firsts(reviewing) == []
    lost_twice.undo()
    reviewing.seek(forward=True)
    assert firsts(reviewing) == [24]


def test_judge_when_frames_are_marked_bad_then_says_which_and_they_stay_open(
    qtbot: QtBot, opened: Session, reviewing: Reviewing, wait_for_state: WaitForState
) -> None:
    track_to_the_end(opened, wait_for_state)
    opened.seek(4)
    with qtbot.waitSignal(opened.noted, check_params_cb=lambda note: note.startswith("Marked as bad: frame 4.")):
        reviewing.judge(ReviewMark.BAD)
    reviewing.seek(forward=True)
    assert reasons(reviewing) == [Reason.MARKED_BAD]


def test_judge_when_manual_boxes_are_near_then_the_verdict_ends_before_them(
    opened: Session, reviewing: Reviewing, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    workshop.lost_frames = frozenset({7, 8, 10, 11})
    opened.set_box(0, FIRST_BOX)
    opened.set_box(10, OTHER_BOX)
    track_to_the_end(opened, wait_for_state)
    opened.seek(11)
    reviewing.judge(ReviewMark.BAD)
    opened.seek(8)
    reviewing.judge(ReviewMark.BAD)
    assert opened.project is not None
    judged = {i for span in opened.project.review(1) for i in range(span.first, span.last + 1)}
    assert {8, 11} <= judged
    assert 10 not in judged


def test_judge_when_the_box_is_a_persons_then_nothing_is_marked(
    qtbot: QtBot, opened: Session, reviewing: Reviewing
) -> None:
    opened.set_box(0, FIRST_BOX)
    with qtbot.waitSignal(opened.noted, check_params_cb=lambda note: note.startswith("This is your own box")):
        reviewing.judge(ReviewMark.BAD)
    assert opened.project is not None
    assert opened.project.review(1) == ()


def test_seek_when_one_stands_in_a_finding_by_chance_then_the_most_suspicious_comes_first_all_the_same(
    qtbot: QtBot, opened: Session, reviewing: Reviewing, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    workshop.lost_frames = frozenset({4, 25})
    track_to_the_end(opened, wait_for_state)
    opened.seek(25)
    for number in (1, 2, 1):
        with qtbot.waitSignal(
            opened.noted, check_params_cb=lambda note, number=number: note.startswith(f"{number} of 2:")
        ):
            reviewing.seek(forward=True)
    assert opened.playhead.frame_index == reviewing.listed()["worst"][0]


def test_seek_when_a_score_is_low_then_says_what_such_a_score_means(
    qtbot: QtBot, lost_twice: Session, reviewing: Reviewing
) -> None:
    rates = error_rates(DEFAULT_PRESET)
    assert rates is not None
    said = f"low score ({rates.wrong_share(-1.0) * 100:.0f} % of such boxes are wrong)"
    with qtbot.waitSignal(lost_twice.noted, check_params_cb=lambda note: said in note):
        reviewing.seek(forward=True)


def test_view_when_one_object_or_reason_is_wanted_then_the_way_leads_through_those_alone(
    lost_twice: Session, reviewing: Reviewing
) -> None:
    reviewing.findings.set_rules(FindingRules(interpolated_frames=5))
    other = add_interpolated(lost_twice)
    reviewing.seek(forward=True)
    assert set(reasons(reviewing)) == {Reason.LOW_SCORE, Reason.INTERPOLATED}
    assert reviewing.counts() == {(1, Reason.LOW_SCORE): 2, (other, Reason.INTERPOLATED): 1}
    reviewing.set_view(FindingView(track_id=other))
    assert reasons(reviewing) == [Reason.INTERPOLATED]
    reviewing.seek(forward=True)
    assert (lost_twice.selected_track, lost_twice.playhead.frame_index) == (other, 14)
    reviewing.set_view(FindingView(reason=Reason.LOW_SCORE))
    reviewing.seek(forward=True)
    assert lost_twice.selected_track == 1


def test_view_when_ordered_by_frames_then_the_way_goes_through_the_video(
    lost_twice: Session, reviewing: Reviewing
) -> None:
    reviewing.findings.set_rules(FindingRules(interpolated_frames=5))
    add_interpolated(lost_twice)
    reviewing.set_view(FindingView(FindingOrder.FRAMES))
    reviewing.seek(forward=True)
    assert firsts(reviewing) == [1, 4, 24]


def test_view_when_the_object_is_deleted_then_all_are_listed_again(
    lost_twice: Session, reviewing: Reviewing
) -> None:
    reviewing.findings.set_rules(FindingRules(interpolated_frames=5))
    other = add_interpolated(lost_twice)
    reviewing.set_view(FindingView(track_id=other))
    lost_twice.undo()
    lost_twice.undo()
    assert reviewing.view.track_id is None


def test_mark_when_several_are_chosen_then_they_close_as_one_step_of_undo(
    qtbot: QtBot, lost_twice: Session, reviewing: Reviewing
) -> None:
    reviewing.findings.set_rules(FindingRules(interpolated_frames=5))
    add_interpolated(lost_twice)
    reviewing.seek(forward=True)
    assert len(reviewing.listed()) == 3
    assert reviewing.mark(reviewing.listed(), ReviewMark.ACCEPTED)
    assert firsts(reviewing) == []
    history = lost_twice.current_project.history
    assert history is not None
    assert history.undo_title == "Accept 3 spans"
    lost_twice.undo()
    reviewing.seek(forward=True)
    assert len(reviewing.listed()) == 3


def test_mark_when_an_object_is_locked_then_nothing_is_accepted(lost_twice: Session, reviewing: Reviewing) -> None:
    reviewing.seek(forward=True)
    lost_twice.do(lambda p: change_track(p, replace(p.track(1), is_locked=True)))
    assert not reviewing.mark(reviewing.listed()[:1], ReviewMark.ACCEPTED)
    assert len(reviewing.listed()) == 2


def test_accept_track_then_says_how_many_and_undo_brings_them_back(
    qtbot: QtBot, lost_twice: Session, reviewing: Reviewing
) -> None:
    reviewing.findings.set_rules(FindingRules(interpolated_frames=5))
    other = add_interpolated(lost_twice)
    said = "Accepted all of object 1: 2 findings on 30 frames. Undo takes it back."
    with qtbot.waitSignal(lost_twice.noted, check_params_cb=lambda note: note == said):
        reviewing.accept_track(1)
    assert reviewing.listed()["track_id"].tolist() == [other]
    lost_twice.undo()
    reviewing.seek(forward=True)
    assert sorted(reviewing.listed()["track_id"].tolist()) == [1, 1, other]


def test_accept_track_when_frames_were_marked_as_bad_then_they_stay_so(
    qtbot: QtBot, lost_twice: Session, reviewing: Reviewing
) -> None:
    lost_twice.seek(24)
    reviewing.judge(ReviewMark.BAD)
    with qtbot.waitSignal(lost_twice.noted, check_params_cb=lambda note: "but 1 finding marked as bad" in note):
        reviewing.accept_track(1)
    assert reasons(reviewing) == [Reason.MARKED_BAD]


def test_findings_when_a_track_has_not_changed_then_it_is_not_looked_through_again(
    lost_twice: Session, reviewing: Reviewing, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewing.seek(forward=True)
    found = firsts(reviewing)
    looked: list[int] = []

    def noting(project: Project, track_id: int, frames: int, rules: FindingRules) -> Findings:
        looked.append(track_id)
        return review_findings(project, track_id, frames, rules)

    monkeypatch.setattr(open_findings, "review_findings", noting)
    lost_twice.seek(3)
    reviewing.seek(forward=True)
    assert (firsts(reviewing), looked) == (found, [])
    lost_twice.set_box(24, OTHER_BOX)
    lost_twice.run.stop()
    reviewing.seek(forward=True)
    assert looked == [1]


def test_findings_when_verdicts_follow_each_other_quickly_then_none_waits_for_a_look(
    lost_twice: Session, reviewing: Reviewing, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewing.seek(forward=True)
    monkeypatch.setattr(open_findings, "FRAMES_AT_ONCE", 0)
    reviewing.judge(ReviewMark.ACCEPTED)
    reviewing.judge(ReviewMark.ACCEPTED)
    assert firsts(reviewing) == []


def test_findings_when_there_is_much_to_look_through_then_a_job_does_it_and_the_command_goes_on(
    qtbot: QtBot, lost_twice: Session, reviewing: Reviewing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_findings, "FRAMES_AT_ONCE", 0)
    threads = []

    def noting_thread(project: Project, track_id: int, frames: int, rules: FindingRules) -> Findings:
        threads.append(threading.current_thread())
        return review_findings(project, track_id, frames, rules)

    monkeypatch.setattr(open_findings, "review_findings", noting_thread)
    reviewing.seek(forward=True)
    assert lost_twice.playhead.frame_index == 0
    qtbot.waitUntil(lambda: not reviewing.findings.is_looking and lost_twice.playhead.frame_index in (4, 5))
    assert threading.main_thread() not in threads
    count = len(threads)
    reviewing.seek(forward=True)
    assert len(threads) == count  # all is known by now


def test_findings_when_somebody_watches_then_they_follow_every_change_without_being_asked(
    qtbot: QtBot, lost_twice: Session, reviewing: Reviewing
) -> None:
    reviewing.findings.set_watched(True)
    qtbot.waitUntil(lambda: firsts(reviewing) == [4, 24])
    lost_twice.undo()
    qtbot.waitUntil(lambda: firsts(reviewing) == [])
    assert reviewing.findings.is_current


def test_findings_when_the_project_is_closed_while_a_job_looks_through_then_the_job_ends(
    opened: Session, reviewing: Reviewing, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.set_box(0, FIRST_BOX)
    monkeypatch.setattr(open_findings, "FRAMES_AT_ONCE", 0)
    reviewing.seek(forward=True)
    assert reviewing.findings.is_looking
    opened.close()
    assert not reviewing.findings.is_looking
