"""What is in the project file, read while the window writes it: whether a step took effect is seen here."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from dlst_gui.project.project import Project
from dlst_gui.project.review import ReviewSpan
from dlst_gui.project.store import ProjectStore, Step
from dlst_gui.project.tracks import Keyframe

POLL_S = 0.1
Key = TypeVar("Key")

PATIENCE_S = 120.0  # the tracker may share its cores with others


class StepError(Exception):
    """A step of the session did not take effect."""


@dataclass(frozen=True, slots=True)
class HumanWork:
    """All that a person said: boxes by track and frame, labels and review marks by track."""

    keyframes: Mapping[tuple[int, int], Keyframe]
    labels: Mapping[int, str]
    reviews: Mapping[int, tuple[ReviewSpan, ...]]


@dataclass(frozen=True, slots=True)
class Truth:
    """The project at one moment."""

    project: Project
    steps: tuple[Step, ...]

    @property
    def human(self) -> HumanWork:
        ids = [track.track_id for track in self.project.tracks()]
        return HumanWork(
            {(each, key.frame_index): key for each in ids for key in self.project.keyframes(each)},
            {each: self.project.track(each).label for each in ids},
            {each: marks for each in ids if (marks := self.project.review(each))},
        )

    @property
    def done(self) -> tuple[Step, ...]:
        """Steps that are not undone."""
        return tuple(step for step in self.steps if not step.is_undone)

    def tracked(self, track_id: int) -> tuple[int, ...]:
        """Frames with a prediction that counts."""
        if not self.project.has_track(track_id):
            return ()
        spans = self.project.valid_predictions(track_id, 0)
        return tuple(frame for first, last in spans for frame in range(first, last + 1))

    def predictions(self) -> Mapping[int, bytes]:
        """Of each track, every bit of them."""
        return {
            track.track_id: self.project.predictions(track.track_id).rows.tobytes()
            for track in self.project.tracks()
        }


class ProjectFile:
    """Reads a project that a window may be writing."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Truth:
        """What was written last."""
        with ProjectStore.open(self.path, read_only=True) as store:
            return Truth(store.read_project(), store.steps())

    def wait_for(self, what: str, is_so: Callable[[Truth], bool], patience_s: float = PATIENCE_S) -> Truth:
        """The project once it is so; StepError where that takes longer than a patient person waits."""
        end_s = time.monotonic() + patience_s
        while True:
            truth = self.read()
            if is_so(truth):
                return truth
            if time.monotonic() > end_s:
                latest = ", ".join(step.title for step in truth.done[-3:]) or "none"
                raise StepError(
                    f"expected in the project within {patience_s:.0f} s: {what}; its latest steps: {latest}"
                )
            time.sleep(POLL_S)

    def check_integrity(self) -> None:
        """StepError where SQLite finds the file damaged."""
        with closing(sqlite3.connect(self.path)) as connection:
            (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
        if verdict != "ok":
            raise StepError(f"{self.path}: expected a sound file, the integrity check says {verdict}")


def check_same_work(expected: HumanWork, found: HumanWork, when: str) -> None:
    """StepError where a person's work is not what it was; it names what is lost, changed or new."""
    problems = [
        *_differences("box on track %s, frame %s", expected.keyframes, found.keyframes),
        *_differences("label of track %s", expected.labels, found.labels),
        *_differences("review marks of track %s", expected.reviews, found.reviews),
    ]
    if problems:
        raise StepError(f"{when}: {'; '.join(problems)}")


def _differences(name: str, expected: Mapping[Key, object], found: Mapping[Key, object]) -> list[str]:
    keys = [*expected, *(key for key in found if key not in expected)]
    return [
        f"{name % key}: expected {expected.get(key)}, got {found.get(key)}"
        for key in keys
        if expected.get(key) != found.get(key)
    ]
