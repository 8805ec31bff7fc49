"""The shown frame's evidence as a file, or as a figure in the clipboard; made beside the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, Qt, Slot
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from dlst_gui.evidence.explained_frame import EvidenceAbout, ExplainedFrame, frame_title
from dlst_gui.evidence.figures.subject import Picture
from dlst_gui.evidence.kept_frame import KeptFrame
from dlst_gui.evidence.pictures import picture_around
from dlst_gui.evidence.trace_facts import TraceError, TraceFacts
from dlst_gui.exchange.progress import Watch
from dlst_gui.project.errors import ProjectFileError, plain_words
from dlst_gui.session.background_job import BackgroundJob, JobCancelled, JobFailed
from dlst_gui.session.session import Session
from dlst_gui.settings.program_version import program_version
from dlst_gui.views.start.starting_folder import starting_folder

if TYPE_CHECKING:
    from dlst_gui.overlays import FrameScene
    from tracker_core import Frame

_FILTERS = (
    "Figure (*.svg *.pdf *.png)",
    "Table of candidates (*.csv *.parquet)",
    "Evidence for others, with the picture (*.dlsttrace)",
    "Everything but pixels (*.json)",
)
_COPIED = "Figure copied."
_BUSY = "The file before is still being written."
_NO_BOX = "Go to a frame with a box that the tracker has found."
_NO_CANDIDATES = "The tracker did not look for the object here: take another frame."


class EvidenceExport(QObject):
    """Asks where to, and writes; one thing at a time."""

    def __init__(
        self, window: QWidget, session: Session, shown: Callable[[], tuple[FrameScene, Frame | None]]
    ) -> None:
        """Begin.

        Args:
            window: over which is asked.
            session: whose frames are exported.
            shown: gives the shown frame, with its pixels where these are known.
        """
        super().__init__(window)
        self._window = window
        self._session = session
        self._shown = shown
        self._job: BackgroundJob | None = None

    def export(self) -> None:
        """Ask for a file, whose ending says what it becomes."""
        explained = self._explained()
        about = None if explained is None else self._about()
        if explained is None or about is None:
            return
        dialog = QFileDialog(self._window, "Export Evidence", self._folder(), ";;".join(_FILTERS))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(_name(explained))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def take(name: str) -> None:
            self.write(_with_ending(Path(name), dialog.selectedNameFilter()), explained, about)

        dialog.fileSelected.connect(take)
        dialog.open()

    def copy_figure(self) -> None:
        """Put the figure into the clipboard: as a picture, and as SVG for programs that take it."""
        explained = self._explained()
        if explained is None:
            return

        def work(watch: Watch) -> object:
            from dlst_gui.evidence.evidence_files import NothingSeenError, figure_of  # noqa: PLC0415 - matplotlib
            from dlst_gui.evidence.figures.frame_figure import FigureFormat, FigureOptions  # noqa: PLC0415

            try:
                options = FigureOptions(dpi=_CLIPBOARD_DPI)
                formats = (FigureFormat.PNG, FigureFormat.SVG)
                png, svg = (figure_of(explained, options, each) for each in formats)
            except (NothingSeenError, ValueError):
                return JobFailed(_NO_CANDIDATES)
            return QImage.fromData(png), svg

        self._run(work, self._on_drawn)

    def write(self, path: Path, explained: ExplainedFrame, about: EvidenceAbout) -> None:
        """Write a file of the name that a person chose, who was asked where there was one."""

        def work(watch: Watch) -> object:
            from dlst_gui.evidence.evidence_files import NothingSeenError, write_evidence  # noqa: PLC0415
            from dlst_gui.evidence.tables.candidate_files import MissingLibraryError  # noqa: PLC0415

            try:
                write_evidence(path, [explained], about, is_forced=True)
            except NothingSeenError:
                return JobFailed(_NO_CANDIDATES)
            except (MissingLibraryError, TraceError, ValueError) as error:
                return JobFailed(str(error))
            return path

        self._run(work, self._on_written)

    def close(self) -> None:
        """Wait for what is being written."""
        if self._job is not None:
            self._job.close()

    def _run(self, work: Callable[[Watch], object], take: Callable[[object], None]) -> None:
        if self._job is not None:
            self._session.noted.emit(_BUSY)
            return
        self._job = BackgroundJob(work, "evidence")
        self._job.ended.connect(take)

    @Slot(object)
    def _on_drawn(self, outcome: object) -> None:
        if not self._has_failed(outcome) and isinstance(outcome, tuple):
            image, svg = outcome
            content = QMimeData()
            content.setImageData(image)
            content.setData("image/svg+xml", svg)
            QGuiApplication.clipboard().setMimeData(content)
            self._session.noted.emit(_COPIED)

    @Slot(object)
    def _on_written(self, outcome: object) -> None:
        if not self._has_failed(outcome):
            self._session.noted.emit(f"Written: {outcome}")

    def _has_failed(self, outcome: object) -> bool:
        self._job = None
        if isinstance(outcome, JobFailed):
            self._session.failed.emit("Cannot export", outcome.message, outcome.details)
        return isinstance(outcome, JobFailed | JobCancelled)

    def _explained(self) -> ExplainedFrame | None:
        """The selected object on the shown frame; None where nothing is known, which is said."""
        scene, pixels = self._shown()
        source, evidence = self._session.playhead.source, scene.evidence
        if source is None or evidence is None or scene.track is None:
            self._session.noted.emit(scene.why_missing or _NO_BOX)
            return None
        evidence = replace(evidence, system=evidence.system or scene.system)
        if not self._session.is_trace:  # which has its own, of the video itself
            evidence = replace(
                evidence,
                timestamp_s=source.annotated.timestamp_s(scene.frame_index),
                picture=None if pixels is None else picture_around(pixels, evidence.result),
            )
        reference = scene.reference
        boxes = {} if reference is None else {reference.name: reference.box}
        kept = KeptFrame(evidence, run_id=0 if scene.prediction is None else scene.prediction.run_id)
        info = scene.track.info
        return ExplainedFrame(
            kept,
            frame_title(source.name, info.track_id, info.label, evidence),
            None if pixels is None else Picture.of_frame(pixels),
            true_box=boxes.get("true"),
            manual_box=boxes.get("manual"),
        )

    def _about(self) -> EvidenceAbout | None:
        project, source = self._session.project, self._session.playhead.source
        if project is None or source is None:
            return None
        try:
            runs = self._session.current_project.run_facts()
        except ProjectFileError as error:
            self._session.failed.emit("Cannot export", *plain_words(error))
            return None
        return EvidenceAbout(
            TraceFacts.of(project.video, fps=source.nominal_fps, program_version=program_version()), runs
        )

    def _folder(self) -> str:
        path = self._session.current_project.path
        return starting_folder([] if path is None else [path])


def _name(explained: ExplainedFrame) -> str:
    video, evidence = explained.title[0], explained.evidence
    return f"{video}-{evidence.track_id}-frame-{evidence.frame_index}.svg"


def _with_ending(path: Path, chosen: str) -> Path:
    """A name without an ending gets the first one of the filter that was chosen."""
    if path.suffix:
        return path
    return path.with_name(path.name + chosen.partition("*")[2].partition(" ")[0].rstrip(")"))


_CLIPBOARD_DPI = 200
"""Ours: 1370 pixels wide."""
