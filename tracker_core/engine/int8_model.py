"""Described networks in whole numbers of eight bits as ONNX models.

Layers lie channels last, as onnxruntime's own operators (domain `com.microsoft`) take them: with ONNX's own, which
lie channels first, every layer is turned around twice, and nothing is won over floating point.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray

from tracker_core.backbone_graph import PIXELS, Convolution, Sum
from tracker_core.engine.network_model import FRAMES, activated, give_outputs, window_of
from tracker_core.engine.onnx_encoding import MICROSOFT, OnnxFile
from tracker_core.engine.session import OnnxSession
from tracker_core.int8_convolution import LARGEST_INPUT, Scale, WeightLimits
from tracker_core.int8_rounding import Int8Rounding, UnfitForInt8Error

_LARGEST_BIAS = 2**31 - 1


def int8_model(rounding: Int8Rounding, layers: Sequence[str]) -> bytes:
    """What `backbone_model` computes, within some hundredths.

    Raises:
        UnfitForInt8Error: a layer is of a kind that is not written here.
    """
    writer = _Writer(rounding)
    for layer in rounding.layers:
        if isinstance(layer, Convolution) and layer.name in rounding.scales:
            writer.convolve(layer)
        elif isinstance(layer, Convolution) and layer.kernel == layer.groups == layer.stride == 1:
            writer.project(layer)
        elif isinstance(layer, Sum):
            writer.add(layer)
        else:
            raise UnfitForInt8Error(f"expected convolutions and sums, got {layer.name}")
    return writer.model(layers)


class _Writer:
    """Values of a layer are called as it is, its whole numbers `NAME whole`."""

    def __init__(self, rounding: Int8Rounding) -> None:
        self._file = OnnxFile()
        self._file.read(FRAMES, "uint8", ("n", "height", "width", 3))
        self._rounding = rounding
        self._has_values: set[str] = set()
        for name, scale in rounding.scales.items():
            self._hold_scale(name, scale)

    def convolve(self, layer: Convolution) -> None:
        """Whole numbers to whole numbers; what they cannot hold is what the activation cuts off."""
        kernel, steps, bias = self._rounding.kernel(layer)
        unit = self._rounding.scales[layer.input].unit
        whole_bias = (bias.double() / (unit * steps.double())).round().clamp(-_LARGEST_BIAS, _LARGEST_BIAS)
        name = layer.name
        inputs = (
            *self._whole(layer.input),
            self._file.hold(f"{name} kernel", kernel.contiguous().numpy()),
            *self._hold_steps(name, steps),
            *self._scale_names(name),
            self._file.hold(f"{name} bias", whole_bias.to(torch.int32).numpy()),
        )
        self._file.add(
            "QLinearConv",
            inputs,
            f"{name} whole",
            domain=MICROSOFT,
            channels_last=1,
            group=layer.groups,
            **window_of(layer),
        )

    def project(self, layer: Convolution) -> None:
        """A convolution of 1 x 1 to values: a product of matrices."""
        kernel, steps, bias = self._rounding.kernel(layer)
        name = layer.name
        whole, unit, zero = self._whole(layer.input)
        matrix = self._file.hold(f"{name} kernel", np.ascontiguousarray(kernel[:, :, 0, 0].numpy().T))
        steps_name, zeros_name = self._hold_steps(name, steps)
        inputs = (whole, matrix, unit, steps_name, zero, zeros_name, self._file.hold(f"{name} bias", bias.numpy()))
        product = f"{name} product"
        self._file.add("MatMulIntegerToFloat", inputs, product, domain=MICROSOFT)
        self._finish(name, activated(self._file, product, layer.activation))

    def add(self, layer: Sum) -> None:
        """Values to values, and to whole numbers where a convolution reads them."""
        values = [self._values(name) for name in layer.inputs]
        total = self._file.add("Sum", values, f"{layer.name} sum")
        self._finish(layer.name, activated(self._file, total, layer.activation))

    def model(self, layers: Sequence[str]) -> bytes:
        """The file, with these layers' values as outputs, channels first."""
        for name in layers:
            self._file.add("Transpose", (self._values(name),), name, perm=(0, 3, 1, 2))
        give_outputs(self._file, self._rounding.description, layers)
        return self._file.data()

    def _finish(self, name: str, values: str) -> None:
        self._file.add("Identity", (values,), f"{name} values")
        self._has_values.add(name)
        if name in self._rounding.scales:
            self._file.add("QuantizeLinear", (f"{name} values", *self._scale_names(name)), f"{name} whole")

    def _values(self, name: str) -> str:
        if name not in self._has_values:
            self._file.add("DequantizeLinear", self._whole(name), f"{name} values")
            self._has_values.add(name)
        return f"{name} values"

    def _whole(self, name: str) -> tuple[str, str, str]:
        return (FRAMES if name == PIXELS else f"{name} whole", *self._scale_names(name))

    def _hold_steps(self, name: str, steps: torch.Tensor) -> tuple[str, str]:
        zeros = np.zeros(len(steps), np.int8)
        return self._file.hold(f"{name} steps", steps.numpy()), self._file.hold(f"{name} zeros", zeros)

    def _hold_scale(self, name: str, scale: Scale) -> None:
        unit, zero = self._scale_names(name)
        self._file.hold(unit, np.array(scale.unit, np.float32))
        self._file.hold(zero, np.array(scale.zero, np.uint8))

    @staticmethod
    def _scale_names(name: str) -> tuple[str, str]:
        return f"{name} unit", f"{name} zero"


_PROBED = 64  # channels


@cache
def engine_limits() -> WeightLimits:
    """How large weights may be in these models here: processors without VNNI add pairs of products in 16 bits."""
    every, alternate = np.ones(_PROBED, bool), np.arange(_PROBED) % 2 == 0
    dense = next((weight for weight in (127, 63) if _is_exact(weight, every)), 0)
    return WeightLimits(dense, 127, has_adjacent_pairs=_is_exact(127, alternate))


def _is_exact(weight: int, is_used: NDArray[np.bool_]) -> bool:
    """Whether white pixels of many channels give the right sums with such a weight in some of them."""
    file = OnnxFile()
    file.read(FRAMES, "uint8", (1, 4, 4, _PROBED))
    matrix = np.repeat((weight * is_used).astype(np.int8)[:, None], _PROBED, axis=1)
    held: dict[str, NDArray[np.generic]] = {
        "one": np.array(1, np.float32),
        "zero": np.array(0, np.uint8),
        "matrix": matrix,
        "kernel": matrix.T[:, :, None, None],
        "ones": np.ones(_PROBED, np.float32),
        "zeros": np.zeros(_PROBED, np.int8),
        "many": np.array(_PROBED * 127, np.float32),
    }
    for name, array in held.items():
        file.hold(name, array)
    read = (FRAMES, "one", "zero")
    file.add("MatMulIntegerToFloat", (FRAMES, "matrix", "one", "ones", "zero", "zeros"), "sums", domain=MICROSOFT)
    inputs = (*read, "kernel", "ones", "zeros", "many", "zero")
    file.add("QLinearConv", inputs, "whole", domain=MICROSOFT, channels_last=1, kernel_shape=(1, 1))
    file.give("sums", "float32", (1, 4, 4, _PROBED))
    file.give("whole", "uint8", (1, 4, 4, _PROBED))
    white = np.full((1, 4, 4, _PROBED), LARGEST_INPUT, np.uint8)
    found = OnnxSession(file.data(), threads=1).run({FRAMES: white})
    expected = LARGEST_INPUT * weight * int(is_used.sum())
    rounded = round(expected / (_PROBED * 127))
    return bool((found["sums"] == expected).all() and (found["whole"] == rounded).all())
