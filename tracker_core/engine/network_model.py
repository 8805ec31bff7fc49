"""Described networks as ONNX models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from tracker_core.backbone_graph import (
    PIXELS,
    Activation,
    Convolution,
    Layer,
    LayerGraph,
    MaxPool,
    Normalization,
    Sum,
    padding_of,
)
from tracker_core.backbone_weights import BackboneDescription
from tracker_core.engine.onnx_encoding import OnnxFile
from tracker_core.int8_convolution import RELU6_LIMIT
from tracker_core.networks import Backbone
from tracker_core.tap_reading import scaling_of

FRAMES = "frames"
"""What the model is given: (n, height, width, 3) uint8 RGB."""

_RELU6 = {"low": 0.0, "high": RELU6_LIMIT}


def has_model(backbone: Backbone, layers: Sequence[str]) -> bool:
    """Whether these layers can be written: no response normalisation, no gain that a convolution does along."""
    graph = backbone.description.graph
    needed = graph.needed_for(layers)
    has_norms = any(isinstance(layer, Normalization) for layer in graph if layer.name in needed)
    return not has_norms and not backbone.description.folded_gains().keys() & set(layers)


def backbone_model(backbone: Backbone, layers: Sequence[str], *, measured: Sequence[str] = ()) -> bytes:
    """What `Backbone.outputs` and `TapReader.scaled` compute, as an ONNX file.

    Frames go in; one (n, c, h, w) float32 output comes out per layer, and per tap under its `tap_name`.

    Args:
        backbone: whose layers are written.
        layers: whose values come out.
        measured: of which only extremes and means of each channel come out (`range_names`).
    """
    description = backbone.description
    file = OnnxFile()
    file.read(FRAMES, "uint8", ("n", "height", "width", 3))
    for name, number in (("mean", description.input_mean), ("scale", description.input_scale)):
        file.hold(name, np.array(number, np.float32))
    values = file.add("Cast", (FRAMES,), "values", to=1)
    channels_first = file.add("Transpose", (values,), "channels_first", perm=[0, 3, 1, 2])
    file.add("Mul", (file.add("Sub", (channels_first, "mean"), "centred"), "scale"), PIXELS)
    needed = description.graph.needed_for({*layers, *measured})
    for layer in description.graph:
        if layer.name in needed:
            _write(file, layer, backbone)
    give_outputs(file, description, layers)
    for name in measured:
        _measure(file, description.graph, name)
    return file.data()


def range_names(graph: LayerGraph, layer: str) -> dict[str, str]:
    """The outputs that measure a layer, each (n, c, 1, 1): "largest", "mean", and "negative least".

    An activated layer has no "negative least": it cannot be below 0.
    """
    known = graph[layer]
    is_activated = isinstance(known, Convolution | Sum) and known.activation != "none"
    kinds = ("largest", "mean") if is_activated else ("largest", "mean", "negative least")
    return {kind: f"{layer} {kind}" for kind in kinds}


def _measure(file: OnnxFile, graph: LayerGraph, name: str) -> None:
    """With pools: other reductions take several times as long."""
    for kind, output in range_names(graph, name).items():
        read = file.add("Neg", (name,), f"{name} negative") if kind == "negative least" else name
        file.add("GlobalAveragePool" if kind == "mean" else "GlobalMaxPool", (read,), output)
        file.give(output, "float32", ("n", graph.channels()[name], 1, 1))


def _write(file: OnnxFile, layer: Layer, backbone: Backbone) -> None:
    match layer:
        case Convolution():
            kernel, bias = backbone.parameters_of(layer.name)
            inputs = (
                layer.input,
                file.hold(f"{layer.name}.weight", kernel.contiguous().numpy()),
                file.hold(f"{layer.name}.bias", bias.numpy()),
            )
            linear = file.add("Conv", inputs, f"{layer.name} linear", group=layer.groups, **window_of(layer))
            file.add("Identity", (activated(file, linear, layer.activation),), layer.name)
        case MaxPool():
            file.add("MaxPool", (layer.input,), layer.name, **window_of(layer))
        case Normalization():
            raise ValueError(f"{layer.name}: expected no response normalisation (see has_model)")
        case _:
            total = file.add("Sum", layer.inputs, f"{layer.name} sum")
            file.add("Identity", (activated(file, total, layer.activation),), layer.name)


class Window(TypedDict):
    """Attributes of an operator that goes over its input in windows."""

    kernel_shape: tuple[int, int]
    strides: tuple[int, int]
    pads: tuple[int, int, int, int]


def window_of(layer: Convolution | MaxPool) -> Window:
    """The layer's window, as ONNX has it."""
    before, behind = padding_of(layer)
    return Window(
        kernel_shape=(layer.kernel,) * 2, strides=(layer.stride,) * 2, pads=(before, before, behind, behind)
    )


def tap_name(layer: str) -> str:
    """The output that holds a layer as the classifier takes it; see `TapReader.scaled`."""
    return f"{layer} tap"


def give_outputs(file: OnnxFile, description: BackboneDescription, layers: Sequence[str]) -> None:
    """Outputs: these layers as they are, and smoothed and scaled where they are the classifier's."""
    channels = description.graph.channels()
    shapes = {name: ("n", channels[name], f"{name} rows", f"{name} columns") for name in layers}
    for name, shape in shapes.items():
        file.give(name, "float32", shape)
    for tap in description.classifier:
        if tap.layer not in shapes:
            continue
        x = tap.layer
        if tap.is_smoothed:
            x = file.add("AveragePool", (x,), f"{x} smooth", kernel_shape=(3, 3), pads=(1, 1, 1, 1))
        factor, added = (
            file.hold(f"{tap.layer} {name}", values.view(-1, 1, 1).numpy())
            for name, values in zip(("factor", "added"), scaling_of(tap), strict=True)
        )
        file.add("Add", (file.add("Mul", (x, factor), f"{x} scaled"), added), tap_name(tap.layer))
        file.give(tap_name(tap.layer), "float32", shapes[tap.layer])


def activated(file: OnnxFile, x: str, activation: Activation) -> str:
    """The activation's output, or what it reads where there is none."""
    if activation == "relu":
        return file.add("Relu", (x,), f"{x} relu")
    if activation == "relu6":
        bounds = [file.hold(f"{x} {name}", np.array(number, np.float32)) for name, number in _RELU6.items()]
        return file.add("Clip", (x, *bounds), f"{x} relu6")
    return x
