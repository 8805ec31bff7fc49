"""Which values of images are black and white is chosen in the window, and seen at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from dlst_gui.project.opening import ProjectOpener
from dlst_gui.session.session import Session
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.video import open_source
from dlst_gui.video.chosen_ranges import chosen_range
from dlst_gui.video.pixel_range import AUTO, RangeKind
from dlst_gui.views.dialogs.range_dialog import RangeDialog
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.settings.user_settings import UserSettings
from tests.dlst_gui.views.test_accessibility import nameless_controls
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "thermal"
    made.mkdir()
    pixels = np.repeat(np.linspace(1000, 3000, 81)[None], 60, axis=0).astype(np.uint16)
    for number in range(4):
        assert cv2.imwrite(str(made / f"f_{number}.png"), pixels)
    return made


@pytest.fixture
def window(qtbot: QtBot, workshop: Workshop, tmp_path: Path, folder: Path) -> Iterator[MainWindow]:
    session = Session(open_source, workshop.make_tracker, TrackerSettings(), ProjectOpener(tmp_path))
    made = MainWindow(
        session,
        UserSettings(tmp_path / "settings"),
        backbones=("default",),
        demo_clip=Path("demo.mp4"),
        log_folder=tmp_path,
    )
    made.show()
    session.open(folder)
    qtbot.waitUntil(lambda: made.workspace.drawn_frame == 0)
    yield made
    made.close()
    made.deleteLater()


def opened(window: MainWindow) -> RangeDialog:
    window.action_set["range"].trigger()
    return window.findChild(RangeDialog)


def pixel(window: MainWindow) -> int:
    decoded = window.session.playhead.decoded
    assert decoded is not None
    return int(decoded.pixels[0, 40, 0])


def test_range_when_two_values_are_typed_then_the_frame_shows_them_and_boxes_stay(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    session = window.session
    session.seek(2)
    session.set_box(2, Box(5, 5, 20, 20))
    qtbot.waitUntil(lambda: window.workspace.drawn_frame == 2)
    assert pixel(window) == 2000 >> 4
    dialog = opened(window)
    assert not dialog.apply.isEnabled()
    dialog.kinds.setCurrentIndex(dialog.kinds.findData(RangeKind.FIXED))
    dialog.low.setValue(2000)
    dialog.high.setValue(2999)
    QTest.mouseClick(dialog.apply, LEFT)
    qtbot.waitUntil(lambda: session.playhead.decoded is not None and pixel(window) == 0)
    assert chosen_range(folder).text == "2000..2999"
    assert [len(session.project.keyframes(info.track_id)) for info in session.project.tracks()] == [1]
    assert session.playhead.frame_index == 2
    qtbot.waitUntil(lambda: "from 2,000 to below 3,000" in dialog.note.text())
    assert not dialog.apply.isEnabled()


def test_range_when_black_is_not_below_white_then_it_cannot_be_applied(window: MainWindow) -> None:
    dialog = opened(window)
    dialog.kinds.setCurrentIndex(dialog.kinds.findData(RangeKind.PERCENTILES))
    assert (dialog.low.value(), dialog.high.value()) == (1, 99)
    assert dialog.apply.isEnabled()
    dialog.high.setValue(0.5)
    assert not dialog.apply.isEnabled()
    assert "below white" in dialog.note.text()


def test_range_when_automatic_is_chosen_again_then_what_was_chosen_is_forgotten(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    dialog = opened(window)
    for kind in (RangeKind.REAL, RangeKind.AUTO):
        dialog.kinds.setCurrentIndex(dialog.kinds.findData(kind))
        QTest.mouseClick(dialog.apply, LEFT)
        qtbot.waitUntil(lambda kind=kind: chosen_range(folder).kind is kind and not dialog.apply.isEnabled())
    assert chosen_range(folder) == AUTO


def test_range_when_the_chip_is_clicked_then_the_dialog_opens_and_all_controls_have_names(
    window: MainWindow,
) -> None:
    chip = next(
        each for each in window.status.findChildren(QPushButton) if each.accessibleName() == "About this video"
    )
    assert chip.text() == "Values scaled"
    QTest.mouseClick(chip, LEFT)
    dialog = window.findChild(RangeDialog)
    assert dialog is not None
    assert dialog.isVisible()
    assert nameless_controls(dialog) == []
