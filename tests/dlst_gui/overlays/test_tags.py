from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QGraphicsScene
from pytestqt.qtbot import QtBot

from dlst_gui.overlays.boxes import score_text
from dlst_gui.overlays.layers_item import LayersItem
from dlst_gui.overlays.tags import Tag

RED, BLUE = "#ff0000", "#0000ff"


def visible_pixels(color: str, *tags: Tag) -> int:
    """How many pixels of exactly this colour are seen."""
    scene, item = QGraphicsScene(), LayersItem()
    item.set_layers(tags)
    scene.addItem(item)
    image = QImage(200, 100, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    scene.render(painter, QRectF(image.rect()), QRectF(image.rect()))
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint32)
    return int((pixels == QColor(color).rgba()).sum())


def test_tags_when_their_corners_are_one_then_none_covers_another(qtbot: QtBot) -> None:
    red, blue = Tag("1", QPointF(20, 50), RED), Tag("2", QPointF(20, 50), BLUE)
    assert visible_pixels(RED, red, blue) == visible_pixels(RED, red) > 0
    assert visible_pixels(BLUE, red, blue) == visible_pixels(BLUE, blue) > 0


def test_score_text_when_the_risk_is_known_then_is_told_instead_of_the_score() -> None:
    assert score_text(2.31, 0.034) == "risk 3 %"
    assert score_text(2.31, None) == "+2.3"
