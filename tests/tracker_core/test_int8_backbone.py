"""Convolutions in eight bits, against the same in floats."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from tests.tracker_core.conftest import ReducedConfig
from tests.tracker_core.test_networks import BACKBONES, with_biases
from tracker_core import FAST_STEPS, BackboneWeights, Box, Frame, features
from tracker_core.backbone_graph import PIXELS, Convolution
from tracker_core.call_monitor import CallMonitor
from tracker_core.feature_map import Stride
from tracker_core.features import FeatureExtractor
from tracker_core.int8_backbone import Int8Backbone
from tracker_core.int8_convolution import (
    Int8Convolution,
    Scale,
    keeping_sums,
    kernel_scales,
    largest_weight,
    onednn_limits,
    pooled,
)
from tracker_core.networks import Backbone

CPU = torch.device("cpu")

pytestmark = pytest.mark.skipif(
    largest_weight() == 0, reason="this torch or processor has no eight-bit convolutions"
)


@pytest.fixture
def pixels() -> torch.Tensor:
    """Smooth shapes, as pictures have them: noise alone would average away in every sum."""
    noise = torch.rand(3, 3, 16, 18, generator=torch.Generator().manual_seed(0))
    large = F.interpolate(noise, size=(171, 139), mode="bicubic")
    return (255 * large).clamp(0, 255).permute(0, 2, 3, 1).to(torch.uint8).contiguous()


def relative_error(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found.float() - expected).norm() / expected.norm())


@pytest.mark.parametrize("stride", [16, 8])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=["float32", "bfloat16"])
@pytest.mark.parametrize("changes", BACKBONES.values(), ids=BACKBONES)
def test_classifier_cells_then_are_those_of_the_float_backbone_within_a_few_hundredths(
    random_weights: BackboneWeights,
    pixels: torch.Tensor,
    changes: dict[str, object],
    dtype: torch.dtype,
    stride: Stride,
) -> None:
    """Eight bits round to 0.4 % of the largest value: one hundredth was measured, two without VNNI."""
    weights = with_biases(random_weights, **changes)
    expected = Backbone(weights, device=CPU, dtype=torch.float32).classifier_cells(pixels, stride=stride)
    int8 = Int8Backbone(Backbone(weights, device=CPU, dtype=dtype), pixels[:1])
    found = int8.classifier_cells(pixels, stride=stride)
    assert found.dtype == dtype
    assert found.shape == expected.shape
    assert relative_error(found, expected) < 0.03


def test_classifier_cells_when_contrast_grows_then_large_values_are_clipped_and_none_wraps_around(
    random_weights: BackboneWeights, pixels: torch.Tensor
) -> None:
    """A value that wrapped around would turn the brightest spot into a dark one."""
    backbone = Backbone(with_biases(random_weights), device=CPU, dtype=torch.float32)
    dull = (128 + (pixels.float() - 128) / 3).to(torch.uint8)
    int8 = Int8Backbone(backbone, dull)
    found, expected = int8.classifier_cells(pixels).flatten(), backbone.classifier_cells(pixels).flatten()
    assert found.max() < expected.max()
    assert F.cosine_similarity(found, expected, dim=0) > 0.9


def test_largest_weight_when_the_processor_has_no_vnni_then_is_small_enough_for_sums_in_16_bits() -> None:
    """AVX2 adds two products of a pixel and a weight in 16 bits; what exceeds them is lost without a word."""
    code = "from tracker_core.int8_convolution import largest_weight; print(largest_weight())"
    environment = os.environ | {"ONEDNN_MAX_CPU_ISA": "AVX2"}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "63"
    assert 2 * 255 * 63 < 2**15 < 2 * 255 * 127


@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("size", [(5, 5), (6, 9), (51, 25), (300, 3)])
def test_pooled_then_is_the_maximum_of_three_by_three(step: int, size: tuple[int, int]) -> None:
    values = torch.randint(0, 256, (2, 4, *size), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    assert torch.equal(pooled(values, stride=step).float(), F.max_pool2d(values.float(), 3, step))


def test_extractor_when_fitted_then_patches_and_maps_are_in_eight_bits(
    random_weights: BackboneWeights, reduced: ReducedConfig, noise_frame: Frame
) -> None:
    config = FAST_STEPS["int8-convolutions"].apply(reduced(precision="float32"))
    box = Box(50, 40, 30, 24)
    extractor = FeatureExtractor(config, random_weights, CPU)
    exact = extractor.classifier_features(noise_frame, box.xywh[None], CallMonitor())
    extractor = extractor.fitted(noise_frame, box)
    found = extractor.classifier_features(noise_frame, box.xywh[None], CallMonitor())
    assert 0 < relative_error(found, exact) < 0.03


def test_extractor_when_the_processor_cannot_then_stays_exact(
    random_weights: BackboneWeights, reduced: ReducedConfig, noise_frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "largest_weight", lambda: 0)
    exact = reduced(precision="float32")
    box = Box(50, 40, 30, 24)
    found = []
    for chosen in (FAST_STEPS["int8-convolutions"].apply(exact), exact):
        extractor = FeatureExtractor(chosen, random_weights, CPU)
        extractor = extractor.fitted(noise_frame, box)
        found.append(extractor.classifier_features(noise_frame, box.xywh[None], CallMonitor()))
    assert torch.equal(*found)


def test_keeping_sums_then_moves_the_fewest_numbers_to_their_other_neighbour() -> None:
    exact = torch.tensor([[1.4, 2.4, 3.4, -0.2], [0.6, 0.7, 0.1, 0.0], [1.0, 2.0, -3.0, 0.1]])
    found = keeping_sums(exact.round(), exact)
    assert found.sum(dim=1).tolist() == exact.sum(dim=1).round().tolist() == [7.0, 1.0, 0.0]
    assert found[1:].tolist() == [[0.0, 1.0, 0.0, 0.0], [1.0, 2.0, -3.0, 0.0]]
    assert (found - exact).abs().max() < 1


def test_kernel_scales_when_a_projection_is_peaked_then_its_largest_sums_are_still_exact() -> None:
    """Every second weight is large, so that pairs of neighbours come as near to 16 bits as they may."""
    layer = Convolution("project", PIXELS, 8, 1)
    kernel = torch.rand(8, 64, 1, 1, generator=torch.Generator().manual_seed(0)) * 0.1
    kernel[:, ::2] = 1.0
    scales = kernel_scales(layer, kernel, onednn_limits())
    whole = (kernel / scales[:, None, None, None]).round()
    assert whole.max() > 100 or largest_weight() == 127  # without looking at pairs it would be 63
    assert int8_output(layer, whole, scales) == pytest.approx(float(255 * whole[0].sum()), rel=1e-6)


def int8_output(layer: Convolution, whole: torch.Tensor, scales: torch.Tensor) -> float:
    """What the first channel gives for white pixels, in steps of its weights."""
    convolution = Int8Convolution.of(
        layer, whole.to(torch.int8), scales, torch.zeros(len(whole)), Scale(1.0, 0), stride=1, dilation=1
    )
    pixels = torch.full((1, whole.shape[1], 4, 4), 255, dtype=torch.uint8)
    return float(convolution(pixels, torch.float32)[0, 0, 0, 0] / scales[0])
