from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.project import opening
from dlst_gui.project.choices import Choice
from dlst_gui.project.edits import change_track, clear_here
from dlst_gui.project.errors import DamagedProjectError
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.session import damage_watch
from dlst_gui.session.editing import Editing
from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import WATCHED_EVERY_MS, Session
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.tracking.tracking_run import FrameTracked
from tests.dlst_gui.conftest import WaitForState
from tests.dlst_gui.dead_network import DeadNetwork
from tests.dlst_gui.reading import prediction, predictions, shown_box
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box, TrackResult, UpdateKind

FIRST_BOX = Box(20, 40, 24, 24)


def tracked_frames(session: Session) -> list[int]:
    return sorted(predictions(session))


def pause_at(qtbot: QtBot, session: Session, frame_index: int) -> None:
    """Step until the run rests on `frame_index`."""
    while (session.run.latest_frame or 0) < frame_index:
        session.tracking.step()
        qtbot.waitUntil(lambda: session.state is RunState.PAUSED, timeout=5000)


def test_open_when_the_source_is_fine_then_it_is_ready_and_shows_its_first_frame(opened: Session) -> None:
    assert opened.state is RunState.READY
    assert opened.playhead.source is not None
    assert opened.playhead.source.frame_count == 30
    assert opened.playhead.decoded is not None
    assert opened.playhead.decoded.pixels.shape == (120, 160, 3)


def test_open_when_it_is_no_video_then_the_message_names_it_and_the_old_one_stays(
    qtbot: QtBot, opened: Session
) -> None:
    with qtbot.waitSignal(opened.failed) as failed:
        opened.open(Path("notes.txt"))
    assert failed.args is not None
    assert "notes.txt" in failed.args[1]
    assert opened.playhead.source is not None
    assert opened.playhead.source.name == "clip"
    assert opened.playhead.opening is None


def test_track_when_a_box_is_set_then_every_frame_is_recorded_to_the_end(
    opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    opened.set_box(0, FIRST_BOX)
    opened.tracking.track()
    wait_for_state(RunState.FINISHED)
    assert tracked_frames(opened) == list(range(1, 30))
    assert shown_box(opened, 29) == workshop.video.box(29)
    assert opened.playhead.frame_index == 29
    assert workshop.trackers[0].calls[0] == ("initialize", FIRST_BOX)


def test_track_when_a_run_is_recorded_then_the_project_keeps_what_it_was_made_with(
    opened: Session, wait_for_state: WaitForState
) -> None:
    opened.set_box(0, FIRST_BOX)
    opened.tracking.track()
    wait_for_state(RunState.FINISHED)
    settings = opened.tracking.settings
    ((run_id, facts),) = opened.current_project.run_facts().items()
    assert run_id == 1
    assert (facts.system, facts.weights, facts.seed) == (settings.system, settings.weights, settings.seed)


def test_track_when_no_box_is_set_then_it_asks_for_one(qtbot: QtBot, opened: Session) -> None:
    with qtbot.waitSignal(opened.noted) as noted:
        opened.tracking.track()
    assert noted.args is not None
    assert "box" in noted.args[0]
    assert opened.state is RunState.READY


def test_step_when_ready_then_the_target_is_learned_and_one_frame_tracked(
    opened: Session, wait_for_state: WaitForState
) -> None:
    opened.set_box(0, FIRST_BOX)
    opened.tracking.step()
    wait_for_state(RunState.PAUSED)
    assert tracked_frames(opened) == [1]
    opened.tracking.step()
    wait_for_state(RunState.PAUSED)
    assert tracked_frames(opened) == [1, 2]


def test_set_box_when_paused_on_the_last_frame_then_the_tracker_learns_it_and_goes_on_from_it(
    qtbot: QtBot, opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    opened.set_box(0, FIRST_BOX)
    pause_at(qtbot, opened, 5)
    drifted = prediction(opened, 5)
    corrected = Box(50.5, 60.25, 24, 24)
    opened.set_box(5, corrected)
    wait_for_state(RunState.FINISHED)
    assert len(workshop.trackers) == 1, "the run goes on with the tracker that has learned"
    assert ("correct", corrected) in workshop.trackers[0].calls
    assert shown_box(opened, 5) == corrected
    kept = prediction(opened, 5)
    assert drifted is not None
    assert kept is not None
    assert kept.box == drifted.box, "what the tracker said stays on record"
    assert shown_box(opened, 6) == corrected.shifted(2, 0)


def test_set_box_when_it_shall_not_go_on_then_the_tracker_learns_and_rests(
    qtbot: QtBot, opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    opened.tracking.set_continues_after_correction(False)
    opened.set_box(0, FIRST_BOX)
    pause_at(qtbot, opened, 3)
    opened.set_box(3, Box(70, 70, 24, 24))
    wait_for_state(RunState.PAUSED)
    assert workshop.trackers[0].calls[-1] == ("correct", Box(70, 70, 24, 24))
    assert tracked_frames(opened)[-1] == 3


def test_set_box_when_on_an_earlier_frame_then_a_new_run_starts_there_and_later_boxes_are_superseded(
    qtbot: QtBot, opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    opened.set_box(0, FIRST_BOX)
    pause_at(qtbot, opened, 8)
    opened.seek(4)
    corrected = Box(90, 20, 24, 24)
    opened.set_box(4, corrected)
    assert tracked_frames(opened) == [1, 2, 3, 4]
    wait_for_state(RunState.FINISHED)
    assert workshop.trackers[1].calls[:2] == [("example", FIRST_BOX), ("initialize", corrected)]
    assert shown_box(opened, 9) == corrected.shifted(10, 0)
    assert shown_box(opened, 3) == FIRST_BOX.shifted(6, 0)


def test_set_box_when_on_a_later_frame_of_a_paused_run_then_it_is_learned_when_the_run_comes_to_it(
    qtbot: QtBot, opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    opened.set_box(0, FIRST_BOX)
    pause_at(qtbot, opened, 2)
    later = Box(100, 50, 20, 20)
    opened.set_box(10, later)
    assert opened.state is RunState.PAUSED
    opened.tracking.track()
    wait_for_state(RunState.FINISHED)
    assert workshop.trackers[0].calls[10] == ("correct", later)
    assert shown_box(opened, 10) == later
    assert prediction(opened, 10) is None, "a tracker never writes over a manual box"


def test_set_box_when_the_tracker_is_at_work_then_nothing_changes(
    qtbot: QtBot, opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    workshop.learn_delay_s = 0.3
    opened.set_box(0, FIRST_BOX)
    opened.tracking.track()
    opened.set_box(0, Box(1, 1, 5, 5))
    assert shown_box(opened, 0) == FIRST_BOX


def test_remove_box_when_it_was_the_only_one_then_its_predictions_go_with_it(
    qtbot: QtBot, opened: Session, wait_for_state: WaitForState
) -> None:
    opened.set_box(0, FIRST_BOX)
    pause_at(qtbot, opened, 3)
    opened.seek(0)
    Editing(opened).remove_box(0)
    assert shown_box(opened, 0) is None
    assert tracked_frames(opened) == []
    assert opened.state is RunState.READY


def test_pause_when_tracking_then_the_run_rests_and_track_goes_on(
    qtbot: QtBot, opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    workshop.frame_delay_s = 0.01
    opened.set_box(0, FIRST_BOX)
    opened.tracking.track()
    qtbot.waitUntil(lambda: (opened.run.latest_frame or 0) >= 3)
    opened.run.pause()
    wait_for_state(RunState.PAUSED)
    rested = opened.run.latest_frame
    qtbot.wait(40)
    assert opened.run.latest_frame == rested
    opened.tracking.track()
    wait_for_state(RunState.FINISHED)
    assert tracked_frames(opened) == list(range(1, 30))
    assert len(workshop.trackers) == 1


def test_seek_when_tracking_then_the_view_stays_and_the_run_goes_on(
    qtbot: QtBot, opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    workshop.frame_delay_s = 0.01
    opened.set_box(0, FIRST_BOX)
    opened.tracking.track()
    qtbot.waitUntil(lambda: (opened.run.latest_frame or 0) >= 3)
    opened.seek(1)
    wait_for_state(RunState.FINISHED)
    assert opened.playhead.frame_index == 1
    assert tracked_frames(opened) == list(range(1, 30))


def test_track_when_the_view_follows_then_no_frame_is_decoded_again_for_it(
    opened: Session, workshop: Workshop, wait_for_state: WaitForState, qtbot: QtBot
) -> None:
    opened.set_box(0, FIRST_BOX)
    opened.tracking.track()
    wait_for_state(RunState.FINISHED)
    qtbot.waitUntil(lambda: opened.playhead.decoded is not None and opened.playhead.decoded.frame_index == 29)
    windows, trackers = workshop.sources
    assert windows.read_frames == [0, 15, 29, 0], "three to know the video again, and the first"
    assert trackers.read_frames == list(range(1, 30)), "the first is the window's"


def test_edit_when_it_ends_the_run_then_one_that_rests_is_gone(qtbot: QtBot, opened: Session) -> None:
    opened.set_box(0, FIRST_BOX)
    pause_at(qtbot, opened, 5)
    assert opened.run.can_resume
    opened.do(lambda p: change_track(p, replace(p.track(1), label="cat")))
    assert opened.run.can_resume
    opened.do(lambda p: clear_here(p, 1, 3))
    assert not opened.run.can_resume
    assert prediction(opened, 4) is not None


def test_stop_when_tracking_then_results_still_in_flight_are_dropped(
    qtbot: QtBot, opened: Session, workshop: Workshop
) -> None:
    workshop.frame_delay_s = 0.01
    opened.set_box(0, FIRST_BOX)
    opened.tracking.track()
    qtbot.waitUntil(lambda: (opened.run.latest_frame or 0) >= 2)
    opened.run.stop()
    kept = tracked_frames(opened)
    qtbot.wait(60)
    assert opened.state is RunState.READY
    assert tracked_frames(opened) == kept


def test_result_when_its_run_id_is_stale_then_it_is_dropped(qtbot: QtBot, opened: Session) -> None:
    opened.set_box(0, FIRST_BOX)
    pause_at(qtbot, opened, 2)
    stale = FrameTracked(0, 20, TrackResult(Box(1, 2, 3, 4), 1.0, True), is_human=False, elapsed_s=0.1)
    opened.run._tracker._on_told(stale)
    assert prediction(opened, 20) is None


def test_run_when_the_video_breaks_then_the_message_says_where_and_the_boxes_stay(
    qtbot: QtBot, opened: Session, workshop: Workshop
) -> None:
    qtbot.waitUntil(lambda: len(workshop.sources) == 2)
    workshop.sources[1].broken_from = 12
    opened.set_box(0, FIRST_BOX)
    with qtbot.waitSignal(opened.failed) as failed:
        opened.tracking.track()
    assert failed.args is not None
    assert "12" in failed.args[0]
    assert opened.state is RunState.FINISHED
    assert tracked_frames(opened) == list(range(1, 12))


@pytest.mark.logs_warnings
def test_run_when_the_tracker_fails_then_the_state_says_so_and_the_session_can_go_on(
    qtbot: QtBot,
    opened: Session,
    workshop: Workshop,
    wait_for_state: WaitForState,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(settings: TrackerSettings) -> None:
        raise RuntimeError("out of memory")

    supply = opened.run._tracker._thread._worker._supply
    qtbot.waitUntil(lambda: supply.is_warm)
    supply.clear()
    monkeypatch.setattr(supply, "_make_tracker", fail)
    opened.set_box(0, FIRST_BOX)
    with qtbot.waitSignal(opened.failed) as failed:
        opened.tracking.track()
    assert failed.args is not None
    assert "out of memory" in failed.args[1]
    assert opened.state is RunState.FAILED
    monkeypatch.undo()
    opened.tracking.track()
    wait_for_state(RunState.FINISHED)


def test_diagnostics_when_nobody_looks_then_none_are_made(opened: Session, wait_for_state: WaitForState) -> None:
    opened.set_box(0, FIRST_BOX)
    opened.tracking.track()
    wait_for_state(RunState.FINISHED)
    assert len(opened.evidence.recent) == 0


def test_diagnostics_when_somebody_looks_then_past_frames_can_be_looked_at(
    opened: Session, wait_for_state: WaitForState
) -> None:
    opened.run.set_diagnostics_wanted(True)
    opened.set_box(0, FIRST_BOX)
    opened.tracking.track()
    wait_for_state(RunState.FINISHED)
    seen = opened.selection.seen(7)
    assert seen is not None
    assert seen.chosen_box == shown_box(opened, 7)


def test_diagnostics_when_another_object_was_selected_meanwhile_then_they_are_still_there(
    opened: Session, wait_for_state: WaitForState
) -> None:
    opened.run.set_diagnostics_wanted(True)
    for box in (FIRST_BOX, Box(20, 60, 24, 24)):
        opened.selection.begin_new_track()
        opened.set_box(0, box)
    opened.tracking.continue_all()
    wait_for_state(RunState.FINISHED)
    for track_id in (1, 2, 1):
        opened.selection.select(track_id)
        seen, shown = opened.selection.seen(7), opened.selection.shown(track_id, 7)
        assert seen is not None
        assert shown is not None
        assert seen.chosen_box == shown.box


def test_diagnostics_when_a_later_run_goes_without_then_those_of_the_earlier_one_are_let_go(
    qtbot: QtBot, opened: Session, wait_for_state: WaitForState
) -> None:
    opened.run.set_diagnostics_wanted(True)
    opened.set_box(0, FIRST_BOX)
    pause_at(qtbot, opened, 5)
    opened.run.set_diagnostics_wanted(False)
    opened.set_box(5, Box(60, 60, 24, 24))
    wait_for_state(RunState.FINISHED)
    opened.seek(2)
    opened.set_box(2, Box(50, 50, 24, 24))
    wait_for_state(RunState.FINISHED)
    assert [index for index in range(30) if opened.selection.seen(index) is not None] == [1, 2, 5]


def test_tracker_and_sources_when_a_run_is_over_then_they_lived_in_their_own_threads(
    qtbot: QtBot, workshop: Workshop
) -> None:
    session = Session(
        workshop.open_source, workshop.make_tracker, TrackerSettings(preset="dlst-fc", seed=3), ProjectOpener(None)
    )
    with qtbot.waitSignal(session.playhead.frame_decoded):
        session.open(Path("clip.mp4"))
    session.set_box(0, FIRST_BOX)
    session.tracking.step()
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    session.close()
    here = threading.get_ident()
    assert len({here, *(source.thread for source in workshop.sources)}) == 3
    assert workshop.tracker_threads == {workshop.sources[1].thread}
    assert all(source.is_closed for source in workshop.sources)
    assert workshop.settings == [TrackerSettings(preset="dlst-fc", seed=3)]


@pytest.mark.parametrize("moment", ["learning", "tracking"])
def test_close_when_the_tracker_is_at_work_then_it_does_not_wait_for_learning_to_end(
    qtbot: QtBot, workshop: Workshop, moment: str
) -> None:
    workshop.learn_delay_s = 10.0 if moment == "learning" else 0.0
    workshop.frame_delay_s = 0.1
    session = Session(workshop.open_source, workshop.make_tracker, TrackerSettings(), ProjectOpener(None))
    with qtbot.waitSignal(session.playhead.frame_decoded):
        session.open(Path("clip.mp4"))
    session.set_box(0, FIRST_BOX)
    with qtbot.waitSignal(session.run._tracker.told):
        session.tracking.track()
    if moment == "tracking":
        qtbot.waitUntil(lambda: session.run.latest_frame is not None)
    started = time.perf_counter()
    session.close()
    assert time.perf_counter() - started < 5  # of the 10 that learning takes


def test_new_run_when_one_is_learning_then_the_old_one_is_left_at_once(
    qtbot: QtBot, opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    workshop.learn_delay_s = 2.0
    opened.set_box(0, FIRST_BOX)
    opened.tracking.track()
    qtbot.waitUntil(lambda: opened.run.learning_fraction > 0)
    opened.run.stop()
    assert opened.state is RunState.READY
    workshop.learn_delay_s = 0.0
    opened.tracking.track()
    wait_for_state(RunState.FINISHED)
    assert [call for tracker in workshop.trackers for call, _ in tracker.calls].count("initialize") == 1
    assert {p.run_id for p in predictions(opened).values()} == {1}


def test_prediction_when_recorded_then_it_carries_what_the_tracker_said(
    qtbot: QtBot, opened: Session, workshop: Workshop
) -> None:
    workshop.lost_frames = frozenset({2})
    opened.set_box(0, FIRST_BOX)
    pause_at(qtbot, opened, 2)
    found = prediction(opened, 2)
    assert found is not None
    assert (found.box, found.score, found.is_found) == (FIRST_BOX.shifted(4, 0), -1.0, False)
    assert (found.run_id, found.update) == (1, UpdateKind.NONE)


@pytest.fixture
def saving(qtbot: QtBot, session: Session, tmp_path: Path) -> Session:
    """A session whose project is in a file."""
    session.current_project.opener = ProjectOpener(tmp_path, clean_folder=Path())
    with qtbot.waitSignal(session.playhead.frame_decoded):
        session.open(Path("clip.mp4"))
    session.set_box(0, FIRST_BOX)
    return session


def test_open_when_a_large_project_is_damaged_then_one_asks_soon_and_it_is_no_longer_open(
    qtbot: QtBot, saving: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saving.current_project.path
    assert path is not None
    saving.current_project.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE keyframe_page SET data = substr(data, 1, 20)")
    monkeypatch.setattr(opening, "PAGES_READ_AT_ONCE", 0)
    monkeypatch.setattr(damage_watch, "START_MS", 0)
    with qtbot.waitSignal(saving.asked, timeout=5000) as asked:
        saving.open(Path("clip.mp4"))
    assert asked.args is not None
    (question,) = asked.args
    assert question.choices == (Choice.REPAIR, Choice.RESTORE, Choice.START_NEW)
    assert "damaged" in str(question)
    assert saving.project is None
    saving.decide(question, Choice.REPAIR)
    assert saving.project is not None
    assert [track.track_id for track in saving.project.tracks()] == [1]
    assert saving.project.keyframes(1) == ()


def test_tell_damage_when_a_page_cannot_be_read_while_it_is_shown_then_one_asks(
    qtbot: QtBot, saving: Session
) -> None:
    path = saving.current_project.path
    assert path is not None
    with qtbot.waitSignal(saving.asked) as asked:
        saving.tell_damage(DamagedProjectError(path, "page 0 is gone"))
    assert asked.args is not None
    assert "page 0 is gone" in str(asked.args[0])
    assert saving.project is None


def test_tell_damage_when_the_file_has_just_been_taken_away_then_work_goes_on_in_another(saving: Session) -> None:
    path = saving.current_project.path
    assert path is not None
    told: list[str] = []
    saving.failed.connect(lambda title, _: told.append(title))
    path.unlink()
    saving.tell_damage(DamagedProjectError(path, "page 0 is gone"))
    assert told == ["The project file was taken away"]
    assert saving.project is not None
    assert saving.project.keyframe(1, 0) is not None
    assert saving.current_project.path == path.with_name(path.name.replace(".dlst", " rescued.dlst"))


def test_watch_when_the_file_is_taken_away_while_nobody_edits_then_it_is_told(
    qtbot: QtBot, saving: Session
) -> None:
    path = saving.current_project.path
    assert path is not None
    with qtbot.waitSignal(saving.failed, timeout=3000) as told:
        path.unlink()
    assert told.args is not None
    assert told.args[0] == "The project file was taken away"
    assert saving.current_project.path != path


def test_watch_when_the_network_does_not_answer_then_the_window_goes_on(
    qtbot: QtBot, saving: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, told = saving.current_project.path, list[str]()
    assert path is not None
    saving.failed.connect(lambda title, _: told.append(title))
    network = DeadNetwork(path)
    with monkeypatch.context() as patch:
        network.begin(patch)
        qtbot.waitUntil(lambda: network.asked != [])
        qtbot.wait(3 * WATCHED_EVERY_MS)
        assert len(network.asked) == 1, "a second look has begun while the first one waits"
        assert network.frozen == []
        network.answers.set()
        qtbot.waitUntil(lambda: not saving._file_look.is_waiting)
    assert told == []
    path.unlink()
    qtbot.waitUntil(lambda: told == ["The project file was taken away"])
