"""A screen that nobody sees, with a hand on its mouse and keys."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ImageGrab

Picture = NDArray[np.uint8]  # (height, width, 3), RGB

PROGRAMS = {"Xvfb": "xvfb", "openbox": "openbox", "xdotool": "xdotool"}  # by name, the Debian package
DRAG_MOVES = 12
PACE_S = 0.15  # between two acts of a hand that is quick
END_S = 5.0

# No frame around the main window, which fills the screen; dialogs keep theirs.
_WINDOW_RULES = """<?xml version="1.0"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <applications><application type="normal"><decor>no</decor><maximized>yes</maximized></application></applications>
  <keyboard><keybind key="A-F4"><action name="Close"/></keybind></keyboard>
</openbox_config>
"""


class MissingProgramError(Exception):
    """What a virtual screen needs is not installed."""


def missing_programs() -> tuple[str, ...]:
    """Debian packages that are not there."""
    return tuple(package for program, package in PROGRAMS.items() if shutil.which(program) is None)


@dataclass(frozen=True, slots=True)
class VirtualScreen:
    """A running X server with a window manager; positions are its pixels."""

    display: str

    @property
    def environment(self) -> Mapping[str, str]:
        """For programs that shall appear on it."""
        return {**os.environ, "DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb"}

    def picture(self) -> Picture:
        """What is on it now."""
        return np.array(ImageGrab.grab(xdisplay=self.display).convert("RGB"))

    def press(self, *keys: str) -> None:
        """Press keys one after the other, as xdotool names them: `ctrl+z`."""
        for key in keys:
            self._act("key", key)

    def write(self, text: str) -> None:
        """Type a text."""
        self._act("type", "--delay", "8", text)

    def click(self, x: float, y: float) -> None:
        """Press and release the left button."""
        self._act(*_move(x, y), "sleep", "0.05", "click", "1")

    def wheel(self, x: float, y: float, notches: int, *, key: str | None = None) -> None:
        """Turn the wheel, away from oneself where `notches` is positive, while `key` is held."""
        turn = ("click", "--repeat", str(abs(notches)), "--delay", "40", "4" if notches > 0 else "5")
        held = ("keydown", key) if key else ()
        freed = ("keyup", key) if key else ()
        self._act(*_move(x, y), "sleep", "0.05", *held, *turn, *freed)

    @contextmanager
    def dragging(
        self, start: tuple[float, float], end: tuple[float, float], *, key: str | None = None
    ) -> Iterator[None]:
        """Drag with the left button, which is released on leaving; `key` is held meanwhile."""
        shares = (step / DRAG_MOVES for step in range(1, DRAG_MOVES + 1))
        places = [tuple(a + share * (b - a) for a, b in zip(start, end, strict=True)) for share in shares]
        moves = [word for x, y in places for word in (*_move(x, y), "sleep", "0.015")]
        held = ("keydown", key) if key else ()
        self._act(*held, *_move(*start), "sleep", "0.1", "mousedown", "1", "sleep", "0.05", *moves)
        yield
        self._act("mouseup", "1", *(("keyup", key) if key else ()))

    def drag(self, start: tuple[float, float], end: tuple[float, float], *, key: str | None = None) -> None:
        """Drag with the left button while `key` is held."""
        with self.dragging(start, end, key=key):
            pass

    def _act(self, *words: str) -> None:
        subprocess.run(("xdotool", *words), env=self.environment, check=True, capture_output=True, timeout=30)
        time.sleep(PACE_S)


@contextmanager
def virtual_screen(width: int, height: int, folder: Path) -> Iterator[VirtualScreen]:
    """Start one of this size in pixels; `folder` takes the window manager's rules.

    Raises:
        MissingProgramError: it names the packages that are missing.
    """
    if missing := missing_programs():
        raise MissingProgramError(f"not installed: apt-get install {' '.join(missing)}")
    rules = folder / "openbox.xml"
    rules.write_text(_WINDOW_RULES, encoding="utf-8")
    with _running_server(width, height) as display:
        screen = VirtualScreen(display)
        manager = ("openbox", "--sm-disable", "--config-file", str(rules))
        with _running(subprocess.Popen(manager, env=screen.environment, stderr=subprocess.DEVNULL)):
            yield screen


@contextmanager
def _running_server(width: int, height: int) -> Iterator[str]:
    reader, writer = os.pipe()
    size = ("-screen", "0", f"{width}x{height}x24", "-dpi", "96")
    # The server chooses a display number that is free, and writes it once it can be used.
    server = subprocess.Popen(
        ("Xvfb", "-displayfd", str(writer), *size, "-nolisten", "tcp"),
        pass_fds=(writer,),
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as told, _running(server):
        number = told.readline().strip()
        if not number:
            raise RuntimeError(f"Xvfb ended with status {server.wait()} instead of showing a screen")
        yield f":{number}"


@contextmanager
def _running(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _move(x: float, y: float) -> tuple[str, ...]:
    return "mousemove", str(round(x)), str(round(y))
