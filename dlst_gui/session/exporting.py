"""What the window exports: a snapshot of the project, which any thread may check and write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dlst_gui.exchange.content import ExportContent, content_of
from dlst_gui.exchange.export import ExportReport, OpenFrames, export
from dlst_gui.exchange.labelled_video import VideoStyle, export_video
from dlst_gui.exchange.plan import ExportPlan
from dlst_gui.exchange.preflight import Finding, preflight
from dlst_gui.exchange.progress import Watch
from dlst_gui.formats.format import Format
from dlst_gui.formats.model import AnnotatedVideo
from dlst_gui.formats.selection import Selection
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.project import Project
from dlst_gui.project.run_facts import RunFacts
from dlst_gui.session.session import Session


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
    """A project as it was, with what its export needs; belongs to whichever thread works on it."""

    project: Project
    video: AnnotatedVideo
    runs: Mapping[int, RunFacts]
    open_frames: OpenFrames

    def preview(self, plan: ExportPlan, _watch: Watch) -> ExportPreview:
        """Summarise and check what a plan would export."""
        content = self._content(plan.selection)
        return ExportPreview(
            content.labels.box_count(),
            len(content.labels.tracks),
            len(content.labels.video.frames),
            preflight(self.project, content, plan),
        )

    def export(self, plan: ExportPlan, watch: Watch) -> ExportReport:
        """Write, read back and replace; `exchange.export` says what it raises."""
        return export(plan, self._content(plan.selection), self.open_frames, watch)

    def export_video(self, target: Path, selection: Selection, style: VideoStyle, watch: Watch) -> VideoReport:
        """Write the frames with their boxes; `exchange.labelled_video` says what it raises."""
        content = self._content(selection)
        export_video(target, content, self.open_frames, style=style, watch=watch)
        return VideoReport(target, len(content.labels.video.frames))

    def _content(self, selection: Selection) -> ExportContent:
        return content_of(self.project, self.video, selection, self.runs)


class Exporting:
    """Takes snapshots of the session, and knows where its exports go by default."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def snapshot(self) -> ProjectSnapshot | None:
        """The project with everything that was done up to now; None where there is none, or a dialog says why."""
        session, source = self._session, self._session.playhead.source
        if session.project is None or source is None or not session.run.write():
            return None
        try:
            runs = session.current_project.run_facts()
        except ProjectFileError as error:
            session.failed.emit("Cannot export", str(error))
            return None
        open_frames = partial(session.open_source, source.path)
        return ProjectSnapshot(session.project.copied(), source.annotated, runs, open_frames)

    @property
    def project_key(self) -> Path:
        """By which a user's choices for this project are kept."""
        source = self._session.playhead.source
        return self._session.current_project.path or (Path() if source is None else source.path.absolute())

    def default_target(self, label_format: Format) -> Path:
        """Beside the video, named after it and the format."""
        is_ours = label_format.suffix == f".{label_format.name}"
        return self._beside_video(f"-{'labels' if is_ours else label_format.name}{label_format.suffix}")

    def default_video_target(self) -> Path:
        """Beside the video, never its own name."""
        return self._beside_video("-boxes.mp4")

    def _beside_video(self, ending: str) -> Path:
        source, project = self._session.playhead.source, self._session.current_project.path
        if source is None:
            return Path.home() / f"labels{ending}"
        video = source.path.absolute()
        # Where not even the project lies beside its video, nothing else should.
        is_beside = project is not None and project.resolve().parent == video.resolve().parent
        return (video.parent if is_beside else Path.home()) / f"{source.name}{ending}"
