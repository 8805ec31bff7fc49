from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.batch_trials import calling, cluster, hashes, wait_for_work
from tests.dlst_gui.batch.batch_fakes import write_clips
from tests.processes import has_ended

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")


def ended_by(
    number: signal.Signals, jobs: Path, out: Path, *words: str
) -> tuple[subprocess.Popen[str], str, list[int]]:
    """A call that is told to end once a video is done, what it said, and its processes.

    A terminal tells Ctrl+C to all of them, a service ends the first one.
    """
    with calling(jobs, out, *words, tracker="sleepy_tracker") as process:
        wait_for_work(process, out)
        children = _children_of(process.pid)
        if number is signal.SIGINT:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        told = process.communicate(timeout=120)[0]
    return process, told, children


def _children_of(pid: int) -> list[int]:
    """All of them: those that end while they are counted make psutil fail."""
    for _ in range(20):
        with suppress(psutil.NoSuchProcess):
            return [each.pid for each in psutil.Process(pid).children(recursive=True)]
    return []


@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_batch_when_it_is_told_to_end_then_it_says_how_to_go_on_and_the_same_call_does(
    tmp_path: Path, number: signal.Signals
) -> None:
    children = ends_and_goes_on(tmp_path, number, "--workers", "1")
    assert children
    assert all(map(has_ended, children))


@pytest.mark.timeout(300)
def test_batch_when_ctrl_c_comes_while_a_cluster_works_then_that_stays_and_does_the_rest(tmp_path: Path) -> None:
    with cluster(tmp_path / "cluster", 1) as made:
        ends_and_goes_on(tmp_path, signal.SIGINT, "--scheduler", made.address)
        assert [process.poll() for process in made.processes] == [None, None]


def ends_and_goes_on(folder: Path, number: signal.Signals, *words: str) -> list[int]:
    """Tell a call to end, check what it says and keeps, and let the same call go on; its processes."""
    write_clips(folder / "clips", 4, frame_count=30)
    out = folder / "out"

    process, told, children = ended_by(number, folder / "clips", out, *words)

    kept = hashes(out)
    assert process.returncode == 128 + number
    assert 1 <= len(kept) < 4
    assert f"{4 - len(kept)} videos left; what is finished is kept; the same call goes on from there" in told
    with calling(folder / "clips", out, *words, tracker="steady_tracker") as again:
        told = again.communicate(timeout=120)[0]
    assert again.returncode == 0
    assert f"{len(kept)} of 4 videos were finished before" in told
    assert {name: value for name, value in hashes(out).items() if name in kept} == kept
    return children
