"""Finds what holds the window up: `python -m tests.measuring.stalls SEQUENCE`.

A person's afternoon is gone through in the real window, and each turn of its event loop is timed: by the processor
time of the window's thread, of which other programs and threads take nothing, and by the wall clock, of which they
do. Told of each part are the longest turns of both kinds, and how many took more than 50 ms of the processor.
SEQUENCE needs ground truth of its first frame, such as a sequence folder has; it is copied to a temporary folder.
`--profile` says what the longest turn of each part has done; profiled turns take longer.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from dlst_gui import app
from dlst_gui.project.edits import record_predictions
from dlst_gui.project.prediction_block import ROW, PredictionBlock, RowFlag
from dlst_gui.session.run_state import RunState
from dlst_gui.session.what_ifs import GhostState, WhatIf
from dlst_gui.tracking.tracking_run import FrameTracked
from dlst_gui.tracking.what_if import Ghost
from dlst_gui.video.back_and_forth import BackAndForth
from dlst_gui.video.isolation.isolated_opener import IsolatedOpener
from dlst_gui.video.video_source import UNWATCHED, ClosedOnExit, OpeningWatch, VideoSource
from dlst_gui.views.main_window import MainWindow
from tests.measuring.window import Person, first_box, in_window, keep_settings_in
from tracker_core import Box, TrackResult

LIMIT_MS = 50.0  # what the window may be busy with at once
LONG_FRAMES = 100_000
TRACKED_FRAMES = 60
PANELS = ("sampling-panel", "candidates-panel", "response-panel", "memory-panel", "compare-panel")
DRAWN_BOX = Box(20, 20, 30, 30)
MOST_LINES = 14  # of a profile


@dataclass
class Part:
    """Turns of one part of the afternoon, milliseconds of the window's thread."""

    turns_ms: list[float] = field(default_factory=list)
    walls_ms: list[float] = field(default_factory=list)
    longest: cProfile.Profile | None = None

    def take(self, turn_ms: float, wall_ms: float, profile: cProfile.Profile | None) -> None:
        """Take in another turn."""
        if turn_ms >= max(self.turns_ms, default=0.0):
            self.longest = profile
        self.turns_ms.append(turn_ms)
        self.walls_ms.append(wall_ms)

    def __str__(self) -> str:
        over = sum(each > LIMIT_MS for each in self.turns_ms)
        longest = (sorted(each, reverse=True)[:3] for each in (self.turns_ms, self.walls_ms))
        return f"{over:4d}  " + "  ".join("".join(f"{each:6.0f}" for each in three).ljust(18) for three in longest)


class Turns:
    """Times turns of the event loop by part."""

    def __init__(self, *, is_profiled: bool) -> None:
        self.parts: dict[str, Part] = {}
        self._part = Part()
        self._is_profiled = is_profiled
        self._is_inside = False

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """All that is done inside, and a moment after it, is of this part."""
        self._part = self.parts.setdefault(name, Part())
        yield
        sys.stdout.write(f"{name:58s} {self._part}\n")
        sys.stdout.flush()
        self._part = Part()

    def take(self, act: Callable[[], object]) -> None:
        """Do what makes one turn; one within another is a part of that."""
        if self._is_inside:
            act()
            return
        profile = cProfile.Profile(time.thread_time) if self._is_profiled else None
        self._is_inside, began = True, (time.thread_time(), time.perf_counter())
        try:
            if profile is None:
                act()
            else:
                profile.runcall(act)
        finally:
            self._is_inside = False
            ended = (time.thread_time(), time.perf_counter())
            turn_ms, wall_ms = (1000 * (end - begin) for begin, end in zip(began, ended, strict=True))
            self._part.take(turn_ms, wall_ms, profile)


class TimedPerson(Person):
    """One whose window is timed."""

    def __init__(self, window: MainWindow, turns: Turns) -> None:
        self.turns = turns
        super().__init__(window)

    def take_turn(self) -> None:
        self.turns.take(QApplication.processEvents)

    def do(self, act: Callable[[], object], *, rests_s: float = 0.7) -> None:
        """Do something in a turn of its own, and look at what comes of it."""
        self.turns.take(act)
        self.rest(rests_s)

    def toggle(self, name: str) -> None:
        """A command that shows or hides something."""
        self.do(self.window.action_set[name].toggle)


class LongOpener(ClosedOnExit):
    """Opens as an `IsolatedOpener`, and makes what lies in a folder `long` as long as a film."""

    def __init__(self, opener: str) -> None:
        self._opener = IsolatedOpener(opener)

    def __call__(self, path: Path, watch: OpeningWatch = UNWATCHED) -> VideoSource:
        source = self._opener(path, watch)
        return _LongSource(source, LONG_FRAMES) if path.parent.name == "long" else source

    def close(self) -> None:
        self._opener.close()


class _LongSource(BackAndForth):
    @property
    def ground_truth(self) -> None:
        return None


def measure(person: TimedPerson, sequence: Path, long: Path) -> None:
    turns = person.turns
    person.rest(4.0)
    with turns.part("video opened"):
        person.open(sequence)
        person.rest(3.0)
    for name in PANELS:
        with turns.part(f"{name}: shown first, without evidence"):
            person.toggle(name)
        person.toggle(name)
    with turns.part("first object drawn and its first frame learned"):
        person.do(lambda: person.draw(first_box(person)), rests_s=1.0)
    with turns.part(f"{TRACKED_FRAMES} frames tracked"):
        track(person, TRACKED_FRAMES)
    for name in PANELS:
        with turns.part(f"{name}: shown"):
            person.toggle(name)
        person.toggle(name)
        with turns.part(f"{name}: shown again"):
            person.toggle(name)
        person.toggle(name)
    person.toggle("explain")
    for name in ("candidates-panel", "response-panel", "sampling-panel"):
        person.toggle(name)
    with turns.part(f"{TRACKED_FRAMES} more, Explain, Sampling and Response Map open"):
        track(person, TRACKED_FRAMES)
    with turns.part("sought through, the same open"):
        for frame in range(10, 60, 5):
            person.do(lambda frame=frame: person.session.seek(frame), rests_s=0.3)
    with turns.part("stopped"):
        person.do(person.session.stop)
    with turns.part(f"video of {LONG_FRAMES} frames opened: the project is put away"):
        person.open(long)
        person.rest(3.0)
    made_object(person)
    with turns.part(f"a ghost of {LONG_FRAMES} frames taken"):
        take_ghost(person)
    with turns.part("the first video opened again"):
        person.open(sequence)
        person.rest(3.0)
    with turns.part("window closed"):
        person.do(person.window.close, rests_s=0.0)


def track(person: TimedPerson, frames: int) -> None:
    """Go on with T, and hold on after so many frames."""
    count = len(person.tracked) + frames
    person.do(lambda: QTest.keyClick(person.window, Qt.Key.Key_T), rests_s=0.0)
    person.wait(lambda: len(person.tracked) >= count or not person.session.state.is_busy, patience_s=400.0)
    if person.session.state.is_busy:
        person.do(lambda: QTest.keyClick(person.window, Qt.Key.Key_T), rests_s=0.0)
    person.wait(lambda: person.session.state is not RunState.TRACKING)
    person.rest(1.0)


def made_object(person: TimedPerson) -> None:
    """An object with boxes on all frames of a long video."""
    session = person.session
    session.set_box(0, DRAWN_BOX)
    track_id = session.selected_track
    assert track_id is not None
    rows = np.zeros(LONG_FRAMES - 1, ROW)
    rows["box"], rows["score"], rows["disagreement"], rows["run_id"] = (10, 10, 20, 20), 3.0, np.nan, 1
    rows["flags"] = RowFlag.PRESENT | RowFlag.FOUND
    block = PredictionBlock(np.arange(1, LONG_FRAMES, dtype=np.int32), rows)
    session.do(lambda project: record_predictions(project, track_id, block))
    person.rest(2.0)


def take_ghost(person: TimedPerson) -> None:
    what_ifs, session = person.window.what_ifs, person.session
    plan = what_ifs.plan()
    made = WhatIf(1, Ghost(plan, session.tracking.settings))
    box = DRAWN_BOX
    for frame in range(plan.request.start_frame, plan.request.last_frame + 1):
        found = TrackResult(box.shifted(0.0, frame % 7), 2.5, True)
        made.ghost.add(FrameTracked(1, frame, found, frame == 0, 0.01, made.ghost.track_id))
    made.state = GhostState.COMPLETE
    what_ifs._kept.append(made)
    what_ifs.changed.emit()
    person.rest(2.0)
    person.do(lambda: what_ifs.take(made), rests_s=3.0)


def tell_longest(turns: Turns) -> None:
    """What the longest turn of each part has done, by functions."""
    for name, part in turns.parts.items():
        if part.longest is not None and max(part.turns_ms) > LIMIT_MS / 2:
            sys.stdout.write(f"\n== {name}: {max(part.turns_ms):.0f} ms\n")
            pstats.Stats(part.longest, stream=sys.stdout).sort_stats("cumulative").print_stats(MOST_LINES)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sequence", type=Path)
    parser.add_argument("--preset", help="of the tracker; as the program has it where none is given")
    parser.add_argument("--profile", action="store_true", help="what the longest turns have done")
    options = parser.parse_args(arguments)
    turns = Turns(is_profiled=options.profile)
    with tempfile.TemporaryDirectory() as folder:
        keep_settings_in(folder)
        short, long = Path(folder) / "sequence", Path(folder) / "long" / "sequence"
        for copy in (short, long):
            shutil.copytree(options.sequence, copy)
        app.IsolatedOpener = LongOpener
        sys.stdout.write(f"{'part':56s} over {LIMIT_MS:.0f}  longest turns, ms   by the wall clock\n")
        in_window(lambda window: measure(TimedPerson(window, turns), short, long), preset=options.preset)
    tell_longest(turns)


if __name__ == "__main__":
    main(sys.argv[1:])
