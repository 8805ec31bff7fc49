"""Trajectories of VOT's supervised protocol, where the official toolkit looks for them.

    <folder>/vot/results/<tracker>/baseline/<sequence>/<sequence>_001.txt   of seed 0; 002 is seed 1, and on
    <folder>/vot/results/<tracker>/runs.json    the settings, and what failed

A frame has a line: `1` where the tracker was begun, `2` where it failed, `0` where it waited, else
x,y,width,height, the first pixel 0. Source: vot-toolkit 0.7.4, `vot/tracker/results.py`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dlst_gui.commands.evaluate.supervised_tasks import SupervisedTask, Trajectory
from dlst_gui.commands.evaluate.tasks import FailedSequence
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.protocols.vot.regions import Region, parse_region, region_text
from tracker_core.evaluation.result_files import replace_text

FOLDER = "vot"
EXPERIMENT = "baseline"
RUN_FILE = "runs.json"


class SupervisedStore:
    """Keeps finished repetitions in a folder."""

    def __init__(self, folder: Path, *, retries: bool = False) -> None:
        """`retries`: runs that failed are not found, and so are done again."""
        self._folder = folder / FOLDER / "results"
        self._retries = retries

    def find(self, task: SupervisedTask) -> Trajectory | FailedSequence | None:
        """What the run came to before, with the same settings over as many frames."""
        record = self._records(task).get(self._key(task))
        if record is None or record.get("first_box") != _first_box(task):
            return None
        if "failed" in record:
            return None if self._retries else FailedSequence(str(record["failed"]))
        try:
            regions = read_trajectory(self._file(task))
        except EvaluationError:
            return None
        return Trajectory(regions) if len(regions) == task.sequence.frame_count else None

    def keep(self, task: SupervisedTask, outcome: Trajectory | FailedSequence) -> None:
        """Write what came of a run."""
        records = self._records(task)
        record: dict[str, Any] = {"first_box": _first_box(task)}
        if isinstance(outcome, FailedSequence):
            record["failed"] = outcome.reason
            self._file(task).unlink(missing_ok=True)
        else:
            replace_text(self._file(task), "".join(f"{region_text(region)}\n" for region in outcome.regions))
        records[self._key(task)] = record
        written = {"settings": task.system.settings, "runs": dict(sorted(records.items()))}
        replace_text(self._folder / task.system.folder_name / RUN_FILE, json.dumps(written, indent=1) + "\n")

    def _records(self, task: SupervisedTask) -> dict[str, dict[str, Any]]:
        """Of the runs made with these settings; none where the file is missing, damaged or of other settings."""
        try:
            file = self._folder / task.system.folder_name / RUN_FILE
            written = json.loads(file.read_text(encoding="utf-8"))
            runs = written["runs"] if written["settings"] == task.system.settings else {}
            return {key: record for key, record in runs.items() if isinstance(record, dict)}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def _key(self, task: SupervisedTask) -> str:
        return f"{task.sequence.name}_{task.seed + 1:03d}"

    def _file(self, task: SupervisedTask) -> Path:
        folder = self._folder / task.system.folder_name / EXPERIMENT / task.sequence.name
        return folder / f"{self._key(task)}.txt"


def read_trajectory(path: Path) -> tuple[Region, ...]:
    """Read a trajectory's text file; raises EvaluationError where it is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path}: cannot read the trajectory: {error}") from error
    return tuple(parse_region(line) for line in lines if line.strip())


def read_repetitions(folder: Path, sequence: str) -> tuple[tuple[Region, ...], ...]:
    """Another tracker's trajectories of a sequence: `<folder>/[baseline/]<sequence>/<sequence>_001.txt` and on.

    Raises EvaluationError where there is none.
    """
    places = (folder / EXPERIMENT / sequence, folder / sequence)
    files = next(
        (found for place in places if (found := sorted(place.glob(f"{sequence}_[0-9][0-9][0-9].txt")))), []
    )
    if not files:
        raise EvaluationError(f"{folder}: expected {EXPERIMENT}/{sequence}/{sequence}_001.txt, found none")
    return tuple(map(read_trajectory, files))


def _first_box(task: SupervisedTask) -> list[float]:
    return [float(value) for value in task.sequence.first_box.xywh]
