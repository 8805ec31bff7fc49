from __future__ import annotations

import pytest

from dlst_gui.project import edits
from dlst_gui.project.changes import Edit
from dlst_gui.project.history import EditHistory
from dlst_gui.project.project import Project
from tests.dlst_gui.project.random_edits import RandomEdits, block, contents, keyframe, opened


@pytest.fixture
def made() -> tuple[Project, EditHistory]:
    """Track 1 with one manual box, on frame 0."""
    project, history = opened()
    history.do(edits.add_track(project, label="dog", color="#00ff00", keyframe=keyframe(0)))
    return project, history


def test_history_when_4000_random_steps_are_undone_and_redone_then_start_and_end_come_back() -> None:
    project, history = opened()
    start = contents(project)
    random_edits = RandomEdits(project, history, seed=7)
    for _ in range(4_000):
        random_edits.step()
    end = contents(project)
    steps = len(history.steps())
    while history.undo():
        pass
    assert contents(project) == start
    while history.redo():
        pass
    assert contents(project) == end
    assert len(history.steps()) == steps
    assert len(random_edits.made) > 30, "all kinds come up within the first 800 steps"


def test_history_when_asked_then_says_what_it_would_take_back_and_where(made: tuple[Project, EditHistory]) -> None:
    project, history = made
    history.do(edits.set_keyframe(project, 1, keyframe(7)))
    assert (history.undo_title, history.undo_frame, history.redo_title) == ("Set box", 7, None)
    undone = history.undo()
    assert undone is not None
    assert undone.track_id == 1
    assert (history.undo_title, history.undo_frame) == ("Add object", 0)
    assert (history.redo_title, history.redo_frame) == ("Set box", 7)
    assert history.titles() == ("Add object", "Set box")
    assert [step.is_undone for step in history.steps()] == [False, True]


def test_history_when_empty_then_undo_and_redo_say_so() -> None:
    _, history = opened()
    assert history.undo() is None
    assert history.redo() is None
    assert history.undo_title is None
    assert history.undo_frame is None


def test_do_when_something_was_undone_then_it_can_no_longer_be_redone(made: tuple[Project, EditHistory]) -> None:
    project, history = made
    history.do(edits.set_keyframe(project, 1, keyframe(7)))
    history.undo()
    history.do(edits.set_keyframe(project, 1, keyframe(9)))
    assert history.redo() is None
    assert history.titles() == ("Add object", "Set box")
    assert [each.frame_index for each in project.keyframes(1)] == [0, 9]


def test_do_when_an_edit_changes_nothing_then_it_is_no_step(made: tuple[Project, EditHistory]) -> None:
    project, history = made
    history.do(edits.set_keyframe(project, 1, keyframe(0)))
    history.do(Edit("Nothing", 0, None, ()))
    assert history.titles() == ("Add object",)


def test_begin_run_when_it_grows_then_it_is_one_step(made: tuple[Project, EditHistory]) -> None:
    project, history = made
    run = history.begin_run("Track forward", 0, 1)
    assert history.titles() == ("Add object",), "no step before the first frame"
    for first in (1, 11, 21):
        run.add(edits.record_predictions(project, 1, block(first, first + 9)).changes)
    run.close()
    assert history.titles() == ("Add object", "Track forward")
    history.undo()
    assert len(project.predictions(1)) == 0
    history.redo()
    assert len(project.predictions(1)) == 30


def test_begin_run_when_something_is_done_meanwhile_then_steps_go_back_in_their_order(
    made: tuple[Project, EditHistory],
) -> None:
    project, history = made
    states = [contents(project)]
    run = history.begin_run("Track", 0, 1)
    run.add(edits.record_predictions(project, 1, block(1, 10)).changes)
    states.append(contents(project))
    history.do(edits.set_keyframe(project, 1, keyframe(5)))
    states.append(contents(project))
    run.add(edits.record_predictions(project, 1, block(6, 20, run_id=2)).changes)
    assert history.titles() == ("Add object", "Track", "Set box", "Track")
    for state in reversed(states):
        history.undo()
        assert contents(project) == state


def test_begin_run_when_what_it_had_is_undone_then_the_rest_is_a_new_step(
    made: tuple[Project, EditHistory],
) -> None:
    project, history = made
    run = history.begin_run("Track", 0, 1)
    run.add(edits.record_predictions(project, 1, block(1, 10)).changes)
    history.undo()
    run.add(edits.record_predictions(project, 1, block(11, 20)).changes)
    assert history.titles() == ("Add object", "Track")
    assert project.predictions(1).frame_indices.tolist() == list(range(11, 21))


def test_begin_run_when_another_step_was_undone_then_it_can_no_longer_be_redone(
    made: tuple[Project, EditHistory],
) -> None:
    project, history = made
    run = history.begin_run("Track", 0, 1)
    run.add(edits.record_predictions(project, 1, block(1, 10)).changes)
    history.do(edits.set_keyframe(project, 1, keyframe(5)))
    history.undo()
    run.add(edits.record_predictions(project, 1, block(6, 20, run_id=2)).changes)
    assert history.titles() == ("Add object", "Track", "Track")
    assert history.redo_title is None


def test_open_edit_when_closed_then_takes_nothing_more(made: tuple[Project, EditHistory]) -> None:
    project, history = made
    run = history.begin_run("Track", 0, 1)
    run.close()
    with pytest.raises(RuntimeError, match="closed"):
        run.add(edits.record_predictions(project, 1, block(1, 10)).changes)
