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


Place = tuple[float, float, float, float]
"""A corner of the box (0 left or top, 1 right or bottom), and the tag's shift from there in its own sides."""

NAME_PLACES: tuple[Place, ...] = (
    (0, 0, 0, -1),  # above the box, flush left
    (0, 1, 0, 0),  # below it
    (1, 0, -1, -1),  # above it, flush right
    (1, 1, -1, 0),
    (0, 0, 0, 0),  # within it
    (0, 1, 0, -1),
)
NUMBER_PLACES: tuple[Place, ...] = (
    (1, 1, 0, -1),  # beside the lower right corner, across from the names
    (1, 1, -1, -1),
    (1, 1, -1, 0),
    (1, 0, 0, 0),
    (0, 1, -1, -1),
    (0, 0, -1, 0),
)


@dataclass(frozen=True, slots=True)
class Tag:
    """A few words of a fixed size on the screen, on a ground of their own, at a corner of a box.

    Attributes:
        box: in the image.
        lift: pixels of the screen between the box and a tag above or below it.
        places: where it may lie, the best one first; where none is free, it is left out.
        is_needed: the best place is taken where none is free.
    """

    text: str
    box: QRectF
    color: str
    lift: float = 0.0
    places: tuple[Place, ...] = NAME_PLACES
    is_needed: bool = False


@dataclass(frozen=True, slots=True)
class TagPicture:
    """A tag ready for Qt."""

    picture: QPixmap
    tag: Tag

    def paint(self, painter: QPainter, taken: Sequence[Ground], view: QRectF | None) -> Ground | None:
        """Where it came to lie, beside what is taken and within the view; None where it had no room."""
        world, ratio = painter.worldTransform(), self.picture.devicePixelRatio()
        grounds = [self._ground(world.mapRect(self.tag.box), place, ratio) for place in self.tag.places]
        seen = [ground for ground in grounds if view is None or _is_within(ground, view)]
        free = next((ground for ground in seen if not any(_cover(ground, other) for other in taken)), None)
        if free is None and self.tag.is_needed:
            free = (seen or grounds)[0]
        if free is not None:
            painter.setWorldTransform(QTransform())
            painter.drawPixmap(QPointF(free[0], free[1]), self.picture)
            painter.setWorldTransform(world)
        return free

    def _ground(self, box: QRectF, place: Place, ratio: float) -> Ground:
        size = self.picture.deviceIndependentSize()
        across, down, widths, heights = place
        is_beside = (down, heights) in ((0, -1), (1, 0))
        lift = self.tag.lift * (1 if heights == 0 else -1) if is_beside else 0.0
        left = box.left() + across * box.width() + widths * size.width()
        top = box.top() + down * box.height() + heights * size.height() + lift
        # On whole pixels of the device: letters stay sharp.
        left, top = round(left * ratio) / ratio, round(top * ratio) / ratio
        return left, top, left + size.width(), top + size.height()


def _cover(one: Ground, other: Ground) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _is_within(ground: Ground, view: QRectF) -> bool:
    left, top, right, bottom = ground
    return left >= view.left() and top >= view.top() and right <= view.right() and bottom <= view.bottom()


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
