"""The clip that comes with the program; its ground truth lies beside it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def demo_clip() -> Path | None:
    """The clip's file; None in a checkout that lacks it."""
    clip = Path(str(files("resources") / "demo.mp4"))
    return clip if clip.is_file() else None
