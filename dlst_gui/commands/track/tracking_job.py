"""The tracking itself: from the first frame, or from where an earlier call has ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.full_disk import DiskPatience
from dlst_gui.commands.running.progress import progress_bar, show_learning
from dlst_gui.commands.running.terminal import say, warn
from dlst_gui.commands.track.command import TrackOptions
from dlst_gui.commands.track.run_facts import RunFacts
from dlst_gui.commands.track.run_files import RunContext, RunFiles
from dlst_gui.commands.track.run_outputs import RunOutputs
from dlst_gui.commands.track.run_part import RunPart, part_folder
from dlst_gui.project.opening import identity_of
from dlst_gui.tracking.devices import cpu_threads
from dlst_gui.tracking.headless_run import HeadlessResult, RunEnd, run_headless
from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings
from dlst_gui.tracking.tracking_run import FrameTracked, TrackingRun, TrackRequest
from dlst_gui.video import InParts, ReadAhead, VideoSource
from tracker_core import AnyFrame, CheckpointError, Resumable, ShouldCancel, TrackingCancelled

OnTracked = Callable[[FrameTracked, TrackingRun, ReadAhead[AnyFrame]], None]


@dataclass(frozen=True, slots=True)
class TrackingJob:
    """What is to be tracked, and how it can be stopped."""

    source: VideoSource
    request: TrackRequest
    make_tracker: MakeTracker
    should_cancel: ShouldCancel

    def follow(
        self,
        settings: TrackerSettings,
        part: RunPart | None = None,
        on_tracked: OnTracked | None = None,
        *,
        with_diagnostics: bool = False,
    ) -> HeadlessResult:
        """Track on from where the part has come to.

        Args:
            settings: what tracks.
            part: of the run; None: there is none, and all of it is tracked.
            on_tracked: told of every frame that this call tracks.
            with_diagnostics: whether it gets them.
        """
        with ExitStack() as open_now:
            # Before the tracker is made: some of its networks keep to the threads that they begin with.
            open_now.enter_context(cpu_threads(settings.threads))
            tracker = self.make_tracker(settings)
            _introduce(self.source, settings)
            frames = open_now.enter_context(ReadAhead(InParts(self.source)))
            bar = open_now.enter_context(progress_bar(self.request.frame_count, self.source.name))
            run = TrackingRun(self.request, frames, tracker)

            def show(fraction: float) -> None:
                show_learning(bar, fraction)

            def on_frame(tracked: FrameTracked) -> None:
                if on_tracked is not None:
                    on_tracked(tracked, run, frames)
                bar.set_postfix_str("" if tracked.result.is_found else "lost", refresh=False)
                bar.update()

            if part is not None:
                with suppress(TrackingCancelled):  # which the first frame finds, too
                    _take_up(run, part, self.should_cancel, show, has_trace=with_diagnostics)
                bar.update(run.next_frame - self.request.start_frame)
            result = run_headless(
                run,
                on_frame=on_frame,
                should_cancel=self.should_cancel,
                on_progress=show,
                with_diagnostics=with_diagnostics,
            )
            if part is not None and result.end is RunEnd.INTERRUPTED:
                save_tracker(run, part)
            return result


def follow_into_files(
    job: TrackingJob, settings: TrackerSettings, outputs: RunOutputs, options: TrackOptions
) -> tuple[TrackerSettings, HeadlessResult]:
    """Track, or finish what an earlier call has begun, and write the files; whatever ends it, the boxes are kept.

    Returns:
        what has tracked, and all frames of the run.

    Raises:
        CommandError, ExportError, VideoError: something cannot be written.
    """
    identity = identity_of(job.source, job.source.path)
    patience = DiskPatience.of_terminal(job.should_cancel)
    has_given_threads = options.threads is not None
    facts = RunFacts.of(
        identity,
        job.request,
        settings,
        outputs,
        has_given_threads=has_given_threads,
        shown_range=job.source.shown_range,
    )
    folder = part_folder(outputs.written()[0][1])
    has_evidence, is_new = outputs.has_evidence, options.restart
    with RunPart(folder, facts, job.request, patience, drops_earlier=is_new, has_evidence=has_evidence) as part:
        if part.dropped and not options.restart:
            say(f"{folder}: an interrupted run with other arguments ({part.dropped} frames) is dropped")
        settings = replace(settings, threads=part.facts.threads)
        context = RunContext(outputs, job.source, identity, settings, patience)
        is_whole = not part.frames
        with RunFiles(context, part, is_whole=is_whole) as files:
            result = _followed(job, part, files, context)
            files.write(is_finished=result.end is not RunEnd.INTERRUPTED)
        if not result.frames:
            return settings, result
        if result.end is RunEnd.INTERRUPTED:
            part.mark_interrupted()
        else:
            part.remove()
    return settings, result


def _followed(job: TrackingJob, part: RunPart, files: RunFiles, context: RunContext) -> HeadlessResult:
    """The frames of earlier calls with those of this one."""
    has_trace = context.outputs.trace is not None
    if part.is_complete and (not has_trace or part.trace_kept_up_to(job.request.last_frame)):
        say(f"all {len(part.frames)} frames are in {part.folder}")
        return HeadlessResult(part.in_order(), RunEnd.COMPLETED)

    def on_tracked(tracked: FrameTracked, run: TrackingRun, frames: ReadAhead[AnyFrame]) -> None:
        files.add(tracked, frames)
        if part.is_checkpoint_due:
            save_tracker(run, part)

    try:
        result = job.follow(context.settings, part, on_tracked, with_diagnostics=has_trace)
    except CommandError as error:
        raise CommandError(f"{error}. {files.where_they_are}") from error
    except Exception:
        # A fault of the tracker: what it has found until then is wanted all the more.
        with suppress(Exception):
            files.write(is_finished=False)
        raise
    return replace(result, frames=part.in_order())


def save_tracker(run: TrackingRun, part: RunPart) -> None:
    """Keep what the tracker has learned up to the latest frame, where it can tell and there is one."""
    last_frame = run.next_frame - run.request.direction
    if last_frame <= run.request.start_frame:
        return
    began_s = time.monotonic()
    checkpoint = run.tracker.checkpoint() if isinstance(run.tracker, Resumable) else None
    if checkpoint is not None:
        part.save_tracker(last_frame, checkpoint, began_s)


def _take_up(
    run: TrackingRun,
    part: RunPart,
    should_cancel: ShouldCancel,
    on_progress: Callable[[float], None],
    *,
    has_trace: bool,
) -> None:
    """Go on from the latest checkpoint, else from the first frame."""
    saved = part.saved_tracker()
    if saved is not None and (not has_trace or part.trace_kept_up_to(saved.last_frame)):
        try:
            run.resume(saved, should_cancel=should_cancel, on_progress=on_progress)
        except CheckpointError as error:
            warn(f"{part.folder}: {error}; tracking again from the first frame")
        else:
            say(f"going on after frame {saved.last_frame} of the run in {part.folder} (--restart begins anew)")
            return
    part.trace_kept_up_to(None)
    if part.frames:
        say(f"{part.folder} holds {len(part.frames)} frames, but no state of the tracker: they are tracked again")


def _introduce(source: VideoSource, settings: TrackerSettings) -> None:
    say(f"{source.name}: {source.frame_count} frames of {source.width} x {source.height}")
    say(f"tracker {settings.preset}, {settings.mode}; backbone {settings.weights}; device {settings.device}")
    if source.notice:
        say(source.notice)
