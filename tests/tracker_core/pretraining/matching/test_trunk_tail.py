from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tracker_core import BackboneWeights
from tracker_core.backbone_graph import PIXELS, Convolution, LayerGraph, MaxPool, Sum
from tracker_core.backbone_weights import BackboneDescription, Tap, WeightsError
from tracker_core.networks import Backbone
from tracker_core.pretraining.matching.trunk_tail import TrunkTail

RESIDUAL = (
    Convolution("block4", PIXELS, 4, 8, 8),
    Convolution("narrow", "block4", 6, 3, 2, padding="same", activation="relu6"),
    Convolution("deep", "narrow", 6, 5, 1, 6, padding="same", activation="relu"),
    Sum("block10", ("deep", "narrow")),
)


def drawn(*layers: Convolution | MaxPool | Sum) -> BackboneWeights:
    """Random weights, large enough that ReLU6 is at work."""
    rng = np.random.default_rng(0)
    taps = tuple(Tap(name, 5.0, (0.0,) * n, (1.0,) * n) for name, n in (("block4", 4), ("block10", 6)))
    description = BackboneDescription(LayerGraph(layers), Tap("block4"), taps, input_scale=1 / 64)
    shapes = description.graph.kernel_shapes()
    kernels = {name: rng.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    biases = {name: rng.standard_normal(shape[0]).astype(np.float32) for name, shape in shapes.items()}
    return BackboneWeights(description, kernels, biases)


def outputs(weights: BackboneWeights) -> tuple[torch.Tensor, torch.Tensor]:
    pixels = torch.randint(0, 256, (3, 64, 64, 3), generator=torch.Generator().manual_seed(1))
    found = Backbone(weights, device=torch.device("cpu"), dtype=torch.float32).outputs(
        pixels, ("block4", "block10")
    )
    return found["block4"], found["block10"]


def test_trunk_tail_when_it_reads_the_fine_layer_then_gives_the_coarse_one() -> None:
    weights = drawn(*RESIDUAL)
    fine, coarse = outputs(weights)
    torch.testing.assert_close(TrunkTail(weights).eval()(fine), coarse, rtol=1e-4, atol=1e-4)


def test_tuned_when_a_step_was_made_then_the_backbone_computes_what_the_tail_does() -> None:
    weights = drawn(*RESIDUAL)
    tail, (fine, coarse) = TrunkTail(weights), outputs(weights)
    optimizer = torch.optim.SGD(tail.parameters(), lr=1e-3)
    tail(fine).square().mean().backward()
    optimizer.step()
    _, after = outputs(tail.tuned(weights))
    assert not torch.allclose(after, coarse, rtol=1e-3)
    torch.testing.assert_close(tail.eval()(fine), after, rtol=1e-4, atol=1e-4)


def test_tuned_when_maps_were_seen_then_their_means_and_deviations_scale_the_tap() -> None:
    weights = drawn(*RESIDUAL)
    tail, (fine, coarse) = TrunkTail(weights), outputs(weights)
    for _ in range(600):
        tail(fine)
    plain, tap = tail.tuned(weights).description.classifier
    assert plain == weights.description.classifier[0]
    assert tap.gain == 5.0
    assert tap.mean == pytest.approx(coarse.mean((0, 2, 3)).tolist(), rel=0.02, abs=0.02)
    assert tap.deviation == pytest.approx(coarse.std((0, 2, 3)).tolist(), rel=0.02)


def test_tuned_when_maps_were_seen_in_evaluation_then_they_do_not_count() -> None:
    weights = drawn(*RESIDUAL)
    tail = TrunkTail(weights).eval()
    tail(outputs(weights)[0])
    assert tail.tuned(weights).description.classifier[1].mean == (0.0,) * 6


def test_tuned_when_nothing_was_seen_yet_then_means_and_deviations_are_the_taps_own() -> None:
    drawn_weights = drawn(*RESIDUAL)
    taps = drawn_weights.description.classifier
    own = replace(taps[1], mean=(3.0,) * 6, deviation=(0.5,) * 6)
    weights = replace(drawn_weights, description=replace(drawn_weights.description, classifier=(taps[0], own)))
    assert TrunkTail(weights).tuned(weights).description.classifier[1] == own


def test_typical_sizes_when_a_tensor_is_larger_then_its_step_is() -> None:
    weights = drawn(*RESIDUAL)
    larger = replace(weights, kernels={**weights.kernels, "deep": 10 * weights.kernels["deep"]})
    sizes, others = TrunkTail(weights).typical_sizes(), TrunkTail(larger).typical_sizes()
    assert others["kernels.deep"] == pytest.approx(10 * sizes["kernels.deep"])
    assert others["biases.deep"] == sizes["biases.deep"]


@pytest.mark.parametrize(
    "layers",
    [
        (RESIDUAL[0], MaxPool("narrow", "block4", 2, 2), Convolution("block10", "narrow", 6, 1)),
        (
            Convolution("early", PIXELS, 3, 8, 8),
            Convolution("block4", "early", 4, 1),
            Convolution("block10", "early", 6, 2, 2),
        ),
    ],
    ids=["a pool", "it reads an earlier layer"],
)
def test_trunk_tail_when_a_layer_cannot_be_trained_then_refused(layers: tuple[Convolution | MaxPool, ...]) -> None:
    with pytest.raises(WeightsError, match="expected a convolution or a sum of layers behind block4"):
        TrunkTail(drawn(*layers))
