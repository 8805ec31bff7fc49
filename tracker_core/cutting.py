"""Pixels for the networks, cut where the networks run: by OpenCV on a CPU, by torch on any other device.

Both cut the same pixels to within a grey level; a device gets each frame once and whole, as uint8.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray
from tracker_core.config import PatchConfig, PatchEdges
from tracker_core.cropping import PatchPlan, SearchRegion, cut_patches, whole_frame
from tracker_core.feature_map import MapRegion
from tracker_core.tracker import AnyFrame


class Cutter(Protocol):
    """Cuts uint8 RGB pixels, channels last, on the networks' device.

    Patches and regions are wider on each side by the margin that the backbone asks for; search regions are not.
    """

    def patches(self, frame: AnyFrame, boxes_xywh: BoxArray) -> torch.Tensor:
        """(n, 4) boxes -> (n, side, side, 3) the classifier's patches, margins included."""
        ...

    def regions(self, frame: AnyFrame, regions: Sequence[MapRegion]) -> torch.Tensor:
        """N regions of one grid -> (n, height, width, 3)."""
        ...

    def search_region(self, frame: AnyFrame, region: SearchRegion) -> torch.Tensor:
        """(side, side, 3) the localiser's view."""
        ...


def make_cutter(
    config: PatchConfig, device: torch.device, *, edges: PatchEdges = "whole", margin: int = 0
) -> Cutter:
    """The cutter for a device, with the backbone's margin in network pixels."""
    if device.type == "cpu":
        return HostCutter(config, edges=edges, margin=margin)
    return DeviceCutter(config, device, edges=edges, margin=margin)


def _single_windows(config: PatchConfig, boxes_xywh: BoxArray) -> list[MapRegion]:
    """Each box as a map of its own: patches cut exactly as maps are."""
    return [
        MapRegion.around(
            Box.from_xywh(box),
            columns=1,
            rows=1,
            stride=16,
            patch_size=config.size,
            patch_padding=config.padding,
        )
        for box in boxes_xywh
    ]


class HostCutter:
    """OpenCV, on the CPU. Implements `Cutter`."""

    def __init__(self, config: PatchConfig, *, edges: PatchEdges = "whole", margin: int = 0) -> None:
        self._config = config
        self._edges = edges
        self._margin = margin

    def patches(self, frame: AnyFrame, boxes_xywh: BoxArray) -> torch.Tensor:
        """See `Cutter.patches`."""
        config = self._config
        if self._edges == "sub-pixel":
            return self.regions(frame, _single_windows(config, boxes_xywh))
        return torch.from_numpy(
            cut_patches(
                frame,
                boxes_xywh,
                size=config.size + 2 * self._margin,
                padding=config.padding + self._margin,
                pad_value=config.pad_value,
            )
        )

    def regions(self, frame: AnyFrame, regions: Sequence[MapRegion]) -> torch.Tensor:
        """See `Cutter.regions`."""
        return torch.from_numpy(
            np.stack(
                [region.cut(frame, pad_value=self._config.pad_value, margin=self._margin) for region in regions]
            )
        )

    def search_region(self, frame: AnyFrame, region: SearchRegion) -> torch.Tensor:
        """See `Cutter.search_region`."""
        return torch.from_numpy(region.cut(frame, pad_value=self._config.pad_value))


class DeviceCutter:
    """Bilinear sampling on the device. Implements `Cutter`."""

    def __init__(
        self, config: PatchConfig, device: torch.device, *, edges: PatchEdges = "whole", margin: int = 0
    ) -> None:
        self._config = config
        self._edges = edges
        self._margin = margin
        self._device = device
        self._frame: AnyFrame | None = None
        self._pixels = torch.empty(0)

    def patches(self, frame: AnyFrame, boxes_xywh: BoxArray) -> torch.Tensor:
        """See `Cutter.patches`."""
        config = self._config
        if self._edges == "sub-pixel":
            return self.regions(frame, _single_windows(config, boxes_xywh))
        height, width = frame.shape[:2]
        plan = PatchPlan.of(
            boxes_xywh,
            size=config.size + 2 * self._margin,
            padding=config.padding + self._margin,
            frame_width=width,
            frame_height=height,
        )
        (x, is_inside_x), (y, is_inside_y) = (plan.source_positions(axis) for axis in (0, 1))
        pixels = self._sampled(frame, x, y)
        is_inside = self._tensor(is_inside_y)[:, :, None] & self._tensor(is_inside_x)[:, None, :]
        return pixels.masked_fill_(~is_inside[..., None], config.pad_value)

    def regions(self, frame: AnyFrame, regions: Sequence[MapRegion]) -> torch.Tensor:
        """See `Cutter.regions`."""
        x, y = (
            np.stack([region.source_positions(axis, margin=self._margin) for region in regions]) for axis in (0, 1)
        )
        return self._sampled(frame, x, y)

    def search_region(self, frame: AnyFrame, region: SearchRegion) -> torch.Tensor:
        """See `Cutter.search_region`."""
        x, y = (region.source_positions(axis)[None] for axis in (0, 1))
        return self._sampled(frame, x, y)[0]

    def _sampled(self, frame: AnyFrame, x: NDArray[np.float64], y: NDArray[np.float64]) -> torch.Tensor:
        """(n, w) columns and (n, h) rows, 0 in the first pixel's middle -> (n, h, w, 3); padding outside."""
        height, width = frame.shape[:2]
        n, w = x.shape
        h = y.shape[1]
        grid_x = self._tensor((2 * x / max(1, width - 1) - 1).astype(np.float32))
        grid_y = self._tensor((2 * y / max(1, height - 1) - 1).astype(np.float32))
        grid = torch.stack([grid_x[:, None, :].expand(n, h, w), grid_y[:, :, None].expand(n, h, w)], dim=-1).view(
            1, n * h, w, 2
        )
        # Zeros outside, so the padding's grey level is taken off before and put back after.
        sampled = F.grid_sample(self._uploaded(frame), grid, padding_mode="zeros", align_corners=True)
        pixels = (sampled + self._config.pad_value).round_().to(torch.uint8)
        return pixels[0].view(3, n, h, w).permute(1, 2, 3, 0)

    def _uploaded(self, frame: AnyFrame) -> torch.Tensor:
        """(1, 3, height, width) float32 less the padding; the frame travels once however often it is cut."""
        if self._frame is not frame:
            pixels = self._tensor(whole_frame(frame)).permute(2, 0, 1)[None]
            self._frame, self._pixels = frame, pixels.float() - self._config.pad_value
        return self._pixels

    def _tensor(self, values: NDArray[np.generic]) -> torch.Tensor:
        return torch.from_numpy(values).to(self._device, non_blocking=True)
