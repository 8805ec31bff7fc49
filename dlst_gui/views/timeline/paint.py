"""Paints lanes, in the screen's own pixels: any range of columns alone gives the same picture as all at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from dlst_gui.overlays.palette import HUMAN
from dlst_gui.project.review import ReviewMark
from dlst_gui.project.tracks import FrameState
from dlst_gui.views.style.theme import DARK, Theme
from dlst_gui.views.timeline.axis import ColumnFrames, FrameAxis
from dlst_gui.views.timeline.columns import (
    disagreement_columns,
    evidence_columns,
    keyframe_columns,
    score_columns,
    span_columns,
    state_columns,
    widened,
)
from dlst_gui.views.timeline.curve import CurveRoom, curve_pixels, draw_pixels, paint_smooth_curve
from dlst_gui.views.timeline.looks import PERIOD, pattern_table
from dlst_gui.views.timeline.model import Lane, LaneData
from dlst_gui.views.timeline.stack import LaneShape

SMOOTH = 0.25  # frames per column; from here on the curve is a line from frame to frame
DIAMOND = 4.5  # half a keyframe mark's diagonal, in points
MARK_SPACING = 6  # points; closer keyframes share a mark
LOST_SPREAD = 1  # points to both sides, so that lost sticks out where a keyframe follows on the next frame
DISAGREEMENT_HEIGHT = 3  # points
REVIEW_HEIGHT = 2  # points
EVIDENCE_HEIGHT = 2  # points


@dataclass(frozen=True, slots=True)
class LineLook:
    """A line along a lane: `color` as #rrggbb, `top` and `height` in points."""

    color: str
    top: int
    height: int


class LanePainter:
    """Paints for one pixel density, shape and theme; `ratio` is the screen's own pixels per point."""

    def __init__(self, data: LaneData, shape: LaneShape, ratio: float, theme: Theme) -> None:
        self._theme = theme
        self._data = data
        self._shape = shape
        self._ratio = ratio
        self._unit = max(round(ratio), 1)
        self._mark = _keyframe_mark(ratio)
        self._table = pattern_table(round(shape.band_height * ratio), self._unit, theme)

    def paint(self, painter: QPainter, lane: Lane, axis: FrameAxis, columns: range) -> None:
        """Paint these view columns of a lane, with its top at 0."""
        height = round(self._shape.height * self._ratio)
        painter.save()
        painter.setClipRect(QRect(columns.start, 0, len(columns), height))
        painter.fillRect(QRect(columns.start, 0, len(columns), height), QColor(self._theme.lanes))
        # What is painted reaches into its neighbours, and shared marks are shared by whole groups of columns.
        reach, group = self.reach(axis), self._mark_spacing
        begin = (columns.start + axis.left - reach) // group * group - axis.left
        end = columns.stop + reach + group
        frames = axis.frames_of(range(begin, end))
        if frames is not None:
            self._paint_ground(painter, frames)
            if lane.is_hidden:
                painter.setOpacity(0.4)
            if lane.is_ghost:
                self._paint_ghost(painter, lane, axis, frames)
            else:
                self._paint_band(painter, lane, axis, frames)
            self._paint_review(painter, lane, axis, frames)
            if self._shape.curve_height:
                self._paint_curve(painter, lane, axis, frames)
                self._paint_evidence(painter, lane, frames)
            self._paint_keyframes(painter, lane, axis, frames)
        painter.restore()

    def reach(self, axis: FrameAxis) -> int:
        """Columns beside a changed frame that may look different: shared marks move, curves bend."""
        return max(2 * self._mark_spacing, math.ceil(1 / axis.frames_per_column) + 2 * self._unit)

    @property
    def _mark_spacing(self) -> int:
        return round(MARK_SPACING * self._ratio)

    def _scaled(self, points: float) -> int:
        return round(points * self._ratio)

    def _paint_ground(self, painter: QPainter, frames: ColumnFrames) -> None:
        shape = self._shape
        color = QColor(self._theme.raised if shape.curve_height else self._theme.panel)
        edge = self._scaled(shape.height - 1)
        painter.fillRect(QRect(frames.first_column, 0, frames.starts.size, edge), color)

    def _paint_band(self, painter: QPainter, lane: Lane, axis: FrameAxis, frames: ColumnFrames) -> None:
        codes = self._data.state_codes(lane.track_id, frames.first_frame, frames.last_frame)
        states = widened(state_columns(codes, frames.offsets), FrameState.LOST, LOST_SPREAD * self._unit)
        period = PERIOD * self._unit
        phase = (np.arange(states.size) + frames.first_column + axis.left) % period
        pixels = np.take(self._table, states * np.intp(period) + phase, axis=1)
        draw_pixels(painter, pixels, frames.first_column, self._scaled(self._shape.band_top))
        values = self._data.disagreements(lane.track_id, frames.first_frame, frames.last_frame)
        disagrees = disagreement_columns(values, frames.offsets)
        if disagrees.any():
            is_ink = disagrees & self._dashes(axis, frames, period=4, ink=3)
            top = self._shape.band_top - DISAGREEMENT_HEIGHT - 1
            self._paint_line(painter, frames, is_ink, LineLook(self._theme.disagreement, top, DISAGREEMENT_HEIGHT))

    def _paint_ghost(self, painter: QPainter, lane: Lane, axis: FrameAxis, frames: ColumnFrames) -> None:
        """Dashed and slim, in its own colour: nothing of it is in the project."""
        codes = self._data.state_codes(lane.track_id, frames.first_frame, frames.last_frame)
        states = widened(state_columns(codes, frames.offsets), FrameState.LOST, LOST_SPREAD * self._unit)
        dashes = self._dashes(axis, frames, period=8, ink=6)
        height = self._shape.band_height // 2
        top = self._shape.band_top + (self._shape.band_height - height) // 2
        for is_ink, color in (
            ((states != FrameState.NOTHING) & (states != FrameState.LOST) & dashes, lane.color),
            ((states == FrameState.LOST) & dashes, self._theme.lost),
        ):
            self._paint_line(painter, frames, is_ink, LineLook(color, top, height))

    def _paint_review(self, painter: QPainter, lane: Lane, axis: FrameAxis, frames: ColumnFrames) -> None:
        spans = self._data.review_spans(lane.track_id)
        dashes = self._dashes(axis, frames, period=6, ink=4)
        for mark, color in ((ReviewMark.ACCEPTED, self._theme.good), (ReviewMark.BAD, self._theme.warning)):
            chosen = [(span.first, span.last) for span in spans if span.mark is mark]
            is_ink = span_columns(chosen, frames)
            if mark is ReviewMark.BAD:
                is_ink &= dashes
            self._paint_line(painter, frames, is_ink, LineLook(color, self._shape.review_top, REVIEW_HEIGHT))

    def _paint_curve(self, painter: QPainter, lane: Lane, axis: FrameAxis, frames: ColumnFrames) -> None:
        shape = self._shape
        dots = self._dashes(axis, frames, period=3, ink=1)
        threshold = LineLook(self._theme.quiet_text, shape.curve_top + shape.curve_height // 2, 1)
        self._paint_line(painter, frames, dots, threshold)
        scores = self._data.scores(lane.track_id, frames.first_frame, frames.last_frame)
        colors = (self._theme.accent, self._theme.lost)
        room = CurveRoom(self._scaled(shape.curve_top), self._scaled(shape.curve_height), self._unit, *colors)
        if axis.frames_per_column <= SMOOTH:
            paint_smooth_curve(painter, scores, axis, frames, room)
        else:
            pixels = curve_pixels(*score_columns(scores, frames.offsets), room)
            draw_pixels(painter, pixels, frames.first_column, room.top)

    def _paint_evidence(self, painter: QPainter, lane: Lane, frames: ColumnFrames) -> None:
        """A quiet line below the band, where it is known what the tracker saw."""
        values = self._data.evidence(lane.track_id, frames.first_frame, frames.last_frame)
        look = LineLook(self._theme.disabled_text, self._shape.evidence_top, EVIDENCE_HEIGHT)
        self._paint_line(painter, frames, evidence_columns(values, frames.offsets), look)

    def _dashes(self, axis: FrameAxis, frames: ColumnFrames, *, period: int, ink: int) -> NDArray[np.bool_]:
        """Columns with ink of a dashed line, at the same frames wherever painting begins; in points."""
        columns = np.arange(frames.starts.size) + frames.first_column + axis.left
        return columns // self._unit % period < ink

    def _paint_line(
        self, painter: QPainter, frames: ColumnFrames, is_ink: NDArray[np.bool_], look: LineLook
    ) -> None:
        row = np.where(is_ink, np.uint32(QColor(look.color).rgba()), np.uint32(0))
        pixels = np.tile(row, (self._scaled(look.height), 1))
        draw_pixels(painter, pixels, frames.first_column, self._scaled(look.top))

    def _paint_keyframes(self, painter: QPainter, lane: Lane, axis: FrameAxis, frames: ColumnFrames) -> None:
        indices = self._data.keyframe_indices(lane.track_id, frames.first_frame, frames.last_frame)
        half = self._mark.width() // 2
        middle = self._scaled(self._shape.band_top) + self._scaled(self._shape.band_height) // 2
        for column in keyframe_columns(indices, axis.frames_per_column, self._mark_spacing) - axis.left:
            painter.drawPixmap(math.floor(column) - half, middle - half, self._mark)


def _keyframe_mark(ratio: float) -> QPixmap:
    """A diamond in the middle of an odd number of pixels."""
    reach = DIAMOND * ratio
    half = math.ceil(reach + ratio)
    made = QPixmap(2 * half + 1, 2 * half + 1)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(half + 0.5, half + 0.5)
    painter.setPen(QPen(QColor(DARK.canvas), ratio))
    painter.setBrush(QColor(HUMAN.color))
    painter.drawPolygon(QPolygonF([QPointF(0, -reach), QPointF(reach, 0), QPointF(0, reach), QPointF(-reach, 0)]))
    painter.end()
    return made
