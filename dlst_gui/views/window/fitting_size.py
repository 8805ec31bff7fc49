"""How large a window may be on its screen."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

FRAME = QSize(10, 40)  # screen pixels that a desktop draws around a window, at most


def fitting_size(window: QWidget, width: int, height: int) -> QSize:
    """As large as it looks best, in screen pixels, or as its screen has room for."""
    return QSize(width, height).boundedTo(window.screen().availableGeometry().size() - FRAME)
