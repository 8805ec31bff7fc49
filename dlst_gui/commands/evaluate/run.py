"""Evaluates all systems over all sequences, and writes tables, plots and results."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Mapping, Sequence

from dlst_gui.commands.evaluate.command import EvaluateOptions, NamedFolder
from dlst_gui.commands.evaluate.store import EvaluationStore
from dlst_gui.commands.evaluate.tasks import EvaluationTask, FailedSequence, Outcome, TrackedSequence, run_task
from dlst_gui.commands.evaluate.toolkit_results import FOLDERS, write_toolkit_results
from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.failures import PARTLY, reason
from dlst_gui.commands.running.interrupt import EXIT_STATUS, noticing_interrupts
from dlst_gui.commands.running.output_folder import claim_folder
from dlst_gui.commands.running.terminal import answer, say
from dlst_gui.commands.running.writable_files import check_writable
from dlst_gui.commands.sequence_runs.resumable_runs import HowToRun, default_jobs, finish_tasks
from dlst_gui.commands.sequence_runs.sequences import BenchmarkSequence, find_sequences
from dlst_gui.commands.sequence_runs.systems import System, peer_systems, preset_systems
from dlst_gui.counting import counted
from dlst_gui.tracking.devices import resolve_device
from dlst_gui.tracking.tracker_factory import MakeTracker
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.otb import frame_ious, otb_rows, score_sequence
from tracker_core.evaluation.plots import PLOT_NAMES, PLOT_SUFFIXES, write_plots
from tracker_core.evaluation.report import format_report, write_results_json
from tracker_core.evaluation.result_files import SCORES_SUFFIX, find_result_file, read_rows, read_scores
from tracker_core.evaluation.scores.roc import scored_frames
from tracker_core.evaluation.summary import FailedRun, RunResult, TrackerResults

_log = logging.getLogger(__name__)


def run_evaluate(options: EvaluateOptions, make_tracker: MakeTracker) -> int:
    """Evaluate, write the folder, print the table; returns the exit status.

    Ctrl+C ends it with the runs that are finished; the same call resumes from there. A run that fails is told in
    the table, and the others go on.

    Raises:
        CommandError, VideoError, WeightsError, TrackerInputError, EvaluationError: bad input.
    """
    check_writable(options.out / "results.json")
    device = resolve_device(options.device)
    found = find_sequences(options.folders, options.sequences)
    sequences, unread = found.sequences, tuple(FailedRun(each.name, 0, each.reason) for each in found.unreadable)
    systems = (*preset_systems(options, device.name, make_tracker), *peer_systems(options.compare))
    others = [_read_results(named, sequences, unread) for named in options.results]
    _check_names([*(system.name for system in systems), *(other.name for other in others)])
    _claim(options, systems, sequences)
    tasks = [
        EvaluationTask(system, seed, sequence)
        for system in systems
        for seed in range(options.seeds if system.is_seeded else 1)
        for sequence in sequences
    ]
    jobs = options.jobs or default_jobs(device.name, options.threads)
    say(f"{len(sequences)} sequences, {len(tasks)} runs, {jobs} at a time; device {device}")
    with noticing_interrupts() as interrupt:
        how = HowToRun(options.out, jobs, options.threads, options.force)
        store = EvaluationStore(options.out, retries=options.retry_failed)
        finished: Mapping[Hashable, Outcome] = finish_tasks(tasks, run_task, store, how, interrupt.should_cancel)
    _log_details(finished)
    results = (*_results_by_system(systems, tasks, finished, unread), *others)
    is_complete = len(finished) == len(tasks)
    if results:
        write_results_json(options.out / "results.json", results, is_complete=is_complete)
        plots = write_plots(options.out, results) if any(result.runs for result in results) else ()
        answer(format_report(results))
        for toolkit in options.results_as:
            runs = [
                (task, tracked) for task in tasks if isinstance(tracked := finished.get(task.key), TrackedSequence)
            ]
            say(f"as {toolkit} reads them: {write_toolkit_results(options.out, toolkit, runs)}")
        say(f"results and plots ({', '.join(path.name for path in plots)}): {options.out}")
    if not is_complete:
        say(f"interrupted: {len(finished)} of {len(tasks)} runs are finished; the same call resumes from there")
        return EXIT_STATUS
    failed_count = sum(len(result.failures) for result in results)
    if failed_count:
        say(f"{counted(failed_count, 'run')} failed: see the table; --retry-failed runs what failed again")
    return PARTLY if failed_count else 0


def _log_details(finished: Mapping[Hashable, Outcome]) -> None:
    """Of faults in a program, which one line does not explain."""
    for key, outcome in finished.items():
        if isinstance(outcome, FailedSequence) and outcome.details:
            _log.error("a run of the evaluation failed: %s", key, exc_info=RuntimeError(outcome.details))


def _claim(options: EvaluateOptions, systems: Sequence[System], sequences: Sequence[BenchmarkSequence]) -> None:
    plots = (f"{name}{suffix}" for name in PLOT_NAMES for suffix in PLOT_SUFFIXES)
    folders = (*(system.folder_name for system in systems), *(FOLDERS[each] for each in options.results_as))
    read = (
        *options.folders,
        *(sequence.path for sequence in sequences),
        *(named.folder for named in options.results),
    )
    names = ("results.json", *plots, *folders)
    claim_folder(options.out, "evaluate", names, inputs=read, is_forced=options.force)


def _results_by_system(
    systems: Sequence[System],
    tasks: Sequence[EvaluationTask],
    finished: Mapping[Hashable, Outcome],
    unread: Sequence[FailedRun],
) -> list[TrackerResults]:
    """Systems with at least one run that came to an end, their runs in the order of the tasks."""
    results = []
    for system in systems:
        runs: list[RunResult] = []
        failures: list[FailedRun] = []
        for task in tasks:
            outcome = finished.get(task.key) if task.system is system else None
            if isinstance(outcome, FailedSequence):
                failures.append(outcome.told(task))
            elif outcome is not None:
                runs.append(outcome.scored(task))
        if runs or failures:
            results.append(TrackerResults(system.name, tuple(runs), system.settings, (*failures, *unread)))
    return results


def _read_results(
    named: NamedFolder, sequences: Sequence[BenchmarkSequence], unread: Sequence[FailedRun]
) -> TrackerResults:
    """Another tracker's result files; one that is missing or does not fit is a failed run.

    Raises:
        EvaluationError: there is no such folder, or none of the files can be used.
    """
    runs: list[RunResult] = []
    failures: list[FailedRun] = []
    for sequence in sequences:
        try:
            file = find_result_file(named.folder, sequence.name)
            rows = read_rows(file)
            truth = otb_rows(sequence.ground_truth)
            if len(rows) != len(truth):
                raise EvaluationError(
                    f"{named.folder}: expected {len(truth)} rows for {sequence.name}, one per frame with ground "
                    f"truth, got {len(rows)}"
                )
            scores = read_scores(file.with_name(f"{file.stem}{SCORES_SUFFIX}"), len(rows))
            scored = None if scores is None else scored_frames(scores, frame_ious(rows, truth))
            runs.append(RunResult(0, score_sequence(sequence.name, rows, truth), scored=scored))
        except EvaluationError as error:
            if not named.folder.is_dir():
                raise
            failures.append(FailedRun(sequence.name, 0, reason(error)))
    if not runs:
        raise EvaluationError(f"--results {named.name}: {failures[0].reason}")
    return TrackerResults(named.name, tuple(runs), {"results": str(named.folder)}, (*failures, *unread))


def _check_names(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise CommandError(f"two trackers are named {name}; give --results another NAME")
