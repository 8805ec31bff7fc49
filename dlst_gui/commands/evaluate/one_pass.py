"""Runs systems once over sequences, or once over each part of them, and measures their boxes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

from dlst_gui.commands.evaluate.command import EvaluateOptions, NamedFolder
from dlst_gui.commands.evaluate.evaluation import Evaluation, unread_runs
from dlst_gui.commands.evaluate.parts import parts_of, pooled_parts
from dlst_gui.commands.evaluate.scoring import scored_run
from dlst_gui.commands.evaluate.store import EvaluationStore
from dlst_gui.commands.evaluate.tasks import (
    EvaluationTask,
    FailedSequence,
    Outcome,
    TrackedSequence,
    log_details,
    run_task,
)
from dlst_gui.commands.running.failures import reason
from dlst_gui.commands.running.interrupt import noticing_interrupts
from dlst_gui.commands.sequence_runs.resumable_runs import HowToRun, finish_tasks
from dlst_gui.commands.sequence_runs.sequences import BenchmarkSequence, FoundSequences
from dlst_gui.commands.sequence_runs.systems import System
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.result_files import SCORES_SUFFIX, find_result_file, read_rows, read_scores
from tracker_core.evaluation.summary import FailedRun, RunResult, TrackerResults


@dataclass(frozen=True, slots=True)
class OnePassEvaluation(Evaluation[TrackerResults]):
    """Of one pass.

    Attributes:
        tracked: the runs of ours and OpenCV's, with their boxes.
    """

    tracked: tuple[tuple[EvaluationTask, TrackedSequence], ...]


def evaluate_one_pass(
    options: EvaluateOptions,
    systems: Sequence[System],
    found: FoundSequences,
    others: Sequence[TrackerResults],
    how: HowToRun,
) -> OnePassEvaluation:
    """Run what is missing and measure everything."""
    parts, unread = parts_and_failures(options, found)
    tasks = [
        EvaluationTask(system, seed, part)
        for system in systems
        for seed in range(options.seeds if system.is_seeded else 1)
        for part in parts
    ]
    with noticing_interrupts() as interrupt:
        store = EvaluationStore(options.out, retries=options.retry_failed)
        finished: Mapping[Hashable, Outcome] = finish_tasks(
            tasks, run_task, store, how, interrupt.should_cancel, died=FailedSequence
        )
    log_details(finished)
    own = (_of_system(options, system, tasks, finished, unread) for system in systems)
    results = (*(pooled_parts(each, parts) for each in own if each is not None), *others)
    tracked = ((task, finished.get(task.key)) for task in tasks)
    return OnePassEvaluation(
        results,
        len(tasks),
        len(finished),
        tuple((task, outcome) for task, outcome in tracked if isinstance(outcome, TrackedSequence)),
    )


def parts_and_failures(
    options: EvaluateOptions, found: FoundSequences
) -> tuple[tuple[BenchmarkSequence, ...], tuple[FailedRun, ...]]:
    """What is run, and the sequences that cannot be."""
    parts: list[BenchmarkSequence] = []
    unread = [*unread_runs(found)]
    for sequence in found.sequences:
        try:
            parts.extend(parts_of(sequence, options.protocol))
        except EvaluationError as error:
            unread.append(FailedRun(sequence.name, 0, reason(error)))
    if not parts:
        raise EvaluationError(unread[0].reason)
    return tuple(parts), tuple(unread)


def _of_system(
    options: EvaluateOptions,
    system: System,
    tasks: Sequence[EvaluationTask],
    finished: Mapping[Hashable, Outcome],
    unread: Sequence[FailedRun],
) -> TrackerResults | None:
    """None where no run came to an end."""
    runs: list[RunResult] = []
    failures: list[FailedRun] = []
    for task in tasks:
        outcome = finished.get(task.key) if task.system is system else None
        if isinstance(outcome, FailedSequence):
            failures.append(outcome.told(task.sequence.name, task.seed))
        elif outcome is not None:
            try:
                run = scored_run(
                    task.sequence,
                    task.seed,
                    outcome.rows,
                    scores=outcome.scores,
                    speed=(outcome.fps, outcome.first_frame_s),
                    protocol=options.protocol,
                )
            except EvaluationError as error:
                failures.append(FailedRun(task.sequence.name, task.seed, reason(error)))
                continue
            # Of parts, most frames would be counted many times.
            runs.append(replace(run, boxes=None, scored=None, rows=None) if task.sequence.part_of else run)
    if not runs and not failures:
        return None
    return TrackerResults(system.name, tuple(runs), system.settings, (*failures, *unread))


def read_results(options: EvaluateOptions, named: NamedFolder, found: FoundSequences) -> TrackerResults:
    """Another tracker's result files; one that is missing or does not fit is a failed run.

    Raises:
        EvaluationError: there is no such folder, or none of the files can be used.
    """
    runs: list[RunResult] = []
    failures: list[FailedRun] = []
    for sequence in found.sequences:
        try:
            file = find_result_file(named.folder, sequence.name)
            rows = read_rows(file)
            if len(rows) != sequence.frame_count:
                raise EvaluationError(
                    f"{named.folder}: expected {sequence.frame_count} rows for {sequence.name}, one per frame "
                    f"with ground truth, got {len(rows)}"
                )
            scores = read_scores(file.with_name(f"{file.stem}{SCORES_SUFFIX}"), len(rows))
            runs.append(scored_run(sequence, 0, rows, scores=scores, protocol=options.protocol))
        except EvaluationError as error:
            if not named.folder.is_dir():
                raise
            failures.append(FailedRun(sequence.name, 0, reason(error)))
    if not runs:
        raise EvaluationError(f"--results {named.name}: {failures[0].reason}")
    settings = {"results": str(named.folder)}
    return TrackerResults(named.name, tuple(runs), settings, (*failures, *unread_runs(found)))
