"""Kills a process at random moments while it edits and tracks, and checks what is left in its file.

    python -m tests.dlst_gui.project.crash_trials 200

A child makes random steps that follow from a seed, and tells after each that it is done. The same steps are made
again in memory: the file must hold the state after the last step that was told, or after the one being made.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from dlst_gui.project.history import EditHistory
from dlst_gui.project.store import ProjectStore
from tests.dlst_gui.project.random_edits import VIDEO, RandomEdits, contents, opened

LONGEST_LIFE_S = 0.25


def main(trial_count: int) -> int:
    """0 where every trial passed."""
    moments = random.Random(5)
    passed = told_in_all = 0
    with tempfile.TemporaryDirectory() as folder:
        for trial in range(trial_count):
            path = Path(folder) / f"{trial}.dlst"
            told = steps_told_by_killed_child(path, seed=trial, life_s=moments.uniform(0, LONGEST_LIFE_S))
            passed += is_whole(path, seed=trial, told=told)
            told_in_all += told
    print(f"{passed}/{trial_count} files whole, {told_in_all} steps told before the kills")  # noqa: T201
    return int(passed < trial_count or told_in_all < trial_count)


def steps_told_by_killed_child(path: Path, *, seed: int, life_s: float) -> int:
    """How many steps the child had told when it was killed, `life_s` after it had its project open."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        edit_for_ever(path, seed, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        pipe.read(1)
        time.sleep(life_s)
        os.kill(child, signal.SIGKILL)
        told = len(pipe.read())
    os.waitpid(child, 0)
    return told


def edit_for_ever(path: Path, seed: int, writer: int) -> None:
    """Never returns: it is killed, or ends itself where something goes wrong."""
    try:
        with ProjectStore.create(path, VIDEO) as store:
            project = store.read_project()
            random_edits = RandomEdits(project, EditHistory(project, store), seed)
            os.write(writer, b".")
            while True:
                random_edits.step()
                os.write(writer, b".")
    finally:
        os._exit(1)


def is_whole(path: Path, *, seed: int, told: int) -> bool:
    """Whether the file passes its checks and holds each step that was told, with undo and redo."""
    with ProjectStore.open(path) as store:
        project = store.read_project()
        found = contents(project), store.steps()
        history = EditHistory(project, store)
        while history.undo():
            pass
        is_undone = contents(project) == contents(opened()[0])
        while history.redo():
            pass
    return is_undone and found in list(states_after(seed, told))


def states_after(seed: int, told: int) -> Iterator[tuple[object, ...]]:
    """What there is after the last step that was told, and after the next."""
    project, history = opened()
    random_edits = RandomEdits(project, history, seed)
    for _ in range(told):
        random_edits.step()
    yield contents(project), history.steps()
    random_edits.step()
    yield contents(project), history.steps()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
