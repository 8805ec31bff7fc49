"""The matching head while it learns: batch norms apart, and exported with them folded into plain convolutions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import nn

from tracker_core.pretraining.matching.features import Maps
from tracker_core.pretraining.matching.geometry import CELLS
from tracker_core.pretraining.matching.trunk_tail import TrunkTail

CHANNELS = 96
KEY_CHANNELS = 64
TEMPLATE_CELLS = 8  # per axis
_KERNEL_BEGIN, _KERNEL_SIDE = 2, 4  # the template's cells on the object
_CORRELATION_GAIN = 4.0  # cosines are small beside the other inputs
_BODY_DILATIONS = (1, 2, 1)
_FIRST_CONFIDENCE = -3.0  # a logit: most cells have nothing
_FIRST_DISTANCES = 0.01  # deviation of the weights: the first boxes are all of mean size
_DEVIATION_FLOOR = 1e-3

Folded = tuple[torch.Tensor, torch.Tensor]
"""A kernel and its bias."""


@dataclass(frozen=True, slots=True, eq=False)
class Standardization:
    """What is subtracted from the neck's inputs and what they are divided by; (c,) each."""

    mean: torch.Tensor
    deviation: torch.Tensor

    @classmethod
    def of(cls, maps: Maps) -> Standardization:
        """So that these maps have means of 0 and deviations of about 1."""
        fine, coarse = maps.fine.double(), maps.coarse.double()
        mean = torch.cat([fine.mean((0, 2, 3)).repeat(4), coarse.mean((0, 2, 3))])
        deviation = torch.cat([_deviation(fine).repeat(4), _deviation(coarse)])
        return cls(mean.float(), (deviation + _DEVIATION_FLOOR).float())


@dataclass(frozen=True, slots=True, eq=False)
class TemplateCode:
    """What a search region is compared with.

    Attributes:
        keys: (n, 64, 64) unit vectors by channel and cell.
        gates: (n, 96, 1, 1) logits: which channels matter for this object.
    """

    keys: torch.Tensor
    gates: torch.Tensor


class MatchingHead(nn.Module):
    """Compares a template's features with a search region's.

    Attributes:
        tail: the trunk's last blocks where they are trained with it; it then makes the coarse maps itself.
    """

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(
        self, standardization: Standardization, generator: torch.Generator, tail: TrunkTail | None = None
    ) -> None:
        super().__init__()
        self.tail = tail
        inputs = len(standardization.mean)
        self.register_buffer("mean", standardization.mean[None, :, None, None].clone())
        self.register_buffer("deviation", standardization.deviation[None, :, None, None].clone())
        self.neck = _NormedConvolution(inputs, CHANNELS)
        self.key = nn.Conv2d(CHANNELS, KEY_CHANNELS, 1)
        self.gate = nn.Conv2d(CHANNELS, CHANNELS, 1)
        self.mix = _NormedConvolution(TEMPLATE_CELLS**2 + 1 + CHANNELS, CHANNELS)
        self.body = nn.ModuleList([_Separable(dilation) for dilation in _BODY_DILATIONS])
        self.box = _Separable(1)
        self.distances = nn.Conv2d(CHANNELS, 4, 1)
        self.confidence = nn.Conv2d(CHANNELS, 1, 1)
        _initialize(self, generator)
        nn.init.constant_(self._bias_of(self.confidence), _FIRST_CONFIDENCE)
        nn.init.normal_(self.distances.weight, std=_FIRST_DISTANCES, generator=generator)
        nn.init.zeros_(self._bias_of(self.distances))

    def encoded(self, template: Maps) -> TemplateCode:
        """What is kept of templates."""
        x = self._necked(template)
        end = _KERNEL_BEGIN + _KERNEL_SIDE
        pooled = x[:, :, _KERNEL_BEGIN:end, _KERNEL_BEGIN:end].mean((2, 3), keepdim=True)
        return TemplateCode(F.normalize(self.key(x), dim=1).flatten(2), self.gate(pooled))

    def forward(self, code: TemplateCode, search: Maps) -> tuple[torch.Tensor, torch.Tensor]:
        """Confidence logits (n, 16, 16), and logarithms of distances left, top, right, bottom (n, 4, 16, 16)."""
        x = self._necked(search)
        keys = F.normalize(self.key(x), dim=1)
        correlations = torch.bmm(keys.permute(0, 2, 3, 1).flatten(1, 2), code.keys)
        cells = correlations.reshape(-1, CELLS, CELLS, TEMPLATE_CELLS**2)
        scores = siamese_scores(cells)[..., None]
        gated = (x * torch.sigmoid(code.gates)).permute(0, 2, 3, 1)
        joined = torch.cat([cells * _CORRELATION_GAIN, scores * _CORRELATION_GAIN, gated], 3)
        y = F.relu(self.mix(joined.permute(0, 3, 1, 2)))
        for layer in self.body:
            y = layer(y)
        return self.confidence(y)[:, 0], self.distances(self.box(y))

    @torch.no_grad()
    def folded_tensors(self) -> dict[str, torch.Tensor]:
        """What a runtime reads, as it is after training: `matcher.<layer>.weight` and `.bias`, float32."""
        folded = {
            "neck": self._folded_neck(),
            "key": _plain(self.key),
            "gate": _plain(self.gate),
            "mix": self.mix.folded(),
            "distances": _plain(self.distances),
            "confidence": _plain(self.confidence),
        }
        separables = {f"body.{number}": layer for number, layer in enumerate(self.body)} | {"box": self.box}
        for name, layer in separables.items():
            if isinstance(layer, _Separable):
                folded[f"{name}.depthwise"] = layer.depthwise.folded()
                folded[f"{name}.pointwise"] = layer.pointwise.folded()
        tensors = {}
        for name, (kernel, bias) in folded.items():
            tensors[f"matcher.{name}.weight"] = kernel.detach().float().contiguous().clone()
            tensors[f"matcher.{name}.bias"] = bias.detach().float().contiguous().clone()
        return tensors

    def _necked(self, maps: Maps) -> torch.Tensor:
        """One map of 96 channels, from the four fine cells of each coarse cell and itself."""
        coarse = maps.coarse if self.tail is None else self.tail(maps.fine)
        x = torch.cat([four_neighbours(maps.fine), coarse], 1)
        return F.relu(self.neck((x - self.mean) / self.deviation))

    def _folded_neck(self) -> Folded:
        kernel, bias = self.neck.folded()
        kernel = kernel / self.deviation
        return kernel, bias - (kernel * self.mean).sum((1, 2, 3))

    @staticmethod
    def _bias_of(layer: nn.Conv2d) -> torch.Tensor:
        if layer.bias is None:
            raise TypeError("expected a convolution with a bias")
        return layer.bias


class _NormedConvolution(nn.Module):
    """A convolution without bias, and batch norm."""

    def __init__(
        self, channels_in: int, channels: int, *, kernel: int = 1, dilation: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        padding = dilation * (kernel // 2)
        self.convolution = nn.Conv2d(
            channels_in, channels, kernel, padding=padding, dilation=dilation, groups=groups, bias=False
        )
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.norm(self.convolution(x))
        return y

    def folded(self) -> Folded:
        """The same as one convolution; exact at padded borders too, as the norm comes after the padding."""
        norm = self.norm
        mean, variance = norm.running_mean, norm.running_var
        if mean is None or variance is None:
            raise TypeError("expected a batch norm that keeps statistics")
        factor = norm.weight / torch.sqrt(variance + norm.eps)
        return self.convolution.weight * factor[:, None, None, None], norm.bias - mean * factor


class _Separable(nn.Module):
    """A depthwise and a pointwise convolution, added to what comes in."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.depthwise = _NormedConvolution(CHANNELS, CHANNELS, kernel=3, dilation=dilation, groups=CHANNELS)
        self.pointwise = _NormedConvolution(CHANNELS, CHANNELS)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(x + self.pointwise(self.depthwise(x)))


def four_neighbours(fine: torch.Tensor) -> torch.Tensor:
    """(n, c, 2 h, 2 w) -> (n, 4 c, h, w), by row and column: (0, 0), (0, 1), (1, 0), (1, 1), c channels each."""
    return torch.cat([fine[:, :, row::2, column::2] for row in (0, 1) for column in (0, 1)], 1)


def siamese_scores(correlations: torch.Tensor) -> torch.Tensor:
    """(n, 16, 16, 64) -> (n, 16, 16): mean correlation with the template's middle laid over each cell.

    Source: Bertinetto et al., ECCVW 2016 (SiamFC). Search cells outside count as 0.
    """
    before = _KERNEL_SIDE // 2 - 1
    after = _KERNEL_SIDE - 1 - before
    padded = F.pad(correlations, (0, 0, before, after, before, after))
    total = torch.zeros_like(correlations[..., 0])
    for y in range(_KERNEL_SIDE):
        for x in range(_KERNEL_SIDE):
            cell = (_KERNEL_BEGIN + y) * TEMPLATE_CELLS + _KERNEL_BEGIN + x
            total = total + padded[:, y : y + CELLS, x : x + CELLS, cell]
    return total / _KERNEL_SIDE**2


def _deviation(maps: torch.Tensor) -> torch.Tensor:
    return maps.var((0, 2, 3), correction=0).sqrt()


def _plain(layer: nn.Conv2d) -> Folded:
    return layer.weight, MatchingHead._bias_of(layer)


@torch.no_grad()
def _initialize(module: nn.Module, generator: torch.Generator) -> None:
    """As torch does it for convolutions, with a generator that is handed in."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_uniform_(layer.weight, a=math.sqrt(5), generator=generator)
            if layer.bias is not None:
                reach = 1 / math.sqrt(layer.weight[0].numel())
                nn.init.uniform_(layer.bias, -reach, reach, generator=generator)
