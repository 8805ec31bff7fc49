"""Lets two commands import into one project at nearly the same moment, and checks that both are in the file.

    python -m tests.dlst_gui.project.race_trials 400

Every other trial begins without a project. Two processes run `dlst import`, the second up to 0.1 s after the
first: what each says that it imported must be in the file afterwards, and whoever says nothing must have said why.
"""

from __future__ import annotations

import io
import os
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from dlst_gui import cli
from dlst_gui.project.project import Project
from dlst_gui.project.store import ProjectStore
from tests.made_videos import painted_frame, write_video

LONGEST_DELAY_S = 0.1
FRAMES = 12
IMPORTS = {"fox": 2, "hen": 3}
"""Labels of the two files, and how many tracks each holds."""


@dataclass(frozen=True)
class Ended:
    """How one of the two commands ended."""

    label: str
    status: int
    said: str


def main(trial_count: int) -> int:
    """0 where nothing that was said is missing."""
    moments = random.Random(7)
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / "clip.mp4"
        made_clip(video)
        for trial in range(trial_count):
            delay_s = moments.uniform(0, LONGEST_DELAY_S)
            for problem in problems_of_race(video, delay_s=delay_s, is_new=trial % 2 == 0, counts=counts):
                print(f"trial {trial}, {delay_s:.3f} s apart: {problem}")  # noqa: T201
    print(f"{trial_count} races: " + ", ".join(f"{counts[name]} {name}" for name in sorted(counts)))  # noqa: T201
    return int(counts["lost"] > 0 or counts["told what is not so"] > 0)


def made_clip(path: Path) -> None:
    """A video to import labels for."""
    write_video(path, frames=[painted_frame(index) for index in range(FRAMES)])


def problems_of_race(video: Path, *, delay_s: float, is_new: bool, counts: Counter[str]) -> list[str]:
    """What was said and is not in the file, after two imports `delay_s` apart."""
    project = video.with_name(f"{video.name}.dlst")
    for left in video.parent.glob("clip.mp4.dlst*"):
        left.unlink()
    if not is_new:
        run_import(video, next(iter(IMPORTS)))
    before = Counter(labels_in(project)) if project.exists() else Counter()
    ends = ended_races(video, delay_s)
    found = Counter(labels_in(project)) - before
    problems = []
    for end in ends:
        counts["both done" if all(each.status == 0 for each in ends) else "one refused"] += 1
        if end.status == 0 and found[end.label] != IMPORTS[end.label]:
            counts["lost"] += 1
            problems.append(f"{end.said.strip()!r}, and the file holds {dict(found)}")
        if end.status != 0 and (end.status != 2 or found[end.label]):
            counts["told what is not so"] += 1
            problems.append(f"status {end.status}, {end.said.strip()!r}, and the file holds {dict(found)}")
    return problems


def ended_races(video: Path, delay_s: float) -> list[Ended]:
    """Two processes that import a file each."""
    begins_at_s = time.monotonic() + 0.05
    children = []
    for label, wait_s in zip(IMPORTS, (0.0, delay_s), strict=True):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            time.sleep(max(0.0, begins_at_s + wait_s - time.monotonic()))
            end = run_import(video, label)
            os.write(writer, f"{end.status}\n{end.said}".encode())
            os._exit(0)
        os.close(writer)
        children.append((label, child, reader))
    ends = []
    for label, child, reader in children:
        with os.fdopen(reader, encoding="utf-8") as pipe:
            status, _, said = pipe.read().partition("\n")
        os.waitpid(child, 0)
        ends.append(Ended(label, int(status), said))
    return ends


def run_import(video: Path, label: str) -> Ended:
    """`dlst import` of a file with tracks of one label, in this process, also where they are there already."""
    labels = video.with_name(f"{label}.csv")
    rows = [
        f"{frame},{track},{label},{frame},2,10,20" for track in range(1, IMPORTS[label] + 1) for frame in range(5)
    ]
    if not labels.exists():
        labels.write_text("\n".join(["frame,track,label,x,y,width,height", *rows, ""]), "utf-8")
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        status = cli.main(["import", str(labels), "--video", str(video), "--again"])
    return Ended(label, status, said.getvalue())


def labels_in(path: Path) -> list[str]:
    with ProjectStore.open(path, read_only=True) as store:
        project: Project = store.read_project()
        return [track.label for track in project.tracks()]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
