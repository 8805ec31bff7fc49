"""The localiser's response over the picture, where it says something."""

from __future__ import annotations

import cv2
import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtWidgets import QGraphicsItem

from dlst_gui.overlays.layers_item import rect_of
from dlst_gui.overlays.overlay import FrameScene, OverlayInfo
from dlst_gui.overlays.palette import HEAT, LegendEntry, Mark
from tracker_core import ResponseMap

MOST_OPAQUE = 190  # of 255: the picture stays readable under the peak
SILENT_BELOW = 0.2  # of the way from the map's median to its peak
SMOOTHING = 3  # drawn cells per cell and axis; odd, so that one of them keeps the cell's centre
LEAST_CONTRAST = 1.0  # logits: a flat map is not blown up into a peak


class ResponseMapOverlay:
    """A heat map that covers exactly the image rectangle the response belongs to."""

    info = OverlayInfo(
        name="response-map",
        text="Res&ponse Map",
        shortcut="Y",
        tip="Show the localiser's response map over the search region",
        explains=True,
        is_explained_at_start=True,
    )

    def __init__(self) -> None:
        self._image = pg.ImageItem(axisOrder="row-major")
        self._image.setZValue(10)
        self._colors = heat_colors()

    @property
    def item(self) -> QGraphicsItem:
        image: QGraphicsItem = self._image
        return image

    def show_scene(self, scene: FrameScene) -> None:
        """Draw the response at its extent."""
        response = scene.diagnostics.response_map if scene.diagnostics is not None else None
        if response is None:
            self._image.clear()
            return
        levels = heat_levels(response)
        smooth = cv2.resize(levels, None, fx=SMOOTHING, fy=SMOOTHING, interpolation=cv2.INTER_LINEAR)
        self._image.setImage(self._colors[smooth], autoLevels=False)
        self._image.setRect(rect_of(response.extent))

    def legend(self, scene: FrameScene) -> tuple[LegendEntry, ...]:
        """Empty where the variant has no localiser."""
        if scene.diagnostics is None or scene.diagnostics.response_map is None:
            return ()
        return (LegendEntry("Response", HEAT, Mark.SHADE),)


def heat_levels(response: ResponseMap) -> NDArray[np.uint8]:
    """(rows, columns) 0..255: 0 at the map's median and below, 255 at its peak."""
    values = response.values
    floor, peak = float(np.median(values)), float(values.max())
    fraction = (values - floor) / max(peak - floor, LEAST_CONTRAST)
    levels: NDArray[np.uint8] = (np.clip(fraction, 0, 1) * 255).astype(np.uint8)
    return levels


def heat_colors() -> NDArray[np.uint8]:
    """(256, 4) RGBA by level: clear where the map is silent, then ever more opaque."""
    colors: NDArray[np.uint8] = pg.colormap.get("inferno").getLookupTable(nPts=256, alpha=True).copy()
    strength = np.clip((np.linspace(0, 1, 256) - SILENT_BELOW) / (1 - SILENT_BELOW), 0, 1)
    colors[:, 3] = (MOST_OPAQUE * np.sqrt(strength)).astype(np.uint8)
    return colors
