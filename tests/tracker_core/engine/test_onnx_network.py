"""Described networks on onnxruntime, against the same in torch: in floating point and in whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from tests.tracker_core.tiny_backbone import tiny_weights
from tracker_core import BackboneWeights
from tracker_core.backbone_graph import (
    Convolution,
    Layer,
    LayerGraph,
    MaxPool,
    Normalization,
    ResponseNormalization,
    Sum,
)
from tracker_core.backbone_weights import Tap
from tracker_core.engine import onnx_network
from tracker_core.engine.int8_model import engine_limits
from tracker_core.engine.network_model import backbone_model, has_model
from tracker_core.engine.onnx_network import OnnxNetwork, RangeNetwork
from tracker_core.int8_rounding import RoundedKernels, UnfitForInt8Error, relative_error
from tracker_core.networks import Backbone

CPU = torch.device("cpu")
LAYERS = ("block4", "block10")

needs_int8 = pytest.mark.skipif(engine_limits().dense == 0, reason="this processor has no eight-bit convolutions")


@pytest.fixture
def pixels() -> torch.Tensor:
    """Smooth shapes, as pictures have them."""
    noise = torch.rand(2, 3, 12, 12, generator=torch.Generator().manual_seed(0))
    large = F.interpolate(noise, size=(128, 96), mode="bicubic")
    return (255 * large).clamp(0, 255).permute(0, 2, 3, 1).to(torch.uint8).contiguous()


@pytest.fixture
def backbone(studio_weights: BackboneWeights) -> Backbone:
    return Backbone(studio_weights, device=CPU, dtype=torch.float32)


def test_exact_then_gives_what_torch_gives_to_rounding(backbone: Backbone, pixels: torch.Tensor) -> None:
    found = OnnxNetwork.exact(backbone, LAYERS).outputs(pixels, LAYERS)
    for name, expected in backbone.outputs(pixels, LAYERS).items():
        assert found[name].dtype == torch.float32
        assert found[name].shape == expected.shape
        assert relative_error(found[name], expected) < 1e-5


def made_backbone(*layers: Layer, taps: tuple[str, str]) -> Backbone:
    """Of random numbers."""
    graph = LayerGraph(layers)
    rng = np.random.default_rng(0)
    kernels = {
        name: rng.standard_normal(shape).astype(np.float32) for name, shape in graph.kernel_shapes().items()
    }
    biases = {name: rng.standard_normal(len(kernel)).astype(np.float32) for name, kernel in kernels.items()}
    description = replace(
        tiny_weights().description,
        graph=graph,
        localizer=Tap("first"),
        classifier=tuple(Tap(name) for name in taps),
    )
    weights = replace(tiny_weights(), description=description, kernels=kernels, biases=biases)
    return Backbone(weights, device=CPU, dtype=torch.float32)


def pooling_backbone() -> Backbone:
    """With pools, sums of three, activations of each kind and odd paddings."""
    return made_backbone(
        Convolution("first", "pixels", 8, 5, stride=2, padding="same", activation="relu"),
        MaxPool("pool", "first", 3, stride=2, padding="same"),
        Convolution("own", "pool", 8, 3, groups=8, padding="same", activation="relu6"),
        Convolution("plain", "own", 8, 1),
        Sum("sum", ("plain", "own", "pool"), activation="relu"),
        Sum("bounded", ("sum", "plain"), activation="relu6"),
        taps=("bounded", "pool"),
    )


def test_exact_when_layers_are_of_every_kind_then_agrees(pixels: torch.Tensor) -> None:
    backbone, names = pooling_backbone(), ("pool", "sum", "bounded")
    found = OnnxNetwork.exact(backbone, names).outputs(pixels, names)
    for name, expected in backbone.outputs(pixels, names).items():
        np.testing.assert_allclose(found[name], expected, rtol=1e-4, atol=1e-3)


def test_has_model_when_a_layer_normalises_responses_then_not() -> None:
    backbone = made_backbone(
        Convolution("first", "pixels", 8, 3),
        Normalization("norm", "first", ResponseNormalization(5, 1e-4, 0.75, 2.0)),
        Sum("sum", ("norm", "first")),
        taps=("sum", "norm"),
    )
    assert has_model(backbone, ["first"])
    assert not has_model(backbone, ["sum"])
    with pytest.raises(ValueError, match="norm: expected no response normalisation"):
        backbone_model(backbone, ["sum"])


def ranges_of(backbone: Backbone, layers: Sequence[str] = LAYERS) -> RangeNetwork:
    return RangeNetwork(RoundedKernels(backbone, engine_limits()), layers)


def test_ranges_then_are_those_that_torch_finds(backbone: Backbone, pixels: torch.Tensor) -> None:
    network = ranges_of(backbone)
    found, outputs = network.read(pixels)
    expected = backbone.outputs(pixels, network.kernels.measured)
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        extremes = (float(values.min()), float(values.max()))
        assert (found[name].lowest, found[name].largest) == pytest.approx(extremes, rel=1e-4, abs=1e-4)
        torch.testing.assert_close(found[name].means, values.mean((0, 2, 3)), rtol=1e-3, atol=1e-4)
    for name in LAYERS:
        assert relative_error(outputs[name], backbone.outputs(pixels, LAYERS)[name]) < 1e-5


@needs_int8
def test_rounded_then_is_within_a_tenth_of_floats(backbone: Backbone, pixels: torch.Tensor) -> None:
    found = OnnxNetwork.rounded(ranges_of(backbone), pixels).outputs(pixels, LAYERS)
    for name, expected in backbone.outputs(pixels, LAYERS).items():
        assert found[name].shape == expected.shape
        assert 0 < relative_error(found[name], expected) < 0.1


@needs_int8
def test_rounded_when_contrast_grows_then_clips_and_wraps_nothing_around(
    backbone: Backbone, pixels: torch.Tensor
) -> None:
    dull = (128 + (pixels.float() - 128) / 3).to(torch.uint8)
    network = OnnxNetwork.rounded(ranges_of(backbone), dull)
    found = network.outputs(pixels, LAYERS)
    for name, expected in backbone.outputs(pixels, LAYERS).items():
        assert F.cosine_similarity(found[name].flatten(), expected.flatten(), dim=0) > 0.9


@needs_int8
def test_rounded_when_it_comes_out_otherwise_then_says_how_far(
    backbone: Backbone, pixels: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_network, "relative_error", lambda *_: 0.5)
    with pytest.raises(UnfitForInt8Error, match=r"within 0\.25 of those in floating point, got 0\.5"):
        OnnxNetwork.rounded(ranges_of(backbone), pixels)


@needs_int8
def test_rounded_when_a_layer_is_of_another_kind_then_says_which(pixels: torch.Tensor) -> None:
    with pytest.raises(UnfitForInt8Error, match="expected convolutions and sums, got pool"):
        OnnxNetwork.rounded(ranges_of(pooling_backbone(), ("bounded", "pool")), pixels)
