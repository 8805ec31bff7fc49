"""Ghosts beside the session's own run: nothing of the project or the run changes until one is taken."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.project import changes
from dlst_gui.project.edits import remove_track
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.session import long_change
from dlst_gui.session import session as sessions
from dlst_gui.session.editing import Editing
from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session
from dlst_gui.session.what_ifs import FULL, GhostState, WhatIf, WhatIfs
from dlst_gui.tracking.run_plans import PlanError
from dlst_gui.tracking.tracker_factory import TrackerSettings
from tests.dlst_gui.conftest import WaitForState
from tests.dlst_gui.reading import predictions
from tests.dlst_gui.window_fakes import Workshop
from tests.fakes import FakeTracker
from tracker_core import Box, WeightsError
from tracker_core.evidence import compare

FIRST_BOX = Box(20, 40, 24, 24)
OTHER_SEED = TrackerSettings(seed=7)


@pytest.fixture
def what_ifs(session: Session) -> Iterator[WhatIfs]:
    made = WhatIfs(session)
    yield made
    made.close()


@pytest.fixture
def tracked(what_ifs: WhatIfs, opened: Session, wait_for_state: WaitForState) -> WhatIfs:
    """One object with a manual box on the first frame, tracked to the end."""
    opened.set_box(0, FIRST_BOX)
    opened.tracking.track()
    wait_for_state(RunState.FINISHED)
    return what_ifs


def begun(what_ifs: WhatIfs, settings: TrackerSettings = OTHER_SEED, **asked: bool | int) -> WhatIf:
    made = what_ifs.begin(what_ifs.plan(**asked), settings)
    assert made is not None
    return made


def finished(
    qtbot: QtBot, what_ifs: WhatIfs, settings: TrackerSettings = OTHER_SEED, **asked: bool | int
) -> WhatIf:
    made = begun(what_ifs, settings, **asked)
    qtbot.waitUntil(lambda: made.state.is_over, timeout=5000)
    return made


def content(session: Session) -> bytes:
    """Everything that the project's file holds, as SQL."""
    path = session.current_project.path
    assert path is not None
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
        return "\n".join(file.iterdump()).encode()


def test_ghost_when_tracked_as_the_run_was_then_its_boxes_are_the_same(
    qtbot: QtBot, tracked: WhatIfs, opened: Session, workshop: Workshop
) -> None:
    made = finished(qtbot, tracked, opened.tracking.settings)
    assert made.state is GhostState.COMPLETE
    same = compare(tracked.real_boxes(1, 0, 29), made.ghost.boxes)
    assert same.frames.tolist() == list(range(30))
    assert (same.iou == 1).all()
    assert same.parting_frame is None
    assert same.first.frames_per_second is not None
    assert workshop.settings[-1] == opened.tracking.settings


def test_ghost_when_it_tracks_then_another_thread_and_another_decoder_do(
    qtbot: QtBot, tracked: WhatIfs, workshop: Workshop
) -> None:
    threads, sources = set(workshop.tracker_threads), len(workshop.sources)
    finished(qtbot, tracked)
    assert len(workshop.tracker_threads - threads) == 1
    (source,) = workshop.sources[sources:]
    assert source.is_closed
    assert workshop.settings[-1] == OTHER_SEED


def test_ghost_when_it_is_there_then_the_file_of_the_project_is_untouched_until_it_is_taken(
    qtbot: QtBot, workshop: Workshop, tmp_path: Path
) -> None:
    session = Session(
        workshop.open_source, workshop.make_tracker, TrackerSettings(), ProjectOpener(tmp_path / "data")
    )
    what_ifs = WhatIfs(session)
    with qtbot.waitSignal(session.playhead.frame_decoded):
        session.open(tmp_path / "clip.mp4")
    session.set_box(0, FIRST_BOX)
    session.tracking.track()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED, timeout=5000)
    before = content(session)
    steps = session.current_project.history.steps() if session.current_project.history else ()
    made = finished(qtbot, what_ifs)
    assert content(session) == before
    assert session.current_project.history is not None
    assert session.current_project.history.steps() == steps
    assert what_ifs.take(made)
    assert content(session) != before
    what_ifs.close()
    session.close()


def test_take_when_undone_and_redone_then_each_has_exactly_its_boxes(
    qtbot: QtBot, tracked: WhatIfs, opened: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert opened.project is not None
    before = opened.project.predictions(1).to_bytes()
    monkeypatch.setattr(opened, "make_tracker", lambda _: FakeTracker(velocity=(0.5, 0.25)))
    made = finished(qtbot, tracked)
    assert opened.project.predictions(1).to_bytes() == before
    assert tracked.take(made)
    taken = opened.project.predictions(1).to_bytes()
    assert predictions(opened)[10].box == FIRST_BOX.shifted(5, 2.5)
    assert tracked.ghosts == ()
    facts = opened.current_project.run_facts()[predictions(opened)[10].run_id]
    assert facts.seed == OTHER_SEED.seed
    opened.undo()
    assert opened.project.predictions(1).to_bytes() == before
    opened.redo()
    assert opened.project.predictions(1).to_bytes() == taken


@pytest.fixture
def in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is taken takes long: each turn of the event loop changes a few frames."""
    monkeypatch.setattr(sessions, "BOXES_IN_A_TURN", 0)
    monkeypatch.setattr(changes, "FRAMES_PER_PIECE", 8)
    monkeypatch.setattr(long_change, "SLICE_S", 0.0)
    monkeypatch.setattr(long_change, "TOLD_EVERY_S", 0.0)


@pytest.mark.usefixtures("in_small_pieces")
def test_take_when_long_then_it_is_made_over_several_turns_and_is_one_step_of_undo(
    qtbot: QtBot, tracked: WhatIfs, opened: Session
) -> None:
    assert opened.project is not None
    assert opened.current_project.history is not None
    made = finished(qtbot, tracked)
    before, steps = opened.project.predictions(1).to_bytes(), len(opened.current_project.history.steps())
    turns: list[float] = []
    opened.long_change.changed.connect(lambda: turns.append(opened.long_change.fraction))
    assert tracked.take(made)
    assert opened.state is RunState.CHANGING
    assert opened.project.predictions(1).to_bytes() == before
    assert tracked.ghosts == (made,)
    assert not tracked.take(made)
    qtbot.waitUntil(lambda: not opened.long_change.is_going, timeout=5000)
    assert len([each for each in set(turns) if 0 < each < 1]) >= 3
    assert {each.run_id for each in predictions(opened).values()} == {2}
    assert tracked.ghosts == ()
    assert opened.current_project.run_facts()[2].seed == OTHER_SEED.seed
    latest = opened.current_project.history.steps()[steps]
    assert (latest.title, latest.track_id) == ("Take what-if", 1)
    opened.undo()
    assert opened.project.predictions(1).to_bytes() == before


@pytest.mark.usefixtures("in_small_pieces")
def test_take_when_long_and_given_up_then_boxes_and_ghost_are_as_before(
    qtbot: QtBot, tracked: WhatIfs, opened: Session
) -> None:
    assert opened.project is not None
    made = finished(qtbot, tracked)
    before = opened.project.predictions(1).to_bytes()
    assert tracked.take(made)
    with qtbot.waitSignal(opened.long_change.changed):
        pass
    opened.stop_change()
    assert opened.project.predictions(1).to_bytes() == before
    assert tracked.ghosts == (made,)
    assert made.is_takeable


@pytest.mark.usefixtures("in_small_pieces")
def test_take_when_long_and_another_object_is_tracked_then_it_asks_to_pause(
    qtbot: QtBot, tracked: WhatIfs, opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    made = finished(qtbot, tracked)
    opened.selection.begin_new_track()
    opened.set_box(0, Box(60, 60, 20, 20))
    workshop.frame_delay_s = 0.02
    opened.tracking.track()
    wait_for_state(RunState.TRACKING)
    with qtbot.waitSignal(opened.noted) as noted:
        assert not tracked.take(made)
    assert noted.args is not None
    assert "Pause" in noted.args[0]
    opened.run.pause()
    wait_for_state(RunState.PAUSED)
    assert tracked.take(made)
    qtbot.waitUntil(lambda: not opened.long_change.is_going, timeout=5000)
    (run_id,) = {each.run_id for each in predictions(opened, 1).values()}
    assert run_id > 2


def test_begin_when_three_are_there_then_there_is_no_room_for_another(
    qtbot: QtBot, tracked: WhatIfs, opened: Session
) -> None:
    ghosts = [begun(tracked) for _ in range(3)]
    assert [each.number for each in ghosts] == [1, 2, 3]
    with qtbot.waitSignal(opened.noted) as noted:
        assert tracked.begin(tracked.plan(), OTHER_SEED) is None
    assert noted.args == [FULL]
    qtbot.waitUntil(lambda: all(each.state is GhostState.COMPLETE for each in ghosts), timeout=5000)
    tracked.discard(ghosts[1])
    assert begun(tracked).number == 2


def test_begin_when_one_is_at_work_then_the_next_waits_for_its_turn(
    qtbot: QtBot, tracked: WhatIfs, workshop: Workshop
) -> None:
    workshop.frame_delay_s = 0.01
    first, second = begun(tracked), begun(tracked)
    qtbot.waitUntil(lambda: len(first.ghost) > 3, timeout=5000)
    assert second.state is GhostState.WAITING
    assert first.state is GhostState.TRACKING
    qtbot.waitUntil(lambda: second.state is GhostState.COMPLETE, timeout=5000)


def test_stop_when_at_work_then_what_was_found_stays_and_can_be_taken(
    qtbot: QtBot, tracked: WhatIfs, workshop: Workshop, opened: Session
) -> None:
    workshop.frame_delay_s = 0.02
    made = begun(tracked)
    qtbot.waitUntil(lambda: len(made.ghost) > 5, timeout=5000)
    tracked.stop(made)
    qtbot.waitUntil(lambda: made.state is GhostState.STOPPED, timeout=5000)
    count = len(made.ghost)
    assert 5 < count < 30
    assert made.is_takeable
    run_before = predictions(opened)[29].run_id
    assert tracked.take(made)
    runs = [each.run_id for each in predictions(opened).values()]
    assert runs.count(run_before) == 30 - count


def test_stop_when_it_learns_then_there_is_nothing_to_take(
    qtbot: QtBot, tracked: WhatIfs, workshop: Workshop
) -> None:
    workshop.learn_delay_s = 5.0
    made = begun(tracked)
    qtbot.waitUntil(lambda: made.learned > 0, timeout=5000)
    assert made.state is GhostState.LEARNING
    tracked.stop(made)
    qtbot.waitUntil(lambda: made.state is GhostState.STOPPED, timeout=5000)
    assert not made.is_takeable
    assert not tracked.take(made)


def test_discard_when_at_work_then_it_is_gone_at_once_and_the_next_one_is_tracked(
    qtbot: QtBot, tracked: WhatIfs, workshop: Workshop
) -> None:
    workshop.learn_delay_s = 0.5
    first, second = begun(tracked), begun(tracked)
    qtbot.waitUntil(lambda: first.state is GhostState.LEARNING, timeout=5000)
    tracked.discard(first)
    assert tracked.ghosts == (second,)
    qtbot.waitUntil(lambda: second.state is GhostState.COMPLETE, timeout=5000)
    assert len(first.ghost) == 0


def test_run_when_it_goes_on_beside_a_ghost_then_the_ghost_rests_and_both_have_the_boxes_they_would_have(
    qtbot: QtBot, what_ifs: WhatIfs, opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    opened.set_box(0, FIRST_BOX)
    while (opened.run.latest_frame or 0) < 8:
        opened.tracking.step()
        qtbot.waitUntil(lambda: opened.state is RunState.PAUSED, timeout=5000)
    workshop.frame_delay_s = 0.02
    made = begun(what_ifs)
    qtbot.waitUntil(lambda: len(made.ghost) > 3, timeout=5000)
    assert opened.state is RunState.PAUSED
    assert opened.run.can_resume
    opened.tracking.continue_track()
    qtbot.waitUntil(lambda: opened.state is RunState.TRACKING, timeout=5000)
    qtbot.waitUntil(lambda: made.state is GhostState.RESTING, timeout=5000)
    wait_for_state(RunState.FINISHED)
    qtbot.waitUntil(lambda: made.state is GhostState.COMPLETE, timeout=5000)
    found = predictions(opened)
    assert sorted(found) == list(range(1, 30))
    assert all(found[i].box == workshop.video.box(i) for i in found)
    assert len({each.run_id for each in found.values()}) == 1
    assert compare(what_ifs.real_boxes(1, 0, 29), made.ghost.boxes).iou.min() == 1
    used = [tracker for tracker in workshop.trackers if isinstance(tracker, FakeTracker)]
    assert len(used) == 2
    assert sum(call[0] == "initialize" for call in used[0].calls) == 1


def test_take_when_the_run_is_at_work_on_the_object_then_it_asks_to_pause(
    qtbot: QtBot, tracked: WhatIfs, opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    made = finished(qtbot, tracked)
    workshop.frame_delay_s = 0.02
    opened.seek(0)
    opened.tracking.track()
    wait_for_state(RunState.TRACKING)
    with qtbot.waitSignal(opened.noted) as noted:
        assert not tracked.take(made)
    assert noted.args is not None
    assert "Pause" in noted.args[0]
    assert tracked.ghosts == (made,)


def test_take_when_a_run_of_the_object_is_paused_then_that_run_has_ended(
    qtbot: QtBot, tracked: WhatIfs, opened: Session
) -> None:
    made = finished(qtbot, tracked)
    opened.seek(0)
    opened.tracking.step()
    qtbot.waitUntil(lambda: opened.state is RunState.PAUSED, timeout=5000)
    assert tracked.take(made)
    assert not opened.run.can_resume


def test_take_when_another_object_is_selected_then_its_own_object_gets_the_boxes(
    qtbot: QtBot, tracked: WhatIfs, opened: Session
) -> None:
    made = finished(qtbot, tracked)
    opened.selection.begin_new_track()
    opened.set_box(3, Box(60, 60, 20, 20))
    assert opened.selected_track == 2
    before = predictions(opened, 1)[5].run_id
    assert tracked.take(made)
    assert predictions(opened, 1)[5].run_id != before
    assert predictions(opened, 2) == {}


def test_object_when_it_is_deleted_then_its_ghosts_go_also_one_at_work(
    qtbot: QtBot, tracked: WhatIfs, opened: Session, workshop: Workshop
) -> None:
    workshop.frame_delay_s = 0.02
    begun(tracked)
    waiting = begun(tracked)
    Editing(opened)
    with qtbot.waitSignal(tracked.changed):
        opened.do(lambda project: remove_track(project, 1))
    assert tracked.ghosts == ()
    assert waiting.state is GhostState.WAITING


def test_video_when_another_is_opened_then_all_ghosts_go(
    qtbot: QtBot, tracked: WhatIfs, opened: Session, workshop: Workshop
) -> None:
    workshop.frame_delay_s = 0.02
    made = begun(tracked)
    qtbot.waitUntil(lambda: len(made.ghost) > 2, timeout=5000)
    with qtbot.waitSignal(opened.project_opened):
        opened.open(Path("other.mp4"))
    assert tracked.ghosts == ()
    opened.set_box(0, FIRST_BOX)
    assert begun(tracked).number == 1


def test_close_when_a_ghost_learns_then_its_thread_has_ended(
    qtbot: QtBot, tracked: WhatIfs, workshop: Workshop
) -> None:
    workshop.learn_delay_s = 30.0
    made = begun(tracked)
    qtbot.waitUntil(lambda: made.state is GhostState.LEARNING and bool(workshop.sources[-1].read_frames))
    tracked.close()
    assert workshop.sources[-1].is_closed
    assert tracked.ghosts == ()


def test_ghost_when_the_source_breaks_off_then_it_has_what_was_before_and_says_why(
    qtbot: QtBot, tracked: WhatIfs, workshop: Workshop
) -> None:
    workshop.broken_from = 12
    made = finished(qtbot, tracked)
    assert made.state is GhostState.STOPPED
    assert len(made.ghost) == 12
    assert "frame 12" in made.message


def test_ghost_when_no_tracker_can_be_built_then_it_has_failed_and_says_why(
    qtbot: QtBot, tracked: WhatIfs, opened: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_: TrackerSettings) -> FakeTracker:
        raise WeightsError("no such backbone")

    monkeypatch.setattr(opened, "make_tracker", refuses)
    made = finished(qtbot, tracked)
    assert (made.state, made.message) == (GhostState.FAILED, "no such backbone")
    assert not made.is_takeable


def test_plan_when_no_object_is_selected_then_it_says_what_to_do(what_ifs: WhatIfs, opened: Session) -> None:
    with pytest.raises(PlanError, match="Select an object"):
        what_ifs.plan()


def test_plan_when_a_frame_is_shown_then_it_begins_at_the_manual_box_before_or_here(
    tracked: WhatIfs, opened: Session
) -> None:
    opened.seek(11)
    assert tracked.plan().request.start_frame == 0
    assert tracked.plan(begins_here=True, to_frame=20).request.frames_from(0)[-1] == 20
    assert tracked.plan(begins_here=True).request.start_frame == 11
