"""What is said beside the answer may go unheard."""

from __future__ import annotations

import os
import subprocess
import sys


def test_stderr_when_nobody_reads_it_then_the_work_goes_on_and_the_answer_comes() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    program = """
from dlst_gui.commands.running.progress import progress_bar
from dlst_gui.commands.running.terminal import STDERR, answer, say
say("nobody hears this")
with progress_bar(3, "clip") as bar:
    bar.update(3)
STDERR.flush()
answer("done")
"""
    made = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=writing, text=True, check=False
    )
    os.close(writing)
    assert (made.returncode, made.stdout) == (0, "done\n")
