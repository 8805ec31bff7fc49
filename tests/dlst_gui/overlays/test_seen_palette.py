"""Marks of candidates are told apart at their size, on any picture, by any sight; and by their shape alone."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QGraphicsScene
from pytestqt.qtbot import QtBot

from dlst_gui.overlays.candidate_looks import DOT_SIZE, ORIGIN_LOOKS, OriginLook
from dlst_gui.overlays.layers_item import Dots, LayersItem
from dlst_gui.overlays.palette import SCORE_RAMP, Mark
from dlst_gui.views.style.theme import DARK, LIGHT, THEME
from tests.dlst_gui.overlays.seen_colors import SIGHTS, difference, of_hex, seen

LEAST_APART = 10.0  # CIEDE2000; 2.3 can just be noticed in large areas side by side
LEAST_FROM_GROUND = 15.0
SIDE = 16  # screen pixels around a mark
GROUNDS = {
    "dark picture": "#14181a",
    "grey picture": "#7d7f80",
    "bright picture": "#f4f2ec",
    "green picture": "#4e6b2e",
    "legend": THEME.canvas,
    "table of the dark theme": DARK.panel,
    "table of the light theme": LIGHT.panel,
}


def test_difference_when_measured_then_agrees_with_published_pairs() -> None:
    # Source: Sharma, Wu, Dalal 2005, table 1, pairs 1, 7, 17 and 25.
    pairs = [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ]
    for one, other, published in pairs:
        assert difference(np.array(one, float), np.array(other, float)) == pytest.approx(published, abs=1e-4)


def drawn(look: OriginLook, ground: str, ratio: int) -> NDArray[np.float64]:
    """(side, side, 3) sRGB of one mark on a ground, as it comes to the screen."""
    scene, item = QGraphicsScene(), LayersItem()
    item.set_layers((Dots((QPointF(SIDE / 2, SIDE / 2),), look.color, DOT_SIZE, look.mark),))
    scene.addItem(item)
    image = QImage(SIDE * ratio, SIDE * ratio, QImage.Format.Format_RGB888)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor(ground))
    painter = QPainter(image)
    scene.render(painter, QRectF(0, 0, SIDE, SIDE), QRectF(0, 0, SIDE, SIDE))
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), -1, 3) / 255


def color_of(pixels: NDArray[np.float64], look: OriginLook) -> NDArray[np.float64]:
    """What one makes out of a mark: the mean of its pixels that are nearest to its colour, as many as 2 by 2."""
    flat = pixels.reshape(-1, 3)
    nearest = np.argsort(np.abs(flat - of_hex(look.color)).sum(axis=1))[:4]
    return flat[nearest].mean(axis=0)


@pytest.mark.parametrize("ratio", [1, 2])
@pytest.mark.parametrize("ground", GROUNDS.values(), ids=GROUNDS)
@pytest.mark.parametrize("sight", SIGHTS)
def test_marks_when_drawn_at_their_size_then_each_pair_is_told_apart_by_colour(
    qtbot: QtBot, sight: str, ground: str, ratio: int
) -> None:
    colors = {
        origin: seen(color_of(drawn(look, ground, ratio), look), sight) for origin, look in ORIGIN_LOOKS.items()
    }
    apart = {
        f"{one.name} and {other.name}": difference(colors[one], colors[other])
        for one, other in combinations(colors, 2)
    }
    assert min(apart.values()) > LEAST_APART, min(apart.items(), key=lambda item: item[1])


@pytest.mark.parametrize("ground", GROUNDS.values(), ids=GROUNDS)
@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("look", ORIGIN_LOOKS.values(), ids=lambda look: look.name)
def test_mark_when_drawn_on_any_ground_then_itself_or_its_edge_stands_out(
    qtbot: QtBot, look: OriginLook, sight: str, ground: str
) -> None:
    pixels = drawn(look, ground, 1).reshape(-1, 3)
    around = seen(of_hex(ground), sight)
    distances = sorted((difference(seen(pixel, sight), around) for pixel in pixels), reverse=True)
    assert distances[3] > LEAST_FROM_GROUND, "four of its pixels"


@pytest.mark.parametrize("ratio", [1, 2])
def test_marks_when_colour_is_taken_away_then_their_shapes_differ(qtbot: QtBot, ratio: int) -> None:
    marks = [Mark.DOT, Mark.SQUARE, Mark.TRIANGLE, Mark.DIAMOND, Mark.CROSS, Mark.RING]
    pictures = {mark: drawn(OriginLook("#ffffff", mark, "", ""), "#14181a", ratio).mean(axis=2) for mark in marks}
    assert {look.mark for look in ORIGIN_LOOKS.values()} <= set(marks)
    assert len({look.mark for look in ORIGIN_LOOKS.values()}) == len(ORIGIN_LOOKS)
    for one, other in combinations(marks, 2):
        whole = min(np.abs(pictures[each] - pictures[each][0, 0]).sum() for each in (one, other))
        assert np.abs(pictures[one] - pictures[other]).sum() > 0.25 * whole, (one, other)


@pytest.mark.parametrize("sight", SIGHTS)
def test_score_ramp_when_seen_then_gets_lighter_with_each_step_and_no_two_are_alike(sight: str) -> None:
    colors = [seen(of_hex(color), sight) for color in SCORE_RAMP]
    assert all(after[0] > before[0] for before, after in pairwise(colors))
    assert min(difference(one, other) for one, other in combinations(colors, 2)) > 2.3
    steps = [difference(one, other) for one, other in pairwise(colors)]
    if sight == "usual":
        assert max(steps) / min(steps) < 1.25, "perceptually uniform"
