"""One way of drawing over a part of the frame: figure 3 b and c of the paper."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, QSize
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from dlst_gui.overlays.candidate_looks import ORIGIN_LOOKS
from dlst_gui.overlays.layers_item import Dots, Layer, LayersItem, Outline, boxes_path, centers, rect_of
from dlst_gui.overlays.palette import HUMAN, LOCALIZED, PREVIOUS, TRACKED, Stroke
from dlst_gui.views.evidence.sampling.frame_sampling import FrameSampling
from dlst_gui.views.style.theme import THEME
from tracker_core import Box, Frame
from tracker_core.evidence import Draws

OUTLINED = 16  # of the draws, evenly spread: all of them would be mud
DOT_SIZE = 2.4  # screen pixels
MARGIN = 0.35  # of the larger side of what is to be seen, around it
HEIGHT = 138  # screen pixels
_OUTLINE_WIDTH = 0.8  # screen pixels


class DrawsView(QWidget):
    """A title, and below it the frame with the draws; both views of a frame show the same part of it."""

    def __init__(self, title: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        heading = QLabel(title)
        heading.setToolTip(tip)
        heading.setProperty("quiet", True)
        self._graphics = pg.GraphicsView(self, background=THEME.canvas)
        self._view_box = pg.ViewBox(lockAspect=True, invertY=True, enableMenu=False, enableMouse=False)
        self._graphics.setCentralItem(self._view_box)
        self._image = pg.ImageItem(axisOrder="row-major")
        self._draws, self._boxes = LayersItem(), LayersItem()
        for item in (self._image, self._draws, self._boxes):
            self._view_box.addItem(item, ignoreBounds=True)
        self._view_box.disableAutoRange()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(heading)
        layout.addWidget(self._graphics)
        self._graphics.setFixedHeight(HEIGHT)
        self._graphics.setMinimumWidth(60)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for widget in (self, self._graphics, self._graphics.viewport()):
            widget.setAccessibleName(title)
            widget.setAccessibleDescription(tip)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """What is drawn over the picture."""
        return (*self._draws.layers, *self._boxes.layers)

    def sizeHint(self) -> QSize:
        return QSize(140, HEIGHT + 18)

    def clear(self) -> None:
        """Draw nothing."""
        self._image.clear()
        self._draws.set_layers(())
        self._boxes.set_layers(())

    def show_draws(self, sampling: FrameSampling, draws: Draws, pixels: Frame | None) -> None:
        """Draw these over the part of the frame that both ways of drawing need."""
        area = shown_area(sampling)
        if pixels is None:
            self._image.clear()
        else:
            self._show_picture(pixels, area)
        self._draws.set_layers(draw_layers(draws))
        self._boxes.set_layers(box_layers(sampling))
        self._view_box.setRange(QRectF(rect_of(area)), padding=0)

    def _show_picture(self, pixels: Frame, area: Box) -> None:
        height, width = pixels.shape[:2]
        left, top = max(0, math.floor(area.x)), max(0, math.floor(area.y))
        right, bottom = min(width, math.ceil(area.right)), min(height, math.ceil(area.bottom))
        if left >= right or top >= bottom:
            self._image.clear()
            return
        self._image.setImage(np.ascontiguousarray(pixels[top:bottom, left:right]), levels=(0, 255))
        self._image.setRect(QRectF(left, top, right - left, bottom - top))


def shown_area(sampling: FrameSampling) -> Box:
    """The square part of the frame with all boxes, and a margin for the draws around them."""
    seen = sampling.seen
    boxes = [seen.previous_box, seen.chosen_box, sampling.reference]
    boxes += [box for box in (seen.localized_box, sampling.redrawing.last_seen) if box is not None]
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.right for box in boxes), max(box.bottom for box in boxes)
    side = (1 + 2 * MARGIN) * max(right - left, bottom - top)
    return Box(left, top, right - left, bottom - top).resized(side, side)


def draw_layers(draws: Draws) -> tuple[Layer, ...]:
    """The middles of all draws, and outlines of some."""
    outlines: list[Layer] = []
    dots: list[Layer] = []
    outlined = np.zeros(len(draws), np.bool_)
    outlined[np.linspace(0, len(draws) - 1, min(OUTLINED, len(draws))).astype(int)] = True
    for origin, look in ORIGIN_LOOKS.items():
        rows = draws.origins == origin
        if rows.any():
            stroke = Stroke(look.color, _OUTLINE_WIDTH)
            outlines.append(Outline(boxes_path(draws.boxes_xywh[rows & outlined]), stroke))
            dots.append(Dots(centers(draws.boxes_xywh[rows]), look.color, DOT_SIZE, look.mark))
    return (*outlines, *dots)


def box_layers(sampling: FrameSampling) -> tuple[Layer, ...]:
    """The boxes that were drawn around, the chosen one and the reference."""
    seen = sampling.seen
    boxes = [(seen.previous_box, PREVIOUS), (seen.localized_box, LOCALIZED), (seen.chosen_box, TRACKED)]
    if sampling.reference_name != "chosen":
        boxes.append((sampling.reference, HUMAN))
    return tuple(Outline(boxes_path(box.xywh[None]), stroke) for box, stroke in boxes if box is not None)
