"""Reads EfficientNet-Lite0's first eleven blocks from an ONNX file, as `torch.onnx.export` and others write it.

Batch normalisation must be folded into the convolutions, as exporters do for networks that no longer train. Later
blocks and the classifier are left aside. Layers that pad at stride 2 must do so as TensorFlow does for an even
size: by a Pad in front, in the convolution, or SAME_UPPER. Pixels are scaled by the graph (minus 127, over 128) or
not at all. Of other trunks an ONNX file does not say what serves whom.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracker_core.backbone_graph import PIXELS, Activation, Convolution, Layer, MaxPool, Padding, Sum, padding_of
from tracker_core.backbone_weights import BackboneDescription, BackboneWeights, WeightsError
from tracker_core.efficientnet_lite import efficientnet_lite0_description
from tracker_core.weights.onnx_constants import Constants
from tracker_core.weights.onnx_model import Node, OnnxModel, read_model

_NOT_PADDED = (0, 0, 0, 0)
_MAKES_NO_LAYER = ("Constant", "Identity", "Relu", "Clip")
_WANTED = (
    "expected EfficientNet-Lite0's first eleven blocks (other trunks: as .safetensors of this program, format 2)"
)


@dataclass(frozen=True, slots=True)
class _Value:
    """What a name stands for: a layer's output, with zeros around (before and behind: rows, columns)."""

    layer: str
    pads: tuple[int, ...] = _NOT_PADDED


def read_onnx(path: Path) -> BackboneWeights:
    """Read stem and blocks 0 to 10; WeightsError (without the file's name) where they are not there."""
    model = read_model(path.read_bytes())
    description = efficientnet_lite0_description()
    translation = _Translation(model)
    got = translation.run(len(description.graph.layers))
    names = _matched(translation.layers, description, got)
    translation.check_scaling(description)
    return BackboneWeights(
        description,
        kernels={names[layer]: kernel for layer, kernel in translation.kernels.items() if layer in names},
        biases={names[layer]: bias for layer, bias in translation.biases.items() if layer in names},
        name=path.stem,
        metadata={
            "source": "an ONNX file of EfficientNet-Lite0's blocks 0 to 10 (Tan and Le, EfficientNet, ICML 2019)",
            "licence": "that of the file's origin; the published weights: Apache-2.0",
            "architecture": "stem and eleven inverted residual blocks, ReLU6, padded as TensorFlow's SAME",
            "input": "RGB, 0..255, minus 127, over 128",
        },
    )


def _matched(layers: Sequence[Layer], description: BackboneDescription, got: str) -> dict[str, str]:
    """The file's layer -> ours, where all of ours are there in our order."""
    names = {PIXELS: PIXELS}
    for index, ours in enumerate(description.graph.layers):
        expected = _described(ours, ours.inputs)
        found = got
        if index < len(layers):
            theirs = layers[index]
            found = _described(theirs, tuple(names.get(name, name) for name in theirs.inputs))
            names[theirs.name] = ours.name
        if found != expected:
            raise WeightsError(f"{_WANTED}, there for {ours.name} {expected}; got {found}")
    return names


def _described(layer: Layer, inputs: tuple[str, ...]) -> str:
    after = " and ".join(sorted(inputs))
    if isinstance(layer, Convolution):
        return (
            f"a convolution of {layer.channels} channels, {layer.kernel} x {layer.kernel}, stride {layer.stride}, "
            f"{layer.groups} groups, padding {layer.padding}, activation {layer.activation}, after {after}"
        )
    if isinstance(layer, Sum):
        return f"the sum of {after}, activation {layer.activation}"
    return f"a {type(layer).__name__} after {after}"


class _Translation:
    """Nodes to layers, one by one.

    Attributes:
        layers: so far, named after their number.
        kernels: of convolutions, by the layer's name; so are `biases`.
    """

    def __init__(self, model: OnnxModel) -> None:
        if len(model.inputs) != 1:
            raise WeightsError(f"expected a graph with one input, the pixels, got {len(model.inputs)}")
        self.layers: list[Layer] = []
        self.kernels: dict[str, NDArray[np.float32]] = {}
        self.biases: dict[str, NDArray[np.float32]] = {}
        self._nodes = model.nodes
        self._constants = Constants(model)
        self._values = {model.inputs[0]: _Value(PIXELS)}
        self._scale, self._offset = 1.0, 0.0
        self._is_scaled = False
        self._operators = {
            "Conv": self._convolution,
            "MaxPool": self._max_pool,
            "Add": self._sum_or_scaling,
            "Sub": self._scaling,
            "Mul": self._scaling,
            "Div": self._scaling,
            "Relu": self._activation,
            "Clip": self._activation,
            "Identity": self._identity,
            "Pad": self._pad,
        }

    def run(self, enough: int) -> str:
        """Until there are enough layers or a node is not known; what came then, in words."""
        for node in self._nodes:
            if len(self.layers) >= enough and node.operator not in _MAKES_NO_LAYER:
                break
            if self._constants.take(node):
                continue
            translate = self._operators.get(node.operator)
            if translate is None:
                return f"the operator {node.operator!r:.60}"
            if not (node.inputs and node.outputs and node.outputs[0] and not any(node.outputs[1:])):
                raise WeightsError(f"{node.operator}: expected inputs and one output")
            try:
                translate(node)
            except WeightsError as error:
                raise WeightsError(f"{node.operator} to {node.outputs[0]!r:.80}: {error}") from error
        return "the end of the graph"

    def check_scaling(self, description: BackboneDescription) -> None:
        """WeightsError where the graph scales pixels otherwise than those for which the taps were measured."""
        mean, scale = description.input_mean, description.input_scale
        is_same = math.isclose(self._scale, scale, rel_tol=1e-3) and math.isclose(
            self._offset, -mean * scale, rel_tol=1e-3
        )
        if self._is_scaled and not is_same:
            raise WeightsError(
                f"expected pixels that the graph scales by {scale:g} and moves by {-mean * scale:g}, or leaves as "
                f"they are; got {self._scale:g} and {self._offset:g}"
            )

    def _value(self, name: str, *, may_be_padded: bool = False) -> _Value:
        if name not in self._values:
            raise WeightsError(f"{name!r:.80}: expected the output of an earlier layer behind its activation")
        value = self._values[name]
        if not may_be_padded and value.pads != _NOT_PADDED:
            raise WeightsError("expected zeros around a layer in front of convolutions alone")
        return value

    def _append(self, node: Node, layer: Layer) -> None:
        self.layers.append(layer)
        self._values[node.outputs[0]] = _Value(layer.name)

    def _convolution(self, node: Node) -> None:
        value = self._value(node.inputs[0], may_be_padded=True)
        if len(node.inputs) < 2:
            raise WeightsError("expected a kernel")
        kernel = self._floats(node.inputs[1])
        if kernel.ndim != 4 or kernel.shape[2] != kernel.shape[3]:
            raise WeightsError(f"expected a kernel of (out, in, side, side), got {kernel.shape}")
        channels, side = kernel.shape[0], kernel.shape[2]
        has_bias = len(node.inputs) > 2 and bool(node.inputs[2])
        bias = self._floats(node.inputs[2]) if has_bias else np.zeros(channels, np.float32)
        groups = node.attributes.get("group", 1)
        if not isinstance(groups, int):
            raise WeightsError("expected a whole number of groups")
        name = f"layer{len(self.layers)}"
        stride, padding = _window(node, side, value.pads)
        self._append(node, Convolution(name, value.layer, channels, side, stride, groups, padding))
        self.kernels[name], self.biases[name] = kernel, bias

    def _max_pool(self, node: Node) -> None:
        value = self._value(node.inputs[0])
        side = _equal(_integers(node, "kernel_shape", 2, ()))
        if node.attributes.get("ceil_mode", 0):
            raise WeightsError("expected windows that lie inside, got ceil_mode")
        stride, padding = _window(node, side, _NOT_PADDED)
        self._append(node, MaxPool(f"layer{len(self.layers)}", value.layer, side, stride, padding))

    def _sum_or_scaling(self, node: Node) -> None:
        if any(name in self._constants for name in node.inputs):
            self._scaling(node)
            return
        inputs = tuple(self._value(name).layer for name in node.inputs)
        self._append(node, Sum(f"layer{len(self.layers)}", inputs))

    def _scaling(self, node: Node) -> None:
        """Of pixels, by one number."""
        names, operator = node.inputs, node.operator
        if operator in ("Add", "Mul") and names[0] in self._constants:
            names = names[::-1]
        if len(names) != 2 or self._value(names[0]).layer != PIXELS:
            raise WeightsError("expected numbers to scale pixels alone, before any layer")
        number = self._constants.scalar(names[1])
        if not math.isfinite(number) or (operator == "Div" and number == 0):
            raise WeightsError(f"expected a number to scale pixels, got {number}")
        if operator in ("Mul", "Div"):
            factor = number if operator == "Mul" else 1 / number
            self._scale, self._offset = self._scale * factor, self._offset * factor
        else:
            self._offset += number if operator == "Add" else -number
        # Whoever read pixels that were scaled otherwise would go unnoticed.
        del self._values[node.inputs[0] if node.inputs[0] in self._values else node.inputs[1]]
        if self.layers:
            raise WeightsError("expected pixels to be scaled before the first layer")
        self._is_scaled = True
        self._values[node.outputs[0]] = _Value(PIXELS)

    def _activation(self, node: Node) -> None:
        """Joins the layer before, which nobody can then read without it."""
        layer = self.layers[-1] if self.layers else None
        value = self._value(node.inputs[0])
        if not isinstance(layer, Convolution | Sum) or layer.name != value.layer or layer.activation != "none":
            raise WeightsError("expected an activation right behind its convolution or sum")
        activation: Activation = "relu" if node.operator == "Relu" else "relu6"
        if activation == "relu6" and self._bounds(node) != [0, 6]:
            raise WeightsError(f"expected bounds of 0 and 6, got {self._bounds(node)}")
        self._values = {name: known for name, known in self._values.items() if known.layer != layer.name}
        self.layers[-1] = replace(layer, activation=activation)
        self._values[node.outputs[0]] = value

    def _bounds(self, node: Node) -> list[object]:
        """As inputs since version 11, before as attributes."""
        named = [self._constants.scalar(name) if name else None for name in node.inputs[1:3]]
        return [*named] or [node.attributes.get("min"), node.attributes.get("max")]

    def _identity(self, node: Node) -> None:
        self._values[node.outputs[0]] = self._value(node.inputs[0], may_be_padded=True)

    def _pad(self, node: Node) -> None:
        """Zeros around rows and columns, for the convolution behind."""
        value = self._value(node.inputs[0])
        inputs, attributes = node.inputs, node.attributes
        given = len(inputs) > 1
        pads = self._constants.integers(inputs[1]) if given else _integers(node, "pads", 8, ())
        has_filler = len(inputs) > 2 and bool(inputs[2])
        filler = self._constants.scalar(inputs[2]) if has_filler else attributes.get("value", 0.0)
        if attributes.get("mode", "constant") != "constant" or filler != 0 or any(inputs[3:]):
            raise WeightsError("expected zeros around")
        if len(pads) != 8 or min(pads) < 0 or any(pads[axis] for axis in (0, 1, 4, 5)):
            raise WeightsError(f"expected zeros around rows and columns alone, got {pads}")
        self._values[node.outputs[0]] = _Value(value.layer, (pads[2], pads[3], pads[6], pads[7]))

    def _floats(self, name: str) -> NDArray[np.float32]:
        numbers = self._constants.array(name)
        if numbers.dtype != np.float32:
            raise WeightsError(f"{name!r:.80}: expected float32 or float16 numbers, got whole ones")
        return numbers.astype(np.float32, copy=False)


def _window(node: Node, side: int, pads_before: tuple[int, ...]) -> tuple[int, Padding]:
    """Stride and padding, where they are of a kind that a backbone has."""
    stride = _equal(_integers(node, "strides", 2, (1, 1)))
    if _integers(node, "dilations", 2, (1, 1)) != (1, 1):
        raise WeightsError("expected no dilation")
    if _integers(node, "kernel_shape", 2, (side, side)) != (side, side):
        raise WeightsError(f"expected a kernel_shape of {side} x {side}, as the kernel has")
    if not 1 <= stride <= side:
        raise WeightsError(f"expected a stride of 1 to the kernel's {side}, got {stride}")
    same = padding_of(MaxPool("window", PIXELS, side, stride, "same"))
    mode = node.attributes.get("auto_pad", "NOTSET")
    pads = _integers(node, "pads", 4, _NOT_PADDED) if mode == "NOTSET" else _NOT_PADDED
    pads = tuple(first + second for first, second in zip(pads, pads_before, strict=True))
    if mode == "SAME_UPPER" and pads == _NOT_PADDED:
        return stride, "same" if sum(same) else "none"
    if mode not in ("NOTSET", "VALID"):
        raise WeightsError(f"expected auto_pad NOTSET, VALID or SAME_UPPER without more zeros, got {mode!s:.40}")
    if pads == _NOT_PADDED:
        return stride, "none"
    if pads != (same[0], same[0], same[1], same[1]):
        raise WeightsError(f"expected paddings of none or of {same[0]} before and {same[1]} behind, got {pads}")
    return stride, "same"


def _integers(node: Node, name: str, count: int, absent: tuple[int, ...]) -> tuple[int, ...]:
    """An attribute of so many whole numbers."""
    value = node.attributes.get(name, absent)
    whole = tuple(number for number in value if isinstance(number, int)) if isinstance(value, tuple) else ()
    if len(whole) != count:
        raise WeightsError(f"expected {count} whole numbers as {name}, got {value!s:.80}")
    return whole


def _equal(pair: tuple[int, ...]) -> int:
    if pair[0] != pair[1]:
        raise WeightsError(f"expected the same for rows and columns, got {pair[0]} and {pair[1]}")
    return pair[0]
