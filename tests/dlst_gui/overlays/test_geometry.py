"""What is drawn lies where the tracker means it: response cell, box edge and candidate, in image pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dlst_gui.overlays import FrameScene, TrackOnFrame
from dlst_gui.project.labels import TrackInfo
from dlst_gui.project.tracks import Prediction, Shown, ShownKind, Visibility
from dlst_gui.views.frame.frame_view import FrameView
from tests.fakes import FakeTracker
from tracker_core import Box, Diagnostics, ResponseMap, UpdateKind

# Said by Qt's screenless platform whenever a window has a smallest size.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")

WIDTH, HEIGHT = 160, 120
HALF_PIXEL = 0.5


@pytest.fixture(params=[(640, 500), (333, 777)], ids=["wide", "tall"])
def view(qtbot: QtBot, request: pytest.FixtureRequest) -> FrameView:
    made = FrameView()
    qtbot.addWidget(made)
    made.resize(*request.param)
    made.show()
    for overlay in made.overlays:
        made.set_overlay_visible(overlay.info.name, is_visible=True)
    made.show_frame(np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    QApplication.processEvents()
    return made


def diagnostics(response: ResponseMap | None = None) -> Diagnostics:
    made = FakeTracker._explain(Box(70, 50, 24, 20), Box(73, 52, 24, 20), 5.0)
    return made if response is None else replace(made, response_map=response)


def response_with_peak(row: int, column: int, *, rows: int = 102, columns: int = 102) -> ResponseMap:
    """A single strong cell over a search region with odd, fractional edges."""
    values = np.full((rows, columns), -5.0, np.float32)
    values[row, column] = 9.0
    return ResponseMap(values, Box(33.3, 14.7, 96.4, 80.9))


def tracked(prediction: Prediction) -> TrackOnFrame:
    shown = Shown(prediction.box, ShownKind.TRACKED, Visibility.VISIBLE, prediction, None)
    return TrackOnFrame(TrackInfo(1, "dog", "#5cc8ff"), shown)


def show(view: FrameView, seen: Diagnostics) -> None:
    view.show_scene(FrameScene(3, diagnostics=seen), editable_box=None, is_editable=False)


@pytest.mark.parametrize(("row", "column"), [(0, 0), (50, 50), (101, 101), (17, 83)])
def test_heat_map_when_drawn_then_its_peak_is_where_the_tracker_says(
    view: FrameView, row: int, column: int
) -> None:
    """Through the actual transforms: map cell to scene, and scene back to the frame's own pixels."""
    response = response_with_peak(row, column)
    show(view, diagnostics(response))
    item = _heat(view)
    drawn = item.image[:, :, 3].astype(int) * 1000 + item.image[:, :, :3].sum(axis=2)
    drawn_row, drawn_column = np.unravel_index(int(np.argmax(drawn)), drawn.shape)
    on_scene = item.mapToScene(QPointF(drawn_column + 0.5, drawn_row + 0.5))
    in_frame = view._image.mapFromScene(on_scene)
    peak_x, peak_y = response.peak
    assert abs(in_frame.x() - peak_x) < HALF_PIXEL
    assert abs(in_frame.y() - peak_y) < HALF_PIXEL


def test_heat_map_when_rendered_then_the_brightest_screen_pixels_are_at_the_peak(view: FrameView) -> None:
    """What reaches the screen: centroid of the lit pixels of a grab, mapped back to the image."""
    response = response_with_peak(40, 60)
    for overlay in view.overlays:
        view.set_overlay_visible(overlay.info.name, overlay.info.name == "response-map")
    show(view, diagnostics(response))
    lit = _grey(view)
    rows, columns = np.nonzero(lit > 0.9 * lit.max())
    center = view.image_position(QPointF(0, 0)), view.widget_position(0, 0)
    origin, scale = center[1], view.widget_position(1, 0).x() - center[1].x()
    x, y = (columns.mean() + 0.5 - origin.x()) / scale, (rows.mean() + 0.5 - origin.y()) / scale
    peak_x, peak_y = response.peak
    assert abs(x - peak_x) < HALF_PIXEL
    assert abs(y - peak_y) < HALF_PIXEL


def test_heat_map_when_drawn_then_it_covers_its_extent_edge_to_edge(view: FrameView) -> None:
    response = response_with_peak(5, 5, rows=51, columns=40)
    show(view, diagnostics(response))
    item = _heat(view)
    covered = view._image.mapFromScene(item.mapToScene(item.boundingRect())).boundingRect()
    extent = response.extent
    assert (covered.x(), covered.y(), covered.width(), covered.height()) == pytest.approx(
        (extent.x, extent.y, extent.width, extent.height), abs=1e-6
    )


def test_heat_map_when_the_response_is_flat_then_nothing_is_drawn(view: FrameView) -> None:
    flat = ResponseMap(np.full((102, 102), 3.0, np.float32), Box(10, 10, 80, 80))
    show(view, diagnostics(flat))
    assert not _heat(view).image[:, :, 3].any()


@pytest.mark.parametrize(
    "name", ["boxes", "localized-box", "matched-box", "guided-box", "search-region", "candidates"]
)
def test_overlay_when_drawn_then_its_shapes_are_in_frame_pixels(view: FrameView, name: str) -> None:
    seen = replace(diagnostics(), matched_box=Box(31, 22, 17, 13), guided_box=Box(29, 24, 16, 15))
    prediction = Prediction(3, seen.chosen_box, 5.0, True, 1, UpdateKind.NONE)
    view.set_overlay_visible(name, True)
    view.show_scene(
        FrameScene(3, tracked(prediction), prediction, diagnostics=seen), editable_box=None, is_editable=False
    )
    expected = {
        "boxes": seen.chosen_box,
        "localized-box": seen.localized_box,
        "matched-box": seen.matched_box,
        "guided-box": seen.guided_box,
        "search-region": seen.previous_box,
        "candidates": Box.from_xywh(seen.candidates.boxes_xywh[seen.candidates.best[0]]),
    }[name]
    item = _overlay(view, name).item
    paths = [layer.path for layer in item.layers if hasattr(layer, "path")]
    in_frame = [view._image.mapFromScene(item.mapToScene(path)) for path in paths]
    corners = np.array([(p.elementAt(i).x, p.elementAt(i).y) for p in in_frame for i in range(p.elementCount())])
    assert np.abs(corners - [expected.x, expected.y]).max(axis=1).min() < 1e-6
    assert np.abs(corners - [expected.right, expected.bottom]).max(axis=1).min() < 1e-6


def test_candidates_when_drawn_then_all_are_in_one_item(view: FrameView) -> None:
    seen = diagnostics()
    show(view, seen)
    item = _overlay(view, "candidates").item
    assert item.childItems() == []
    assert sum(len(layer.points) for layer in item.layers if hasattr(layer, "points")) == 256


def test_overlay_when_the_next_frame_has_no_diagnostics_then_nothing_of_the_last_remains(view: FrameView) -> None:
    show(view, diagnostics())
    view.show_scene(FrameScene(4), editable_box=None, is_editable=False)
    for overlay in view.overlays:
        if overlay.info.name == "response-map":
            assert _heat(view).image is None
        else:
            assert overlay.item.layers == ()
    assert view.legend == ()


def test_image_position_when_the_view_is_zoomed_then_it_is_the_inverse_of_widget_position(view: FrameView) -> None:
    view._view_box.scaleBy((0.3, 0.3), center=(80, 60))
    for x, y in ((80.0, 60.0), (77.25, 61.5)):
        back = view.image_position(view.widget_position(x, y))
        assert (back.x(), back.y()) == pytest.approx((x, y), abs=0.2)  # a widget position is a whole screen pixel


def _heat(view: FrameView) -> pg.ImageItem:
    """The picture of the response, beside the contours that may take its place."""
    (found,) = [
        each for each in _overlay(view, "response-map").item.childItems() if isinstance(each, pg.ImageItem)
    ]
    return found


def _overlay(view: FrameView, name: str):
    return next(overlay for overlay in view.overlays if overlay.info.name == name)


def _grey(view: FrameView) -> np.ndarray:
    QApplication.processEvents()
    image = view.viewport.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    # The ground around the frame is not black; only the frame itself is looked at.
    grey = pixels[:, : image.width(), :3].sum(axis=2).astype(float)
    left, top = view.widget_position(0, 0).toPoint().toTuple()
    right, bottom = view.widget_position(WIDTH, HEIGHT).toPoint().toTuple()
    mask = np.zeros_like(grey)
    mask[max(top, 0) : bottom, max(left, 0) : right] = 1
    return grey * mask
