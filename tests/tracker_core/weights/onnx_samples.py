"""ONNX files, written by a small writer of protocol buffers, and EfficientNet-Lite0 in one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tracker_core.backbone_graph import PIXELS, Convolution, Sum, padding_of
from tracker_core.backbone_weights import BackboneWeights

Array = NDArray[np.generic]
TYPES = {"float32": 1, "int32": 6, "int64": 7, "float16": 10, "float64": 11}


def varint(value: int) -> bytes:
    value %= 1 << 64
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def entry(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def tensor(name: str, array: Array, *, is_raw: bool = True, extra: bytes = b"") -> bytes:
    dims = b"".join(entry(1, side) for side in array.shape)
    if is_raw:
        numbers = entry(9, array.tobytes())
    elif array.dtype == np.float32:
        numbers = entry(4, array.tobytes())
    elif array.dtype == np.float16:
        numbers = entry(5, b"".join(varint(int(bits)) for bits in array.view(np.uint16).reshape(-1)))
    else:
        numbers = entry(7, b"".join(varint(int(number)) for number in array.reshape(-1)))
    return dims + entry(2, TYPES[array.dtype.name]) + entry(8, name) + numbers + extra


def attribute(name: str, value: object) -> bytes:
    if isinstance(value, bool | int):
        return entry(1, name) + entry(3, int(value)) + entry(20, 2)
    if isinstance(value, float):
        return entry(1, name) + varint(2 << 3 | 5) + np.float32(value).tobytes() + entry(20, 1)
    if isinstance(value, str):
        return entry(1, name) + entry(4, value) + entry(20, 3)
    if isinstance(value, np.ndarray):
        return entry(1, name) + entry(5, tensor("", value)) + entry(20, 4)
    assert isinstance(value, Sequence)
    return entry(1, name) + b"".join(entry(8, int(number)) for number in value) + entry(20, 7)


def node(operator: str, inputs: Sequence[str], output: str, **attributes: object) -> bytes:
    names = b"".join(entry(1, name) for name in inputs) + entry(2, output) + entry(4, operator)
    return names + b"".join(entry(5, attribute(name, value)) for name, value in attributes.items())


@dataclass
class OnnxFile:
    nodes: list[bytes] = field(default_factory=list)
    tensors: list[bytes] = field(default_factory=list)
    inputs: list[str] = field(default_factory=lambda: [PIXELS])
    opset: int = 17

    def add(self, operator: str, inputs: Sequence[str], output: str, **attributes: object) -> str:
        self.nodes.append(node(operator, inputs, output, **attributes))
        return output

    def constant(self, name: str, array: Array) -> str:
        return self.add("Constant", (), name, value=array)

    def data(self) -> bytes:
        graph = b"".join(entry(1, one) for one in self.nodes) + entry(2, "main")
        graph += b"".join(entry(5, one) for one in self.tensors)
        graph += b"".join(entry(11, entry(1, name)) for name in self.inputs)
        return entry(1, 8) + entry(2, "a test") + entry(7, graph) + entry(8, entry(1, "") + entry(2, self.opset))


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
    file = OnnxFile()
    names = {PIXELS: _scaled(file, style.scaling)}
    for name, value in (("zero", 0.0), ("six", 6.0)):
        file.constant(name, np.array(value, np.float32))
    for layer in weights.description.graph:
        inputs = [names[name] for name in layer.inputs]
        if isinstance(layer, Sum):
            names[layer.name] = file.add("Add", inputs, f"{layer.name}_out")
            continue
        assert isinstance(layer, Convolution)
        before, extra = _padded(file, layer, inputs[0], style.pads)
        for kind, array in (("w", weights.kernels[layer.name]), ("b", weights.biases[layer.name])):
            numbers = array.astype(np.float16) if style.is_half else array
            file.tensors.append(tensor(f"{layer.name}.{kind}", numbers, is_raw=style.is_raw))
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
        file.constant(f"{operator}_by", np.array(numbers[operator], np.float32))
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
        file.constant(pads, np.array([0, 0, first, first, 0, 0, last, last]))
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
        file.constant(f"{pads}_{name}", np.array(numbers))
    file.add("ConstantOfShape", (f"{pads}_four",), f"{pads}_filling", value=np.array([0]))
    file.add("Concat", (f"{pads}_given", f"{pads}_filling"), f"{pads}_all", axis=0)
    file.add("Reshape", (f"{pads}_all", f"{pads}_pairs"), f"{pads}_paired", allowzero=0)
    file.add(
        "Slice", (f"{pads}_paired", *(f"{pads}_{n}" for n in ("from", "to", "axes", "steps"))), f"{pads}_turned"
    )
    file.add("Transpose", (f"{pads}_turned",), f"{pads}_across", perm=[1, 0])
    file.add("Reshape", (f"{pads}_across", f"{pads}_flat"), f"{pads}_list", allowzero=0)
    file.add("Cast", (f"{pads}_list",), pads, to=7)
