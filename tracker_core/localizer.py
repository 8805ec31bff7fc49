"""Where is the target now? One look at a region around its last place. Source: paper 3.1.

Geometry: cell k (0-based) of the 51-cell map looks at input pixels around 2 k + 3.5, measured in edges 0..107. Of
the map upsampled twice, cell m covers one input pixel around m + 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray
from tracker_core.config import DLSTConfig
from tracker_core.cropping import SearchRegion
from tracker_core.features import FeatureExtractor
from tracker_core.networks import Head
from tracker_core.tracker import Frame, ResponseMap
from tracker_core.training import target_scores
from tracker_core.watch import Watch

_MAP_SIDE = 51  # conv1: (107 - 7) / 2 + 1
_CELL_STRIDE = 2.0  # input pixels from cell to cell
_FIRST_CELL = 3.5  # input position of cell 0's centre: half of conv1's 7 pixels


@dataclass(frozen=True, slots=True)
class RegionCrops:
    """Search regions kept for training: small pixels instead of large feature maps.

    Attributes:
        pixels: (n, 107, 107, 3) float16 RGB.
        origins: (n, 2) float64: the target's centre as column, row on the 51-cell map (0-based).
    """

    pixels: NDArray[np.float16]
    origins: NDArray[np.float64]

    @classmethod
    def joined(cls, parts: list[RegionCrops]) -> RegionCrops:
        """All rows of all parts."""
        return cls(
            np.concatenate([part.pixels for part in parts]), np.concatenate([part.origins for part in parts])
        )


@dataclass(frozen=True, slots=True)
class Localization:
    """What one look told.

    Attributes:
        region: the image rectangle looked at.
        response_map: target logits over it.
        box: the proposed place, with the last box's size; None where nothing looks like the target.
    """

    region: SearchRegion
    response_map: ResponseMap
    box: Box | None


class Localizer:
    """A 1x1 convolutional head on windowed conv1 features of the search region."""

    def __init__(self, config: DLSTConfig, extractor: FeatureExtractor, head: Head) -> None:
        self._config = config
        self._extractor = extractor
        self.head = head
        window = torch.hann_window(_MAP_SIDE, periodic=False)
        device = next(head.parameters()).device
        self._window = torch.outer(window, window).to(device)[None, :, :, None]

    def localize(self, frame: Frame, box: Box) -> Localization:
        """Look for the target around its last place."""
        region = SearchRegion.around(box, factor=self._config.search_factor, size=self._config.patch_size)
        with torch.no_grad():
            logits = self.head(self._features(region.cut(frame, pad_value=self._config.pad_value)[None]))
            response = target_scores(logits, self._config)[:, None]
            upsampled = F.interpolate(
                response, scale_factor=self._config.response_upsampling, mode="bicubic", align_corners=False
            )
        values = upsampled[0, 0].cpu().numpy()
        response_map = ResponseMap(values, self._extent(region, len(values)))
        if values.max() <= 0:
            return Localization(region, response_map, None)
        column, row = np.unravel_index(int(values.T.argmax()), values.T.shape)  # first by columns (authors)
        return Localization(region, response_map, self._moved(box, region, column=float(column), row=float(row)))

    def crops_of(self, frame: Frame, boxes_xywh: BoxArray, watch: Watch) -> RegionCrops:
        """Search regions around boxes of a frame whose target is known, for training."""
        pixels, origins = [], []
        for row in boxes_xywh:
            watch.advance()  # a large region takes hundredths of a second
            box = Box.from_xywh(row)
            region = SearchRegion.around(box, factor=self._config.search_factor, size=self._config.patch_size)
            pixels.append(region.cut(frame, pad_value=self._config.pad_value))
            origins.append([self._cell_of(position) for position in region.to_input(*box.center)])
        return RegionCrops(np.stack(pixels), np.array(origins))

    def training_samples(self, crops: RegionCrops) -> _Samples:
        """The crops as training data: features and labels are made batch by batch."""
        return _Samples(self, crops)

    def labels(self, origins: NDArray[np.float64]) -> tuple[torch.Tensor, torch.Tensor]:
        """(n, 2) target cells -> labels (n, 51, 51) int64 and weights; each class weighs one half per region."""
        cells = np.arange(_MAP_SIDE)
        dx = cells[None, None, :] - origins[:, 0, None, None]
        dy = cells[None, :, None] - origins[:, 1, None, None]
        is_target = np.hypot(dx, dy) <= self._config.label_radius
        targets = is_target.sum(axis=(1, 2), keepdims=True)
        weights = np.where(is_target, 0.5 / np.maximum(targets, 1), 0.5 / (is_target[0].size - targets))
        return torch.from_numpy(is_target.astype(np.int64)), torch.from_numpy(weights.astype(np.float32))

    def _features(self, pixels: NDArray[np.float16]) -> torch.Tensor:
        return self._extractor.localizer_features(pixels) * self._window

    def _cell_of(self, position: float) -> float:
        """Input position -> fractional cell. The authors read half the position as a cell counted from 1."""
        if self._config.geometry == "authors":
            return position / _CELL_STRIDE - 1
        return (position - _FIRST_CELL) / _CELL_STRIDE

    def _moved(self, box: Box, region: SearchRegion, *, column: float, row: float) -> Box:
        """The box, its centre at a cell of the upsampled map."""
        if self._config.geometry == "authors":
            scale_x, scale_y = region.scale
            middle = 51  # of the upsampled map, counted from 1 (authors)
            return box.shifted((column + 1 - middle) / scale_x, (row + 1 - middle) / scale_y)
        # Not relative to the region's centre: its edges are whole pixels, so that is up to a pixel off the box's.
        x, y = region.to_image(self._input_position(column), self._input_position(row))
        center_x, center_y = box.center
        return box.shifted(x - center_x, y - center_y)

    def _input_position(self, index: float) -> float:
        """Centre of a cell of the upsampled map, in input pixels."""
        upsampling = self._config.response_upsampling
        return _FIRST_CELL + _CELL_STRIDE * ((index + 0.5) / upsampling - 0.5)

    def _extent(self, region: SearchRegion, cells: int) -> Box:
        left, top = region.to_image(self._input_position(-0.5), self._input_position(-0.5))
        right, bottom = region.to_image(self._input_position(cells - 0.5), self._input_position(cells - 0.5))
        return Box(left, top, right - left, bottom - top)

    def _batch(
        self, crops: RegionCrops, rows: NDArray[np.int64]
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        labels, weights = self.labels(crops.origins[rows])
        features = self._features(crops.pixels[rows])
        return features, labels.to(features.device), weights.to(features.device)


@dataclass(frozen=True, slots=True)
class _Samples:
    localizer: Localizer
    crops: RegionCrops

    def __len__(self) -> int:
        return len(self.crops.pixels)

    def batch(self, rows: NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        return self.localizer._batch(self.crops, rows)
