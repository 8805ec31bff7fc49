"""A source of frames whose decoder runs in another process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits
from dlst_gui.video.isolation.decoder_process import DecoderProcess, ProcessEndedError
from dlst_gui.video.isolation.frame_crashes import FrameCrashes
from dlst_gui.video.isolation.frame_slots import FrameSlots, SlotShape
from dlst_gui.video.isolation.source_facts import SourceFacts
from dlst_gui.video.video_source import (
    UNWATCHED,
    DecoderCrashError,
    FrameSequence,
    OpeningStopped,
    OpeningWatch,
    ShownRange,
    VideoError,
    check_frame_index,
)
from tracker_core import Box, Frame

SLOT_COUNT = 2  # one is read from while the other is filled

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a decoder may take, for a frame or without getting further in opening, before it is ended."""

    opening_s: float = limits.LONGEST_STANDSTILL_S
    frame_s: float = limits.LONGEST_FRAME_S


USUAL_PATIENCE = Patience()


class IsolatedSource(FrameSequence):
    """A `VideoSource` over another one in a child process. One instance belongs to one thread, but for `close`.

    A child that crashes or hangs costs the frame that was asked for: that read raises `DecoderCrashError`, and the
    next one starts another child. A frame that crashed two children is refused from then on.

    Where frames are read in order, in either direction, the child decodes one ahead. Each frame is copied twice:
    into shared memory by the child, and out of it into a fresh array.

    Args:
        path: what to `open`.
        start: gives a process that has not opened anything yet.
        crashes: of this video.
        patience: how long the child may take.
    """

    def __init__(
        self,
        path: Path,
        start: Callable[[], DecoderProcess],
        crashes: FrameCrashes,
        patience: Patience = Patience(),
    ) -> None:
        self._asked_path = path
        self._start = start
        self._crashes = crashes
        self._patience = patience
        self._lock = threading.Lock()  # over the next two, which `close` changes from other threads
        self._is_closed = False
        self._process: DecoderProcess | None = None
        self._slots: FrameSlots | None = None
        self._slot = 0  # the one that the next frame is in, or will be
        self._ahead: int | None = None  # the frame that the child decodes unasked
        self._last_read = -1
        self._facts: SourceFacts
        self._notice: str | None = None

    def open(self, watch: OpeningWatch = UNWATCHED) -> None:
        """Open it; nothing else can be asked before. The watch is asked all the while, whatever the child does.

        Raises:
            VideoError: as the source in the child says, or that child has crashed over it.
            OpeningStopped: `watch` said so, or `close` was called.
        """
        self._facts = self._opened_child(watch)
        self._notice = self._facts.notice

    @property
    def is_open(self) -> bool:
        """Whether it has been opened, be it closed since or not."""
        return hasattr(self, "_facts")

    @property
    def path(self) -> Path:
        return self._facts.path

    @property
    def name(self) -> str:
        return self._facts.name

    @property
    def frame_count(self) -> int:
        return self._facts.frame_count

    @property
    def width(self) -> int:
        return self._facts.width

    @property
    def height(self) -> int:
        return self._facts.height

    @property
    def nominal_fps(self) -> float:
        return self._facts.nominal_fps

    @cached_property
    def ground_truth(self) -> tuple[Box | None, ...] | None:
        """As the source in the child has it."""
        return self._facts.ground_truth()

    @property
    def notice(self) -> str | None:
        return self._notice

    @property
    def shown_range(self) -> ShownRange | None:
        return self._facts.shown_range

    @property
    def process_id(self) -> int | None:
        """Of the child, for those who watch it; None where there is none now."""
        process = self._process
        return None if process is None else process.process_id

    def timestamp_s(self, frame_index: int) -> float:
        """See `VideoSource`."""
        check_frame_index(self.name, frame_index, self.frame_count)
        return float(self._facts.timestamps_s[frame_index])

    def timestamps_s(self) -> NDArray[np.float64]:
        """(frame_count,) what `timestamp_s` says of each frame."""
        return self._facts.timestamps_s.copy()

    def read(self, frame_index: int) -> Frame:
        """See `VideoSource`.

        Raises:
            DecoderCrashError: the child did not survive it, or hung.
            VideoError: otherwise as `VideoSource` says.
        """
        check_frame_index(self.name, frame_index, self.frame_count)
        if self._is_closed:
            raise self._closed(frame_index)
        if self._crashes.is_refused(frame_index):
            raise VideoError(
                f"{self.path}: frame {frame_index} is not read any more, because decoders crashed on it twice"
                "; go on from a later frame"
            )
        if not self._awaited_ahead(frame_index):
            self._read_anew(frame_index)
        slots, slot = self._slots, self._slot
        assert slots is not None
        self._slot = (slot + 1) % SLOT_COUNT
        self._read_ahead(2 * frame_index - self._last_read if abs(frame_index - self._last_read) == 1 else None)
        self._last_read = frame_index
        return slots.taken(slot)

    def close(self) -> None:
        """End the child, whatever it does; a read in another thread fails at once. May be called twice."""
        with self._lock:
            self._is_closed = True
        self._drop_child()

    def _awaited_ahead(self, wanted: int) -> bool:
        """Wait for the frame that is decoded unasked, if there is one; whether it is the one wanted."""
        ahead, self._ahead = self._ahead, None
        if ahead is None:
            return False
        try:
            self._await(ahead)
        except VideoError:
            if ahead == wanted:
                raise
        return ahead == wanted

    def _read_anew(self, frame_index: int) -> None:
        if not self._is_asked_for(frame_index):  # the child has gone before, so this frame is not to blame
            self._replace_child()
            self._is_asked_for(frame_index)
        self._await(frame_index)

    def _is_asked_for(self, frame_index: int) -> bool:
        """Ask the child for a frame; False where it is gone."""
        process = self._process
        try:
            if process is not None:
                process.request(frame_index, self._slot)
        except ProcessEndedError:
            self._drop_child()
        return self._process is not None

    def _await(self, frame_index: int) -> None:
        """Wait until the frame is in the slot."""
        process = self._process
        try:
            if process is None:
                raise ProcessEndedError("has gone")
            self._notice, error = process.answer(frame_index, self._patience.frame_s)
        except ProcessEndedError as ended:
            raise self._crash(frame_index, ended) from ended
        if error is not None:
            raise error

    def _read_ahead(self, frame_index: int | None) -> None:
        if frame_index is None or not 0 <= frame_index < self.frame_count or self._crashes.has(frame_index):
            return
        if self._is_asked_for(frame_index):
            self._ahead = frame_index

    def _replace_child(self) -> None:
        """Go on with another child, which must find the same video."""
        if self._is_closed:
            raise self._closed(None)
        facts, before = self._opened_child(UNWATCHED), self._facts
        if (facts.frame_count, facts.width, facts.height) != (before.frame_count, before.width, before.height):
            self._drop_child()
            raise VideoError(f"{self.path} has changed since it was opened; open it again")

    def _opened_child(self, watch: OpeningWatch) -> SourceFacts:
        process = self._start()
        with self._lock:
            if not self._is_closed:
                self._process = process
        if self._is_closed:
            process.end()
            raise self._closed(None)
        try:
            facts = process.open(self._asked_path, watch, self._patience.opening_s)
            self._slots = _shared_slots(process, facts)
        except BaseException as error:
            self._drop_child()
            if not isinstance(error, ProcessEndedError):
                raise
            raise self._opening_crash(error) from error
        return facts

    def _drop_child(self) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.end()

    def _opening_crash(self, ended: ProcessEndedError) -> VideoError:
        if self._is_closed:
            return self._closed(None)
        _log.warning("decoder %s while opening %s", ended, self._asked_path)
        advice = (
            "Close other programs, and open it again"
            if ended.is_kill
            else "The file is damaged, or of a kind that cannot be decoded; convert it with the program that made"
            " it, and open the result"
        )
        return DecoderCrashError(f"{self._asked_path} cannot be opened, because the decoder {ended}. {advice}")

    def _crash(self, frame_index: int, ended: ProcessEndedError) -> VideoError:
        """What to raise for a child that is gone."""
        self._drop_child()
        if self._is_closed:
            return self._closed(frame_index)
        self._crashes.add(frame_index, is_hang=ended.is_hang)
        _log.warning("decoder %s on frame %d of %s", ended, frame_index, self.path)
        again = (
            "is left out from now on" if self._crashes.is_refused(frame_index) else "is tried again if asked for"
        )
        return DecoderCrashError(
            f"{self.path}: frame {frame_index} cannot be read, because the decoder {ended}. Your work is safe, and"
            f" other frames can still be read; this one {again}"
        )

    def _closed(self, frame_index: int | None) -> VideoError:
        if not self.is_open:
            return OpeningStopped(f"opening {self._asked_path} was stopped")
        end = "" if frame_index is None else f" to read frame {frame_index}"
        return VideoError(f"{self._asked_path} is closed; open it again{end}")


def _shared_slots(process: DecoderProcess, facts: SourceFacts) -> FrameSlots:
    try:
        slots = FrameSlots.make(SlotShape(SLOT_COUNT, facts.height, facts.width))
    except OSError as error:
        size = f"{facts.width}x{facts.height}"
        raise VideoError(f"{facts.path}: there is no memory for frames of {size} pixels ({error})") from error
    try:
        process.share(slots)
    finally:
        slots.close_file()
    return slots
