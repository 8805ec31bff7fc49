"""Backbones of the real shapes with made-up numbers, written in the layouts of foreign programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path

import numpy as np
import safetensors.numpy
import torch
from numpy.typing import NDArray
from scipy.io import savemat

from tests.tracker_core.described import numbers_of
from tracker_core import BackboneWeights
from tracker_core.backbone_weights import ResponseNormalization
from tracker_core.vgg_m import CONVOLUTION_SHAPES, vgg_m_description
from tracker_core.weights import tensor_sha256

VGG_M_PARAM = (5, 2, 1e-4, 0.75)  # MatConvNet's [N kappa alpha beta]


@cache
def sample_weights(seed: int = 0, normalization: ResponseNormalization | None = None) -> BackboneWeights:
    rng = np.random.default_rng(seed)
    return BackboneWeights(
        vgg_m_description(normalization, input_mean=127.5, relu1_gain=3.25, relu3_gain=0.1),
        kernels={n: rng.standard_normal(s, dtype=np.float32) for n, s in CONVOLUTION_SHAPES.items()},
        biases={n: rng.standard_normal(s[0], dtype=np.float32) for n, s in CONVOLUTION_SHAPES.items()},
        name="sample",
        metadata={"source": "a test", "licence": "free", "training": "none"},
    )


def assert_same_tensors(found: BackboneWeights, expected: BackboneWeights) -> None:
    assert found.kernels.keys() == expected.kernels.keys()
    for layer in expected.kernels:
        np.testing.assert_array_equal(found.kernels[layer], expected.kernels[layer])
        np.testing.assert_array_equal(found.biases[layer], expected.biases[layer])
        assert found.kernels[layer].dtype == found.biases[layer].dtype == np.float32


def cell(*items: object) -> NDArray[np.object_]:
    """A 1 x n MATLAB cell array."""
    array = np.empty((1, len(items)), dtype=object)
    for column, item in enumerate(items):
        array[0, column] = item
    return array


def matconvnet_layers(
    weights: BackboneWeights,
    *,
    old_fields: bool = False,
    bias_column: bool = False,
    param: Sequence[float] | None = VGG_M_PARAM,
) -> list[dict[str, object]]:
    """The layers of `imagenet-vgg-m.mat` through relu3, in its order."""
    layers: list[dict[str, object]] = []
    for index, layer in enumerate(CONVOLUTION_SHAPES, start=1):
        filters = weights.kernels[layer].transpose(2, 3, 1, 0)
        biases = weights.biases[layer].reshape((-1, 1) if bias_column else (1, -1))
        tensors = {"filters": filters, "biases": biases} if old_fields else {"weights": cell(filters, biases)}
        layers.append({"name": layer, "type": "conv", "stride": np.array([2.0, 2.0]), "pad": 1.0, **tensors})
        layers.append({"name": f"relu{index}", "type": "relu"})
        if index < 3:
            if param is not None:
                layers.append(
                    {"name": f"norm{index}", "type": "lrn", "param": np.array([param], dtype=np.float64)}
                )
            layers.append({"name": f"pool{index}", "type": "pool", "method": "max", "pool": np.array([3.0, 3.0])})
    return layers


def write_mat(path: Path, layers: Sequence[object], *, compressed: bool = False) -> Path:
    savemat(path, {"meta": {"inputs": "none"}, "layers": cell(*layers)}, do_compression=compressed)
    return path


def pymdnet_state(weights: BackboneWeights) -> dict[str, dict[str, torch.Tensor]]:
    """What py-MDNet saves: the three convolutions, and fully connected layers nobody needs here."""
    layers = {"fc4.0.weight": torch.zeros(4, 8), "fc4.0.bias": torch.zeros(4)}
    for layer in CONVOLUTION_SHAPES:
        layers[f"{layer}.0.weight"] = torch.from_numpy(weights.kernels[layer])
        layers[f"{layer}.0.bias"] = torch.from_numpy(weights.biases[layer])
    return {"shared_layers": layers}


def save_format_1(weights: BackboneWeights, path: Path) -> None:
    """A file as it was written before backbones were described."""
    numbers, normalization = numbers_of(weights), weights.description.normalization
    tensors = {}
    for layer in CONVOLUTION_SHAPES:
        tensors[f"{layer}.weight"], tensors[f"{layer}.bias"] = weights.kernels[layer], weights.biases[layer]
    metadata = {
        **weights.metadata,
        "format_version": "1",
        "name": weights.name,
        "normalization": "none" if normalization is None else json.dumps(asdict(normalization)),
        **{key: repr(numbers[key]) for key in ("input_mean", "relu1_gain", "relu3_gain")},
        "sha256": tensor_sha256(weights),
    }
    path.write_bytes(safetensors.numpy.save(tensors, metadata))
