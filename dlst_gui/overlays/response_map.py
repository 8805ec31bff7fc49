"""The localiser's response over the picture, where it says something."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGraphicsItem, QGraphicsItemGroup

from dlst_gui.overlays.layers_item import LayersItem, rect_of
from dlst_gui.overlays.overlay import FrameScene, OverlayInfo
from dlst_gui.overlays.palette import HEAT, LegendEntry, Mark, Stroke
from dlst_gui.overlays.response_look import (
    LINE,
    ZERO_COLOR,
    ZERO_LINE,
    contour_layers,
    response_levels,
    smoothed,
)
from tracker_core import ResponseMap

SILENT_BELOW = 0.2  # of the way from the map's median to its peak
LEAST_CONTRAST = 1.0  # logits: a flat map is not blown up into a peak


class ResponseMapOverlay:
    """A heat map that covers exactly the image rectangle the response belongs to, or its lines of equal value."""

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
        self._lines = LayersItem()
        self._group = QGraphicsItemGroup()
        self._group.setZValue(10)
        self._group.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        for item in (self._image, self._lines):
            self._group.addToGroup(item)
        self._colors = heat_colors()

    @property
    def item(self) -> QGraphicsItem:
        return self._group

    def show_scene(self, scene: FrameScene) -> None:
        """Draw the response at its extent."""
        response = scene.diagnostics.response_map if scene.diagnostics is not None else None
        if response is None:
            self._image.clear()
            self._lines.set_layers(())
            return
        look = scene.response_look
        self._image.setVisible(not look.is_contoured)
        self._lines.set_layers(contour_layers(response) if look.is_contoured else ())
        levels = heat_levels(response)
        self._image.setImage(self._colors[smoothed(levels) if look.is_smooth else levels], autoLevels=False)
        self._image.setOpacity(look.opacity)
        self._image.setRect(rect_of(response.extent))

    def legend(self, scene: FrameScene) -> tuple[LegendEntry, ...]:
        """Empty where the variant has no localiser."""
        response = None if scene.diagnostics is None else scene.diagnostics.response_map
        if response is None:
            return ()
        if not scene.response_look.is_contoured:
            return (LegendEntry("Response", HEAT, Mark.SHADE),)
        levels = response_levels(response)
        zero = (LegendEntry("Response 0: as likely as not", Stroke(ZERO_COLOR, ZERO_LINE)),) if 0 in levels else ()
        others = [level for level in levels if level != 0]
        if not others:
            return zero
        words = ", ".join(f"{level:+g}" for level in others)
        return (*zero, LegendEntry(f"Response {words}", Stroke(HEAT.color, LINE)))


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
    colors[:, 3] = (255 * np.sqrt(strength)).astype(np.uint8)
    return colors
