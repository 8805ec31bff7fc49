"""Icons from `resources/icon-*.svg`, drawn in the colours of the theme."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from dlst_gui.views.style.theme import THEME, Theme
from tracker_core import shipped_file

SIDES = (20, 40)  # pixels: plain and high-density screens


def icon(name: str, theme: Theme = THEME) -> QIcon:
    """The icon of `resources/icon-<name>.svg`, greyed out where disabled."""
    drawing = shipped_file(f"icon-{name}.svg").read_text(encoding="utf-8")
    made = QIcon()
    for mode, color in ((QIcon.Mode.Normal, theme.text), (QIcon.Mode.Disabled, theme.disabled_text)):
        renderer = QSvgRenderer(QByteArray(drawing.replace("currentColor", color).encode()))
        for side in SIDES:
            pixmap = QPixmap(QSize(side, side))
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            renderer.render(painter)
            painter.end()
            made.addPixmap(pixmap, mode)
    return made
