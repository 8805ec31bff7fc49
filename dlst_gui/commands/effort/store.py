"""The folder of `effort`: the log of every finished run, from which all numbers are counted.

    <folder>/<system>/<seed>/<sequence>_iou<threshold>.jsonl

Logs made with other settings are done again, and those that timed out where there is more time now.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dlst_gui.commands.effort.tasks import EffortTask
from tracker_core.evaluation.effort_log import End, LabelledRun, read_log, write_log
from tracker_core.evaluation.errors import EvaluationError


class EffortStore:
    """Keeps logs in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, task: EffortTask) -> LabelledRun | None:
        """The run if there is a whole log of it, made with the same settings and ground truth."""
        try:
            header, run = read_log(self._file(task))
            task.scored(run)
        except EvaluationError:
            return None
        needs_more_time = run.end is End.TIMED_OUT and header.timeout_s < task.timeout_s
        is_same = replace(header, timeout_s=task.timeout_s) == task.header
        return run if is_same and not needs_more_time else None

    def keep(self, task: EffortTask, done: LabelledRun) -> None:
        """Write a finished run."""
        write_log(self._file(task), task.header, done)

    def _file(self, task: EffortTask) -> Path:
        name = f"{task.sequence.name}_iou{task.iou_threshold:g}.jsonl"
        return self._folder / task.system.folder_name / str(task.seed) / name
