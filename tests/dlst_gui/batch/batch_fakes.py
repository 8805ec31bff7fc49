"""Fakes for batches; module-level, so that they cross to workers by their names."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from dlst_gui.tracking.tracker_factory import TrackerSettings
from tests.dlst_gui.commands.command_fakes import CommandTracker, write_sequence
from tests.fakes import SyntheticVideo
from tracker_core import Tracker


def steady_tracker(settings: TrackerSettings) -> Tracker:
    """Follows the square; the seed moves it a little off the target."""
    return CommandTracker(velocity=(2.0, 0.25 * settings.seed))


def losing_tracker(settings: TrackerSettings) -> Tracker:
    """Loses the target twice."""
    return CommandTracker(velocity=(2.0, 0.0), lost_frames=frozenset((3, 4, 7)))


def falling_tracker(settings: TrackerSettings) -> Tracker:
    """Seed 1 makes it fall over."""
    return CommandTracker(fails_at=3 if settings.seed == 1 else None)


def deadly_tracker(settings: TrackerSettings) -> Tracker:
    """Seed 1 ends its process."""
    if settings.seed == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return steady_tracker(settings)


def write_clips(folder: Path, count: int, *, frame_count: int = 12) -> list[Path]:
    """Sequence folders with true boxes, each of which looks a little different."""
    return [
        write_sequence(folder / f"clip{number}", SyntheticVideo(frame_count=frame_count, side=20 + number))
        for number in range(count)
    ]
