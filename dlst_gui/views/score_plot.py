"""The score of every tracked frame as it comes in, with the line below which the tracker believes it has lost."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dlst_gui.overlays.palette import HUMAN, LOST, TRACKED
from dlst_gui.project.model import Track
from dlst_gui.views.theme import THEME

DECISION_THRESHOLD = 0.0  # logit; paper 3.2, authors: found where above
LOWEST_TOP, HIGHEST_BOTTOM = 5.0, -5.0  # logits that are always in view


class ScorePlot(QWidget):
    """A click shows that frame; the cursor line can be dragged."""

    frame_sought = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scores: NDArray[np.float32] = np.zeros(0, np.float32)
        self._is_lost: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._end = 0
        self._plot = pg.PlotWidget(self, background=THEME.panel)
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.getPlotItem().showGrid(x=False, y=True, alpha=0.12)
        for name in ("left", "bottom"):
            axis = self._plot.getAxis(name)
            axis.setPen(THEME.line)
            axis.setTextPen(THEME.quiet_text)
        self._plot.getAxis("left").setWidth(44)
        self._keyframes = pg.PlotCurveItem(pen=pg.mkPen(HUMAN.color, width=1.5), connect="pairs")
        self._curve = pg.PlotCurveItem(pen=pg.mkPen(TRACKED.color, width=1.6), connect="finite", antialias=True)
        self._lost = pg.ScatterPlotItem(
            pen=pg.mkPen(LOST.color, width=1.5), brush=None, symbol="x", size=7, pxMode=True
        )
        threshold_pen = pg.mkPen(THEME.warning, width=1, style=Qt.PenStyle.DashLine)
        self._threshold = pg.InfiniteLine(DECISION_THRESHOLD, angle=0, pen=threshold_pen)
        cursor_pen = pg.mkPen(THEME.text, width=1.2)
        self._cursor = pg.InfiniteLine(0, angle=90, movable=True, pen=cursor_pen, hoverPen=pg.mkPen(THEME.accent))
        for item in (self._threshold, self._keyframes, self._curve, self._lost, self._cursor):
            self._plot.addItem(item, ignoreBounds=True)
        self._cursor.sigDragged.connect(self._on_cursor_dragged)
        self._plot.scene().sigMouseClicked.connect(self._on_clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 8, 2)
        layout.addWidget(self._plot)
        self.setMinimumHeight(96)
        for widget in (self, self._plot, self._plot.viewport()):
            widget.setAccessibleName("Score by frame")
        self.setToolTip(
            "The tracker's score on every frame. Below the dashed line it believes the target is lost.\n"
            "Click to go to a frame. Yellow lines are frames with a box of yours."
        )

    @property
    def scores(self) -> NDArray[np.float32]:
        """(frames,) what is plotted; NaN where no score is known."""
        return self._scores

    def reset(self, frame_count: int) -> None:
        """Make room for a video."""
        self._scores = np.full(frame_count, np.nan, np.float32)
        self._is_lost = np.zeros(frame_count, np.bool_)
        self._end = 0
        self._plot.setXRange(0, max(frame_count - 1, 1), padding=0.01)
        self.redraw()

    def record(self, frame_index: int, score: float, *, is_found: bool) -> None:
        """Take in one tracked frame; drawn by the next `redraw`. Infinite scores are those of human boxes."""
        self._scores[frame_index] = score if np.isfinite(score) else np.nan
        self._is_lost[frame_index] = not is_found
        self._end = max(self._end, frame_index + 1)

    def read_track(self, track: Track) -> None:
        """Take in everything anew, after a change by hand."""
        self._scores[:] = np.nan
        self._is_lost[:] = False
        self._end = 0
        for index, prediction in track.predictions.items():
            if track.keyframe(index) is None:
                self.record(index, prediction.score, is_found=prediction.is_found)
        self._show_keyframes(track.keyframe_indices)

    def redraw(self) -> None:
        """Draw what was recorded."""
        scores = self._scores[: self._end]
        self._curve.setData(np.arange(self._end), scores)
        lost = np.flatnonzero(self._is_lost[: self._end])
        self._lost.setData(lost, scores[lost])
        known = scores[np.isfinite(scores)]
        top = max(LOWEST_TOP, float(known.max())) if known.size else LOWEST_TOP
        bottom = min(HIGHEST_BOTTOM, float(known.min())) if known.size else HIGHEST_BOTTOM
        self._plot.setYRange(bottom, top, padding=0.08)

    def show_cursor(self, frame_index: int) -> None:
        """Mark the shown frame."""
        self._cursor.setValue(frame_index)

    def widget_position(self, frame_index: int, score: float) -> QPointF:
        """Where a point of the curve is, in this widget."""
        scene_position = self._plot.getPlotItem().getViewBox().mapViewToScene(QPointF(frame_index, score))
        return QPointF(self._plot.mapTo(self, self._plot.mapFromScene(scene_position)))

    def _show_keyframes(self, frame_indices: tuple[int, ...]) -> None:
        height = 1e4  # logits: beyond any view
        x = np.repeat(np.array(frame_indices, np.float64), 2)
        self._keyframes.setData(x, np.tile([-height, height], len(frame_indices)))

    def _on_cursor_dragged(self, line: pg.InfiniteLine) -> None:
        self._seek(line.value())

    def _on_clicked(self, event: pg.GraphicsScene.mouseEvents.MouseClickEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._seek(self._plot.getPlotItem().getViewBox().mapSceneToView(event.scenePos()).x())

    def _seek(self, x: float) -> None:
        if self._scores.size:
            self.frame_sought.emit(int(np.clip(round(x), 0, self._scores.size - 1)))
