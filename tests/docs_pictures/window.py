"""Pictures of the window for docs/: `python -m tests.docs_pictures.window OUT`, on a screen or a virtual one.

The shipped clip is tracked in the real window, with settings and projects in a temporary folder; each panel of
evidence is photographed beside the frame it tells of. `--theme light` is for looking at, the docs have the dark
one. Look at each picture before it is committed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from dlst_gui.tracking.allocator import prepare_for_torch

prepare_for_torch()

from PySide6.QtTest import QTest  # noqa: E402 - torch is to be loaded first
from PySide6.QtWidgets import QApplication  # noqa: E402

from dlst_gui import app  # noqa: E402
from dlst_gui.session.run_state import RunState  # noqa: E402
from dlst_gui.video.demo_clip import demo_clip  # noqa: E402
from dlst_gui.views.evidence.memory.memory_panel import MemoryPanel  # noqa: E402
from dlst_gui.views.main_window import MainWindow  # noqa: E402

PATIENCE_S = 240.0
SIZE = (1280, 800)
BEFORE_IT_IS_HIDDEN, IT_IS_HIDDEN = 80, 100


class Photographer:
    """Opens, tracks, shows and takes pictures."""

    def __init__(self, window: MainWindow, out: Path) -> None:
        self.window, self.session, self.out = window, window.session, out

    def wait(self, is_there: Callable[[], bool], *, rest_ms: int = 0) -> None:
        ends_s = time.perf_counter() + PATIENCE_S
        while not is_there():
            QTest.qWait(10)
            if time.perf_counter() > ends_s:
                raise SystemExit(f"waited in vain (the session is {self.session.state.value})")
        QTest.qWait(rest_ms)

    def track_clip(self, clip: Path) -> None:
        """Until the object is hidden."""
        self.session.open(clip)
        self.wait(lambda: self.window.workspace.drawn_frame == 0, rest_ms=500)
        source = self.session.playhead.source
        assert source is not None
        assert source.ground_truth is not None
        box = source.ground_truth[0]
        assert box is not None
        self.session.set_box(0, box)
        self.window.action_set["track"].trigger()
        self.wait(lambda: (self.session.run.latest_frame or 0) >= IT_IS_HIDDEN or self._is_at_rest(), rest_ms=200)
        if self.session.state is RunState.TRACKING:
            self.window.action_set["track"].trigger()
        self.wait(self._is_at_rest, rest_ms=1000)

    def _is_at_rest(self) -> bool:
        run = self.session.run
        return self.session.state in (RunState.PAUSED, RunState.READY) and bool(run.latest_frame)

    def take(self, name: str, frame_index: int, *actions: str) -> None:
        for action in actions:
            if not self.window.action_set[action].isChecked():
                self.window.action_set[action].trigger()
        self.session.seek(frame_index)
        self.wait(lambda: self.window.workspace.drawn_frame == frame_index, rest_ms=3000)
        self.window.grab().save(str(self.out / f"{name}.png"))


def take_all(window: MainWindow, out: Path, clip: Path) -> None:
    window.resize(*SIZE)
    photographer = Photographer(window, out)
    photographer.track_clip(clip)
    photographer.take("failure-card", min(window.session.run.latest_frame or 0, IT_IS_HIDDEN))
    window.action_set["memory-panel"].trigger()
    (memory,) = window.findChildren(MemoryPanel)
    photographer.wait(lambda: memory.rows.rowCount() > 0)
    photographer.take("memory-panel", BEFORE_IT_IS_HIDDEN)
    photographer.take("sampling-panel", BEFORE_IT_IS_HIDDEN, "sampling-panel")
    photographer.take("candidates-panel", BEFORE_IT_IS_HIDDEN, "candidates-panel")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    options = parser.parse_args(arguments)
    shipped = demo_clip()
    if shipped is None:
        parser.error("this checkout lacks the program's clip")
    with tempfile.TemporaryDirectory() as home:
        for name in ("CACHE", "CONFIG", "DATA", "STATE"):
            os.environ[f"XDG_{name}_HOME"] = home
        settings = Path(home) / "dlst-studio"
        settings.mkdir()
        (settings / "preferences.json").write_text(json.dumps({"theme": options.theme}), encoding="utf-8")
        clip = Path(home) / "demo" / shipped.name
        clip.parent.mkdir()
        for each in (shipped, shipped.with_name("demo_groundtruth.txt")):
            shutil.copy(each, clip.parent)  # its project lies beside it

        def execute() -> int:
            (window,) = (w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow) and w.isVisible())
            try:
                take_all(window, options.out, clip)
            finally:
                window.close()
            return 0

        application = app.themed_application()
        application.exec = execute
        app.run_gui(None)


if __name__ == "__main__":
    main(sys.argv[1:])
