import json
from pathlib import Path

import cv2
import pytest
import torch

from dlst_gui.cli import main
from dlst_gui.commands.benchmark.run import turns
from dlst_gui.commands.benchmark.stage_times import FrameTimes, StageTimes
from dlst_gui.commands.benchmark.systems import default_runs
from tests.dlst_gui.commands.command_fakes import FakeFactory
from tests.tracker_core.guides.made_guide import store_made_guide
from tracker_core import FAST_STEPS, PRESETS, fast_steps

STAGES = StageTimes(
    "dlst fast", (FrameTimes(10, (("crop", 2.0), ("update", 6.0))), FrameTimes(4, (("crop", 3.0),)))
)


def test_stage_when_it_runs_on_some_frames_then_both_means_are_told() -> None:
    assert STAGES.frame_ms == 7
    assert STAGES.stage("crop") == (2.5, 2.5)
    assert STAGES.stage("update") == (3.0, 6.0)


def test_stage_table_when_stages_do_not_fill_the_frame_then_the_rest_is_told() -> None:
    assert [line.split() for line in STAGES.table().splitlines()[3:]] == [
        ["crop", "2.5", "36%", "2.5"],
        ["update", "3.0", "43%", "6.0"],
        ["other", "1.5", "21%"],
        ["frame", "7.0", "100%", "7.0"],
    ]


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([1], [0]),
        ([3, 3], [0, 1, 0, 1, 0, 1]),
        ([2, 5], [1, 1, 0, 1, 1, 0, 1]),
        ([1, 2], [1, 0, 1]),
    ],
    ids=["alone", "alike", "fewer", "one of two"],
)
def test_turns_when_systems_share_a_benchmark_then_they_go_round_by_round(
    runs: list[int], expected: list[int]
) -> None:
    assert list(turns(runs)) == expected


def test_default_runs_when_exact_is_on_a_processor_then_they_are_few() -> None:
    assert default_runs("exact", "cpu") < default_runs("exact", "cuda") == default_runs("fast", "cpu")


def benchmark(source: Path, *words: str, factory: FakeFactory | None = None) -> int:
    command = ["benchmark", "--source", str(source), "--frames", "6", "--runs", "2", "--device", "cpu", *words]
    return main(command, make_tracker=factory or FakeFactory())


def test_benchmark_when_json_then_holds_every_run_with_ratios_to_exact(
    sequence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    factory = FakeFactory()
    assert benchmark(sequence, "--json", "--speed", "fast,exact", "--threads", "1", factory=factory) == 0
    found = json.loads(capsys.readouterr().out)
    assert found.items() >= {"device": "cpu", "threads": 1, "frames": 6, "source": "Square"}.items()
    assert found["torch"] == torch.__version__
    assert found["cpu_capability"] == torch.backends.cpu.get_cpu_capability()
    assert found["cpu"] == found["device_name"] != ""
    assert found["reference"] == "dlst-studio exact"
    exact, fast = found["systems"]
    assert [(s["name"], s["speed"], s["without"]) for s in (exact, fast)] == [
        ("dlst-studio exact", "exact", []),
        ("dlst-studio fast", "fast", []),
    ]
    assert exact["fps_ratio"] == exact["whole_fps_ratio"] == 1
    assert fast["fps_ratio"] == pytest.approx(fast["fps"] / exact["fps"])
    assert fast["auc"] == pytest.approx((fast["runs"][0]["auc"] + fast["runs"][1]["auc"]) / 2)
    run = exact["runs"][0]
    assert run["auc"] == pytest.approx(20 / 21)  # the fake with seed 0 is perfect
    assert run["whole_s"] >= run["first_frame_s"] + 5 * run["frame_s"]
    assert 0 < run["correction_s"] < 60
    assert {call for tracker in factory.trackers for call, _ in tracker.calls[-1:]} == {"correct"}
    assert fast["stages"] is None
    assert fast["backbone"] == "studio"
    assert [(made.speed, made.seed) for made in factory.settings] == [
        *(("exact", 0), ("fast", 0)),
        *(("exact", 1), ("fast", 1)),
    ]


def test_benchmark_when_not_json_then_prints_a_table_that_says_what_is_timed(
    sequence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmark(sequence, "--compare", "mil") == 0
    printed = capsys.readouterr().out
    assert "decoding the frames is part of every number" in printed
    rows = [line.split() for line in printed.splitlines()[-3:]]
    assert [row[0] for row in rows] == ["dlst-studio", "dlst-studio", "mil"]
    assert [row[1] for row in rows[:2]] == ["exact", "fast"]
    assert [row[-1] for row in rows] == ["2", "2", "2"]
    assert rows[2][-3] == "-"  # OpenCV's trackers learn nothing from a correction


def test_benchmark_when_a_system_fails_then_it_is_a_row_and_the_others_are_timed(
    sequence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--compare", "mil", "--init", "10,10,3,3", "--speed", "fast")
    assert benchmark(sequence, *words) == 3
    *_, table, failed = capsys.readouterr().out.rstrip().split("\n\n")
    assert [row.split()[-1] for row in table.splitlines()[-2:]] == ["2", "failed"]
    assert failed.splitlines()[-1].startswith("mil     MIL needs a box of 5 pixels a side")
    assert benchmark(sequence, *words, "--json") == 3
    ours, mil = json.loads(capsys.readouterr().out)["systems"]
    assert (ours["failed"], len(ours["runs"])) == (None, 2)
    assert mil["failed"].startswith("MIL needs")
    assert mil["whole_fps"] is None


@pytest.mark.logs_warnings
def test_benchmark_when_every_system_fails_then_one_line_and_status_2(
    sequence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmark(sequence, factory=FakeFactory(fails_at=2)) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == "dlst: no system could be timed: RuntimeError: the tracker fell over"


def test_benchmark_when_exact_is_not_asked_for_then_ratios_are_to_the_first(
    sequence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmark(sequence, "--speed", "fast", "--preset", "dlst-fc,dlst") == 0
    assert "ratios to dlst-fc fast" in capsys.readouterr().out


@pytest.mark.parametrize("preset", ["dlst", "dlst-studio"])
def test_benchmark_when_steps_are_asked_for_then_each_is_left_out_once_and_compared_with_fast(
    sequence: Path, capsys: pytest.CaptureFixture[str], preset: str
) -> None:
    factory = FakeFactory()
    its_steps = fast_steps(PRESETS[preset])
    assert benchmark(sequence, "--preset", preset, "--steps", "--json", "--runs", "1", factory=factory) == 0
    assert [made.without for made in factory.settings] == [(), (), *((step,) for step in its_steps)]
    exact, fast, *steps = json.loads(capsys.readouterr().out)["systems"]
    assert [step["name"] for step in steps] == [f"{preset} fast -{step}" for step in its_steps]
    assert steps[0]["fps_ratio_to_fast"] == pytest.approx(steps[0]["fps"] / fast["fps"])
    assert exact["fps_ratio_to_fast"] is fast["fps_ratio_to_fast"] is None


def test_steps_when_printed_then_have_a_table_of_their_own(
    sequence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmark(sequence, "--preset", "dlst", "--steps", "--runs", "1", "--speed", "fast") == 0
    *_, compared, steps = capsys.readouterr().out.rstrip().split("\n\n")
    assert compared.splitlines()[-1].startswith("dlst fast ")
    assert steps.startswith("fast without one step")
    assert [line.split()[2] for line in steps.splitlines()[2:]] == [f"-{step}" for step in FAST_STEPS]


def test_stages_when_asked_for_then_one_more_run_explains_each_of_our_systems(
    sequence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    factory = FakeFactory()
    assert benchmark(sequence, "--stages", "--json", "--compare", "mil", factory=factory) == 0
    exact, fast, mil = json.loads(capsys.readouterr().out)["systems"]
    assert len(factory.settings) == 2 * 2 + 2
    assert exact["stages"] == fast["stages"]
    assert fast["stages"] == [
        {"name": "localize", "ms_per_frame": 2.0, "ms_where_run": 2.0},
        {"name": "classify", "ms_per_frame": 5.0, "ms_where_run": 5.0},
    ]
    assert mil["stages"] is None


def test_benchmark_when_there_is_no_ground_truth_then_auc_is_unknown(
    sequence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (sequence / "groundtruth_rect.txt").unlink()
    assert benchmark(sequence, "--init", "20,40,24,24", "--json") == 0
    assert {system["auc"] for system in json.loads(capsys.readouterr().out)["systems"]} == {None}


@pytest.mark.parametrize("words", [(), ("--stages", "--runs", "1", "--speed", "fast")], ids=["timed", "stages"])
def test_benchmark_when_interrupted_then_reports_nothing(
    sequence: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert benchmark(sequence, *words, factory=FakeFactory(interrupted_at=3)) == 130
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--frames", "50"), "--frames 50: Square has only 12"),
        (("--speed", "slow"), "unknown 'slow' (choose from exact, fast)"),
        (("--speed", "exact", "--steps"), "--steps leaves out steps of fast; add it: --speed exact,fast"),
        (("--against", "nowhere"), "--against nowhere: expected an executable file track in it"),
    ],
)
def test_benchmark_when_input_is_bad_then_one_line_and_status_2(
    sequence: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    assert benchmark(sequence, *words) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert message in printed


def test_compare_when_a_guide_is_named_then_is_timed(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store_made_guide(monkeypatch, tmp_path / "store")
    assert benchmark(sequence, "--compare", "vittrack", "--runs", "1") == 0
    assert "vittrack" in capsys.readouterr().out


def test_compare_when_contrib_is_missing_then_says_so_before_anything_runs(
    sequence: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(cv2, "TrackerCSRT_create", raising=False)
    factory = FakeFactory()
    assert benchmark(sequence, "--compare", "csrt", factory=factory) == 2
    assert "pip install opencv-contrib-python-headless" in capsys.readouterr().err
    assert factory.settings == []


def test_benchmark_when_several_objects_are_wanted_then_they_are_a_system_of_their_own(
    sequence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    factory = FakeFactory()
    words = ("--json", "--speed", "fast", "--objects", "3", "--threads", "2", "--stages")
    assert benchmark(sequence, *words, factory=factory) == 0
    alone, together = json.loads(capsys.readouterr().out)["systems"]
    assert (alone["name"], alone["objects"]) == ("dlst-studio fast", 1)
    assert (together["name"], together["objects"]) == ("dlst-studio fast, 3 objects", 3)
    assert together["fps_ratio"] == pytest.approx(together["fps"] / alone["fps"])
    assert together["auc"] == pytest.approx(alone["auc"])
    assert (together["correction_s"], together["stages"]) == (None, None)
    assert len(factory.settings) == 2 + 2 * 3 + 1
    assert sorted(settings.threads for settings in factory.settings) == [1] * 6 + [2] * 3


def test_benchmark_when_guides_are_named_then_each_is_timed_beside_the_preset_alone(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store_made_guide(monkeypatch, tmp_path / "store")
    words = ("--preset", "dlst-studio", "--speed", "fast", "--guide", "none,vittrack", "--runs", "1", "--json")
    assert benchmark(sequence, *words) == 0
    systems = json.loads(capsys.readouterr().out)["systems"]
    assert [(system["name"], system["guide"]) for system in systems] == [
        ("dlst-studio fast", None),
        ("dlst-studio fast +vittrack", "vittrack"),
    ]


def test_benchmark_when_a_guide_is_not_here_then_says_so_before_anything_runs(
    sequence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    factory = FakeFactory()
    assert benchmark(sequence, "--preset", "dlst-studio", "--guide", "fear-xs", factory=factory) == 2
    assert "`weights import FOLDER` takes its files" in capsys.readouterr().err
    assert factory.settings == []
