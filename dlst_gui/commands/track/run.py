"""Tracks one target, writes what was asked for, and says how it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial

from dlst_gui.api import choose_range
from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.first_box import first_box
from dlst_gui.commands.running.interrupt import EXIT_STATUS, noticing_interrupts
from dlst_gui.commands.running.range_choice import remember_range
from dlst_gui.commands.running.terminal import answer, answer_json, say, warn
from dlst_gui.commands.running.tracker_choice import tracker_settings
from dlst_gui.commands.track.command import TrackOptions
from dlst_gui.commands.track.run_outputs import RunOutputs
from dlst_gui.commands.track.tracking_job import TrackingJob, follow_into_files
from dlst_gui.tracking.devices import resolve_device
from dlst_gui.tracking.headless_run import HeadlessResult, RunEnd
from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings
from dlst_gui.tracking.tracking_run import TrackRequest
from dlst_gui.video import VideoSource, open_source
from tracker_core.evaluation.otb import SequenceScore, otb_rows, score_sequence
from tracker_core.evaluation.report import JsonValue


def run_track(options: TrackOptions, make_tracker: MakeTracker) -> int:
    """Track, write what was asked for, say how it went; returns the exit status.

    A damaged source is tracked up to the damage: that is a warning, and the status stays 0.

    Raises:
        CommandError, ExportError, VideoError, WeightsError, TrackerInputError: bad input.
    """
    settings = tracker_settings(options, resolve_device(options.device).name)
    outputs = RunOutputs.wanted(options)
    remember_range(partial(choose_range, options.source), options.shown_range)
    with open_source(options.source) as source, noticing_interrupts() as interrupt:
        request = track_request(source, options)
        job = TrackingJob(source, request, make_tracker, interrupt.should_cancel)
        if outputs.written():
            settings, result = follow_into_files(job, settings, outputs, options)
        else:
            result = job.follow(settings)
        score = score_against_truth(source, request, result)
    if result.end is RunEnd.SOURCE_DAMAGED and not result.frames:
        raise CommandError(result.message)
    _report(options, settings, result, score)
    for name, path in outputs.written() if result.frames else ():
        if path.exists():
            say(f"{name}: {path}")
    if result.end is RunEnd.SOURCE_DAMAGED:
        warn(f"{result.message}; tracked up to frame {result.frames[-1].frame_index}")
    if result.end is RunEnd.INTERRUPTED:
        count = f"interrupted after {len(result.frames)} of {request.frame_count} frames"
        goes_on = bool(outputs.written() and result.frames)
        say(f"{count}; the same call goes on from there, --restart begins anew" if goes_on else count)
        return EXIT_STATUS
    return 0


def track_request(source: VideoSource, options: TrackOptions) -> TrackRequest:
    """The run that was asked for.

    Raises:
        CommandError: frames that are not there, or no usable box for the first one.
    """
    last = source.frame_count - 1
    stop = last if options.stop is None else options.stop
    if options.start > last or stop > last:
        wrong = f"--start {options.start}" if options.start > last else f"--stop {stop}"
        raise CommandError(f"{wrong}: {source.name} has frames 0..{last}")
    if stop < options.start:
        raise CommandError(f"--stop {stop} is before --start {options.start}")
    box = first_box(source, options.start, options.init)
    return TrackRequest(0, {options.start: box}, options.start, stop)


def score_against_truth(
    source: VideoSource, request: TrackRequest, result: HeadlessResult
) -> SequenceScore | None:
    """One-pass evaluation of the tracked frames; None where the source has no boxes for them."""
    truth = (source.ground_truth or ())[request.start_frame :][: len(result.frames)]
    while truth and truth[-1] is None:
        truth = truth[:-1]
    if not truth:
        return None
    return score_sequence(source.name, otb_rows(result.boxes), otb_rows(truth))


def _report(
    options: TrackOptions,
    settings: TrackerSettings,
    result: HeadlessResult,
    score: SequenceScore | None,
) -> None:
    if options.json:
        answer_json(_summary_object(settings, result, score))
        return
    if not result.frames:
        return
    is_found = [tracked.result.is_found for tracked in result.frames]
    pace = f", {result.fps:.2f} frames/s after a first frame of {result.first_frame_s:.1f} s" if result.fps else ""
    answer(f"{len(is_found)} frames, target found in {sum(is_found)}{pace} ({settings.mode})")
    if score is not None:
        answer(f"against ground truth: AUC {score.auc:.3f}, OS {score.os:.3f}, DP {score.dp:.3f}")


def _summary_object(
    settings: TrackerSettings, result: HeadlessResult, score: SequenceScore | None
) -> Mapping[str, JsonValue]:
    measured: Mapping[str, JsonValue] = {
        "frames": len(result.frames),
        "fps": result.fps,
        "first_frame_s": result.first_frame_s,
        "end": result.end.value,
        **asdict(settings),
        "backbone": settings.weights,
    }
    if score is None:
        return measured
    return {**measured, "auc": score.auc, "os": score.os, "dp": score.dp}
