"""A project as it is at one time, to be looked through and exported in any thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dlst_gui.exchange.content import ExportContent, content_of
from dlst_gui.exchange.export import ExportReport, OpenFrames, export
from dlst_gui.exchange.labelled_video import VideoStyle, export_video
from dlst_gui.exchange.plan import ExportPlan, ImageChoice
from dlst_gui.exchange.preflight import Finding, preflight
from dlst_gui.exchange.progress import UNWATCHED, Watch
from dlst_gui.formats.format import WriteOptions
from dlst_gui.formats.labels.model import AnnotatedVideo
from dlst_gui.formats.registry import format_named
from dlst_gui.formats.transfer.selection import Selection
from dlst_gui.project.project import Project
from dlst_gui.project.run_facts import RunFacts


@dataclass(frozen=True, slots=True)
class ExportPreview:
    """What an export would hold.

    Attributes:
        findings: what to know before; most name frames to review.
    """

    box_count: int
    track_count: int
    frame_count: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class VideoReport:
    """An annotated video that was written."""

    target: Path
    frame_count: int


@dataclass(frozen=True, slots=True, eq=False)
class ProjectSnapshot:
    """A project as it was, with what its export needs; belongs to whichever thread works on it.

    Attributes:
        project: read only.
        video: with all its frames.
        runs: what is known of tracking runs, by run id.
        open_frames: opens the video in the thread that calls it.
    """

    project: Project
    video: AnnotatedVideo
    runs: Mapping[int, RunFacts]
    open_frames: OpenFrames

    def content(self, selection: Selection, watch: Watch = UNWATCHED) -> ExportContent:
        """What an export writes, with what its receipt says."""
        return content_of(self.project, self.video, selection, self.runs, watch)

    def preflight(self, plan: ExportPlan) -> tuple[Finding, ...]:
        """What to know before an export, each with its place."""
        return preflight(self.project, self.content(plan.selection), plan)

    def preview(self, plan: ExportPlan, watch: Watch = UNWATCHED) -> ExportPreview:
        """Summarise and check what a plan would export."""
        content = self.content(plan.selection, watch)
        return ExportPreview(
            content.tally.boxes,
            len(content.labels.tracks),
            len(content.labels.video.frames),
            preflight(self.project, content, plan, watch),
        )

    def export(self, plan: ExportPlan, watch: Watch = UNWATCHED) -> ExportReport:
        """Write, read back and replace; `exchange.export` says what it raises."""
        return export(plan, self.content(plan.selection, watch), self.open_frames, watch)

    def export_as(
        self,
        format_name: str,
        target: Path | str,
        selection: Selection,
        *,
        images: ImageChoice | None = None,
        options: WriteOptions = WriteOptions(),  # noqa: B008 - cannot change
        watch: Watch = UNWATCHED,
        force: bool = False,
    ) -> ExportReport:
        """The same by a format's name; ValueError for one that is none."""
        plan = ExportPlan(format_named(format_name), Path(target), selection, options, images, is_forced=force)
        return self.export(plan, watch)

    def export_video(
        self,
        target: Path,
        selection: Selection,
        style: VideoStyle,
        watch: Watch = UNWATCHED,
        *,
        force: bool = False,
    ) -> VideoReport:
        """Write the frames with their boxes; `exchange.labelled_video` says what it raises."""
        content = self.content(selection, watch)
        export_video(target, content, self.open_frames, style=style, watch=watch, is_forced=force)
        return VideoReport(target, len(content.labels.video.frames))
