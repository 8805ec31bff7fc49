"""The opened video and the frame of it that is shown; the pixels follow once they are decoded."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from dlst_gui.session.frame_cache import FrameCache
from dlst_gui.session.frame_reader import DecodedFrame, FrameReader, OpenSource, ReadFailure, SourceInfo


class Playhead(QObject):
    """Which source, which frame, which pixels; plays the view without touching the tracker."""

    opening_changed = Signal()
    source_leaving = Signal()  # another one is open; the present one is still there
    source_changed = Signal()  # it is another one, of which nothing else is known yet
    source_ready = Signal()  # everybody has made room for it: what belongs to it can be opened
    frame_changed = Signal()
    frame_decoded = Signal()
    playing_changed = Signal()
    failed = Signal(object)  # ReadFailure

    def __init__(self, open_source: OpenSource, cache: FrameCache) -> None:
        super().__init__()
        self._source: SourceInfo | None = None
        self._arriving: SourceInfo | None = None
        self._arrival = QTimer(self, singleShot=True, interval=0)
        self._arrival.timeout.connect(self._on_arrival)
        self._opening: Path | None = None
        self._opening_share = 0.0
        self._frame_index = 0
        self._stops: NDArray[np.int64] | None = None
        self._decoded: DecodedFrame | None = None
        self._is_unreadable = False
        self._play_from = (0, 0.0)
        self._play_timer = QTimer(self)
        self._play_timer.timeout.connect(self._on_play_tick)
        self._reader = FrameReader(open_source, cache)
        self._reader.opened.connect(self._on_opened)
        self._reader.opening_progressed.connect(self._on_opening_progressed)
        self._reader.frame_read.connect(self._on_frame_read)
        self._reader.failed.connect(self._on_failed)

    @property
    def source(self) -> SourceInfo | None:
        return self._source

    @property
    def opening(self) -> Path | None:
        """What is being opened now."""
        return self._opening

    @property
    def opening_share(self) -> float:
        """How far that is, as a share of 1; 0 where it is not known."""
        return self._opening_share

    @property
    def frame_index(self) -> int:
        """The frame asked for; `decoded` may still show the one before."""
        return self._frame_index

    @property
    def last_frame(self) -> int:
        return self._source.frame_count - 1 if self._source is not None else 0

    @property
    def stops(self) -> NDArray[np.int64] | None:
        """Frames that there is something of, ascending, where that is not all."""
        return self._stops

    def set_stops(self, frames: NDArray[np.int64]) -> None:
        """Show no other frames of this source than these, ascending; of none, nothing changes."""
        self._stops = frames if frames.size else None
        self.seek(self._frame_index)

    @property
    def decoded(self) -> DecodedFrame | None:
        """The decoded frame nearest to what was asked for; boxes drawn on it belong to its own index."""
        return self._decoded

    @property
    def is_unreadable(self) -> bool:
        """Whether the frame asked for cannot be decoded."""
        return self._is_unreadable

    @property
    def is_playing(self) -> bool:
        return self._play_timer.isActive()

    def open(self, path: Path) -> None:
        """Open a source; the present one stays if that fails."""
        self._set_opening(path)
        self._reader.open(path)

    def settle(self) -> None:
        """Let a source that is open already take its place at once, whoever has yet to make room for it."""
        while self._arrival.isActive():
            self._arrival.stop()
            self._on_arrival()

    def stop_opening(self) -> None:
        """Give up what is being opened; the present source stays."""
        if self._opening is not None:
            self._reader.give_up_opening()
            self._set_opening(None)

    def seek(self, frame_index: int) -> None:
        """Show a frame, clipped to the video; of `stops` the nearest one."""
        self._show(frame_index, 0)

    def seek_by(self, frames: int) -> None:
        """Show the frame that many frames on, or back; of `stops` the first from there on, that way."""
        self._show(self._frame_index + frames, frames)

    def _show(self, frame_index: int, direction: int) -> None:
        if self._source is None or self._arriving is not None:
            return
        index = min(max(frame_index, 0), self.last_frame)
        if self._stops is not None:
            index = _stop(self._stops, index, direction)
        if index != self._frame_index:
            self._frame_index = index
            self._is_unreadable = False
            self._reader.request(index)
            self.frame_changed.emit()
        elif index != frame_index:
            self.frame_changed.emit()  # whoever has shown the frame asked for goes back

    def toggle_play(self) -> None:
        """Halt where it plays, else play."""
        if self.is_playing:
            self.halt()
        else:
            self.play()

    def play(self) -> None:
        """Run the view on at the video's own rate; frames that cannot keep up are left out."""
        if self._source is None or self._arriving is not None or self.is_playing:
            return
        if self._is_at_end:
            self.seek(0)
        self._play_from = (self._frame_index, time.monotonic())
        self._play_timer.start(round(1000 / self._source.nominal_fps))
        self.playing_changed.emit()

    def halt(self) -> None:
        """End playing where it is."""
        if self.is_playing:
            self._play_timer.stop()
            self.playing_changed.emit()

    def close(self) -> None:
        """End the decoding thread; waits."""
        self._play_timer.stop()
        self._arrival.stop()
        self._reader.close()

    def _set_opening(self, path: Path | None) -> None:
        self._opening, self._opening_share = path, 0.0
        self.opening_changed.emit()

    @Slot(float)
    def _on_opening_progressed(self, share: float) -> None:
        if self._opening is not None:
            self._opening_share = share
            self.opening_changed.emit()

    @Slot()
    def _on_play_tick(self) -> None:
        if self._source is None or self._decoded is None or self._decoded.frame_index != self._frame_index:
            return  # still decoding: asking for more would only be dropped
        first, started = self._play_from
        due = first + int((time.monotonic() - started) * self._source.nominal_fps)
        self.seek_by(max(due - self._frame_index, 1))
        if self._is_at_end:
            self.halt()

    @property
    def _is_at_end(self) -> bool:
        last = self.last_frame if self._stops is None else int(self._stops[-1])
        return self._frame_index == last

    @Slot(object)
    def _on_opened(self, info: SourceInfo) -> None:
        """Leave the present source; another one comes in turns of its own, for all at once would take long."""
        self.halt()
        if self._source is not None and self._arriving is None:
            self.source_leaving.emit()
        self._arriving = info
        self._set_opening(None)
        self._arrival.start()

    @Slot()
    def _on_arrival(self) -> None:
        info, self._arriving = self._arriving, None
        if info is None:
            self.source_ready.emit()
            self._reader.request(self._frame_index)  # whoever was told may have sought another frame already
            return
        self._source, self._frame_index, self._decoded = info, 0, None
        self._is_unreadable, self._stops = False, None
        self._arrival.start()
        self.source_changed.emit()

    @Slot(object)
    def _on_frame_read(self, frame: DecodedFrame) -> None:
        if self._source is not None and frame.path == self._source.path:
            self._decoded = frame
            self.frame_decoded.emit()

    @Slot(object)
    def _on_failed(self, failure: ReadFailure) -> None:
        self.halt()
        if failure.frame_index is None:
            self._set_opening(None)
        elif failure.frame_index == self._frame_index:
            self._is_unreadable = True
            self.frame_changed.emit()
        self.failed.emit(failure)


def _stop(stops: NDArray[np.int64], frame_index: int, direction: int) -> int:
    """The stop for a wish: the nearest one, or the first from there on in a direction, else the last there is."""
    after = int(np.searchsorted(stops, frame_index))
    at = min(after, len(stops) - 1)
    if stops[at] == frame_index or direction > 0:
        return int(stops[at])
    before = max(after - 1, 0)
    if direction < 0:
        return int(stops[before])
    return int(min(stops[before], stops[at], key=lambda stop: abs(stop - frame_index)))
