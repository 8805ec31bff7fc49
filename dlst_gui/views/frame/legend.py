"""The legend beside the frame: a sample of every line and mark that is drawn, with its meaning."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from dlst_gui.overlays.layers_item import paint_mark
from dlst_gui.overlays.palette import LegendEntry, Mark
from dlst_gui.views.style.theme import THEME

LINE_HEIGHT = 17
SAMPLE_WIDTH = 24
MARGIN = 8
SAMPLE_MARK = 6.0  # screen pixels: larger than in the picture
_HEAT = ("#6a176e", "#e35933", "#fcffa4")


class Legend(QWidget):
    """Sizes itself to its entries; its ground is that of the frame, on which the samples are drawn."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[LegendEntry, ...] = ()
        self._picture = QPixmap()
        self._is_wanted = True
        self.setAccessibleName("Legend")
        self.setObjectName("legend")

    @property
    def entries(self) -> tuple[LegendEntry, ...]:
        return self._entries

    def set_entries(self, entries: tuple[LegendEntry, ...]) -> None:
        """Show these; nothing is shown where there are none."""
        if entries != self._entries:
            self._entries = entries
            self._picture = QPixmap()
            self.setFixedHeight(self.sizeHint().height())
            self.setVisible(bool(entries) and self._is_wanted)
            self.update()

    def set_wanted(self, is_wanted: bool) -> None:
        """Show it where it has entries, or never."""
        self._is_wanted = is_wanted
        self.setVisible(is_wanted and bool(self._entries))

    def sizeHint(self) -> QSize:
        if not self._entries:
            return QSize(0, 0)
        text_width = max(self.fontMetrics().horizontalAdvance(entry.text) for entry in self._entries)
        return QSize(text_width + SAMPLE_WIDTH + 3 * MARGIN, LINE_HEIGHT * len(self._entries) + 2 * MARGIN - 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._entries:
            return
        if self._picture.size() != self.size() * self.devicePixelRatioF():
            self._picture = self._drawn()
        QPainter(self).drawPixmap(0, 0, self._picture)

    def _drawn(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setFont(self.font())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(THEME.canvas))
        painter.drawRoundedRect(self.rect(), 6, 6)
        for row, entry in enumerate(self._entries):
            top = MARGIN - 2 + row * LINE_HEIGHT
            _paint_sample(painter, entry, QRectF(MARGIN, top, SAMPLE_WIDTH, LINE_HEIGHT))
            painter.setPen(QColor(THEME.canvas_text))
            text_area = QRectF(2 * MARGIN + SAMPLE_WIDTH, top, self.width(), LINE_HEIGHT)
            painter.drawText(text_area, Qt.AlignmentFlag.AlignVCenter, entry.text)
        painter.end()
        return picture


def _paint_sample(painter: QPainter, entry: LegendEntry, area: QRectF) -> None:
    middle, ratio = area.center().y(), painter.device().devicePixelRatioF()
    if entry.mark is Mark.LINE:
        painter.setPen(entry.stroke.pen(ratio))
        painter.drawLine(QPointF(area.left(), middle), QPointF(area.right(), middle))
    elif entry.mark is Mark.SHADE:
        _paint_shade(painter, area.adjusted(0, 5, 0, -5), _HEAT)
    elif entry.mark is Mark.SCALE:
        _paint_shade(painter, area.adjusted(0, 5, 0, -5), entry.colors)
        if entry.zero is not None:
            x = area.left() + entry.zero * area.width()
            painter.setPen(QPen(QColor(THEME.canvas_text), 1.5))
            painter.drawLine(QPointF(x, area.top() + 2), QPointF(x, area.bottom() - 2))
    else:
        paint_mark(painter, entry.mark, entry.stroke.color, QPointF(area.center().x(), middle), SAMPLE_MARK)


def _paint_shade(painter: QPainter, area: QRectF, colors: tuple[str, ...]) -> None:
    shade = QLinearGradient(area.topLeft(), area.topRight())
    for place, color in enumerate(colors):
        shade.setColorAt(place / (len(colors) - 1), QColor(color))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(shade)
    painter.drawRoundedRect(area, 2, 2)
