"""Reads frames for the window on a thread of its own, so that a slow seek never holds the window up."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Qt, Signal, Slot

from dlst_gui.evidence.trace_name import is_trace_name
from dlst_gui.formats.labels.model import AnnotatedVideo
from dlst_gui.formats.transfer.described_video import described
from dlst_gui.project.opening import identity_of
from dlst_gui.project.video_identity import VideoIdentity
from dlst_gui.session.frame_cache import CachedFrames, FrameCache
from dlst_gui.session.owned_thread import OwnedThread, Worker
from dlst_gui.video.video_source import OpeningStopped, OpeningWatch, VideoError, VideoSource
from tracker_core import Box, Frame


class OpenSource(Protocol):
    """Opens a video in the thread that calls; `open_source` does, and an `IsolatedOpener`."""

    def __call__(self, path: Path, watch: OpeningWatch = ..., /) -> VideoSource:
        """Raises VideoError where it cannot, OpeningStopped where the watch says so."""
        ...


_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What the window knows about an opened source.

    Attributes:
        ground_truth: the boxes that it comes with, one entry per frame, None where there is none; None for none at
            all.
        identity: by which its project is found and checked.
        annotated: its size and timestamps, as labels speak about them.
    """

    path: Path
    name: str
    frame_count: int
    width: int
    height: int
    nominal_fps: float
    notice: str | None
    ground_truth: tuple[Box | None, ...] | None
    identity: VideoIdentity
    annotated: AnnotatedVideo

    @property
    def is_trace(self) -> bool:
        """Whether it is a file of evidence, without its video: there is nothing to track in."""
        return is_trace_name(self.path)

    @property
    def first_box(self) -> Box | None:
        """Its own annotation of frame 0, if any."""
        return self.ground_truth[0] if self.ground_truth else None


@dataclass(frozen=True, slots=True)
class DecodedFrame:
    """One decoded frame. `pixels` is not written to after it is handed over."""

    path: Path
    frame_index: int
    timestamp_s: float
    pixels: Frame


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A source to open, unless it is given up meanwhile: the one thing both threads share."""

    path: Path
    is_given_up: threading.Event


@dataclass(frozen=True, slots=True)
class ReadFailure:
    """A source that does not open (`frame_index` None) or a frame that cannot be read."""

    path: Path
    frame_index: int | None
    message: str


class FrameReaderWorker(Worker):
    """Holds one source and decodes what it is asked for."""

    opened = Signal(object)
    opening_progressed = Signal(float)
    frame_read = Signal(object)
    failed = Signal(object)

    def __init__(self, open_source: OpenSource, cache: FrameCache) -> None:
        super().__init__()
        self._open_source = open_source
        self._source: VideoSource | None = None
        self._path = Path()
        self._cache = cache

    @Slot(object)
    def on_open_requested(self, request: OpenRequest) -> None:
        """Replace the source; it stays where the new one cannot be opened."""
        path = request.path
        watch = OpeningWatch(self.opening_progressed.emit, request.is_given_up.is_set)
        try:
            watch.check()
            source = self._open_source(path, watch)
        except OpeningStopped:
            return  # whoever gave it up knows
        except VideoError as error:
            self.failed.emit(ReadFailure(path, None, str(error)))
            return
        except Exception as error:
            _log.exception("cannot open %s", path)
            self.failed.emit(ReadFailure(path, None, f"{path} cannot be opened: {error}"))
            return
        self.release()
        self._source, self._path = source, path
        self.opened.emit(describe_source(source, path))

    @Slot(int)
    def on_read_requested(self, frame_index: int) -> None:
        """Decode one frame of the present source."""
        if self._source is None:
            return
        try:
            pixels = CachedFrames(self._source, self._cache).read(frame_index)
            timestamp_s = self._source.timestamp_s(frame_index)
        except VideoError as error:
            self.failed.emit(ReadFailure(self._path, frame_index, str(error)))
            return
        except Exception as error:
            _log.exception("cannot read frame %d of %s", frame_index, self._path)
            message = f"{self._path}, frame {frame_index} cannot be read: {error}"
            self.failed.emit(ReadFailure(self._path, frame_index, message))
            return
        self.frame_read.emit(DecodedFrame(self._path, frame_index, timestamp_s, pixels))

    def release(self) -> None:  # noqa: D102 - see Worker
        self._cache.clear()
        if self._source is not None:
            self._source.close()
            self._source = None


class FrameReader(QObject):
    """The window's side: one read in flight at a time, and of those asked for meanwhile the latest wins."""

    opened = Signal(object)  # SourceInfo
    opening_progressed = Signal(float)  # as a share of 1
    frame_read = Signal(object)  # DecodedFrame
    failed = Signal(object)  # ReadFailure

    _open_requested = Signal(object)
    _read_requested = Signal(int)

    def __init__(self, open_source: OpenSource, cache: FrameCache) -> None:
        super().__init__()
        self._in_flight = False
        self._wanted: int | None = None
        self._is_given_up = threading.Event()  # the latest opening
        worker = FrameReaderWorker(open_source, cache)
        queued = Qt.ConnectionType.QueuedConnection
        self._open_requested.connect(worker.on_open_requested, queued)
        self._read_requested.connect(worker.on_read_requested, queued)
        worker.opened.connect(self._on_opened, queued)
        worker.opening_progressed.connect(self.opening_progressed, queued)
        worker.frame_read.connect(self._on_frame_read, queued)
        worker.failed.connect(self._on_failed, queued)
        self._thread = OwnedThread(worker, "frame reader")

    def open(self, path: Path) -> None:
        """Answered by `opened` or `failed`, unless it is given up; one that is under way is."""
        self.give_up_opening()
        self._is_given_up = threading.Event()
        self._open_requested.emit(OpenRequest(path, self._is_given_up))

    def give_up_opening(self) -> None:
        """Nothing is heard any more of what is being opened."""
        self._is_given_up.set()

    def request(self, frame_index: int) -> None:
        """Answered by `frame_read` or `failed`, unless a later request overtakes it."""
        if self._in_flight:
            self._wanted = frame_index
            return
        self._in_flight = True
        self._read_requested.emit(frame_index)

    def close(self) -> None:
        """End the thread; waits for the frame it reads, but for no opening."""
        self.give_up_opening()
        self._thread.close()

    @Slot(object)
    def _on_opened(self, info: SourceInfo) -> None:
        self._wanted = None
        self.opened.emit(info)

    @Slot(object)
    def _on_frame_read(self, frame: DecodedFrame) -> None:
        self._read_next()
        self.frame_read.emit(frame)

    @Slot(object)
    def _on_failed(self, failure: ReadFailure) -> None:
        if failure.frame_index is not None:
            self._read_next()
        self.failed.emit(failure)

    def _read_next(self) -> None:
        self._in_flight = False
        if self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            self.request(wanted)


def describe_source(source: VideoSource, path: Path) -> SourceInfo:
    """The source as plain values that may cross threads."""
    return SourceInfo(
        path=path,
        name=source.name,
        frame_count=source.frame_count,
        width=source.width,
        height=source.height,
        nominal_fps=source.nominal_fps,
        notice=source.notice,
        ground_truth=source.ground_truth,
        identity=identity_of(source, path),
        annotated=described(source),
    )
