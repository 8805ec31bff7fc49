from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from tracker_core.pretraining.matching.features import Maps
from tracker_core.pretraining.matching.geometry import cell_centers, decoded, distances_to
from tracker_core.pretraining.matching.losses import CellRoles, overlaps
from tracker_core.pretraining.matching.network import MatchingHead, Standardization, four_neighbours

SHAPES = {
    "neck": (96, 272, 1, 1),
    "key": (64, 96, 1, 1),
    "gate": (96, 96, 1, 1),
    "mix": (96, 161, 1, 1),
    **{f"body.{i}.depthwise": (96, 1, 3, 3) for i in range(3)},
    **{f"body.{i}.pointwise": (96, 96, 1, 1) for i in range(3)},
    "box.depthwise": (96, 1, 3, 3),
    "box.pointwise": (96, 96, 1, 1),
    "distances": (4, 96, 1, 1),
    "confidence": (1, 96, 1, 1),
}


def maps(generator: torch.Generator, cells: int, n: int = 2) -> Maps:
    def drawn(channels: int, side: int) -> torch.Tensor:
        return 3 * torch.randn(n, channels, side, side, generator=generator) + 1

    return Maps(drawn(40, 2 * cells), drawn(112, cells))


def trained_like_head(generator: torch.Generator) -> MatchingHead:
    """With statistics and norms as after some training."""
    head = MatchingHead(Standardization.of(maps(generator, 16)), generator)
    for layer in head.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.5, generator=generator)
            layer.running_var.uniform_(0.3, 3, generator=generator)
            torch.nn.init.normal_(layer.weight, 1, 0.3, generator=generator)
            torch.nn.init.normal_(layer.bias, 0, 0.3, generator=generator)
    torch.nn.init.normal_(head.distances.weight, 0, 0.1, generator=generator)
    return head.eval()


def run_folded(
    tensors: dict[str, torch.Tensor], template: Maps, search: Maps
) -> tuple[torch.Tensor, torch.Tensor]:
    """As a runtime does it that knows nothing but the file."""

    def layer(name: str, x: torch.Tensor, **how: int) -> torch.Tensor:
        return F.conv2d(x, tensors[f"matcher.{name}.weight"], tensors[f"matcher.{name}.bias"], **how)

    def separable(name: str, x: torch.Tensor, dilation: int) -> torch.Tensor:
        y = layer(f"{name}.depthwise", x, padding=dilation, dilation=dilation, groups=96)
        return F.relu(x + layer(f"{name}.pointwise", y))

    def necked(given: Maps) -> torch.Tensor:
        neighbours = [given.fine[:, :, y::2, x::2] for y, x in ((0, 0), (0, 1), (1, 0), (1, 1))]
        return F.relu(layer("neck", torch.cat([*neighbours, given.coarse], 1)))

    x, t = necked(search), necked(template)
    keys = F.normalize(layer("key", t), dim=1)
    correlations = torch.einsum("ncyx,nck->nkyx", F.normalize(layer("key", x), dim=1), keys.flatten(2))
    padded = F.pad(correlations, (1, 2, 1, 2))
    middle = [(y, i) for y in range(4) for i in range(4)]
    score = sum(padded[:, (2 + y) * 8 + 2 + i, y : y + 16, i : i + 16] for y, i in middle)[:, None] / 16
    gate = torch.sigmoid(layer("gate", t[:, :, 2:6, 2:6].mean((2, 3), keepdim=True)))
    y = F.relu(layer("mix", torch.cat([4 * correlations, 4 * score, x * gate], 1)))
    for number, dilation in enumerate((1, 2, 1)):
        y = separable(f"body.{number}", y, dilation)
    return layer("confidence", y)[:, 0], layer("distances", separable("box", y, 1))


def test_folded_tensors_when_run_plainly_then_as_the_head_says() -> None:
    generator = torch.Generator().manual_seed(1)
    head = trained_like_head(generator)
    template, search = maps(generator, 8), maps(generator, 16)
    with torch.no_grad():
        confidence, distances = head(head.encoded(template), search)
        plain_confidence, plain_distances = run_folded(head.folded_tensors(), template, search)
    assert float(confidence.std()) > 0.1
    assert float(distances.std()) > 0.1
    for ours, theirs in ((confidence, plain_confidence), (distances, plain_distances)):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=1e-4, rtol=1e-4)


def test_folded_tensors_when_listed_then_names_and_shapes_are_those_a_runtime_reads() -> None:
    tensors = trained_like_head(torch.Generator().manual_seed(0)).folded_tensors()
    expected = {f"matcher.{name}.weight": shape for name, shape in SHAPES.items()}
    expected |= {f"matcher.{name}.bias": shape[:1] for name, shape in SHAPES.items()}
    assert {name: tuple(tensor.shape) for name, tensor in tensors.items()} == expected
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float32}


def test_four_neighbours_when_cells_are_numbered_then_row_by_row() -> None:
    fine = torch.arange(32.0).reshape(1, 2, 4, 4)
    assert four_neighbours(fine)[0, :, 0, 0].tolist() == [0, 16, 1, 17, 4, 20, 5, 21]


def test_standardization_when_applied_then_means_of_zero_and_deviations_of_one() -> None:
    seen = maps(torch.Generator().manual_seed(3), 16)
    standard = Standardization.of(seen)
    stacked = torch.cat([four_neighbours(seen.fine), seen.coarse], 1)
    values = (stacked - standard.mean[:, None, None]) / standard.deviation[:, None, None]
    assert values.mean((0, 2, 3)).abs().max() < 0.2  # a neighbour's own mean is not quite that of all four
    assert values.std((0, 2, 3)).sub(1).abs().max() < 0.2


@pytest.mark.parametrize(
    ("cell", "logarithm", "edges"),
    [
        ((0, 0), 0.0, (-16.5, -16.5, 47.5, 47.5)),
        ((15, 0), 0.0, (-16.5, 223.5, 47.5, 287.5)),
        ((7, 8), np.log(0.5), (127.5, 111.5, 159.5, 143.5)),
        (
            (7, 8),
            99.0,
            (143.5 - 32 * np.exp(3), 127.5 - 32 * np.exp(3), 143.5 + 32 * np.exp(3), 127.5 + 32 * np.exp(3)),
        ),
    ],
    ids=["first cell", "last row", "half as large", "no larger than believed"],
)
def test_decoded_when_all_distances_are_one_then_box_around_the_cell(
    cell: tuple[int, int], logarithm: float, edges: tuple[float, ...]
) -> None:
    boxes = decoded(torch.full((1, 4, 16, 16), float(logarithm)))
    np.testing.assert_allclose(boxes[0, :, cell[0], cell[1]].numpy(), edges, rtol=1e-5)


def test_distances_to_when_decoded_then_the_box_again() -> None:
    edges = torch.tensor([[60.0, 70.0, 200.0, 180.0]])
    inside = distances_to(edges)[0, :, 7, 8]  # 143.5, 127.5
    assert inside.tolist() == [83.5, 57.5, 56.5, 52.5]
    logarithms = torch.log(distances_to(edges).clamp(1) / 32)
    np.testing.assert_allclose(decoded(logarithms)[0, :, 7, 8].numpy(), edges[0].numpy(), rtol=1e-5)
    assert cell_centers()[[0, 15]].tolist() == [15.5, 255.5]


@pytest.mark.parametrize(
    ("other", "iou", "generalized"),
    [((0, 0, 10, 10), 1, 1), ((5, 0, 15, 10), 1 / 3, 1 / 3), ((20, 0, 30, 10), 0, -1 / 3)],
    ids=["same", "half beside", "apart"],
)
def test_overlaps_when_boxes_differ_then_iou_and_its_generalization(
    other: tuple[float, ...], iou: float, generalized: float
) -> None:
    one, two = (torch.tensor([edges], dtype=torch.float32) for edges in ((0, 0, 10, 10), other))
    found = overlaps(one, two)
    assert [float(value) for value in found] == pytest.approx([iou, generalized])


def test_cell_roles_when_boxes_are_small_and_large_then_cells_in_the_middle_are_asked() -> None:
    edges = torch.tensor([[128.0, 128.0, 132.0, 132.0], [95.5, 95.5, 159.5, 159.5], [95.5, 95.5, 159.5, 159.5]])
    roles = CellRoles.of(edges, torch.tensor([True, True, False]))
    assert roles.is_on_target.sum((1, 2)).tolist() == [1, 5, 0]  # the middle, and the cells beside it
    assert bool(roles.is_on_target[0, 7, 7])
    assert roles.is_ignored.sum((1, 2)).tolist() == [0, 4, 0]  # the corners
