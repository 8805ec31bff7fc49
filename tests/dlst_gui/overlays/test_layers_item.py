from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QGraphicsScene
from pytestqt.qtbot import QtBot

from dlst_gui.overlays.layers_item import LayersItem, Outline, boxes_path
from dlst_gui.overlays.palette import Stroke
from tracker_core import Box


@pytest.mark.parametrize("ratio", [1, 2, 3])
def test_line_when_the_screen_has_more_pixels_then_it_takes_as_many_more(qtbot: QtBot, ratio: int) -> None:
    scene, item = QGraphicsScene(), LayersItem()
    item.set_layers((Outline(boxes_path(Box(10, 10, 60, 60).xywh[None]), Stroke("#ff0000", 4.0)),))
    scene.addItem(item)
    image = QImage(100 * ratio, 100 * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor("white"))
    painter = QPainter(image)
    scene.render(painter, QRectF(0, 0, 100, 100), QRectF(0, 0, 100, 100))
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
    across = pixels[40 * ratio, : 40 * ratio] == QColor("#ff0000").rgba()
    assert across.sum() == 4 * ratio
