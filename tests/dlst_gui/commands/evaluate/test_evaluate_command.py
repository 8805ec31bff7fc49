import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from dlst_gui.cli import main
from tests.dlst_gui.commands.command_fakes import FakeFactory, write_sequence, write_truth
from tests.fakes import SyntheticVideo
from tests.tracker_core.guides.made_guide import store_made_guide

SCORE_FILES = ("A_confidence.value", "B_confidence.value")


@pytest.fixture
def benchmark(tmp_path: Path) -> Path:
    """Sequence A, which the fake follows exactly, and B, whose target is faster."""
    folder = tmp_path / "benchmark"
    write_sequence(folder / "A", SyntheticVideo(frame_count=8))
    write_sequence(folder / "B", SyntheticVideo(frame_count=6, speed=8))
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "evaluation"


@pytest.fixture
def without_plots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing takes most of the time of an evaluation with fakes."""
    monkeypatch.setattr("dlst_gui.commands.evaluate.run.write_plots", lambda folder, trackers, **_: ())


def evaluate(benchmark: Path, out: Path, *words: str, factory: FakeFactory | None = None) -> int:
    command = ["evaluate", str(benchmark), "--out", str(out), "--device", "cpu", "--jobs", "1", *words]
    if "--speed" not in words:
        command += ["--speed", "exact"]
    if "--preset" not in words:
        command += ["--preset", "dlst"]
    return main(command, make_tracker=factory or FakeFactory())


def write_first_box(folder: Path, numbers: str) -> None:
    truth = folder / "groundtruth_rect.txt"
    truth.write_text("\n".join([numbers, *truth.read_text().splitlines()[1:]]) + "\n")


def results(out: Path) -> dict:
    return json.loads((out / "results.json").read_text())


def test_evaluate_when_done_then_prints_the_table_and_writes_the_folder(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(benchmark, out, "--seeds", "2") == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "dlst, 2 seeds"
    assert [line.split()[0] for line in printed[3:6]] == ["A", "B", "mean"]
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert names == {
        *(f"dlst/{seed}/{name}" for seed in (0, 1) for name in ("A.txt", "B.txt", *SCORE_FILES, "run.json")),
        *("dlst-studio.json", "results.json", "success.png", "success.svg", "precision.png", "precision.svg"),
    }
    assert (out / "dlst/0/A.txt").read_text().splitlines()[1] == "23,41,24,24"


@pytest.mark.usefixtures("without_plots")
def test_results_when_one_sequence_is_lost_then_means_are_over_sequences(benchmark: Path, out: Path) -> None:
    assert evaluate(benchmark, out) == 0
    found = results(out)
    # B: the fake falls behind by 6 px a frame, so IoU is 1, .6, 1/3, 1/7, 0, 0.
    assert found["mean_os"] == pytest.approx((1 + 2 / 6) / 2)
    assert found["mean_dp"] == pytest.approx((1 + 4 / 6) / 2)
    perfect = 20 / 21
    b = (20 + 12 + 7 + 3) / 6 / 21
    assert found["mean_auc"] == pytest.approx((perfect + b) / 2)
    seed = found["trackers"][0]["seeds"][0]
    assert [(part["name"], part["frames"]) for part in seed["sequences"]] == [("A", 8), ("B", 6)]
    assert found["trackers"][0]["settings"]["preset"] == "dlst"
    assert found["is_complete"] is True


@pytest.mark.usefixtures("without_plots")
def test_evaluate_when_called_again_then_uses_what_is_finished(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = FakeFactory(), FakeFactory()
    assert evaluate(benchmark, out, factory=first) == 0
    before = results(out)
    assert evaluate(benchmark, out, "--seeds", "2", factory=second) == 0
    assert [settings.seed for settings in first.settings] == [0, 0]
    assert [settings.seed for settings in second.settings] == [1, 1]
    assert "2 runs were finished before" in capsys.readouterr().err
    assert results(out)["trackers"][0]["seeds"][0] == before["trackers"][0]["seeds"][0]


@pytest.mark.usefixtures("without_plots")
@pytest.mark.parametrize("words", [("--force",), ("--threads", "2"), ("--backbone", "random")])
def test_evaluate_when_settings_differ_or_forced_then_runs_again(
    benchmark: Path, out: Path, words: tuple[str, ...]
) -> None:
    assert evaluate(benchmark, out) == 0
    factory = FakeFactory()
    assert evaluate(benchmark, out, *words, factory=factory) == 0
    assert len(factory.settings) == 2


@pytest.mark.usefixtures("without_plots")
def test_evaluate_when_a_stored_run_is_damaged_then_runs_it_again(benchmark: Path, out: Path) -> None:
    assert evaluate(benchmark, out) == 0
    (out / "dlst/0/A.txt").write_text("1,2,3\n")
    factory = FakeFactory()
    assert evaluate(benchmark, out, factory=factory) == 0
    assert len(factory.settings) == 1
    assert results(out)["mean_os"] == pytest.approx((1 + 2 / 6) / 2)


@pytest.mark.usefixtures("without_plots")
@pytest.mark.timeout(300)  # starting a process loads torch, which takes long on a busy machine
def test_evaluate_when_in_several_processes_then_results_are_the_same(benchmark: Path, out: Path) -> None:
    assert evaluate(benchmark, out, "--seeds", "2") == 0
    assert evaluate(benchmark, out.with_name("parallel"), "--seeds", "2", "--jobs", "2") == 0
    for file in ("dlst/0/A.txt", "dlst/0/B.txt", "dlst/1/A.txt", "dlst/1/B.txt"):
        assert (out / file).read_text() == (out.with_name("parallel") / file).read_text()
    assert results(out)["mean_auc"] == results(out.with_name("parallel"))["mean_auc"]


@pytest.mark.usefixtures("without_plots")
@pytest.mark.timeout(300)
def test_evaluate_when_a_frame_is_damaged_then_ends_that_run_alone_and_says_where(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (benchmark / "B" / "img" / "0004.png").write_bytes(b"no image")
    assert evaluate(benchmark, out, "--jobs", "2") == 3
    printed = capsys.readouterr()
    row = printed.out.splitlines()[-1]
    assert row.split()[:3] == ["dlst", "B", "0"]
    assert "0004.png" in row
    assert "1 run failed" in printed.err
    found = results(out)
    assert found["has_failures"] is found["is_complete"] is True
    assert found["mean_auc"] == pytest.approx(20 / 21)
    assert "0004.png" in found["trackers"][0]["failures"][0]["reason"]


@pytest.mark.usefixtures("without_plots")
def test_evaluate_when_a_frame_has_another_size_then_is_a_row_for_each_tracker_and_the_others_go_on(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = benchmark / "B" / "img" / "0003.png"
    assert cv2.imwrite(str(image), cv2.imread(str(image))[:-2])
    assert evaluate(benchmark, out, "--compare", "mil") == 3
    rows = capsys.readouterr().out.splitlines()[-2:]
    assert [row.split()[:2] for row in rows] == [["dlst", "B"], ["mil", "B"]]
    assert all("0003.png is 160x118" in row for row in rows)
    assert [tracker["failures"][0]["sequence"] for tracker in results(out)["trackers"]] == ["B", "B"]


@pytest.mark.usefixtures("without_plots")
def test_evaluate_when_a_box_lies_outside_of_the_frame_then_only_its_run_fails(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_first_box(benchmark / "B", "5000,10,20,20")
    assert evaluate(benchmark, out, "--compare", "mil") == 3
    row = capsys.readouterr().out.splitlines()[-1]
    assert row.split()[:3] == ["mil", "B", "0"]
    assert "frame 0: expected a box inside the 160 x 120 frame" in row


@pytest.mark.usefixtures("without_plots")
def test_compare_when_a_box_is_too_small_for_a_tracker_then_only_its_run_fails(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_first_box(benchmark / "B", "21,41,3,3")
    assert evaluate(benchmark, out, "--compare", "mil") == 3
    printed = capsys.readouterr().out
    assert (
        "5 pixels a side in whole pixels of the frame; Box(x=20.0, y=40.0, width=3.0, height=3.0) has 3 x 3"
        in printed
    )
    ranking = printed.split("mean over what all trackers finished (A), best first\n")[1].splitlines()
    ours, mil = ranking[2:4]
    assert ours.split()[:3] == ["dlst", "2", "0.952"]  # of A alone, where it is perfect
    assert mil.split()[:4] == ["mil", "1", "of", "2"]


@pytest.mark.usefixtures("without_plots")
def test_evaluate_when_every_run_of_a_tracker_fails_then_is_last_and_without_numbers(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in "AB":
        write_first_box(benchmark / name, "21,41,3,3")
    assert evaluate(benchmark, out, "--compare", "mil") == 3
    ranking = capsys.readouterr().out.split("mean over sequences, best first\n")[1].splitlines()
    assert ranking[3].split()[:5] == ["mil", "0", "of", "2", "failed"]
    mil = results(out)["trackers"][1]
    assert (mil["mean_auc"], mil["success"], len(mil["failures"])) == (None, None, 2)


@pytest.mark.logs_warnings
@pytest.mark.usefixtures("without_plots")
def test_evaluate_when_called_again_then_remembers_what_failed_until_told_to_retry(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(benchmark, out, factory=FakeFactory(fails_at=6)) == 3  # A has 7 tracked frames, B 5
    assert "frame 6: RuntimeError: the tracker fell over" in capsys.readouterr().out
    again, retried = FakeFactory(), FakeFactory()
    assert evaluate(benchmark, out, factory=again) == 3
    assert again.settings == []
    assert "frame 6: RuntimeError: the tracker fell over" in capsys.readouterr().out
    assert evaluate(benchmark, out, "--retry-failed", factory=retried) == 0
    assert len(retried.settings) == 1
    assert results(out)["has_failures"] is False


@pytest.mark.usefixtures("without_plots")
def test_results_when_a_file_has_another_number_of_rows_then_is_a_failed_run(
    benchmark: Path, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    for name, count in (("A", 8), ("B", 7)):
        (folder / f"{name}.txt").write_text("21,41,24,24\n" * count)
    assert evaluate(benchmark, out, "--results", f"KCF={folder}") == 3
    row = capsys.readouterr().out.splitlines()[-1]
    assert row.split()[:3] == ["KCF", "B", "0"]
    assert "expected 6 rows for B, one per frame with ground truth, got 7" in row


@pytest.mark.usefixtures("without_plots")
def test_evaluate_when_interrupted_then_keeps_what_is_finished(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A has 7 tracked frames, B 5; the sixth is met in A only.
    command = ["--sequences", "B,A"]
    assert evaluate(benchmark, out, *command, factory=FakeFactory(interrupted_at=6)) == 130
    printed = capsys.readouterr()
    assert "interrupted: 1 of 2 runs are finished" in printed.err
    assert "\nmean " in printed.out
    assert results(out)["is_complete"] is False
    factory = FakeFactory()
    assert evaluate(benchmark, out, *command, factory=factory) == 0
    assert len(factory.settings) == 1
    assert [part["name"] for part in results(out)["sequences"]] == ["B", "A"]


@pytest.mark.usefixtures("without_plots")
def test_evaluate_when_several_presets_then_ranks_them(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    factory = FakeFactory()
    assert evaluate(benchmark, out, "--preset", "mdnet-nl,dlst", "--details", "paper", factory=factory) == 0
    assert {settings.preset for settings in factory.settings} == {"mdnet-nl", "dlst"}
    assert {settings.details for settings in factory.settings} == {"paper"}
    assert "mean over sequences, best first" in capsys.readouterr().out
    assert [tracker["name"] for tracker in results(out)["trackers"]] == ["mdnet-nl-paper", "dlst-paper"]


@pytest.mark.usefixtures("without_plots")
def test_evaluate_when_presets_have_other_backbones_then_each_is_told_with_its_own(
    benchmark: Path, out: Path
) -> None:
    assert evaluate(benchmark, out, "--preset", "dlst,dlst-studio", "--sequences", "A") == 0
    told = {tracker["name"]: tracker["settings"] for tracker in results(out)["trackers"]}
    assert {name: settings["backbone"] for name, settings in told.items()} == {
        "dlst": "default",
        "dlst-studio": "studio",
    }
    assert told["dlst"]["backbone_sha256"] != told["dlst-studio"]["backbone_sha256"]


@pytest.mark.usefixtures("without_plots")
def test_evaluate_when_both_speeds_are_asked_for_then_each_is_a_system_of_its_own(
    benchmark: Path, out: Path
) -> None:
    factory = FakeFactory()
    words = ("--preset", "dlst", "--speed", "exact,fast", "--without", "few-cells,score-map", "--sequences", "A")
    assert evaluate(benchmark, out, *words, factory=factory) == 0
    assert [(made.speed, made.without) for made in factory.settings] == [
        ("exact", ()),
        ("fast", ("score-map", "few-cells")),
    ]
    exact, fast = results(out)["trackers"]
    assert (exact["name"], fast["name"]) == ("dlst", "dlst fast -score-map -few-cells")
    assert (exact["settings"]["speed"], exact["settings"]["without"]) == ("exact", "")
    assert (fast["settings"]["speed"], fast["settings"]["without"]) == ("fast", "score-map,few-cells")
    assert {folder.name for folder in out.iterdir() if folder.is_dir()} == {
        "dlst",
        "dlst_fast_-score-map_-few-cells",
    }


@pytest.mark.usefixtures("without_plots")
def test_evaluate_when_no_speed_is_given_then_a_processor_is_fast(benchmark: Path, out: Path) -> None:
    factory = FakeFactory()
    command = ["evaluate", str(benchmark), "--out", str(out), "--device", "cpu", "--jobs", "1"]
    assert main(command, make_tracker=factory) == 0
    assert {made.speed for made in factory.settings} == {"fast"}
    assert results(out)["tracker"] == "dlst-studio fast"


def test_evaluate_when_other_results_are_given_then_draws_them_in(
    benchmark: Path, out: Path, tmp_path: Path
) -> None:
    for name, count in (("A", 8), ("B", 6)):
        (tmp_path / "other").mkdir(exist_ok=True)
        (tmp_path / "other" / f"{name}_KCF.txt").write_text("21\t41\t24\t24\n" * count)
    assert evaluate(benchmark, out, "--results", f"KCF={tmp_path / 'other'}") == 0
    assert [tracker["name"] for tracker in results(out)["trackers"]] == ["dlst", "KCF"]
    assert "KCF [" in (out / "success.svg").read_text()


@pytest.mark.usefixtures("without_plots")
def test_compare_when_mil_is_named_then_runs_it_on_the_same_frames(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(benchmark, out, "--sequences", "A", "--compare", "mil") == 0
    assert [tracker["name"] for tracker in results(out)["trackers"]] == ["dlst", "mil"]
    assert len((out / "mil/0/A.txt").read_text().splitlines()) == 8


@pytest.mark.usefixtures("without_plots")
def test_compare_when_a_guide_is_named_then_its_weights_and_program_are_recorded(
    benchmark: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_made_guide(monkeypatch, tmp_path / "store")
    assert evaluate(benchmark, out, "--sequences", "A", "--compare", "vittrack") == 0
    settings = results(out)["trackers"][1]["settings"]
    assert settings["tracker"] == "vittrack"
    assert {len(settings[name]) for name in ("weights_sha256", "program_sha256")} == {64}
    assert len((out / "vittrack/0/A.txt").read_text().splitlines()) == 8


@pytest.mark.usefixtures("without_plots")
def test_compare_when_a_guide_is_not_here_then_says_how_to_get_it(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(benchmark, out, "--compare", "nanotrack-v3") == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert "`weights fetch nanotrack` gets it" in printed


@pytest.mark.usefixtures("without_plots")
def test_compare_when_contrib_is_missing_then_names_the_package(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(cv2, "TrackerCSRT_create", raising=False)
    factory = FakeFactory()
    assert evaluate(benchmark, out, "--compare", "csrt", factory=factory) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert "pip install opencv-contrib-python-headless" in printed
    assert factory.settings == []


@pytest.mark.usefixtures("without_plots")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--preset", "dlst,best"), "unknown 'best' (choose from dlst-studio, dlst, dlst-sloc"),
        (("--compare", "tld"), "unknown 'tld' (choose from csrt, mil, kcf, opencv-nano"),
        (("--speed", "exact,slow"), "unknown 'slow' (choose from exact, fast)"),
        (("--without", "score-map"), "--without score-map: exact has no steps to leave out"),
        (("--preset", "dlst-studio", "--details", "paper"), "dlst-studio is none"),
        (("--sequences", "Z"), "no sequence is named Z; there are A, B"),
        (("--seeds", "0"), "expected a whole number of at least 1, got '0'"),
        (("--results", "KCF"), "expected NAME=DIR, got 'KCF'"),
        (("--results", "KCF=nowhere"), "nowhere: no such result folder"),
        (("--backbone", "nope"), 'no backbone is named "nope"'),
    ],
)
def test_evaluate_when_input_is_bad_then_one_line_and_status_2(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    assert evaluate(benchmark, out, *words) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert message in printed


@pytest.mark.usefixtures("without_plots")
def test_evaluate_when_a_name_is_used_twice_then_asks_for_another(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(benchmark, out) == 0
    assert evaluate(benchmark, out, "--results", f"dlst={out / 'dlst' / '0'}") == 2
    assert "two trackers are named dlst" in capsys.readouterr().err


@pytest.mark.usefixtures("without_plots")
def test_results_as_when_asked_for_then_toolkits_find_boxes_and_times_where_they_look(
    benchmark: Path, out: Path
) -> None:
    assert evaluate(benchmark, out, "--seeds", "2", "--results-as", "got10k,otb", "--speed", "fast") == 0
    written = {
        *(f"GOT-10k/dlst_fast/{name}/{name}_{end}.txt" for name in "AB" for end in ("001", "002", "time")),
        *(f"OTB2015/{tracker}/{name}.txt" for tracker in ("dlst_fast", "dlst_fast_1") for name in "AB"),
        *(f"OTB2015/{tracker}/times/{name}_time.txt" for tracker in ("dlst_fast", "dlst_fast_1") for name in "AB"),
    }
    folders = [out / "GOT-10k", out / "OTB2015"]
    assert {path.relative_to(out).as_posix() for folder in folders for path in folder.rglob("*.txt")} == written
    # The first pixel is 1, as in the evaluation's own files.
    own = [(out / f"dlst_fast/{seed}/A.txt").read_text() for seed in (0, 1)]
    assert [(out / f"GOT-10k/dlst_fast/A/A_{number}.txt").read_text() for number in ("001", "002")] == own
    assert [(out / f"OTB2015/{name}/A.txt").read_text() for name in ("dlst_fast", "dlst_fast_1")] == own
    seconds = np.loadtxt(out / "GOT-10k/dlst_fast/A/A_time.txt", delimiter=",")
    speeds = json.loads((out / "dlst_fast/0/run.json").read_text())["sequences"]["A"]
    assert seconds.shape == (8, 2)
    assert seconds[0, 0] == pytest.approx(speeds["first_frame_s"], abs=1e-8)  # eight decimals are written
    np.testing.assert_allclose(seconds[1:, 0], 1 / speeds["fps"], atol=1e-8)


@pytest.mark.usefixtures("without_plots")
def test_results_as_otb_when_a_folder_has_two_targets_then_names_are_the_toolkits(
    tmp_path: Path, out: Path, video: SyntheticVideo
) -> None:
    folder = write_sequence(tmp_path / "benchmark" / "Jogging-like", video, has_truth=False)
    for number in (1, 2):
        write_truth(folder / f"groundtruth_rect.{number}.txt", video, range(video.frame_count))
    assert evaluate(folder.parent, out, "--results-as", "otb") == 0
    assert sorted(path.name for path in (out / "OTB2015/dlst").glob("*.txt")) == [
        "Jogging-like.1.txt",
        "Jogging-like.2.txt",
    ]


@pytest.mark.parametrize(
    "words",
    [
        ["evaluate", "{empty}"],
        ["evaluate", "{benchmark}", "--sequences", "Nobody"],
        ["evaluate", "{benchmark}", "--results", "Other={empty}"],
        ["effort", "{empty}"],
    ],
    ids=["no sequence", "unknown sequence", "no results", "effort"],
)
def test_evaluation_when_the_input_is_bad_then_leaves_no_folder_behind(
    benchmark: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    assert main([word.format(empty=empty, benchmark=benchmark) for word in words], make_tracker=FakeFactory()) == 2
    assert list(empty.iterdir()) == []


@pytest.mark.usefixtures("without_plots")
def test_guide_when_named_then_is_a_system_of_its_own_and_its_results_are_used_again(
    benchmark: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_made_guide(monkeypatch, tmp_path / "store")
    words = ("--sequences", "A", "--preset", "dlst-studio", "--speed", "fast")
    factory = FakeFactory()
    assert evaluate(benchmark, out, *words, "--guide", "none,fear-xs", factory=factory) == 0
    assert [made.guide for made in factory.settings] == ["", "fear-xs"]
    told = {tracker["name"]: tracker["settings"] for tracker in results(out)["trackers"]}
    guided, alone = told["dlst-studio fast +fear-xs"], told["dlst-studio fast"]
    assert (guided["guide"], len(guided["guide_sha256"])) == ("fear-xs", 64)
    assert not alone.keys() & {"guide", "guide_sha256"}
    again = FakeFactory()
    assert evaluate(benchmark, out, *words, "--guide", "fear-xs", factory=again) == 0
    assert again.settings == []
    monkeypatch.setattr("dlst_gui.commands.sequence_runs.systems.guide_sha256", lambda name: "0" * 64)
    assert evaluate(benchmark, out, *words, "--guide", "fear-xs", factory=again) == 0
    assert [made.guide for made in again.settings] == ["fear-xs"]


@pytest.mark.usefixtures("without_plots")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--preset", "dlst-studio", "--guide", "nanotrack-v3"), "`weights fetch nanotrack` gets it"),
        (("--preset", "dlst", "--guide", "vittrack"), "--guide vittrack: dlst follows no guide"),
        (("--guide", "magic"), "unknown 'magic' (choose from none, nanotrack-v2"),
    ],
    ids=["not here", "paper's preset", "unknown"],
)
def test_guide_when_it_cannot_be_followed_then_one_line_before_anything_runs(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    factory = FakeFactory()
    assert evaluate(benchmark, out, *words, factory=factory) == 2
    printed = capsys.readouterr().err
    assert (printed.count("\n"), factory.settings) == (1, [])
    assert message in printed
