"""Finds out about jobs in a thread of its own: how far each is, and what it looks like.

The thread writes nothing but the picture cache. Whoever closes this does not wait for a disk that does not answer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from dlst_gui.jobs.job import Job, JobProgress
from dlst_gui.jobs.progress import ProgressReader
from dlst_gui.jobs.thumbnail_frame import Thumbnail
from dlst_gui.jobs.thumbnails import ThumbnailCache, ThumbnailMaker
from dlst_gui.project.counts import CountingStopped
from dlst_gui.video import VideoError

CLOSING_S = 2.0
"""Ours. How long the window waits for the thread, which gives up what it does at once, unless a disk hangs."""

IDLE_S = 5.0
"""Ours. After so long without a wish the process that makes pictures ends."""

_log = logging.getLogger(__name__)


class _Messenger(QObject):
    """Belongs to the window's thread; the lookup's thread keeps it, so that it outlives whoever asked."""

    progressed = Signal(object, int, object)  # the work, row, JobProgress
    pictured = Signal(object, int, object)  # the work, row, Thumbnail or None


@dataclass(eq=False)
class _Work:
    """What both threads share: what is wanted, and whether anything still is."""

    jobs: list[Job]
    changed: threading.Condition = field(default_factory=threading.Condition)
    rows: dict[int, None] = field(default_factory=dict)
    pictures: list[int] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    maker: ThumbnailMaker | None = None


class JobLookup(QObject):
    """Answers as it finds out, progress before pictures. Lives in the window's thread."""

    progressed = Signal(int, object)  # row, JobProgress
    pictured = Signal(int, object)  # row, Thumbnail; None where there is none

    def __init__(self, data_folder: Path | None, cache_folder: Path) -> None:
        super().__init__()
        self._reader = ProgressReader(data_folder)
        self._cache = ThumbnailCache(cache_folder)
        self._work: _Work | None = None
        self._thread: threading.Thread | None = None
        self._messenger = _Messenger()
        self._messenger.progressed.connect(self._on_progressed, Qt.ConnectionType.QueuedConnection)
        self._messenger.pictured.connect(self._on_pictured, Qt.ConnectionType.QueuedConnection)

    @property
    def reader(self) -> ProgressReader:
        return self._reader

    def open(self, jobs: Sequence[Job]) -> None:
        """Look up the progress of all of these; what was asked before is left."""
        self.close()
        self._work = work = _Work(list(jobs), rows=dict.fromkeys(range(len(jobs))))
        arguments = work, self._reader, self._cache, self._messenger
        self._thread = threading.Thread(target=_look_up, args=arguments, name="job lookup", daemon=True)
        self._thread.start()

    def look_again(self, rows: Iterable[int]) -> None:
        """Look up the progress of these again; those that have not changed cost next to nothing."""
        if self._work is not None:
            with self._work.changed:
                self._work.rows |= dict.fromkeys(rows)
                self._work.changed.notify()

    def replace(self, row: int, job: Job) -> None:
        """The project of a job lies elsewhere; its video is the same."""
        if self._work is not None:
            with self._work.changed:
                self._work.jobs[row] = job
                self._work.rows[row] = None
                self._work.changed.notify()

    def want_picture(self, row: int) -> None:
        """Ask for the picture of a job. The latest wish goes first: that is what one looks at."""
        if self._work is not None:
            with self._work.changed:
                self._work.pictures.append(row)
                self._work.changed.notify()

    def close(self) -> None:
        """Leave everything."""
        work, thread = self._work, self._thread
        self._work = self._thread = None
        if work is None or thread is None:
            return
        with work.changed:
            work.over.set()
            work.changed.notify()
            maker = work.maker
        if maker is not None:
            maker.interrupt()
        thread.join(CLOSING_S)

    @Slot(object, int, object)
    def _on_progressed(self, work: _Work, row: int, progress: JobProgress) -> None:
        if work is self._work:
            self.progressed.emit(row, progress)

    @Slot(object, int, object)
    def _on_pictured(self, work: _Work, row: int, thumbnail: Thumbnail | None) -> None:
        if work is self._work:
            self.pictured.emit(row, thumbnail)


def _look_up(work: _Work, reader: ProgressReader, cache: ThumbnailCache, messenger: _Messenger) -> None:
    try:
        while True:
            with work.changed:
                while not (work.rows or work.pictures or work.over.is_set()):
                    if not work.changed.wait(None if work.maker is None else IDLE_S):
                        _put_maker_away(work)
                if work.over.is_set():
                    return
                row = next(iter(work.rows), None)
                if row is not None:
                    del work.rows[row]
                    picture = None
                else:
                    picture = work.pictures.pop()
            if row is not None:
                _tell_progress(work, row, reader, messenger)
            elif picture is not None:
                messenger.pictured.emit(work, picture, _thumbnail(work, picture, cache))
    except CountingStopped:
        return
    finally:
        _put_maker_away(work)
        cache.forget_oldest()


def _put_maker_away(work: _Work) -> None:
    """End its process, which takes memory; the next picture has another one made."""
    maker, work.maker = work.maker, None
    if maker is not None:
        maker.close()


def _tell_progress(work: _Work, row: int, reader: ProgressReader, messenger: _Messenger) -> None:
    try:
        progress = reader.progress_of(work.jobs[row], work.over.is_set)
    except CountingStopped:
        raise
    except Exception:
        _log.exception("progress of %s", work.jobs[row].video)
        return
    messenger.progressed.emit(work, row, progress)


def _thumbnail(work: _Work, row: int, cache: ThumbnailCache) -> Thumbnail | None:
    video = work.jobs[row].video
    kept = cache.get(video)
    if kept is not None or work.over.is_set():
        return kept
    try:
        if work.maker is None:
            maker = ThumbnailMaker([job.video for job in work.jobs])
            with work.changed:
                work.maker = maker
        if work.over.is_set():
            return None
        made = work.maker.make(row)
        cache.keep(video, made)
        return made
    except VideoError:
        pass  # the row says without a picture that it is there
    except Exception:
        _log.exception("picture of %s", video)
    return None
