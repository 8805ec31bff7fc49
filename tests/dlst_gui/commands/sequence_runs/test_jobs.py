from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dlst_gui.commands.sequence_runs.jobs import Listener, run_tasks
from tests.processes import has_ended

PATIENCE_S = 90  # processes that load torch, on a machine with much else to do
ROOT = Path(__file__).parents[4]
MODULE = "tests.dlst_gui.commands.sequence_runs.test_jobs"


def beat(folder: Path, *, should_cancel, on_frame) -> Path:
    """A task that writes its process's number over and over, for a minute."""
    for _ in range(1200):
        (folder / str(os.getpid())).write_text(str(time.monotonic()))
        time.sleep(0.05)
    return folder


def die_of_three(task: int, *, should_cancel, on_frame) -> int:
    """A task that gives its number; of number 3 the process dies, in the middle of its work."""
    on_frame()
    if task == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def wait_to_be_cancelled(task: int, *, should_cancel, on_frame) -> int | None:
    """A task without an end of its own."""
    on_frame()
    while not should_cancel():
        time.sleep(0.01)
    return None


def run_for_ever(folder: Path) -> None:
    """What the process that is killed does."""
    nobody = Listener(lambda n: None, lambda task, done: None, lambda task, why: None, lambda: False)
    run_tasks([folder, folder], beat, jobs=2, threads=1, listener=nobody)


@pytest.mark.skipif(sys.platform == "win32", reason="kills a process by a Unix signal")
def test_run_tasks_when_a_worker_dies_then_the_others_do_all_else() -> None:
    finished: dict[int, int] = {}
    deaths: list[tuple[int, str]] = []
    frames: list[int] = []
    listener = Listener(
        frames.append, finished.__setitem__, lambda task, why: deaths.append((task, why)), lambda: False
    )
    run_tasks(range(8), die_of_three, jobs=2, threads=1, listener=listener)
    assert finished == {task: task for task in range(8) if task != 3}
    assert [task for task, why in deaths] == [3]
    assert "exit status -9" in deaths[0][1]
    assert sum(frames) == 8


def test_run_tasks_when_cancelled_then_all_workers_end_and_no_task_is_finished() -> None:
    frames: list[int] = []
    told: list[object] = []
    listener = Listener(
        frames.append,
        lambda *ended: told.append(ended),
        lambda *ended: told.append(ended),
        lambda: sum(frames) >= 2,
    )
    run_tasks(range(5), wait_to_be_cancelled, jobs=2, threads=1, listener=listener)
    assert (sum(frames), told) == (2, [])
    assert not multiprocessing.active_children()


@pytest.mark.skipif(sys.platform == "win32", reason="kills a process by a Unix signal")
def test_run_tasks_when_its_process_is_killed_then_workers_end_too(tmp_path: Path) -> None:
    code = f"import pathlib; from {MODULE} import run_for_ever; run_for_ever(pathlib.Path({str(tmp_path)!r}))"
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    try:
        wait_until(lambda: len(list(tmp_path.iterdir())) == 2, "both workers to begin")
    finally:
        parent.kill()
        parent.wait()
    workers = [int(path.name) for path in tmp_path.iterdir()]
    try:
        wait_until(lambda: all(map(has_ended, workers)), "both workers to end")
    finally:
        for worker in workers:
            if not has_ended(worker):
                os.kill(worker, signal.SIGKILL)


def wait_until(is_so, what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, f"waited {PATIENCE_S} s for {what}"
        time.sleep(0.05)
