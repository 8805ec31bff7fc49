"""Names beside boxes. Each is drawn once and then painted as a picture: a frame may have fifty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QApplication

TAG_PIXELS = 12  # height of the letters on the screen

Ground = tuple[float, float, float, float]
"""Left, top, right and bottom of a tag, in pixels of the screen."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A few words of a fixed size on the screen, on a ground of their own.

    Attributes:
        point: the ground's lower left corner, in the image ...
        lift: ... and how many pixels of the screen above it.
    """

    text: str
    point: QPointF
    color: str
    lift: float = 0.0


@dataclass(frozen=True, slots=True)
class TagPicture:
    """A tag ready for Qt."""

    picture: QPixmap
    point: QPointF
    lift: float

    def paint(self, painter: QPainter, taken: Sequence[Ground]) -> Ground:
        """Where it came to lie: beside what is taken."""
        world, ratio = painter.worldTransform(), self.picture.devicePixelRatio()
        size = self.picture.deviceIndependentSize()
        corner = world.map(self.point)
        # On whole pixels of the device: letters stay sharp.
        left = round(corner.x() * ratio) / ratio
        bottom = round((corner.y() - self.lift) * ratio) / ratio
        top = bottom - size.height()
        in_row = [other for other in taken if other[1] < bottom and top < other[3]]
        while covered := [other for other in in_row if other[0] < left + size.width() and left < other[2]]:
            left = max(other[2] for other in covered) + 1
        painter.setWorldTransform(QTransform())
        painter.drawPixmap(QPointF(left, top), self.picture)
        painter.setWorldTransform(world)
        return left, top, left + size.width(), bottom


def tag_picture(text: str, color: str, ratio: float) -> QPixmap:
    """Ready to be painted, on a screen of `ratio` device pixels per pixel."""
    font = QFont(QApplication.font())
    font.setPixelSize(TAG_PIXELS)
    font.setBold(True)
    metrics = QFontMetrics(font)
    size = QSize(metrics.horizontalAdvance(text) + 8, metrics.height() + 2)
    picture = QPixmap(size * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    ground = QRectF(QPointF(), picture.deviceIndependentSize())
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawRoundedRect(ground, 3, 3)
    painter.setPen(QColor("#101216"))
    painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return picture
