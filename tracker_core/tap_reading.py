"""From outputs of layers to the cells that boxes' windows are made of.

A window has 3 x 3 cells, 16 input pixels apart and centred on its patch; dense maps have them 8 apart. Where a
layer's own cells lie there they are taken as they are, elsewhere read bilinearly between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from tracker_core.backbone_graph import CellGrid
from tracker_core.backbone_weights import BackboneDescription, Tap
from tracker_core.feature_map import CELL_STEP, WINDOW_CELLS, Stride


class TapReader:
    """Reads the classifier's taps.

    Args:
        description: says which they are.
        patch_size: input pixels of one window with its context, without the margin.
        device: of the outputs.
    """

    def __init__(self, description: BackboneDescription, *, patch_size: int, device: torch.device) -> None:
        self._margin = description.margin
        self._patch_size = patch_size
        folded = description.folded_gains()
        self._taps = [
            (tap, None if tap.layer in folded else _scaling(tap, device)) for tap in description.classifier
        ]

    def scaled(self, outputs: Mapping[str, torch.Tensor]) -> Iterator[tuple[Tap, torch.Tensor]]:
        """Each tap with its output (n, c, h, w), smoothed and scaled as it asks, at the layer's own cells."""
        for tap, scaling in self._taps:
            x = outputs[tap.layer]
            if tap.is_smoothed:
                x = F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
            yield tap, x if scaling is None else _scaled(x, scaling)

    def wanted(self, sides: tuple[int, int], stride: Stride) -> tuple[list[float], list[float]]:
        """Positions of the cells' rows and columns, for pixels of this height and width."""
        first = self._margin + self._patch_size / 2 - (WINDOW_CELLS // 2) * CELL_STEP
        rows, columns = (
            (side - 2 * self._margin - self._patch_size) // stride + (WINDOW_CELLS - 1) * CELL_STEP // stride + 1
            for side in sides
        )
        return [first + stride * i for i in range(rows)], [first + stride * i for i in range(columns)]

    def cells(
        self,
        outputs: Mapping[str, torch.Tensor],
        grids: Mapping[str, CellGrid],
        *,
        sides: tuple[int, int],
        stride: Stride,
    ) -> torch.Tensor:
        """Taps' outputs (n, c, h, w) -> (n, rows, columns, channels of all taps).

        Args:
            outputs: by layer.
            grids: where their cells look.
            sides: height and width of the pixels.
            stride: input pixels from cell to cell.
        """
        rows, columns = self.wanted(sides, stride)
        parts = []
        for tap, scaling in self._taps:
            x = outputs[tap.layer]
            if tap.is_smoothed:
                x = F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
            grid = grids[tap.layer]
            x = read_axis(x, [grid.cell_of(position) for position in rows], axis=2)
            x = read_axis(x, [grid.cell_of(position) for position in columns], axis=3)
            parts.append(x if scaling is None else _scaled(x, scaling))
        return (parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)).permute(0, 2, 3, 1)


def read_axis(x: torch.Tensor, cells: Sequence[float], *, axis: int) -> torch.Tensor:
    """Cells along an axis: themselves where they are whole numbers, else between neighbours, held at the ends."""
    last = x.shape[axis] - 1
    if all(cell == int(cell) and 0 <= cell <= last for cell in cells):
        whole = [int(cell) for cell in cells]
        if whole == list(range(last + 1)):
            return x
        return x.index_select(axis, torch.tensor(whole, device=x.device))
    held = torch.tensor([min(max(cell, 0.0), float(last)) for cell in cells], dtype=torch.float64)
    lower = held.floor().long()
    shape = [1, 1, 1, 1]
    shape[axis] = len(cells)
    part = (held - lower).to(x.device, x.dtype).view(shape)
    below = x.index_select(axis, lower.to(x.device))
    above = x.index_select(axis, (lower + 1).clamp_(max=last).to(x.device))
    return torch.lerp(below, above, part)


def scaling_of(tap: Tap) -> tuple[torch.Tensor, torch.Tensor]:
    """Factor and what is added, float32, (c,) or (1,) for all channels."""
    factor = tap.gain / torch.tensor(tap.deviation or (1.0,), dtype=torch.float64)
    added = -factor * torch.tensor(tap.mean or (0.0,), dtype=torch.float64)
    return factor.float(), added.float()


def _scaling(tap: Tap, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """The same as (1, c, 1, 1)."""
    factor, added = (values.to(device).view(1, -1, 1, 1) for values in scaling_of(tap))
    return factor, added


def _scaled(x: torch.Tensor, scaling: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    factor, added = (value.to(x.dtype) for value in scaling)
    return torch.addcmul(added, x, factor)
