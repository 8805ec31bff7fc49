"""Features of many places of one frame: cut one by one and exact, or as windows of maps they share."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from copy import copy

import numpy as np
import torch

from tracker_core.backbone_graph import CellGrid
from tracker_core.backbone_weights import BackboneWeights
from tracker_core.box import Box, BoxArray
from tracker_core.call_monitor import CallMonitor
from tracker_core.config import DLSTConfig, Precision
from tracker_core.cutting import make_cutter
from tracker_core.feature_map import WINDOW_CELLS, MapRegion, MapWindows, window_features
from tracker_core.int8_backbone import Int8Backbone
from tracker_core.int8_convolution import largest_weight
from tracker_core.int8_rounding import UnfitForInt8Error
from tracker_core.networks import Backbone
from tracker_core.tracker import AnyFrame, TrackerInputError

_CPU_BATCH = 16  # larger batches leave the processor's cache (measured: 8 to 16 are fastest)
_DEVICE_BATCH = 512
_SMALLEST_BATCH = 8
_RANGE_SIDE = 7  # windows per axis of what is looked at for the range of activations

_log = logging.getLogger(__name__)

Places = BoxArray | MapWindows
"""Boxes to be cut alone, or windows of maps."""


def choose_dtype(precision: Precision, device: torch.device) -> torch.dtype:
    """Precision of the frozen convolutions: bfloat16 where the processor computes in it, unless told otherwise."""
    if precision != "auto":
        return torch.bfloat16 if precision == "bfloat16" else torch.float32
    if device.type == "cuda":
        is_native = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        # The second asks oneDNN, which may have been told to do without (ONEDNN_MAX_CPU_ISA).
        is_native = (
            device.type == "cpu"
            and torch.cpu._is_avx512_bf16_supported()
            and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
        )
    return torch.bfloat16 if is_native else torch.float32


def feature_dtype(config: DLSTConfig, device: torch.device) -> torch.dtype:
    """Of remembered features and the heads' training (`SpeedConfig.feature_precision`)."""
    is_as_convolutions = config.speed.feature_precision == "convolution"
    return choose_dtype(config.precision, device) if is_as_convolutions else torch.float32


class FeatureExtractor:
    """A backbone's features for the classifier and the localiser, on the tracker's device.

    Attributes:
        device: where they are.
        cutter: cuts what the features are made of.
        dtype: of the features, `feature_dtype`.
        feature_shape: cells and channels of one box's features for the classifier.
        localizer_shape: rows, columns and channels of one search region's features.
        localizer_grid: where its cells look.
    """

    def __init__(self, config: DLSTConfig, weights: BackboneWeights, device: torch.device) -> None:
        self._config = config
        convolution_dtype = choose_dtype(config.precision, device)
        self.device = device
        self.dtype = feature_dtype(config, device)
        description = weights.description
        patches = config.patches
        self._backbone = Backbone(weights, device=device, dtype=convolution_dtype, patch_size=patches.size)
        self._classifier_backbone: Backbone | Int8Backbone = self._backbone
        self.cutter = make_cutter(patches, device, edges=config.speed.patch_edges, margin=description.margin)
        self.feature_shape = (WINDOW_CELLS**2, description.classifier_channels)
        looked_through = description.localizer.layer
        side = description.graph.sides(patches.size)[looked_through]
        self.localizer_shape = (side, side, description.graph.channels()[looked_through])
        self.localizer_grid: CellGrid = description.grid_of(looked_through)
        self._side = patches.size + 2 * description.margin
        self._batch = _CPU_BATCH if device.type == "cpu" else _DEVICE_BATCH

    def fitted(self, frame: AnyFrame, box: Box) -> FeatureExtractor:
        """The same for one target: where convolutions are in whole numbers, with ranges from its first frame."""
        fitted = copy(self)
        is_wanted = self._config.speed.int8_convolutions and self._backbone.description.uses_int8
        if not is_wanted or self.device.type != "cpu" or largest_weight() == 0:
            return fitted
        height, width = frame.shape[:2]
        seen = [
            MapRegion.around(
                area,
                columns=_RANGE_SIDE,
                rows=_RANGE_SIDE,
                stride=16,
                patch_size=self._config.patches.size,
                patch_padding=self._config.patches.padding,
            )
            for area in (box, Box(width / 4, height / 4, width / 2, height / 2))
        ]
        try:
            fitted._classifier_backbone = Int8Backbone(self._backbone, self.cutter.regions(frame, seen))
        except UnfitForInt8Error as error:
            _log.warning("convolutions stay in floating point: %s", error)
        return fitted

    def classifier_features(self, frame: AnyFrame, places: Places, watch: CallMonitor) -> torch.Tensor:
        """N places -> (n, 9, channels) features; equal boxes are computed once."""
        if isinstance(places, MapWindows):
            return self._window_features(frame, places, watch)
        return self._patch_features(frame, places, watch)

    @torch.no_grad()
    def map_cells(self, frame: AnyFrame, regions: Sequence[MapRegion], watch: CallMonitor) -> torch.Tensor:
        """Regions of one grid -> (n, h, w, channels) cells."""
        watch.advance()
        with watch.measure("crop"):
            pixels = self.cutter.regions(frame, regions)
        with watch.measure("convolve"):
            cells = self._classifier_backbone.classifier_cells(pixels, stride=regions[0].stride)
            return cells.to(self.dtype)

    @torch.no_grad()
    def localizer_features(self, pixels: torch.Tensor, *, is_normalized: bool) -> torch.Tensor:
        """(n, side, side, 3) search regions -> (n, rows, columns, c) features, not yet windowed."""
        features = self._backbone.localizer_map(pixels, is_normalized=is_normalized)
        return features.to(self.dtype) * self._backbone.localizer_gain

    @torch.no_grad()
    def localizer_cells(
        self, pixels: torch.Tensor, numbers: torch.Tensor, places: torch.Tensor, *, is_normalized: bool
    ) -> torch.Tensor:
        """(m, c) of `localizer_features`: the cells at (m, 2) row, column of regions (m,) `numbers`."""
        features = self._backbone.localizer_cells(pixels, numbers, places, is_normalized=is_normalized)
        return features.to(self.dtype) * self._backbone.localizer_gain

    @torch.no_grad()
    def _patch_features(self, frame: AnyFrame, boxes_xywh: BoxArray, watch: CallMonitor) -> torch.Tensor:
        unique, inverse = np.unique(boxes_xywh, axis=0, return_inverse=True)
        computed = torch.empty(len(unique), *self.feature_shape, dtype=self.dtype, device=self.device)
        start = 0
        while start < len(unique):
            boxes = unique[start : start + self._batch]
            watch.advance(len(boxes))
            try:
                with watch.measure("crop"):
                    patches = self.cutter.patches(frame, boxes)
                with watch.measure("convolve"):
                    computed[start : start + len(boxes)] = self._classifier_backbone.classifier_cells(
                        patches
                    ).flatten(1, 2)
            except torch.OutOfMemoryError:
                self._take_smaller_batches()
                continue
            start += len(boxes)
        return computed[torch.from_numpy(inverse.ravel()).to(self.device)]

    def _take_smaller_batches(self) -> None:
        """After the device's memory ran short; raises `TrackerInputError` where that does not help."""
        if self._batch <= _SMALLEST_BATCH:
            raise TrackerInputError(
                f"{self.device} has too little free memory even for {self._batch} patches at a time: close other "
                "programs that use it, or track with the device cpu"
            )
        self._batch //= 2
        _log.warning("%s is short of memory: continuing with %d patches at a time", self.device, self._batch)
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def _window_features(self, frame: AnyFrame, places: MapWindows, watch: CallMonitor) -> torch.Tensor:
        """Features window by window; maps are made in batches of about as many pixels as patches are."""
        if len(places) == 0:
            return torch.empty(0, *self.feature_shape, dtype=self.dtype, device=self.device)
        width, height = places.regions[0].size
        margins = self._side - self._config.patches.size
        per_batch = max(1, self._batch * self._side**2 // ((width + margins) * (height + margins)))
        windows_each = places.regions[0].columns * places.regions[0].rows
        parts = []
        for start in range(0, len(places.regions), per_batch):
            regions = places.regions[start : start + per_batch]
            first = start * windows_each
            low, high = np.searchsorted(places.numbers, [first, first + len(regions) * windows_each])
            if high == low:
                continue
            watch.advance(len(regions) * width * height / self._config.patches.size**2)
            cells = self.map_cells(frame, regions, watch)
            numbers = torch.from_numpy(places.numbers[low:high] - first).to(self.device)
            parts.append(window_features(cells, numbers, regions[0].stride))
        return torch.cat(parts)
