"""What trackers saw stays: in memory, beside the project, for every object, and after the window was closed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partialmethod
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.evidence.evidence_store import EvidenceStore, FoundEvidence
from dlst_gui.evidence.reasons import Reason
from dlst_gui.evidence.recent_evidence import evidence_bytes
from dlst_gui.evidence.sidecar_name import sidecar_of
from dlst_gui.evidence.trace import Trace
from dlst_gui.project.review import ReviewMark
from dlst_gui.session import kept_evidence
from dlst_gui.session.identities import Identities
from dlst_gui.session.reviewing import Reviewing
from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session
from dlst_gui.session.what_ifs import WhatIfs
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.views.evidence.card.frame_cards import RECENT_FRAMES
from tests.dlst_gui.conftest import OpenSession
from tests.dlst_gui.window_fakes import Workshop
from tests.fakes import FakeTracker
from tracker_core import Box
from tracker_core.evidence import FrameEvidence

FIRST_BOX = Box(40, 30, 24, 24)


@pytest.fixture(autouse=True)
def _all_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window does not wait for a slow disk when a project is put away; the tests look into the file then."""
    monkeypatch.setattr(EvidenceStore, "close", partialmethod(EvidenceStore.close, 60))


@pytest.fixture
def project_path(tmp_path: Path) -> Path:
    return tmp_path / "clip.mp4.dlst"


def track(qtbot: QtBot, session: Session, *, until: RunState = RunState.FINISHED) -> None:
    session.tracking.track()
    qtbot.waitUntil(lambda: session.state is until, timeout=5000)


def found(qtbot: QtBot, session: Session, frame_index: int) -> FrameEvidence | None:
    """When the disk has answered."""
    session.selection.evidence(frame_index)
    qtbot.waitUntil(lambda: session.evidence.why_missing(frame_index) != kept_evidence.LOOKING, timeout=5000)
    return session.selection.evidence(frame_index)


def kept_reasons(project_path: Path, track_id: int = 1) -> dict[int, Reason]:
    with Trace(sidecar_of(project_path)) as trace:
        return {row.frame_index: row.reasons for row in trace.rows(track_id)}


def test_evidence_when_the_program_was_started_again_then_lost_frames_are_explained(
    qtbot: QtBot, open_session: OpenSession, workshop: Workshop, project_path: Path
) -> None:
    workshop.lost_frames = frozenset({10, 11})
    session = open_session()
    session.set_box(0, FIRST_BOX)
    track(qtbot, session)
    before = session.selection.evidence(10)
    assert before is not None
    again = open_session()
    assert len(again.evidence.recent) == 0
    after = found(qtbot, again, 10)
    assert after is not None
    assert (after.box, after.score, after.is_found) == (before.box, before.score, False)
    assert after.diagnostics is not None
    assert after.system == "dlst-studio"
    assert found(qtbot, again, 20) is None
    assert again.evidence.why_missing(20) == kept_evidence.NOT_KEPT
    again.close()
    reasons = kept_reasons(project_path)
    assert reasons == {
        **dict.fromkeys(range(5, 10), Reason.BEFORE_LOSS),
        10: Reason.LOST,
        11: Reason.LOST,
    }
    with Trace(sidecar_of(project_path)) as trace:
        assert trace.facts.video_name == "clip.mp4"
        assert [run.system for run in trace.runs.values()] == ["dlst-studio"]


def test_evidence_when_all_frames_are_wanted_then_all_objects_have_it(
    qtbot: QtBot, open_session: OpenSession, project_path: Path
) -> None:
    session = open_session()
    session.evidence.set_keeps_all(True)
    for box in (FIRST_BOX, Box(20, 60, 24, 24)):
        session.selection.begin_new_track()
        session.set_box(0, box)
    session.tracking.continue_all()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED, timeout=5000)
    again = open_session()
    for track_id in (1, 2):
        again.selection.select(track_id)
        for frame in (1, 15, 29):
            seen = found(qtbot, again, frame)
            assert seen is not None
            assert seen.track_id == track_id
    again.close()
    assert kept_reasons(project_path, 1) == kept_reasons(project_path, 2) == dict.fromkeys(range(1, 30), Reason(0))


def test_evidence_when_a_box_was_corrected_then_what_was_seen_before_is_kept(
    qtbot: QtBot, open_session: OpenSession, project_path: Path
) -> None:
    session = open_session()
    session.set_box(0, FIRST_BOX)
    track(qtbot, session)
    before = session.selection.evidence(12)
    assert before is not None
    session.set_box(12, Box(44, 50, 24, 24))
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED, timeout=5000)
    again = open_session()
    after = found(qtbot, again, 12)
    assert after is not None
    assert after.box == before.box
    again.close()
    assert kept_reasons(project_path) == {12: Reason.CORRECTED}


def test_evidence_when_a_later_run_found_another_box_then_the_earlier_one_s_is_not_shown(
    qtbot: QtBot, open_session: OpenSession
) -> None:
    session = open_session()
    session.evidence.set_keeps_all(True)
    session.set_box(0, FIRST_BOX)
    track(qtbot, session)
    session.evidence.set_keeps_all(False)
    session.set_box(12, Box(44, 50, 24, 24))
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED, timeout=5000)
    again = open_session()
    assert found(qtbot, again, 11) is not None
    assert found(qtbot, again, 13) is None
    again.undo()  # the run
    again.undo()  # the box
    assert again.selection.evidence(13) is not None


def test_evidence_when_a_run_over_another_is_undone_then_that_of_the_first_is_there_again(
    qtbot: QtBot, open_session: OpenSession
) -> None:
    session = open_session()
    session.set_box(0, FIRST_BOX)
    track(qtbot, session)
    first = session.selection.evidence(13)
    session.seek(0)
    session.set_box(0, FIRST_BOX.shifted(8, 4))
    track(qtbot, session)
    second = session.selection.evidence(13)
    assert first is not None
    assert second is not None
    assert second.box != first.box
    session.undo()  # the second run
    session.undo()  # its box
    assert session.selection.evidence(13) is first


def test_evidence_when_a_run_over_another_is_undone_after_a_restart_then_that_of_the_first_is_there_again(
    qtbot: QtBot, open_session: OpenSession
) -> None:
    session = open_session()
    session.evidence.set_keeps_all(True)
    session.set_box(0, FIRST_BOX)
    track(qtbot, session)
    first = session.selection.evidence(13)
    session.seek(0)
    session.set_box(0, FIRST_BOX.shifted(8, 4))
    track(qtbot, session)
    second = session.selection.evidence(13)
    again = open_session()
    shown = [found(qtbot, again, 13)]
    again.undo()  # the second run
    again.undo()  # its box
    shown.append(again.selection.evidence(13))
    assert None not in (first, second, *shown)
    assert [each.box for each in shown if each] == [each.box for each in (second, first) if each]


@pytest.fixture
def taken(qtbot: QtBot, open_session: OpenSession, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A session whose object was tracked, and whose ghost, which moves otherwise and loses it once, was taken."""
    session = open_session()
    what_ifs = WhatIfs(session)
    session.set_box(0, FIRST_BOX)
    track(qtbot, session)
    ghostly = FakeTracker(velocity=(0.5, 0.25), lost_frames=frozenset({11}))
    monkeypatch.setattr(session, "make_tracker", lambda _: ghostly)
    session.seek(0)
    ghost = what_ifs.begin(what_ifs.plan(), TrackerSettings(seed=7))
    assert ghost is not None
    qtbot.waitUntil(lambda: ghost.state.is_over, timeout=5000)
    assert session.selection.evidence(13) is not None
    assert what_ifs.take(ghost)
    yield session
    what_ifs.close()


def test_ghost_when_it_is_taken_then_what_it_saw_explains_the_boxes_and_undo_brings_back_the_run_s(
    taken: Session,
) -> None:
    seen = taken.selection.evidence(13)
    assert seen is not None
    assert seen.box == FIRST_BOX.shifted(6.5, 3.25)
    assert seen.system == TrackerSettings(seed=7).system
    assert seen.diagnostics is not None
    taken.undo()
    before = taken.selection.evidence(13)
    assert before is not None
    assert before.box != seen.box


def test_ghost_when_it_was_taken_and_the_program_was_started_again_then_lost_frames_are_explained(
    qtbot: QtBot, taken: Session, open_session: OpenSession, project_path: Path
) -> None:
    again = open_session()
    lost = [frame for frame, reasons in kept_reasons(project_path).items() if Reason.LOST in reasons]
    assert len(lost) == 1
    seen = found(qtbot, again, lost[0])
    assert seen is not None
    assert not seen.is_found
    with Trace(sidecar_of(project_path)) as trace:
        rows = {row.frame_index: row for row in trace.rows()}
        assert trace.runs[rows[lost[0]].run_id].seed == 7
    before = [frame for frame, row in rows.items() if Reason.BEFORE_LOSS in row.reasons]
    assert before == list(range(lost[0] - 5, lost[0]))


def test_evidence_when_a_frame_is_marked_as_bad_then_it_is_kept(
    qtbot: QtBot, open_session: OpenSession, project_path: Path
) -> None:
    session = open_session()
    session.set_box(0, FIRST_BOX)
    track(qtbot, session)
    session.seek(17)
    reviewing = Reviewing(session)
    reviewing.judge(ReviewMark.BAD)
    qtbot.waitUntil(lambda: reviewing.findings.when_known is not None)
    session.close()
    assert kept_reasons(project_path) == {17: Reason.MARKED_BAD}


def test_evidence_when_objects_were_exchanged_then_each_box_keeps_its_own(
    qtbot: QtBot, open_session: OpenSession
) -> None:
    session = open_session()
    session.evidence.set_keeps_all(True)
    boxes = (FIRST_BOX, Box(20, 60, 24, 24))
    for box in boxes:
        session.selection.begin_new_track()
        session.set_box(0, box)
    session.tracking.continue_all()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED, timeout=5000)
    session.seek(10)
    assert Identities(session).swap(1, 2, 10)
    again = open_session()
    for track_id in (1, 2):
        again.selection.select(track_id)
        seen, shown = found(qtbot, again, 20), again.selection.shown(track_id, 20)
        assert seen is not None
        assert shown is not None
        assert seen.box == shown.box
        assert seen.track_id == track_id


def test_evidence_when_two_passes_were_fused_then_one_of_them_explains_each_frame(
    qtbot: QtBot, open_session: OpenSession, project_path: Path
) -> None:
    session = open_session()
    session.evidence.set_keeps_all(True)
    session.set_box(0, FIRST_BOX)
    session.set_box(10, FIRST_BOX.shifted(10, 5))
    session.seek(5)
    session.tracking.track_between()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED, timeout=5000)
    again = open_session()
    for frame in range(1, 10):
        seen, shown = found(qtbot, again, frame), again.selection.shown(1, frame)
        assert seen is not None
        assert shown is not None
        assert shown.prediction is not None
        assert seen.box.iou(shown.box) >= 0.5
    again.close()
    with Trace(sidecar_of(project_path)) as trace:
        assert [row.is_backward for row in trace.rows()] == [False, True] * 9


def test_evidence_when_the_run_pauses_as_lost_then_the_lost_frame_is_explained(
    qtbot: QtBot, open_session: OpenSession, workshop: Workshop
) -> None:
    workshop.lost_frames = frozenset(range(8, 30))
    session = open_session()
    session.set_box(0, FIRST_BOX)
    track(qtbot, session, until=RunState.PAUSED)
    lost = session.selection.evidence(8)
    assert lost is not None
    assert not lost.is_found


def test_evidence_when_the_project_lies_in_no_file_then_memory_alone_has_it(qtbot: QtBot, opened: Session) -> None:
    opened.run.set_diagnostics_wanted(True)
    opened.set_box(0, FIRST_BOX)
    track(qtbot, opened)
    assert opened.selection.evidence(20) is not None
    opened.evidence.recent.clear()
    assert opened.selection.evidence(20) is None
    assert opened.evidence.why_missing(20) == kept_evidence.KEPT_IN_MEMORY_ALONE
    opened.run.set_diagnostics_wanted(False)
    assert opened.evidence.why_missing(20) == kept_evidence.SWITCHED_OFF


def test_evidence_when_the_sidecar_is_deleted_then_nothing_else_is_lost(
    qtbot: QtBot, open_session: OpenSession, workshop: Workshop, project_path: Path
) -> None:
    workshop.lost_frames = frozenset({10})
    session = open_session()
    session.set_box(0, FIRST_BOX)
    track(qtbot, session)
    session.close()
    sidecar_of(project_path).unlink()
    again = open_session()
    assert again.selection.shown(1, 20) is not None
    assert found(qtbot, again, 10) is None


def test_evidence_when_its_place_is_taken_then_says_so_and_tracking_goes_on(
    qtbot: QtBot, open_session: OpenSession, workshop: Workshop, project_path: Path
) -> None:
    sidecar_of(project_path).write_text("my own notes")
    workshop.lost_frames = frozenset({10})
    session = open_session()
    notes: list[str] = []
    session.noted.connect(notes.append)
    session.set_box(0, FIRST_BOX)
    track(qtbot, session)
    qtbot.waitUntil(lambda: any("in memory alone" in note for note in notes), timeout=5000)
    assert session.selection.evidence(10) is not None
    session.close()
    assert sidecar_of(project_path).read_text() == "my own notes"


def test_evidence_when_no_room_is_allowed_then_nothing_is_written(
    qtbot: QtBot, open_session: OpenSession, workshop: Workshop, project_path: Path
) -> None:
    workshop.lost_frames = frozenset({10})
    session = open_session()
    session.evidence.set_limit(0)
    session = open_session_again(qtbot, session)
    session.set_box(0, FIRST_BOX)
    track(qtbot, session)
    session.close()
    assert not sidecar_of(project_path).exists()


def test_evidence_when_an_earlier_project_s_file_answers_late_then_that_is_not_taken_for_this_one_s(
    qtbot: QtBot, open_session: OpenSession
) -> None:
    session = tracked_with_all_kept(qtbot, open_session)
    store = session.evidence._store
    assert store is not None
    session = open_session_again(qtbot, session)
    store._tell(FoundEvidence(10, ()))
    assert found(qtbot, session, 10) is not None


def test_evidence_when_many_frames_are_looked_at_then_what_was_read_takes_bounded_memory(
    qtbot: QtBot, open_session: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = tracked_with_all_kept(qtbot, open_session)
    session.evidence.recent.clear()
    first = found(qtbot, session, 1)
    assert first is not None
    monkeypatch.setattr(kept_evidence, "FOUND_BYTES", 3 * evidence_bytes(first))
    monkeypatch.setattr(kept_evidence, "FRAMES_FOUND_AT_LEAST", 1)
    for frame in range(2, 20):
        assert found(qtbot, session, frame) is not None
    assert list(session.evidence._found) == [17, 18, 19]
    monkeypatch.setattr(kept_evidence, "FRAMES_FOUND", 2)
    assert found(qtbot, session, 25) is not None
    assert list(session.evidence._found) == [19, 25]


def test_evidence_when_a_card_asks_for_many_frames_then_all_of_them_stay() -> None:
    assert RECENT_FRAMES < kept_evidence.FRAMES_FOUND_AT_LEAST < kept_evidence.FRAMES_FOUND


def tracked_with_all_kept(qtbot: QtBot, open_session: OpenSession) -> Session:
    session = open_session()
    session.evidence.set_keeps_all(True)
    session.set_box(0, FIRST_BOX)
    track(qtbot, session)
    return session


def open_session_again(qtbot: QtBot, session: Session) -> Session:
    """The same window opens the video once more."""
    assert session.playhead.source is not None
    with qtbot.waitSignal(session.project_opened):  # a frame of the run before may still be on its way
        session.open(session.playhead.source.path)
    return session
