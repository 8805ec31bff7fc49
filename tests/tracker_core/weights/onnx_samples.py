"""ONNX files as exporters write them: EfficientNet-Lite0 in several ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.backbone_graph import PIXELS, Convolution, Sum, padding_of
from tracker_core.backbone_weights import BackboneWeights
from tracker_core.engine.onnx_encoding import OnnxFile, entry, tensor, tensor_of, varint

Array = NDArray[np.generic]


def pixels_only() -> OnnxFile:
    """Without shapes and outputs, which the reader does not look at."""
    return OnnxFile(inputs=[entry(1, PIXELS)])


def constant(file: OnnxFile, name: str, array: Array) -> None:
    """A tensor as a node of its own, as some exporters write them."""
    file.add("Constant", (), name, value=array)


def unpacked(name: str, array: Array) -> bytes:
    """A tensor whose numbers are in the field of their type, and not as they lie in memory."""
    if array.dtype == np.float32:
        numbers = entry(4, array.tobytes())
    elif array.dtype == np.float16:
        numbers = entry(5, b"".join(varint(int(bits)) for bits in array.view(np.uint16).reshape(-1)))
    else:
        numbers = entry(7, b"".join(varint(int(number)) for number in array.reshape(-1)))
    return tensor_of(name, array, numbers)


@dataclass(frozen=True)
class Style:
    """How an exporter writes what can be written in several ways."""

    pads: str = "node"  # "node", "computed", "attribute", "upper"
    has_clip_inputs: bool = True
    scaling: str = "Sub Div"  # or "Mul Add", or none
    is_half: bool = False
    is_raw: bool = True


def efficientnet_onnx(weights: BackboneWeights, style: Style | None = None) -> OnnxFile:
    """A described network as ONNX, with one more operator behind."""
    style = style or Style()
    file = pixels_only()
    names = {PIXELS: _scaled(file, style.scaling)}
    for name, value in (("zero", 0.0), ("six", 6.0)):
        constant(file, name, np.array(value, np.float32))
    for layer in weights.description.graph:
        inputs = [names[name] for name in layer.inputs]
        if isinstance(layer, Sum):
            names[layer.name] = file.add("Add", inputs, f"{layer.name}_out")
            continue
        assert isinstance(layer, Convolution)
        before, extra = _padded(file, layer, inputs[0], style.pads)
        for kind, array in (("w", weights.kernels[layer.name]), ("b", weights.biases[layer.name])):
            numbers = array.astype(np.float16) if style.is_half else array
            write = tensor if style.is_raw else unpacked
            file.tensors.append(write(f"{layer.name}.{kind}", numbers))
        strides, sides = [layer.stride] * 2, [layer.kernel] * 2
        out = file.add(
            "Conv", (before, f"{layer.name}.w", f"{layer.name}.b"), f"{layer.name}_conv",
            dilations=[1, 1], group=layer.groups, kernel_shape=sides, strides=strides, **extra,
        )  # fmt: skip
        if layer.activation == "relu6" and style.has_clip_inputs:
            out = file.add("Clip", (out, "zero", "six"), f"{layer.name}_clip")
        elif layer.activation == "relu6":
            out = file.add("Clip", (out,), f"{layer.name}_clip", min=0.0, max=6.0)
        names[layer.name] = file.add("Identity", (out,), f"{layer.name}_out")
    file.add("GlobalAveragePool", (names[weights.description.graph.layers[-1].name],), "pooled")
    return file


def _scaled(file: OnnxFile, scaling: str) -> str:
    numbers = {"Sub": 127.0, "Div": 128.0, "Mul": 1 / 128, "Add": -127 / 128}
    name = PIXELS
    for operator in scaling.split():
        constant(file, f"{operator}_by", np.array(numbers[operator], np.float32))
        name = file.add(operator, (name, f"{operator}_by"), f"{operator}_out")
    return name


def _padded(file: OnnxFile, layer: Convolution, before: str, how: str) -> tuple[str, Mapping[str, object]]:
    first, last = padding_of(layer)
    if how == "upper":
        return before, {"auto_pad": "SAME_UPPER"} if layer.padding == "same" else {}
    if how == "attribute" or first == last:
        return before, {"pads": [first, first, last, last]}
    pads = f"{layer.name}_pads"
    if how == "node":
        constant(file, pads, np.array([0, 0, first, first, 0, 0, last, last]))
    else:
        _computed_pads(file, pads, first, last)
    return file.add("Pad", (before, pads, ""), f"{layer.name}_padded", mode="constant"), {"pads": [0, 0, 0, 0]}


def _computed_pads(file: OnnxFile, pads: str, first: int, last: int) -> None:
    """As torch.onnx.export writes F.pad: pairs of the last axis first, filled up, turned around."""
    lowest, highest = -(1 << 63) + 1, -1
    for name, numbers in (
        ("four", [4]), ("given", [first, last, first, last]), ("pairs", [-1, 2]), ("from", [highest]),
        ("to", [lowest]), ("axes", [0]), ("steps", [-1]), ("flat", [-1]),
    ):  # fmt: skip
        constant(file, f"{pads}_{name}", np.array(numbers))
    file.add("ConstantOfShape", (f"{pads}_four",), f"{pads}_filling", value=np.array([0]))
    file.add("Concat", (f"{pads}_given", f"{pads}_filling"), f"{pads}_all", axis=0)
    file.add("Reshape", (f"{pads}_all", f"{pads}_pairs"), f"{pads}_paired", allowzero=0)
    file.add(
        "Slice", (f"{pads}_paired", *(f"{pads}_{n}" for n in ("from", "to", "axes", "steps"))), f"{pads}_turned"
    )
    file.add("Transpose", (f"{pads}_turned",), f"{pads}_across", perm=[1, 0])
    file.add("Reshape", (f"{pads}_across", f"{pads}_flat"), f"{pads}_list", allowzero=0)
    file.add("Cast", (f"{pads}_list",), pads, to=7)
