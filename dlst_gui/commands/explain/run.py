"""Explains frames: finds what was kept of them, tracks again where nothing was, and writes what was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dlst_gui.api import SavedProject, open_project
from dlst_gui.commands.explain.command import ExplainOptions
from dlst_gui.commands.explain.frames_asked import asked_frames, asked_object
from dlst_gui.commands.explain.kept_evidence import kept_of_project, kept_of_trace
from dlst_gui.commands.explain.tracked_again import Again, compared, request_for, settings_of
from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.interrupt import EXIT_STATUS, noticing_interrupts
from dlst_gui.commands.running.range_choice import remember_range
from dlst_gui.commands.running.terminal import answer, answer_json, say, warn
from dlst_gui.counting import counted
from dlst_gui.evidence.evidence_files import NothingSeenError, check_target, kind_of, write_evidence
from dlst_gui.evidence.explained_frame import EvidenceAbout, ExplainedFrame, frame_title, score_words
from dlst_gui.evidence.figures.frame_figure import FigureOptions, View
from dlst_gui.evidence.figures.looks import ORIGINS
from dlst_gui.evidence.figures.page import Panel, Width
from dlst_gui.evidence.figures.subject import Picture
from dlst_gui.evidence.kept_frame import KeptFrame
from dlst_gui.evidence.pictures import picture_around
from dlst_gui.evidence.sidecar_name import sidecar_of
from dlst_gui.evidence.tables.candidate_files import MissingLibraryError
from dlst_gui.evidence.tables.frame_document import frame_document
from dlst_gui.evidence.trace import Trace
from dlst_gui.evidence.trace_facts import TraceError, TraceFacts
from dlst_gui.evidence.trace_name import is_trace_name
from dlst_gui.evidence.true_box import true_box, true_box_since
from dlst_gui.project.opening import identity_of
from dlst_gui.settings.program_version import program_version
from dlst_gui.tracking.headless_run import RunEnd
from dlst_gui.tracking.tracker_factory import MakeTracker
from dlst_gui.video import VideoError, VideoSource, open_source
from tracker_core import Box, CandidateOrigin, Diagnostics
from tracker_core.evaluation.report import JsonValue
from tracker_core.evidence import ON_TARGET, Overlaps


@dataclass(frozen=True, slots=True)
class _Explained:
    """What was found; `is_complete` is False after Ctrl+C."""

    frames: tuple[ExplainedFrame, ...]
    about: EvidenceAbout
    is_complete: bool = True


def run_explain(options: ExplainOptions, make_tracker: MakeTracker) -> int:
    """Find, tell and write; returns the exit status.

    Raises:
        CommandError: there is no such frame or object, or nothing is known of it.
    """
    try:
        for path in options.outs:
            kind_of(path)
        is_trace = is_trace_name(options.source)
        explained = _of_trace(options) if is_trace else _of_project(options, make_tracker)
        if explained is None:
            return 0
        if not explained.frames:
            raise CommandError("ended before any of the frames")
        _write(options, explained)
    except (TraceError, NothingSeenError, MissingLibraryError, ValueError) as error:
        raise CommandError(str(error)) from error
    _tell(options, explained.frames)
    return 0 if explained.is_complete else EXIT_STATUS


def _of_trace(options: ExplainOptions) -> _Explained | None:
    """None where only a list was wanted."""
    if options.again:
        raise CommandError(f"{options.source}: evidence alone cannot be tracked again; leave out --again")
    with ExitStack() as open_now:
        trace = open_now.enter_context(Trace(options.source))
        if options.list:
            _list(options, trace, {})
            return None
        facts = trace.facts
        frames = asked_frames(options.frame, frame_count=facts.frame_count, fps=facts.fps)
        track_id = asked_object(options.object, dict.fromkeys(trace.track_ids, ""))
        kept = kept_of_trace(trace, track_id, frames)
        if not kept:
            raise CommandError(f"{options.source}: nothing is kept of {_which(frames)}; --list shows what is")
        _check_targets(options, len(kept))
        explained = [_of(facts.video_name, "", kept[frame]) for frame in sorted(kept)]
        if options.video is not None:
            source = open_now.enter_context(_video_of_trace(options, facts))
            first = next((row for row in trace.rows(track_id) if row.is_manual), None)
            for place, frame in enumerate(explained):
                found = (
                    None
                    if first is None
                    else true_box_since(
                        first.frame_index, first.box, source.ground_truth, frame.evidence.frame_index
                    )
                )
                explained[place] = replace(_with_pixels(frame, source), true_box=found)
        return _Explained(tuple(explained), EvidenceAbout(facts, trace.runs))


def _video_of_trace(options: ExplainOptions, facts: TraceFacts) -> VideoSource:
    assert options.video is not None
    source = open_source(options.video)
    if not facts.is_about(identity_of(source, options.video)):
        source.close()
        raise CommandError(
            f"{options.video}: not the video of {options.source}, which is {facts.video_name}, "
            f"{facts.frame_count} frames of {facts.width} x {facts.height}"
        )
    return source


def _of_project(options: ExplainOptions, make_tracker: MakeTracker) -> _Explained | None:
    with ExitStack() as open_now:
        project = open_now.enter_context(open_project(options.source, video=options.video))
        labels = {info.track_id: info.label for info in project.project.tracks()}
        trace = _kept_beside(options)
        if trace is not None:
            open_now.enter_context(trace)
        if options.list:
            _list(options, trace, labels)
            return None
        remember_range(project.choose_range, options.shown_range)
        source, why_not = _video(project)
        if source is None and trace is None:
            raise CommandError(why_not)
        fps = source.nominal_fps if source is not None else trace.facts.fps if trace is not None else 0.0
        frame_count = project.project.video.frame_count or (source.frame_count if source is not None else 0)
        frames = asked_frames(options.frame, frame_count=frame_count, fps=fps)
        track_id = asked_object(options.object, labels)
        _check_targets(options, len(frames))
        kept = {} if trace is None or options.again else _kept(trace, project, track_id, frames)
        missing = [frame for frame in frames if frame not in kept]
        is_complete = True
        if missing:
            if source is None:
                raise CommandError(
                    f"nothing is kept of {_which(missing)}, and it cannot be tracked again: {why_not}"
                )
            found, is_complete = _again(options, project, track_id, missing, make_tracker)
            kept |= found
        label = labels[track_id]
        explained = tuple(
            _with_video(project, track_id, source, _of(project.name, label, kept[frame])) for frame in sorted(kept)
        )
        facts = TraceFacts.of(project.project.video, fps=fps, program_version=program_version())
        return _Explained(explained, EvidenceAbout(facts, project.runs), is_complete)


def _kept_beside(options: ExplainOptions) -> Trace | None:
    """What the window has kept; None where that is nothing, or cannot be read: then all is tracked again."""
    sidecar = sidecar_of(options.source)
    if not sidecar.is_file():
        return None
    try:
        return Trace(sidecar)
    except TraceError as error:
        warn(f"what was kept is left aside: {error}")
        return None


def _kept(trace: Trace, project: SavedProject, track_id: int, frames: range) -> dict[int, KeptFrame]:
    try:
        return dict(kept_of_project(trace, project.project, track_id, frames))
    except TraceError as error:
        warn(f"what was kept is left aside: {error}")
        return {}


def _check_targets(options: ExplainOptions, frame_count: int) -> None:
    """Before the first is written, or anything is tracked; raises as `check_target`."""
    for path in options.outs:
        check_target(path, frame_count, inputs=_inputs(options), is_forced=options.force)


def _inputs(options: ExplainOptions) -> tuple[Path, ...]:
    """What is read, and never replaced."""
    return (options.source,) if options.video is None else (options.source, options.video)


def _video(project: SavedProject) -> tuple[VideoSource | None, str]:
    """The video, or why there is none."""
    try:
        return project.frames, ""
    except VideoError as error:
        return None, str(error)


def _again(
    options: ExplainOptions,
    project: SavedProject,
    track_id: int,
    frames: Sequence[int],
    make_tracker: MakeTracker,
) -> tuple[Mapping[int, KeptFrame], bool]:
    """By frame, and whether all of them were reached."""
    predictions = {frame: project.project.prediction(track_id, frame) for frame in frames}
    run_ids = {each.run_id for each in predictions.values() if each is not None}
    if len(run_ids) > 1:
        say(f"the frames are of {len(run_ids)} runs; tracking as the last of them did")
    # Where nothing was tracked, as what was tracked before.
    before = project.project.predictions(track_id, 0, max(frames)).rows["run_id"][-1:]
    run_id = max(run_ids, default=0) or int(before.max(initial=0))
    request = request_for(project.project, track_id, frames)
    settings = settings_of(project.runs.get(run_id), options.threads)
    with noticing_interrupts() as interrupt:
        job = Again(request, frames, project.frames, settings)
        ended = job.track(make_tracker, interrupt.should_cancel)
    for frame, evidence in sorted(ended.evidence.items()):
        say(f"frame {frame}: {compared(evidence, predictions[frame])}")
    kept = {frame: KeptFrame(evidence, run_id=run_id) for frame, evidence in ended.evidence.items()}
    return kept, ended.end is not RunEnd.INTERRUPTED


def _with_video(
    project: SavedProject, track_id: int, source: VideoSource | None, frame: ExplainedFrame
) -> ExplainedFrame:
    """With what only project and video know: picture, time, manual box, ground truth."""
    evidence = frame.evidence
    keyframe = project.project.keyframe(track_id, evidence.frame_index)
    frame = replace(frame, manual_box=None if keyframe is None else keyframe.box)
    if source is None:
        return frame
    evidence = replace(evidence, timestamp_s=source.timestamp_s(evidence.frame_index))
    frame = replace(
        frame,
        kept=replace(frame.kept, evidence=evidence),
        title=frame_title(frame.title[0], track_id, project.project.track(track_id).label, evidence),
        true_box=true_box(project.project, track_id, source.ground_truth, evidence.frame_index),
    )
    return _with_pixels(frame, source)


def _with_pixels(frame: ExplainedFrame, source: VideoSource) -> ExplainedFrame:
    pixels = source.read(frame.evidence.frame_index)
    evidence = replace(frame.evidence, picture=picture_around(pixels, frame.evidence.result))
    return replace(frame, kept=replace(frame.kept, evidence=evidence), picture=Picture.of_frame(pixels))


def _of(video: str, label: str, kept: KeptFrame) -> ExplainedFrame:
    return ExplainedFrame(kept, frame_title(video, kept.evidence.track_id, label, kept.evidence))


def _write(options: ExplainOptions, explained: _Explained) -> None:
    figure = FigureOptions(
        tuple(Panel(name) for name in options.panels),
        Width.ONE_COLUMN if options.columns == "1" else Width.TWO_COLUMNS,
        View(options.view),
        dpi=options.dpi,
        has_title=not options.no_title,
        has_legend=not options.no_legend,
    )
    for path in options.outs:
        write_evidence(
            path,
            explained.frames,
            explained.about,
            options=figure,
            inputs=_inputs(options),
            is_forced=options.force,
        )


def _tell(options: ExplainOptions, frames: Sequence[ExplainedFrame]) -> None:
    if options.json:
        documents: list[JsonValue] = [
            frame_document(each.evidence, true_box=each.true_box, manual_box=each.manual_box) for each in frames
        ]
        answer_json({"frames": documents, "files": [str(path) for path in options.outs]})
        return
    for frame in frames if len(frames) <= _TOLD else ():
        for line in _sentences(frame):
            answer(line)
    for path in options.outs:
        answer(f"{path}: {counted(len(frames), 'frame')}")


def _sentences(frame: ExplainedFrame) -> Iterator[str]:
    evidence, reasons = frame.evidence, frame.kept.reasons.words
    seen = evidence.diagnostics
    yield f"{', '.join(frame.title).replace(_MINUS, '-')}{f'; kept because: {reasons}' if reasons else ''}"
    if seen is None:
        yield "  a manual box, which the tracker learned without looking for the object"
        return
    candidates = seen.candidates
    counts = ", ".join(
        f"{ORIGINS[origin].name} {count}"
        for origin in CandidateOrigin
        if (count := int((candidates.origins == origin).sum()))
    )
    above = int((candidates.scores > 0).sum())
    yield f"  {counted(len(candidates.scores), 'candidate')} ({counts}), {above} with a score above 0"
    if len(candidates.best):
        best = int(candidates.best[0])
        origin = ORIGINS[CandidateOrigin(int(candidates.origins[best]))].name
        yield f"  the best one: {origin}, score {candidates.scores[best]:.2f} (log-odds)"
    if seen.response_map is not None:
        x, y = seen.response_map.peak
        yield f"  response: at most {seen.response_map.values.max():.2f} (log-odds), at x {x:.1f}, y {y:.1f} px"
    yield from _against("manual box", frame.manual_box, seen, seen.chosen_box)
    yield from _against("ground truth", frame.true_box, seen, evidence.box)


def _against(name: str, reference: Box | None, seen: Diagnostics, box: Box) -> Iterator[str]:
    """How well the candidates and the tracker's box cover where the object is."""
    if reference is not None:
        overlaps = Overlaps.of_candidates(seen.candidates, reference)
        yield (
            f"  {overlaps.reaching(ON_TARGET)} overlap the {name} by {ON_TARGET:g} or more (IoU), the best one by "
            f"{overlaps.best:.2f}; the tracker's box by {box.iou(reference):.2f}"
        )


def _list(options: ExplainOptions, trace: Trace | None, labels: Mapping[int, str]) -> None:
    """What is kept; of several runs, whose frames may be the same, with the run."""
    listed, runs = ([], {}) if trace is None else (list(trace.rows()), trace.runs)
    if options.object is not None:
        wanted = asked_object(options.object, labels or {row.track_id: "" for row in listed})
        listed = [row for row in listed if row.track_id == wanted]
    if options.json:
        answer_json(
            {
                "kept": [
                    {
                        "frame": row.frame_index,
                        "object": row.track_id,
                        "direction": "backward" if row.is_backward else "forward",
                        "run": row.run_id,
                        "system": runs[row.run_id].system if row.run_id in runs else None,
                        "score": row.score if np.isfinite(row.score) else None,
                        "is_found": row.is_found,
                        "reasons": row.reasons.words,
                    }
                    for row in listed
                ]
            }
        )
        return
    if not listed:
        answer("nothing is kept; any frame can be explained by tracking again")
    names_runs = len({row.run_id for row in listed}) > 1
    for row in listed:
        label = labels.get(row.track_id, "")
        name = f"object {row.track_id} ({label})" if label else f"object {row.track_id}"
        way = ", backward" if row.is_backward else ""
        system = f" {runs[row.run_id].system}" if row.run_id in runs else ""
        run = f", run {row.run_id}{system}" if names_runs else ""
        answer(
            f"frame {row.frame_index}, {name}{way}{run}: {score_words(row.score)}, "
            f"{row.reasons.words or 'kept with all'}"
        )


def _which(frames: Sequence[int]) -> str:
    if len(frames) == 1:
        return f"frame {frames[0]}"
    return f"frames {frames[0]} to {frames[-1]}"


_MINUS = "\u2212"
_TOLD = 10
"""Frames that are told about one by one."""
