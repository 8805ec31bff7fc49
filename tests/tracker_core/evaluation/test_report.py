import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tracker_core.evaluation.otb import score_sequence
from tracker_core.evaluation.plots import write_plots
from tracker_core.evaluation.protocols.attribute_report import ByAttribute, attribute_tables
from tracker_core.evaluation.protocols.box_measures import BoxMeasures
from tracker_core.evaluation.report import format_report, write_results_json
from tracker_core.evaluation.scores.roc import ScoredFrames
from tracker_core.evaluation.summary import FailedRun, RunResult, Statistic, TrackerResults, ranked

TRUTH = np.array([[10.0, 20, 30, 40]] * 10)


def run(sequence: str, seed: int, good_frames: int) -> RunResult:
    """A run that is perfect for `good_frames` frames and then far away."""
    rows = TRUTH.copy()
    rows[good_frames:, 0] += 1000
    return RunResult(seed, score_sequence(sequence, rows, TRUTH), fps=10.0 + seed, first_frame_s=2.5)


STEADY = TrackerResults(
    "steady", (run("A", 0, 10), run("B", 0, 6), run("A", 1, 8), run("B", 1, 4)), {"preset": "dlst", "seeds": 2}
)
POOR = TrackerResults("poor", (run("A", 0, 2), run("B", 0, 2)))


def test_statistic_when_printed_then_the_spread_follows_where_there_is_one() -> None:
    assert str(Statistic(0.71239, 0.0251)) == "0.712 ± 0.025"
    assert str(Statistic(0.5, None)) == "0.500"


def test_summary_when_a_seed_is_unfinished_then_the_mean_weighs_sequences_alike_and_has_no_spread() -> None:
    unfinished = TrackerResults("unfinished", (run("A", 0, 10), run("B", 0, 6), run("A", 1, 8)))
    # A: (1.0 + 0.8) / 2, B: 0.6.
    assert unfinished.summary().os == Statistic(pytest.approx(0.75), None)


def test_summary_when_seeds_differ_then_mean_over_sequences_spread_over_seeds() -> None:
    summary = STEADY.summary()
    # Seed 0: (1.0 + 0.6) / 2, seed 1: (0.8 + 0.4) / 2.
    assert summary.os.mean == pytest.approx(0.7)
    assert summary.os.std == pytest.approx(0.2 / 2**0.5)
    assert STEADY.of_sequence("A").summary().os.mean == pytest.approx(0.9)
    assert STEADY.curves().auc == pytest.approx(summary.auc.mean)


def test_ranked_when_given_worst_first_then_best_comes_first() -> None:
    assert [tracker.name for tracker in ranked((POOR, STEADY))] == ["steady", "poor"]


def test_results_json_when_one_tracker_then_its_means_are_at_the_top(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    write_results_json(path, (STEADY,), is_complete=True)
    found = json.loads(path.read_text())
    assert found["mean_os"] == pytest.approx(0.7)
    assert found["mean_auc"] == found["trackers"][0]["mean_auc"] == pytest.approx(0.7 * 20 / 21)
    assert found["mean_dp"] == pytest.approx(0.7)
    assert found["sequences"] == [{"name": "A", "frames": 10}, {"name": "B", "frames": 10}]
    assert found["is_complete"] is True


def test_results_json_when_several_seeds_then_each_run_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    write_results_json(path, (STEADY, POOR), is_complete=False)
    found = json.loads(path.read_text())
    assert [tracker["name"] for tracker in found["trackers"]] == ["steady", "poor"]
    assert found["tracker"] == "steady"
    seed = found["trackers"][0]["seeds"][1]
    assert (seed["seed"], seed["mean_os"]) == (1, pytest.approx(0.6))
    first = seed["sequences"][0]
    assert (first["name"], first["os"], first["fps"]) == ("A", pytest.approx(0.8), 11.0)
    assert (len(first["success"]), len(first["precision"])) == (21, 51)
    assert found["trackers"][0]["settings"] == {"preset": "dlst", "seeds": 2}
    assert found["trackers"][1]["std_auc"] is None
    assert found["is_complete"] is False


def test_report_when_one_tracker_then_lists_every_sequence_and_the_mean() -> None:
    lines = format_report((STEADY,)).splitlines()
    assert lines[0] == "steady, 2 seeds"
    assert lines[1].split() == ["sequence", "frames", "AUC", "OS", "DP", "ROC", "fps", "first", "frame"]
    assert lines[3].split()[:3] == ["A", "10", "0.857"]
    assert lines[5].split()[:2] == ["mean", "20"]
    assert "0.700 ± 0.141" in lines[5]


def test_report_when_several_trackers_then_ranks_them() -> None:
    text = format_report((POOR, STEADY))
    assert "AUC per sequence" in text
    ranking = text.split("mean over sequences, best first\n")[1].splitlines()
    assert [line.split()[0] for line in ranking[2:4]] == ["steady", "poor"]


def test_report_when_there_are_scores_then_tells_what_they_are_worth(tmp_path: Path) -> None:
    ious = np.array([0.9, 0.8, 0.3, 0.0, np.nan])
    graded = replace(run("A", 0, 10), scored=ScoredFrames(np.array([3.0, -1.0, 2.0, 0.0, 5.0]), ious))
    yes_no = replace(run("A", 0, 10), scored=ScoredFrames(np.array([1.0, 1.0, 1.0, -1.0, 1.0]), ious))
    silent = TrackerResults("silent", (replace(run("A", 0, 10), rows=TRUTH),))
    trackers = (TrackerResults("graded", (graded,)), TrackerResults("yes-no", (yes_no,)), silent)
    text = format_report(trackers)
    # Of the two pairs of a frame on and one off the target, one is the right way round.
    assert "graded: area under its score's ROC curve 0.500, from 2 frames on the target" in text
    assert "yes-no gives no score, only found or lost" in text
    assert "silent gives no score" in text
    write_results_json(tmp_path / "results.json", trackers, is_complete=True)
    found = json.loads((tmp_path / "results.json").read_text())["trackers"]
    assert found[0]["score"] == {"roc_area": 0.5, "is_two_valued": False, "on_target": 2, "off_target": 1}
    assert found[1]["score"]["roc_area"] is None
    assert found[2]["score"] is None


def test_report_when_a_curve_is_zero_then_gives_the_mean_without_it() -> None:
    nothing = RunResult(0, score_sequence("C", TRUTH, np.zeros_like(TRUTH)))
    text = format_report((TrackerResults("one", (run("A", 0, 10), nothing)),))
    assert "one: without sequences whose success curve is all 0, AUC is 0.952" in text
    assert "0.476" in text


def test_plots_when_the_protocol_has_a_long_name_then_the_title_is_not_cut_off(tmp_path: Path) -> None:
    files = write_plots(tmp_path, (POOR, STEADY), protocol="one pass, with VOT's long-term measures")
    title = cv2.imread(str(files[2]))[:50]
    columns = np.flatnonzero((title < 128).all(axis=2).any(axis=0))
    assert columns.min() > 80


def test_tables_when_a_tracker_has_finished_less_then_all_are_over_what_both_have() -> None:
    def measured(sequence: str, iou: float) -> RunResult:
        return replace(run(sequence, 0, 10), boxes=BoxMeasures(np.array([iou]), np.array([0.0])))

    whole = TrackerResults("whole", (measured("A", 0.9), replace(measured("B", 0.1), score=run("B", 0, 2).score)))
    part = TrackerResults("part", (measured("A", 0.8),), failures=(FailedRun("B", 0, "it fell over"),))
    rows = [line.split() for line in format_report((whole, part)).splitlines()]
    # Average overlap of A alone; over both it would be 0.5.
    assert [row[1] for row in rows if row and row[0] in ("whole", "part")][-3:-1] == ["0.900", "0.800"]
    by = ByAttribute.of({"A": ("IV",), "B": ("IV", "LR")})
    table = attribute_tables((whole, part), by).splitlines()
    assert table[1].split() == ["DP", "mean", "IV"]
    assert table[3].split() == ["sequences", "1"]
    assert table[4].split() == ["whole", "100.0", "100.0"]


def test_plots_when_written_then_png_and_svg_show_ranked_trackers(tmp_path: Path) -> None:
    files = write_plots(tmp_path / "plots", (POOR, STEADY))
    assert [file.name for file in files] == ["success.png", "success.svg", "precision.png", "precision.svg"]
    image = cv2.imread(str(files[0]))
    assert image.shape[0] > 500
    # The best tracker's line, blue, and the other's, vermilion, are in the picture (BGR).
    for color in ((0xB2, 0x72, 0x00), (0x00, 0x5E, 0xD5)):
        assert (image == color).all(axis=2).sum() > 200
    text = files[1].read_text()
    ElementTree.fromstring(text)
    assert 0 < text.index("steady [0.667]") < text.index("poor [0.190]")
