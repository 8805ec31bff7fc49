"""What is odd about a video stays to be seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.window.video_note import as_few_words
from tests.dlst_gui.window_fakes import Workshop

# Said by Qt's screenless platform whenever a window has a smallest size.
pytestmark = pytest.mark.qt_log_ignore("does not support")

CUT_OFF = "cut off at its end: the file says 12 s, its frames end at 7.2 s; about 123 frames are missing"


@pytest.mark.parametrize(
    ("notice", "words"),
    [
        (CUT_OFF, "Video cut off at its end"),
        ("damaged: frames 0..9 of 60 can be used; decoding ends there because of: noise", "Video damaged"),
        ("variable frame rate (6.25 to 25 frames/s)", "Variable frame rate"),
        ("no timestamps: 25 frames/s assumed", "No timestamps"),
        ("values scaled: up to 3760, taken for 12 bits and shown by the upper 8", "Values scaled"),
    ],
)
def test_few_words_then_are_the_first_thing_without_numbers(notice: str, words: str) -> None:
    assert as_few_words(notice) == words


def test_note_when_a_video_is_cut_off_then_stays_until_another_one_is_open(
    qtbot: QtBot, window: MainWindow, workshop: Workshop
) -> None:
    note = window.status.video_note
    workshop.notice = CUT_OFF
    window.session.open(Path("clip.mp4"))
    qtbot.waitUntil(note.isVisible)
    window.workspace.frame_view.show_note("")  # what passes has passed
    window.session.seek(3)
    assert note.text() == "Video cut off at its end"
    assert "about 123 frames are missing." in note.toolTip()
    with qtbot.waitSignal(window.session.noted) as noted:
        qtbot.mouseClick(note, Qt.MouseButton.LeftButton)
    assert noted.args == [note.toolTip()]
    workshop.notice = None
    window.session.open(Path("other.mp4"))
    qtbot.waitUntil(lambda: not note.isVisible())
