"""What a screen reader says of the controls."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QDialog,
    QHeaderView,
    QLineEdit,
    QScrollBar,
    QWidget,
)

from dlst_gui.settings.preferences import Preferences
from dlst_gui.views.actions.command_palette import CommandPalette
from dlst_gui.views.dialogs.problem_dialog import CrashDialog
from dlst_gui.views.main_window import MainWindow

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")


def nameless_controls(root: QWidget) -> list[str]:
    """Controls under a widget that a screen reader could only call by their kind."""
    return [
        f"{type(widget).__name__} in {type(widget.parentWidget()).__name__}"
        for widget in root.findChildren(QWidget)
        if is_control(widget) and not QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
    ]


def is_control(widget: QWidget) -> bool:
    """Whether one can act on it; what Qt puts inside its own controls speaks through these."""
    parent = widget.parentWidget()
    is_part = isinstance(widget, QScrollBar | QHeaderView) or isinstance(parent, QLineEdit)
    if is_part or widget.objectName().startswith("qt_") or parent.inherits("QComboBoxPrivateContainer"):
        return False
    is_reached_by_key = widget.focusPolicy() & Qt.FocusPolicy.TabFocus == Qt.FocusPolicy.TabFocus
    acts = (QAbstractButton, QAbstractItemView, QAbstractSlider)
    return bool(is_reached_by_key) or isinstance(widget, acts)


def test_window_when_a_video_is_open_then_every_control_has_a_name(opened_window: MainWindow) -> None:
    opened_window.user.set_preferences(Preferences(recent=(Path("/videos/gone.mp4"),)))
    opened_window._settings_dialog.keys_page.choose("track")
    assert nameless_controls(opened_window) == []
    assert opened_window.findChildren(QDialog)


def test_palette_when_open_then_every_control_has_a_name(opened_window: MainWindow) -> None:
    opened_window.show_command_palette()
    palette = opened_window.findChild(CommandPalette)
    assert nameless_controls(palette) == []
    palette.close()


def test_crash_dialog_when_shown_then_every_control_has_a_name(window: MainWindow, tmp_path: Path) -> None:
    dialog = CrashDialog("report", tmp_path / "dlst.log", window)
    assert nameless_controls(dialog) == []
