"""`dlst explain`, from the words typed to the files."""

from __future__ import annotations

import csv
import json
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from PIL import Image

from dlst_gui.cli import main
from dlst_gui.evidence.kept_frame import KeptFrame
from dlst_gui.evidence.reasons import Reason
from dlst_gui.evidence.sidecar_name import sidecar_of
from dlst_gui.evidence.trace import Trace
from dlst_gui.evidence.trace_facts import TraceFacts
from dlst_gui.evidence.trace_writer import TraceWriter
from dlst_gui.project.edits import add_track, set_keyframe
from dlst_gui.project.opening import ProjectOpener, identity_of
from dlst_gui.project.run_facts import keep_run_facts
from dlst_gui.project.tracks import Keyframe
from dlst_gui.tracking.run_recorder import RunRecorder
from dlst_gui.tracking.run_snapshot import facts_of
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.tracking.tracking_run import FrameTracked, TrackingRun, TrackRequest
from dlst_gui.video import open_source
from tests.dlst_gui.commands.command_fakes import FakeFactory
from tests.fakes import SyntheticVideo
from tracker_core import Box
from tracker_core.evidence import FrameEvidence

SETTINGS = TrackerSettings(speed="fast", seed=3)


def tracked(sequence: Path, keyframes: dict[int, Box], track_id: int) -> list[FrameTracked]:
    source = open_source(sequence)
    request = TrackRequest(1, keyframes, min(keyframes), source.frame_count - 1, track_id)
    run = TrackingRun(request, source, FakeFactory()(SETTINGS))
    frames = []
    while not run.is_finished:
        frames.append(run.step(with_diagnostics=True))
    source.close()
    return frames


@pytest.fixture
def project(sequence: Path, video: SyntheticVideo) -> Path:
    """A dog that was tracked from frame 0 and corrected on frame 7, and a cat with a single box."""
    source = open_source(sequence)
    opened = ProjectOpener(sequence.parent).open_for(identity_of(source, sequence))
    path = opened.store.path
    assert path is not None
    with opened.store:
        edits = opened.history
        edits.do(add_track(opened.project, label="dog", color="#5cc8ff", keyframe=Keyframe(0, video.box(0))))
        edits.do(add_track(opened.project, label="cat", color="#ff0000", keyframe=Keyframe(2, video.box(2))))
        frames = tracked(sequence, {0: video.box(0), 7: video.box(7)}, 1)
        recorder = RunRecorder(opened.project, edits, title="Track", frame_index=0, run_id=1)
        for each in frames:
            recorder.add(each)
        recorder.write()
        edits.do(set_keyframe(opened.project, 1, Keyframe(7, video.box(7))))
        keep_run_facts(opened.store, 1, facts_of(SETTINGS))
    source.close()
    return path


def keep(project: Path, sequence: Path, video: SyntheticVideo, frames: Sequence[int], *, run_id: int = 1) -> None:
    """Evidence of the dog beside the project, as the window keeps it."""
    source = open_source(sequence)
    identity = identity_of(source, sequence)
    writer = TraceWriter.sidecar(
        sidecar_of(project), identity, TraceFacts.of(identity, fps=25.0, program_version="1")
    )
    for each in tracked(sequence, {0: video.box(0), 7: video.box(7)}, 1):
        if each.frame_index in frames:
            evidence = FrameEvidence(each.frame_index, 1, each.result, system=SETTINGS.system)
            writer.keep([KeptFrame(evidence, Reason.LOW, run_id)])
    writer.close()
    source.close()


def explain(*words: object) -> tuple[int, FakeFactory]:
    factory = FakeFactory()
    return main(["explain", *map(str, words)], make_tracker=factory), factory


def test_explain_when_nothing_is_kept_then_tracks_again_as_the_run_did_and_says_that_it_is_equal(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a.csv"
    status, factory = explain(project, "--frame", 5, "--object", "dog", "--out", out)
    said = capsys.readouterr()
    assert status == 0
    (settings,) = factory.settings
    assert (settings.preset, settings.speed, settings.seed) == ("dlst-studio", "fast", 3)
    assert [call for call, _ in factory.trackers[0].calls] == ["example", "initialize", *["track"] * 5]
    assert "tracking again from the manual box on frame 0, with dlst-studio fast, seed 3" in said.err
    assert "frame 5: box and score equal the project's, bit for bit" in said.err
    with out.open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 256


def test_explain_when_the_frame_follows_a_correction_then_begins_there_and_says_by_how_much_it_differs(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _ = explain(project, "--frame", 9, "--object", 1)
    said = capsys.readouterr()
    assert status == 0
    assert "from the manual box on frame 7" in said.err
    assert "frame 9: box and score equal the project's, bit for bit" in said.err
    assert "Square, object 1: dog, frame 9, 0.360 s, dlst-studio fast, score 8.00 (found)" in said.out
    assert "256 candidates (previous 128, localised 128)" in said.out


def test_explain_when_the_boxes_are_others_than_the_projects_then_says_by_how_much(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def drifting(settings: TrackerSettings) -> object:
        return FakeFactory()(replace(settings, seed=settings.seed + 1))

    assert main(["explain", str(project), "--frame", "4", "--object", "dog"], make_tracker=drifting) == 0
    assert "frame 4: the box differs from the project's by up to 1 px" in capsys.readouterr().err


def test_explain_when_the_frame_was_corrected_then_shows_what_the_tracker_would_have_found(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, factory = explain(project, "--frame", 7, "--object", "dog", "--out", tmp_path / "a.json")
    assert status == 0
    assert factory.trackers[0].calls[0][0] == "initialize"  # the box on the frame itself is no example
    document = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert document["is_manual"] is False
    assert document["box"][1] != 40.0


def test_explain_when_evidence_is_kept_then_no_tracker_is_made(
    project: Path, sequence: Path, video: SyntheticVideo, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(project, sequence, video, [3, 4])
    status, factory = explain(project, "--frame", "0.12s", "--object", "dog")
    assert status == 0
    assert factory.settings == []
    assert "frame 3" in (out := capsys.readouterr().out)
    assert "; kept because: unsure" in out


def test_explain_when_only_some_frames_are_kept_then_the_others_are_tracked(
    project: Path, sequence: Path, video: SyntheticVideo, tmp_path: Path
) -> None:
    keep(project, sequence, video, [3])
    status, factory = explain(project, "--frame", "2..4", "--object", 1, "--out", tmp_path / "a.csv")
    assert status == 0
    assert len(factory.settings) == 1
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [rows[at]["frame"] for at in (0, 256, 512)] == ["2", "3", "4"]
    assert {row["iou_truth"] for row in rows} != {""}  # the sequence has ground truth


def test_explain_when_what_is_kept_is_of_other_boxes_then_it_explains_nothing(
    project: Path, sequence: Path, video: SyntheticVideo
) -> None:
    source = open_source(sequence)
    identity = identity_of(source, sequence)
    writer = TraceWriter.sidecar(
        sidecar_of(project), identity, TraceFacts.of(identity, fps=25.0, program_version="1")
    )
    other = tracked(sequence, {0: video.box(1)}, 1)[3]
    writer.keep([KeptFrame(FrameEvidence(3, 1, other.result))])
    writer.close()
    source.close()
    status, factory = explain(project, "--frame", 3, "--object", 1)
    assert status == 0
    assert len(factory.settings) == 1


def test_trace_when_written_then_explains_without_the_video(
    project: Path, sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace = tmp_path / "elsewhere" / "a.dlsttrace"
    trace.parent.mkdir()
    assert explain(project, "--frame", 5, "--object", "dog", "--out", trace)[0] == 0
    with Trace(trace) as opened:
        assert opened.runs[1].seed == 3
    sequence.rename(tmp_path / "gone")
    capsys.readouterr()
    status, factory = explain(trace, "--frame", 5, "--out", tmp_path / "a.svg", "--columns", 1)
    assert status == 0
    assert factory.settings == []
    assert "Square, object 1, frame 5" in capsys.readouterr().out
    svg = (tmp_path / "a.svg").read_text("utf-8")
    assert svg.count("<image") == 4  # the picture twice, response map, colour bar


def test_trace_when_its_video_is_given_then_the_figure_has_the_frame_and_the_truth_judges(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace, table = tmp_path / "a.dlsttrace", tmp_path / "a.csv"
    assert main(["track", str(sequence), "--trace", str(trace)], make_tracker=FakeFactory()) == 0
    capsys.readouterr()
    assert explain(trace, "--frame", 5, "--video", sequence, "--out", table)[0] == 0
    said = capsys.readouterr().out
    with table.open(encoding="utf-8", newline="") as file:
        overlaps = [float(row["iou_truth"]) for row in csv.DictReader(file)]
    on_it = sum(overlap >= 0.5 for overlap in overlaps)
    assert f"{on_it} overlap the ground truth by 0.5 or more (IoU), the best one by {max(overlaps):.2f}" in said
    assert explain(trace, "--frame", 5, "--out", tmp_path / "b.csv")[0] == 0
    assert "ground truth" not in capsys.readouterr().out
    other = tmp_path / "other"
    other.mkdir()
    Image.new("RGB", (40, 30)).save(other / "0.png")
    assert explain(trace, "--frame", 5, "--video", other)[0] == 2
    assert "which is Square, 12 frames of 160 x 120" in capsys.readouterr().err


def test_list_when_a_person_gave_the_box_then_no_score_is_told(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace = tmp_path / "a.dlsttrace"
    assert main(["track", str(sequence), "--trace", str(trace)], make_tracker=FakeFactory()) == 0
    capsys.readouterr()
    assert explain(trace, "--list")[0] == 0
    assert capsys.readouterr().out.splitlines()[0] == "frame 0, object 1: manual box, kept with all"


def test_answer_when_the_terminal_lacks_a_sign_of_a_name_then_the_rest_is_told(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = TextIOWrapper(BytesIO(), encoding="cp1252")
    monkeypatch.setattr("sys.stdout", told)
    monkeypatch.setattr("dlst_gui.evidence.explained_frame.score_words", lambda score: "score \u72ac -1.00")
    assert explain(project, "--frame", 5, "--object", "dog")[0] == 0
    told.flush()
    assert b"score ? -1.00 (found)" in told.buffer.getvalue()


def test_list_when_asked_for_then_says_which_frames_are_kept_and_why(
    project: Path, sequence: Path, video: SyntheticVideo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explain(project, "--list")[0] == 0
    assert "nothing is kept" in capsys.readouterr().out
    keep(project, sequence, video, [3, 4])
    assert explain(project, "--list")[0] == 0
    assert capsys.readouterr().out.splitlines() == [
        "frame 3, object 1 (dog): score 8.00, unsure",
        "frame 4, object 1 (dog): score 8.00, unsure",
    ]
    keep(project, sequence, video, [4], run_id=2)
    assert explain(project, "--list")[0] == 0
    assert capsys.readouterr().out.splitlines() == [
        "frame 3, object 1 (dog), run 1: score 8.00, unsure",
        "frame 4, object 1 (dog), run 2: score 8.00, unsure",
    ]
    assert explain(project, "--list", "--json", "--object", "cat")[0] == 0
    assert json.loads(capsys.readouterr().out) == {"kept": []}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--frame", "5"), "say which with --object N: object 1 (dog), object 2 (cat)"),
        (("--frame", "5", "--object", "cow"), "there is no object 'cow', but object 1 (dog), object 2 (cat)"),
        (("--frame", "12", "--object", "1"), "there is no frame 12: the video has 12, counted from 0"),
        (("--frame", "soon", "--object", "1"), "expected one of: a frame counted from 0"),
        (("--frame", "+3", "--object", "1"), "expected one of: a frame counted from 0"),
        (("--frame", "5..3", "--object", "1"), "the last frame lies before the first"),
        (("--object", "1"), "say which frame: --frame N"),
        (("--frame", "2", "--object", "cat"), "no manual box but on the frames asked for"),
        (("--frame", "5", "--object", "1", "--out", "a.gif"), "expected a name that ends in .svg"),
        (("--frame", "5..6", "--object", "1", "--out", "a.svg"), "a file of this kind is of one frame, not of 2"),
    ],
)
def test_explain_when_asked_for_what_there_is_not_then_says_so_in_one_line(
    words: tuple[str, ...], message: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explain(project, *words)[0] == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("dlst: ")
    assert message in last


def test_explain_when_the_video_is_gone_then_says_where_to_say_it(
    project: Path, sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sequence.rename(tmp_path / "moved")
    assert explain(project, "--frame", 5, "--object", "dog")[0] == 2
    assert "say where it is" in capsys.readouterr().err
    assert explain(project, "--frame", 5, "--object", "dog", "--video", tmp_path / "moved")[0] == 0


def test_explain_when_a_trace_has_not_the_frame_then_says_so(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace = tmp_path / "a.dlsttrace"
    explain(project, "--frame", 5, "--object", "dog", "--out", trace)
    assert explain(trace, "--frame", 6)[0] == 2
    assert "nothing is kept of frame 6; --list shows what is" in capsys.readouterr().err


def test_explain_when_ended_by_ctrl_c_then_says_so_with_the_usual_status(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    factory = FakeFactory(interrupted_at=3)
    words = ["explain", str(project), "--frame", "2..5", "--object", "dog", "--out", str(tmp_path / "a.csv")]
    assert main(words, make_tracker=factory) == 130
    assert (tmp_path / "a.csv").is_file()


def test_system_when_it_is_unknown_then_says_which(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = replace(facts_of(SETTINGS), system="dlst-2031 fast")
    monkeypatch.setattr("dlst_gui.project.run_facts._facts", lambda value: facts)
    assert explain(project, "--frame", 5, "--object", "dog")[0] == 2
    assert "tracked with 'dlst-2031 fast', which this program does not know" in capsys.readouterr().err


@pytest.mark.parametrize("damage", ["noise", "content"])
def test_explain_when_what_was_kept_is_damaged_then_tracks_again(
    project: Path, sequence: Path, video: SyntheticVideo, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    keep(project, sequence, video, [5])
    sidecar = sidecar_of(project)
    if damage == "noise":
        sidecar.write_bytes(bytes(range(256)) * 64)
    else:
        with closing(sqlite3.connect(sidecar)) as connection, connection:
            connection.execute("UPDATE content SET data = x'00'")
    code, factory = explain(project, "--frame", "5", "--object", "dog")
    told = capsys.readouterr()
    assert code == 0
    assert len(factory.settings) == 1
    assert "what was kept is left aside" in told.err
    assert "bit for bit" in told.err


@pytest.mark.parametrize(
    ("frames", "out", "problem"),
    [
        ("4..6", "a.svg", "of one frame, not of 3"),
        ("5", "clip.evidence.dlsttrace", "what the window keeps beside a project"),
    ],
)
def test_explain_when_a_file_cannot_be_written_then_nothing_is_tracked_for_it(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], frames: str, out: str, problem: str
) -> None:
    code, factory = explain(project, "--frame", frames, "--object", "dog", "--out", tmp_path / out, "--force")
    assert code == 2
    assert factory.settings == []
    assert problem in capsys.readouterr().err


def test_explain_when_a_trace_alone_is_asked_for_what_it_cannot_do_then_writes_nothing(
    tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace, figure, thesis = tmp_path / "a.dlsttrace", tmp_path / "a.svg", tmp_path / "b.csv"
    explain(project, "--frame", 5, "--object", "dog", "--out", trace)
    thesis.write_text("thesis")
    capsys.readouterr()
    assert explain(trace, "--frame", 5, "--again")[0] == 2
    assert "cannot be tracked again" in capsys.readouterr().err
    assert explain(trace, "--frame", 5, "--out", figure, "--out", thesis)[0] == 2
    assert not figure.exists()
    assert thesis.read_text() == "thesis"


def test_explain_when_one_of_two_files_needs_a_library_that_is_missing_then_neither_is_written(
    tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rerun", None)
    figure, recording = tmp_path / "a.svg", tmp_path / "a.rrd"
    words = ("--frame", 5, "--object", "dog", "--out", figure, "--out", recording)
    assert explain(project, *words)[0] == 2
    assert "pip install 'dlst-studio[rerun]'" in capsys.readouterr().err
    assert not figure.exists()
