"""An evaluation's folder: boxes in the OTB layout, and what they were made with, so that a later call can go on.

    <folder>/<tracker>/<seed>/<sequence>.txt    toolkit rows
    <folder>/<tracker>/<seed>/run.json          the settings, and speed per finished sequence

Files made with other settings are done again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from dlst_gui.commands.evaluate.tasks import EvaluationTask, TrackedSequence
from dlst_gui.commands.sequence_runs.systems import System
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.otb import otb_rows
from tracker_core.evaluation.report import JsonValue
from tracker_core.evaluation.result_files import read_rows, replace_text, write_rows

RUN_FILE = "run.json"

_Speeds = dict[str, tuple[float | None, float | None]]
"""fps and first frame's seconds by sequence."""


class EvaluationStore:
    """Keeps finished runs in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, task: EvaluationTask) -> TrackedSequence | None:
        """The run if it was finished before, with the same settings, over as many frames from the same box."""
        speeds = self._speeds(task.system, task.seed)
        speed = speeds.get(task.sequence.name)
        if speed is None:
            return None
        try:
            rows = read_rows(self._rows_file(task))
        except EvaluationError:
            return None
        sequence = task.sequence
        is_same = len(rows) == sequence.frame_count and np.array_equal(rows[:1], otb_rows([sequence.first_box]))
        return TrackedSequence(rows, *speed) if is_same else None

    def keep(self, task: EvaluationTask, tracked: TrackedSequence) -> None:
        """Write a finished run."""
        speeds = self._speeds(task.system, task.seed)
        write_rows(self._rows_file(task), tracked.rows)
        speeds[task.sequence.name] = (tracked.fps, tracked.first_frame_s)
        record: Mapping[str, JsonValue] = {
            "settings": task.system.settings,
            "sequences": {
                name: {"fps": fps, "first_frame_s": first_frame_s}
                for name, (fps, first_frame_s) in sorted(speeds.items())
            },
        }
        replace_text(self._run_folder(task.system, task.seed) / RUN_FILE, json.dumps(record, indent=1) + "\n")

    def _speeds(self, system: System, seed: int) -> _Speeds:
        """Of the runs made with these settings; none where the file is missing, damaged or of other settings."""
        try:
            record = json.loads((self._run_folder(system, seed) / RUN_FILE).read_text(encoding="utf-8"))
            if record["settings"] != system.settings:
                return {}
            return {name: (speed["fps"], speed["first_frame_s"]) for name, speed in record["sequences"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def _run_folder(self, system: System, seed: int) -> Path:
        return self._folder / system.folder_name / str(seed)

    def _rows_file(self, task: EvaluationTask) -> Path:
        return self._run_folder(task.system, task.seed) / f"{task.sequence.name}.txt"
