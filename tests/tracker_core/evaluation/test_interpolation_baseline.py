from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from tests.tracker_core.evaluation.effort_scripts import assignment, target
from tracker_core import Box
from tracker_core.box import iou_with_box
from tracker_core.evaluation.effort import score_run
from tracker_core.evaluation.effort_log import Event
from tracker_core.evaluation.interpolation_baseline import fewest_keyframes, interpolated, label_by_interpolation
from tracker_core.evaluation.result_files import read_rows


def is_right(human: np.ndarray, truth: np.ndarray, keyframes: tuple[int, ...], threshold: float) -> bool:
    boxes = interpolated(human, keyframes)
    others = (row for row in range(len(truth)) if row not in keyframes)
    return all(iou_with_box(boxes[row : row + 1], Box.from_xywh(truth[row]))[0] >= threshold for row in others)


def fewest_by_trying(human: np.ndarray, truth: np.ndarray, threshold: float) -> int:
    rows = range(1, len(truth))
    return next(
        count
        for count in range(len(truth))
        if any(is_right(human, truth, (0, *chosen), threshold) for chosen in combinations(rows, count))
    )


@pytest.mark.parametrize("threshold", [0.5, 0.7])
@pytest.mark.parametrize("seed", range(12))
def test_keyframes_when_compared_with_all_choices_then_are_as_few(seed: int, threshold: float) -> None:
    numbers = np.random.default_rng(seed)
    steps = numbers.normal(0, 6, (9, 2)).cumsum(axis=0)
    truth = np.hstack([100 + steps.cumsum(axis=0) / 2, numbers.uniform(18, 24, (9, 2))])
    human = truth + numbers.normal(0, 0.3, truth.shape)
    keyframes = fewest_keyframes(human, truth, threshold)
    assert keyframes[0] == 0
    assert is_right(human, truth, keyframes, threshold)
    assert len(keyframes) - 1 == fewest_by_trying(human, truth, threshold)


def test_keyframes_when_target_moves_evenly_then_two_do_wherever_the_end_is() -> None:
    truth = np.array([target(7 * index).xywh for index in range(20)])
    # A box held for one step of 7 has IoU 13 / 27, about .481.
    assert fewest_keyframes(truth, truth, 0.5) == (0, 19)
    assert fewest_keyframes(truth, truth, 0.48) == (0, 18)


def test_keyframes_when_target_stands_still_then_the_first_is_enough() -> None:
    truth = np.tile(target(5).xywh, (6, 1))
    assert fewest_keyframes(truth, truth, 0.9) == (0,)


def test_keyframes_when_there_is_one_frame_then_it_is_the_one() -> None:
    truth = target(5).xywh[None]
    assert fewest_keyframes(truth, truth, 0.5) == (0,)


def test_interpolation_when_between_keyframes_then_is_a_line_and_held_behind() -> None:
    human = np.array([target(left).xywh for left in (0, 99, 99, 30, 99)])
    assert interpolated(human, (0, 3))[:, 0].tolist() == [0, 10, 20, 30, 30]


def test_labels_when_target_is_absent_for_a_while_then_cost_a_flag_and_a_keyframe() -> None:
    truth = [None, target(0), target(10), target(20), None, None, target(90), target(90), None]
    run = label_by_interpolation(assignment(truth))
    assert [record.frame_index for record in run.frames] == list(range(1, 9))
    assert [record.event for record in run.frames] == [
        *(Event.START, None, Event.CORRECTION, Event.FLAG, None, Event.CORRECTION, None, Event.FLAG)
    ]
    assert run.frames[0].manual_box == truth[1]
    assert score_run("made up", run, truth, 0.5).per_100 == pytest.approx(100 * 4 / 5)


@pytest.mark.data
@pytest.mark.parametrize(("name", "per_100"), [("Crossing", 1.7), ("DragonBaby", 26.5), ("Deer", 23.9)])
def test_keyframes_when_on_real_sequences_then_are_as_many_as_another_program_found(
    sequences: Path, name: str, per_100: float
) -> None:
    truth = read_rows(sequences / name / "groundtruth_rect.txt")
    found = 100 * (len(fewest_keyframes(truth, truth, 0.5)) - 1) / len(truth)
    assert found == pytest.approx(per_100, abs=0.051)  # they were rounded to a tenth
