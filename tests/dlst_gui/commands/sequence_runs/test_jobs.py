from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dlst_gui.commands.sequence_runs.jobs import Listener, run_tasks
from tests.processes import has_ended

ROOT = Path(__file__).parents[4]
MODULE = "tests.dlst_gui.commands.sequence_runs.test_jobs"


def beat(folder: Path, *, should_cancel, on_frame) -> Path:
    """A task that writes its process's number over and over, for a minute."""
    for _ in range(1200):
        (folder / str(os.getpid())).write_text(str(time.monotonic()))
        time.sleep(0.05)
    return folder


def run_for_ever(folder: Path) -> None:
    """What the process that is killed does."""
    nobody = Listener(lambda n: None, lambda task, done: None, lambda: False)
    run_tasks([folder, folder], beat, jobs=2, threads=1, listener=nobody)


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
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline, f"waited 30 s for {what}"
        time.sleep(0.05)
