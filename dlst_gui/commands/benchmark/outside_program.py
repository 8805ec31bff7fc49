"""Another tracker's program, timed on the frames of a benchmark: `benchmark --against DIR`.

DIR holds an executable file `track`, in any language, that is called in DIR, once per run, as

    DIR/track FRAMES_FOLDER X Y W H OUTPUT_FILE

FRAMES_FOLDER holds 000001.png and on: the benchmark's frames without loss. X Y W H is the box on the first one, in
pixels counted from 0. OUTPUT_FILE must afterwards hold one line `x,y,w,h` per frame, counted from 0 as well; NaN
stands for a lost target. `OMP_NUM_THREADS` in its environment is the benchmark's --threads.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import cv2

from dlst_gui.commands.benchmark.timed_run import Course, TimedRun
from dlst_gui.commands.running.errors import CommandError
from tracker_core import BoxArray, ShouldCancel
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.result_files import read_rows

PROGRAM_NAME = "track"
POLL_S = 0.005
"""How exactly the end of a program is seen."""


@dataclass(frozen=True, slots=True)
class OutsideProgram:
    """A folder with a program in it, and how long and with how many threads it may run."""

    folder: Path
    timeout_s: int
    threads: int

    @property
    def name(self) -> str:
        return self.folder.resolve().name

    @property
    def path(self) -> Path:
        return self.folder.resolve() / PROGRAM_NAME

    def check(self) -> None:
        """Find out before the runs whether it is there; CommandError where not."""
        if not self.path.is_file() or not os.access(self.path, os.X_OK):
            raise self.error(f"expected an executable file {PROGRAM_NAME} in it (see docs/evaluation.md)")

    def error(self, message: str) -> CommandError:
        """What went wrong with this one."""
        return CommandError(f"--against {self.folder}: {message}")


def write_frames(course: Course, folder: Path) -> None:
    """The course as 000001.png and on."""
    for index in range(course.frame_count):
        frame = cv2.cvtColor(course.source.read(index), cv2.COLOR_RGB2BGR)
        file = folder / f"{index + 1:06d}.png"
        if not cv2.imwrite(str(file), frame):
            raise CommandError(f"{file} cannot be written; is the disk full?")


def time_program(
    program: OutsideProgram, course: Course, work_folder: Path, should_cancel: ShouldCancel
) -> TimedRun | None:
    """Run it once over the frames in `work_folder`/frames; None where it was interrupted.

    Raises:
        CommandError: it cannot be started, fails, takes too long, or does not write what it should.
    """
    output, errors = work_folder / "boxes.txt", work_folder / "stderr.txt"
    output.unlink(missing_ok=True)
    box = course.request.keyframes[0]
    numbers = [f"{value:.10g}" for value in (box.x, box.y, box.width, box.height)]
    command = [str(program.path), str(work_folder / "frames"), *numbers, str(output)]
    whole_s = _run(program, command, errors, should_cancel)
    if whole_s is None:
        return None
    return TimedRun(whole_s, None, None, None, course.auc(_rows(program, output, course.frame_count)))


def _run(
    program: OutsideProgram, command: Sequence[str], errors: Path, should_cancel: ShouldCancel
) -> float | None:
    """Seconds from start to end; None where it was interrupted."""
    with errors.open("wb") as error_file:
        started_s = time.perf_counter()
        process = _start(program, command, error_file)
        try:
            while process.poll() is None:
                if should_cancel():
                    return None
                if time.perf_counter() - started_s > program.timeout_s:
                    raise program.error(
                        f"{PROGRAM_NAME} ran longer than {program.timeout_s} s (--against-timeout gives it more)"
                    )
                time.sleep(POLL_S)
            whole_s = time.perf_counter() - started_s
        finally:
            _end(process)
    if process.returncode != 0:
        said = errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise program.error(
            f"{PROGRAM_NAME} ended with status {process.returncode}: {said[-1] if said else 'no output'}"
        )
    return whole_s


def _start(program: OutsideProgram, command: Sequence[str], error_file: BinaryIO) -> subprocess.Popen[bytes]:
    try:
        # A session of its own: Ctrl+C reaches it through us, and whatever it starts can be ended with it.
        return subprocess.Popen(
            command,
            cwd=program.path.parent,
            env={**os.environ, "OMP_NUM_THREADS": str(program.threads)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=error_file,
            start_new_session=True,
        )
    except OSError as error:
        raise program.error(f"{PROGRAM_NAME} cannot be started: {error}") from error


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()


def _rows(program: OutsideProgram, output: Path, frame_count: int) -> BoxArray:
    """Toolkit rows, which count from 1."""
    if not output.is_file():
        raise program.error(f"{PROGRAM_NAME} wrote no OUTPUT_FILE")
    try:
        rows = read_rows(output)
    except EvaluationError as error:
        raise program.error(str(error)) from error
    if len(rows) != frame_count:
        raise program.error(f"{PROGRAM_NAME} wrote {len(rows)} lines for {frame_count} frames")
    rows[:, :2] += 1
    return rows
