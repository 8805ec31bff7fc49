"""One pass of the trunk over a square serves all: the matching head, the score map, and every box's window."""

from __future__ import annotations

import logging
from copy import copy

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from tracker_core.backbone_weights import BackboneWeights, WeightsError
from tracker_core.box import Box, BoxArray
from tracker_core.call_monitor import CallMonitor
from tracker_core.config import DLSTConfig
from tracker_core.feature_map import CELL_STEP, WINDOW_CELLS, Stride
from tracker_core.int8_backbone import Int8Backbone, UnfitForInt8Error
from tracker_core.int8_convolution import largest_weight
from tracker_core.networks import Backbone
from tracker_core.studio.matching_head import COARSE_LAYER, FINE_LAYER
from tracker_core.studio.square_region import SquareRegion
from tracker_core.tap_reading import read_axis
from tracker_core.tracker import AnyFrame

MAP_STRIDE: Stride = 8
"""Network pixels between cells of the dense features, which are those of the finest tap."""


_log = logging.getLogger(__name__)


class RegionView:
    """What the trunk makes of one square of one frame.

    Attributes:
        region: the square.
        fine, coarse: the trunk's outputs, (1, c, h, w).
    """

    def __init__(self, region: SquareRegion, outputs: dict[str, torch.Tensor], backbone: Backbone) -> None:
        self.region = region
        self.fine, self.coarse = outputs[FINE_LAYER], outputs[COARSE_LAYER]
        self._outputs = outputs
        self._backbone = backbone
        self._scaled: list[tuple[torch.Tensor, int, float]] = []

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
        for features, stride, first in self._taps():
            last = features.shape[-1] - 1
            cells = ((places - first) / stride * 2 / last - 1).astype(np.float32)
            grid = torch.from_numpy(cells).to(features.device)[None]
            parts.append(F.grid_sample(features, grid, align_corners=True, padding_mode="border")[0])
        return torch.cat(parts).permute(1, 2, 0)

    def cells(self) -> tuple[torch.Tensor, float]:
        """(1, h, w, c) features of all cells at stride 8, and the first one's centre in network pixels."""
        fine, stride, first = self._taps()[0]
        count = fine.shape[-1]
        parts = [fine]
        for features, step, start in self._taps()[1:]:
            wanted = [(first + stride * cell - start) / step for cell in range(count)]
            parts.append(read_axis(read_axis(features, wanted, axis=2), wanted, axis=3))
        return torch.cat(parts, dim=1).permute(0, 2, 3, 1), first

    def _taps(self) -> list[tuple[torch.Tensor, int, float]]:
        """Scaled outputs of the classifier's taps, float32, each with stride and first cell."""
        if not self._scaled:
            for tap, features in self._backbone.reader.scaled(self._outputs):
                grid = self._backbone.grid_of(tap.layer)
                self._scaled.append((features, grid.stride, grid.first))
        return self._scaled


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
        self._backbone = Backbone(weights, device=device, dtype=dtype)
        self._int8: Int8Backbone | None = None
        is_fast = config.speed.int8_convolutions and weights.description.uses_int8
        self._is_int8_wanted = is_fast and device.type == "cpu" and largest_weight() > 0
        self.device = device
        self.channels = weights.description.classifier_channels

    def fitted(self, frame: AnyFrame, box: Box, *, factor: float, size: int) -> Trunk:
        """The same for one target: where convolutions are in whole numbers, with ranges from its first frame."""
        fitted = copy(self)
        fitted._int8 = None
        if not self._is_int8_wanted:
            return fitted
        height, width = frame.shape[:2]
        squares = (box, Box(0, 0, width, height))
        pixels = np.stack(
            [
                SquareRegion.around(b, factor=f, size=size).cut(frame)
                for b, f in zip(squares, (factor, 1.0), strict=True)
            ]
        )
        try:
            fitted._int8 = Int8Backbone(self._backbone, torch.from_numpy(pixels))
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
            if self._int8 is not None:
                outputs = self._int8.outputs(pixels)
            else:
                outputs = self._backbone.outputs(pixels, (FINE_LAYER, COARSE_LAYER))
        return RegionView(region, {name: x.float() for name, x in outputs.items()}, self._backbone)


REACH = CELL_STEP / 75.0
"""From a box's middle to the outer cells of its window, in its sides: as in the paper's patches of 107 pixels."""
