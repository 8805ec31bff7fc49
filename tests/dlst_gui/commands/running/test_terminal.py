"""What is said may go unheard: beside the answer, and the answer itself."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from dlst_gui.cli import READER_LEFT


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


@pytest.mark.parametrize("lines", [1, 20_000], ids=["when it ends", "while it answers"])
def test_answer_when_its_reader_has_left_then_the_command_ends_without_a_word(lines: int) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    program = f"""
from dlst_gui.cli import _guarded
from dlst_gui.commands.running.terminal import answer
raise SystemExit(_guarded(lambda: [answer("frame") for _ in range({lines})] and 0, is_verbose=False))
"""
    made = subprocess.run(
        [sys.executable, "-c", program], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert (made.returncode, made.stderr) == (READER_LEFT, "")
