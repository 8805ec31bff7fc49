"""A backbone's layers as data: what reads what, and where each layer's cells look.

Layers come in the order in which they are computed, and each names what it reads: the pixels or earlier layers.
Positions are input pixels measured in edges: the first pixel's middle is at 0.5.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

PIXELS = "pixels"
"""What a first layer reads."""

Padding = Literal["none", "same"]
Activation = Literal["none", "relu", "relu6"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")  # no dot: tensors are named layer.weight
# Far above any trunk that would be quick enough for tracking; a damaged file asks for less than it could.
_MAX_LAYERS = 400
_MAX_CHANNELS = 4096
_MAX_KERNEL = 15
_MAX_STRIDE = 64
_MAX_WEIGHTS = 1 << 24
_PROBED_SIDES = (107, 171, 203)  # input sides for which the parts of a sum must have one size


class WeightsError(Exception):
    """A weight file that cannot be used; the message names the file, what was expected and what was found."""


@dataclass(frozen=True, slots=True)
class ResponseNormalization:
    """Local response normalisation across channels: y = x / (k + alpha / size * sum of size squares) ** beta.

    `alpha` is PyTorch's and Caffe's (divided by `size`); MatConvNet stores alpha / size.
    """

    size: int
    alpha: float
    beta: float
    k: float

    def check(self) -> None:
        """Raise WeightsError for numbers that no local response normalisation can have."""
        is_finite = all(math.isfinite(value) for value in (self.alpha, self.beta, self.k))
        if not (self.size >= 1 and self.k > 0 and is_finite):
            raise WeightsError(f"expected finite numbers, size 1 or more and k above 0, got {self}")


@dataclass(frozen=True, slots=True)
class Convolution:
    """A convolution with bias and what follows it.

    Attributes:
        channels: that come out.
        groups: 1, or as many as channels come in and go out (depthwise), or between.
        padding: zeros around: none, or "same", (kernel - stride) of them, the smaller half before.
    """

    name: str
    input: str
    channels: int
    kernel: int
    stride: int = 1
    groups: int = 1
    padding: Padding = "none"
    activation: Activation = "none"

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.input,)


@dataclass(frozen=True, slots=True)
class MaxPool:
    """The largest of kernel x kernel cells; what pads never wins."""

    name: str
    input: str
    kernel: int
    stride: int = 1
    padding: Padding = "none"

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.input,)


@dataclass(frozen=True, slots=True)
class Sum:
    """Layers of one shape added up (a residual), and what follows."""

    name: str
    inputs: tuple[str, ...]
    activation: Activation = "none"


@dataclass(frozen=True, slots=True)
class Normalization:
    """Local response normalisation of a layer."""

    name: str
    input: str
    response: ResponseNormalization

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.input,)


Layer = Convolution | MaxPool | Sum | Normalization


@dataclass(frozen=True, slots=True)
class CellGrid:
    """Where the cells of a layer look along either axis.

    Attributes:
        stride: input pixels from cell to cell.
        first: centre of cell 0.
    """

    stride: int
    first: float

    def cell_of(self, position: float) -> float:
        """Input position -> cell, fractions between."""
        return (position - self.first) / self.stride

    def position_of(self, cell: float) -> float:
        """Cell -> input position of its centre."""
        return self.first + self.stride * cell


def padding_of(layer: Convolution | MaxPool) -> tuple[int, int]:
    """Cells added before and behind; at stride 2 whatever the size, so that geometry does not depend on it."""
    if layer.padding == "none":
        return 0, 0
    added = layer.kernel - layer.stride
    return added // 2, added - added // 2


@dataclass(frozen=True, slots=True)
class LayerGraph:
    """Layers that fit together.

    Attributes:
        layers: each behind what it reads.

    Raises:
        WeightsError: they do not fit; the message says where.
    """

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.layers) <= _MAX_LAYERS:
            raise WeightsError(f"expected 1 to {_MAX_LAYERS} layers, got {len(self.layers)}")
        self._check_names()
        channels: dict[str, int] = {PIXELS: 3}
        for layer in self.layers:
            _check_layer(layer, channels)
            channels[layer.name] = _channels(layer, channels)
        weights = sum(math.prod(shape) for shape in self.kernel_shapes().values())
        if weights > _MAX_WEIGHTS:
            raise WeightsError(f"expected at most {_MAX_WEIGHTS:,} weights in all kernels, got {weights:,}")
        grids = self.grids()
        for name, grid in grids.items():
            if grid.stride > _MAX_STRIDE:
                raise WeightsError(f"{name}: expected a stride of at most {_MAX_STRIDE} pixels, got {grid.stride}")
        sides = [self.sides(side) for side in _PROBED_SIDES]
        for layer in self.layers:
            if isinstance(layer, Sum):
                _check_sum(layer, channels, grids, sides)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def __getitem__(self, name: str) -> Layer:
        """The layer of a name; WeightsError where there is none."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        known = ", ".join(layer.name for layer in self.layers)
        raise WeightsError(f'expected a layer, got "{name:.40}"; there are {known:.200}')

    @property
    def convolutions(self) -> tuple[Convolution, ...]:
        """In order."""
        return tuple(layer for layer in self.layers if isinstance(layer, Convolution))

    @property
    def is_padded(self) -> bool:
        """Whether any layer adds cells around, so that a map's edge differs from its middle."""
        return any(isinstance(layer, Convolution | MaxPool) and layer.padding != "none" for layer in self.layers)

    def channels(self) -> dict[str, int]:
        """Of every layer, and of the pixels."""
        found: dict[str, int] = {PIXELS: 3}
        for layer in self.layers:
            found[layer.name] = _channels(layer, found)
        return found

    def kernel_shapes(self) -> dict[str, tuple[int, int, int, int]]:
        """(out, in per group, rows, columns) of every convolution."""
        channels = self.channels()
        return {
            layer.name: (layer.channels, channels[layer.input] // layer.groups, layer.kernel, layer.kernel)
            for layer in self.convolutions
        }

    def grids(self) -> dict[str, CellGrid]:
        """Where the cells of every layer look."""
        found = {PIXELS: CellGrid(1, 0.5)}
        for layer in self.layers:
            before = found[layer.inputs[0]]
            if isinstance(layer, Convolution | MaxPool):
                moved = (layer.kernel - 1) / 2 - padding_of(layer)[0]
                found[layer.name] = CellGrid(before.stride * layer.stride, before.first + before.stride * moved)
            else:
                found[layer.name] = before
        return found

    def sides(self, side: int) -> dict[str, int]:
        """Cells of every layer along an axis of so many pixels."""
        found = {PIXELS: side}
        for layer in self.layers:
            count = found[layer.inputs[0]]
            if isinstance(layer, Convolution | MaxPool):
                count = (count + sum(padding_of(layer)) - layer.kernel) // layer.stride + 1
            found[layer.name] = max(0, count)
        return found

    def needed_for(self, names: Iterable[str]) -> set[str]:
        """The layers that must be computed for some, and those."""
        needed = set(names)
        for layer in reversed(self.layers):
            if layer.name in needed:
                needed.update(layer.inputs)
        return needed

    def readers(self) -> dict[str, list[Layer]]:
        """Who reads each layer."""
        found: dict[str, list[Layer]] = {name: [] for name in (PIXELS, *(layer.name for layer in self.layers))}
        for layer in self.layers:
            for name in layer.inputs:
                found[name].append(layer)
        return found

    def _check_names(self) -> None:
        every = [layer.name for layer in self.layers]
        known = {PIXELS}
        for layer in self.layers:
            if not _NAME.fullmatch(layer.name) or layer.name == PIXELS:
                raise WeightsError(f'expected a layer\'s name of letters, digits and "_", got "{layer.name:.80}"')
            if layer.name in known:
                raise WeightsError(f'expected different names, got two layers "{layer.name}"')
            for name in layer.inputs:
                if name not in known:
                    where = "that comes later or is itself" if name in every else "that does not exist"
                    raise WeightsError(f'{layer.name}: expected to read earlier layers, got "{name:.80}" {where}')
            known.add(layer.name)


def _channels(layer: Layer, channels: Mapping[str, int]) -> int:
    return layer.channels if isinstance(layer, Convolution) else channels[layer.inputs[0]]


def _check_layer(layer: Layer, channels: Mapping[str, int]) -> None:
    if isinstance(layer, Normalization):
        layer.response.check()
    if isinstance(layer, Convolution | Sum) and layer.activation not in get_args(Activation):
        raise WeightsError(
            f"{layer.name}: expected an activation of {get_args(Activation)}, got {layer.activation}"
        )
    if isinstance(layer, Convolution | MaxPool):
        _check_window(layer)
    if isinstance(layer, Convolution):
        come_in = channels[layer.input]
        if not 1 <= layer.channels <= _MAX_CHANNELS:
            raise WeightsError(f"{layer.name}: expected 1 to {_MAX_CHANNELS} channels, got {layer.channels}")
        if layer.groups < 1 or come_in % layer.groups or layer.channels % layer.groups:
            raise WeightsError(
                f"{layer.name}: expected groups that divide {come_in} and {layer.channels} channels, "
                f"got {layer.groups}"
            )


def _check_window(layer: Convolution | MaxPool) -> None:
    if not 1 <= layer.kernel <= _MAX_KERNEL:
        raise WeightsError(f"{layer.name}: expected a kernel of 1 to {_MAX_KERNEL} cells, got {layer.kernel}")
    if layer.padding not in get_args(Padding):
        raise WeightsError(f"{layer.name}: expected a padding of {get_args(Padding)}, got {layer.padding}")
    largest = layer.kernel if layer.padding == "same" else _MAX_STRIDE
    if not 1 <= layer.stride <= largest:
        raise WeightsError(f"{layer.name}: expected a stride of 1 to {largest}, got {layer.stride}")


def _check_sum(
    layer: Sum, channels: Mapping[str, int], grids: Mapping[str, CellGrid], sides: list[dict[str, int]]
) -> None:
    if len(layer.inputs) < 2:
        raise WeightsError(f"{layer.name}: expected two layers or more to add, got {len(layer.inputs)}")
    shapes = {(channels[name], grids[name], *(known[name] for known in sides)) for name in layer.inputs}
    if len(shapes) > 1:
        described = ", ".join(
            f"{name} of {channels[name]} channels at stride {grids[name].stride}, first at {grids[name].first:g}"
            for name in layer.inputs
        )
        raise WeightsError(f"{layer.name}: expected parts of one shape, got {described}")
