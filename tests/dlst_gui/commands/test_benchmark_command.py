import json
from pathlib import Path

import pytest

from dlst_gui.cli import main
from dlst_gui.commands.stage_times import FrameTimes, PresetTimes, TimedRun
from tests.dlst_gui.commands.command_fakes import FakeFactory


def timed_run(first_ms: float, *frames: FrameTimes) -> TimedRun:
    return TimedRun(first_ms, frames)


def test_stage_when_it_runs_on_some_frames_then_both_means_are_told() -> None:
    run = timed_run(900, FrameTimes(10, (("crop", 2), ("update", 6))), FrameTimes(4, (("crop", 3),)))
    assert run.frame_ms == 7
    assert run.stage("crop") == (2.5, 2.5)
    assert run.stage("update") == (3.0, 6.0)


def test_times_when_there_are_several_runs_then_medians_are_taken() -> None:
    runs = [
        timed_run(first, FrameTimes(ms, (("crop", ms / 2),))) for first, ms in ((100, 10), (90, 12), (500, 90))
    ]
    times = PresetTimes.of("dlst", runs)
    assert (times.first_frame_ms, times.frame_ms) == (100, 12)
    assert (times.stages[0].name, times.stages[0].ms_per_frame) == ("crop", 6)


def test_table_when_stages_do_not_fill_the_frame_then_the_rest_is_told() -> None:
    table = PresetTimes.of("dlst", [timed_run(100, FrameTimes(10, (("crop", 4),)))]).table().splitlines()
    assert table[0] == "dlst, 100.00 frames/s"
    assert [line.split() for line in table[3:]] == [
        ["crop", "4.0", "40%", "4.0"],
        ["other", "6.0", "60%"],
        ["frame", "10.0", "100%", "10.0"],
        ["first", "frame", "100.0"],
    ]


def benchmark(source: Path, *words: str, factory: FakeFactory | None = None) -> int:
    command = ["benchmark", "--source", str(source), "--frames", "6", "--runs", "2", "--device", "cpu", *words]
    return main(command, make_tracker=factory or FakeFactory())


def test_benchmark_when_json_then_holds_stages_of_each_preset(
    sequence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    factory = FakeFactory()
    assert benchmark(sequence, "--json", "--preset", "dlst,mdnet-nh", "--threads", "1", factory=factory) == 0
    found = json.loads(capsys.readouterr().out)
    assert found.items() >= {"device": "cpu", "threads": 1, "frames": 6, "runs": 2, "source": "Square"}.items()
    assert [preset["preset"] for preset in found["presets"]] == ["dlst", "mdnet-nh"]
    assert found["presets"][0]["stages"] == [
        {"name": "localize", "ms_per_frame": 2.0, "ms_where_run": 2.0},
        {"name": "classify", "ms_per_frame": 5.0, "ms_where_run": 5.0},
    ]
    assert [(s.preset, s.seed) for s in factory.settings] == [
        *(("dlst", 0), ("dlst", 1)),
        *(("mdnet-nh", 0), ("mdnet-nh", 1)),
    ]


def test_benchmark_when_not_json_then_prints_a_table(sequence: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark(sequence) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in printed[3:]] == ["localize", "classify", "other", "frame", "first"]


def test_benchmark_when_interrupted_then_reports_nothing(
    sequence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmark(sequence, factory=FakeFactory(interrupted_at=3)) == 130
    assert capsys.readouterr().out == ""


def test_benchmark_when_the_source_is_too_short_then_says_so(
    sequence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmark(sequence, "--frames", "50") == 2
    assert "--frames 50: Square has only 12" in capsys.readouterr().err
