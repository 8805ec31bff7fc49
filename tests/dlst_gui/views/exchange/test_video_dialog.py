from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from dlst_gui.exchange.labelled_video import VideoStyle
from dlst_gui.video import open_source
from dlst_gui.views.exchange.video_dialog import VideoDialog
from dlst_gui.views.main_window import MainWindow
from tests.dlst_gui.exchange.made_projects import FRAME_COUNT
from tests.dlst_gui.views.exchange.conftest import Gate
from tests.dlst_gui.views.test_accessibility import nameless_controls

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")

LEFT = Qt.MouseButton.LeftButton


def opened(window: MainWindow) -> VideoDialog:
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window, Qt.Key.Key_E, modifiers)
    return window.findChild(VideoDialog)


def test_video_when_exported_then_every_frame_is_in_it_with_its_boxes(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    dialog = opened(window)
    QTest.mouseClick(dialog.export, LEFT)
    qtbot.waitUntil(lambda: not dialog.bar.is_running, timeout=20_000)
    assert f"{FRAME_COUNT} frames" in dialog.bar.note
    with open_source(folder / "clip-boxes.mp4") as made, open_source(folder / "clip.mp4") as plain:
        assert made.frame_count == FRAME_COUNT
        difference = np.abs(made.read(0).astype(int) - plain.read(0))
    assert difference[:40, 5:35].max() > 60  # the box of the dog; compression alone gives far less
    assert difference[50:, 60:].max() < 60


def test_video_when_a_file_of_somebody_else_is_there_then_it_is_replaced_only_after_a_yes(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    target = folder / "clip-boxes.mp4"
    target.write_text("mine", "utf-8")
    dialog = opened(window)
    QTest.mouseClick(dialog.export, LEFT)
    qtbot.waitUntil(lambda: not dialog.bar.is_running, timeout=20_000)
    assert target.read_text("utf-8") == "mine"
    question = dialog.findChild(QMessageBox)
    replace = next(button for button in question.buttons() if button.text() == "Replace")
    QTest.mouseClick(replace, LEFT)
    qtbot.waitUntil(lambda: f"{FRAME_COUNT} frames" in dialog.bar.note, timeout=20_000)


def test_video_when_cancelled_then_there_is_none(
    window: MainWindow, qtbot: QtBot, gate: Gate, folder: Path
) -> None:
    dialog = opened(window)
    gate.is_open.clear()
    QTest.mouseClick(dialog.export, LEFT)
    QTest.mouseClick(dialog.bar.cancel, LEFT)
    gate.is_open.set()
    qtbot.waitUntil(lambda: not dialog.bar.is_running)
    assert dialog.bar.note.startswith("Cancelled")
    assert [path.name for path in folder.glob("*boxes*")] == []


def test_style_when_trails_are_off_then_has_none(window: MainWindow) -> None:
    dialog = opened(window)
    dialog.trails.setChecked(False)
    dialog.labels.setChecked(False)
    assert dialog.style_chosen == VideoStyle(labels=False, trail_frames=0)
    assert not dialog.trail_frames.isEnabled()


def test_dialog_when_open_then_every_control_has_a_name(window: MainWindow) -> None:
    assert nameless_controls(opened(window)) == []
