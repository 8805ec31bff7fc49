"""`evaluate --protocol vot-supervised`: runs, tables, results.json."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dlst_gui.commands.evaluate.command import EvaluateOptions, NamedFolder
from dlst_gui.commands.evaluate.evaluation import Evaluation, unread_runs
from dlst_gui.commands.evaluate.scoring import truth_regions
from dlst_gui.commands.evaluate.supervised_store import SupervisedStore, read_repetitions
from dlst_gui.commands.evaluate.supervised_tasks import SupervisedTask, Trajectory, run_supervised_task
from dlst_gui.commands.evaluate.tasks import FailedSequence, log_details
from dlst_gui.commands.running.failures import reason
from dlst_gui.commands.running.interrupt import noticing_interrupts
from dlst_gui.commands.sequence_runs.resumable_runs import HowToRun, finish_tasks
from dlst_gui.commands.sequence_runs.sequences import FoundSequences
from dlst_gui.commands.sequence_runs.systems import System
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.protocols.vot.regions import Region
from tracker_core.evaluation.protocols.vot.supervised import (
    EAO_HIGH,
    EAO_LOW,
    SupervisedMeasures,
    SupervisedRun,
    measure_supervised,
)
from tracker_core.evaluation.report import JsonValue, failure_table, format_table
from tracker_core.evaluation.result_files import replace_text
from tracker_core.evaluation.summary import FailedRun, Settings

PROTOCOL = "VOT2016 supervised"


@dataclass(frozen=True, slots=True)
class SupervisedResults:
    """One tracker; no measures where every run failed."""

    name: str
    settings: Settings
    measures: SupervisedMeasures | None
    failures: tuple[FailedRun, ...]


SupervisedEvaluation = Evaluation[SupervisedResults]


def evaluate_supervised(
    options: EvaluateOptions,
    systems: Sequence[System],
    found: FoundSequences,
    others: Sequence[SupervisedResults],
    how: HowToRun,
) -> SupervisedEvaluation:
    """Run what is missing and measure everything."""
    tasks = [
        SupervisedTask(system, seed, sequence)
        for system in systems
        for seed in range(options.seeds if system.is_seeded else 1)
        for sequence in found.sequences
    ]
    with noticing_interrupts() as interrupt:
        store = SupervisedStore(options.out, retries=options.retry_failed)
        finished: Mapping[Hashable, Trajectory | FailedSequence] = finish_tasks(
            tasks, run_supervised_task, store, how, interrupt.should_cancel, died=FailedSequence
        )
    log_details(finished)
    own = (_of_system(system, tasks, finished, unread_runs(found)) for system in systems)
    return Evaluation((*(each for each in own if each is not None), *others), len(tasks), len(finished))


def _of_system(
    system: System,
    tasks: Sequence[SupervisedTask],
    finished: Mapping[Hashable, Trajectory | FailedSequence],
    unread: tuple[FailedRun, ...],
) -> SupervisedResults | None:
    """None where no run came to an end."""
    runs: dict[str, list[SupervisedRun]] = {}
    failures: list[FailedRun] = []
    for task in tasks:
        outcome = finished.get(task.key) if task.system is system else None
        if isinstance(outcome, FailedSequence):
            failures.append(outcome.told(task.sequence.name, task.seed))
        elif outcome is not None:
            runs.setdefault(task.sequence.name, []).append(task.run_of(outcome.regions))
    if not runs and not failures:
        return None
    measures = measure_supervised(list(runs.items())) if runs else None
    return SupervisedResults(system.name, system.settings, measures, (*failures, *unread))


def read_trajectories(named: NamedFolder, found: FoundSequences) -> SupervisedResults:
    """Another tracker's trajectories; one that is missing or does not fit is a failed run.

    Raises EvaluationError where none can be used.
    """
    runs: dict[str, list[SupervisedRun]] = {}
    failures: list[FailedRun] = []
    for sequence in found.sequences:
        try:
            truth = truth_regions(sequence)
            repetitions = read_repetitions(named.folder, sequence.name)
            for regions in repetitions:
                _check_length(named, sequence.name, regions, truth)
            runs[sequence.name] = [SupervisedRun(regions, truth, sequence.frame_size) for regions in repetitions]
        except EvaluationError as error:
            failures.append(FailedRun(sequence.name, 0, reason(error)))
    if not runs:
        raise EvaluationError(f"--results {named.name}: {failures[0].reason}")
    settings = {"results": str(named.folder)}
    return SupervisedResults(
        named.name, settings, measure_supervised(list(runs.items())), (*failures, *unread_runs(found))
    )


def _check_length(named: NamedFolder, name: str, regions: Sequence[Region], truth: Sequence[Region]) -> None:
    if len(regions) != len(truth):
        raise EvaluationError(
            f"{named.folder}: expected {len(truth)} lines for {name}, one per frame, got {len(regions)}"
        )


def format_supervised(results: Sequence[SupervisedResults]) -> str:
    """Tables for a terminal."""
    measured = [(result.name, result.measures) for result in results if result.measures is not None]
    names = dict.fromkeys(each.name for _, measures in measured for each in measures.sequences)
    tables = []
    if measured:
        rows = [(name, *(_cell(measures, name) for _, measures in measured)) for name in names]
        header = ("sequence", *(name for name, _ in measured))
        tables.append("accuracy and failures per sequence\n" + format_table(header, rows))
        ranked = sorted(measured, key=lambda item: -(item[1].eao or 0.0))
        summary = [
            (
                name,
                str(len(measures.sequences)),
                "-" if measures.eao is None else f"{measures.eao:.3f}",
                f"{measures.accuracy:.3f}",
                f"{measures.failures:.2f}",
            )
            for name, measures in ranked
        ]
        tables.append(
            "VOT2016, supervised: expected average overlap, accuracy, failures per sequence (robustness)\n"
            + format_table(("tracker", "sequences", "EAO", "accuracy", "failures"), summary)
        )
        longest = max(each.frame_count for _, measures in measured for each in measures.sequences)
        if longest <= EAO_HIGH:
            what = (
                "there is none"
                if longest <= EAO_LOW
                else "it is over fewer, and not to be compared with VOT2016's"
            )
            tables.append(
                f"EAO is over {EAO_LOW} to {EAO_HIGH} frames; the longest sequence here has {longest}: {what}"
            )
    failed = [
        (result.name, failed.sequence, str(failed.seed), failed.reason)
        for result in results
        for failed in result.failures
    ]
    return "\n\n".join([*tables, *([failure_table(failed)] if failed else [])])


def _cell(measures: SupervisedMeasures, name: str) -> str:
    found = next((each for each in measures.sequences if each.name == name), None)
    return "-" if found is None else f"{found.accuracy:.3f} / {found.failures:.1f}"


def write_supervised_json(path: Path, evaluation: SupervisedEvaluation) -> None:
    """The results of this protocol.

    It holds `protocol`, `is_complete` and `trackers`: name, settings, eao, accuracy, failures (of a sequence, the
    mean), eao_curve by number of frames, sequences (name, frames, accuracy, failures), failed_runs.
    """
    trackers: list[Mapping[str, JsonValue]] = []
    for result in evaluation.results:
        found = result.measures
        trackers.append(
            {
                "name": result.name,
                "settings": dict(result.settings),
                "eao": None if found is None else found.eao,
                "accuracy": None if found is None else found.accuracy,
                "failures": None if found is None else found.failures,
                "eao_curve": None if found is None else list(found.eao_curve),
                "sequences": [
                    {
                        "name": each.name,
                        "frames": each.frame_count,
                        "accuracy": each.accuracy,
                        "failures": each.failures,
                    }
                    for each in (() if found is None else found.sequences)
                ],
                "failed_runs": [
                    {"sequence": failed.sequence, "seed": failed.seed, "reason": failed.reason}
                    for failed in result.failures
                ],
            }
        )
    report = {"schema": 1, "protocol": PROTOCOL, "is_complete": evaluation.is_complete, "trackers": trackers}
    replace_text(path, json.dumps(report, indent=1) + "\n")
