"""The program as a process of its own, with settings of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.mouse_session.eye import NotSeenError
from tests.e2e.mouse_session.project_truth import StepError
from tests.e2e.mouse_session.virtual_screen import VirtualScreen

REPOSITORY = Path(__file__).resolve().parents[3]
CLOSING_S = 60.0


@dataclass(frozen=True, slots=True)
class Looks:
    """How the program is started: theme by its name in the settings, and Qt's scale factor."""

    theme: str = "dark"
    scale: float = 1.0


class WindowProgram:
    """One run of `python main.py gui`."""

    def __init__(self, process: subprocess.Popen[bytes], errors: Path) -> None:
        self._process = process
        self._errors = errors

    @contextmanager
    def explaining_errors(self, photograph: Callable[[str], None]) -> Iterator[None]:
        """Where a step fails, take a picture of the screen; where that is as the program has ended, say so."""
        try:
            yield
        except (StepError, NotSeenError) as error:
            photograph("failed")
            status = self._process.poll()
            if status is None:
                raise
            raise StepError(f"the program ended with status {status}: {self._last_words()}") from error

    def wait_for_end(self) -> None:
        """StepError where it does not end by itself, or not with status 0 and in silence."""
        try:
            status = self._process.wait(CLOSING_S)
        except subprocess.TimeoutExpired:
            raise StepError(f"expected the program to end within {CLOSING_S:.0f} s of closing it") from None
        if status or self._last_words():
            raise StepError(f"expected the program to end with status 0, got {status}: {self._last_words()}")

    def _last_words(self) -> str:
        return self._errors.read_text(encoding="utf-8", errors="replace")[-2000:].strip()


def prepare_home(home: Path, looks: Looks) -> None:
    """Make the folders in which the program keeps what belongs to a user, with the theme chosen."""
    settings = home / "config" / "dlst-studio"
    settings.mkdir(parents=True)
    (settings / "preferences.json").write_text(json.dumps({"theme": looks.theme}), encoding="utf-8")


@contextmanager
def window_program(screen: VirtualScreen, home: Path, looks: Looks, *arguments: str) -> Iterator[WindowProgram]:
    """Start it on a screen; it is killed where it still runs on leaving."""
    folders = {f"XDG_{name.upper()}_HOME": str(home / name) for name in ("config", "data", "state", "cache")}
    environment = {**screen.environment, **folders, "QT_SCALE_FACTOR": str(looks.scale), "LC_ALL": "C.UTF-8"}
    errors = home / "errors.txt"
    with errors.open("wb") as file:
        process = subprocess.Popen(
            (sys.executable, "main.py", "gui", *arguments), cwd=REPOSITORY, env=environment, stderr=file
        )
    try:
        yield WindowProgram(process, errors)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
