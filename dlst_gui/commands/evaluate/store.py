"""An evaluation's folder: boxes in the OTB layout, and what they were made with, so that a later call can go on.

    <folder>/<tracker>/<seed>/<sequence>.txt                toolkit rows
    <folder>/<tracker>/<seed>/<sequence>_confidence.value   the tracker's scores
    <folder>/<tracker>/<seed>/run.json                      the settings; of each sequence speed, or a failure

Files made with other settings are done again. A failure is remembered as well: `retries` tries again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dlst_gui.commands.evaluate.tasks import EvaluationTask, FailedSequence, Outcome, TrackedSequence
from dlst_gui.commands.sequence_runs.systems import System
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.otb import otb_rows
from tracker_core.evaluation.result_files import (
    SCORES_SUFFIX,
    read_rows,
    read_scores,
    replace_text,
    write_rows,
    write_scores,
)

RUN_FILE = "run.json"

_Records = dict[str, dict[str, Any]]
"""By sequence: `fps` and `first_frame_s` of a finished run; `failed`, `frames`, `first_box` of one that failed."""


class EvaluationStore:
    """Keeps finished runs in a folder."""

    def __init__(self, folder: Path, *, retries: bool = False) -> None:
        """`retries`: runs that failed are not found, and so are done again."""
        self._folder = folder
        self._retries = retries

    def find(self, task: EvaluationTask) -> Outcome | None:
        """What the run came to before, with the same settings, over as many frames from the same box."""
        record = self._records(task.system, task.seed).get(task.sequence.name)
        if record is None:
            return None
        if "failed" in record:
            is_same = record == _failure_record(task, FailedSequence(record["failed"]))
            return FailedSequence(record["failed"]) if is_same and not self._retries else None
        try:
            rows = read_rows(self._rows_file(task))
        except EvaluationError:
            return None
        sequence = task.sequence
        is_same = len(rows) == sequence.frame_count and np.array_equal(rows[:1], otb_rows([sequence.first_box]))
        scores = read_scores(self._scores_file(task), len(rows))
        if not is_same or scores is None:
            return None
        return TrackedSequence(rows, record["fps"], record["first_frame_s"], scores)

    def keep(self, task: EvaluationTask, outcome: Outcome) -> None:
        """Write what came of a run."""
        records = self._records(task.system, task.seed)
        if isinstance(outcome, FailedSequence):
            self._rows_file(task).unlink(missing_ok=True)
            self._scores_file(task).unlink(missing_ok=True)
            records[task.sequence.name] = _failure_record(task, outcome)
        else:
            write_rows(self._rows_file(task), outcome.rows)
            write_scores(self._scores_file(task), outcome.scores)
            records[task.sequence.name] = {"fps": outcome.fps, "first_frame_s": outcome.first_frame_s}
        written = {"settings": task.system.settings, "sequences": dict(sorted(records.items()))}
        run_file = self._run_folder(task.system, task.seed) / RUN_FILE
        replace_text(run_file, json.dumps(written, indent=1) + "\n")

    def _records(self, system: System, seed: int) -> _Records:
        """Of the runs made with these settings; none where the file is missing, damaged or of other settings."""
        try:
            written = json.loads((self._run_folder(system, seed) / RUN_FILE).read_text(encoding="utf-8"))
            if written["settings"] != system.settings:
                return {}
            return {name: record for name, record in written["sequences"].items() if _is_record(record)}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def _run_folder(self, system: System, seed: int) -> Path:
        return self._folder / system.folder_name / str(seed)

    def _rows_file(self, task: EvaluationTask) -> Path:
        return self._run_folder(task.system, task.seed) / f"{task.sequence.name}.txt"

    def _scores_file(self, task: EvaluationTask) -> Path:
        return self._run_folder(task.system, task.seed) / f"{task.sequence.name}{SCORES_SUFFIX}"


def _is_record(record: Mapping[str, object]) -> bool:
    """Whether somebody else's hands left it whole."""
    if "failed" in record:
        return isinstance(record["failed"], str)
    return all(isinstance(record[key], float | int | None) for key in ("fps", "first_frame_s"))


def _failure_record(task: EvaluationTask, failed: FailedSequence) -> dict[str, Any]:
    sequence = task.sequence
    first_box = otb_rows([sequence.first_box])[0].tolist()
    return {"failed": failed.reason, "frames": sequence.frame_count, "first_box": first_box}
