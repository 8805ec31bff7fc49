"""Where is the target now? One look at a region around its last place. Source: paper 3.1.

Geometry follows from the layer that serves the localiser (`FeatureExtractor.localizer_grid`). With VGG-M, cell k
(0-based) of the 51-cell map looks at input pixels around 2 k + 3.5, measured in edges 0..107; of the map upsampled
twice, cell m covers one input pixel around m + 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray
from tracker_core.call_monitor import CallMonitor
from tracker_core.config import Decision, LocalizerConfig
from tracker_core.cropping import SearchRegion
from tracker_core.features import FeatureExtractor
from tracker_core.networks import Head
from tracker_core.row_store import Rows, RowStore
from tracker_core.tracker import AnyFrame, ResponseMap
from tracker_core.training import target_scores


@dataclass(frozen=True, slots=True)
class RegionCrops:
    """Search regions kept for training: small pixels instead of large feature maps.

    Attributes:
        pixels: (side, side, 3) uint8 RGB rows.
        origins: (n, 2) float64: the target's centre as column, row on the map of cells (0-based).
    """

    pixels: Rows
    origins: NDArray[np.float64]

    @classmethod
    def joined(cls, parts: list[RegionCrops]) -> RegionCrops:
        """All rows of all parts."""
        pixels = Rows.joined([part.pixels for part in parts])
        return cls(pixels, np.concatenate([part.origins for part in parts]))


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
    """A 1x1 convolutional head on windowed features of the search region.

    Args:
        config: its constants.
        extractor: of the target; gives the features.
        head: learned online.
        kept_pixels: room for the search regions that are trained on, (side, side, 3) uint8 rows.
        decision: how the head's logits become a response.

    Attributes:
        config: its constants.
        head: learned online.
        map_side: cells of the map along an axis.
    """

    def __init__(
        self,
        config: LocalizerConfig,
        extractor: FeatureExtractor,
        head: Head,
        *,
        kept_pixels: RowStore,
        decision: Decision,
    ) -> None:
        self.config = config
        self._decision = decision
        self._extractor = extractor
        self.head = head
        self._grid = extractor.localizer_grid
        self.map_side = extractor.localizer_shape[0]
        window = torch.hann_window(self.map_side, periodic=False)
        self._window = torch.outer(window, window).to(extractor.device, extractor.dtype)[None, :, :, None]
        self._kept_pixels = kept_pixels
        self._side = kept_pixels.values.shape[1]

    def localize(self, frame: AnyFrame, box: Box) -> Localization:
        """Look for the target around its last place."""
        region = self._region_around(box)
        with torch.no_grad():
            pixels = self._extractor.cutter.search_region(frame, region)
            logits = self.head(self.features(pixels[None]))
            response = target_scores(logits, self._decision)[:, None]
            upsampled = F.interpolate(
                response, scale_factor=self.config.response_upsampling, mode="bicubic", align_corners=False
            )
        values = upsampled[0, 0].cpu().numpy()
        response_map = ResponseMap(values, self._extent(region, len(values)))
        if values.max() <= 0:
            return Localization(region, response_map, None)
        column, row = np.unravel_index(int(values.T.argmax()), values.T.shape)  # first by columns (authors)
        return Localization(region, response_map, self._moved(box, region, column=float(column), row=float(row)))

    def crops_of(self, frame: AnyFrame, boxes_xywh: BoxArray, watch: CallMonitor) -> RegionCrops:
        """Search regions around boxes of a frame whose target is known, for training."""
        pixels, origins = [], []
        for row in boxes_xywh:
            watch.advance()  # a large region takes hundredths of a second
            box = Box.from_xywh(row)
            region = self._region_around(box)
            pixels.append(self._extractor.cutter.search_region(frame, region))
            origins.append([self._cell_of(position) for position in region.to_input(*box.center)])
        return RegionCrops(self._kept_pixels.put(torch.stack(pixels)), np.array(origins))

    def target_cells(self, origins: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(n, 2) target cells -> (n, rows, columns): which cells are on the target."""
        cells = np.arange(self.map_side)
        dx = cells[None, None, :] - origins[:, 0, None, None]
        dy = cells[None, :, None] - origins[:, 1, None, None]
        return np.asarray(np.hypot(dx, dy) <= self.config.label_radius)

    def features(self, pixels: torch.Tensor) -> torch.Tensor:
        """(n, side, side, 3) search regions -> (n, rows, columns, c) windowed features."""
        return self._extractor.localizer_features(pixels, is_normalized=self._is_normalized) * self._window

    def features_at(self, pixels: torch.Tensor, cells: torch.Tensor) -> torch.Tensor:
        """Of (n, side, side, 3) regions, (m,) cells counted region by region, row by row -> (m, c)."""
        side = self.map_side
        numbers, row, column = cells // side**2, cells // side % side, cells % side
        places = torch.stack([row, column], dim=1)
        features = self._extractor.localizer_cells(pixels, numbers, places, is_normalized=self._is_normalized)
        return features * self._window[0, row, column]

    @property
    def _is_normalized(self) -> bool:
        return self.config.feature == "norm1"

    def _region_around(self, box: Box) -> SearchRegion:
        return SearchRegion.around(box, factor=self.config.search_factor, size=self._side)

    def _cell_of(self, position: float) -> float:
        """Input position -> fractional cell. The authors read half the position as a cell counted from 1."""
        if self.config.geometry == "authors":
            return position / self._grid.stride - 1
        return self._grid.cell_of(position)

    def _moved(self, box: Box, region: SearchRegion, *, column: float, row: float) -> Box:
        """The box, its centre at a cell of the upsampled map."""
        if self.config.geometry == "authors":
            scale_x, scale_y = region.scale
            # Of the upsampled map, counted from 1 (authors: 51, of 102).
            middle = self.map_side * self.config.response_upsampling // 2
            return box.shifted((column + 1 - middle) / scale_x, (row + 1 - middle) / scale_y)
        # Not relative to the region's centre: its edges are whole pixels, so that is up to a pixel off the box's.
        x, y = region.to_image(self._input_position(column), self._input_position(row))
        center_x, center_y = box.center
        return box.shifted(x - center_x, y - center_y)

    def _input_position(self, index: float) -> float:
        """Centre of a cell of the upsampled map, in input pixels."""
        upsampling = self.config.response_upsampling
        return self._grid.position_of((index + 0.5) / upsampling - 0.5)

    def _extent(self, region: SearchRegion, cells: int) -> Box:
        left, top = region.to_image(self._input_position(-0.5), self._input_position(-0.5))
        right, bottom = region.to_image(self._input_position(cells - 0.5), self._input_position(cells - 0.5))
        return Box(left, top, right - left, bottom - top)


@dataclass(frozen=True, slots=True)
class RegionSamples:
    """Search regions as training data; features and labels are made batch by batch.

    Attributes:
        localizer: makes the features.
        crops: the regions.
        background_cells: cells off the target that a region gives to one batch, at random; 0 for all.
        rng: draws them.
    """

    localizer: Localizer
    crops: RegionCrops
    background_cells: int
    rng: np.random.Generator

    def __len__(self) -> int:
        return len(self.crops.pixels)

    def batch(self, rows: NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Some regions -> features (m, c) of their cells, labels (m,) int64 and weights (m,) float32."""
        is_target = self.localizer.target_cells(self.crops.origins[rows]).reshape(len(rows), -1)
        cells, weights = [], []
        for number, on_target in enumerate(is_target):
            target, background = np.flatnonzero(on_target), np.flatnonzero(~on_target)
            if 0 < self.background_cells < len(background):
                background = self.rng.choice(background, self.background_cells, replace=False)
            cells.append(np.concatenate([target, background]) + number * self.localizer.map_side**2)
            # Each class weighs one half per region.
            weights += [np.full(len(part), 0.5 / max(1, len(part))) for part in (target, background)]
        chosen = np.concatenate(cells)
        device = self.crops.pixels.store.values.device
        pixels = self.crops.pixels.take(torch.from_numpy(rows).to(device))
        return (
            self.localizer.features_at(pixels, torch.from_numpy(chosen).to(device)),
            torch.from_numpy(is_target.ravel()[chosen].astype(np.int64)).to(device),
            torch.from_numpy(np.concatenate(weights).astype(np.float32)).to(device),
        )
