"""A session that is killed at random moments; by hand with more trials, see `session_crash_trials`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the child is made by fork, to be there at once")
def test_session_when_its_process_is_killed_then_human_work_and_all_but_a_second_of_tracking_are_there() -> None:
    command = [sys.executable, "-m", "tests.dlst_gui.session_crash_trials", "10"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("10/10 sessions whole")
