from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from dlst_gui.views.actions import COMMANDS
from dlst_gui.views.actions.command_words import plain_text
from dlst_gui.views.actions.key_help import KeyHelp
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.settings.key_table import MOUSE_ROWS

# Said by Qt's screenless platform whenever a window has a smallest size.
pytestmark = pytest.mark.qt_log_ignore("does not support")


@pytest.fixture
def key_help(window: MainWindow) -> KeyHelp:
    window.action_set["keys"].trigger()
    return window._key_help


def test_help_when_its_key_is_pressed_then_it_opens(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_F1)
    assert window._key_help.isVisible()


def test_help_when_opened_then_it_lists_every_command_and_gesture(key_help: KeyHelp) -> None:
    lines = key_help.text.splitlines()
    for spec in COMMANDS:
        assert plain_text(spec.text) in lines
    for row in MOUSE_ROWS:
        assert row.title in lines


def test_help_when_a_key_is_changed_then_it_shows_the_new_one(window: MainWindow, key_help: KeyHelp) -> None:
    assert "Ctrl+F7" not in key_help.text
    window.user.set_keymap(window.user.keymap.with_keys("fit", ("Ctrl+F7",)))
    assert "Ctrl+F7" in key_help.text


def test_help_when_searched_then_only_what_has_the_words_is_shown(key_help: KeyHelp) -> None:
    QTest.keyClicks(key_help._search, "frame next")
    assert "Next Frame" in key_help.text
    assert "Open Video" not in key_help.text
    assert "Track Backward" not in key_help.text


def test_help_when_copied_then_each_row_is_a_line_of_columns(key_help: KeyHelp) -> None:
    key_help._search.setText("next frame show")
    key_help._on_copy()
    assert QApplication.clipboard().text() == "Go\tNext Frame\tF, Right, Alt+Right\tShow the next frame\n"


def test_help_when_printed_then_there_are_pages(key_help: KeyHelp, tmp_path: Path) -> None:
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "keys.pdf"))
    key_help.print_to(printer)
    assert (tmp_path / "keys.pdf").read_bytes().startswith(b"%PDF")
