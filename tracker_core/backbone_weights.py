"""A backbone as plain data: its layers, what of them serves whom, and its weights. What a weight file holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tracker_core.backbone_graph import (
    CellGrid,
    Convolution,
    Layer,
    LayerGraph,
    Normalization,
    ResponseNormalization,
    WeightsError,
)

EXTRA_PREFIX = "matcher."
"""Begins the names of tensors of other networks that are kept with a backbone."""

_LARGEST_STRIDE = 16  # of a classifier's tap: input pixels between the cells of a box's window
_LARGEST_MARGIN = 256

__all__ = [
    "EXTRA_PREFIX",
    "BackboneDescription",
    "BackboneWeights",
    "ResponseNormalization",
    "Tap",
    "WeightsError",
]


@dataclass(frozen=True, slots=True)
class Tap:
    """A layer whose output is used, and how it is scaled: (output - mean) / deviation * gain.

    Attributes:
        layer: whose output.
        gain: factor on it.
        mean: of each channel, taken off; empty for none.
        deviation: of each channel, divided by; empty for none.
        is_smoothed: each cell is the mean of 3 x 3 first.
    """

    layer: str
    gain: float = 1.0
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()
    is_smoothed: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether nothing but the gain is to be done."""
        return not (self.mean or self.deviation or self.is_smoothed)


@dataclass(frozen=True, slots=True)
class BackboneDescription:
    """All of a backbone but its weights.

    Attributes:
        graph: its layers.
        localizer: serves the localiser, with a gain alone. Where it is a normalisation, the paper's details use
            what that reads.
        classifier: serve the classifier and box regression, side by side along the channels; strides to 16.
        margin: input pixels that a patch or map is cut wider on each side than its cells ask for, because layers
            that pad know less near an edge. Search regions are not: their window hides the edge.
        input_mean: subtracted from 0..255 RGB values ...
        input_scale: ... which are then multiplied by it.
        uses_int8: whether convolutions in whole numbers of eight bits are faster and good enough.

    Raises:
        WeightsError: what it says of taps and numbers does not fit the layers.
    """

    graph: LayerGraph
    localizer: Tap
    classifier: tuple[Tap, ...]
    margin: int = 0
    input_mean: float = 128.0
    input_scale: float = 1.0
    uses_int8: bool = True

    def __post_init__(self) -> None:
        channels, grids = self.graph.channels(), self.graph.grids()
        if not self.classifier:
            raise WeightsError("expected one tap or more for the classifier, got none")
        for tap in (self.localizer, *self.classifier):
            _check_tap(tap, channels[self.graph[tap.layer].name])
        if not self.localizer.is_plain:
            raise WeightsError("localiser: expected a tap with a gain alone, got one with more")
        for tap in self.classifier:
            stride = grids[tap.layer].stride
            if _LARGEST_STRIDE % stride:
                raise WeightsError(
                    f"{tap.layer}: expected a stride for the classifier that divides {_LARGEST_STRIDE}, "
                    f"got {stride}"
                )
        if not 0 <= self.margin <= _LARGEST_MARGIN:
            raise WeightsError(f"margin: expected 0 to {_LARGEST_MARGIN} pixels, got {self.margin}")
        if not math.isfinite(self.input_mean):
            raise WeightsError(f"input_mean: expected a number, got {self.input_mean}")
        _check_positive("input_scale", self.input_scale)

    @property
    def classifier_channels(self) -> int:
        """Of all taps together."""
        channels = self.graph.channels()
        return sum(channels[tap.layer] for tap in self.classifier)

    @property
    def normalization(self) -> ResponseNormalization | None:
        """The first local response normalisation; None where no layer is one."""
        return next((layer.response for layer in self.graph if isinstance(layer, Normalization)), None)

    def localizer_layer(self, *, is_normalized: bool) -> Layer:
        """The layer that serves the localiser, or what it reads where it is a normalisation that is not wanted."""
        layer = self.graph[self.localizer.layer]
        while isinstance(layer, Normalization) and not is_normalized:
            layer = self.graph[layer.input]
        return layer

    def folded_gains(self) -> dict[str, float]:
        """Gains that convolutions can do along: nothing else reads them, and a ReLU lets a factor through."""
        readers = self.graph.readers()
        used = [tap.layer for tap in (self.localizer, *self.classifier)]
        folded = {}
        for tap in self.classifier:
            layer = self.graph[tap.layer]
            is_homogeneous = isinstance(layer, Convolution) and layer.activation != "relu6"
            if is_homogeneous and tap.is_plain and not readers[tap.layer] and used.count(tap.layer) == 1:
                folded[tap.layer] = tap.gain
        return folded

    def grid_of(self, layer: str) -> CellGrid:
        """Where the cells of a layer look; WeightsError where there is no such layer."""
        return self.graph.grids()[self.graph[layer].name]


@dataclass(frozen=True, slots=True)
class BackboneWeights:
    """A described backbone with its frozen weights.

    Attributes:
        description: its layers and their use.
        kernels: convolution -> float32 (out, in per group, rows, columns), input channels in RGB order.
        biases: convolution -> float32 (out,).
        name: short name a user types.
        metadata: free text: source, licence, training, provenance, sha256.
        extra_tensors: of other networks that belong to this backbone, by name, each beginning with "matcher.".
    """

    description: BackboneDescription
    kernels: Mapping[str, NDArray[np.float32]]
    biases: Mapping[str, NDArray[np.float32]]
    name: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    extra_tensors: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for layer, shape in self.description.graph.kernel_shapes().items():
            kernel, bias = self.kernels.get(layer), self.biases.get(layer)
            found = None if kernel is None else kernel.shape
            if found != shape:
                raise WeightsError(f"{layer} kernel: expected shape {shape}, got {found}")
            found_bias = None if bias is None else bias.shape
            if found_bias != shape[:1]:
                raise WeightsError(f"{layer} bias: expected shape {shape[:1]}, got {found_bias}")
        for layer in self.description.graph.kernel_shapes():
            if not (np.isfinite(self.kernels[layer]).all() and np.isfinite(self.biases[layer]).all()):
                raise WeightsError(f"{layer}: weights contain NaN or infinity")
        for name, tensor in self.extra_tensors.items():
            if not name.startswith(EXTRA_PREFIX):
                raise WeightsError(f'{name:.80}: expected a name that begins with "{EXTRA_PREFIX}"')
            if not np.isfinite(tensor).all():
                raise WeightsError(f"{name}: contains NaN or infinity")


def _check_tap(tap: Tap, channels: int) -> None:
    _check_positive(f"{tap.layer} gain", tap.gain)
    for what, values in (("means", tap.mean), ("deviations", tap.deviation)):
        if values and len(values) != channels:
            raise WeightsError(f"{tap.layer}: expected {channels} {what} or none, got {len(values)}")
        if not all(math.isfinite(value) for value in values):
            raise WeightsError(f"{tap.layer}: expected {what} that are numbers, got NaN or infinity")
    if min(tap.deviation, default=1.0) <= 0:
        raise WeightsError(f"{tap.layer}: expected deviations above 0, got {min(tap.deviation)}")


def _check_positive(what: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise WeightsError(f"{what}: expected a number above 0, got {value}")
