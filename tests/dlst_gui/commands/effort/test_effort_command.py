import csv
import json
from pathlib import Path

import pytest

from dlst_gui.cli import main
from tests.dlst_gui.commands.command_fakes import FakeFactory, write_sequence
from tests.fakes import SyntheticVideo
from tests.tracker_core.guides.made_guide import store_made_guide

STILL = SyntheticVideo(frame_count=6, speed=0)
WALK = SyntheticVideo(frame_count=8)  # the fake with seed 0 follows exactly
RUN = SyntheticVideo(frame_count=7, speed=14)  # the fake falls behind by 12 of 24 px a frame


@pytest.fixture
def benchmark(tmp_path: Path) -> Path:
    folder = tmp_path / "benchmark"
    write_sequence(folder / "Run", RUN)
    write_sequence(folder / "Walk", WALK)
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "effort"


@pytest.fixture
def without_plots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing takes most of the time of a measurement with fakes."""
    monkeypatch.setattr("dlst_gui.commands.effort.run.write_effort_plot", lambda folder, systems, ious: ())


def effort(benchmark: Path, out: Path, *words: str, factory: FakeFactory | None = None) -> int:
    command = ["effort", str(benchmark), "--out", str(out), "--device", "cpu", "--jobs", "1", *words]
    if "--speed" not in words:
        command += ["--speed", "exact"]
    if "--preset" not in words:
        command += ["--preset", "dlst"]
    return main(command, make_tracker=factory or FakeFactory())


def report(out: Path) -> dict:
    return json.loads((out / "effort.json").read_text())


def per_100(out: Path, iou: float = 0.5) -> dict[str, dict[str, float]]:
    """By system and sequence."""
    return {
        system["name"]: {
            part["name"]: part["per_100"]
            for at_iou in system["by_iou"]
            if at_iou["iou"] == iou
            for part in at_iou["sequences"]
        }
        for system in report(out)["systems"]
    }


def without_seconds(log: Path) -> list[dict]:
    lines = (json.loads(line) for line in log.read_text().splitlines())
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


def test_effort_when_done_then_prints_tables_and_writes_the_folder(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert effort(benchmark, out, "--seeds", "2") == 0
    tables = capsys.readouterr().out.split("\n\n")
    assert [table.splitlines()[0].split(",")[0] for table in tables] == [
        "corrections and flags per 100 visible frames",
        "corrections and flags per 100 visible frames",
        "labels after corrections",
        "dlst two-sided",
    ]
    assert [line.split()[0] for line in tables[0].splitlines()[3:]] == ["Run", "Walk", "mean", "95"]
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert names == {
        *("dlst-studio.json", "effort.json", "runs.csv", "effort.png", "effort.svg"),
        *(
            f"{system}/{seed}/{sequence}_iou{iou}.jsonl"
            for system in ("hold", "interpolation", "dlst_reinit", "dlst_correct", "dlst_two-sided")
            for seed in (0, 1)
            for sequence in ("Run", "Walk")
            for iou in (0.5, 0.7)
        ),
    }


@pytest.mark.usefixtures("without_plots")
def test_effort_when_counted_by_hand_then_is_the_same(benchmark: Path, out: Path) -> None:
    assert effort(benchmark, out, "--systems", "hold,interpolation,reinit") == 0
    found = per_100(out)
    # Run: a box held, or followed at 2 px, is wrong on the next frame: IoU 10 / 38, 12 / 36.
    assert found["hold"]["Run"] == found["dlst reinit"]["Run"] == pytest.approx(600 / 7)
    assert found["interpolation"]["Run"] == pytest.approx(100 / 7)
    # Walk: four steps of 2 px leave IoU 16 / 32, the fifth 14 / 34.
    assert found["dlst reinit"]["Walk"] == 0
    assert found["hold"]["Walk"] == pytest.approx(100 / 8)
    assert report(out)["is_complete"] is True
    (first, *_) = report(out)["systems"]
    assert first["by_iou"][0]["per_100"] == pytest.approx((600 / 7 + 100 / 8) / 2)


@pytest.mark.usefixtures("without_plots")
def test_correct_when_a_box_is_wrong_then_the_tracker_is_corrected_and_not_started_anew(
    benchmark: Path, out: Path
) -> None:
    factory = FakeFactory()
    words = ("--systems", "reinit,correct", "--sequences", "Run", "--iou", "0.5")
    assert effort(benchmark, out, *words, factory=factory) == 0
    called = [[name for name, _ in tracker.calls] for tracker in factory.trackers]
    assert called == [["initialize", *["track", "initialize"] * 6], ["initialize", *["track", "correct"] * 6]]
    assert report(out)["differences"] == [
        {"iou": 0.5, "system": "dlst correct", "minus": "dlst reinit", "per_100": 0, "low": None, "high": None}
    ]


@pytest.mark.usefixtures("without_plots")
def test_bidirectional_when_a_box_is_wrong_then_a_later_run_learns_all_manual_boxes(
    benchmark: Path, out: Path
) -> None:
    factory = FakeFactory()
    words = ("--systems", "two-sided", "--sequences", "Walk,Run", "--iou", "0.5")
    assert effort(benchmark, out, *words, factory=factory) == 0
    walk, first_of_run, second_of_run, *_ = factory.trackers
    assert [name for name, _ in walk.calls] == ["initialize", *["track"] * 7]
    assert [name for name, _ in first_of_run.calls] == ["initialize", *["track"] * 6]
    assert second_of_run.calls[0][0] == "example"
    # The fake moves on by 2 px either way: no frame of Run but the drawn ones is right.
    assert per_100(out) == {"dlst two-sided": {"Walk": 0, "Run": pytest.approx(600 / 7)}}


@pytest.mark.usefixtures("without_plots")
def test_runs_when_written_as_csv_then_hold_a_row_for_each(benchmark: Path, out: Path) -> None:
    assert effort(benchmark, out, "--systems", "hold", "--seeds", "2", "--iou", "0.5") == 0
    with (out / "runs.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["sequence"], row["seed"]) for row in rows] == [
        *(("Run", "0"), ("Walk", "0"), ("Run", "1"), ("Walk", "1"))
    ]
    assert (rows[0]["corrections"], rows[0]["flags"], rows[0]["visible_frames"]) == ("6", "0", "7")


@pytest.mark.usefixtures("without_plots")
def test_effort_when_target_is_absent_for_a_while_then_costs_a_flag(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_sequence(tmp_path / "benchmark" / "Gone", STILL)
    truth = (folder / "groundtruth_rect.txt").read_text().splitlines()
    truth[2] = truth[3] = "0,0,0,0"
    (folder / "groundtruth_rect.txt").write_text("\n".join(truth) + "\n")
    assert effort(folder, out, "--systems", "hold,interpolation", "--iou", "0.5") == 0
    # A flag, and a box when it is back: 2 of 4 visible frames.
    assert per_100(out) == {"hold": {"Gone": 50}, "interpolation": {"Gone": 50}}


@pytest.mark.usefixtures("without_plots")
def test_effort_when_called_again_then_counts_from_the_logs(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert effort(benchmark, out, "--iou", "0.5") == 0
    before = report(out), (out / "runs.csv").read_text()
    factory = FakeFactory()
    assert effort(benchmark, out, "--iou", "0.5", factory=factory) == 0
    assert "10 runs were finished before" in capsys.readouterr().err
    assert factory.settings == []
    assert (report(out), (out / "runs.csv").read_text()) == before


@pytest.mark.usefixtures("without_plots")
@pytest.mark.parametrize("words", [("--force",), ("--threads", "2"), ("--backbone", "random")])
def test_effort_when_settings_differ_or_forced_then_runs_again(
    benchmark: Path, out: Path, words: tuple[str, ...]
) -> None:
    chosen = ("--systems", "correct", "--iou", "0.5")
    assert effort(benchmark, out, *chosen) == 0
    factory = FakeFactory()
    assert effort(benchmark, out, *chosen, *words, factory=factory) == 0
    assert len(factory.settings) == 2


@pytest.mark.usefixtures("without_plots")
def test_effort_when_the_ground_truth_was_changed_then_runs_again(benchmark: Path, out: Path) -> None:
    chosen = ("--systems", "correct", "--iou", "0.5")
    assert effort(benchmark, out, *chosen) == 0
    truth = benchmark / "Walk" / "groundtruth_rect.txt"
    truth.write_text(truth.read_text().replace("23,41,24,24", "23,41,24,25"))
    factory = FakeFactory()
    assert effort(benchmark, out, *chosen, factory=factory) == 0
    assert len(factory.settings) == 1


@pytest.mark.usefixtures("without_plots")
def test_effort_when_interrupted_then_keeps_what_is_finished_and_goes_on(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Started anew on each frame of Run, the fake counts its frames from 1 there and comes to 4 in Walk alone.
    chosen = ("--systems", "reinit", "--iou", "0.5")
    assert effort(benchmark, out, *chosen, factory=FakeFactory(interrupted_at=4)) == 130
    printed = capsys.readouterr()
    assert "interrupted: 1 of 2 runs are finished" in printed.err
    assert report(out)["is_complete"] is False
    factory = FakeFactory()
    assert effort(benchmark, out, *chosen, factory=factory) == 0
    assert len(factory.settings) == 1
    whole = out.with_name("whole")
    assert effort(benchmark, whole, *chosen) == 0
    assert per_100(out) == per_100(whole)
    log = "dlst_reinit/0/Walk_iou0.5.jsonl"
    assert without_seconds(out / log) == without_seconds(whole / log)


@pytest.mark.usefixtures("without_plots")
def test_effort_when_a_tracker_fails_then_counts_as_drawing_all_and_says_so(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--systems", "correct", "--sequences", "Walk", "--iou", "0.5")
    assert effort(benchmark, out, *words, factory=FakeFactory(fails_at=3)) == 3
    assert per_100(out) == {"dlst correct": {"Walk": 100}}
    assert report(out)["systems"][0]["by_iou"][0]["failed_runs"] == 1
    row = capsys.readouterr().out.splitlines()[-1]
    assert row.split(maxsplit=5)[:5] == ["dlst", "correct", "0.5", "Walk", "0"]
    assert "failed at frame 3: RuntimeError: the tracker fell over" in row
    (failure,) = report(out)["systems"][0]["by_iou"][0]["failures"]
    assert (failure["sequence"], failure["end"]) == ("Walk", "failed")


@pytest.mark.usefixtures("without_plots")
def test_effort_when_a_frame_is_damaged_then_ends_that_run_alone(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (benchmark / "Run" / "img" / "0004.png").write_bytes(b"no image")
    assert effort(benchmark, out, "--systems", "hold", "--iou", "0.5") == 3
    assert per_100(out) == {"hold": {"Run": 100, "Walk": 12.5}}
    assert "0004.png" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.usefixtures("without_plots")
def test_effort_when_there_is_more_time_then_runs_again_what_timed_out(benchmark: Path, out: Path) -> None:
    words = ("--systems", "hold", "--sequences", "Walk", "--iou", "0.5")
    assert effort(benchmark, out, *words, "--timeout", "5") == 0
    log = out / "hold/0/Walk_iou0.5.jsonl"
    log.write_text(log.read_text().replace('"completed"', '"timed out"'))
    assert effort(benchmark, out, *words, "--timeout", "5") == 3
    assert per_100(out) == {"hold": {"Walk": 100}}
    assert effort(benchmark, out, *words, "--timeout", "6") == 0
    assert per_100(out) == {"hold": {"Walk": 12.5}}


@pytest.mark.usefixtures("without_plots")
@pytest.mark.timeout(300)  # starting a process loads torch, which takes long on a busy machine
def test_effort_when_in_several_processes_then_results_are_the_same(benchmark: Path, out: Path) -> None:
    assert effort(benchmark, out, "--iou", "0.5") == 0
    parallel = out.with_name("parallel")
    assert effort(benchmark, parallel, "--iou", "0.5", "--jobs", "2") == 0
    assert per_100(out) == per_100(parallel)


@pytest.mark.usefixtures("without_plots")
def test_effort_when_several_presets_and_speeds_are_asked_for_then_each_is_ours_twice(
    benchmark: Path, out: Path
) -> None:
    words = ("--systems", "reinit,correct", "--preset", "dlst,mdnet-nl", "--speed", "exact,fast", "--iou", "0.5")
    assert effort(benchmark, out, *words, "--sequences", "Walk") == 0
    trackers = ("dlst", "dlst fast", "mdnet-nl", "mdnet-nl fast")
    assert list(per_100(out)) == [f"{name} {kind}" for kind in ("reinit", "correct") for name in trackers]


@pytest.mark.usefixtures("without_plots")
def test_opencv_when_named_then_is_started_anew_at_each_correction(benchmark: Path, out: Path) -> None:
    assert effort(benchmark, out, "--systems", "mil", "--sequences", "Walk", "--iou", "0.5") == 0
    assert report(out)["systems"][0]["settings"]["at_human_box"] == "initialize"


@pytest.mark.usefixtures("without_plots")
def test_guide_when_named_then_is_started_anew_at_each_correction(
    benchmark: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_made_guide(monkeypatch, tmp_path / "store")
    assert effort(benchmark, out, "--systems", "fear-xs", "--sequences", "Walk", "--iou", "0.5") == 0
    (system,) = report(out)["systems"]
    assert (system["settings"]["tracker"], system["settings"]["at_human_box"]) == ("fear-xs", "initialize")


@pytest.mark.usefixtures("without_plots")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--systems", "hold,magic"), "unknown 'magic' (choose from hold, interpolation, csrt"),
        (("--iou", "0.9"), "expected IoUs above 0 and at most 0.85, such as 0.5,0.7; got '0.9'"),
        (("--iou", "half"), "got 'half'"),
        (("--without", "score-map"), "--without score-map: exact has no steps to leave out"),
        (("--sequences", "Z"), "no sequence is named Z; there are Run, Walk"),
        (("--backbone", "nope"), 'no backbone is named "nope"'),
    ],
)
def test_effort_when_input_is_bad_then_one_line_and_status_2(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    assert effort(benchmark, out, *words) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert message in printed


@pytest.mark.usefixtures("without_plots")
def test_effort_when_ours_follows_a_guide_then_its_files_are_part_of_the_settings(
    benchmark: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_made_guide(monkeypatch, tmp_path / "store")
    words = ("--systems", "correct", "--preset", "dlst-studio", "--guide", "fear-xs", "--sequences", "Walk")
    assert effort(benchmark, out, *words, "--speed", "fast", "--iou", "0.5") == 0
    (system,) = report(out)["systems"]
    assert system["name"] == "dlst-studio fast +fear-xs correct"
    assert (system["settings"]["guide"], len(system["settings"]["guide_sha256"])) == ("fear-xs", 64)
