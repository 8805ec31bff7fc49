"""Fakes for batches; module-level, so that they cross to workers by their names."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np

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


def lost_tracker(settings: TrackerSettings) -> Tracker:
    """Never finds the target."""
    return CommandTracker(lost_frames=frozenset(range(1, 1000)))


def falling_tracker(settings: TrackerSettings) -> Tracker:
    """Seed 1 makes it fall over."""
    return CommandTracker(fails_at=3 if settings.seed == 1 else None)


def never_tracker(settings: TrackerSettings) -> Tracker:
    """There is nothing left to track."""
    raise AssertionError("a tracker was made")


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


def sleepy_tracker(settings: TrackerSettings) -> Tracker:
    """Takes a while for each frame, and no processor time."""
    return CommandTracker(velocity=(0.5, 0.25 * settings.seed), frame_delay_s=0.05)


def greedy_tracker(settings: TrackerSettings) -> Tracker:
    """Seed 1 takes all the memory that its process may have, and more."""
    if settings.seed == 1:
        taken = []
        while True:
            taken.append(np.ones(2**24))  # 128 MiB
            time.sleep(0.05)
    return steady_tracker(settings)
