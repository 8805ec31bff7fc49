"""The trunk's last blocks while they learn: what makes features of stride 16 out of those of stride 8."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import nn

from tracker_core.backbone_graph import Convolution, Sum, WeightsError, padding_of
from tracker_core.backbone_weights import BackboneWeights
from tracker_core.studio.matching_head import COARSE_LAYER, FINE_LAYER

_MOMENTUM = 0.01  # of the means and deviations that are kept of what comes out
_TYPICAL_FLOOR = 1e-4


class TrunkTail(nn.Module):
    """The layers behind the fine one, up to the coarse one; in training it also keeps what they give on average.

    Raises:
        WeightsError: a layer between is neither a convolution nor a sum, or reads what lies before the fine one.
    """

    def __init__(self, weights: BackboneWeights) -> None:
        super().__init__()
        layers = weights.description.graph.layers
        names = [layer.name for layer in layers]
        needed = weights.description.graph.needed_for([COARSE_LAYER])
        self._layers: list[Convolution | Sum] = []
        self.kernels = nn.ParameterDict()
        self.biases = nn.ParameterDict()
        known = {FINE_LAYER}
        for layer in layers[names.index(FINE_LAYER) + 1 : names.index(COARSE_LAYER) + 1]:
            if layer.name not in needed:
                continue
            if not isinstance(layer, Convolution | Sum) or not known.issuperset(layer.inputs):
                raise WeightsError(f"{layer.name}: expected a convolution or a sum of layers behind {FINE_LAYER}")
            known.add(layer.name)
            self._layers.append(layer)
            if isinstance(layer, Convolution):
                self.kernels[layer.name] = nn.Parameter(torch.tensor(weights.kernels[layer.name]))
                self.biases[layer.name] = nn.Parameter(torch.tensor(weights.biases[layer.name]))
        channels = weights.description.graph.channels()[COARSE_LAYER]
        self.statistics = nn.BatchNorm2d(channels, affine=False, momentum=_MOMENTUM)
        for tap in weights.description.classifier:
            if tap.layer == COARSE_LAYER and tap.mean and tap.deviation:
                self._begin_with(torch.tensor(tap.mean), torch.tensor(tap.deviation))

    def forward(self, fine: torch.Tensor) -> torch.Tensor:
        """(n, c, 2 h, 2 w) of stride 8 -> (n, c, h, w) of stride 16."""
        found = {FINE_LAYER: fine}
        for layer in self._layers:
            if isinstance(layer, Sum):
                y = torch.stack([found[name] for name in layer.inputs]).sum(0)
            else:
                y = self._convolved(layer, found[layer.input])
            found[layer.name] = _activated(y, layer)
        coarse = found[COARSE_LAYER]
        if self.training:
            with torch.no_grad():
                self.statistics(coarse.detach())
        return coarse

    def typical_sizes(self) -> dict[str, float]:
        """Parameter -> root mean square of its numbers: a step of so much would change all of it."""
        return {
            name: max(_TYPICAL_FLOOR, float(parameter.detach().square().mean().sqrt()))
            for name, parameter in self.named_parameters()
        }

    def tuned(self, weights: BackboneWeights) -> BackboneWeights:
        """`weights` with these layers, and with their means and deviations where the classifier reads them."""
        kernels = {**weights.kernels, **{name: _array(x) for name, x in self.kernels.items()}}
        biases = {**weights.biases, **{name: _array(x) for name, x in self.biases.items()}}
        mean, variance = self.statistics.running_mean, self.statistics.running_var
        assert mean is not None
        assert variance is not None
        taps = tuple(
            replace(tap, mean=tuple(mean.tolist()), deviation=tuple(variance.sqrt().tolist()))
            if tap.layer == COARSE_LAYER and tap.deviation
            else tap
            for tap in weights.description.classifier
        )
        description = replace(weights.description, classifier=taps)
        return replace(weights, description=description, kernels=kernels, biases=biases)

    def _begin_with(self, mean: torch.Tensor, deviation: torch.Tensor) -> None:
        """What the trunk gave before, as a short training has seen too little to say."""
        assert self.statistics.running_mean is not None
        assert self.statistics.running_var is not None
        self.statistics.running_mean.copy_(mean)
        self.statistics.running_var.copy_(deviation.square())

    def _convolved(self, layer: Convolution, x: torch.Tensor) -> torch.Tensor:
        before, behind = padding_of(layer)
        if before != behind:
            x = F.pad(x, (before, behind) * 2)
            before = 0
        return F.conv2d(
            x,
            self.kernels[layer.name],
            self.biases[layer.name],
            stride=layer.stride,
            padding=before,
            groups=layer.groups,
        )


def _activated(x: torch.Tensor, layer: Convolution | Sum) -> torch.Tensor:
    """Not in place, as gradients need what comes in."""
    match layer.activation:
        case "relu":
            return F.relu(x)
        case "relu6":
            return F.relu6(x)
        case "none":
            return x


def _array(x: torch.Tensor) -> np.ndarray:
    return x.detach().cpu().numpy().astype(np.float32)
