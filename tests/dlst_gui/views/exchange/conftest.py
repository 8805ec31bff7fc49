from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.project.opening import ProjectOpener
from dlst_gui.session.session import Session
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.video import OpeningWatch, VideoSource, open_source
from dlst_gui.video.video_source import UNWATCHED
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.settings.user_settings import UserSettings
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Frame


@dataclass
class Gate:
    """Opens real videos; while it is closed, nobody gets a frame."""

    is_open: threading.Event = field(default_factory=threading.Event)

    def open_source(self, path: Path, watch: OpeningWatch = UNWATCHED) -> VideoSource:
        source = open_source(path, watch)
        read = source.read

        def gated(frame_index: int) -> Frame:
            assert self.is_open.wait(20)
            return read(frame_index)

        source.read = gated
        return source


@pytest.fixture
def gate() -> Gate:
    made = Gate()
    made.is_open.set()
    return made


@pytest.fixture
def folder(made_once: Path, tmp_path: Path) -> Path:
    """`clip.mp4` with its project."""
    shutil.copytree(made_once, tmp_path / "project")
    return tmp_path / "project"


OpenWindow = Callable[[], MainWindow]


@pytest.fixture
def open_window(
    qtbot: QtBot, workshop: Workshop, gate: Gate, folder: Path, tmp_path: Path
) -> Iterator[OpenWindow]:
    """Opens windows on the clip and its project, as one starts the program."""
    with ExitStack() as closing:

        def make() -> MainWindow:
            session = Session(gate.open_source, workshop.make_tracker, TrackerSettings(), ProjectOpener(tmp_path))
            window = MainWindow(
                session,
                UserSettings(tmp_path / "settings"),
                backbones=("default",),
                demo_clip=None,
                log_folder=tmp_path,
            )
            closing.callback(window.deleteLater)
            closing.callback(gate.is_open.set)
            closing.callback(window.close)
            window.show()
            window.session.open(folder / "clip.mp4")
            qtbot.waitUntil(lambda: window.workspace.drawn_frame == 0)
            return window

        yield make


@pytest.fixture
def window(open_window: OpenWindow) -> MainWindow:
    return open_window()
