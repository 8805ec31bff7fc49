"""Layers as data: what is refused, and where cells look, by hand and by an impulse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.tracker_core.tiny_backbone import tiny_description, tiny_weights
from tracker_core.backbone_graph import (
    PIXELS,
    CellGrid,
    Convolution,
    Layer,
    LayerGraph,
    MaxPool,
    Normalization,
    ResponseNormalization,
    Sum,
)
from tracker_core.backbone_weights import BackboneDescription, BackboneWeights, Tap, WeightsError
from tracker_core.efficientnet_lite import efficientnet_lite0_description
from tracker_core.networks import Backbone
from tracker_core.vgg_m import VGG_M_NORMALIZATION, is_vgg_m, vgg_m_description

CPU = torch.device("cpu")
FIRST = Convolution("a", PIXELS, 8, 3)


def conv(name: str = "b", reads: str = "a", channels: int = 8, kernel: int = 3, **fields: object) -> Convolution:
    return Convolution(name, reads, channels, kernel, **fields)


BAD_GRAPHS: dict[str, tuple[tuple[Layer, ...], str]] = {
    "no layers": ((), "expected 1 to 400 layers, got 0"),
    "too many": (tuple(conv(f"c{i}", PIXELS) for i in range(401)), "expected 1 to 400 layers, got 401"),
    "a name twice": ((FIRST, conv("a")), 'expected different names, got two layers "a"'),
    "a name with a dot": (
        (conv("a.b", PIXELS),),
        'expected a layer\'s name of letters, digits and "_", got "a.b"',
    ),
    "named like the input": ((conv(PIXELS, PIXELS),), 'expected a layer\'s name .* got "pixels"'),
    "missing input": ((FIRST, conv(reads="c")), 'b: expected to read earlier layers, got "c" that does not exist'),
    "cycle": ((conv("a", "b"), conv("b", "a")), 'a: expected to read earlier layers, got "b" that comes later'),
    "reads itself": ((conv("a", "a"),), 'a: .* got "a" that comes later or is itself'),
    "no channels": ((conv("a", PIXELS, channels=0),), "a: expected 1 to 4096 channels, got 0"),
    "absurd channels": ((conv("a", PIXELS, channels=10**9),), "a: expected 1 to 4096 channels, got 1000000000"),
    "absurd kernel": ((conv("a", PIXELS, kernel=99),), "a: expected a kernel of 1 to 15 cells, got 99"),
    "stride of 0": ((conv("a", PIXELS, stride=0),), "a: expected a stride of 1 to 64, got 0"),
    "stride that padding cannot reach": (
        (conv("a", PIXELS, kernel=1, stride=2, padding="same"),),
        "a: expected a stride of 1 to 1, got 2",
    ),
    "large total stride": (
        (conv("a", PIXELS, stride=16), conv("b", "a", stride=16)),
        "b: expected a stride of at most 64 pixels, got 256",
    ),
    "groups": ((FIRST, conv(groups=3)), "b: expected groups that divide 8 and 8 channels, got 3"),
    "padding": ((conv("a", PIXELS, padding="valid"),), "a: expected a padding of .*, got valid"),
    "activation": ((conv("a", PIXELS, activation="swish"),), "a: expected an activation of .*, got swish"),
    "sum of one": ((FIRST, Sum("s", ("a",))), "s: expected two layers or more to add, got 1"),
    "sum of other channels": (
        (FIRST, conv(channels=4, kernel=1), Sum("s", ("a", "b"))),
        "s: expected parts of one shape, got a of 8 channels at stride 1, first at 1.5, b of 4 channels",
    ),
    "sum of other places": (
        (FIRST, conv(), Sum("s", ("a", "b"))),
        r"s: expected parts of one shape, .*first at 2\.5",
    ),
    "normalisation": (
        (FIRST, Normalization("n", "a", ResponseNormalization(5, 1e-4, 0.75, 0.0))),
        "expected finite numbers, size 1 or more and k above 0",
    ),
    "absurd weights": (
        (conv("a", PIXELS, channels=4096), conv("b", "a", channels=4096)),
        "expected at most 16,777,216 weights in all kernels, got 151,",
    ),
}


@pytest.mark.parametrize(("layers", "message"), BAD_GRAPHS.values(), ids=BAD_GRAPHS)
def test_graph_when_layers_do_not_fit_raises_and_says_where(layers: tuple[Layer, ...], message: str) -> None:
    with pytest.raises(WeightsError, match=message):
        LayerGraph(layers)


BAD_DESCRIPTIONS: dict[str, tuple[Callable[[LayerGraph], object], str]] = {
    "unknown tap": (
        lambda graph: BackboneDescription(graph, Tap("a"), (Tap("z"),)),
        'expected a layer, got "z"; there are a, b',
    ),
    "no tap": (
        lambda graph: BackboneDescription(graph, Tap("a"), ()),
        "one tap or more .*, got none",
    ),
    "stride": (
        lambda graph: BackboneDescription(graph, Tap("a"), (Tap("b"),)),
        "b: expected a stride for the classifier that divides 16, got 3",
    ),
    "gain": (
        lambda graph: BackboneDescription(graph, Tap("a", 0.0), (Tap("a"),)),
        "a gain: expected a number above 0, got 0",
    ),
    "means": (
        lambda graph: BackboneDescription(graph, Tap("a"), (Tap("a", mean=(1.0,)),)),
        "a: expected 8 means or none, got 1",
    ),
    "deviation": (
        lambda graph: BackboneDescription(graph, Tap("a"), (Tap("a", deviation=(0.0,) * 8),)),
        "a: expected deviations above 0, got 0",
    ),
    "smoothed localiser": (
        lambda graph: BackboneDescription(graph, Tap("a", is_smoothed=True), (Tap("a"),)),
        "localiser: expected a tap with a gain alone",
    ),
    "margin": (
        lambda graph: BackboneDescription(graph, Tap("a"), (Tap("a"),), margin=-1),
        "margin: expected 0 to 256 pixels, got -1",
    ),
    "scale": (
        lambda graph: BackboneDescription(graph, Tap("a"), (Tap("a"),), input_scale=float("nan")),
        "input_scale: expected a number above 0, got nan",
    ),
}


@pytest.mark.parametrize(("make", "message"), BAD_DESCRIPTIONS.values(), ids=BAD_DESCRIPTIONS)
def test_description_when_it_does_not_fit_its_layers_raises(
    make: Callable[[LayerGraph], object], message: str
) -> None:
    with pytest.raises(WeightsError, match=message):
        make(LayerGraph((FIRST, conv(stride=3))))


HAND_COMPUTED = {
    "vgg-m": (
        vgg_m_description(VGG_M_NORMALIZATION),
        {"norm1": (2, 3.5, 51), "pool1": (4, 5.5, 25), "conv2": (8, 13.5, 11), "pool2": (16, 21.5, 5),
         "conv3": (16, 37.5, 3)},
    ),
    "efficientnet-lite0": (
        efficientnet_lite0_description(),
        {"stem": (2, 1.5, 53), "block1": (4, 3.5, 26), "block3_depthwise": (8, 7.5, 13), "block4": (8, 7.5, 13),
         "block5": (16, 15.5, 6), "block10": (16, 15.5, 6)},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("description", "expected"), HAND_COMPUTED.values(), ids=HAND_COMPUTED)
def test_geometry_then_is_that_of_the_hand_computed_table(
    description: BackboneDescription, expected: dict[str, tuple[int, float, int]]
) -> None:
    """Stride, first cell's centre in edges, and cells along 107 pixels."""
    sides = description.graph.sides(107)
    for layer, (stride, first, side) in expected.items():
        assert description.grid_of(layer) == CellGrid(stride, first)
        assert sides[layer] == side


@pytest.mark.parametrize("side", [202, 203], ids=["even", "odd"])
@pytest.mark.parametrize("layer", ["stem", "fine", "coarse"])
def test_geometry_when_pixels_are_lit_one_by_one_then_a_cell_answers_to_those_around_its_centre(
    side: int, layer: str
) -> None:
    """All kernels are ones, so what a cell answers to is symmetric about its centre."""
    weights = tiny_weights()
    plain = tuple(replace(each, activation="none") for each in tiny_description().graph)
    description = BackboneDescription(LayerGraph(plain), Tap("stem"), (Tap("fine"),), input_mean=0.0)
    ones = {name: np.ones_like(kernel) for name, kernel in weights.kernels.items()}
    zeros = {name: np.zeros_like(bias) for name, bias in weights.biases.items()}
    backbone = Backbone(BackboneWeights(description, ones, zeros), device=CPU, dtype=torch.float32)
    lit = torch.eye(side)[:, :, None, None].expand(side, side, 48, 3)  # picture i: row i is lit
    found = backbone.outputs(lit, [layer])[layer][:, 0]
    cells = found.shape[1]
    assert cells == description.graph.sides(side)[layer]
    answers = found[:, cells // 2, found.shape[2] // 2]
    center = float((answers * (torch.arange(side) + 0.5)).sum() / answers.sum())
    assert center == pytest.approx(backbone.grid_of(layer).position_of(cells // 2), abs=1e-3)


def test_pool_when_padded_then_what_pads_never_wins() -> None:
    graph = LayerGraph((conv("a", PIXELS, channels=1, kernel=1), MaxPool("p", "a", 3, 2, "same")))
    description = BackboneDescription(graph, Tap("a"), (Tap("p"),), input_mean=0.0)
    weights = BackboneWeights(
        description, {"a": -np.ones((1, 3, 1, 1), np.float32)}, {"a": np.zeros(1, np.float32)}
    )
    pixels = torch.ones(1, 6, 6, 3)
    found = Backbone(weights, device=CPU, dtype=torch.float32).outputs(pixels, ["p"])["p"]
    assert torch.equal(found, torch.full((1, 1, 3, 3), -3.0))


def test_is_vgg_m_then_knows_it_with_and_without_normalisation() -> None:
    assert is_vgg_m(vgg_m_description(VGG_M_NORMALIZATION, relu3_gain=2.0))
    assert is_vgg_m(vgg_m_description(None))
    assert not is_vgg_m(tiny_description())
