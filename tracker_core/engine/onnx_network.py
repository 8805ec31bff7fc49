"""A described network on onnxruntime, in floating point or in whole numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from tracker_core.engine.int8_model import int8_model
from tracker_core.engine.network_model import FRAMES, backbone_model
from tracker_core.engine.session import OnnxSession
from tracker_core.int8_rounding import Int8Rounding, RoundedKernels, check_error, relative_error
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
    def rounded(cls, kernels: RoundedKernels, pixels: torch.Tensor, layers: Sequence[str]) -> OnnxNetwork:
        """In whole numbers of eight bits.

        Args:
            kernels: rounded with `engine_limits`.
            pixels: (n, height, width, 3) uint8 RGB that show how large activations get.
            layers: whose outputs it will give.

        Raises:
            UnfitForInt8Error: on these pixels they come out otherwise.
        """
        exact: dict[str, torch.Tensor] = {}

        def outputs(pixels: torch.Tensor, names: Sequence[str]) -> Mapping[str, torch.Tensor]:
            every = sorted({*names, *layers})
            exact.update(cls.exact(kernels.backbone, every).outputs(pixels, every))
            return exact

        rounding = Int8Rounding(kernels, pixels, outputs=outputs)
        network = cls(int8_model(rounding, layers))
        found = network.outputs(pixels, layers)
        check_error(max(relative_error(found[name], exact[name]) for name in layers))
        return network

    def outputs(self, pixels: torch.Tensor, layers: Sequence[str]) -> dict[str, torch.Tensor]:
        """(n, height, width, 3) uint8 RGB -> (n, c, h, w) float32 of each layer, or tap by its `tap_name`."""
        found = self._session.run({FRAMES: pixels.numpy()})
        return {name: torch.from_numpy(found[name]) for name in layers}
