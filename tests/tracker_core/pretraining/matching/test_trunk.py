from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from tracker_core import BackboneWeights
from tracker_core.backbone_graph import PIXELS, Convolution, LayerGraph
from tracker_core.backbone_weights import BackboneDescription, Tap, WeightsError
from tracker_core.pretraining.matching.trunk import FrozenTrunk, frozen_trunk
from tracker_core.weights import save_backbone, tensor_sha256


def noise(side: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (2, side, side, 3), dtype=torch.uint8, generator=generator)


@pytest.mark.parametrize("side", [128, 256])
def test_frozen_trunk_when_it_sees_a_square_then_cells_of_stride_8_and_16(
    averaging_trunk: FrozenTrunk, side: int
) -> None:
    fine, coarse = averaging_trunk.features(noise(side))
    assert fine.shape == (2, 40, side // 8, side // 8)
    assert coarse.shape == (2, 112, side // 16, side // 16)
    assert fine.dtype == coarse.dtype == torch.float32
    assert not fine.requires_grad


def test_frozen_trunk_when_it_sees_pixels_then_layers_are_as_described(
    averaging_trunk: FrozenTrunk, averaging_weights: BackboneWeights
) -> None:
    fine, _ = averaging_trunk.features(noise(128))
    kernel = torch.from_numpy(averaging_weights.kernels["block4"])
    expected = F.conv2d((noise(128).permute(0, 3, 1, 2).float() - 127) / 128, kernel, stride=8)
    torch.testing.assert_close(fine, expected, rtol=1e-4, atol=1e-5)


def test_frozen_trunk_when_read_then_says_what_it_is(
    averaging_trunk: FrozenTrunk, averaging_weights: BackboneWeights
) -> None:
    assert averaging_trunk.source == f"averages, tensors' sha256 {tensor_sha256(averaging_weights)}"


def test_frozen_trunk_when_the_file_has_a_head_then_it_is_left_out(
    averaging_trunk: FrozenTrunk, averaging_weights: BackboneWeights, tmp_path: Path
) -> None:
    path = tmp_path / "averages.safetensors"
    save_backbone(replace(averaging_weights, extra_tensors={"matcher.key.bias": np.ones(3, np.float32)}), path)
    trunk = frozen_trunk(path)
    assert trunk.weights.extra_tensors == {}
    assert trunk.source == averaging_trunk.source


def test_frozen_trunk_when_a_layer_has_another_stride_then_refused(tmp_path: Path) -> None:
    layers = Convolution("block4", PIXELS, 2, 4, 4), Convolution("block10", "block4", 2, 2, 2)
    description = BackboneDescription(LayerGraph(layers), Tap("block4"), (Tap("block10"),))
    shapes = description.graph.kernel_shapes()
    kernels = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    biases = {name: np.zeros(2, np.float32) for name in shapes}
    save_backbone(BackboneWeights(description, kernels, biases), tmp_path / "other.safetensors")
    message = r"other\.safetensors: expected block4 with 40 channels of stride 8, got 2 of stride 4"
    with pytest.raises(WeightsError, match=message):
        frozen_trunk(tmp_path / "other.safetensors")


@pytest.mark.parametrize(
    ("name", "message"),
    [("random", 'expected a layer, got "block4"'), ("nobody-s", 'no backbone is named "nobody-s"')],
)
def test_frozen_trunk_when_there_is_no_such_trunk_then_refused(name: str, message: str) -> None:
    with pytest.raises(WeightsError, match=message):
        frozen_trunk(name)
