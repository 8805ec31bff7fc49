"""EfficientNet-Lite0 from ONNX files written here, in the ways exporters write them, whole and damaged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.tracker_core.weights.onnx_samples import Style, constant, efficientnet_onnx, pixels_only
from tests.tracker_core.weights.test_efficientnet_lite0 import made_state
from tracker_core import BackboneWeights, WeightsError
from tracker_core.backbone_graph import PIXELS
from tracker_core.engine.onnx_encoding import OnnxFile, entry, node, tensor, varint
from tracker_core.weights import import_weights, load_backbone
from tracker_core.weights.efficientnet_lite0 import efficientnet_lite0_weights
from tracker_core.weights.files import read_weight_file


@cache
def from_state() -> BackboneWeights:
    return efficientnet_lite0_weights({key: torch.as_tensor(value) for key, value in made_state().items()})


def read(folder: Path, data: bytes) -> BackboneWeights:
    (folder / "trunk.onnx").write_bytes(data)
    return read_weight_file(folder / "trunk.onnx")


def assert_close(found: BackboneWeights, expected: BackboneWeights, *, tolerance: float) -> None:
    assert found.description == expected.description
    assert found.kernels.keys() == expected.kernels.keys()
    for layer in expected.kernels:
        np.testing.assert_allclose(found.kernels[layer], expected.kernels[layer], rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(found.biases[layer], expected.biases[layer], rtol=tolerance, atol=tolerance)
        assert found.kernels[layer].dtype == found.biases[layer].dtype == np.float32


@pytest.mark.parametrize(
    ("style", "tolerance"),
    [
        (Style(), 0.0),
        (Style(pads="computed", scaling="Mul Add"), 0.0),
        (Style(pads="attribute", has_clip_inputs=False, scaling=""), 0.0),
        (Style(pads="upper", is_raw=False), 0.0),
        (Style(is_half=True), 1e-3),
        (Style(is_half=True, is_raw=False), 1e-3),
    ],
    ids=str,
)
def test_network_when_written_in_any_way_is_the_one_of_the_state_dict(
    tmp_path: Path, style: Style, tolerance: float
) -> None:
    found = read(tmp_path, efficientnet_onnx(from_state(), style).data())
    assert_close(found, from_state(), tolerance=tolerance)


def test_file_when_imported_then_is_named_after_itself(tmp_path: Path) -> None:
    (tmp_path / "trunk.onnx").write_bytes(efficientnet_onnx(from_state()).data())
    entry = import_weights(tmp_path / "trunk.onnx", folder=tmp_path / "store")
    assert entry.name == "trunk"
    assert_close(load_backbone("trunk", tmp_path / "store"), from_state(), tolerance=0)


def test_network_when_a_layer_differs_says_what_was_expected_and_found(tmp_path: Path) -> None:
    weights = from_state()
    layers = list(weights.description.graph.layers)
    layers[1] = replace(layers[1], activation="none")  # type: ignore[call-arg]
    graph = replace(weights.description.graph, layers=tuple(layers))
    other = replace(weights, description=replace(weights.description, graph=graph))
    message = (
        r"trunk\.onnx: expected EfficientNet-Lite0's first eleven blocks \(other trunks: as \.safetensors of this "
        r"program, format 2\), there for block0_depthwise a convolution of 32 channels, 3 x 3, stride 1, "
        r"32 groups, padding same, activation relu6, after stem; got a convolution .* activation none, after stem$"
    )
    with pytest.raises(WeightsError, match=message):
        read(tmp_path, efficientnet_onnx(other).data())


def small() -> OnnxFile:
    """A stem alone."""
    file = pixels_only()
    file.tensors.append(tensor("w", np.ones((32, 3, 3, 3), np.float32)))
    constant(file, "pads", np.array([0, 0, 0, 0, 0, 0, 1, 1]))
    file.add("Pad", (PIXELS, "pads"), "padded")
    file.add("Conv", ("padded", "w"), "conv", strides=[2, 2])
    file.add("Relu", ("conv",), "relu")
    return file


def swapped(index: int, *parts: bytes) -> Callable[[OnnxFile], object]:
    return lambda file: file.nodes.__setitem__(slice(index, index + 1), list(parts))


def with_tensor(name: str, array: np.ndarray, *, extra: bytes = b"") -> Callable[[OnnxFile], object]:
    return lambda file: file.tensors.__setitem__(0, tensor(name, array) + extra)


def pads(*numbers: int) -> bytes:
    return node("Constant", (), "pads", value=np.array(numbers))


ONES = np.ones((32, 3, 3, 3), np.float32)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: None, "there for stem .* activation relu6, after pixels; got .* activation relu, after pixels"),
        (
            swapped(3, node("Clip", ("conv",), "relu", min=0.0, max=6.0)),
            "for block0_depthwise .*; got the end of the",
        ),
        (swapped(3, node("Clip", ("conv",), "relu", min=0.0, max=4.0)), "expected bounds of 0 and 6, got"),
        (swapped(3, node("HardSwish", ("conv",), "relu")), "for stem .* got a convolution .* activation none"),
        (swapped(1, node("Resize", ("pixels",), "padded")), "for stem .*; got the operator 'Resize'"),
        (swapped(0, pads(0, 0, 1, 1, 0, 0, 1, 1)), "expected paddings of none or of 0 before and 1 behind, got"),
        (swapped(0, pads(0, 1, 0, 0, 0, 0, 1, 1)), "expected zeros around rows and columns alone"),
        (swapped(1, node("Pad", ("pixels", "pads"), "padded", mode="reflect")), "expected zeros around"),
        (
            swapped(2, node("Conv", ("padded", "w"), "conv", strides=[2, 1])),
            "same for rows and columns, got 2 and 1",
        ),
        (swapped(2, node("Conv", ("padded", "w"), "conv", dilations=[2, 2])), "expected no dilation"),
        (swapped(2, node("Conv", ("padded", "x"), "conv")), "'x': expected numbers that are in the file"),
        (swapped(2, node("Conv", ("padded", "w"), "conv", group="1")), "expected a whole number of groups"),
        (swapped(2, node("Conv", ("padded", "w"), "conv", auto_pad="SAME_LOWER")), "expected auto_pad NOTSET"),
        (swapped(1, node("MaxPool", ("pixels",), "padded", kernel_shape=[3, 3])), "; got a MaxPool after pixels"),
        (swapped(3, node("Add", ("conv", "conv"), "relu")), "for stem .*; got a convolution"),
        (swapped(3, node("Sub", ("conv", "pads"), "relu")), "expected numbers to scale pixels alone"),
        (with_tensor("w", ONES[0, 0, 0]), r"expected a kernel of \(out, in, side, side\), got \(3,\)"),
        (with_tensor("w", ONES.astype(np.float64)), "expected float32 or float16 numbers, got type 11"),
        (with_tensor("w", ONES, extra=entry(14, 1)), "its numbers are in another file"),
        (with_tensor("w", ONES, extra=entry(13, entry(1, "location"))), "its numbers are in another file"),
        (with_tensor("w", ONES, extra=entry(1, 1 << 40)), "expected .* bytes, got 3,456"),
        (with_tensor("w", ONES, extra=entry(1, 1) * 9), "expected at most 8 whole numbers in a list"),
        (lambda f: f.inputs.append(entry(1, "more")), "expected a graph with one input, the pixels, got 2"),
        (lambda f: setattr(f, "opset", 6), "expected ONNX operators of version 7 or later, got 6"),
    ],
)
def test_file_when_it_is_not_usable_says_why_in_a_line(
    tmp_path: Path, change: Callable[[OnnxFile], object], message: str
) -> None:
    file = small()
    change(file)
    with pytest.raises(WeightsError, match=message) as caught:
        read(tmp_path, file.data())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("scaling", ["Sub", "Div", "Mul"])
def test_pixels_when_scaled_otherwise_are_refused(tmp_path: Path, scaling: str) -> None:
    with pytest.raises(WeightsError, match=r"expected pixels that the graph scales by 0\.0078125 and moves by"):
        read(tmp_path, efficientnet_onnx(from_state(), Style(scaling=scaling)).data())


def test_layer_when_read_without_its_activation_too_is_refused(tmp_path: Path) -> None:
    file = small()
    file.add("Conv", ("conv", "w"), "again")
    with pytest.raises(
        WeightsError, match="'conv': expected the output of an earlier layer behind its activation"
    ):
        read(tmp_path, file.data())


@pytest.mark.parametrize(
    "tail",
    [
        b"\x3b",
        b"\x07\x00",
        b"\x3a" + varint(1 << 62),
        b"\x3a" + b"\xff" * 11,
        b"\x38\x01",
        b"\x42\x02\x10",
        b"\x3a\0",
    ],
)
def test_file_when_it_ends_in_garbage_is_refused(tmp_path: Path, tail: bytes) -> None:
    with pytest.raises(WeightsError, match=r"damaged ONNX file|with one graph"):
        read(tmp_path, small().data() + tail)


def test_file_when_it_has_fields_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="expected at most 400,000 fields"):
        read(tmp_path, small().data() + b"\x28\0" * 400_000)


def test_file_when_truncated_anywhere_is_refused(tmp_path: Path) -> None:
    data = small().data()
    for length in (*range(0, len(data), 97), *range(len(data) - 97, len(data))):
        with pytest.raises(WeightsError):
            read(tmp_path, data[:length])


def test_whole_network_when_truncated_anywhere_is_refused(tmp_path: Path) -> None:
    """Its numbers lie behind its nodes, so that most cuts are in the nodes or in the last of the numbers."""
    data = efficientnet_onnx(from_state()).data()
    for length in (*range(0, 30_000, 97), len(data) - 1):
        with pytest.raises(WeightsError):
            read(tmp_path, data[:length])


def test_file_when_any_byte_is_another_is_read_or_refused(tmp_path: Path) -> None:
    data = small().data()
    random = np.random.default_rng(0)
    kernel_bytes = range(data.index(ONES.tobytes()), data.index(ONES.tobytes()) + ONES.nbytes)
    for index in set(range(len(data))) - set(kernel_bytes):
        changed = bytearray(data)
        changed[index] ^= int(random.integers(1, 256))
        with pytest.raises(WeightsError):
            read(tmp_path, bytes(changed))
