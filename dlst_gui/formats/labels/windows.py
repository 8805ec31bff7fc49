"""Labels piece by piece, so that the longest video fits in memory: frame by frame, or track by track.

Whoever goes through them is told how far it is by the way, and can be ended there: pieces are small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.labels.model import NO_BOXES, BoxColumns, LabelSet, ObjectTrack
from dlst_gui.formats.progress import Tick, untold

ROWS_AT_ONCE = 8192
"""Boxes of a piece: some hundredths of a second of work."""

_FRAMES_AT_ONCE = 1 << 14
_MOST_FRAMES = 4096
_BOXES_OF_WINDOW = 1 << 16
"""Asking every track for its boxes on some frames costs something, so that is done for more frames at once."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameWindow:
    """Boxes of several tracks, in order of their frames and on each frame in the order of tracks.

    Attributes:
        first_position: of the first frame among all that are gone through.
        frames: (m,) int32, the frames that it covers, with boxes or without.
        frame_indices: (n,) int32, of each box.
        tracks: (n,) positions among the tracks.
        boxes_xywh: (n, 4) float64.
        visibilities: (n,) uint8, positions in `VISIBILITY_CODES`; none is outside.
        scores: (n,) float64, NaN where there is none.
        attributes: of single boxes, by position of the track and frame index; also of frames beyond these.
    """

    first_position: int
    frames: NDArray[np.int32]
    frame_indices: NDArray[np.int32]
    tracks: NDArray[np.intp]
    boxes_xywh: NDArray[np.float64]
    visibilities: NDArray[np.uint8]
    scores: NDArray[np.float64]
    attributes: Mapping[tuple[int, int], Mapping[str, str]] = field(default_factory=dict)

    @property
    def positions(self) -> NDArray[np.intp]:
        """(n,) of each box its frame's position among all that are gone through."""
        return self.first_position + np.searchsorted(self.frames, self.frame_indices)

    def of_each_frame(self) -> Iterator[tuple[int, int, int]]:
        """Each frame's index, and its rows: the first one, and the one after the last."""
        lows = np.searchsorted(self.frame_indices, self.frames).tolist()
        yield from zip(self.frames.tolist(), lows, [*lows[1:], len(self)], strict=True)

    def pieces(self) -> Iterator[FrameWindow]:
        """Parts of some thousand boxes, each of whole frames."""
        lows = np.searchsorted(self.frame_indices, self.frames)
        _, starts = np.unique(lows // ROWS_AT_ONCE, return_index=True)
        for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(self.frames)], strict=True):
            rows = slice(int(lows[start]), int(lows[end]) if end < len(self.frames) else len(self))
            yield FrameWindow(
                self.first_position + start,
                self.frames[start:end],
                self.frame_indices[rows],
                self.tracks[rows],
                self.boxes_xywh[rows],
                self.visibilities[rows],
                self.scores[rows],
                self.attributes,
            )

    def __len__(self) -> int:
        return len(self.frame_indices)


def frame_windows(
    tracks: Sequence[ObjectTrack], frames: NDArray[np.int32], tick: Tick = untold
) -> Iterator[FrameWindow]:
    """The boxes on these ascending frames, some thousand at once; together the windows cover all frames."""
    low, size = 0, _MOST_FRAMES // 8
    while low < len(frames):
        window = joined(tracks, frames[low : low + size], low, partial(tick, low, len(frames)))
        for piece in window.pieces():
            tick(piece.first_position, len(frames))
            yield piece
        low += size
        if len(window) > _BOXES_OF_WINDOW:
            size = max(size // 2, 1)
        elif len(window) < _BOXES_OF_WINDOW // 2:
            size = min(size * 2, _MOST_FRAMES)


def joined(
    tracks: Sequence[ObjectTrack],
    frames: NDArray[np.int32],
    first_position: int = 0,
    poll: Callable[[], None] = lambda: None,
) -> FrameWindow:
    """The boxes that objects have on these frames, of which there is at least one; polls before each track."""
    found = []
    for track in tracks:
        poll()
        found.append(track.boxes.between(int(frames[0]), int(frames[-1])))
    columns = [each for each in found if len(each)] or [NO_BOXES]
    indices = np.concatenate([each.frame_indices for each in columns])
    is_here = np.concatenate([each.is_present for each in columns])
    if len(frames) <= frames[-1] - frames[0]:
        is_here &= np.isin(indices, frames)
    here = np.flatnonzero(is_here)
    order = here[np.argsort(indices[here], kind="stable")]
    return FrameWindow(
        first_position,
        frames,
        indices[order],
        np.repeat(np.arange(len(found)), [len(each) for each in found])[order],
        np.concatenate([each.boxes_xywh for each in columns])[order],
        np.concatenate([each.visibilities for each in columns])[order],
        np.concatenate([each.scores for each in columns])[order],
        {(track, frame): said for track, each in enumerate(found) for frame, said in each.attributes.items()},
    )


def track_pieces(labels: LabelSet, tick: Tick = untold) -> Iterator[tuple[ObjectTrack, Iterator[BoxColumns]]]:
    """Each track, and its boxes some thousand at once."""
    every_frame = np.arange(labels.video.frame_count, dtype=np.int32)
    for number, track in enumerate(labels.tracks):
        yield track, _pieces(track, every_frame, share_of(tick, number, len(labels.tracks)))


def _pieces(track: ObjectTrack, frames: NDArray[np.int32], tick: Tick) -> Iterator[BoxColumns]:
    for low in range(0, len(frames), _FRAMES_AT_ONCE):
        part = frames[low : low + _FRAMES_AT_ONCE]
        columns = track.boxes.between(int(part[0]), int(part[-1]))
        for row in range(0, max(len(columns), 1), ROWS_AT_ONCE):
            tick(low, len(frames))
            yield columns.rows(row, row + ROWS_AT_ONCE)


@dataclass(frozen=True, slots=True, eq=False)
class FrameRows:
    """Some frames, (m,) ascending indices, and a track's boxes on them where the object is there."""

    frames: NDArray[np.int32]
    columns: BoxColumns

    def filled(self, texts: Sequence[str], absent: str) -> list[str]:
        """For each frame the text of its box, of which there is one for each row; or what stands for none."""
        filled = [absent] * len(self.frames)
        for place, text in zip(
            np.searchsorted(self.frames, self.columns.frame_indices).tolist(), texts, strict=True
        ):
            filled[place] = text
        return filled


def track_rows(labels: LabelSet, tick: Tick = untold) -> Iterator[tuple[ObjectTrack, Iterator[FrameRows]]]:
    """Each track, and all frames that the labels cover, some thousand at once: for files with a line for each."""
    for number, track in enumerate(labels.tracks):
        yield track, _rows(track, labels.video.frames, share_of(tick, number, len(labels.tracks)))


def _rows(track: ObjectTrack, frames: NDArray[np.int32], tick: Tick) -> Iterator[FrameRows]:
    for low in range(0, len(frames), ROWS_AT_ONCE):
        tick(low, len(frames))
        part = frames[low : low + ROWS_AT_ONCE]
        columns = track.boxes.between(int(part[0]), int(part[-1]))
        yield FrameRows(part, columns.where(columns.is_present & np.isin(columns.frame_indices, part)))


def share_of(tick: Tick, number: int, count: int) -> Tick:
    """How far one of so many equal parts is, as a share of all."""
    return lambda done, total: tick(number * total + done, count * total)
