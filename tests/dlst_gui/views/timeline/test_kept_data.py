from __future__ import annotations

from dlst_gui.project.tracks import FrameState
from dlst_gui.views.timeline.kept_data import KeptData
from tests.dlst_gui.views.timeline.timeline_fakes import project_of


def test_state_codes_when_asked_again_then_nothing_is_read_twice() -> None:
    project = project_of(frame_count=100, track_count=2)
    kept = KeptData(project)
    project.codes[1, 40] = FrameState.LOST
    assert kept.state_codes(1, 40, 41).tolist() == [FrameState.LOST, FrameState.NOTHING]
    kept.state_codes(1, 0, 99)
    kept.scores(1, 5, 6)
    assert project.reads == [(1, 0, 99)]


def test_read_again_when_frames_changed_then_those_alone_are_read() -> None:
    project = project_of(frame_count=100, track_count=2)
    kept = KeptData(project)
    kept.state_codes(0, 0, 9)
    project.reads.clear()
    project.codes[0, 3:5] = FrameState.HUMAN
    project.score_table[0, 3] = 2
    project.disagreement_table[0, 4] = 0.75
    kept.read_again(0, 3, 4)
    kept.read_again(1, 3, 4)  # never drawn: it is read when it is
    assert project.reads == [(0, 3, 4)]
    assert kept.state_codes(0, 2, 5).tolist() == [0, 1, 1, 0]
    assert kept.scores(0, 3, 3).tolist() == [2]
    assert kept.disagreements(0, 4, 4).tolist() == [0.75]


def test_keep_only_when_a_track_left_the_view_then_it_is_read_anew() -> None:
    project = project_of(frame_count=100, track_count=2)
    kept = KeptData(project)
    for track_id in (0, 1):
        kept.state_codes(track_id, 0, 9)
    kept.keep_only({1})
    project.reads.clear()
    for track_id in (0, 1):
        kept.state_codes(track_id, 0, 9)
    assert project.reads == [(0, 0, 99)]


def test_evidence_when_asked_then_it_is_read_once_and_then_what_has_changed() -> None:
    project = project_of(frame_count=100, track_count=2)
    kept = KeptData(project)
    kept.state_codes(1, 0, 9)
    kept.read_again(1, 3, 4)
    assert project.evidence_reads == []  # only the selected lane shows it
    kept.evidence(1, 5, 9)
    project.evidence_table[1, 7] = True
    kept.read_again(1, 7, 7)
    assert kept.evidence(1, 6, 8).tolist() == [False, True, False]
    assert project.evidence_reads == [(1, 0, 99), (1, 7, 7)]
    project.evidence_table[1, 6] = True
    kept.forget_evidence()
    assert kept.evidence(1, 6, 8).tolist() == [True, True, False]
    kept.keep_only({0})
    project.evidence_table[1, 8] = True
    assert kept.evidence(1, 6, 8).tolist() == [True, True, True]
