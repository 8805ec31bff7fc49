"""Evaluates all systems over all sequences, and writes tables, plots and results."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from dlst_gui.commands.evaluate.command import EvaluateOptions, NamedFolder
from dlst_gui.commands.evaluate.store import EvaluationStore
from dlst_gui.commands.evaluate.tasks import EvaluationTask, TrackedSequence, run_task
from dlst_gui.commands.evaluate.toolkit_results import FOLDERS, write_toolkit_results
from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.interrupt import EXIT_STATUS, noticing_interrupts
from dlst_gui.commands.running.output_folder import claim_folder
from dlst_gui.commands.running.terminal import answer, say
from dlst_gui.commands.running.writable_files import check_writable
from dlst_gui.commands.sequence_runs.resumable_runs import HowToRun, default_jobs, finish_tasks
from dlst_gui.commands.sequence_runs.sequences import BenchmarkSequence, find_sequences
from dlst_gui.commands.sequence_runs.systems import System, opencv_systems, preset_systems
from dlst_gui.tracking.devices import resolve_device
from dlst_gui.tracking.tracker_factory import MakeTracker
from tracker_core.evaluation.otb import otb_rows, score_sequence
from tracker_core.evaluation.plots import PLOT_NAMES, PLOT_SUFFIXES, write_plots
from tracker_core.evaluation.report import format_report, write_results_json
from tracker_core.evaluation.result_files import find_result_file, read_rows
from tracker_core.evaluation.summary import RunResult, TrackerResults


def run_evaluate(options: EvaluateOptions, make_tracker: MakeTracker) -> int:
    """Evaluate, write the folder, print the table; returns the exit status.

    Ctrl+C ends it with the runs that are finished; the same call resumes from there.

    Raises:
        CommandError, VideoError, WeightsError, TrackerInputError, EvaluationError: bad input.
    """
    check_writable(options.out / "results.json")
    device = resolve_device(options.device)
    sequences = find_sequences(options.folders, options.sequences)
    systems = (*preset_systems(options, device.name, make_tracker), *opencv_systems(options.compare))
    others = [_read_results(named, sequences) for named in options.results]
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
        finished = finish_tasks(tasks, run_task, EvaluationStore(options.out), how, interrupt.should_cancel)
    results = (*_results_by_system(systems, tasks, finished), *others)
    is_complete = len(finished) == len(tasks)
    if results:
        write_results_json(options.out / "results.json", results, is_complete=is_complete)
        plots = write_plots(options.out, results)
        answer(format_report(results))
        for toolkit in options.results_as:
            runs = [(task, finished[task.key]) for task in tasks if task.key in finished]
            say(f"as {toolkit} reads them: {write_toolkit_results(options.out, toolkit, runs)}")
        say(f"results and plots ({', '.join(path.name for path in plots)}): {options.out}")
    if not is_complete:
        say(f"interrupted: {len(finished)} of {len(tasks)} runs are finished; the same call resumes from there")
        return EXIT_STATUS
    return 0


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
    systems: Sequence[System], tasks: Sequence[EvaluationTask], finished: Mapping[Hashable, TrackedSequence]
) -> list[TrackerResults]:
    """Systems with at least one finished run, their runs in the order of the tasks."""
    results = []
    for system in systems:
        runs = tuple(
            finished[task.key].scored(task) for task in tasks if task.system is system and task.key in finished
        )
        if runs:
            results.append(TrackerResults(system.name, runs, system.settings))
    return results


def _read_results(named: NamedFolder, sequences: Sequence[BenchmarkSequence]) -> TrackerResults:
    runs = tuple(
        RunResult(
            0,
            score_sequence(
                sequence.name,
                read_rows(find_result_file(named.folder, sequence.name)),
                otb_rows(sequence.ground_truth),
            ),
        )
        for sequence in sequences
    )
    return TrackerResults(named.name, runs, {"results": str(named.folder)})


def _check_names(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise CommandError(f"two trackers are named {name}; give --results another NAME")
