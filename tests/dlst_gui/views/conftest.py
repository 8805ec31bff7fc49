from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dlst_gui.overlays import FrameScene
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.session.session import Session
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.views.evidence.shown_evidence import ShownEvidence
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.settings.user_settings import UserSettings
from dlst_gui.views.style.theme import DARK, style_sheet
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box, Frame


@pytest.fixture
def themed(qapp: QApplication) -> Iterator[None]:
    """What is made afterwards looks as in the program; without, widgets are smaller."""
    before = qapp.styleSheet()
    qapp.setStyleSheet(style_sheet(DARK))
    yield
    qapp.setStyleSheet(before)


@pytest.fixture
def window(qtbot: QtBot, workshop: Workshop, tmp_path: Path) -> Iterator[MainWindow]:
    """The window as at the start, without a video."""
    session = Session(workshop.open_source, workshop.make_tracker, TrackerSettings(), ProjectOpener(None))
    made = MainWindow(
        session,
        UserSettings(tmp_path / "settings"),
        backbones=("default", "random"),
        demo_clip=Path("demo.mp4"),
        log_folder=tmp_path,
    )
    made.resize(1280, 800)
    made.show()
    made.activateWindow()
    qtbot.waitActive(made)
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def opened_window(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """The window with the made-up clip open and its first frame drawn."""
    window.session.open(Path("clip.mp4"))
    qtbot.waitUntil(lambda: window.workspace.drawn_frame == 0)
    return window


def drag_box(window: MainWindow, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Press, move and release the left button, from and to image positions."""
    view = window.workspace.frame_view
    points = [view.widget_position(*position).toPoint() for position in (start, end)]
    middle = (points[0] + points[1]) / 2
    left, plain = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(view.viewport, left, plain, points[0])
    for point in (middle, points[1]):
        QTest.mouseMove(view.viewport, point)
        QTest.qWait(12)  # pyqtgraph lets a hundred moves a second through
    QTest.mouseRelease(view.viewport, left, plain, points[1])


def draw(window: MainWindow, box: Box) -> None:
    """Drag a new box."""
    drag_box(window, (box.x, box.y), (box.right, box.bottom))


def show_evidence(shown: ShownEvidence, scene: FrameScene, pixels: Frame | None = None) -> None:
    """Let all panels that are seen show a scene at once, before the window comes to show another one."""
    shown.show(scene, pixels)
    while shown._waiting:
        shown._on_turn()
