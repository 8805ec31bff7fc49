import csv
import errno
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from PIL import Image

from dlst_gui.api import choose_range, open_trace
from dlst_gui.cli import main
from dlst_gui.commands.track.run_facts import RunFacts
from dlst_gui.commands.track.run_outputs import RunOutputs
from dlst_gui.commands.track.trace_file import trace_object
from dlst_gui.evidence.pictures import pixels_of
from dlst_gui.evidence.trace_facts import TraceFacts
from dlst_gui.evidence.trace_writer import TraceWriter
from dlst_gui.formats.format import Format
from dlst_gui.formats.registry import FORMATS, format_named
from dlst_gui.formats.transfer.described_video import described
from dlst_gui.project.opening import identity_of
from dlst_gui.project.video_identity import VideoIdentity
from dlst_gui.tracking.tracker_factory import TrackerSettings, guide_sha256
from dlst_gui.tracking.tracking_run import FrameTracked, TrackRequest
from dlst_gui.video import open_source
from tests.dlst_gui.commands.command_fakes import STAGES, CommandTracker, FakeFactory, write_sequence
from tests.fakes import FakeTracker, SyntheticVideo
from tracker_core import Box, CandidateOrigin, TrackResult


def track(source: Path, *words: str, factory: FakeFactory | None = None) -> int:
    return main(["track", str(source), *words], make_tracker=factory or FakeFactory())


def lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_track_when_source_has_truth_then_ends_with_auc_os_dp(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert track(sequence, "--out", str(tmp_path / "boxes.txt")) == 0
    printed = capsys.readouterr().out
    assert "12 frames, target found in 12" in printed
    assert "AUC 0.952, OS 1.000, DP 1.000" in printed
    # 0-based x of 20 is 21 in an OTB file; the square moves two pixels a frame.
    assert lines_of(tmp_path / "boxes.txt")[:2] == ["21,41,24,24", "23,41,24,24"]


def test_track_when_json_then_stdout_is_one_object(sequence: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert track(sequence, "--json", "--seed", "4", "--device", "cpu", "--preset", "dlst-fc") == 0
    found = json.loads(capsys.readouterr().out)
    assert found.items() >= {"frames": 12, "device": "cpu", "preset": "dlst-fc", "seed": 4}.items()
    assert found.items() >= {"backbone": "default", "details": "code", "end": "completed"}.items()
    assert found["fps"] > 0
    assert found["first_frame_s"] >= 0
    assert 0 < found["auc"] <= 20 / 21
    assert {"os", "dp"} <= set(found)


def test_track_when_nothing_is_chosen_then_is_the_default_system_with_its_own_backbone(
    sequence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert track(sequence, "--json", "--device", "cpu", "--stop", "1") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["preset"], found["backbone"]) == ("dlst-studio", "studio")


def test_track_when_no_speed_is_given_then_a_processor_tracks_fast_and_the_summary_says_so(
    sequence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    factory = FakeFactory()
    assert track(sequence, "--device", "cpu", factory=factory) == 0
    assert factory.settings[0].speed == "fast"
    assert "(fast)\n" in capsys.readouterr().out


def test_track_when_threads_are_given_then_the_tracker_is_made_with_as_many(sequence: Path) -> None:
    threads: list[int] = []

    def make_tracker(settings: TrackerSettings) -> CommandTracker:
        threads.append(torch.get_num_threads())
        return FakeFactory()(settings)

    before = torch.get_num_threads()
    assert main(["track", str(sequence), "--threads", str(before + 1)], make_tracker=make_tracker) == 0
    assert threads == [before + 1]
    assert torch.get_num_threads() == before


def test_track_when_steps_are_left_out_then_json_names_them_in_the_cores_order(
    sequence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        track(sequence, "--preset", "dlst", "--speed", "fast", "--without", "few-cells,score-map", "--json") == 0
    )
    found = json.loads(capsys.readouterr().out)
    assert (found["speed"], found["without"]) == ("fast", ["score-map", "few-cells"])


def test_track_when_source_has_no_truth_then_json_has_no_scores(
    tmp_path: Path, video: SyntheticVideo, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_sequence(tmp_path / "plain", video, has_truth=False)
    assert track(source, "--init", "20,40,24,24", "--json") == 0
    assert not {"auc", "os", "dp"} & set(json.loads(capsys.readouterr().out))


def test_track_when_init_is_given_then_it_counts_from_0(sequence: Path, tmp_path: Path) -> None:
    factory = FakeFactory()
    assert track(sequence, "--init=-4.5,10,20,30", "--out", str(tmp_path / "o.txt"), factory=factory) == 0
    assert lines_of(tmp_path / "o.txt")[0] == "-3.5,11,20,30"


def test_track_when_start_and_stop_then_both_are_tracked(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "o.csv"
    assert track(sequence, "--start", "3", "--stop", "5", "--out", str(out)) == 0
    rows = list(csv.DictReader(lines_of(out)))
    assert [row["frame"] for row in rows] == ["3", "4", "5"]
    assert (rows[0]["x"], rows[0]["timestamp_s"]) == ("26", "0.12")
    assert "AUC 0.952" in capsys.readouterr().out


def test_csv_when_target_is_lost_then_says_so(sequence: Path, tmp_path: Path) -> None:
    out = tmp_path / "o.csv"
    assert track(sequence, "--stop", "2", "--out", str(out), factory=FakeFactory(lost_frames=frozenset({2}))) == 0
    rows = list(csv.DictReader(lines_of(out)))
    assert [(row["source"], row["score"]) for row in rows] == [
        ("drawn", ""),
        ("tracked", "8.0"),
        ("tracked", "-1.0"),
    ]


def test_format_when_given_then_overrules_the_suffix(sequence: Path, tmp_path: Path) -> None:
    out = tmp_path / "boxes.txt"
    assert track(sequence, "--stop", "1", "--out", str(out), "--format", "jsonl") == 0
    header, _, first, second = (json.loads(line) for line in lines_of(out))
    assert header["format"] == "dlst-labels"
    assert (first["frame"], first["source"], second["source"], second["score"]) == (0, "drawn", "tracked", 8.0)


@pytest.mark.parametrize("label_format", FORMATS, ids=lambda each: each.name)
def test_format_when_named_then_labels_are_those_of_an_export_with_a_receipt(
    sequence: Path, label_format: Format, tmp_path: Path
) -> None:
    out = tmp_path / f"out{label_format.suffix}"
    assert track(sequence, "--start", "2", "--stop", "5", "--out", str(out), "--format", label_format.name) == 0
    receipt = json.loads(out.with_name(f"{out.name}.export.json").read_text())
    assert receipt["frames"]["indices"] == [2, 3, 4, 5]
    assert receipt["boxes"]["exported_by_source"] == {"drawn": 1, "tracked": 3}
    assert receipt["runs"][0]["system"] == "dlst-studio fast"


def test_out_when_its_ending_is_of_one_format_then_that_is_written(sequence: Path, tmp_path: Path) -> None:
    assert track(sequence, "--stop", "1", "--out", str(tmp_path / "boxes.xml")) == 0
    assert "<annotations>" in (tmp_path / "boxes.xml").read_text()


def test_track_when_its_boxes_cannot_be_written_in_the_end_then_they_are_kept_elsewhere(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("dlst_gui.commands.running.full_disk.PAUSE_S", 0.01)
    monkeypatch.setattr("dlst_gui.commands.running.full_disk.UNATTENDED_S", 0.02)
    track_rooms = "dlst_gui.commands.track"
    monkeypatch.setattr(f"{track_rooms}.run_files.projects_folder", lambda: tmp_path / "data" / "projects")
    monkeypatch.setattr(
        f"{track_rooms}.run_outputs.known_format", lambda name: replace(format_named(name), write=full)
    )
    assert track(sequence, "--stop", "3", "--out", str(tmp_path / "boxes.csv")) == 2
    (kept,) = (tmp_path / "data" / "rescued").glob("*.jsonl")
    assert f"The boxes are in {kept}" in capsys.readouterr().err.replace("\n", " ")
    assert format_named("jsonl").read(kept, described(open_source(sequence))).box_count() == 4


def test_out_when_the_folder_holds_what_is_not_ours_then_nothing_is_tracked_or_replaced(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("kept")
    factory = FakeFactory()
    assert track(sequence, "--out", str(tmp_path / "mine"), "--format", "yolo", factory=factory) == 2
    assert "files that no export has put there (notes.txt)" in capsys.readouterr().err
    assert (tmp_path / "mine" / "notes.txt").read_text() == "kept"


@pytest.mark.parametrize("option", ["--video", "--trace", "--out"])
def test_outputs_when_one_is_the_source_itself_then_it_is_left_alone(
    sequence: Path, tmp_path: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = tmp_path / "clip.mp4"
    assert track(sequence, "--video", str(clip)) == 0
    before = clip.read_bytes()
    format_words = ("--format", "csv") if option == "--out" else ()
    assert track(clip, "--init", "20,40,24,24", option, str(clip), *format_words) == 2
    assert "read by the same call" in capsys.readouterr().err
    assert track(clip, "--init", "20,40,24,24", option, str(clip), "--force", *format_words) == 2
    assert clip.read_bytes() == before


def test_outputs_when_two_are_one_file_then_nothing_is_tracked(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    factory = FakeFactory()
    words = ("--out", str(tmp_path / "o.csv"), "--trace", str(tmp_path / "sub" / ".." / "o.csv"))
    assert track(sequence, *words, factory=factory) == 2
    assert "must be different files" in capsys.readouterr().err
    assert not factory.trackers


def test_out_when_a_single_file_is_named_in_capitals_then_it_is_one_file(sequence: Path, tmp_path: Path) -> None:
    assert track(sequence, "--stop", "1", "--out", str(tmp_path / "BOXES.TXT")) == 0
    assert lines_of(tmp_path / "BOXES.TXT") == ["21,41,24,24", "23,41,24,24"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_out_when_it_is_a_pipe_or_a_device_then_it_is_left_alone(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert track(sequence, "--stop", "1", "--out", str(tmp_path / "pipe.csv")) == 2
    assert "a device or a pipe" in capsys.readouterr().err
    assert (tmp_path / "pipe.csv").is_fifo()


def test_trace_when_asked_for_then_explains_each_frame(sequence: Path, tmp_path: Path) -> None:
    out = tmp_path / "trace.jsonl"
    assert track(sequence, "--stop", "2", "--trace", str(out), "--speed", "fast") == 0
    first, second, _ = (json.loads(line) for line in lines_of(out))
    assert (first["is_human"], first["score"], first["update"]) == (True, None, {"kind": "first frame"})
    assert first["system"] == second["system"] == "dlst-studio fast"
    assert second["previous_box"] == [20.0, 40.0, 24.0, 24.0]
    assert second["search_region"] == [-16.0, 4.0, 96.0, 96.0]
    assert second["stage_ms"] == dict(STAGES)
    assert second["matched_box"] is second["matched_confidence"] is None  # the fake has no matching head
    assert second["guided_box"] is second["guided_confidence"] is second["guide_trust"] is None
    best = second["best"]
    assert len(best) == 5
    assert best[0]["score"] == second["candidates"]["max"] >= best[1]["score"]
    assert {candidate["origin"] for candidate in best} <= {"previous", "localized"}
    # The fake's response peaks at the centre of its box, on a grid of 96/102 px.
    np.testing.assert_allclose(second["response"]["peak"], [34, 52], atol=0.5)


def test_evidence_when_asked_for_then_opens_without_the_video(sequence: Path, tmp_path: Path) -> None:
    out = tmp_path / "trace.dlsttrace"
    assert track(sequence, "--stop", "3", "--trace", str(out), "--speed", "fast") == 0
    moved = out.rename(tmp_path / "sent.dlsttrace")
    shutil.rmtree(sequence)
    with open_trace(moved) as trace:
        assert (trace.facts.frame_count, trace.facts.width, trace.facts.height) == (12, 160, 120)
        assert trace.facts.video_name == sequence.name
        assert trace.runs[1].system == "dlst-studio fast"
        first, second, *_ = frames = list(trace)
    assert [each.frame_index for each in frames] == [0, 1, 2, 3]
    assert (first.is_manual, first.score, first.diagnostics) == (True, np.inf, None)
    assert second.diagnostics is not None
    assert second.timestamp_s == pytest.approx(1 / 25)
    for each in frames:
        assert each.picture is not None
        area = each.picture.area
        assert pixels_of(each.picture).shape == (area.height, area.width, 3)
        x, y = each.box.center
        assert area.x <= x <= area.right
        assert area.y <= y <= area.bottom
    assert moved.stat().st_size < 200_000


def test_evidence_when_its_name_is_that_of_something_else_then_it_is_refused_unless_forced(
    sequence: Path, tmp_path: Path
) -> None:
    out = tmp_path / "moved.dlsttrace"
    facts = TraceFacts("1.0", "clip", 12, 160, 120, 25.0)
    TraceWriter.sidecar(out, VideoIdentity("clip", 12, 160, 120, 0), facts).close()
    words = ("--stop", "1", "--trace", str(out))
    assert track(sequence, *words) == 2
    assert track(sequence, *words, "--force") == 0
    assert track(sequence, *words) == 0  # one of its own


def test_evidence_when_the_window_would_keep_its_own_there_then_it_is_refused(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "clip.evidence.dlsttrace"
    assert track(sequence, "--stop", "1", "--trace", str(out), "--force") == 2
    assert "what the window keeps beside a project" in capsys.readouterr().err
    assert not out.exists()


def test_video_when_asked_for_then_holds_every_tracked_frame(sequence: Path, tmp_path: Path) -> None:
    out = tmp_path / "made" / "annotated.mp4"
    assert track(sequence, "--start", "2", "--stop", "6", "--video", str(out)) == 0
    with av.open(str(out)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 5
    assert frames[0].shape == (120, 160, 3)


def test_track_when_interrupted_then_writes_what_there_is(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, clip = tmp_path / "o.txt", tmp_path / "o.mp4"
    factory = FakeFactory(interrupted_at=4)
    assert track(sequence, "--out", str(out), "--video", str(clip), "--json", factory=factory) == 130
    assert len(lines_of(out)) == 5
    assert clip.exists()
    printed = capsys.readouterr()
    assert "interrupted after 5 of 12 frames" in printed.err
    assert json.loads(printed.out).items() >= {"frames": 5, "end": "interrupted"}.items()


def test_track_when_source_is_damaged_then_tracks_up_to_it_and_warns(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (sequence / "img" / "0008.png").write_bytes(b"no image")
    out = tmp_path / "o.txt"
    assert track(sequence, "--out", str(out)) == 0
    assert len(lines_of(out)) == 7
    printed = capsys.readouterr()
    assert "warning: " in printed.err
    assert "0008.png" in printed.err
    assert "tracked up to frame 6" in printed.err
    assert "AUC 0.952" in printed.out


@pytest.mark.logs_warnings
def test_track_when_the_tracker_fails_then_one_line_and_the_rest_in_the_log(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "o.txt"
    assert track(sequence, "--out", str(out), factory=FakeFactory(fails_at=3)) == 1
    assert len(lines_of(out)) == 3
    log = tmp_path / "log" / "dlst.log"
    printed = capsys.readouterr().err
    assert f"dlst: unexpected error: RuntimeError: the tracker fell over (details in {log})\n" in printed
    assert "Traceback" not in printed
    assert "Traceback" in log.read_text()


@pytest.mark.logs_warnings
def test_track_when_verbose_then_shows_the_traceback(sequence: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert track(sequence, "--verbose", factory=FakeFactory(fails_at=3)) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--init", "500,10,20,20"), "must lie in the frame of 160 x 120 pixels, got x 500, y 10"),
        (("--init", "1,2,3"), "expected four numbers X,Y,W,H, got '1,2,3'"),
        (("--init", "1,2,nan,4"), "expected a width and height above 0, got '1,2,nan,4'"),
        (("--init", "1,2,0,4"), "expected a width and height above 0, got '1,2,0,4'"),
        (("--start", "12"), "--start 12: Square has frames 0..11"),
        (("--stop", "99"), "--stop 99: Square has frames 0..11"),
        (("--start", "5", "--stop", "4"), "--stop 4 is before --start 5"),
        (("--start", "-1"), "expected a whole number of at least 0, got '-1'"),
        (("--preset", "kcf"), "invalid choice: 'kcf'"),
        (("--speed", "slow"), "invalid choice: 'slow'"),
        (("--without", "haste"), "unknown 'haste' (choose from score-map, int8-convolutions"),
        (("--without", "score-map", "--speed", "exact"), "exact has no steps to leave out"),
        (("--without", "score-map", "--speed", "fast"), "dlst-studio has no such step"),
        (("--details", "paper"), "details apply to the systems of the paper's Table 1"),
        (("--format", "xml", "--out", "o"), "--format: expected one of csv, jsonl, otb, "),
        (("--format", "csv"), "--format csv: give the file with --out"),
        (("--out", "boxes.json"), "give --format, one of coco, tao, label-studio"),
        (("--out", "."), "several formats have this ending; give --format, one of csv, jsonl, otb, "),
        (("--out", ".", "--format", "yolo"), "the folder holds files that no export has put there"),
        (("--out", "tests", "--format", "csv"), "is a folder; give the name of a file in it"),
        (("--out", "main.py/boxes.txt"), "main.py/boxes.txt cannot be written"),
        (("--out", "clip.dlst"), "--out clip.dlst: a project is not written by this command"),
        (("--video", "out.avi"), "the name must end in .mp4"),
    ],
)
def test_track_when_input_is_bad_then_one_line_and_status_2(
    sequence: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(Path(__file__).parents[4])
    assert track(sequence, *words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert message in printed.err


def test_track_when_there_is_no_source_then_names_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert track(tmp_path / "gone.mp4") == 2
    printed = capsys.readouterr().err
    assert "gone.mp4" in printed
    assert printed.count("\n") == 1


def test_track_when_there_is_no_truth_and_no_init_then_asks_for_it(
    tmp_path: Path, video: SyntheticVideo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert track(write_sequence(tmp_path / "plain", video, has_truth=False)) == 2
    assert "plain has no ground truth; give the first box with --init" in capsys.readouterr().err


def test_track_when_the_backbone_is_unknown_then_lists_the_known(
    sequence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["track", str(sequence), "--backbone", "nope"]) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert 'no backbone is named "nope"' in printed


def test_track_when_the_first_frame_is_damaged_then_it_is_bad_input(
    sequence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (sequence / "img" / "0003.png").write_bytes(b"no image")
    assert track(sequence, "--start", "2") == 2
    assert "0003.png" in capsys.readouterr().err.splitlines()[-1]


def test_track_when_the_folders_of_its_files_are_missing_then_makes_them_once_it_tracks(
    sequence: Path, tmp_path: Path
) -> None:
    files = [tmp_path / "new" / name for name in ("boxes/a.csv", "video/a.mp4", "trace/a.jsonl")]
    options = [*("--out", files[0]), *("--video", files[1]), *("--trace", files[2])]
    assert main(["track", *map(str, (sequence, "--init", "900,0,9,9", *options))], make_tracker=FakeFactory()) == 2
    assert not (tmp_path / "new").exists()
    assert main(["track", *map(str, (sequence, *options))], make_tracker=FakeFactory()) == 0
    assert all(file.is_file() for file in files)


def test_guide_when_named_then_the_tracker_gets_it_and_all_files_name_it(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    factory, out, trace = FakeFactory(), tmp_path / "boxes.csv", tmp_path / "trace.jsonl"
    words = ("--guide", "fear-xs", "--speed", "fast", "--stop", "2", "--out", str(out), "--trace", str(trace))
    assert track(sequence, *words, "--json", factory=factory) == 0
    assert [made.guide for made in factory.settings] == ["fear-xs"]
    assert json.loads(capsys.readouterr().out)["guide"] == "fear-xs"
    assert json.loads(lines_of(trace)[1])["system"] == "dlst-studio fast +fear-xs"
    (run,) = json.loads(out.with_name("boxes.csv.export.json").read_text())["runs"]
    assert (run["system"], run["guide"]) == ("dlst-studio fast +fear-xs", "fear-xs")
    assert run["guide_sha256"] == guide_sha256("fear-xs")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--guide", "fear-xs", "--preset", "dlst"), "--guide fear-xs: dlst follows no guide"),
        (("--guide", "magic"), "unknown 'magic' (choose from none, nanotrack-v2"),
        (("--guide", "fear-xs,vittrack"), "expected one guide, got 'fear-xs,vittrack'"),
    ],
    ids=["paper's preset", "unknown", "two"],
)
def test_guide_when_it_makes_no_sense_then_one_line_and_status_2(
    sequence: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    factory = FakeFactory()
    assert track(sequence, *words, factory=factory) == 2
    printed = capsys.readouterr().err
    assert (printed.count("\n"), factory.settings) == (1, [])
    assert message in printed


def test_trace_when_there_is_a_guide_then_has_its_box_confidence_and_trust() -> None:
    seen = replace(
        FakeTracker._explain(Box(20, 40, 24, 24), Box(22, 40, 24, 24), 5.0),
        guided_box=Box(21, 39, 26, 25),
        guided_confidence=0.91234,
        guide_trust=0.25,
    )
    origins = np.full(len(seen.candidates.origins), CandidateOrigin.GUIDED, np.uint8)
    seen = replace(seen, candidates=replace(seen.candidates, origins=origins))
    result = TrackResult(Box(22, 40, 24, 24), 5.0, True, seen)
    told = trace_object(FrameTracked(1, 1, result, is_human=False, elapsed_s=0.1), 0.04)
    assert (told["guided_box"], told["guided_confidence"], told["guide_trust"]) == ([21, 39, 26, 25], 0.9123, 0.25)
    assert {candidate["origin"] for candidate in told["best"]} == {"guided"}


def test_track_when_out_is_a_link_then_each_call_replaces_what_it_leads_to(sequence: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "boxes.csv"
    link.symlink_to("there/real.csv")
    for stop in (2, 4):
        assert track(sequence, "--out", str(link), "--stop", str(stop)) == 0
        assert link.is_symlink()
        assert len(lines_of(tmp_path / "there" / "real.csv")) == stop + 2
    names = sorted(path.name for path in (tmp_path / "there").iterdir())
    assert names == ["real.csv", "real.csv.export.json"]


def deep_images(folder: Path) -> Path:
    folder.mkdir()
    values = np.repeat(np.linspace(1000, 3000, 64)[None], 48, axis=0).astype(np.uint16)
    for number in range(3):
        Image.fromarray(values).save(folder / f"{number}.png")
    return folder


def test_track_when_a_range_of_values_is_given_then_frames_receipt_and_the_next_call_have_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = deep_images(tmp_path / "deep"), tmp_path / "a.csv"
    words = ("--init", "5,5,20,20", "--out", str(out), "--device", "cpu")
    assert track(folder, *words, "--range", "1000..1999") == 0
    assert "1000 to 1999 are shown as black to white (1000..1999)" in capsys.readouterr().err
    receipt = json.loads((tmp_path / "a.csv.export.json").read_text("utf-8"))
    assert receipt["video"]["shown_values"] == {"black": 1000, "white": 2000, "choice": "1000..1999"}
    with open_source(folder) as source:
        assert int(source[0][0, -1, 0]) == 255


def test_track_when_another_range_is_given_then_an_unfinished_run_is_not_gone_on_with(tmp_path: Path) -> None:
    folder = deep_images(tmp_path / "deep")
    request = TrackRequest(0, {0: Box(5, 5, 20, 20)}, 0, 2)
    outputs = RunOutputs(None, None, None)
    facts = []
    for values in ("auto", "real", "1000..1999"):
        choose_range(folder, values)
        with open_source(folder) as source:
            identity = identity_of(source, folder)
            facts.append(
                RunFacts.of(
                    *(identity, request, TrackerSettings(), outputs),
                    has_given_threads=False,
                    shown_range=source.shown_range,
                )
            )
    assert facts[0].differences(facts[1]) == ("range of values",)
    assert facts[1].differences(facts[2]) == ("range of values",)


@pytest.mark.parametrize(
    ("values", "words"), [("5..4", "a lower and a higher number"), ("real", "no images of over 8 bits")]
)
def test_track_when_a_range_makes_no_sense_then_says_why(
    values: str, words: str, sequence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = track(sequence, "--range", values)
    except SystemExit as ended:
        status = int(str(ended.code))
    assert status == 2
    assert words in capsys.readouterr().err
