from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.io import savemat
from scipy.io.matlab import MatlabObject

from tests.tracker_core.described import scaling_of
from tests.tracker_core.weights.weight_samples import (
    VGG_M_PARAM,
    assert_same_tensors,
    cell,
    matconvnet_layers,
    sample_weights,
    write_mat,
)
from tracker_core.backbone_weights import WeightsError
from tracker_core.vgg_m import VGG_M_NORMALIZATION
from tracker_core.weights.files import read_weight_file


@pytest.mark.parametrize("old_fields", [False, True], ids=["weights", "filters and biases"])
@pytest.mark.parametrize("bias_column", [False, True], ids=["row", "column"])
def test_vgg_m_when_written_either_way_gives_its_tensors(
    tmp_path: Path, old_fields: bool, bias_column: bool
) -> None:
    layers = matconvnet_layers(sample_weights(), old_fields=old_fields, bias_column=bias_column)
    found = read_weight_file(write_mat(tmp_path / "imagenet-vgg-m.mat", layers))
    assert_same_tensors(found, sample_weights())
    assert found.description.normalization == VGG_M_NORMALIZATION
    assert scaling_of(found) == (
        "imagenet-vgg-m",
        128.0,
        1.0,
        1.0,
    )
    assert "non-commercial" in found.metadata["licence"]


def test_vgg_m_when_compressed_as_matlab_does_gives_its_tensors(tmp_path: Path) -> None:
    path = write_mat(tmp_path / "vgg-m-conv1-3.mat", matconvnet_layers(sample_weights()), compressed=True)
    assert_same_tensors(read_weight_file(path), sample_weights())


def test_normalization_when_read_computes_what_matconvnet_does(tmp_path: Path) -> None:
    path = write_mat(tmp_path / "vgg-m.mat", matconvnet_layers(sample_weights()))
    normalization = read_weight_file(path).description.normalization
    assert normalization is not None
    x = np.random.default_rng(0).uniform(0, 200, (1, 96, 4, 4))
    size, kappa, alpha, beta = VGG_M_PARAM
    squares = np.pad(x**2, ((0, 0), (2, 2), (0, 0), (0, 0)))
    sums = sum(squares[:, shift : shift + 96] for shift in range(int(size)))
    expected = x / (kappa + alpha * sums) ** beta
    layer = torch.nn.LocalResponseNorm(
        normalization.size, alpha=normalization.alpha, beta=normalization.beta, k=normalization.k
    )
    np.testing.assert_allclose(layer(torch.from_numpy(x)).numpy(), expected, rtol=1e-9)  # both in float64


@pytest.mark.logs_warnings
@pytest.mark.parametrize(
    ("param", "message"),
    [((5, 2, 5e-4, 0.75), "unusual response normalisation"), (None, "no response normalisation")],
    ids=["other alpha", "absent"],
)
def test_normalization_when_not_vgg_ms_is_warned_about(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, param: tuple[float, ...] | None, message: str
) -> None:
    path = write_mat(tmp_path / "odd.mat", matconvnet_layers(sample_weights(), param=param))
    found = read_weight_file(path).description.normalization
    assert message in caplog.text
    assert (found is None) == (param is None)
    assert found is None or found.alpha == pytest.approx(5 * 5e-4)


def test_layers_when_one_is_missing_raises(tmp_path: Path) -> None:
    layers = [layer for layer in matconvnet_layers(sample_weights()) if layer["name"] != "conv2"]
    with pytest.raises(WeightsError, match=r"no\.mat: expected the layers conv1, conv2 and conv3; got 'conv1'"):
        read_weight_file(write_mat(tmp_path / "no.mat", layers))


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ({"name": "conv1", "type": "conv"}, "conv1: expected weights, or filters and biases; got 'name', 'type'"),
        (
            {"name": "conv1", "weights": cell(np.zeros(3))},
            "conv1 weights: expected filters and biases, got 1 arrays",
        ),
        (
            {"name": "conv1", "weights": cell(np.zeros((96, 3, 7, 7)), np.zeros(96))},
            r"conv1 filters: expected rows x columns x in x out \(7, 7, 3, 96\), got \(96, 3, 7, 7\)",
        ),
        (
            {"name": "conv1", "weights": cell(np.zeros((7, 7, 3, 96)), np.zeros(95))},
            r"conv1 bias: expected shape \(96,\), got \(95,\)",
        ),
        (
            {"name": "conv1", "weights": cell(np.zeros((7, 7, 3, 96), np.uint8), np.zeros(96))},
            "conv1 filters: expected single or double numbers, got uint8",
        ),
        (
            {"name": "conv1", "weights": cell(np.zeros((7, 7, 3, 96), np.complex64), np.zeros(96))},
            r"expected real numbers, got complex numbers \(7 x 7 x 3 x 96\)",
        ),
        (
            {"name": "conv1", "weights": cell(np.full((7, 7, 3, 96), np.nan), np.zeros(96))},
            "conv1: weights contain NaN",
        ),
        ({"name": "conv1", "weights": "text"}, "expected a cell array, got text"),
        ({"type": "conv"}, "expected each layer to be one struct with a name"),
        (np.zeros(3), r"expected a struct, got numbers \(1 x 3\)"),
        (
            {"name": "norm1", "param": np.array([5.0, 2.0])},
            r"norm1: expected param = \[N kappa alpha beta\], got \[5",
        ),
        ({"name": "norm1", "type": "lrn"}, r"norm1: expected param = \[N kappa alpha beta\], got 'name', 'type'"),
        ({"name": "norm1", "param": np.array([5, 2, 1e-3, 0.75])}, "expected the same normalisation after conv1"),
        ({"name": "norm1", "param": np.array([0, 2, 1e-3, 0.75])}, "size 1 or more and k above 0"),
    ],
)
def test_layer_when_malformed_names_file_and_fault(tmp_path: Path, layer: object, message: str) -> None:
    layers = [*matconvnet_layers(sample_weights()), layer]  # the last of a name is the one that counts
    with pytest.raises(WeightsError, match=rf"bad\.mat: .*{message}"):
        read_weight_file(write_mat(tmp_path / "bad.mat", layers))


def test_file_when_it_has_no_layers_names_what_it_has(tmp_path: Path) -> None:
    savemat(tmp_path / "other.mat", {"boxes": np.zeros((3, 4)), "net": {"a": 1.0}})
    with pytest.raises(WeightsError, match=r"other\.mat: expected a variable \"layers\", got 'boxes', 'net'"):
        read_weight_file(tmp_path / "other.mat")


def test_file_when_it_holds_matlab_objects_says_what_to_do(tmp_path: Path) -> None:
    network = MatlabObject(np.zeros((1, 1), dtype=[("layers", object)]), classname="dagnn.DagNN")
    network[0, 0]["layers"] = np.zeros((2, 2))
    savemat(tmp_path / "tracker.mat", {"locNet": network})
    with pytest.raises(WeightsError, match=r"holds MATLAB objects, which only MATLAB can read; there, save"):
        read_weight_file(tmp_path / "tracker.mat")
    savemat(tmp_path / "tracker.mat", {"layers": cell(network)})
    with pytest.raises(WeightsError, match="its layers are MATLAB objects"):
        read_weight_file(tmp_path / "tracker.mat")
