"""An evaluation's boxes once more, in the folders that the GOT-10k toolkit and those like it read.

    <folder>/GOT-10k/<tracker>/<sequence>/<sequence>_001.txt    boxes of seed 0; 002 is seed 1, and on
    <folder>/GOT-10k/<tracker>/<sequence>/<sequence>_time.txt   seconds per frame, a column per seed
    <folder>/OTB2015/<tracker>/<sequence>.txt                   boxes of seed 0; <tracker>_1 is seed 1, and on
    <folder>/OTB2015/<tracker>/times/<sequence>_time.txt        seconds per frame

A box is x,y,width,height, **the first pixel is 1**. The second of several targets is `Jogging.2` for OTB. Every
frame after the first has their mean time: the toolkits average frames per second, not seconds, and so find ours.

Sources: got-10k/toolkit `experiments/got10k.py`, `experiments/otb.py`, `datasets/otb.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from dlst_gui.commands.evaluate.command import ToolkitName
from dlst_gui.commands.evaluate.tasks import EvaluationTask, TrackedSequence
from dlst_gui.commands.sequence_runs.sequences import BenchmarkSequence
from tracker_core.evaluation.result_files import replace_text, write_rows

FOLDERS: Mapping[ToolkitName, str] = MappingProxyType({"got10k": "GOT-10k", "otb": "OTB2015"})
"""As the toolkit calls them below its `result_dir`."""

FinishedRun = tuple[EvaluationTask, TrackedSequence]


def write_toolkit_results(folder: Path, toolkit: ToolkitName, runs: Sequence[FinishedRun]) -> Path:
    """Write the finished runs as one toolkit reads them; gives back the folder with all trackers."""
    place = folder / FOLDERS[toolkit]
    if toolkit == "otb":
        for task, tracked in runs:
            _write_otb(place, task, tracked)
        return place
    seeds: dict[Path, list[TrackedSequence]] = {}
    for task, tracked in runs:
        name = task.sequence.name
        of_sequence = place / task.system.folder_name / name
        write_rows(of_sequence / f"{name}_{task.seed + 1:03d}.txt", tracked.rows)
        seeds.setdefault(of_sequence / f"{name}_time.txt", []).append(tracked)
    for time_file, columns in seeds.items():
        rows = zip(*map(_seconds, columns), strict=True)
        replace_text(time_file, "".join(f"{','.join(row)}\n" for row in rows))
    return place


def _write_otb(place: Path, task: EvaluationTask, tracked: TrackedSequence) -> None:
    tracker = task.system.folder_name if task.seed == 0 else f"{task.system.folder_name}_{task.seed}"
    name = _otb_name(task.sequence)
    write_rows(place / tracker / f"{name}.txt", tracked.rows)
    replace_text(place / tracker / "times" / f"{name}_time.txt", "".join(f"{s}\n" for s in _seconds(tracked)))


def _otb_name(sequence: BenchmarkSequence) -> str:
    """The folder's, with .1, .2 for several targets."""
    return sequence.path.name + sequence.name.removeprefix(sequence.path.name).replace("-", ".", 1)


def _seconds(tracked: TrackedSequence) -> list[str]:
    """One per frame; nan, which the toolkits leave out, where a time is not known."""
    later = [] if tracked.fps is None else [1 / tracked.fps]
    first = float("nan") if tracked.first_frame_s is None else tracked.first_frame_s
    return [f"{value:.8f}" for value in (first, *later * (len(tracked.rows) - 1))]
