"""Draws by their overlap with the reference box: figure 3 d of the paper."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dlst_gui.overlays.candidate_looks import ORIGIN_LOOKS
from dlst_gui.overlays.palette import S_NORM, TRACKED, LegendEntry, Stroke
from dlst_gui.views.evidence.sampling.frame_sampling import FrameSampling
from dlst_gui.views.style.theme import THEME
from tracker_core.evidence import CLOSE, ON_TARGET, OVERLAP_BINS, Overlaps

HEIGHT = 150  # screen pixels
_EDGES = np.linspace(0, 1, OVERLAP_BINS + 1)
_BOUNDS = np.linspace(0, 1, 101)
_FILL_ALPHA = 190  # of 255
_HEADROOM = 1.15
_LEAST = 4  # draws that the axis reaches at least


class OverlapPlot(QWidget):
    """Bars of S_comb by origin and a line of S_norm; or how many reach an overlap, as two lines."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._graphics = pg.GraphicsView(self, background=THEME.canvas)
        self._plot = pg.PlotItem(viewBox=pg.ViewBox(enableMenu=False, enableMouse=False), enableMenu=False)
        self._plot.hideButtons()
        for side, name in (("bottom", "overlap (IoU)"), ("left", "draws")):
            axis = self._plot.getAxis(side)
            axis.enableAutoSIPrefix(False)
            axis.setPen(THEME.canvas_line)
            axis.setTextPen(THEME.canvas_text)
            axis.setLabel(name, color=THEME.canvas_text)
        self._graphics.setCentralItem(self._plot)
        self._plot.getViewBox().disableAutoRange()
        self._plot.getAxis("bottom").setTicks([[(tick, f"{tick:g}") for tick in (0, 0.25, ON_TARGET, CLOSE, 1)]])
        self._plot.setXRange(0, 1, padding=0)
        for bound in (ON_TARGET, CLOSE):
            self._plot.addItem(pg.InfiniteLine(bound, pen=pg.mkPen(THEME.canvas_line, style=Qt.PenStyle.DashLine)))
        self._bars = {
            origin: pg.BarGraphItem(x0=[], width=0, height=[], brush=_fill(look.color), pen=None)
            for origin, look in ORIGIN_LOOKS.items()
        }
        self._combined = pg.PlotCurveItem(pen=pg.mkPen(THEME.canvas_text, width=2))
        self._normal = pg.PlotCurveItem(pen=pg.mkPen(S_NORM.color, width=S_NORM.width))
        self._chosen = pg.InfiniteLine(0, pen=pg.mkPen(TRACKED.color, width=TRACKED.width))
        self._cut = pg.TextItem(color=THEME.canvas_text, anchor=(1, 0), fill=THEME.canvas)
        for item in (*self._bars.values(), self._combined, self._normal, self._chosen, self._cut):
            self._plot.addItem(item)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._graphics)
        self.setFixedHeight(HEIGHT)
        for widget in (self, self._graphics, self._graphics.viewport()):
            widget.setAccessibleName("Draws by overlap")

    def sizeHint(self) -> QSize:
        return QSize(280, HEIGHT)

    def show_sampling(self, sampling: FrameSampling, *, is_cumulative: bool) -> None:
        """Draw both sets."""
        norm, comb = sampling.normal_overlaps, sampling.combined_overlaps
        self._chosen.setValue(sampling.chosen_overlap)
        self._combined.setVisible(is_cumulative)
        for bars in self._bars.values():
            bars.setVisible(not is_cumulative)
        if is_cumulative:
            counts = np.stack([norm.curve(_BOUNDS), comb.curve(_BOUNDS)])
            self._normal.setData(_BOUNDS, counts[0])
            self._combined.setData(_BOUNDS, counts[1])
            self._set_height(float(counts.max()))
            self._cut.setText("")
        else:
            self._show_histogram(norm, comb)

    def _show_histogram(self, norm: Overlaps, comb: Overlaps) -> None:
        below = np.zeros(OVERLAP_BINS, np.int64)
        for origin, bars in self._bars.items():
            counts = comb.of(origin).histogram()
            bars.setOpts(x0=_EDGES[:-1], width=_EDGES[1], y0=below, height=counts)
            below = below + counts
        of_norm = norm.histogram()
        self._normal.setData(np.repeat(_EDGES, 2)[1:-1], np.repeat(of_norm, 2))
        self._set_height(float(max(of_norm[1:].max(), below[1:].max())))
        # Boxes that miss the object altogether would dwarf those that do not: said instead of drawn to scale.
        text = f"below {_EDGES[1]:.2f}: {of_norm[0]} of S_norm,\n{below[0]} of S_comb"
        self._cut.setText(text if max(of_norm[0], below[0]) > self._height else "")
        self._cut.setPos(1, self._height)

    def _set_height(self, tallest: float) -> None:
        self._height = max(_LEAST, tallest * _HEADROOM)
        self._plot.setYRange(0, self._height, padding=0)


def legend_of(sampling: FrameSampling, *, is_cumulative: bool) -> tuple[LegendEntry, ...]:
    """What the lines and bars are."""
    entries = [LegendEntry("S_norm: all around the previous box", S_NORM)]
    if is_cumulative:
        entries.append(LegendEntry("S_comb", Stroke(THEME.canvas_text)))
    looks = (ORIGIN_LOOKS[origin] for origin in sampling.combined_overlaps.present_origins)
    entries += [
        LegendEntry(f"S_comb: around the {look.name} box", Stroke(look.color), look.mark) for look in looks
    ]
    return tuple(entries)


def _fill(color: str) -> QColor:
    fill = QColor(color)
    fill.setAlpha(_FILL_ALPHA)
    return fill
