"""The networks: a described backbone, frozen, and small heads that are learned online. Source: paper 3.1, 3.2."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from threading import Lock
from typing import Literal

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import nn

from tracker_core.backbone_graph import (
    PIXELS,
    CellGrid,
    Convolution,
    Layer,
    MaxPool,
    Normalization,
    Sum,
    padding_of,
)
from tracker_core.backbone_weights import BackboneWeights
from tracker_core.feature_map import CELL_STEP, WINDOW_CELLS, Stride, window_features, window_grid, window_means
from tracker_core.layer_execution import LocalResponseNorm, Schedule, activated_, convolved, pooled
from tracker_core.tap_reading import TapReader

HeadInput = Literal["cells", "pooled windows", "flat windows"]
"""What a head judges: each cell, or windows of nine cells, whose features are averaged or taken side by side."""

PATCH_SIZE = 107  # input pixels of one window with its context (paper 3.1)
_GLOBAL_GENERATOR = Lock()
_GAP_WIDTHS = (512, 128)  # hidden layers of the classifier's heads (paper 3.2, MDNet)
_FULLY_CONNECTED_WIDTHS = (512, 512)


class Backbone:
    """A frozen backbone on one device, in one precision.

    Attributes:
        description: its layers and their use.
        device: where it runs.
        dtype: of the convolutions and of what comes out.
        localizer_gain: factor on the localiser's features.
        reader: reads what windows hold off the classifier's taps.
    """

    def __init__(
        self,
        weights: BackboneWeights,
        *,
        device: torch.device,
        dtype: torch.dtype,
        patch_size: int = PATCH_SIZE,
    ) -> None:
        self.description = weights.description
        self.device = device
        self.dtype = dtype
        self.localizer_gain = weights.description.localizer.gain
        self.reader = TapReader(weights.description, patch_size=patch_size, device=device)
        graph = weights.description.graph
        self._schedules = {is_dense: Schedule.of(graph, is_dense=is_dense) for is_dense in (False, True)}
        self._gains = weights.description.folded_gains()  # a gain after a ReLU is one before it
        self._kernels = {
            layer: (self._gains.get(layer, 1.0) * torch.tensor(weights.kernels[layer], device=device))
            .to(dtype)
            .contiguous(memory_format=torch.channels_last)
            for layer in graph.kernel_shapes()
        }
        self._biases = {
            layer: (self._gains.get(layer, 1.0) * torch.tensor(weights.biases[layer], device=device)).to(dtype)
            for layer in graph.kernel_shapes()
        }
        # On a CPU the normalisation in bfloat16 saves half of its time; on a GPU float32 costs next to nothing.
        norm_dtype = dtype if device.type == "cpu" else torch.float32
        channels = graph.channels()
        self._norms = {
            layer.name: LocalResponseNorm(layer.response, channels[layer.name], device=device, dtype=norm_dtype)
            for layer in graph
            if isinstance(layer, Normalization)
        }

    @torch.no_grad()
    def outputs(self, pixels: torch.Tensor, layers: Sequence[str]) -> dict[str, torch.Tensor]:
        """What some layers give for (n, height, width, 3) RGB 0..255: (n, c, h, w) each, in `dtype`.

        Only what they need is computed. `grid_of` says where their cells look. WeightsError for an unknown name.
        """
        names = [self.description.graph[name].name for name in layers]
        found = self._run(pixels, names, is_dense=False)
        return {name: found[name] / self._gains[name] if name in self._gains else found[name] for name in names}

    def grid_of(self, layer: str) -> CellGrid:
        """Where the cells of a layer look: stride and cell 0's centre, in input pixels (edges)."""
        return self.description.grid_of(layer)

    def localizer_map(self, pixels: torch.Tensor, *, is_normalized: bool) -> torch.Tensor:
        """Localiser features of (n, side, side, 3) RGB 0..255 as (n, rows, columns, c), without their gain.

        Args:
            pixels: uint8 or float, channels last.
            is_normalized: behind the response normalisation, if there is one (authors), or before (paper).
        """
        layer = self.description.localizer_layer(is_normalized=is_normalized).name
        return self._run(pixels, [layer], is_dense=False)[layer].permute(0, 2, 3, 1)

    def localizer_cells(
        self, pixels: torch.Tensor, numbers: torch.Tensor, places: torch.Tensor, *, is_normalized: bool
    ) -> torch.Tensor:
        """Some cells of `localizer_map`, computed alone where one convolution makes them: (m, c).

        Args:
            pixels: (n, height, width, 3) RGB 0..255.
            numbers: (m,) which of the n.
            places: (m, 2) row and column of the cell.
            is_normalized: as for `localizer_map`.
        """
        layer = self.description.localizer_layer(is_normalized=is_normalized)
        first = self.description.localizer_layer(is_normalized=False)
        is_direct = not isinstance(layer, Normalization) or layer.input == first.name
        if not (isinstance(first, Convolution) and first.input == PIXELS and first.groups == 1 and is_direct):
            cells = self.localizer_map(pixels, is_normalized=is_normalized)
            return cells[numbers.to(cells.device), places[:, 0], places[:, 1]]
        x = self._first_cells(first, pixels, numbers, places)
        if isinstance(layer, Normalization):
            x = self._norms[layer.name](x[:, :, None, None]).to(self.dtype).flatten(1)
        return x

    def classifier_cells(self, pixels: torch.Tensor, *, stride: Stride = 16) -> torch.Tensor:
        """Classifier features of (n, height, width, 3) RGB 0..255 as (n, rows, columns, c) in `dtype`.

        A patch with its margin gives 3 x 3 cells, 16 pixels apart. At stride 8 a backbone that does not pad runs
        densely, so that every second cell is one of those of stride 16; another is read between its cells.
        """
        is_dense = self.is_dense_at(stride)
        found = self._run(pixels, [tap.layer for tap in self.description.classifier], is_dense=is_dense)
        return self.reader.cells(
            found, self.schedule(is_dense=is_dense).grids, sides=(pixels.shape[1], pixels.shape[2]), stride=stride
        )

    def is_dense_at(self, stride: Stride) -> bool:
        """Whether maps of this stride are computed densely, not read between cells."""
        return stride < CELL_STEP and not self.description.graph.is_padded

    def schedule(self, *, is_dense: bool) -> Schedule:
        """How the layers step."""
        return self._schedules[is_dense]

    def parameters_of(self, layer: str) -> tuple[torch.Tensor, torch.Tensor]:
        """Kernel (out, in, rows, columns) and bias (out,) of a layer, float32, gains included."""
        return self._kernels[layer].float(), self._biases[layer].float()

    def norm_of(self, layer: str) -> LocalResponseNorm:
        """What a normalisation computes."""
        return self._norms[layer]

    def prepared(self, pixels: torch.Tensor) -> torch.Tensor:
        """What the first layers read of (n, height, width, 3) RGB 0..255: (n, 3, h, w) in `dtype`."""
        x = pixels.to(self.device).permute(0, 3, 1, 2)  # (n, 3, h, w) whose memory stays channels-last
        return self._centred(x)

    def _centred(self, x: torch.Tensor) -> torch.Tensor:
        scale = self.description.input_scale
        x = x - self.description.input_mean
        return (x if scale == 1.0 else x * scale).to(self.dtype)

    def _run(self, pixels: torch.Tensor, wanted: Sequence[str], *, is_dense: bool) -> dict[str, torch.Tensor]:
        """Outputs of the wanted layers; others are dropped as soon as they are not needed."""
        graph, schedule = self.description.graph, self._schedules[is_dense]
        needed = graph.needed_for(wanted)
        layers = [layer for layer in graph if layer.name in needed]
        last_reader = {name: layer.name for layer in layers for name in layer.inputs}
        found = {PIXELS: self.prepared(pixels)}
        for layer in layers:
            found[layer.name] = self._computed(layer, [found[name] for name in layer.inputs], schedule)
            for name in set(layer.inputs):
                if last_reader[name] == layer.name and name not in wanted:
                    del found[name]
        return found

    def _computed(self, layer: Layer, inputs: list[torch.Tensor], schedule: Schedule) -> torch.Tensor:
        x = inputs[0]
        match layer:
            case Convolution(name=name):
                steps = {"stride": schedule.strides[name], "dilation": schedule.dilations[name]}
                return convolved(layer, x, self._kernels[name], self._biases[name], **steps)
            case MaxPool(name=name):
                return pooled(layer, x, stride=schedule.strides[name], dilation=schedule.dilations[name])
            case Normalization(name=name):
                return self._norms[name](x).to(self.dtype)
            case Sum():
                total = x + inputs[1]
                for other in inputs[2:]:
                    total += other
                return activated_(total, layer.activation)

    def _first_cells(
        self, layer: Convolution, pixels: torch.Tensor, numbers: torch.Tensor, places: torch.Tensor
    ) -> torch.Tensor:
        """(m, c) cells of a convolution of the pixels."""
        kernel, (before, behind) = self._kernels[layer.name], padding_of(layer)
        if before or behind:  # zeros, once the mean is off
            around = (0, 0, before, behind, before, behind)
            pixels = F.pad(pixels.float(), around, value=self.description.input_mean)
        windows = pixels.unfold(1, layer.kernel, layer.stride).unfold(2, layer.kernel, layer.stride)
        # (n, rows, columns, 3, kernel, kernel)
        looked_at = windows.permute(0, 1, 2, 4, 5, 3)[numbers, places[:, 0], places[:, 1]]
        flat = self._centred(looked_at.to(self.device).flatten(1))
        x = F.linear(flat, kernel.permute(0, 2, 3, 1).flatten(1), self._biases[layer.name])
        return activated_(x, layer.activation)


class Dropout:
    """Inverted dropout whose random bits come from a generator handed in (torch's own takes none)."""

    def __init__(self, probability: float, generator: torch.Generator) -> None:
        self.probability = probability
        self.generator = generator
        bits = (torch.arange(256)[:, None] >> torch.arange(8)) & 1
        self._factors_of_byte = 2.0 * bits.float().to(generator.device)

    def apply_(self, x: torch.Tensor) -> torch.Tensor:
        """Zero each element with the probability, scale the others up, in place."""
        if self.probability == 0:
            return x
        if self.probability == 0.5:
            return x.mul_(self._coin_flips(x))
        keep = 1 - self.probability
        return x.mul_(torch.empty_like(x).bernoulli_(keep, generator=self.generator).div_(keep))

    def _coin_flips(self, x: torch.Tensor) -> torch.Tensor:
        """0 or 2 per element: 64 elements from each random number, many times cheaper than a draw each."""
        numbers = torch.empty(-(-x.numel() // 64), dtype=torch.int64, device=x.device)
        numbers.random_(-(2**63), None, generator=self.generator)
        factors = self._factors_of_byte.to(x.dtype)
        return F.embedding(numbers.view(torch.uint8).int(), factors).view(-1)[: x.numel()].view(x.shape)


class Head(nn.Module):
    """A stack of linear layers with ReLU between them; the last gives background and target logits.

    `hidden` and `last` are kept apart because they learn at different rates; `HeadPass` gives their gradients.
    """

    def __init__(self, sizes: tuple[int, ...], *, reads: HeadInput = "cells") -> None:
        super().__init__()
        # torch's own first weights come from its global generator: one at a time, lest one thread puts back what
        # another has drawn from.
        with _GLOBAL_GENERATOR, torch.random.fork_rng(devices=[]):
            self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
            self.last = nn.Linear(sizes[-1], 2)
        self.reads = reads

    @torch.no_grad()
    def reset(self, generator: torch.Generator, *, sigma: float, hidden_bias: float) -> None:
        """Draw normal weights (drawn on the CPU, so that every device starts alike); set the biases."""
        for layer in [*self.hidden, self.last]:
            drawn = torch.empty(layer.weight.shape).normal_(0, sigma, generator=generator)
            layer.weight.copy_(drawn)
            layer.bias.fill_(0.0 if layer is self.last else hidden_bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Features -> (..., 2) float32 logits, computed in the features' precision up to the last layer.

        Features are (..., c) cells, or (n, 9, c) windows: a pooled head averages the nine away, a flat one reads
        all at once.
        """
        x = self._hidden(x.flatten(1) if self.reads == "flat windows" else x)
        if self.reads == "pooled windows":
            x = x.mean(dim=-2)  # the last layer is linear, so pooling before it equals pooling its logits
        return self._logits(x)

    def over_map(self, cells: torch.Tensor, stride: Stride) -> torch.Tensor:
        """(n, h, w, c) cells -> (n, rows, columns, 2) logits of every window of a window head."""
        if self.reads == "pooled windows":
            return self._logits(window_means(self._hidden(cells), stride))
        rows, columns = window_grid(cells, stride)
        every = torch.arange(len(cells) * rows * columns, device=cells.device)
        logits: torch.Tensor = self(window_features(cells, every, stride))
        return logits.view(len(cells), rows, columns, 2)

    @property
    def linear_layers(self) -> list[nn.Linear]:
        """The hidden ones; their parameters stay float32."""
        return [layer for layer in self.hidden if isinstance(layer, nn.Linear)]

    def _hidden(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.linear_layers:
            x = F.linear(x, layer.weight.to(x.dtype), layer.bias.to(x.dtype)).relu_()
        return x

    def _logits(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.last(x.float())
        return logits


def classifier_head(kind: str, channels: int) -> Head:
    """The head on (n, 9, channels) features: "gap", or "fully-connected" on all nine. Source: paper 3.2, MDNet."""
    if kind == "gap":
        return Head((channels, *_GAP_WIDTHS), reads="pooled windows")
    return Head((WINDOW_CELLS**2 * channels, *_FULLY_CONNECTED_WIDTHS), reads="flat windows")


def localizer_head(channels: int, hidden: int) -> Head:
    """The head on (n, rows, columns, channels) windowed features. Source: paper 3.1."""
    return Head((channels, hidden))
