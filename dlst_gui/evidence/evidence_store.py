"""The evidence beside a project, in a thread of its own: nobody waits for the disk.

The thread is left behind where the disk does not answer. What it has not written by then explains nothing later,
and nothing else is lost.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from dlst_gui.evidence.kept_frame import KeptFrame, evidence_on, scores_in
from dlst_gui.evidence.reasons import Reason
from dlst_gui.evidence.stored_scores import StoredScores
from dlst_gui.evidence.trace_database import connected, errors_named
from dlst_gui.evidence.trace_facts import DamagedTraceError, TraceError, TraceFacts, UnreadableTraceError
from dlst_gui.evidence.trace_writer import DEFAULT_LIMIT_BYTES, TraceWriter, remove_sidecar, set_aside
from dlst_gui.project.run_facts import RunFacts
from dlst_gui.project.video_identity import VideoIdentity
from tracker_core.evidence import FrameEvidence

WRITTEN_EVERY_S = 0.5
"""Ours. What a killed process loses."""

_MOST_WAITING = 2000
"""Ours. Frames, some 60 MB: beyond it a disk that hangs gets nothing more."""

Answer = TypeVar("Answer")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FoundEvidence:
    """What is kept of a frame, of all tracks and directions."""

    frame_index: int
    evidence: tuple[FrameEvidence, ...]


@dataclass(frozen=True, slots=True)
class FoundScores:
    """Of which frames the file tells, as it was opened."""

    scores: StoredScores


@dataclass(frozen=True, slots=True)
class KeepingEnded:
    """Nothing more is written, which loses explanations alone; `message` says why."""

    message: str


@dataclass(frozen=True, slots=True)
class SetAside:
    """The file could not be read, and was given this name; evidence is kept in a new one."""

    path: Path


Told = FoundEvidence | FoundScores | KeepingEnded | SetAside
Tell = Callable[[Told], None]
"""Called in the store's thread."""


@dataclass(frozen=True, slots=True)
class Sidecar:
    """Which file, and what it is about.

    Attributes:
        is_read_only: whether another window or nobody writes it.
    """

    path: Path
    video: VideoIdentity
    facts: TraceFacts
    limit_bytes: int = DEFAULT_LIMIT_BYTES
    is_read_only: bool = False


class EvidenceStore:
    """Keeps and finds evidence. Its functions return at once; `close` waits, but not for ever.

    The file is made with the first frame that is kept.
    """

    def __init__(self, sidecar: Sidecar, tell: Tell) -> None:
        self._sidecar = sidecar
        self._tell = tell
        self._writer: TraceWriter | None = None
        self._written: tuple[int, int] | None = None
        self._has_ended = sidecar.is_read_only
        self._changed = threading.Condition()
        self._waiting: deque[KeptFrame | tuple[int, int, Reason]] = deque()
        self._runs: dict[int, RunFacts] = {}
        self._wanted: int | None = None
        self._wanted_beside: deque[int] = deque()
        self._is_closing = False
        self._thread = threading.Thread(target=self._work, name="evidence", daemon=True)
        self._thread.start()

    def keep(self, frame: KeptFrame, run: RunFacts | None = None) -> None:
        """Write a frame soon, in the place of what there was of the same track, frame and direction."""
        with self._changed:
            if not self._has_ended and len(self._waiting) < _MOST_WAITING:
                if run is not None:
                    self._runs[frame.run_id] = run
                self._waiting.append(frame)
                self._changed.notify()

    def mark(self, frame_index: int, track_id: int, reasons: Reason) -> None:
        """Add reasons to what is kept of a frame."""
        with self._changed:
            if not self._has_ended:
                self._waiting.append((frame_index, track_id, reasons))
                self._changed.notify()

    def look(self, frame_index: int) -> None:
        """Have `FoundEvidence` of a frame told; of several that wait, only the latest is looked for."""
        with self._changed:
            self._wanted = frame_index
            self._changed.notify()

    def look_beside(self, frames: Iterable[int]) -> None:
        """Have `FoundEvidence` of several frames told, all at once, after the one of `look`.

        They take the place of those that were asked for so before and are not looked for yet.
        """
        with self._changed:
            self._wanted_beside = deque(frames)
            self._changed.notify()

    def close(self, wait_s: float = 2.0) -> None:
        """Write what waits and end; nothing is told afterwards."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join(wait_s)

    def _work(self) -> None:
        stored = self._asked_file(TraceWriter.scores, scores_in)
        if stored is not None and len(stored):
            self._say(FoundScores(stored))
        written_at_s = time.monotonic()
        found_beside: list[FoundEvidence] = []
        while True:
            with self._changed:
                due_in_s = written_at_s + WRITTEN_EVERY_S - time.monotonic()
                is_asked = self._wanted is not None or bool(self._wanted_beside)
                if not (self._is_closing or is_asked or (self._waiting and due_in_s <= 0)):
                    self._changed.wait(due_in_s if self._waiting else None)
                wanted, self._wanted = self._wanted, None
                beside = self._wanted_beside.popleft() if wanted is None and self._wanted_beside else None
                is_closing = self._is_closing
                is_due = wanted is not None or time.monotonic() >= written_at_s + WRITTEN_EVERY_S
                waiting = list(self._waiting) if is_due or is_closing else []
                if waiting:
                    self._waiting.clear()
                runs, self._runs = (self._runs, {}) if waiting else ({}, self._runs)
            if waiting:
                self._write(waiting, runs)
                written_at_s = time.monotonic()
            if wanted is not None and not is_closing:
                self._say(FoundEvidence(wanted, self._found(wanted)))
            if beside is not None and not is_closing:
                found_beside.append(FoundEvidence(beside, self._found(beside)))
            if found_beside and not self._wanted_beside:
                for each in found_beside:
                    self._say(each)
                found_beside.clear()
            if is_closing:
                break
        if self._writer is not None:
            self._writer.close()

    def _write(self, waiting: list[KeptFrame | tuple[int, int, Reason]], runs: dict[int, RunFacts]) -> None:
        for is_last_try in (False, True):
            try:
                self._write_all(waiting, runs)
                return
            except (DamagedTraceError, UnreadableTraceError) as error:
                if is_last_try or not self._is_put_away(error):
                    self._end(error)
                    return
            except TraceError as error:
                self._end(error)
                return
            except Exception as error:
                _log.exception("evidence was not kept")
                self._end(error)
                return

    def _write_all(self, waiting: list[KeptFrame | tuple[int, int, Reason]], runs: dict[int, RunFacts]) -> None:
        has_frames = any(isinstance(each, KeptFrame) for each in waiting)
        if self._writer is None and not has_frames and not self._sidecar.path.exists():
            return
        writer = self._opened()
        frames: list[KeptFrame] = []
        for each in waiting:
            if isinstance(each, KeptFrame):
                frames.append(each)
                continue
            if frames:  # thousands may be marked at once
                writer.keep(frames, runs)
                frames = []
            writer.mark(*each)
        writer.keep(frames, runs)

    def _opened(self) -> TraceWriter:
        """The file, made anew where somebody has taken it away since: what is written to that is lost."""
        sidecar = self._sidecar
        if self._writer is not None and _file_at(sidecar.path) != self._written:
            self._writer.close()
            self._writer = None
        if self._writer is None:
            self._writer = TraceWriter.sidecar(sidecar.path, sidecar.video, sidecar.facts, sidecar.limit_bytes)
            self._written = _file_at(sidecar.path)
        return self._writer

    def _is_put_away(self, error: TraceError) -> bool:
        """Make room for a new file: this one turned out to be damaged. What nobody can tell from others stays."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        try:
            if isinstance(error, UnreadableTraceError):
                self._say(SetAside(set_aside(self._sidecar.path)))
            else:
                remove_sidecar(self._sidecar.path)
        except TraceError as problem:
            _log.info("%s", problem)
            return False
        return True

    def _end(self, error: Exception) -> None:
        with self._changed:
            self._has_ended = True
            self._waiting.clear()
        self._say(KeepingEnded(str(error)))

    def _found(self, frame_index: int) -> tuple[FrameEvidence, ...]:
        return (
            self._asked_file(
                lambda writer: writer.evidence_on(frame_index),
                lambda connection: evidence_on(connection, frame_index),
            )
            or ()
        )

    def _asked_file(
        self, ask_writer: Callable[[TraceWriter], Answer], ask: Callable[[sqlite3.Connection], Answer]
    ) -> Answer | None:
        """What the file says, asked of whoever has it open; None where there is none, or it cannot be read."""
        path = self._sidecar.path
        try:
            if self._writer is None and not self._has_ended and path.exists():
                self._opened()
            if self._writer is not None:
                return ask_writer(self._writer)
            if not path.exists():
                return None
            connection = connected(path, read_only=True)  # anew each time: another window may replace it
            try:
                with errors_named(path):
                    return ask(connection)
            finally:
                connection.close()
        except TraceError as error:
            _log.info("no evidence: %s", error)
        except Exception:
            _log.exception("no evidence")
        return None

    def _say(self, told: Told) -> None:
        if not self._is_closing:
            self._tell(told)


def _file_at(path: Path) -> tuple[int, int] | None:
    """Which file has a name; None for none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
