from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from tracker_core.backbone_weights import WeightsError
from tracker_core.pretraining.matching.trunk import FrozenTrunk, frozen_trunk

BLOCKS = (  # expansion, kernel, channels in, channels out
    *((1, 3, 32, 16), (6, 3, 16, 24), (6, 3, 24, 24), (6, 5, 24, 40), (6, 5, 40, 40), (6, 3, 40, 80)),
    *((6, 3, 80, 80), (6, 3, 80, 80), (6, 5, 80, 112), (6, 5, 112, 112), (6, 5, 112, 112)),
)


def state_dict() -> dict[str, torch.Tensor]:
    """Random weights of EfficientNet-Lite0 under the names of its PyTorch port, as far as they are read."""
    generator = torch.Generator().manual_seed(0)
    state = {}

    def add(convolution: str, norm: str, shape: tuple[int, int, int, int]) -> None:
        deviation = (2 / (shape[1] * shape[2] * shape[3])) ** 0.5
        state[f"{convolution}.weight"] = deviation * torch.randn(shape, generator=generator)
        for name in ("weight", "running_var"):
            state[f"{norm}.{name}"] = 0.5 + torch.rand(shape[0], generator=generator)
        for name in ("bias", "running_mean"):
            state[f"{norm}.{name}"] = 0.1 * torch.randn(shape[0], generator=generator)

    add("_conv_stem", "_bn0", (32, 3, 3, 3))
    for number, (expansion, kernel, channels_in, channels) in enumerate(BLOCKS):
        name, inner = f"_blocks.{number}.", expansion * channels_in
        if expansion > 1:
            add(f"{name}_expand_conv", f"{name}_bn0", (inner, channels_in, 1, 1))
        add(f"{name}_depthwise_conv", f"{name}_bn1", (inner, 1, kernel, kernel))
        add(f"{name}_project_conv", f"{name}_bn2", (channels, inner, 1, 1))
    return state


@pytest.fixture(scope="module")
def trunk(tmp_path_factory: pytest.TempPathFactory) -> FrozenTrunk:
    path = tmp_path_factory.mktemp("trunk") / "lite0.pth"
    torch.save(state_dict(), path)
    return frozen_trunk(path)


@pytest.mark.parametrize("side", [128, 256])
def test_frozen_trunk_when_it_sees_a_square_then_cells_of_stride_8_and_16(trunk: FrozenTrunk, side: int) -> None:
    pixels = torch.randint(
        0, 256, (2, side, side, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    fine, coarse = trunk.features(pixels)
    assert fine.shape == (2, 40, side // 8, side // 8)
    assert coarse.shape == (2, 112, side // 16, side // 16)
    assert fine.dtype == coarse.dtype == torch.float32
    assert not fine.requires_grad


def test_frozen_trunk_when_norms_are_folded_then_the_stem_is_as_with_them(trunk: FrozenTrunk) -> None:
    state = state_dict()
    x = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    plain = F.conv2d(F.pad(x, (0, 1, 0, 1)), state["_conv_stem.weight"], stride=2)
    norm = [state[f"_bn0.{name}"] for name in ("running_mean", "running_var", "weight", "bias")]
    expected = F.batch_norm(plain, *norm, eps=1e-3)
    torch.testing.assert_close(trunk.features.stem(x), expected, rtol=1e-4, atol=1e-5)


def test_frozen_trunk_when_shapes_do_not_fit_then_refused(tmp_path: Path) -> None:
    state = state_dict()
    state["_blocks.3._expand_conv.weight"] = torch.zeros(144, 25, 1, 1)
    torch.save(state, tmp_path / "other.pth")
    with pytest.raises(WeightsError, match=r"other\.pth: expected the state dict of EfficientNet-Lite0"):
        frozen_trunk(tmp_path / "other.pth")


def test_frozen_trunk_when_read_then_says_what_it_is(trunk: FrozenTrunk) -> None:
    assert "EfficientNet-Lite0" in trunk.source
    assert "Apache-2.0" in trunk.source
