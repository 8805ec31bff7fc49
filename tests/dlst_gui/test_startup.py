"""What the program does not load: each of these costs a start a second or more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dlst_gui.video.demo_clip import demo_clip

REPOSITORY = Path(__file__).resolve().parents[2]
COMPILERS = ("torch._dynamo", "torch._inductor", "sympy", "networkx", "mpmath", "triton")
PLOTTING = ("matplotlib", "scipy", "pandas")
WINDOW = ("PySide6", "pyqtgraph")


def loaded_by(program: str, *names: str) -> list[str]:
    """Which of these modules a Python of its own has loaded after the program."""
    told = f"\nimport sys; print('loaded:', [name for name in {names!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program + told],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("loaded:"))
    return line.removeprefix("loaded:").strip("[] ").replace("'", "").split()


def test_track_when_it_has_tracked_then_neither_compilers_nor_plots_nor_a_window_were_loaded(
    tmp_path: Path,
) -> None:
    clip = demo_clip()
    if clip is None:
        pytest.skip("this checkout lacks the program's clip")
    words = [
        "track",
        str(clip),
        "--stop",
        "1",
        "--speed",
        "fast",
        "--threads",
        "1",
        "--out",
        str(tmp_path / "a.csv"),
    ]
    program = f"from dlst_gui.cli import main; assert main({words!r}) == 0"
    assert loaded_by(program, "torch", *COMPILERS, *PLOTTING, *WINDOW) == ["torch"]


def test_window_when_it_is_loaded_then_what_trackers_need_is_not() -> None:
    program = "import dlst_gui.app; from dlst_gui.tracking.devices import resolve_device; resolve_device('cpu'); "
    program += "from dlst_gui.tracking.guide_choice import guide_choices; guide_choices()"
    assert loaded_by(program, "PySide6", "torch", "onnxruntime", "av", *PLOTTING) == ["PySide6"]


SHOWN_UNTIL_LOADED = """
import os, sys, threading

class Watch:
    def find_spec(self, name, *_):
        if name == "filelock":
            print("by the window:", threading.current_thread() is threading.main_thread())

os.environ.update(dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"), FOLDER))
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtCore import QTimer
from dlst_gui import app
sys.meta_path.insert(0, Watch())
app.SHOWN_BEFORE_MS = 1_000_000  # no tracker is made
application = app.themed_application()
timer = QTimer(application, interval=10)
timer.timeout.connect(lambda: hasattr(sys.modules.get("filelock"), "FileLock") and application.closeAllWindows())
timer.start()
assert app.run_gui(None, device="cpu") == 0
"""


def test_window_when_it_is_shown_then_what_locks_a_project_is_loaded_by_another_thread(tmp_path: Path) -> None:
    program = SHOWN_UNTIL_LOADED.replace("FOLDER", repr(str(tmp_path)))
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, timeout=100, check=True
    )
    assert done.stdout.splitlines() == ["by the window: False"]


def test_weights_when_listed_and_the_shipped_ones_read_then_torch_is_not_loaded() -> None:
    program = (
        "from tracker_core.weights import list_backbones, load_backbone; list_backbones(); load_backbone('studio')"
    )
    assert loaded_by(program, "torch") == []
