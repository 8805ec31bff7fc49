"""The networks: VGG-M's frozen conv1-conv3 and the small heads that are learned online. Source: paper 3.1, 3.2."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import nn

from tracker_core.backbone_weights import BackboneWeights, ResponseNormalization
from tracker_core.feature_map import Stride, window_features, window_grid, window_means

HeadInput = Literal["cells", "pooled windows", "flat windows"]
"""What a head judges: each cell, or windows of nine cells, whose features are averaged or taken side by side."""

STRIDES = {"conv1": 2, "conv2": 2, "conv3": 1}  # all convolutions and pools without padding (authors)


class LocalResponseNorm:
    """Local response normalisation across the channels of (n, c, h, w).

    The sum over neighbouring channels is a 1x1 convolution with a band matrix: several times faster on a CPU than
    torch's own, which pools over an extra dimension. Of an even size, one more lies behind (as in torch).
    """

    def __init__(
        self, normalization: ResponseNormalization, channels: int, *, device: torch.device, dtype: torch.dtype
    ) -> None:
        behind, ahead = normalization.size // 2, (normalization.size - 1) // 2
        band = torch.ones(channels, channels).tril(ahead).triu(-behind) * (
            normalization.alpha / normalization.size
        )
        self._band = band[:, :, None, None].to(device=device, dtype=dtype)
        self._k = torch.full((channels,), normalization.k, device=device, dtype=dtype)
        self._beta = normalization.beta

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """The normalised maps, in the precision of this normalisation."""
        x = x.to(self._band.dtype)
        divisor = F.conv2d(x * x, self._band, self._k)
        if self._beta == 0.75:  # the usual exponent, without a slow pow
            root = divisor.rsqrt()
            return x * (root * root.sqrt())
        return x * divisor.pow(-self._beta)


class Backbone:
    """Frozen conv1-conv3 on one device, in one precision.

    Attributes:
        device: where it runs.
        dtype: of the convolutions and of what comes out.
        relu1_gain: factor on conv1's features.
        input_mean: subtracted from the pixels.
    """

    def __init__(self, weights: BackboneWeights, *, device: torch.device, dtype: torch.dtype) -> None:
        self.device = device
        self.dtype = dtype
        self.relu1_gain = weights.relu1_gain
        self.input_mean = weights.input_mean
        gains = {"conv3": weights.relu3_gain}  # a gain after the last ReLU is one before it
        self._kernels = {
            layer: (gains.get(layer, 1.0) * torch.tensor(kernel, device=device))
            .to(dtype)
            .contiguous(memory_format=torch.channels_last)
            for layer, kernel in weights.kernels.items()
        }
        self._biases = {
            layer: (gains.get(layer, 1.0) * torch.tensor(bias, device=device)).to(dtype)
            for layer, bias in weights.biases.items()
        }
        normalization = weights.normalization
        # On a CPU the normalisation in bfloat16 saves half of its time; on a GPU float32 costs next to nothing.
        norm_dtype = dtype if device.type == "cpu" else torch.float32
        self._norms = {
            layer: LocalResponseNorm(normalization, len(weights.biases[layer]), device=device, dtype=norm_dtype)
            for layer in ("conv1", "conv2")
            if normalization is not None
        }

    def conv1_features(self, pixels: torch.Tensor, *, is_normalized: bool) -> torch.Tensor:
        """Localiser features of (n, 107, 107, 3) RGB 0..255 as (n, 51, 51, 96) in `dtype`, without their gain.

        Args:
            pixels: uint8 or float, channels last.
            is_normalized: norm1 features (the authors') instead of relu1 (the paper's words).
        """
        x = self._convolve("conv1", self._prepared(pixels), is_normalized=is_normalized)
        return x.permute(0, 2, 3, 1)

    def conv1_cells(
        self, pixels: torch.Tensor, numbers: torch.Tensor, places: torch.Tensor, *, is_normalized: bool
    ) -> torch.Tensor:
        """Some cells of `conv1_features`, computed alone: (m, 96).

        Args:
            pixels: (n, height, width, 3) RGB 0..255.
            numbers: (m,) which of the n.
            places: (m, 2) row and column of the cell.
            is_normalized: as for `conv1_features`.
        """
        kernel, stride = self._kernels["conv1"], STRIDES["conv1"]
        side = kernel.shape[-1]
        windows = pixels.unfold(1, side, stride).unfold(2, side, stride)  # (n, rows, columns, 3, side, side)
        looked_at = windows.permute(0, 1, 2, 4, 5, 3)[numbers, places[:, 0], places[:, 1]]
        flat = (looked_at.to(self.device).flatten(1) - self.input_mean).to(self.dtype)
        x = F.linear(flat, kernel.permute(0, 2, 3, 1).flatten(1), self._biases["conv1"]).relu_()
        if is_normalized and "conv1" in self._norms:
            x = self._norms["conv1"](x[:, :, None, None]).to(self.dtype).flatten(1)
        return x

    def relu3_features(self, pixels: torch.Tensor, *, stride: Stride = 16) -> torch.Tensor:
        """Classifier features of (n, height, width, 3) RGB 0..255 as (n, rows, columns, 512) in `dtype`.

        A patch of 107 x 107 gives 3 x 3 cells, 16 pixels apart. At stride 8 the second pool runs densely and conv3
        is dilated, so that every second cell is one of those of stride 16.
        """
        is_dense = stride == 8
        x = self._convolve("conv1", self._prepared(pixels), is_normalized=True)
        x = self._convolve("conv2", F.max_pool2d(x, 3, 2), is_normalized=True)
        x = F.max_pool2d(x, 3, 1 if is_dense else 2)
        x = self._convolve("conv3", x, is_normalized=False, dilation=2 if is_dense else 1)
        return x.permute(0, 2, 3, 1)

    @torch.no_grad()
    def inputs_of_convolutions(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(n, height, width, 3) RGB 0..255 -> what conv2 and conv3 are given, (n, c, h, w)."""
        first = F.max_pool2d(self._convolve("conv1", self._prepared(pixels), is_normalized=True), 3, 2)
        return first, F.max_pool2d(self._convolve("conv2", first, is_normalized=True), 3, 2)

    def parameters_of(self, layer: str) -> tuple[torch.Tensor, torch.Tensor]:
        """Kernel (out, in, rows, columns) and bias (out,) of a layer, float32, gains included."""
        return self._kernels[layer].float(), self._biases[layer].float()

    def norm_of(self, layer: str) -> LocalResponseNorm | None:
        """What normalises a layer's features; None for a backbone without."""
        return self._norms.get(layer)

    def _prepared(self, pixels: torch.Tensor) -> torch.Tensor:
        x = pixels.to(self.device).permute(0, 3, 1, 2)  # (n, 3, h, w) whose memory stays channels-last
        return (x - self.input_mean).to(self.dtype)

    def _convolve(self, layer: str, x: torch.Tensor, *, is_normalized: bool, dilation: int = 1) -> torch.Tensor:
        kernel, bias = self._kernels[layer], self._biases[layer]
        x = F.conv2d(x, kernel, bias, stride=STRIDES[layer], dilation=dilation).relu_()
        if is_normalized and layer in self._norms:
            x = self._norms[layer](x).to(self.dtype)
        return x


class Dropout:
    """Inverted dropout whose random bits come from a generator handed in (torch's own takes none)."""

    def __init__(self, probability: float, generator: torch.Generator) -> None:
        self.probability = probability
        self.generator = generator
        bits = (torch.arange(256)[:, None] >> torch.arange(8)) & 1
        self._factors_of_byte = 2.0 * bits.float().to(generator.device)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Zero each element with the probability, scale the others up."""
        if self.probability == 0:
            return x
        if self.probability == 0.5:
            return x * self._coin_flips(x)
        keep = 1 - self.probability
        return x * torch.empty_like(x).bernoulli_(keep, generator=self.generator).div_(keep)

    def _coin_flips(self, x: torch.Tensor) -> torch.Tensor:
        """0 or 2 per element: eight elements from each random byte, several times cheaper than a draw each."""
        random_bytes = torch.empty((x.numel() + 7) // 8, dtype=torch.uint8, device=x.device)
        random_bytes.random_(0, 256, generator=self.generator)
        factors = self._factors_of_byte.to(x.dtype)
        return F.embedding(random_bytes.int(), factors).view(-1)[: x.numel()].view(x.shape)


class Head(nn.Module):
    """A stack of linear layers with ReLU between them; the last gives background and target logits.

    `hidden` and `last` are kept apart because they learn at different rates.
    """

    def __init__(self, sizes: tuple[int, ...], *, reads: HeadInput = "cells") -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):  # torch's own first weights come from its global generator
            self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
            self.last = nn.Linear(sizes[-1], 2)
        self._reads = reads

    @torch.no_grad()
    def reset(self, generator: torch.Generator, *, sigma: float, hidden_bias: float) -> None:
        """Draw normal weights (drawn on the CPU, so that every device starts alike); set the biases."""
        for layer in [*self.hidden, self.last]:
            drawn = torch.empty(layer.weight.shape).normal_(0, sigma, generator=generator)
            layer.weight.copy_(drawn)
            layer.bias.fill_(0.0 if layer is self.last else hidden_bias)

    def forward(self, x: torch.Tensor, dropout: Dropout | None = None) -> torch.Tensor:
        """Features -> (..., 2) float32 logits, computed in the features' precision up to the last layer.

        Features are (..., c) cells, or (n, 9, c) windows: a pooled head averages the nine away, a flat one reads
        all at once.
        """
        x = self._hidden(x.flatten(1) if self._reads == "flat windows" else x, dropout)
        if self._reads == "pooled windows":
            x = x.mean(dim=-2)  # the last layer is linear, so pooling before it equals pooling its logits
        return self._logits(x)

    def over_map(self, cells: torch.Tensor, stride: Stride) -> torch.Tensor:
        """(n, h, w, c) relu3 cells -> (n, rows, columns, 2) logits of every window of a window head."""
        if self._reads == "pooled windows":
            return self._logits(window_means(self._hidden(cells, None), stride))
        rows, columns = window_grid(cells, stride)
        every = torch.arange(len(cells) * rows * columns, device=cells.device)
        logits: torch.Tensor = self(window_features(cells, every, stride))
        return logits.view(len(cells), rows, columns, 2)

    def _hidden(self, x: torch.Tensor, dropout: Dropout | None) -> torch.Tensor:
        for layer in self.hidden:
            x = F.relu(_linear(layer, x))
            if dropout is not None:
                x = dropout(x)
        return x

    def _logits(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.last(x.float())
        return logits


def _linear(layer: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """The layer in the precision of `x`; its parameters stay float32."""
    assert isinstance(layer, nn.Linear)
    return F.linear(x, layer.weight.to(x.dtype), layer.bias.to(x.dtype))


def classifier_head(kind: str) -> Head:
    """The head on (n, 9, 512) features: "gap", or "fully-connected" on all 4608. Source: paper 3.2, MDNet."""
    if kind == "gap":
        return Head((512, 512, 128), reads="pooled windows")
    return Head((9 * 512, 512, 512), reads="flat windows")


def localizer_head(hidden: int) -> Head:
    """The head on (n, 51, 51, 96) windowed features. Source: paper 3.1."""
    return Head((96, hidden))
