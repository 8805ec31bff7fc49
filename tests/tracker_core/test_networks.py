"""The networks against closed formulas and a plain torch pipeline."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from numpy.typing import NDArray
from torch import nn

from tests.tracker_core.described import described
from tracker_core.backbone_weights import BackboneWeights, ResponseNormalization
from tracker_core.layer_execution import LocalResponseNorm
from tracker_core.networks import (
    Backbone,
    Dropout,
    Head,
    classifier_head,
    localizer_head,
)
from tracker_core.vgg_m import VGG_M_NORMALIZATION

CPU = torch.device("cpu")
PYMDNET_NORMALIZATION = ResponseNormalization(size=2, alpha=1e-4, beta=0.75, k=1.0)
NORMALIZATIONS = {
    "vgg-m": VGG_M_NORMALIZATION,
    "py-mdnet": PYMDNET_NORMALIZATION,
    "other-exponent": ResponseNormalization(size=3, alpha=1e-3, beta=0.5, k=1.5),
}


def closed_formula(x: NDArray[np.float64], norm: ResponseNormalization) -> NDArray[np.float64]:
    """Channel by channel; an even window holds one more channel before than after."""
    result = np.empty_like(x)
    for c in range(x.shape[1]):
        window = x[:, max(0, c - norm.size // 2) : c + (norm.size - 1) // 2 + 1]
        result[:, c] = x[:, c] / (norm.k + norm.alpha / norm.size * (window**2).sum(axis=1)) ** norm.beta
    return result


@pytest.mark.parametrize("norm", NORMALIZATIONS.values(), ids=NORMALIZATIONS)
@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [(torch.float64, 1e-7), (torch.float32, 2e-6), (torch.bfloat16, 0.03)],  # the constants are float32
    ids=["float64", "float32", "bfloat16"],
)
def test_response_norm_then_follows_the_closed_formula(
    norm: ResponseNormalization, dtype: torch.dtype, tolerance: float
) -> None:
    x = np.random.default_rng(0).uniform(0, 1000, (2, 12, 5, 4))
    band = LocalResponseNorm(norm, 12, device=CPU, dtype=dtype)
    found = band(torch.from_numpy(x).to(dtype)).double().numpy()
    np.testing.assert_allclose(found, closed_formula(x, norm), rtol=tolerance)


@pytest.mark.parametrize("norm", NORMALIZATIONS.values(), ids=NORMALIZATIONS)
def test_response_norm_then_equals_torch(norm: ResponseNormalization) -> None:
    x = torch.rand(2, 12, 5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 1000
    theirs = nn.LocalResponseNorm(norm.size, norm.alpha, norm.beta, norm.k)(x)
    ours = LocalResponseNorm(norm, 12, device=CPU, dtype=torch.float64)(x)
    torch.testing.assert_close(ours, theirs, rtol=1e-7, atol=0)


def reference_features(
    weights: BackboneWeights, pixels: torch.Tensor, *, is_normalized: bool = True
) -> tuple[torch.Tensor, torch.Tensor]:
    """norm1 without its gain and relu3 with its own, channels last, in plain float32 torch."""
    w = {layer: torch.from_numpy(weights.kernels[layer]) for layer in weights.kernels}
    b = {layer: torch.from_numpy(weights.biases[layer]) for layer in weights.biases}
    norm = weights.description.normalization

    def lrn(x: torch.Tensor) -> torch.Tensor:
        return x if norm is None else F.local_response_norm(x, norm.size, norm.alpha, norm.beta, norm.k)

    x = pixels.float().permute(0, 3, 1, 2).contiguous() - weights.description.input_mean
    relu1 = F.relu(F.conv2d(x, w["conv1"], b["conv1"], stride=2))
    norm2 = lrn(F.relu(F.conv2d(F.max_pool2d(lrn(relu1), 3, 2), w["conv2"], b["conv2"], stride=2)))
    relu3 = F.relu(F.conv2d(F.max_pool2d(norm2, 3, 2), w["conv3"], b["conv3"]))
    conv1 = lrn(relu1) if is_normalized else relu1
    return (
        conv1.permute(0, 2, 3, 1),
        relu3.permute(0, 2, 3, 1) * weights.description.classifier[0].gain,
    )


@pytest.fixture(scope="module")
def pixels() -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).integers(0, 256, (3, 107, 107, 3), dtype=np.uint8))


def with_biases(weights: BackboneWeights, **changes: object) -> BackboneWeights:
    """The untrained backbone with biases, so that forgetting one shows."""
    rng = np.random.default_rng(1)
    biases = {layer: rng.standard_normal(len(b)).astype(np.float32) * 5 for layer, b in weights.biases.items()}
    return described(replace(weights, biases=biases), **changes)


BACKBONES = {
    "plain": {},
    "vgg-m": {"normalization": VGG_M_NORMALIZATION},
    "py-mdnet": {"normalization": PYMDNET_NORMALIZATION},
    "mean-and-gains": {"input_mean": 90.0, "relu1_gain": 3.0, "relu3_gain": 0.5},
}


@pytest.mark.parametrize("changes", BACKBONES.values(), ids=BACKBONES)
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.02)], ids=["float32", "bfloat16"]
)
def test_backbone_then_equals_a_plain_pipeline(
    random_weights: BackboneWeights,
    pixels: torch.Tensor,
    changes: dict[str, object],
    dtype: torch.dtype,
    tolerance: float,
) -> None:
    """bfloat16 keeps 8 bits, so 0.4 % per rounding; 6e-3 was measured over the three layers."""
    weights = with_biases(random_weights, **changes)
    backbone = Backbone(weights, device=CPU, dtype=dtype)
    with torch.no_grad():
        conv1, relu3 = reference_features(weights, pixels)
        found1, found3 = backbone.localizer_map(pixels, is_normalized=True), backbone.classifier_cells(pixels)
    assert found1.shape == (3, 51, 51, 96)
    assert found3.shape == (3, 3, 3, 512)
    assert found1.dtype == found3.dtype == dtype
    assert backbone.localizer_gain == weights.description.localizer.gain  # for those who use conv1's features
    assert (found1 - conv1).norm() / conv1.norm() < tolerance
    assert (found3 - relu3).norm() / relu3.norm() < tolerance


def test_localizer_map_when_not_normalized_then_are_relu1(
    random_weights: BackboneWeights, pixels: torch.Tensor
) -> None:
    weights = with_biases(random_weights, normalization=VGG_M_NORMALIZATION)
    with torch.no_grad():
        relu1, _ = reference_features(weights, pixels, is_normalized=False)
        found = Backbone(weights, device=CPU, dtype=torch.float32).localizer_map(pixels, is_normalized=False)
    torch.testing.assert_close(found, relu1, rtol=1e-4, atol=1e-3)


def test_localizer_map_when_pixels_are_fractions_then_bfloat16_loses_no_contrast(
    random_weights: BackboneWeights,
) -> None:
    """Around the mean a tenth of a grey level is signal; rounded to 8 bits before the mean is off, it would go."""
    fractions = 128 + torch.rand(1, 107, 107, 3, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected, _ = reference_features(random_weights, fractions)
        found = Backbone(random_weights, device=CPU, dtype=torch.bfloat16).localizer_map(
            fractions, is_normalized=True
        )
    assert (found - expected).norm() / expected.norm() < 0.02


@pytest.mark.parametrize("normalization", [None, VGG_M_NORMALIZATION], ids=["plain", "normalised"])
@pytest.mark.parametrize("is_normalized", [True, False])
def test_localizer_cells_then_are_those_of_the_whole_map(
    random_weights: BackboneWeights,
    pixels: torch.Tensor,
    normalization: ResponseNormalization | None,
    is_normalized: bool,
) -> None:
    weights = with_biases(random_weights, normalization=normalization)
    backbone = Backbone(weights, device=CPU, dtype=torch.float32)
    numbers, places = torch.tensor([2, 0, 0, 1]), torch.tensor([[0, 50], [50, 0], [7, 31], [25, 25]])
    with torch.no_grad():
        whole = backbone.localizer_map(pixels, is_normalized=is_normalized)
        found = backbone.localizer_cells(pixels, numbers, places, is_normalized=is_normalized)
    expected = torch.stack([whole[2, 0, 50], whole[0, 50, 0], whole[0, 7, 31], whole[1, 25, 25]])
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(
    ("head", "count"),
    [
        (classifier_head("gap", 512), 328_578),
        (localizer_head(96, 256), 25_346),
        (classifier_head("fully-connected", 512), 2_623_490),
    ],
    ids=["gap", "localizer", "fully-connected"],
)
def test_head_then_has_the_papers_parameter_count(head: Head, count: int) -> None:
    assert sum(parameter.numel() for parameter in head.parameters()) == count


@pytest.mark.parametrize("hidden_bias", [0.0, 0.1])
def test_reset_then_weights_are_normal_and_only_hidden_biases_are_set(hidden_bias: float) -> None:
    head = classifier_head("gap", 512)
    head.reset(torch.Generator().manual_seed(0), sigma=0.01, hidden_bias=hidden_bias)
    for layer, bias in (*((hidden, hidden_bias) for hidden in head.hidden), (head.last, 0.0)):
        assert set(layer.bias.tolist()) == {torch.tensor(bias).item()}
        spread = 3 / (2 * layer.weight.numel()) ** 0.5  # three standard errors of a deviation
        assert layer.weight.std().item() == pytest.approx(0.01, rel=spread)
        assert abs(layer.weight.mean().item()) < 0.01 * 3 / layer.weight.numel() ** 0.5


def test_reset_when_seeded_alike_then_gives_the_same_head() -> None:
    heads = [classifier_head("gap", 512) for _ in range(2)]
    for head in heads:
        head.reset(torch.Generator().manual_seed(5), sigma=0.01, hidden_bias=0.0)
    for a, b in zip(heads[0].parameters(), heads[1].parameters(), strict=True):
        assert torch.equal(a, b)


def test_gap_head_when_pooled_before_the_last_layer_then_equals_the_mean_of_nine_logits() -> None:
    head = classifier_head("gap", 512)
    head.reset(torch.Generator().manual_seed(0), sigma=0.05, hidden_bias=0.1)
    x = torch.rand(4, 9, 512, generator=torch.Generator().manual_seed(0))
    hidden = F.relu(F.linear(x, head.hidden[0].weight, head.hidden[0].bias))
    hidden = F.relu(F.linear(hidden, head.hidden[1].weight, head.hidden[1].bias))
    per_position = F.linear(hidden, head.last.weight, head.last.bias)  # (4, 9, 2)
    torch.testing.assert_close(head(x), per_position.mean(dim=1))


def test_localizer_head_then_each_cell_is_a_perceptron_of_its_own() -> None:
    head = localizer_head(96, 256)
    head.reset(torch.Generator().manual_seed(0), sigma=0.05, hidden_bias=0.1)
    x = torch.rand(1, 3, 4, 96, generator=torch.Generator().manual_seed(0))
    w1, b1, w2, b2 = (p.detach().double().numpy() for p in head.parameters())
    expected = w2 @ np.maximum(w1 @ x[0, 1, 2].double().numpy() + b1, 0) + b2
    np.testing.assert_allclose(head(x)[0, 1, 2].detach(), expected, rtol=1e-4)  # float32


@pytest.mark.parametrize("probability", [0.5, 0.2])
def test_dropout_then_zeroes_each_element_by_itself_and_scales_the_rest(probability: float) -> None:
    x = torch.ones(40, 9, 128)
    out = Dropout(probability, torch.Generator().manual_seed(0)).apply_(x)
    zeroed = out == 0
    assert torch.allclose(out[~zeroed], torch.tensor(1 / (1 - probability)))
    deviation = (probability * (1 - probability) / x.numel()) ** 0.5
    assert zeroed.float().mean().item() == pytest.approx(probability, abs=4 * deviation)
    both = (zeroed[:, 0] & zeroed[:, 1]).float().mean().item()  # neighbouring positions are independent
    assert both == pytest.approx(probability**2, abs=0.015)


def test_dropout_then_draws_from_its_own_generator_only() -> None:
    before = torch.get_rng_state()
    a, b = (Dropout(0.5, torch.Generator().manual_seed(3)) for _ in range(2))
    first = a.apply_(torch.ones(5, 7))
    assert torch.equal(first, b.apply_(torch.ones(5, 7)))
    assert not torch.equal(first, a.apply_(torch.ones(5, 7)))
    assert torch.equal(before, torch.get_rng_state())


def test_dropout_when_probability_is_zero_then_changes_nothing() -> None:
    x = torch.rand(5, 7)
    assert torch.equal(Dropout(0.0, torch.Generator()).apply_(x.clone()), x)
