"""A frame that a card speaks of, small: a click leads to it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QToolButton

from tracker_core import Frame

PICTURE = QSize(60, 40)  # screen pixels


class FrameButton(QToolButton):
    """Shows the number until the picture is there."""

    def __init__(self) -> None:
        super().__init__()
        self.frame_index = 0
        self.setIconSize(PICTURE)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setAccessibleName("Frame")

    def show_frame(self, frame_index: int, picture: Frame | None) -> None:
        """A frame by its number, with (height, width, 3) uint8 pixels of its picture."""
        self.frame_index = frame_index
        self.setText(f"frame {frame_index}")
        self.setToolTip("A frame that the tracker learned from; click to go there")
        self.setAccessibleName(f"Go to frame {frame_index}, which the tracker learned from")
        if picture is None:
            self.setIcon(QIcon())
            return
        height, width = picture.shape[:2]
        pixels = np.ascontiguousarray(picture[..., :3])
        image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self.setIcon(QIcon(QPixmap.fromImage(image.copy())))
