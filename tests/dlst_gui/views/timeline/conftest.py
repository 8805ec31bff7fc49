from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from dlst_gui.views.timeline import Timeline
from tests.dlst_gui.views.timeline.timeline_fakes import MadeUpProject

OpenTimeline = Callable[[MadeUpProject, int, int], Timeline]


@pytest.fixture
def open_timeline(qtbot: QtBot) -> Iterator[OpenTimeline]:
    """Shows a timeline of a width and a height inside a window, as it is used."""
    window = QWidget()

    def opened(project: MadeUpProject, width: int, height: int) -> Timeline:
        made = Timeline(window)
        window.resize(width, height)
        made.resize(width, height)
        made.set_data(project)
        window.show()
        return made

    yield opened
    window.close()
    window.deleteLater()
