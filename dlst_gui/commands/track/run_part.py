"""A run on its way: everything that it has found so far, so that it can be finished by another call.

    street.csv.part/boxes.jsonl    which run it is, then a line per frame, written as it is tracked
    street.csv.part/trace.jsonl    the trace, likewise; trace.dlsttrace where it is a file of evidence
    street.csv.part/tracker.npz    what the tracker had learned on some frame; replaced now and then
    street.csv.part/writer         locked for as long as its writer lives

JSON lines rather than a project: frames come in order and are only ever appended, so that a line is all it takes,
and anything that reads text can read them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.full_disk import DiskPatience
from dlst_gui.commands.running.line_file import LineFile
from dlst_gui.commands.track.evidence_trace import evidence_kept_up_to
from dlst_gui.commands.track.frame_lines import frame_line, read_frame
from dlst_gui.commands.track.run_facts import RunFacts
from dlst_gui.files import WriterLock, replaced_whole
from dlst_gui.project.placement import logs_of
from dlst_gui.tracking.tracking_run import FrameTracked, SavedTracker, TrackRequest
from dlst_gui.video.video_source import ClosedOnExit

_SUFFIX = ".part"
_LONGEST_NAME = 255 - len(_SUFFIX)  # bytes
_BOXES, _TRACE, _TRACKER, _WRITER = "boxes.jsonl", "trace.jsonl", "tracker.npz", "writer"
_EVIDENCE = "trace.dlsttrace"
_EVIDENCE_FILES = (_EVIDENCE, *(log.name for log in logs_of(Path(_EVIDENCE))))
_INTERRUPTED = b'{"ended": "interrupted"}'
_FRAME_KEY = "last frame"
_CHECKPOINT_EVERY_S = 30.0
_CHECKPOINT_SHARE = 0.02
"""Of the time that tracking takes: where taking one takes long, they come less often."""


def part_folder(target: Path) -> Path:
    """Where the run lies that is to make a file."""
    name = os.fsencode(target.name)
    if len(name) > _LONGEST_NAME:
        return target.with_name(f".dlst-{hashlib.sha256(name).hexdigest()[:16]}.track{_SUFFIX}")
    return target.with_name(target.name + _SUFFIX)


class RunPart(ClosedOnExit):
    """The folder of one run; made with the first frame.

    Args:
        folder: see `part_folder`.
        facts: of the run that is asked for.
        request: what it tracks.
        patience: with a full disk.
        drops_earlier: begin anew, whatever run has been left there.
        has_evidence: the trace is a file of evidence.

    Attributes:
        frames: what is known so far, by frame: of earlier calls and of this one.
        facts: of the run; a run that is taken up again keeps its threads.
        dropped: frames of an interrupted run with other arguments, which makes room for this one.

    Raises:
        CommandError: another process writes there; or there is an earlier run that differs and was not ended by
            will; or something that is no run.
    """

    def __init__(
        self,
        folder: Path,
        facts: RunFacts,
        request: TrackRequest,
        patience: DiskPatience,
        *,
        drops_earlier: bool = False,
        has_evidence: bool = False,
    ) -> None:
        self._folder = folder
        self._has_evidence = has_evidence
        self._request = request
        self._patience = patience
        self.facts = facts
        self.frames: dict[int, FrameTracked] = {}
        self.dropped = 0
        self._kept_bytes = 0
        self._kept_trace_bytes = 0
        self._lock: WriterLock | None = None
        self._boxes: LineFile | None = None
        self._next_checkpoint_s = time.monotonic() + _CHECKPOINT_EVERY_S
        if folder.exists():
            try:
                self._take_up(drops_earlier=drops_earlier)
            except BaseException:
                self.close()
                raise

    @property
    def folder(self) -> Path:
        return self._folder

    @property
    def trace_path(self) -> Path:
        return self._folder / (_EVIDENCE if self._has_evidence else _TRACE)

    @property
    def is_complete(self) -> bool:
        """Whether every frame of the run is there."""
        return len(self.frames) == self._request.frame_count

    def in_order(self) -> tuple[FrameTracked, ...]:
        """All frames without a gap, from the first one on."""
        frames = []
        for index in self._request.frames_from(self._request.start_frame):
            if index not in self.frames:
                break
            frames.append(self.frames[index])
        return tuple(frames)

    def saved_tracker(self) -> SavedTracker | None:
        """From which the run can go on; None: from its first frame."""
        try:
            with np.load(self._folder / _TRACKER, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            last_frame = int(arrays.pop(_FRAME_KEY))
        except (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        reached = self._request.start_frame + len(self.in_order())
        return SavedTracker(last_frame, arrays) if self._request.start_frame < last_frame < reached else None

    @property
    def is_checkpoint_due(self) -> bool:
        return time.monotonic() >= self._next_checkpoint_s

    def save_tracker(self, last_frame: int, checkpoint: Mapping[str, NDArray[np.generic]], began_s: float) -> None:
        """Keep what a tracker has learned; where that cannot be written, what was kept before stays.

        Args:
            last_frame: after which it was taken.
            checkpoint: as it came from the tracker.
            began_s: `time.monotonic` before it was taken.
        """
        arrays = {_FRAME_KEY: np.array(last_frame), **checkpoint}
        with suppress(OSError), replaced_whole(self._folder / _TRACKER) as unfinished:
            _write_arrays(unfinished, arrays)
        now_s = time.monotonic()
        self._next_checkpoint_s = now_s + max(_CHECKPOINT_EVERY_S, (now_s - began_s) / _CHECKPOINT_SHARE)

    def write(self, tracked: FrameTracked) -> None:
        """Take in one more frame; it is with the operating system afterwards. Raises CommandError."""
        tracked = replace(tracked, result=replace(tracked.result, diagnostics=None))
        self.frames[tracked.frame_index] = tracked
        self._opened().append(frame_line(tracked))

    def trace_kept_up_to(self, last_frame: int | None) -> bool:
        """Cut the trace after a frame, with which a run goes on; False where it does not come that far.

        Args:
            last_frame: None: nothing is kept.
        """
        self._kept_trace_bytes = 0
        if last_frame is None:
            if self._has_evidence:
                self._remove_evidence()
            return True
        wanted = len(range(self._request.start_frame, last_frame + 1))
        if self._has_evidence:
            return evidence_kept_up_to(self.trace_path, last_frame, wanted)
        try:
            with self.trace_path.open("rb") as file:
                for _ in range(wanted):
                    line = file.readline()
                    if not line.endswith(b"\n"):
                        self._kept_trace_bytes = 0
                        return False
                    self._kept_trace_bytes += len(line)
        except OSError:
            return False
        return True

    def opened_trace(self) -> LineFile:
        """For the trace, to be closed by the caller; what was kept stays in it."""
        self._opened()
        return LineFile(
            self.trace_path, self._patience, keep_bytes=self._kept_trace_bytes, waiting="the latest frame"
        )

    def mark_interrupted(self) -> None:
        """Somebody has ended it by will: a run with other arguments may take its place."""
        self._opened().append(_INTERRUPTED.decode())

    def close(self) -> None:
        """See `ClosedOnExit`; the run can be taken up again."""
        boxes, self._boxes = self._boxes, None
        lock, self._lock = self._lock, None
        try:
            if boxes is not None:
                boxes.close()
        finally:
            if lock is not None:
                lock.close()

    def remove(self) -> None:
        """The run has come to its end, and its files are written."""
        if self._boxes is not None:
            self._boxes.close()
            self._boxes = None
        if self._lock is not None:
            self._clear()
            with suppress(OSError):
                (self._folder / _WRITER).unlink()
                self._folder.rmdir()
        self.close()

    def _take_up(self, *, drops_earlier: bool) -> None:
        names = {path.name for path in self._folder.iterdir()} if self._folder.is_dir() else {""}
        known = {_BOXES, _TRACE, _TRACKER, _WRITER, *_EVIDENCE_FILES}
        if names - known - {each for each in names if each.startswith(".dlst-")}:
            raise CommandError(f"{self._folder} is in the way: it is no unfinished run; move it away")
        self._acquire()
        facts, is_interrupted = self._read()
        if facts is None:
            return
        differences = () if drops_earlier else self.facts.differences(facts)
        if differences and not is_interrupted:
            raise CommandError(
                f"{self._folder} holds {len(self.frames)} frames of an unfinished run that differs in: "
                f"{', '.join(differences)}. Finish it with the same arguments as before, or drop it with --restart"
            )
        if drops_earlier or differences:
            self.dropped, self.frames, self._kept_bytes = len(self.frames), {}, 0
            self._clear()
            return
        self.facts = facts

    def _read(self) -> tuple[RunFacts | None, bool]:
        """Take in what is there up to the first line that is damaged or not complete."""
        facts, is_interrupted = None, False
        with suppress(FileNotFoundError), (self._folder / _BOXES).open("rb") as file:
            header = file.readline()
            facts = RunFacts.read(header) if header.endswith(b"\n") else None
            if facts is None and header.endswith(b"\n"):
                raise CommandError(f"{file.name} was not written by this version of the program; move it away")
            self._kept_bytes = len(header) if facts is not None else 0
            for line in file if facts is not None else ():
                tracked = read_frame(line, self._request.run_id)
                is_interrupted = line.strip() == _INTERRUPTED
                if not line.endswith(b"\n") or (tracked is None and not is_interrupted):
                    break
                self._kept_bytes += len(line)
                if tracked is not None:
                    self.frames[tracked.frame_index] = tracked
        return facts, is_interrupted

    def _opened(self) -> LineFile:
        if self._boxes is None:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise CommandError(f"{self._folder} cannot be made ({error.strerror or error})") from error
            if self._lock is None:
                self._acquire()
            path, kept = self._folder / _BOXES, self._kept_bytes
            self._boxes = LineFile(path, self._patience, keep_bytes=kept, waiting="the latest frame")
            if not kept:
                self._boxes.append(self.facts.line())
        return self._boxes

    def _acquire(self) -> None:
        try:
            self._lock = WriterLock(self._folder / _WRITER)
            is_ours = self._lock.take() is not False
        except OSError as error:
            raise CommandError(f"{self._folder} cannot be written ({error.strerror or error})") from error
        if not is_ours:
            raise CommandError(f"{self._folder}: another run is writing the same files; wait for its end")

    def make_folder(self) -> None:
        """See that there is the run's folder, for what somebody else writes there; raises CommandError."""
        self._opened()

    def _remove_evidence(self) -> None:
        for name in _EVIDENCE_FILES:
            with suppress(OSError):
                (self._folder / name).unlink(missing_ok=True)

    def _clear(self) -> None:
        self._remove_evidence()
        for name in (_TRACKER, _TRACE, _BOXES):
            with suppress(OSError):
                (self._folder / name).unlink(missing_ok=True)
        for staging in self._folder.glob(".dlst-*.part"):
            shutil.rmtree(staging, ignore_errors=True)


def _write_arrays(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """As `numpy.load` reads them; numbers alone, so that reading them runs nothing."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, array, allow_pickle=False)
