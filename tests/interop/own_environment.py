"""Other projects' tools in virtual environments of their own: what they depend on never meets ours."""

from __future__ import annotations

import subprocess
import sys
import time
import venv
from collections.abc import Sequence
from pathlib import Path


class InteropError(Exception):
    """A tool that failed, or that read something else than was written."""


def environment(folder: Path, requirements: Sequence[str]) -> Path:
    """The folder of an environment's programs; it is made where it is not there yet. Needs a package index."""
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    made = folder / "made-of.txt"
    if not made.is_file() or made.read_text("utf-8").split() != [*requirements]:
        say(f"making {folder} with {' '.join(requirements)}")
        venv.create(folder, clear=True, with_pip=True)
        run([programs / "python", "-m", "pip", "install", "--quiet", *requirements])
        made.write_text("\n".join(requirements), "utf-8")
    return programs


def run(command: Sequence[str | Path], *, cwd: Path | None = None, is_told: bool = True) -> str:
    """Run a program to its end and tell how long it took; returns what it printed, InteropError where it fails."""
    words = [str(word) for word in command]
    started = time.perf_counter()
    done = subprocess.run(words, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise InteropError(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}")
    if is_told:
        say(f"{time.perf_counter() - started:7.1f} s  {' '.join(words)}")
    return done.stdout


def say(text: str) -> None:
    """A line of the report."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
