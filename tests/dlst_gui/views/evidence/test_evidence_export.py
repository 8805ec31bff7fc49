"""The shown frame's evidence, exported and copied from the window."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from dlst_gui.evidence.trace import Trace
from dlst_gui.views.evidence.evidence_export import _with_ending
from dlst_gui.views.main_window import MainWindow
from tests.dlst_gui.views.conftest import draw
from tests.dlst_gui.views.evidence.test_explain import BOX, step

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")


@pytest.fixture
def tracked_window(qtbot: QtBot, opened_window: MainWindow) -> MainWindow:
    """A window that shows a tracked frame."""
    draw(opened_window, BOX)
    step(qtbot, opened_window)
    qtbot.waitUntil(lambda: opened_window.workspace.shown_frame()[0].evidence is not None)
    return opened_window


def written(qtbot: QtBot, window: MainWindow, path: Path) -> str:
    """What the window says once a file is written of the name that a person types."""
    notes: list[str] = []
    window.session.noted.connect(notes.append)
    window.action_set["export-evidence"].trigger()
    (dialog,) = window.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(path))
    dialog.close()
    qtbot.waitUntil(lambda: bool(notes), timeout=20_000)
    return notes[-1]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("ending", [".csv", ".dlsttrace", ".svg"])
def test_export_when_a_name_is_given_then_the_shown_frame_is_written(
    qtbot: QtBot, tracked_window: MainWindow, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"a{ending}"
    assert written(qtbot, tracked_window, path) == f"Written: {path}"
    frame = tracked_window.session.playhead.frame_index
    if ending == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == 256
        assert {row["frame"] for row in rows} == {str(frame)}
    elif ending == ".dlsttrace":
        with Trace(path) as trace:
            evidence = trace.evidence(frame)
            assert evidence is not None
            assert evidence.picture is not None
            assert [row.run_id for row in trace.rows()] == list(trace.runs)
    else:
        text = path.read_text("utf-8")
        assert f"frame {frame}" in text
        assert text.count("<image") == 4  # with the frame's own pixels


@pytest.mark.timeout(300)
def test_copy_when_asked_for_then_the_clipboard_has_a_picture_and_a_drawing(
    qtbot: QtBot, tracked_window: MainWindow
) -> None:
    with qtbot.waitSignal(tracked_window.session.noted, timeout=20_000) as noted:
        tracked_window.action_set["copy-figure"].trigger()
    assert noted.args == ["Figure copied."]
    content = QGuiApplication.clipboard().mimeData()
    assert content.hasImage()
    assert QGuiApplication.clipboard().image().width() == 1370
    assert b"<svg" in bytes(content.data("image/svg+xml").data())


def test_export_when_the_frame_has_no_evidence_then_says_what_to_do(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    draw(opened_window, BOX)
    with qtbot.waitSignal(opened_window.session.noted) as noted:
        opened_window.action_set["export-evidence"].trigger()
    assert noted.args == ["Go to a frame with a box that the tracker has found."]
    assert not opened_window.findChildren(QFileDialog)


@pytest.mark.parametrize(
    ("typed", "chosen", "name"),
    [
        ("a", "Figure (*.svg *.pdf *.png)", "a.svg"),
        ("a", "Everything but pixels (*.json)", "a.json"),
        ("a.png", "Everything but pixels (*.json)", "a.png"),
    ],
)
def test_name_when_it_has_no_ending_then_gets_that_of_the_choice(typed: str, chosen: str, name: str) -> None:
    assert _with_ending(Path(typed), chosen) == Path(name)


def test_export_when_the_window_knows_no_figure_yet_then_nothing_is_loaded_that_draws_one() -> None:
    program = "import sys, dlst_gui.views.evidence.evidence_export; print('matplotlib' in sys.modules)"
    answer = subprocess.run((sys.executable, "-c", program), capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
