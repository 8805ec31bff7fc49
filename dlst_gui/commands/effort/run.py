"""Lets a simulated annotator label all sequences with all systems, and counts what it did."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from dlst_gui.commands.effort.command import EffortOptions
from dlst_gui.commands.effort.store import EffortStore
from dlst_gui.commands.effort.systems import effort_systems
from dlst_gui.commands.effort.tasks import EffortSystem, EffortTask, failed_run, run_effort_task
from dlst_gui.commands.running.failures import PARTLY
from dlst_gui.commands.running.interrupt import EXIT_STATUS, noticing_interrupts
from dlst_gui.commands.running.output_folder import claim_folder
from dlst_gui.commands.running.terminal import answer, say, warn
from dlst_gui.commands.running.writable_files import check_writable
from dlst_gui.commands.sequence_runs.resumable_runs import HowToRun, default_jobs, finish_tasks
from dlst_gui.commands.sequence_runs.sequences import find_sequences
from dlst_gui.counting import counted
from dlst_gui.tracking.devices import resolve_device
from dlst_gui.tracking.tracker_factory import MakeTracker
from tracker_core.evaluation.effort import SystemEffort
from tracker_core.evaluation.effort_log import End, LabelledRun
from tracker_core.evaluation.effort_plot import write_effort_plot
from tracker_core.evaluation.effort_report import format_effort, write_effort_files
from tracker_core.evaluation.plots import PLOT_SUFFIXES


def run_effort(options: EffortOptions, make_tracker: MakeTracker) -> int:
    """Measure, write the folder, print the tables; returns the exit status.

    Ctrl+C ends it with the runs that are finished; the same call resumes from there. A run that fails or takes too
    long counts as drawing every box and is told in a table; the others go on.

    Raises:
        CommandError, VideoError, WeightsError, EvaluationError: bad input.
    """
    check_writable(options.out / "effort.json")
    device = resolve_device(options.device)
    found = find_sequences(options.folders, options.sequences)
    sequences = found.sequences
    for unread in found.unreadable:
        warn(f"{unread.name} is left out: {unread.reason}")
    systems = effort_systems(options, device.name, make_tracker)
    names = ("effort.json", "runs.csv", *(f"effort{suffix}" for suffix in PLOT_SUFFIXES))
    read = (*options.folders, *(sequence.path for sequence in sequences))
    folders = (system.folder_name for system in systems)
    claim_folder(options.out, "effort", (*names, *folders), inputs=read, is_forced=options.force)
    tasks = [
        EffortTask(system, seed, sequence, iou_threshold, options.timeout)
        for iou_threshold in options.thresholds
        for system in systems
        for seed in range(options.seeds)
        for sequence in sequences
    ]
    how = HowToRun(
        options.out, options.jobs or default_jobs(device.name, options.threads), options.threads, options.force
    )
    counts = f"{counted(len(sequences), 'sequence')}, {counted(len(tasks), 'run')}"
    say(f"{counts}, {how.jobs} at a time; device {device}")
    with noticing_interrupts() as interrupt:
        store = EffortStore(options.out)
        finished = finish_tasks(tasks, run_effort_task, store, how, interrupt.should_cancel, died=failed_run)
    is_complete = len(finished) == len(tasks)
    has_failures = False
    if results := _results_by_system(systems, tasks, finished):
        write_effort_files(options.out, results, options.thresholds, is_complete=is_complete)
        plots = write_effort_plot(options.out, results, options.thresholds)
        answer(format_effort(results, options.thresholds))
        has_failures = any(run.score.end is not End.COMPLETED for result in results for run in result.runs)
        say(f"logs, effort.json, runs.csv and plots ({', '.join(path.name for path in plots)}): {options.out}")
    if not is_complete:
        say(f"interrupted: {len(finished)} of {len(tasks)} runs are finished; the same call resumes from there")
        return EXIT_STATUS
    return PARTLY if has_failures or found.unreadable else 0


def _results_by_system(
    systems: Sequence[EffortSystem], tasks: Sequence[EffortTask], finished: Mapping[Hashable, LabelledRun]
) -> tuple[SystemEffort, ...]:
    """Systems with at least one finished run, their runs in the order of the tasks."""
    results = []
    for system in systems:
        runs = tuple(
            task.scored(finished[task.key]) for task in tasks if task.system is system and task.key in finished
        )
        if runs:
            results.append(SystemEffort(system.name, runs, system.settings))
    return tuple(results)
