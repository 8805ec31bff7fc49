"""What a run writes: its part while it goes on, and in the end the files that were asked for."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.full_disk import DiskFullError, DiskPatience
from dlst_gui.commands.running.line_file import LineFile
from dlst_gui.commands.running.terminal import say
from dlst_gui.commands.track.evidence_trace import EvidenceTrace
from dlst_gui.commands.track.run_outputs import RunOutputs
from dlst_gui.commands.track.run_part import RunPart
from dlst_gui.commands.track.run_video import RunVideo
from dlst_gui.commands.track.trace_file import trace_line
from dlst_gui.exchange.errors import ExportError
from dlst_gui.exchange.plan import ExportPlan
from dlst_gui.exchange.snapshot import ProjectSnapshot
from dlst_gui.files import replaced_whole
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.own.project_jsonl import JSONL
from dlst_gui.project.opening import projects_folder
from dlst_gui.project.video_identity import VideoIdentity
from dlst_gui.tracking.run_snapshot import snapshot_of_run
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.tracking.tracking_run import FrameTracked
from dlst_gui.video import ReadAhead, VideoSource
from dlst_gui.video.video_source import ClosedOnExit
from tracker_core import AnyFrame


@dataclass(frozen=True, slots=True)
class RunContext:
    """What all the files of a run are about.

    Attributes:
        settings: what tracks.
        patience: with a full disk.
    """

    outputs: RunOutputs
    source: VideoSource
    identity: VideoIdentity
    settings: TrackerSettings
    patience: DiskPatience


class RunFiles(ClosedOnExit):
    """Takes in the frames of one call, and writes the files of the whole run.

    Args:
        context: see there.
        part: of the run, with what earlier calls have found.
        is_whole: this call tracks all frames of the run.
    """

    def __init__(self, context: RunContext, part: RunPart, *, is_whole: bool) -> None:
        self._context = context
        self._part = part
        self._lines: LineFile | None = None
        self._evidence: EvidenceTrace | None = None
        path = context.outputs.video
        self._video = None if path is None else RunVideo(path, context.source, is_whole=is_whole)

    def add(self, tracked: FrameTracked, frames: ReadAhead[AnyFrame]) -> None:
        """Take in a frame, which was read last.

        Raises:
            CommandError: it cannot be written; what came before is in the part.
            VideoError: the video cannot be written.
        """
        context = self._context
        if context.outputs.trace is not None:
            # Before the box: a trace that lacks a frame could not be gone on with.
            self._add_to_trace(tracked, frames)
        self._part.write(tracked)
        if self._video is not None:
            self._video.add(tracked, frames)

    def _add_to_trace(self, tracked: FrameTracked, frames: ReadAhead[AnyFrame]) -> None:
        context = self._context
        shown_s = context.source.timestamp_s(tracked.frame_index)
        if not context.outputs.has_evidence:
            self._lines = self._lines or self._part.opened_trace()
            self._lines.append(trace_line(tracked, shown_s, context.settings.system))
            return
        if self._evidence is None:
            self._part.make_folder()
            self._evidence = EvidenceTrace(
                self._part.trace_path,
                context.identity,
                context.source.nominal_fps,
                context.settings,
                context.patience,
            )
        self._evidence.append(tracked, frames.read(tracked.frame_index), shown_s)

    @property
    def where_they_are(self) -> str:
        """A sentence on what was found so far."""
        count = len(self._part.in_order())
        return f"The boxes of {count} frames are in {self._part.folder}; the same call goes on from there"

    def write(self, *, is_finished: bool) -> None:
        """Put the files in their places.

        Args:
            is_finished: no other call goes on with the run: a video is drawn, however long that takes.

        Raises:
            CommandError: one of them cannot be written; it says where the boxes are.
            VideoError: the video cannot be written.
        """
        frames = self._part.in_order()
        if not frames:
            return
        if self._context.outputs.labels is not None:
            self._write_labels(self._context.outputs.labels, frames)
        if self._context.outputs.trace is not None:
            self._close_trace()  # a file of evidence is whole without its log only then
            self._write_trace(self._context.outputs.trace)
        if self._video is not None and (is_finished or not self._video.is_behind):
            self._video.finish(frames, self._context.patience)
        elif self._video is not None:
            say(f"{self._context.outputs.video}: will be drawn when the run is finished")

    def close(self) -> None:
        """See `ClosedOnExit`."""
        try:
            self._close_trace()
        finally:
            if self._video is not None:
                self._video.close()

    def _close_trace(self) -> None:
        lines, self._lines = self._lines, None
        evidence, self._evidence = self._evidence, None
        try:
            if lines is not None:
                lines.close()
        finally:
            if evidence is not None:
                evidence.close()

    def _write_labels(self, plan: ExportPlan, frames: Sequence[FrameTracked]) -> None:
        context = self._context
        snapshot = snapshot_of_run(context.source, context.identity, frames, context.settings)
        try:
            context.patience.until_done(
                lambda: snapshot.export(plan), plan.target, waiting=f"the boxes of {len(frames)} frames"
            )
        except (ExportError, FormatError, DiskFullError) as error:
            kept = _rescued(snapshot, plan)
            as_file = "" if kept is None else f". The boxes are in {kept}: `dlst import` reads it"
            raise CommandError(f"{error}{as_file}. {self.where_they_are}") from error

    def _write_trace(self, path: Path) -> None:
        def write() -> None:
            with replaced_whole(path) as unfinished:
                shutil.copyfile(self._part.trace_path, unfinished)

        try:
            self._context.patience.until_done(write, path, waiting="the trace")
        except OSError as error:
            problem = (
                f"{path} cannot be written ({error.strerror or error}); the trace is in {self._part.trace_path}"
            )
            raise CommandError(problem) from error


def _rescued(snapshot: ProjectSnapshot, plan: ExportPlan) -> Path | None:
    """Where the boxes are, as JSON lines in the user's data folder; None where that takes none either."""
    folder = projects_folder().parent / "rescued"
    target = folder / f"{datetime.now():%Y-%m-%d-%H%M%S}-{snapshot.video.name:.80}.jsonl"
    with suppress(ExportError, FormatError):
        snapshot.export(replace(plan, label_format=JSONL, target=target))
        return target
    return None
