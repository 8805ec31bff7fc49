"""EfficientNet-Lite0 from a made-up state dict, against its blocks with batch normalisation in torch."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from tests.tracker_core.weights.weight_samples import assert_same_tensors
from tracker_core import WeightsError
from tracker_core.networks import Backbone
from tracker_core.weights import import_weights, load_backbone
from tracker_core.weights.files import read_weight_file

# Expansion, kernel, stride, channels in and out. Source: the published network, not this program's table.
BLOCKS = (
    (1, 3, 1, 32, 16), (6, 3, 2, 16, 24), (6, 3, 1, 24, 24), (6, 5, 2, 24, 40), (6, 5, 1, 40, 40),
    (6, 3, 2, 40, 80), (6, 3, 1, 80, 80), (6, 3, 1, 80, 80), (6, 5, 1, 80, 112), (6, 5, 1, 112, 112),
    (6, 5, 1, 112, 112),
)  # fmt: skip
RANGES = (("weight", 0.5, 1.5), ("bias", -1, 1), ("running_mean", -1, 1), ("running_var", 0.5, 2))
State = dict[str, torch.Tensor]


@cache
def made_state() -> State:
    generator = torch.Generator().manual_seed(0)
    state: State = {"_fc.weight": torch.zeros(10, 4), "_blocks.11._bn0.bias": torch.zeros(3)}

    def add(convolution: str, normalization: str, out: int, within: int, kernel: int) -> None:
        deviation = (2 / (within * kernel**2)) ** 0.5
        drawn = torch.randn(out, within, kernel, kernel, generator=generator)
        state[f"{convolution}.weight"] = drawn * deviation
        for key, low, high in RANGES:
            state[f"{normalization}.{key}"] = torch.rand(out, generator=generator) * (high - low) + low
        state[f"{normalization}.num_batches_tracked"] = torch.tensor(1)

    add("_conv_stem", "_bn0", 32, 3, 3)
    for number, (expansion, kernel, _, channels_in, channels_out) in enumerate(BLOCKS):
        block, wide = f"_blocks.{number}.", channels_in * expansion
        if expansion > 1:
            add(f"{block}_expand_conv", f"{block}_bn0", wide, channels_in, 1)
        add(f"{block}_depthwise_conv", f"{block}_bn1", wide, 1, kernel)
        add(f"{block}_project_conv", f"{block}_bn2", channels_out, wide, 1)
    return state


def convolved(x: torch.Tensor, state: State, convolution: str, normalization: str, *, stride: int) -> torch.Tensor:
    """Padded for an even size as TensorFlow does, and normalised the long way."""
    kernel = state[f"{convolution}.weight"]
    side = kernel.shape[-1]
    before = (side - stride) // 2
    x = F.pad(x, (before, side - stride - before) * 2)
    x = F.conv2d(x, kernel, stride=stride, groups=x.shape[1] // kernel.shape[1])
    values = (state[f"{normalization}.{key}"] for key in ("running_mean", "running_var", "weight", "bias"))
    return F.batch_norm(x, *values, eps=1e-3)


def plain_trunk(pixels: torch.Tensor, state: State) -> dict[str, torch.Tensor]:
    x = (pixels.permute(0, 3, 1, 2).double() - 127) / 128
    state = {key: value.double() for key, value in state.items()}
    found = {"stem": F.relu6(convolved(x, state, "_conv_stem", "_bn0", stride=2))}
    x = found["stem"]
    for number, (expansion, _, stride, channels_in, channels_out) in enumerate(BLOCKS):
        block, before = f"_blocks.{number}.", x
        if expansion > 1:
            x = F.relu6(convolved(x, state, f"{block}_expand_conv", f"{block}_bn0", stride=1))
        x = F.relu6(convolved(x, state, f"{block}_depthwise_conv", f"{block}_bn1", stride=stride))
        x = convolved(x, state, f"{block}_project_conv", f"{block}_bn2", stride=1)
        x = x + before if stride == 1 and channels_in == channels_out else x
        found[f"block{number}"] = x
    return found


@pytest.fixture(scope="module")
def state_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "efficientnet-lite0-57934424.pth"
    torch.save(made_state(), path)
    return path


def test_outputs_when_folded_then_are_those_of_convolution_and_normalisation(state_file: Path) -> None:
    """Batch normalisation is folded in float64; float32 then rounds over thirty layers."""
    pixels = torch.randint(0, 256, (2, 64, 96, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    backbone = Backbone(read_weight_file(state_file), device=torch.device("cpu"), dtype=torch.float32)
    expected = plain_trunk(pixels, made_state())
    found = backbone.outputs(pixels, ["stem", "block0", "block4", "block10"])
    for layer, values in found.items():
        assert values.shape == expected[layer].shape
        scale = float(expected[layer].abs().max())
        torch.testing.assert_close(values.double(), expected[layer], rtol=0, atol=3e-5 * scale)


def test_file_when_imported_then_has_its_name_terms_and_taps(state_file: Path, tmp_path: Path) -> None:
    entry = import_weights(state_file, folder=tmp_path)
    assert (entry.name, entry.licence) == ("efficientnet-lite0", "Apache-2.0")
    weights = load_backbone("efficientnet-lite0", tmp_path)
    description = weights.description
    assert description.classifier_channels == 152
    assert [(tap.layer, tap.is_smoothed, tap.gain) for tap in description.classifier] == [
        ("block4", True, 5.0),
        ("block10", False, 5.0),
    ]
    assert (description.margin, description.input_mean, description.input_scale) == (32, 127.0, 1 / 128)
    assert_same_tensors(weights, read_weight_file(state_file))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("_blocks.3._bn2.bias"), r"_blocks\.3\._bn2\.bias: expected a tensor of floating point"),
        (
            lambda s: s.update({"_conv_stem.weight": torch.zeros(32, 3, 5, 5)}),
            r"_conv_stem\.weight: expected shape \(32, 3, 3, 3\), got \(32, 3, 5, 5\)",
        ),
        (
            lambda s: s.update({"_bn0.running_var": torch.full((32,), -1.0)}),
            r"_bn0\.running_var: expected variances of 0 or more, got -1",
        ),
        (lambda s: s.update({"_bn0.bias": torch.full((32,), torch.nan)}), "stem: weights contain NaN"),
        (
            lambda s: s.update({"_blocks.0._se_reduce.weight": torch.zeros(1)}),
            "expected EfficientNet-Lite0, which has no squeeze-excitation; got _blocks",
        ),
    ],
    ids=["absent", "shape", "variance", "NaN", "another EfficientNet"],
)
def test_file_when_wrong_names_file_and_fault(
    tmp_path: Path, change: Callable[[State], object], message: str
) -> None:
    state = dict(made_state())
    change(state)
    torch.save(state, tmp_path / "bad.pth")
    with pytest.raises(WeightsError, match=rf"bad\.pth: {message}"):
        read_weight_file(tmp_path / "bad.pth")


def test_statistics_then_there_is_a_plausible_one_for_every_channel(state_file: Path) -> None:
    for tap in read_weight_file(state_file).description.classifier:
        assert len(tap.mean) == len(tap.deviation)
        assert 0.1 < min(tap.deviation) <= max(tap.deviation) < 20
        assert np.abs(tap.mean).max() < 20
