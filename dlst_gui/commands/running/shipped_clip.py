"""The clip that comes with the program."""

from __future__ import annotations

from pathlib import Path

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.video.demo_clip import demo_clip


def shipped_clip() -> Path:
    """The clip; CommandError in a checkout that lacks it."""
    clip = demo_clip()
    if clip is None:
        raise CommandError("the demo clip resources/demo.mp4 is missing; install the program again")
    return clip
