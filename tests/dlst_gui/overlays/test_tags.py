from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
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
    red, blue = Tag("1", QRectF(20, 50, 30, 20), RED), Tag("2", QRectF(20, 50, 30, 20), BLUE)
    assert visible_pixels(RED, red, blue) == visible_pixels(RED, red) > 0
    assert visible_pixels(BLUE, red, blue) == visible_pixels(BLUE, blue) > 0


def test_score_text_when_the_risk_is_known_then_is_told_instead_of_the_score() -> None:
    assert score_text(2.31, 0.034) == "risk 3 %"
    assert score_text(2.31, None) == "+2.3"


def test_tag_when_there_is_no_room_beside_its_box_then_it_is_left_out_rather_than_moved_away(qtbot: QtBot) -> None:
    box = QRectF(60, 40, 40, 20)
    crowd = tuple(Tag(str(number), box, BLUE) for number in range(12))
    red = Tag("1", box, RED)
    assert visible_pixels(RED, *crowd, red) == 0
    assert visible_pixels(RED, *crowd, Tag("1", box, RED, is_needed=True)) > 0


def test_tag_when_drawn_then_touches_its_box(qtbot: QtBot) -> None:
    box = QRectF(100, 50, 30, 20)
    tags = tuple(Tag("object 1", box, color) for color in (BLUE, BLUE, RED))
    near = box.adjusted(-80, -24, 80, 24)
    scene, item = QGraphicsScene(), LayersItem()
    item.set_layers(tags)
    scene.addItem(item)
    image = QImage(300, 150, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    scene.render(painter, QRectF(image.rect()), QRectF(image.rect()))
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(150, 300)
    rows, columns = np.nonzero(pixels == QColor(RED).rgba())
    assert rows.size
    assert near.left() <= columns.min() <= columns.max() <= near.right()
    assert near.top() <= rows.min() <= rows.max() <= near.bottom()
