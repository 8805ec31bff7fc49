"""Evaluates all systems over all sequences, and writes tables, plots and results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dlst_gui.commands.evaluate.command import EvaluateOptions
from dlst_gui.commands.evaluate.one_pass import OnePassEvaluation, evaluate_one_pass, read_results
from dlst_gui.commands.evaluate.pages import FOLDER as PAGES_FOLDER
from dlst_gui.commands.evaluate.pages import write_pages
from dlst_gui.commands.evaluate.paper import FILES as PAPER_FILES
from dlst_gui.commands.evaluate.paper import VOT_RESULTS as PAPER_VOT_RESULTS
from dlst_gui.commands.evaluate.paper import split_by_benchmark, write_paper_tables
from dlst_gui.commands.evaluate.parts import PROTOCOL_TEXTS
from dlst_gui.commands.evaluate.supervised_run import (
    SupervisedEvaluation,
    evaluate_supervised,
    format_supervised,
    read_trajectories,
    write_supervised_json,
)
from dlst_gui.commands.evaluate.supervised_store import FOLDER as VOT_FOLDER
from dlst_gui.commands.evaluate.toolkit_results import FOLDERS, write_toolkit_results
from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.failures import PARTLY
from dlst_gui.commands.running.interrupt import EXIT_STATUS
from dlst_gui.commands.running.output_folder import claim_folder
from dlst_gui.commands.running.terminal import answer, say
from dlst_gui.commands.running.writable_files import check_writable
from dlst_gui.commands.sequence_runs.resumable_runs import HowToRun, default_jobs
from dlst_gui.commands.sequence_runs.sequences import FoundSequences, find_sequences
from dlst_gui.commands.sequence_runs.systems import System, peer_systems, preset_systems
from dlst_gui.counting import counted
from dlst_gui.tracking.devices import resolve_device
from dlst_gui.tracking.tracker_factory import MakeTracker
from tracker_core.evaluation.plots import PLOT_NAMES, PLOT_SUFFIXES, write_plots
from tracker_core.evaluation.protocols.attribute_report import (
    ByAttribute,
    attribute_tables,
    attributes_object,
    write_attribute_plots,
)
from tracker_core.evaluation.protocols.attributes import attributes_of
from tracker_core.evaluation.protocols.vot.eao_plot import NAME as EAO_PLOT
from tracker_core.evaluation.protocols.vot.eao_plot import write_eao_plot
from tracker_core.evaluation.report import format_report, write_results_json


def run_evaluate(options: EvaluateOptions, make_tracker: MakeTracker) -> int:
    """Evaluate, write the folder, print the table; returns the exit status.

    Ctrl+C ends it with the runs that are finished; the same call resumes from there. A run that fails is told in
    the table, and the others go on.

    Raises:
        CommandError, VideoError, WeightsError, TrackerInputError, EvaluationError: bad input.
    """
    _check_options(options)
    check_writable(options.out / _results_name(options))
    device = resolve_device(options.device)
    found = find_sequences(options.folders, options.sequences)
    systems = (*preset_systems(options, device.name, make_tracker), *peer_systems(options.compare))
    _check_names([*(system.name for system in systems), *(named.name for named in options.results)])
    jobs = options.jobs or default_jobs(device.name, options.threads)
    how = HowToRun(options.out, jobs, options.threads, options.force)
    if options.paper_tables:
        return _paper(options, systems, found, how, str(device))
    if options.protocol == "vot-supervised":
        return _supervised(options, systems, found, how, str(device))
    return _one_pass(options, systems, found, how, str(device))


def _check_options(options: EvaluateOptions) -> None:
    """CommandError where something is asked for that a protocol does not have."""
    if options.paper_tables and (options.protocol != "ope" or options.results):
        raise CommandError("--paper-tables runs its own protocols: leave out --protocol and --results")
    if options.protocol in ("tre", "sre") and (options.results or options.results_as or options.pages):
        raise CommandError(
            f"--results, --results-as and --pages are of whole sequences; --protocol {options.protocol} has parts"
        )
    if options.protocol == "vot-supervised" and (options.attributes or options.results_as or options.pages):
        raise CommandError(
            "--attributes, --results-as and --pages are of one pass, not of --protocol vot-supervised"
        )


def _one_pass(
    options: EvaluateOptions, systems: Sequence[System], found: FoundSequences, how: HowToRun, device: str
) -> int:
    _attributes(options, found)  # what cannot be read is told before hours of work
    others = [read_results(options, named, found) for named in options.results]
    _claim(options, systems, found)
    say(f"{_counted(found)}, {how.jobs} at a time; device {device}")
    evaluation = evaluate_one_pass(options, systems, found, others, how)
    if evaluation.has_results:
        _write(options, evaluation, found)
    return _status(evaluation.total, evaluation.ended, evaluation.failure_count)


def _paper(
    options: EvaluateOptions, systems: Sequence[System], found: FoundSequences, how: HowToRun, device: str
) -> int:
    """One pass over sequences in OTB's layout, the supervised protocol over those in VOT's, one set of tables."""
    otb, vot = split_by_benchmark(found)
    by = ByAttribute.of(_attributes(options, otb))
    _claim(options, systems, found)
    say(f"{_counted(otb)} in OTB's layout, {_counted(vot)} in VOT's, {how.jobs} at a time; device {device}")
    one_pass, supervised = None, None
    if otb.sequences:
        one_pass = evaluate_one_pass(options, systems, otb, (), how)
        if one_pass.has_results:
            _write(options, one_pass, otb)
    if vot.sequences and (one_pass is None or one_pass.is_complete):
        supervised = evaluate_supervised(options, systems, vot, (), how)
        if supervised.has_results:
            answer("")
            _write_supervised(options.out / PAPER_VOT_RESULTS, supervised)
    evaluations = [each for each in (one_pass, supervised) if each is not None]
    if any(each.has_results for each in evaluations):
        tables = write_paper_tables(
            options.out,
            one_pass.results if one_pass is not None else (),
            by,
            supervised.results if supervised is not None else (),
        )
        answer("\n" + tables)
        say(f"tables ({', '.join(PAPER_FILES)}): {options.out}")
    return _status(
        sum(each.total for each in evaluations),
        sum(each.ended for each in evaluations),
        sum(each.failure_count for each in evaluations),
    )


def _supervised(
    options: EvaluateOptions, systems: Sequence[System], found: FoundSequences, how: HowToRun, device: str
) -> int:
    others = [read_trajectories(named, found) for named in options.results]
    _claim(options, systems, found)
    say(f"{_counted(found)}, {how.jobs} at a time; device {device}")
    evaluation = evaluate_supervised(options, systems, found, others, how)
    if evaluation.has_results:
        _write_supervised(options.out / _results_name(options), evaluation)
    return _status(evaluation.total, evaluation.ended, evaluation.failure_count)


def _write_supervised(path: Path, evaluation: SupervisedEvaluation) -> None:
    write_supervised_json(path, evaluation)
    measured = [(result.name, result.measures) for result in evaluation.results if result.measures is not None]
    if measured:
        write_eao_plot(path.parent, measured)
    answer(format_supervised(evaluation.results))
    say(
        f"results and plot: {path.parent}; trajectories, as the VOT toolkit reads them: {path.parent / VOT_FOLDER}"
    )


def _status(total: int, ended: int, failure_count: int) -> int:
    if ended < total:
        say(f"interrupted: {ended} of {total} runs are finished; the same call resumes from there")
        return EXIT_STATUS
    if failure_count:
        say(f"{counted(failure_count, 'run')} failed: see the table; --retry-failed runs what failed again")
    return PARTLY if failure_count else 0


def _attributes(options: EvaluateOptions, found: FoundSequences) -> dict[str, tuple[str, ...]]:
    """Codes of the sequences that have any."""
    codes = {
        sequence.name: attributes_of(sequence.name, sequence.path, options.attributes)
        for sequence in found.sequences
    }
    if options.attributes is not None and not any(codes.values()):
        raise CommandError(f"--attributes {options.attributes} has a file for none of the sequences")
    return {name: held for name, held in codes.items() if held is not None}


def _write(options: EvaluateOptions, evaluation: OnePassEvaluation, found: FoundSequences) -> None:
    results, protocol = evaluation.results, PROTOCOL_TEXTS[options.protocol]
    path = options.out / _results_name(options)
    by = ByAttribute.of(_attributes(options, found))
    write_results_json(
        path,
        results,
        is_complete=evaluation.is_complete,
        protocol=protocol,
        attributes=attributes_object(results, by) if by.sequences else None,
    )
    has_runs = any(result.runs for result in results)
    plots = write_plots(options.out, results, name=_suffix(options), protocol=protocol) if has_runs else ()
    answer(format_report(results))
    if by.sequences and has_runs:
        answer("\n" + attribute_tables(results, by))
        plots += write_attribute_plots(options.out, results, by, name=_suffix(options))
    if options.pages:
        say(f"a page for each sequence: {write_pages(options.out, found.sequences, results)}")
    for toolkit in options.results_as:
        folder = write_toolkit_results(options.out, toolkit, evaluation.tracked)
        say(f"as {toolkit} reads them: {folder}")
    say(f"results and plots ({', '.join(plot.name for plot in plots)}): {options.out}")


def _suffix(options: EvaluateOptions) -> str:
    """Of files that each protocol has of its own, so that several can share a folder."""
    return "" if options.protocol == "ope" else f"-{options.protocol}"


def _results_name(options: EvaluateOptions) -> str:
    return f"results{_suffix(options)}.json"


def _counted(found: FoundSequences) -> str:
    return counted(len(found.sequences), "sequence")


def _claim(options: EvaluateOptions, systems: Sequence[System], found: FoundSequences) -> None:
    plots = (
        f"{name}{kind}{_suffix(options)}{suffix}"
        for name in PLOT_NAMES
        for kind in ("", "-attributes")
        for suffix in PLOT_SUFFIXES
    )
    own = [] if options.protocol == "vot-supervised" else [system.folder_name for system in systems]
    if options.protocol == "vot-supervised" or options.paper_tables:
        own += [VOT_FOLDER, *(f"{EAO_PLOT}{suffix}" for suffix in PLOT_SUFFIXES)]
    if options.pages:
        own.append(PAGES_FOLDER)
    if options.paper_tables:
        own += [PAPER_VOT_RESULTS, *PAPER_FILES]
    folders = (*own, *(FOLDERS[each] for each in options.results_as))
    read = (
        *options.folders,
        *(sequence.path for sequence in found.sequences),
        *(named.folder for named in options.results),
    )
    names = (_results_name(options), *plots, *folders)
    claim_folder(options.out, "evaluate", names, inputs=read, is_forced=options.force)


def _check_names(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise CommandError(f"two trackers are named {name}; give --results another NAME")
