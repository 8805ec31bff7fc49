"""A described network on onnxruntime, in floating point or in whole numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from tracker_core.engine.int8_model import int8_model
from tracker_core.engine.network_model import FRAMES, backbone_model, range_names
from tracker_core.engine.session import OnnxSession
from tracker_core.int8_rounding import (
    ActivationRange,
    Int8Rounding,
    RoundedKernels,
    check_error,
    relative_error,
)
from tracker_core.networks import Backbone


class OnnxNetwork:
    """Gives layers' outputs as `Backbone.outputs` does.

    Args:
        model: an ONNX file that `backbone_model` or `int8_model` made.
    """

    def __init__(self, model: bytes) -> None:
        self._session = OnnxSession(model, threads=torch.get_num_threads())

    @classmethod
    def exact(cls, backbone: Backbone, layers: Sequence[str]) -> OnnxNetwork:
        """In floating point, to rounding."""
        return cls(backbone_model(backbone, layers))

    @classmethod
    def rounded(cls, ranges: RangeNetwork, pixels: torch.Tensor) -> OnnxNetwork:
        """In whole numbers of eight bits.

        Args:
            ranges: of what they stand for; its layers' outputs are given.
            pixels: (n, height, width, 3) uint8 RGB that show how large activations get.

        Raises:
            UnfitForInt8Error: on these pixels they come out otherwise.
        """
        found, exact = ranges.read(pixels)
        rounding = Int8Rounding(ranges.kernels, pixels, read_ranges=lambda *_: found)
        network = cls(int8_model(rounding, ranges.layers))
        outputs = network.outputs(pixels, ranges.layers)
        check_error(max(relative_error(outputs[name], exact[name]) for name in ranges.layers))
        return network

    def outputs(self, pixels: torch.Tensor, layers: Sequence[str]) -> dict[str, torch.Tensor]:
        """(n, height, width, 3) uint8 RGB -> (n, c, h, w) float32 of each layer, or tap by its `tap_name`."""
        found = self._session.run({FRAMES: pixels.numpy()})
        return {name: torch.from_numpy(found[name]) for name in layers}


class RangeNetwork:
    """Measures what `OnnxNetwork.rounded` needs to know; serves all targets.

    Args:
        kernels: rounded with `engine_limits`.
        layers: whose outputs the rounded networks will give.
    """

    def __init__(self, kernels: RoundedKernels, layers: Sequence[str]) -> None:
        self.kernels, self.layers = kernels, tuple(layers)
        self._graph = kernels.backbone.description.graph
        model = backbone_model(kernels.backbone, layers, measured=kernels.measured)
        self._session = OnnxSession(model, threads=torch.get_num_threads(), plans_memory=False)

    def read(self, pixels: torch.Tensor) -> tuple[dict[str, ActivationRange], dict[str, torch.Tensor]]:
        """The ranges by layer, and the outputs in floating point, for (n, height, width, 3) uint8 RGB."""
        runs = [self._session.run({FRAMES: one[None]}) for one in pixels.numpy()]  # at once, they leave the cache
        found = {name: torch.from_numpy(np.concatenate([run[name] for run in runs])) for name in runs[0]}
        ranges = {}
        for name in self.kernels.measured:
            measured = {kind: found[output] for kind, output in range_names(self._graph, name).items()}
            least = -float(measured["negative least"].max()) if "negative least" in measured else 0.0
            largest, means = float(measured["largest"].max()), measured["mean"].mean((0, 2, 3))
            ranges[name] = ActivationRange(least, largest, means)
        return ranges, {name: found[name] for name in self.layers}
