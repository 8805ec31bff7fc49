"""The trace of a run as a file of evidence, which opens without the video."""

from __future__ import annotations

import errno
from pathlib import Path

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.full_disk import DiskPatience
from dlst_gui.evidence.kept_frame import KeptFrame
from dlst_gui.evidence.pictures import picture_around
from dlst_gui.evidence.reasons import ORDINARY, reasons_of
from dlst_gui.evidence.trace_facts import FullDiskTraceError, TraceError, TraceFacts
from dlst_gui.evidence.trace_name import SUFFIX
from dlst_gui.evidence.trace_writer import TraceWriter
from dlst_gui.project.video_identity import VideoIdentity
from dlst_gui.settings.program_version import program_version
from dlst_gui.tracking.run_snapshot import RUN_ID, facts_of
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.tracking.tracking_run import FrameTracked
from dlst_gui.video.video_source import ClosedOnExit
from tracker_core import AnyFrame, Box
from tracker_core.evidence import FrameEvidence

TRACK_ID = 1


def is_evidence_name(path: Path | None) -> bool:
    """Whether a trace of this name is a file of evidence; any other has lines of JSON."""
    return path is not None and path.suffix.lower() == SUFFIX


class EvidenceTrace(ClosedOnExit):
    """Appends frames; each is with the operating system when `append` returns. Waits for a full disk.

    Raises:
        CommandError: it cannot be written.
    """

    def __init__(
        self, path: Path, video: VideoIdentity, fps: float, settings: TrackerSettings, patience: DiskPatience
    ) -> None:
        self._path = path
        self._patience = patience
        self._system = settings.system
        self._runs = {RUN_ID: facts_of(settings)}
        self._before: Box | None = None
        facts = TraceFacts.of(video, fps=fps, program_version=program_version())
        try:
            self._writer = TraceWriter.trace(path, facts)
        except TraceError as error:
            raise CommandError(str(error)) from error

    def append(self, tracked: FrameTracked, frame: AnyFrame, timestamp_s: float) -> None:
        """Write one more frame."""
        evidence = FrameEvidence(
            tracked.frame_index,
            TRACK_ID,
            tracked.result,
            is_manual=tracked.is_human,
            system=self._system,
            elapsed_s=tracked.elapsed_s,
            timestamp_s=timestamp_s,
            picture=picture_around(frame, tracked.result),
        )
        reasons = ORDINARY if tracked.is_human else reasons_of(evidence, self._before)
        self._before = evidence.box
        kept = KeptFrame(evidence, reasons, RUN_ID)
        try:
            self._patience.until_done(lambda: self._keep(kept), self._path, waiting="the latest frame")
        except (TraceError, OSError) as error:
            raise CommandError(str(error)) from error

    def close(self) -> None:
        """See `ClosedOnExit`; the file stands alone then."""
        self._writer.close()

    def _keep(self, kept: KeptFrame) -> None:
        try:
            self._writer.keep([kept], self._runs)
        except FullDiskTraceError as error:
            raise OSError(errno.ENOSPC, str(error)) from error


def evidence_kept_up_to(path: Path, last_frame: int, wanted: int) -> bool:
    """Cut a trace after a frame; False where it does not have as many frames as wanted until there."""
    if not path.exists():
        return False
    try:
        writer = TraceWriter.taken_up(path)
    except TraceError:
        return False
    try:
        writer.cut(last_frame)
        return writer.count() == wanted
    except TraceError:
        return False
    finally:
        writer.close()
