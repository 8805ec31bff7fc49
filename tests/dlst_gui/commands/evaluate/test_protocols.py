"""`evaluate` with `--protocol`, `--attributes`, `--pages` and `--paper-tables`; the fake moves by 2 px a frame."""

import json
from pathlib import Path

import cv2
import pytest

from dlst_gui.cli import main
from tests.dlst_gui.commands.command_fakes import FakeFactory, write_sequence
from tests.fakes import SyntheticVideo

WALK = SyntheticVideo(frame_count=24)  # which the fake with seed 0 follows exactly
RUN = SyntheticVideo(frame_count=24, speed=3)  # the fake falls behind by 1 of 24 px a frame


@pytest.fixture
def benchmark(tmp_path: Path) -> Path:
    folder = tmp_path / "benchmark"
    write_sequence(folder / "Run", RUN)
    write_sequence(folder / "Walk", WALK)
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "evaluation"


@pytest.fixture(autouse=True)
def without_plots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlst_gui.commands.evaluate.run.write_plots", lambda folder, trackers, **_: ())
    monkeypatch.setattr("dlst_gui.commands.evaluate.run.write_attribute_plots", lambda *_, **__: ())
    monkeypatch.setattr("dlst_gui.commands.evaluate.run.write_eao_plot", lambda *_: ())


def evaluate(benchmark: Path, out: Path, *words: str, factory: FakeFactory | None = None) -> int:
    command = ["evaluate", str(benchmark), "--out", str(out), "--device", "cpu", "--jobs", "1"]
    return main([*command, "--preset", "dlst", "--speed", "exact", *words], make_tracker=factory or FakeFactory())


def results(out: Path, name: str) -> dict:
    return json.loads((out / f"results-{name}.json").read_text())


def test_tre_when_a_sequence_is_short_then_starts_where_enough_frames_follow_and_pools_them(
    benchmark: Path, out: Path
) -> None:
    factory = FakeFactory()
    assert evaluate(benchmark, out, "--protocol", "tre", "--sequences", "Run", factory=factory) == 0
    # Of 24 frames, the first five are followed by 19 or more.
    assert len(factory.trackers) == 5
    assert sorted(file.name for file in (out / "dlst" / "0").glob("Run@*.txt")) == [
        f"Run@{number:02d}.txt" for number in range(1, 6)
    ]
    found = results(out, "tre")
    assert found["protocol"] == "OTB temporal robustness evaluation"
    (sequence,) = found["trackers"][0]["seeds"][0]["sequences"]
    # Runs of 24 to 20 frames; after seven frames the box is 8 px behind, with an IoU of a half.
    assert sequence["frames"] == sum(range(20, 25))
    assert sequence["os"] == pytest.approx(5 * 8 / sum(range(20, 25)))
    assert found["trackers"][0]["got10k"] is None


def test_tre_when_a_sequence_has_too_few_frames_then_is_a_failed_row(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_sequence(benchmark / "Short", SyntheticVideo(frame_count=6))
    assert evaluate(benchmark, out, "--protocol", "tre") == 3
    row = capsys.readouterr().out.splitlines()[-1]
    assert row.split()[:2] == ["dlst", "Short"]
    assert "followed by 19 frames or more" in row


def test_sre_when_run_then_begins_from_twelve_boxes(benchmark: Path, out: Path) -> None:
    factory = FakeFactory()
    assert evaluate(benchmark, out, "--protocol", "sre", "--sequences", "Walk", factory=factory) == 0
    assert len(factory.trackers) == 12
    boxes = {
        file.stem.removeprefix("Walk@"): file.read_text().splitlines()[0]
        for file in (out / "dlst" / "0").glob("*.txt")
    }
    # The true box is 21,41,24,24.
    assert (boxes["left"], boxes["down"], boxes["scale_8"]) == ("18,41,24,24", "21,44,24,24", "23,43,19,19")
    found = results(out, "sre")["trackers"][0]["seeds"][0]["sequences"]
    assert [(part["name"], part["frames"]) for part in found] == [("Walk", 12 * 24)]
    assert found[0]["os"] == 1


def test_supervised_when_a_tracker_loses_its_target_then_is_begun_again_five_frames_later(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_sequence(benchmark / "Rush", SyntheticVideo(frame_count=12, speed=14))
    factory = FakeFactory()
    assert evaluate(benchmark, out, "--protocol", "vot-supervised", "--sequences", "Rush", factory=factory) == 0
    # 12 px of 24 a frame: no pixel in common on the second.
    trajectory = (out / "vot/results/dlst/baseline/Rush/Rush_001.txt").read_text().splitlines()
    assert trajectory[0] == "1"
    assert trajectory[2:8] == ["2", "0", "0", "0", "0", "1"]
    assert [call for call, _ in factory.trackers[0].calls] == [
        *("initialize", "track", "track", "initialize", "track", "track")
    ]
    (tracker,) = results(out, "vot-supervised")["trackers"]
    assert tracker["failures"] == 2
    printed = capsys.readouterr().out
    assert "VOT2016, supervised" in printed
    assert "the longest sequence here has 12: there is none" in printed
    again = FakeFactory()
    assert evaluate(benchmark, out, "--protocol", "vot-supervised", "--sequences", "Rush", factory=again) == 0
    assert again.trackers == []


@pytest.mark.logs_warnings
def test_supervised_when_a_tracker_fails_then_is_a_row_and_remembered(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--protocol", "vot-supervised")
    assert evaluate(benchmark, out, *words, factory=FakeFactory(fails_at=3)) == 3
    assert "frame 3: RuntimeError: the tracker fell over" in capsys.readouterr().out
    assert evaluate(benchmark, out, *words) == 3
    assert evaluate(benchmark, out, *words, "--retry-failed") == 0


def test_supervised_when_other_trajectories_are_given_then_are_measured_as_well(
    benchmark: Path, out: Path
) -> None:
    words = ("--protocol", "vot-supervised")
    assert evaluate(benchmark, out, *words) == 0
    copied = out / "vot" / "results" / "dlst"
    assert evaluate(benchmark, out.with_name("other"), *words, "--results", f"Copy={copied}") == 0
    ours, copy = results(out.with_name("other"), "vot-supervised")["trackers"]
    assert (copy["accuracy"], copy["eao_curve"]) == (ours["accuracy"], ours["eao_curve"])


@pytest.mark.parametrize("words", [("--protocol", "vot-supervised"), ("--paper-tables",)])
def test_evaluate_when_interrupted_before_the_first_run_is_finished_then_writes_and_tells_no_results(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert evaluate(benchmark, out, *words, factory=FakeFactory(interrupted_at=1)) == 130
    assert not [*out.glob("results*"), *out.glob("paper*")]
    assert "results and plot" not in capsys.readouterr().err


def test_supervised_when_other_trajectories_cannot_be_read_then_says_so_before_anything_is_run(
    benchmark: Path, out: Path, tmp_path: Path
) -> None:
    factory = FakeFactory()
    words = ("--protocol", "vot-supervised", "--results", f"KCF={tmp_path / 'empty'}")
    assert evaluate(benchmark, out, *words, factory=factory) == 2
    assert factory.trackers == []
    assert not out.exists()


def test_long_term_when_run_then_has_precision_recall_and_f(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(benchmark, out, "--protocol", "long-term", "--sequences", "Walk") == 0
    found = results(out, "long-term")["trackers"][0]
    # The first frame has no confidence and an overlap of 0, as in the toolkit; the others are right.
    assert found["long_term"]["precision"] == pytest.approx(1)
    assert found["long_term"]["recall"] == pytest.approx(23 / 24)
    assert found["got10k"] == {"ao": 1, "sr_50": 1, "sr_75": 1}
    assert "VOT long-term (Pr, Re, F)" in capsys.readouterr().out


def test_hidden_frames_when_their_file_is_damaged_then_that_sequence_is_a_failed_row(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (benchmark / "Run" / "cover.label").write_bytes(b"\xff\xfe\x00")
    assert evaluate(benchmark, out) == 3
    printed = capsys.readouterr().out
    assert "cover.label: cannot be read as text" in printed.splitlines()[-1]
    (benchmark / "Run" / "cover.label").write_text("8\n" * 24)
    assert evaluate(benchmark, out) == 0


def test_attributes_when_a_folder_has_them_then_results_are_told_by_attribute(
    benchmark: Path, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "att"
    folder.mkdir()
    (folder / "run.txt").write_text("1,0,0,0,0,0,1,0,0,0,0\n")
    (folder / "Walk.txt").write_text("IV\n")
    assert evaluate(benchmark, out, "--attributes", str(folder)) == 0
    found = json.loads((out / "results.json").read_text())["attributes"]
    assert found["sequences"] == {"IV": ["Run", "Walk"], "FM": ["Run"]}
    assert found["trackers"]["dlst"]["FM"]["os"] == pytest.approx(8 / 24)
    table = capsys.readouterr().out.split("OS by attribute (%)\n")[1].splitlines()
    assert table[0].split() == ["OS", "mean", "IV", "FM"]
    assert table[3].split() == ["dlst", "66.7", "66.7", "33.3"]


def test_attributes_when_the_folder_has_none_then_says_so(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(benchmark, out, "--attributes", str(benchmark)) == 2
    assert "has a file for none of the sequences" in capsys.readouterr().err


def test_pages_when_a_tracker_failed_then_each_has_its_stretches_and_pictures(benchmark: Path, out: Path) -> None:
    assert evaluate(benchmark, out, "--pages") == 0
    page = (out / "pages" / "Run.md").read_text()
    assert "The first one tracked is frame 0" in page
    assert "9 to 23" in page  # the frame before has an IoU of a half
    assert cv2.imread(str(out / "pages" / "Run-0023.jpg")).shape == (120, 160, 3)
    assert "none" in (out / "pages" / "Walk.md").read_text()


def test_paper_tables_when_there_is_otb_and_vot_data_then_both_are_beside_the_printed_numbers(
    benchmark: Path, out: Path
) -> None:
    folder = write_sequence(benchmark / "spin", WALK)
    (folder / "img").rename(folder / "color")
    (folder / "groundtruth_rect.txt").rename(folder / "groundtruth.txt")
    (folder / "attr.txt").write_text("LR")
    (benchmark / "Run" / "attr.txt").write_text("LR, OV")
    assert evaluate(benchmark, out, "--paper-tables") == 0
    text = (out / "paper-tables.md").read_text()
    assert "| DLST, printed | 85.0 | 86.6 |" in text
    assert "| dlst, here | 66.7 | - |" in text
    assert "| DLST, printed | 60 | 0.343 | 0.55 | 0.83 |" in text
    assert "| dlst, here | 1 |" in text
    assert "OV (1)" in text
    latex = (out / "paper-tables.tex").read_text()
    assert latex.count("\\begin{tabular}") == text.count("**") / 2
    assert "OS (\\%)" in latex
    assert (out / "results-vot-supervised.json").is_file()


def test_paper_tables_when_a_preset_runs_at_two_speeds_then_both_have_a_row_below_the_printed_one(
    benchmark: Path, out: Path
) -> None:
    assert evaluate(benchmark, out, "--paper-tables", "--speed", "exact,fast") == 0
    rows = [line.split(" | ")[0] for line in (out / "paper-tables.md").read_text().splitlines()]
    first = rows.index("| DLST, printed")
    assert rows[first + 1 : first + 3] == ["| dlst, here", "| dlst fast, here"]


def test_paper_tables_when_one_of_vots_sequences_cannot_be_read_then_it_is_a_failed_row(
    benchmark: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("Run", "Walk"):
        (benchmark / name / "img").rename(benchmark / name / "color")
        (benchmark / name / "groundtruth_rect.txt").rename(benchmark / name / "groundtruth.txt")
    (benchmark / "Walk" / "groundtruth.txt").write_text("no box\n")
    assert evaluate(benchmark, out, "--paper-tables") == 3
    printed = capsys.readouterr()
    assert "dlst     Walk" in printed.out
    assert "1 run failed" in printed.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--protocol", "tre", "--pages"),
            "--results, --results-as and --pages are of whole sequences; --protocol tre has parts",
        ),
        (("--protocol", "sre", "--results-as", "otb"), "--protocol sre has parts"),
        (("--protocol", "vot-supervised", "--pages"), "not of --protocol vot-supervised"),
        (("--protocol", "vot-supervised", "--attributes", "{empty}"), "not of --protocol vot-supervised"),
        (("--protocol", "sre", "--paper-tables"), "--paper-tables runs its own protocols"),
        (("--protocol", "vot-supervised", "--results", "KCF={empty}"), "expected baseline/Run/Run_001.txt"),
    ],
)
def test_protocol_when_options_do_not_go_together_then_one_line_and_status_2(
    benchmark: Path,
    out: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    message: str,
) -> None:
    assert evaluate(benchmark, out, *(word.format(empty=tmp_path / "empty") for word in words)) == 2
    assert message in capsys.readouterr().err.splitlines()[-1]
