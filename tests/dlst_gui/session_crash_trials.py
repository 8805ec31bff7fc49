"""Kills a window's session at random moments while it edits and tracks, and checks what is left in its file.

    python -m tests.dlst_gui.session_crash_trials 200 10

The second number says how many of the trials track with the real tracker, on a made-up video. A child acts at
random and tells each action and each tracked frame. The file must hold what it held when the last step was told,
or be one undo or redo away where an action was under way; of tracked frames it may lack those of the last second.
A child that says nothing for a while hangs: where its threads stand is printed.
"""

from __future__ import annotations

import faulthandler
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Never

from PySide6.QtWidgets import QApplication

from dlst_gui.app import make_tracker_here
from dlst_gui.project.history import EditHistory
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.project import Project
from dlst_gui.project.store import ProjectStore
from dlst_gui.project.tracks import Prediction
from dlst_gui.session.session import Session
from dlst_gui.tracking.tracker_factory import TrackerSettings
from tests.dlst_gui.random_session import (
    Acknowledged,
    Begun,
    Ended,
    Fault,
    Opened,
    RandomSession,
    Told,
    Tracked,
    done_steps,
    human_parts,
)
from tests.dlst_gui.window_fakes import Workshop
from tests.fakes import SyntheticVideo

LONGEST_LIFE_S = 2.5
LONGEST_LIFE_WITH_REAL_TRACKER_S = 30.0
LONGEST_ACTION_S = 0.004
MAY_BE_LOST_S = 1.0
LONGEST_SILENCE_S = 20.0
STACKS_FILE = "stacks.txt"
FRAMES = 200

Place = tuple[int, int]  # track id and frame


@dataclass(frozen=True)
class Life:
    """What a child told before it was killed."""

    told: tuple[Told, ...]
    killed_at_s: float

    @property
    def path(self) -> Path:
        return next(each.path for each in self.told if isinstance(each, Opened))

    @property
    def acknowledged(self) -> Acknowledged:
        """The last step that was told."""
        return next(each for each in reversed(self.told) if isinstance(each, Acknowledged))

    @property
    def unfinished(self) -> Begun | None:
        """The action under way at the end, if any."""
        actions = [each for each in self.told if isinstance(each, (Begun, Ended, Acknowledged))]
        return actions[-1] if isinstance(actions[-1], Begun) else None

    def frames(self, *, longer_ago_than_s: float = 0.0) -> dict[Place, Tracked]:
        """Those tracked since the last step that was told: before it, everything was written."""
        last = max(i for i, each in enumerate(self.told) if isinstance(each, Acknowledged))
        tracked = (each for each in self.told[last:] if isinstance(each, Tracked))
        limit_s = self.killed_at_s - longer_ago_than_s
        return {(each.track_id, each.frame_index): each for each in tracked if each.at_s <= limit_s}


def main(trial_count: int, real_count: int = 0) -> int:
    """0 where every trial passed."""
    counts: Counter[str] = Counter()
    passed = 0
    with tempfile.TemporaryDirectory() as folder:
        for trial in range(trial_count):
            place = Path(folder) / str(trial)
            place.mkdir()
            life = killed_child(place, seed=trial, is_real=trial < real_count)
            problems = problems_of(life, counts)
            passed += not problems
            for problem in problems:
                print(f"trial {trial}: {problem}")  # noqa: T201
    print(f"{passed}/{trial_count} sessions whole")  # noqa: T201
    print(", ".join(f"{counts[name]} {name}" for name in sorted(counts)))  # noqa: T201
    return int(passed < trial_count)


def killed_child(folder: Path, *, seed: int, is_real: bool) -> Life:
    """What a child told until it was killed; with an odd seed in the middle of an action, or soon after."""
    moment = random.Random(seed)
    life_s = moment.uniform(0, LONGEST_LIFE_WITH_REAL_TRACKER_S if is_real else LONGEST_LIFE_S)
    reader, writer = Pipe(duplex=False)
    child = os.fork()
    if child == 0:
        reader.close()
        work_for_ever(folder, seed, writer, is_real=is_real)
    writer.close()
    told: list[Told] = []
    try:
        while not any(isinstance(each, Opened) for each in told):
            told.append(next_told(reader))
        end_s = time.monotonic() + life_s
        while (left_s := end_s - time.monotonic()) > 0:
            if reader.poll(left_s):
                told.append(reader.recv())
        if seed % 2:
            told += told_until_an_action_begins(reader)
            time.sleep(moment.uniform(0, LONGEST_ACTION_S))
        os.kill(child, signal.SIGKILL)
        killed_at_s = time.monotonic()
        told += rest_of(reader)
    except EOFError:
        killed_at_s = time.monotonic()
        told.append(Fault("the child ended by itself"))
    except TimeoutError:
        killed_at_s = time.monotonic()
        told.append(Fault(f"the child hangs:\n{where_its_threads_stand(child, folder)}"))
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return Life(tuple(told), killed_at_s)


def told_until_an_action_begins(reader: Connection) -> list[Told]:
    told: list[Told] = []
    while not told or not isinstance(told[-1], Begun):
        told.append(next_told(reader))
    return told


def next_told(reader: Connection) -> Told:
    """Raises TimeoutError where the child is silent for longer than any action or pause between two takes."""
    if not reader.poll(LONGEST_SILENCE_S):
        raise TimeoutError
    told: Told = reader.recv()
    return told


def where_its_threads_stand(child: int, folder: Path) -> str:
    os.kill(child, signal.SIGUSR1)
    time.sleep(1.0)
    return (folder / STACKS_FILE).read_text(encoding="utf-8")


def rest_of(reader: Connection) -> list[Told]:
    told: list[Told] = []
    try:
        while True:
            told.append(reader.recv())
    except EOFError:
        return told


def work_for_ever(folder: Path, seed: int, writer: Connection, *, is_real: bool) -> Never:
    """It is killed, or ends itself where something goes wrong."""
    try:
        stacks = (folder / STACKS_FILE).open("w", encoding="utf-8")
        faulthandler.register(signal.SIGUSR1, file=stacks, all_threads=True)
        application = QApplication(["crash-trials"])
        workshop = Workshop(SyntheticVideo(FRAMES, speed=0.5), frame_delay_s=0.01, learn_delay_s=0.05)
        make_tracker = make_tracker_here if is_real else workshop.make_tracker
        settings = TrackerSettings(speed="fast")
        session = Session(workshop.open_source, make_tracker, settings, ProjectOpener(folder))
        person = RandomSession(session, writer, seed)
        session.open(folder / "clip.mp4")
        application.exec()
        del person
    finally:
        os._exit(1)


def problems_of(life: Life, counts: Counter[str]) -> list[str]:
    """What is wrong with the file that a child left; counts what there was to lose."""
    faults = [each.message for each in life.told if isinstance(each, Fault)]
    if faults:
        return faults
    with ProjectStore.open(life.path) as store:
        project = store.read_project()
        history = EditHistory(project, store)
        count(life, project, counts)
        problems = differences(life, project, history)
        for move, back in ((history.undo, history.redo), (history.redo, history.undo)):
            if problems and life.unfinished is not None and move() is not None:
                problems = problems if differences(life, project, history) else []
                back()
    with closing(sqlite3.connect(life.path)) as connection:
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
    return problems if verdict == "ok" else [*problems, f"integrity check: {verdict}"]


def count(life: Life, project: Project, counts: Counter[str]) -> None:
    """What there was to lose."""
    counts["steps told"] += sum(isinstance(each, Acknowledged) for each in life.told) - 1
    counts["frames told"] += sum(isinstance(each, Tracked) for each in life.told)
    counts["frames told and not saved"] += len(missing(life, project))
    counts["kills in the middle of an action"] += life.unfinished is not None
    counts["kills while frames waited to be saved"] += bool(missing(life, project))


def differences(life: Life, project: Project, history: EditHistory) -> list[str]:
    """Where the project is not what was told last."""
    told, action = life.acknowledged, life.unfinished or life.acknowledged.action
    if human_parts(project) != told.human:
        return [f"manual boxes differ at {action}: {told.human} became {human_parts(project)}"]
    done = done_steps(history)
    later = done[len(told.done) :]
    if done[: len(told.done)] != told.done or any(not step.title.startswith("Track") for step in later):
        return [f"steps differ at {action}: {told.done} became {done}"]
    problems = [f"a box is lost at {action}: {each}" for each in lost_predictions(told, project)]
    return problems + [f"not saved in time: {each}" for each in missing(life, project, MAY_BE_LOST_S)]


def lost_predictions(told: Acknowledged, project: Project) -> list[Prediction]:
    """Predictions that are neither in the project nor replaced by a later run."""
    lost = []
    for track_id, data in told.predictions.items():
        for each in PredictionBlock.from_bytes(data).predictions():
            now = project.prediction(track_id, each.frame_index)
            # As text: not-a-number is no equal of itself.
            if repr(now) != repr(each) and (now is None or now.run_id <= each.run_id):
                lost.append(each)
    return lost


def missing(life: Life, project: Project, longer_ago_than_s: float = 0.0) -> list[Tracked]:
    """Tracked frames that the project does not have."""
    return [
        tracked
        for (track_id, frame_index), tracked in life.frames(longer_ago_than_s=longer_ago_than_s).items()
        if project.prediction(track_id, frame_index) is None
    ]


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
