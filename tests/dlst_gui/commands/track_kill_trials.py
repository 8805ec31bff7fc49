"""Kills `track` at random moments, and checks what is left and what the next call makes of it.

    python -m tests.dlst_gui.commands.track_kill_trials 30

A child tracks with a fake tracker, which tells whenever it gets the next frame: all frames before that one must be
in the part. It is killed up to three times; then a call comes to the end, and the files must be those of a run
that nobody has disturbed, with nothing beside them.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import av

from dlst_gui.api import open_trace
from dlst_gui.cli import main as dlst
from dlst_gui.commands.track import run_part
from dlst_gui.tracking.tracker_factory import TrackerSettings
from tests.dlst_gui.commands.command_fakes import CommandTracker, write_sequence
from tests.fakes import SyntheticVideo
from tracker_core import Frame, ShouldCancel, TrackResult
from tracker_core.evidence import encoded

FRAMES = 40
LONGEST_LIFE_S = 0.9
_KILLS = 3


@dataclass(frozen=True)
class Outputs:
    """Where the files of a run lie."""

    labels: Path
    trace: Path | None
    video: Path | None

    @classmethod
    def within(cls, folder: Path, trace: str = "trace.jsonl") -> Outputs:
        return cls(folder / "boxes.csv", folder / trace, folder / "clip.mp4")

    def words(self) -> list[str]:
        return ["--out", str(self.labels), "--trace", str(self.trace), "--video", str(self.video)]

    def frames_in_video(self) -> int:
        with av.open(str(self.video)) as container:
            return sum(1 for _ in container.decode(video=0))


@dataclass
class TellingTracker(CommandTracker):
    """Tells when it gets a frame, by a byte for the one before."""

    told: int = -1

    def track(
        self, frame: Frame, *, with_diagnostics: bool = False, should_cancel: ShouldCancel | None = None
    ) -> TrackResult:
        if self.told >= 0:
            os.write(self.told, bytes([self.tracked]))
        return super().track(frame, with_diagnostics=with_diagnostics, should_cancel=should_cancel)


def main(trial_count: int) -> int:
    """0 where every trial passed."""
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for trial in range(trial_count):
            problems = killed_and_finished(Path(folder) / str(trial), trial)
            failures += bool(problems)
            for problem in problems:
                print(f"trial {trial}: {problem}")  # noqa: T201
    print(f"{trial_count - failures}/{trial_count} runs whole")  # noqa: T201
    return int(failures > 0)


def killed_and_finished(folder: Path, seed: int) -> list[str]:
    """What is wrong after some kills and a call that comes to the end; nothing, where all is as it should be."""
    moments = random.Random(seed)
    source = write_sequence(folder / "Square", SyntheticVideo(frame_count=FRAMES))
    trace = "trace.dlsttrace" if seed % 2 else "trace.jsonl"
    outputs, expected = (Outputs.within(folder / name, trace) for name in ("out", "expected"))
    problems = []
    for _ in range(moments.randint(1, _KILLS)):
        told = _killed(source, outputs, life_s=moments.uniform(0, LONGEST_LIFE_S))
        lost = told - _frames_of(outputs)
        if lost:
            problems.append(f"frames {sorted(lost)} were told and are lost")
    for each in (outputs, expected):
        if (status := _track(source, each, told=-1)) != 0:
            problems.append(f"the call that should finish it ended with {status}")
    if problems:
        return problems
    if outputs.labels.read_bytes() != expected.labels.read_bytes():
        problems.append("the boxes are not those of an undisturbed run")
    if _trace(outputs) != _trace(expected):
        problems.append("the trace is not that of an undisturbed run")
    if outputs.frames_in_video() != FRAMES:
        problems.append(f"the video has {outputs.frames_in_video()} frames")
    names = {path.name for path in outputs.labels.parent.iterdir()}
    if leftovers := names - {path.name for path in expected.labels.parent.iterdir()}:
        problems.append(f"left behind: {sorted(leftovers)}")
    return problems


def _killed(source: Path, outputs: Outputs, *, life_s: float) -> set[int]:
    """Frames that were told when the child was killed, that long after it had begun to track."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        status = 1
        try:
            status = _track(source, outputs, told=writer)
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        first = pipe.read(1)
        time.sleep(life_s)
        os.kill(child, signal.SIGKILL)
        told = set(first + pipe.read())
    os.waitpid(child, 0)
    return told


def _track(source: Path, outputs: Outputs, *, told: int) -> int:
    def make_tracker(settings: TrackerSettings) -> TellingTracker:
        return TellingTracker(velocity=(2.0, 0.25), frame_delay_s=0.01, told=told)

    every_s, run_part._CHECKPOINT_EVERY_S = run_part._CHECKPOINT_EVERY_S, 0.05
    try:
        return dlst(["track", str(source), "--threads", "1", *outputs.words()], make_tracker=make_tracker)
    finally:
        run_part._CHECKPOINT_EVERY_S = every_s


def _frames_of(outputs: Outputs) -> set[int]:
    """In the part, or in the file where the run was done."""
    part = outputs.labels.with_name(f"{outputs.labels.name}.part") / "boxes.jsonl"
    if not part.exists():
        return set(range(FRAMES)) if outputs.labels.exists() else set()
    frames = set()
    for line in part.read_bytes().splitlines(keepends=True)[1:]:
        if line.endswith(b"\n"):
            frames.add(json.loads(line)["frame"])
    return frames


def _trace(outputs: Outputs) -> list[object]:
    """Without what took how long."""
    assert outputs.trace is not None
    if outputs.trace.suffix == ".dlsttrace":
        with open_trace(outputs.trace) as trace:
            return [(*trace.facts.row(), encoded(replace(each, elapsed_s=0.0))) for each in trace]
    lines = [json.loads(line) for line in outputs.trace.read_text().splitlines()]
    return [{name: value for name, value in line.items() if name != "elapsed_ms"} for line in lines]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
