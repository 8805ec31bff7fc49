"""Exports every project, and tells what was written and what was not."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dlst_gui.api import SavedProject, open_project
from dlst_gui.commands.export.command import ExportOptions
from dlst_gui.commands.export.progress import ExportBars
from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.failures import PARTLY
from dlst_gui.commands.running.format_choice import known_format
from dlst_gui.commands.running.interrupt import EXIT_STATUS, noticing_interrupts
from dlst_gui.commands.running.range_choice import remember_range
from dlst_gui.commands.running.terminal import answer, answer_json, say, warn
from dlst_gui.counting import counted
from dlst_gui.exchange.export import ExportReport, export
from dlst_gui.exchange.labelled_video import VideoStyle, export_video
from dlst_gui.exchange.plan import ExportPlan, ImageChoice, ImageKind
from dlst_gui.exchange.preflight import Finding, preflight
from dlst_gui.exchange.progress import ExportCancelled, ShouldCancel
from dlst_gui.formats.format import Format, WriteOptions
from dlst_gui.formats.transfer.selection import FrameChoice, Selection
from dlst_gui.jobs.exporting import EXPECTED, FreeNames, plan_of
from dlst_gui.jobs.job_file import SUFFIX as LIST_SUFFIX
from dlst_gui.jobs.job_file import JobFileError, read_job_file
from dlst_gui.project.opening import projects_folder
from dlst_gui.project.placement import SUFFIX
from tracker_core.evaluation.report import JsonValue

BAD_INPUT, FAULT = 2, 1
FINDINGS_SHOWN = 12
"""Of one project; a file of labels can have thousands."""

_VIDEO_ENDING = "-boxes.mp4"
"""Never the name of the video itself."""

_FRAMES = {
    "all": FrameChoice.ALL,
    "labelled": FrameChoice.LABELLED,
    "keyframes": FrameChoice.HUMAN,
    "reviewed": FrameChoice.REVIEWED,
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ExportJob:
    """One project and what is made of it.

    Attributes:
        target: where its labels go, or its video where no labels are wanted.
        video: where the video with the boxes drawn in goes; None: none is wanted.
        source: where its video is; None: beside it, or where it was.
    """

    project: Path
    target: Path
    video: Path | None
    source: Path | None = None


def run_export(options: ExportOptions) -> int:
    """Export every project; one that fails does not stop the others. Returns the exit status.

    Raises:
        CommandError: nothing could be tried.
    """
    label_format = wanted_format(options)
    jobs = export_jobs(options, label_format)
    done: list[tuple[ExportJob, ExportReport | None]] = []
    failed: list[tuple[ExportJob, str]] = []
    status = 0
    with noticing_interrupts() as interrupt:
        for job in jobs:
            try:
                done.append((job, _export_one(job, options, label_format, interrupt.should_cancel)))
            except ExportCancelled as error:
                say(f"{job.project.name}: {error}")
                status = EXIT_STATUS
                break
            except EXPECTED as error:
                failed.append((job, str(error)))
                status = status or BAD_INPUT
            except Exception as error:
                _log.exception("export of %s", job.project)
                failed.append((job, f"unexpected error: {type(error).__name__}: {error}"))
                status = FAULT
    _report(options, done, failed)
    return PARTLY if status == BAD_INPUT and done else status


def wanted_format(options: ExportOptions) -> Format | None:
    """The format of the labels; None: only a video is wanted. CommandError where it is neither, or not clear."""
    if options.format is not None:
        known = known_format(options.format)
        if options.keyframes_within and not known.interpolates:
            raise CommandError(f"--keyframes-within applies to formats of keyframes, and {known.name} has none")
        return known
    if not options.video:
        raise CommandError("nothing to write: give --format, --video or both")
    of_labels = (
        ("--images", options.images is not None),
        ("--whole-pixels", options.whole_pixels),
        ("--track-ids", options.track_ids),
        ("--keyframes-within", options.keyframes_within > 0),
    )
    for name, is_given in of_labels:
        if is_given:
            raise CommandError(f"{name} applies to labels: add --format")
    return None


def export_jobs(options: ExportOptions, label_format: Format | None) -> tuple[ExportJob, ...]:
    """Which projects go where; CommandError where there is none, or it is not clear."""
    (first, *others) = options.projects
    if not others and not first.is_dir() and first.suffix != LIST_SUFFIX:
        return (_job(first, options.out, options, label_format, options.source),)
    if options.source is not None:
        raise CommandError("--source is for a single project; put the videos beside their projects")
    suffix = _VIDEO_ENDING if label_format is None else label_format.suffix
    wanted: dict[Path, tuple[str, Path | None]] = {}
    for given in options.projects:
        for project, name, source in _of_list(given) if given.suffix == LIST_SUFFIX else _projects_of(given):
            wanted.setdefault(project, (name, source))
    free = FreeNames()
    return tuple(
        _job(project, options.out / f"{free.take(name)}{suffix}", options, label_format, source)
        for project, (name, source) in wanted.items()
    )


def _job(
    project: Path, target: Path, options: ExportOptions, label_format: Format | None, source: Path | None
) -> ExportJob:
    video = target if label_format is None else target.parent / f"{target.stem}{_VIDEO_ENDING}"
    return ExportJob(project, target, video if options.video else None, source)


def _of_list(given: Path) -> Iterator[tuple[Path, str, Path | None]]:
    """Project, name and video of each job of a file that was begun."""
    try:
        jobs = read_job_file(given)
    except JobFileError as error:
        raise CommandError(str(error)) from error
    plan = plan_of(jobs, projects_folder())
    if not plan.exports:
        raise CommandError(f"{given}: none of its {counted(len(jobs.jobs), 'video')} has labels yet")
    for name in plan.unbegun:
        say(f"{name}: no labels yet, so it is left out")
    return iter([(each.project, each.name, each.job.video) for each in plan.exports])


def _projects_of(given: Path) -> Iterator[tuple[Path, str, Path | None]]:
    """Project and name of one, or of each in a folder."""
    found = [given] if not given.is_dir() else _projects_in(given)
    return iter([(path, Path(path.name.removesuffix(SUFFIX)).stem, None) for path in found])


def _projects_in(given: Path) -> list[Path]:
    found = sorted(path for path in given.glob(f"*{SUFFIX}") if path.is_file())
    if not found:
        raise CommandError(f"{given}: no project (*{SUFFIX}) in this folder")
    return found


def _selection(options: ExportOptions) -> Selection:
    without = options.without
    return Selection(
        frames=_FRAMES[options.frames],
        every=options.every,
        tracked="tracked" not in without,
        lost="lost" not in without,
        interpolated="interpolated" not in without,
        occluded="occluded" not in without,
        clip_to_image=options.clip,
    )


def _plan(options: ExportOptions, label_format: Format, target: Path) -> ExportPlan:
    written = WriteOptions(
        sub_pixel=not options.whole_pixels,
        track_ids=options.track_ids,
        keyframes_within_px=options.keyframes_within,
    )
    images = None if options.images is None else ImageChoice(ImageKind(options.images), options.quality)
    return ExportPlan(label_format, target, _selection(options), written, images, is_forced=options.force)


def _export_one(
    job: ExportJob, options: ExportOptions, label_format: Format | None, should_cancel: ShouldCancel
) -> ExportReport | None:
    """The report is of the labels."""
    report = None
    with (
        open_project(job.project, video=job.source) as project,
        ExportBars(project.name, should_cancel) as bars,
    ):
        remember_range(project.choose_range, options.shown_range)
        if project.frames.notice is not None:
            say(f"{project.name}: {project.frames.notice}")
        content = project.content(_selection(options), bars.watch)
        if label_format is not None:
            plan = _plan(options, label_format, job.target)
            _tell_findings(project, preflight(project.project, content, plan, bars.watch))
            report = export(plan, content, project.open_frames, bars.watch)
        if job.video is not None:
            style = VideoStyle(trail_frames=options.trail)
            export_video(
                job.video,
                content,
                project.open_frames,
                style=style,
                watch=bars.watch,
                is_forced=options.force,
            )
    return report


def _tell_findings(project: SavedProject, findings: Sequence[Finding]) -> None:
    for finding in findings[:FINDINGS_SHOWN]:
        say(f"{project.name}: {finding.words}")
    if len(findings) > FINDINGS_SHOWN:
        say(f"{project.name}: and {len(findings) - FINDINGS_SHOWN} more findings")


def _report(
    options: ExportOptions,
    done: Sequence[tuple[ExportJob, ExportReport | None]],
    failed: Sequence[tuple[ExportJob, str]],
) -> None:
    for job, message in failed:
        warn(f"not exported: {message if str(job.project) in message else f'{job.project}: {message}'}")
    if options.json:
        failures: JsonValue = [{"project": str(job.project), "problem": message} for job, message in failed]
        answer_json({"exported": [_report_object(job, report) for job, report in done], "failed": failures})
        return
    for job, report in done:
        if report is not None:
            _answer_labels(report)
        if job.video is not None:
            answer(f"{job.video}: the video with boxes")
    if failed:
        say(f"{len(done)} of {len(done) + len(failed)} projects exported")


def _answer_labels(report: ExportReport) -> None:
    read_back = report.comparison
    answer(
        f"{report.target}: {counted(read_back.box_count, 'box', 'boxes')} on "
        f"{counted(report.frame_count, 'frame')}, read back, "
        f"largest difference {read_back.largest_difference_px:.2g} px; receipt {report.receipt.name}"
    )
    if report.image_count:
        answer(f"{report.target}: {counted(report.image_count, 'image')}")


def _report_object(job: ExportJob, report: ExportReport | None) -> Mapping[str, JsonValue]:
    made: Mapping[str, JsonValue] = {
        "project": str(job.project),
        "target": str(job.target),
        "video": None if job.video is None else str(job.video),
    }
    if report is None:
        return made
    return {
        **made,
        "receipt": str(report.receipt),
        "boxes": report.comparison.box_count,
        "frames": report.frame_count,
        "images": report.image_count,
        "largest_difference_px": report.comparison.largest_difference_px,
    }
