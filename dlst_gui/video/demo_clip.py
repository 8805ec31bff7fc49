"""The clip that comes with the program; its ground truth lies beside it."""

from __future__ import annotations

from pathlib import Path

from tracker_core import shipped_file


def demo_clip() -> Path | None:
    """The clip's file; None in a checkout that lacks it."""
    clip = shipped_file("demo.mp4")
    return clip if clip.is_file() else None
