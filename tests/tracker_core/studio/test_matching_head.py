"""The matching head with made-up numbers: what it refuses, its shapes and its geometry."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.tracker_core.studio.conftest import (
    COARSE_CHANNELS,
    CPU,
    FINE_CHANNELS,
    HEAD_SHAPES,
    KEYS,
    HeadTensors,
)
from tracker_core.backbone_weights import WeightsError
from tracker_core.studio.matching_head import MatchingHead, _overlaid, _overlay

CELL_CENTERS = 15.5 + 16 * np.arange(16)


def outputs(seed: int, cells: int) -> tuple[torch.Tensor, torch.Tensor]:
    """What a trunk gives for a square: fine and coarse."""
    generator = torch.Generator().manual_seed(seed)
    fine = torch.randn(1, FINE_CHANNELS, 2 * cells, 2 * cells, generator=generator)
    return fine, torch.randn(1, COARSE_CHANNELS, cells, cells, generator=generator)


def test_template_then_has_a_unit_key_per_cell_and_a_gate_between_0_and_1(head: MatchingHead) -> None:
    template = head.template(*outputs(0, 8))
    assert template.keys.shape == (1, KEYS, 64)
    np.testing.assert_allclose(template.keys.norm(dim=1).numpy(), 1, rtol=1e-5)
    assert template.gate.shape == (1, HEAD_SHAPES["gate"][0], 1, 1)
    assert 0 < template.gate.min() <= template.gate.max() < 1


def test_match_then_gives_a_confidence_and_a_box_around_every_cell(head: MatchingHead) -> None:
    found = head.match([head.template(*outputs(0, 8))], *outputs(1, 16))[0]
    assert found.confidences.shape == (256,)
    assert found.confidences.dtype == found.boxes_xywh.dtype == np.float64
    assert 0 < found.confidences.min() <= found.confidences.max() < 1
    assert np.ptp(found.confidences) > 0
    x, y, width, height = found.boxes_xywh.T
    columns, rows = np.tile(CELL_CENTERS, 16), np.repeat(CELL_CENTERS, 16)
    assert ((x < columns) & (columns < x + width)).all()
    assert ((y < rows) & (rows < y + height)).all()


@pytest.mark.parametrize(
    ("logarithms", "sides"),
    [
        ((0.0, 0.0, 0.0, 0.0), (32.0, 32.0, 32.0, 32.0)),
        (tuple(np.log([0.5, 1, 2, 3])), (16.0, 32.0, 64.0, 96.0)),
        ((9.0, -9.0, 9.0, -9.0), (32 * np.exp(3), 32 * np.exp(-4), 32 * np.exp(3), 32 * np.exp(-4))),
    ],
    ids=["zero", "left-top-right-bottom", "beyond-the-limits"],
)
def test_match_when_distances_are_given_then_boxes_reach_so_far_from_their_cells(
    head_tensors: HeadTensors, logarithms: tuple[float, ...], sides: tuple[float, ...]
) -> None:
    head_tensors["matcher.distances.weight"][:] = 0
    head_tensors["matcher.distances.bias"][:] = logarithms
    head = MatchingHead(head_tensors, CPU)
    found = head.match([head.template(*outputs(0, 8))], *outputs(1, 16))[0]
    boxes = found.boxes_xywh.reshape(16, 16, 4)
    left, top, right, bottom = sides
    for row, column in ((0, 0), (0, 15), (3, 7), (15, 2)):
        x, y = 15.5 + 16 * column, 15.5 + 16 * row
        np.testing.assert_allclose(boxes[row, column], (x - left, y - top, left + right, top + bottom), rtol=1e-6)


def test_match_when_the_template_is_seen_elsewhere_then_the_answer_moves_with_it(head: MatchingHead) -> None:
    """Cells away from the edge, whose neighbourhood is the same, say the same of it: convolutions and no more."""
    fine, coarse = outputs(1, 16)
    template = head.template(*outputs(0, 8))
    here = head.match([template], fine, coarse)[0]
    moved = head.match([template], fine.roll((4, 2), (2, 3)), coarse.roll((2, 1), (2, 3)))[0]
    expected = here.confidences.reshape(16, 16)[6:8, 6:8]
    np.testing.assert_allclose(moved.confidences.reshape(16, 16)[8:10, 7:9], expected, rtol=1e-4)


@pytest.mark.parametrize("what", ["weight", "bias"])
@pytest.mark.parametrize("name", HEAD_SHAPES)
def test_head_when_a_tensor_is_missing_then_it_is_named(head_tensors: HeadTensors, name: str, what: str) -> None:
    del head_tensors[f"matcher.{name}.{what}"]
    with pytest.raises(WeightsError, match=rf"expected a matching head with 'matcher\.{name}\.{what}'"):
        MatchingHead(head_tensors, CPU)


@pytest.mark.parametrize(
    ("tensor", "shape"),
    [("matcher.key.weight", (6, 12)), ("matcher.key.bias", (7,)), ("matcher.key.bias", (6, 1))],
    ids=["flat-kernel", "biases-too-many", "bias-of-two-axes"],
)
def test_head_when_a_kernel_and_its_bias_disagree_then_it_is_named(
    head_tensors: HeadTensors, tensor: str, shape: tuple[int, ...]
) -> None:
    head_tensors[tensor] = np.zeros(shape, np.float32)
    with pytest.raises(WeightsError, match=r"key: expected a kernel \(6, 12, 1, 1\) and a bias \(6,\), got"):
        MatchingHead(head_tensors, CPU)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("gate", (12, 11, 1, 1)),
        ("mix", (12, 70, 1, 1)),
        ("key", (6, 12, 3, 3)),
        ("body.1.depthwise", (12, 1, 5, 5)),
        ("body.2.pointwise", (13, 12, 1, 1)),
        ("distances", (5, 12, 1, 1)),
        ("confidence", (2, 12, 1, 1)),
    ],
)
def test_head_when_a_tensor_does_not_fit_its_neighbours_then_it_is_named(
    head_tensors: HeadTensors, name: str, shape: tuple[int, ...]
) -> None:
    head_tensors[f"matcher.{name}.weight"] = np.zeros(shape, np.float32)
    head_tensors[f"matcher.{name}.bias"] = np.zeros(shape[:1], np.float32)
    with pytest.raises(WeightsError, match=name):
        MatchingHead(head_tensors, CPU)


@pytest.mark.parametrize("place", [(0, 0), (3, 5), (8, 1), (7, 8)], ids=str)
def test_overlaid_when_a_template_lies_in_a_region_then_its_correlation_is_highest_there(
    place: tuple[int, int],
) -> None:
    """The template's fourth cell of eight is on the cell that is highest; a perfect match is 1 there."""
    generator = torch.Generator().manual_seed(0)
    keys = torch.nn.functional.normalize(torch.randn(16, 8, 8, generator=generator), dim=0)
    queries = torch.nn.functional.normalize(torch.randn(16, 16, 16, generator=generator), dim=0)
    row, column = place
    queries[:, row : row + 8, column : column + 8] = keys
    correlations = torch.einsum("crk,cn->nrk", queries, keys.flatten(1))[None]
    overlaid = _overlaid(correlations, torch.from_numpy(_overlay()))
    assert overlaid.shape == (1, 1, 16, 16)
    assert np.unravel_index(int(overlaid.argmax()), (16, 16)) == (row + 3, column + 3)
    assert float(overlaid.max()) == pytest.approx(1, abs=1e-5)


def test_overlaid_when_only_the_surroundings_match_then_nothing_is_high() -> None:
    """What the object's own cells show counts; the ring around them does not."""
    correlations = torch.zeros(1, 8, 8, 16, 16)
    correlations[:, [0, 1, 6, 7]] = 1
    correlations[:, :, [0, 1, 6, 7]] = 1
    assert float(_overlaid(correlations.view(1, 64, 16, 16), torch.from_numpy(_overlay())).max()) == 0


def test_match_then_says_on_a_processor_what_torch_says_and_of_each_template_what_it_says_alone(
    head: MatchingHead,
) -> None:
    templates = [head.template(*outputs(seed, 8)) for seed in range(3)]
    search = outputs(5, 16)
    together = head.match(templates, *search)
    alone = [head.match([template], *search)[0] for template in templates]
    head._session = None  # as on a GPU
    by_torch = head.match(templates, *search)
    for found, *others in zip(together, alone, by_torch, strict=True):
        for other in others:
            np.testing.assert_allclose(found.confidences, other.confidences, rtol=1e-4)
            np.testing.assert_allclose(found.boxes_xywh, other.boxes_xywh, rtol=1e-4, atol=1e-3)
