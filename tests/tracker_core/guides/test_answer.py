"""From outputs of networks to boxes, confidences and ratings."""

from __future__ import annotations

import numpy as np
import pytest

from tests.tracker_core.guides.made_guide import made_description
from tracker_core import Box
from tracker_core.guides.answer import GuideAnswer, rated, read_boxes, read_confidences
from tracker_core.guides.description import AnswerRule, ChoiceRule

BEFORE = Box(0, 0, 20, 10)


def test_distances_when_read_then_are_around_their_cells() -> None:
    rule = AnswerRule(2, 16.0, 15.5, "c", "none", distances="d")
    distances = np.zeros((1, 4, 2, 2), np.float32)
    distances[0, :, 1, 0] = 3, 4, 5, 6  # second row, first column: the cell at (15.5, 31.5)
    boxes = read_boxes(rule, {"d": distances}, size=64)
    assert boxes[2] == pytest.approx([12.5, 27.5, 8, 10])


def test_offsets_and_sizes_when_read_then_are_in_strides_and_pictures() -> None:
    rule = AnswerRule(2, 16.0, 0.0, "c", "none", offsets="o", sizes="s")
    offsets, sizes = np.zeros((1, 2, 2, 2), np.float32), np.full((1, 2, 2, 2), 0.1, np.float32)
    offsets[0, :, 0, 1] = 0.5, 0.25  # first row, second column
    sizes[0, :, 0, 1] = 0.5, 0.25
    boxes = read_boxes(rule, {"o": offsets, "s": sizes}, size=64)
    assert boxes[1] == pytest.approx([16 + 8 - 16, 4 - 8, 32, 16])


def test_box_when_it_is_inside_out_then_is_a_point_of_one_pixel() -> None:
    rule = AnswerRule(1, 16.0, 8.0, "c", "none", distances="d")
    boxes = read_boxes(rule, {"d": np.full((1, 4, 1, 1), -3, np.float32)}, size=64)
    assert boxes[0] == pytest.approx([7.5, 7.5, 1, 1])


def test_softmax_when_read_then_is_the_share_of_the_second_map() -> None:
    logits = np.random.default_rng(0).normal(0, 3, (1, 2, 3, 3)).astype(np.float32)
    shares = np.exp(logits[0]) / np.exp(logits[0]).sum(axis=0)
    assert read_confidences(logits, "softmax") == pytest.approx(shares[1].ravel(), rel=1e-5)


@pytest.mark.parametrize(("activation", "expected"), [("sigmoid", [0.5, 1, 0]), ("none", [0, 1, 0])])
def test_confidences_when_logits_are_extreme_then_stay_in_0_to_1(activation: str, expected: list[float]) -> None:
    values = np.array([0, 1e4, -1e4], np.float32).reshape(1, 1, 1, 3)
    assert read_confidences(values, activation) == pytest.approx(expected)  # type: ignore[arg-type]


def test_rating_when_shape_and_size_change_then_is_lower_either_way() -> None:
    boxes = np.array([[0, 0, 20, 10], [0, 0, 40, 20], [0, 0, 10, 5], [0, 0, 10, 20]], np.float64)
    settling, ratings = rated(ChoiceRule(change_penalty=0.2, size_rate=0.5), boxes, np.full(4, 0.8), BEFORE)
    # Twice and half the size change by 2, the tilted shape by 4 at the same size.
    assert ratings == pytest.approx(0.8 * np.exp(-0.2 * np.array([0, 1, 1, 3])))
    assert settling == pytest.approx(0.5 * ratings)


@pytest.mark.parametrize("window", ["mixed", "product"])
def test_rating_when_there_is_a_window_then_the_middle_is_preferred(window: str) -> None:
    boxes = np.tile([0.0, 0.0, 20.0, 10.0], (25, 1))
    choice = ChoiceRule(window=window, window_weight=0.4)  # type: ignore[arg-type]
    settling, ratings = rated(choice, boxes, np.full(25, 0.5), BEFORE)
    middle, corner = ratings[12], ratings[0]
    cosine = (0.5 - 0.5 * np.cos(np.pi / 3)) ** 2  # the first of five between two zeros
    assert (middle, corner) == pytest.approx(
        (0.6 * 0.5 + 0.4, 0.6 * 0.5 + 0.4 * cosine) if window == "mixed" else (0.5, 0.5 * cosine)
    )
    assert settling == pytest.approx(1)


def test_answer_when_sides_settle_then_keeps_the_middle_of_its_box() -> None:
    boxes = np.array([[[0, 0, 1, 1], [10, 10, 40, 20]], [[5, 5, 8, 8], [1, 1, 2, 2]]], np.float64)
    values = np.array([[0.1, 0.9], [0.6, 0.2]])
    answer = GuideAnswer(Box(0, 0, 50, 50), boxes, values, np.full((2, 2), 0.25), values, best=(0, 1))
    assert (answer.best_box, answer.best_confidence) == (Box(10, 10, 40, 20), 0.9)
    settled = answer.settled(Box(0, 0, 20, 20))
    assert (settled.center, settled.width, settled.height) == ((30, 20), 25, 20)


def test_made_answer_rule_when_its_cells_are_read_then_they_fill_the_searched_picture() -> None:
    rule = made_description().answer
    outputs = {rule.distances: np.full((1, 4, 8, 8), 4, np.float32)}
    boxes = read_boxes(rule, outputs, size=64)
    assert boxes[0] == pytest.approx([0, 0, 8, 8])
    assert boxes[-1] == pytest.approx([56, 56, 8, 8])
