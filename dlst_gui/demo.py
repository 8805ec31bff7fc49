"""The clip that comes with the program, for a first try without a video of one's own."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def demo_clip_path() -> Path:
    """The demo clip; its ground truth lies beside it, where `open_source` finds it."""
    return Path(str(files("resources") / "demo.mp4"))
