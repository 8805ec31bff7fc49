from dataclasses import replace

import numpy as np
import pytest

from tests.tracker_core.evaluation.effort_scripts import ScriptedTool, labelled, target
from tracker_core.evaluation.effort import (
    EffortRun,
    EffortScore,
    SystemEffort,
    mean_with_interval,
    paired_difference,
    score_run,
)
from tracker_core.evaluation.effort_log import End, LabelledRun
from tracker_core.evaluation.errors import EvaluationError


def score(per_100: float) -> EffortScore:
    return EffortScore(100, round(per_100), 0, End.COMPLETED, 0.8, 0.1, 4.0)


def system(name: str, **per_100: tuple[float, ...]) -> SystemEffort:
    """Corrections per 100 frames by sequence, one per seed, at 0.5."""
    runs = [
        EffortRun(sequence, seed, 0.5, score(value))
        for sequence, values in per_100.items()
        for seed, value in enumerate(values)
    ]
    return SystemEffort(name, tuple(runs))


def test_score_when_run_is_known_then_counts_what_was_done() -> None:
    truth = [target(0), target(0), None, None, target(0), target(0), target(0), target(0)]
    far = target(100)
    shown = {1: far, 2: far, 3: None, 4: None, 5: target(2), 6: target(0), 7: far}
    run = labelled(ScriptedTool(shown), truth)
    found = score_run("made up", run, truth, 0.5)
    assert (found.visible_count, found.correction_count, found.flag_count) == (6, 3, 1)
    assert found.per_100 == pytest.approx(100 * 4 / 6)
    assert found.median_gap == 3  # frames 0, 1, 4, 7
    drawn_iou = [record.manual_box.iou(target(0)) for record in run.frames if record.manual_box]
    assert found.mean_iou == pytest.approx((sum(drawn_iou) + 18 / 22 + 1) / 6)
    assert found.seconds_per_frame >= 0


def test_score_when_nothing_was_done_then_is_zero() -> None:
    truth = [target(0)] * 3
    found = score_run("made up", labelled(ScriptedTool(dict(enumerate(truth))), truth), truth, 0.5)
    assert (found.per_100, found.mean_iou, found.median_gap) == (0, 1, None)


@pytest.mark.parametrize("end", [End.FAILED, End.TIMED_OUT])
def test_score_when_the_run_did_not_end_then_counts_as_drawing_all(end: End) -> None:
    run = LabelledRun(labelled(ScriptedTool({1: target(0)}), [target(0)] * 2).frames, end)
    found = score_run("made up", run, [target(0)] * 9, 0.5)
    assert found.per_100 == 100
    assert (found.mean_iou, found.seconds_per_frame) == (None, None)


def test_score_when_log_and_truth_differ_then_names_the_frame() -> None:
    run = labelled(ScriptedTool({1: target(0), 2: target(0)}), [target(0)] * 3)
    with pytest.raises(EvaluationError, match="made up, frame 2: the log's label"):
        score_run("made up", run, [target(0), target(0), target(9)], 0.5)
    with pytest.raises(EvaluationError, match="made up, frame 2"):
        score_run("made up", run, [target(0), target(0), None], 0.5)
    with pytest.raises(EvaluationError, match="frames 0 to 3, got 3"):
        score_run("made up", run, [target(0)] * 4, 0.5)


def test_score_when_a_manual_box_is_too_far_off_then_is_refused() -> None:
    run = labelled(ScriptedTool({1: None}), [target(0)] * 2)
    shaky = replace(run.frames[1], manual_box=target(3))  # IoU 17 / 23
    with pytest.raises(EvaluationError, match="frame 1"):
        score_run("made up", LabelledRun((run.frames[0], shaky)), [target(0)] * 2, 0.5)


def test_means_when_there_are_several_seeds_then_each_sequence_weighs_the_same() -> None:
    found = system("a", Long=(10, 20, 30), Short=(40, 40, 40)).per_sequence(0.5)
    assert found == {"Long": 20, "Short": 40}
    assert mean_with_interval(list(found.values())).mean == 30


def test_interval_when_values_are_many_then_agrees_with_the_normal_one() -> None:
    values = np.random.default_rng(1).normal(50, 10, 400).tolist()
    interval = mean_with_interval(values)
    assert interval.bounds is not None
    # 1.96 standard errors; percentiles of 10,000 means are good to some 3 % of that.
    assert np.diff(interval.bounds)[0] == pytest.approx(2 * 1.96 * np.std(values) / 20, rel=0.06)
    assert sum(interval.bounds) / 2 == pytest.approx(interval.mean, abs=0.1)
    assert mean_with_interval(values) == interval


def test_interval_when_there_is_one_sequence_then_there_is_none() -> None:
    assert str(mean_with_interval([12.34])) == "12.3"


def test_difference_when_paired_then_is_narrower_than_the_sequences_differ() -> None:
    a = system("correct", A=(10,), B=(50,), C=(90,), D=(7,))
    b = system("reinit", A=(12,), B=(52,), C=(92,))
    difference = paired_difference(a, b, 0.5)
    assert difference is not None
    assert (difference.mean, difference.bounds) == (-2, (-2, -2))
    assert paired_difference(a, system("other", E=(1,)), 0.5) is None
