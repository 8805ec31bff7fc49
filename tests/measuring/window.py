"""Times the window from the mouse to what is shown: `python -m tests.measuring.window VIDEO [SECOND_VIDEO]`.

Boxes are drawn and dragged by mouse events, T starts the tracker; what is told is how long it takes from letting
go of the mouse, in milliseconds, each as wall time / processor time of the whole window's process. VIDEO needs
ground truth of its first frame, such as a sequence folder has; SECOND_VIDEO lies in the same folder. Projects
are kept in a temporary folder.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

_BEGAN_S = time.perf_counter(), time.process_time()

from dlst_gui.tracking.allocator import prepare_for_torch  # noqa: E402 - its time counts

prepare_for_torch()

from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from dlst_gui import app  # noqa: E402
from dlst_gui.project.opening import ProjectOpener  # noqa: E402
from dlst_gui.session.run_state import RunState  # noqa: E402
from dlst_gui.tracking.tracking_run import FrameTracked  # noqa: E402
from dlst_gui.views.main_window import MainWindow  # noqa: E402
from tracker_core import Box  # noqa: E402

PATIENCE_S = 20.0
DRAG_STEPS = 8
FRAMES_BETWEEN = 8


@dataclass
class Clock:
    """Since a moment, wall and processor."""

    wall_s: float = field(default_factory=time.perf_counter)
    processor_s: float = field(default_factory=time.process_time)

    def until(self, later: Clock | None) -> str:
        """In milliseconds; nothing where that has not come."""
        if later is None:
            return "-"
        wall_ms, processor_ms = (
            1000 * passed for passed in (later.wall_s - self.wall_s, later.processor_s - self.processor_s)
        )
        return f"{wall_ms:6.0f} / {processor_ms:5.0f}"

    def __str__(self) -> str:
        return self.until(Clock())


class Person:
    """Draws, drags and presses keys in a window, and reads the clock."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.session = window.session
        self.tracked: list[FrameTracked] = []
        self.session.frame_tracked.connect(self.tracked.append)
        self.handed_over: Clock | None = None
        self.session.run._tracker._manual_box_given.connect(self._on_handed_over)
        self.session.failed.connect(lambda *words: sys.stdout.write(f"{words}\n"))

    def _on_handed_over(self, _given: object) -> None:
        self.handed_over = Clock()

    def take_turn(self) -> None:
        """Let the window do what is due."""
        QApplication.processEvents()

    def wait(self, is_there: Callable[[], bool], *, patience_s: float = PATIENCE_S) -> None:
        """Let the window work until something is so."""
        ends_s = time.perf_counter() + patience_s
        while not is_there():
            self.take_turn()
            time.sleep(0.002)
            if time.perf_counter() > ends_s:
                raise SystemExit(f"waited in vain for {is_there} (the session is {self.session.state.value})")

    def rest(self, seconds: float) -> None:
        """Do nothing."""
        ends_s = time.perf_counter() + seconds
        self.wait(lambda: time.perf_counter() >= ends_s)

    def open(self, path: Path) -> str:
        """Open a video and wait for its first frame; how long it took."""
        clock = Clock()
        self.session.open(path)
        self.wait(lambda: self.session.playhead.source is not None and self.session.playhead.source.path == path)
        self.wait(lambda: self.window.workspace.drawn_frame == self.session.playhead.frame_index)
        return str(clock)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> Clock:
        """From and to image positions; the clock of letting go."""
        view = self.window.workspace.frame_view
        (x0, y0), (x1, y1) = start, end
        left, plain = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QTest.mousePress(view.viewport, left, plain, view.widget_position(x0, y0).toPoint())
        for step in range(1, DRAG_STEPS + 1):
            share = step / DRAG_STEPS
            position = view.widget_position(x0 + share * (x1 - x0), y0 + share * (y1 - y0))
            QTest.mouseMove(view.viewport, position.toPoint())
            self.rest(0.015)
        clock = Clock()
        QTest.mouseRelease(view.viewport, left, plain, view.widget_position(x1, y1).toPoint())
        return clock

    def draw(self, box: Box) -> Clock:
        """A new box."""
        return self.drag((box.x, box.y), (box.right, box.bottom))

    def first_frames(self, box: Box, *, thinks_s: float) -> list[tuple[str, str]]:
        """Draw, press T after a while; learned, tracked and shown."""
        self.tracked.clear()
        first = self.session.playhead.frame_index
        clock = self.draw(box)
        self.rest(thinks_s)
        pressed = Clock()
        QTest.keyClick(self.window, Qt.Key.Key_T)
        self.wait(lambda: len(self.tracked) > 0)
        told = [("first frame learned, from letting go", str(clock)), ("... from T", str(pressed))]
        self.wait(lambda: any(each.frame_index == first + 1 for each in self.tracked))
        told.append(("next frame tracked, from letting go", str(clock)))
        self.wait(lambda: (self.window.workspace.drawn_frame or 0) > first)
        told += [("... and shown", str(clock)), ("... from T", str(pressed))]
        return told

    def correction(self) -> list[tuple[str, str]]:
        """Go on for some frames, hold on, drag the box, and wait for the next frame."""
        session, workspace = self.session, self.window.workspace
        begin = len(self.tracked)
        self.wait(lambda: len(self.tracked) >= begin + FRAMES_BETWEEN)
        QTest.keyClick(self.window, Qt.Key.Key_T)
        self.wait(lambda: session.state is RunState.PAUSED)
        self.wait(
            lambda: workspace.drawn_frame == session.run.latest_frame and workspace.frame_view.editor._is_editable
        )
        frame = session.run.latest_frame or 0
        box = workspace.scene().box
        assert box is not None
        self.tracked.clear()
        self.handed_over = None
        clock = self.drag(box.center, (box.center[0] + 4, box.center[1] + 3))
        told = [("handed to the tracker, from letting go", clock.until(self.handed_over))]
        self.wait(lambda: any(each.is_human for each in self.tracked))
        told.append(("correction learned", str(clock)))
        self.wait(lambda: any(each.frame_index > frame for each in self.tracked))
        told.append(("next frame tracked", str(clock)))
        self.wait(lambda: (workspace.drawn_frame or 0) > frame)
        told.append(("... and shown", str(clock)))
        return told


def first_box(person: Person) -> Box:
    source = person.session.playhead.source
    if source is None or source.first_box is None:
        raise SystemExit("the video has no ground truth of its first frame")
    return source.first_box


def measure(person: Person, options: argparse.Namespace) -> None:
    tell("window shown, from the start of Python", str(Clock(*_BEGAN_S)))
    person.rest(options.settles)
    tell("video opened and its first frame shown", person.open(options.video))
    person.rest(options.looks)
    box = first_box(person)
    tell_all("first object", person.first_frames(box, thinks_s=options.thinks))
    for number in range(options.corrections):
        tell_all(f"correction {number + 1}", person.correction())
    person.session.stop()
    person.session.seek(0)
    person.wait(lambda: person.window.workspace.drawn_frame == 0)
    QTest.keyClick(person.window, Qt.Key.Key_N)
    second = Box(max(0.0, box.x - box.width / 2), box.y, box.width, box.height)
    tell_all("second object", person.first_frames(second, thinks_s=options.thinks))
    person.session.stop()
    if options.second_video is not None:
        tell("second video opened", person.open(options.second_video))
        person.rest(options.looks)
        tell_all("second video", person.first_frames(first_box(person), thinks_s=options.thinks))
        person.session.stop()


def tell_all(title: str, lines: list[tuple[str, str]]) -> None:
    for name, took in lines:
        tell(f"{title}: {name}", took)


def tell(name: str, took: str) -> None:
    sys.stdout.write(f"{name:64s} {took}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", type=Path)
    parser.add_argument("second_video", type=Path, nargs="?")
    parser.add_argument("--settles", type=float, default=4.0, help="seconds before the video is opened")
    parser.add_argument("--looks", type=float, default=3.0, help="seconds from its first frame to the mouse")
    parser.add_argument("--thinks", type=float, default=0.0, help="seconds from letting go to the key T")
    parser.add_argument("--corrections", type=int, default=3)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        keep_settings_in(folder)
        app.ProjectOpener = lambda *_, **__: ProjectOpener(
            Path(folder), clean_folder=options.video.resolve().parent
        )
        in_window(lambda window: measure(Person(window), options))


def keep_settings_in(folder: str) -> None:
    """Let the program that is started keep nothing where a user's settings and projects are."""
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        os.environ[name] = folder


def in_window(act: Callable[[MainWindow], None], *, preset: str | None = None) -> None:
    """Run the program as a user starts it, with somebody at its mouse."""

    def execute() -> int:
        (window,) = (w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow) and w.isVisible())
        QApplication.processEvents()
        try:
            act(window)
        finally:
            window.close()
        return 0

    application = app.themed_application()
    application.exec = execute
    app.run_gui(None, preset=preset)


if __name__ == "__main__":
    main(sys.argv[1:])
