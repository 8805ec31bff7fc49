"""One pass of the trunk over a square serves all: the matching head, the score map, and every box's window."""

from __future__ import annotations

import logging
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from tracker_core.backbone_weights import BackboneWeights, WeightsError
from tracker_core.box import Box, BoxArray
from tracker_core.call_monitor import CallMonitor
from tracker_core.config import DLSTConfig
from tracker_core.engine.int8_model import engine_limits
from tracker_core.engine.network_model import has_model, tap_name
from tracker_core.engine.onnx_network import OnnxNetwork, RangeNetwork
from tracker_core.feature_map import CELL_STEP, WINDOW_CELLS, Stride
from tracker_core.int8_rounding import RoundedKernels, UnfitForInt8Error
from tracker_core.networks import Backbone
from tracker_core.studio.matching_head import COARSE_LAYER, FINE_LAYER
from tracker_core.studio.square_region import SquareRegion
from tracker_core.tap_reading import read_axis
from tracker_core.tracker import AnyFrame

MAP_STRIDE: Stride = 16
"""Network pixels between cells of the score map's features, which are those of the coarsest tap."""

REACH = CELL_STEP / 75.0
"""From a box's middle to the outer cells of its window, in its sides: as in the paper's patches of 107 pixels."""

_LAYERS = (FINE_LAYER, COARSE_LAYER)

_log = logging.getLogger(__name__)


class TapView(NamedTuple):
    """One of the classifier's taps over a square.

    Attributes:
        features: (1, c, h, w) float32, scaled.
        stride: network pixels between cells.
        first: centre of cell 0, network pixels.
    """

    features: torch.Tensor
    stride: int
    first: float


@dataclass(frozen=True, slots=True)
class RegionView:
    """What the trunk makes of one square of one frame.

    Attributes:
        region: the square.
        fine, coarse: the trunk's outputs, (1, c, h, w), as the matching head takes them.
        taps: what the classifier takes of them.
    """

    region: SquareRegion
    fine: torch.Tensor
    coarse: torch.Tensor
    taps: tuple[TapView, ...]

    def windows(self, boxes_xywh: BoxArray, *, reach: float) -> torch.Tensor:
        """(n, 4) image boxes -> (n, 9, c): 3 x 3 cells of each, read bilinearly.

        Args:
            boxes_xywh: anywhere in the region; beyond its edge its edge is read.
            reach: from a box's middle to the outer cells, in its sides.
        """
        boxes = self.region.to_network(boxes_xywh)
        centers = boxes[:, 0:2] + boxes[:, 2:4] / 2
        steps = np.arange(WINDOW_CELLS) - WINDOW_CELLS // 2
        offsets = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2) * reach
        places = centers[:, None] + offsets * boxes[:, None, 2:4]  # (n, 9, 2) network pixels
        parts = []
        for features, stride, first in self.taps:
            last = features.shape[-1] - 1
            cells = ((places - first) / stride * 2 / last - 1).astype(np.float32)
            grid = torch.from_numpy(cells).to(features.device)[None]
            parts.append(F.grid_sample(features, grid, align_corners=True, padding_mode="border")[0])
        return torch.cat(parts).permute(1, 2, 0)

    def cells(self) -> tuple[torch.Tensor, float]:
        """(1, h, w, c) features of the coarsest tap's cells, and the first one's centre in network pixels."""
        coarsest, stride, first = max(self.taps, key=lambda tap: tap.stride)
        centers = [first + stride * cell for cell in range(coarsest.shape[-1])]
        parts = []
        for features, step, start in self.taps:
            wanted = [(center - start) / step for center in centers]
            parts.append(read_axis(read_axis(features, wanted, axis=2), wanted, axis=3))
        return torch.cat(parts, dim=1).permute(0, 2, 3, 1), first


class Trunk:
    """The frozen backbone, looking at squares.

    Attributes:
        device: where it runs.
        channels: of all classifier's taps together.

    Raises:
        WeightsError: the backbone's classifier does not read the two layers that the matching head reads.
    """

    def __init__(self, config: DLSTConfig, weights: BackboneWeights, device: torch.device) -> None:
        read = sorted(tap.layer for tap in weights.description.classifier)
        if read != sorted((FINE_LAYER, COARSE_LAYER)):
            raise WeightsError(f"expected a classifier that reads {FINE_LAYER} and {COARSE_LAYER}, got {read}")
        dtype = torch.bfloat16 if config.precision == "bfloat16" else torch.float32
        self._backbone = backbone = Backbone(weights, device=device, dtype=dtype)
        self._exact: Callable[[], OnnxNetwork] | None = None
        self._rounded: OnnxNetwork | None = None
        grids = {layer: self._backbone.grid_of(layer) for layer in _LAYERS}
        self._grids = {layer: (grid.stride, grid.first) for layer, grid in grids.items()}
        self._ranges: RangeNetwork | None = None
        if device.type == "cpu" and dtype == torch.float32 and has_model(self._backbone, _LAYERS):
            # Made when it is first asked for: where whole numbers serve, it never is.
            self._exact = cache(lambda: OnnxNetwork.exact(backbone, _LAYERS))
            if config.speed.int8_convolutions and weights.description.uses_int8 and engine_limits().dense > 0:
                self._ranges = RangeNetwork(RoundedKernels(self._backbone, engine_limits()), _LAYERS)
        self.device = device
        self.channels = weights.description.classifier_channels

    def fitted(self, frame: AnyFrame, box: Box, *, factor: float, size: int) -> Trunk:
        """The same for one target: where convolutions are in whole numbers, with ranges from its first frame."""
        if self._ranges is None:
            return self
        height, width = frame.shape[:2]
        squares = (box, Box(0, 0, width, height))
        pixels = np.stack(
            [
                SquareRegion.around(b, factor=f, size=size).cut(frame)
                for b, f in zip(squares, (factor, 1.0), strict=True)
            ]
        )
        fitted = copy(self)
        try:
            fitted._rounded = OnnxNetwork.rounded(self._ranges, torch.from_numpy(pixels))
        except UnfitForInt8Error as error:
            _log.warning("convolutions stay in floating point: %s", error)
        return fitted

    @torch.no_grad()
    def look(self, frame: AnyFrame, box: Box, *, factor: float, size: int, watch: CallMonitor) -> RegionView:
        """At the square around a box."""
        watch.advance(1.0)
        region = SquareRegion.around(box, factor=factor, size=size)
        with watch.measure("crop"):
            pixels = torch.from_numpy(region.cut(frame)[None])
        with watch.measure("convolve"):
            outputs, taps = self._outputs(pixels)
        views = [TapView(taps[layer], *self._grids[layer]) for layer in _LAYERS]
        return RegionView(region, outputs[FINE_LAYER], outputs[COARSE_LAYER], tuple(views))

    def _outputs(self, pixels: torch.Tensor) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
        """Both layers, and both as the classifier takes them."""
        if self._exact is None:
            found = {name: x.float() for name, x in self._backbone.outputs(pixels, _LAYERS).items()}
            return found, {tap.layer: x for tap, x in self._backbone.reader.scaled(found)}
        found = (self._rounded or self._exact()).outputs(pixels, (*_LAYERS, *map(tap_name, _LAYERS)))
        return found, {layer: found[tap_name(layer)] for layer in _LAYERS}
