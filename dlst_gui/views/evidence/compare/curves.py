"""Two runs over their frames: how much their boxes overlap, and their scores over each other."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent
from PySide6.QtCore import QPointF, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dlst_gui.views.style.theme import THEME
from tracker_core.evidence import PARTED_IOU, Comparison, RunBoxes

AXIS_WIDTH = 46  # screen pixels, of both plots, so that their frames lie below one another
SMALLEST = 110, 240  # screen pixels


class RunCurves(QWidget):
    """A click goes to its frame; the wheel zooms, dragging pans, a double click shows all frames again."""

    frame_sought = Signal(int)
    frame_pointed = Signal(object)  # position in the comparison; None where the mouse is elsewhere

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._comparison: Comparison | None = None
        self._graphics = pg.GraphicsLayoutWidget(self)
        self._graphics.setBackground(THEME.canvas)
        self._iou_plot = self._made_plot(0, "IoU")
        self._score_plot = self._made_plot(1, "score")
        self._score_plot.setXLink(self._iou_plot)
        self._score_plot.setLabel("bottom", "frame", color=THEME.canvas_text)
        self._iou_plot.getAxis("bottom").setStyle(showValues=False)
        self._iou_plot.setYRange(0, 1, padding=0.04)
        self._iou_plot.setMouseEnabled(y=False)
        self._iou = self._curve(self._iou_plot, THEME.canvas_text)
        self._scores = tuple(self._curve(self._score_plot, THEME.canvas_text) for _ in range(2))
        for plot, level in ((self._iou_plot, PARTED_IOU), (self._score_plot, 0.0)):
            plot.addItem(_line(0, THEME.canvas_line, Qt.PenStyle.SolidLine, at=level), ignoreBounds=True)
        plots = self._iou_plot, self._score_plot
        self._partings = tuple(_line(90, THEME.warning, Qt.PenStyle.DashLine) for _ in plots)
        self._playheads = tuple(_line(90, THEME.canvas_text, Qt.PenStyle.SolidLine) for _ in plots)
        for plot, parting, playhead in zip(plots, self._partings, self._playheads, strict=True):
            plot.addItem(parting, ignoreBounds=True)
            plot.addItem(playhead, ignoreBounds=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._graphics)
        self._graphics.scene().sigMouseClicked.connect(self._on_clicked)
        self._graphics.scene().sigMouseMoved.connect(self._on_mouse_moved)
        self.setMinimumSize(*SMALLEST)
        for widget in (self, self._graphics, self._graphics.viewport()):
            widget.setAccessibleName("IoU and scores of two runs")

    def sizeHint(self) -> QSize:
        return QSize(300, 240)

    @property
    def comparison(self) -> Comparison | None:
        """What is drawn."""
        return self._comparison

    def show_comparison(self, comparison: Comparison | None, colors: tuple[str, str]) -> None:
        """Draw two runs, the second over the first; for the same frames the view stays as it was."""
        before, self._comparison = self._comparison, comparison
        if comparison is None or not len(comparison.frames):
            for curve in (self._iou, *self._scores):
                curve.clear()
            for parting in self._partings:
                parting.hide()
            return
        frames = comparison.frames.astype(np.float64)
        self._iou.setData(frames, comparison.iou)
        for curve, run, color in zip(self._scores, (comparison.first, comparison.second), colors, strict=True):
            curve.setPen(pg.mkPen(color, width=1.6))
            curve.setData(*_finite_scores(run))
        for parting in self._partings:
            parting.setVisible(comparison.parting_frame is not None)
            parting.setValue(comparison.parting_frame or 0)
        if before is None or not len(before.frames) or before.frames[0] != comparison.frames[0]:
            self.fit()
        elif self._iou_plot.getViewBox().autoRangeEnabled()[0]:
            self._fit_frames()

    @Slot()
    def fit(self) -> None:
        """Show all frames, and all scores."""
        self._fit_frames()
        self._score_plot.enableAutoRange(y=True)

    def show_frame(self, frame_index: int) -> None:
        """Move the playhead."""
        for playhead in self._playheads:
            playhead.setValue(frame_index)

    def position_of(self, frame_index: int) -> QPointF | None:
        """Where a frame lies in the IoU plot, in pixels of the viewport; None without curves."""
        if self._comparison is None:
            return None
        at: QPointF = self._iou_plot.getViewBox().mapViewToScene(QPointF(frame_index, 0.25))
        return QPointF(self._graphics.mapFromScene(at))

    @property
    def viewport(self) -> QWidget:
        """Where mouse events arrive."""
        viewport: QWidget = self._graphics.viewport()
        return viewport

    def _fit_frames(self) -> None:
        self._iou_plot.enableAutoRange(x=True)

    def _made_plot(self, row: int, name: str) -> pg.PlotItem:
        plot = self._graphics.addPlot(row=row, col=0, enableMenu=False)
        plot.hideButtons()
        plot.setClipToView(True)
        plot.setDownsampling(auto=True, mode="peak")
        for side in ("bottom", "left"):
            axis = plot.getAxis(side)
            axis.enableAutoSIPrefix(False)
            axis.setPen(THEME.canvas_line)
            axis.setTextPen(THEME.canvas_text)
        plot.getAxis("left").setWidth(AXIS_WIDTH)
        plot.setLabel("left", name, color=THEME.canvas_text)
        return plot

    @staticmethod
    def _curve(plot: pg.PlotItem, color: str) -> pg.PlotDataItem:
        curve = pg.PlotDataItem(pen=pg.mkPen(color, width=1.4), connect="finite")
        plot.addItem(curve)
        return curve

    def _frame_at(self, scene_position: QPointF) -> int | None:
        """The nearest frame of the comparison below a place; None beside the plots."""
        if self._comparison is None or not len(self._comparison.frames):
            return None
        for plot in (self._iou_plot, self._score_plot):
            box = plot.getViewBox()
            if box.sceneBoundingRect().contains(scene_position):
                x = box.mapSceneToView(scene_position).x()
                return int(np.abs(self._comparison.frames - x).argmin())
        return None

    @Slot(object)
    def _on_clicked(self, event: MouseClickEvent) -> None:
        if event.double():
            self.fit()
            return
        at = self._frame_at(event.scenePos())
        if at is not None and self._comparison is not None and event.button() == Qt.MouseButton.LeftButton:
            self.frame_sought.emit(int(self._comparison.frames[at]))

    @Slot(object)
    def _on_mouse_moved(self, position: QPointF) -> None:
        self.frame_pointed.emit(self._frame_at(position))


def _finite_scores(run: RunBoxes) -> tuple[np.ndarray, np.ndarray]:
    """Frames and scores; NaN where a person gave the box."""
    return run.frames.astype(np.float64), np.where(np.isfinite(run.scores), run.scores, math.nan)


def _line(angle: int, color: str, style: Qt.PenStyle, at: float = 0.0) -> pg.InfiniteLine:
    line = pg.InfiniteLine(at, angle=angle, pen=pg.mkPen(color, width=1.2, style=style))
    line.setZValue(20 if angle else -1)
    return line
