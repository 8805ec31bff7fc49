"""Decoded frames that are converted to RGB where a tracker looks, square by square.

A frame of 8K takes 100 ms of processor time, a square of it a tenth of one. The pixels are those of the frame
converted as a whole: chroma is read from neighbours, so a square is converted with a margin around it. Frames for
which that does not do are converted whole.
"""

from __future__ import annotations

from threading import Lock

import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from tracker_core import Frame

SMALLEST_PIXELS = 1280 * 720  # ours: below, the whole frame takes a few milliseconds

_SIDE = 256
_MARGIN = 16  # ours: the scaler's longest filter reads a few chroma samples, two pixels each
_CONVERTED = _SIDE + 2 * _MARGIN
_PLANAR = frozenset(
    f"yuv{sampling}{depth}" for sampling in ("420p", "422p", "444p") for depth in ("", "10le", "12le")
) | {"yuvj420p", "yuvj422p", "yuvj444p"}


def can_be_in_parts(frame: VideoFrame) -> bool:
    """Whether it pays, and each part has the very pixels that it has in the whole."""
    return (
        frame.width * frame.height >= SMALLEST_PIXELS
        and min(frame.width, frame.height) >= _CONVERTED
        and frame.width % 2 == frame.height % 2 == 0  # else the scaler stretches chroma to fit
        and frame.format.name in _PLANAR
        and not frame.interlaced_frame  # its fields are converted apart
        and all(plane.line_size > 0 for plane in frame.planes)  # below 0 where a decoder writes upwards
    )


class VideoFrameInParts:
    """A `FrameInParts`. Keeps the decoded frame; may be used after its file was closed, from any thread.

    Args:
        frame: as decoded; `can_be_in_parts`.
        quarter_turns: counter-clockwise, to what is shown.
    """

    def __init__(self, frame: VideoFrame, quarter_turns: int) -> None:
        self._frame = frame
        self._quarter_turns = quarter_turns
        height, width = frame.height, frame.width
        # Memory is taken by the system only where it is written to.
        self._shown: Frame = np.empty((width, height, 3) if quarter_turns % 2 else (height, width, 3), np.uint8)
        self._stored = np.rot90(self._shown, -quarter_turns)  # a view
        self._is_converted: NDArray[np.bool_] = np.zeros((-(-height // _SIDE), -(-width // _SIDE)), np.bool_)
        self._reformatter = VideoReformatter()
        self._square: VideoFrame | None = None
        self._lock = Lock()

    @property
    def shape(self) -> tuple[int, int, int]:
        height, width, channels = self._shown.shape
        return height, width, channels

    def covering(self, left: int, top: int, right: int, bottom: int) -> Frame:
        """See `FrameInParts.covering`."""
        columns, rows = self._stored_spans(left, top, right, bottom)
        squares = _squares(rows), _squares(columns)
        with self._lock:
            missing = np.argwhere(~self._is_converted[squares])
            if len(missing) == self._is_converted.size:
                self._stored[:] = self._reformatter.reformat(self._frame, format="rgb24").to_ndarray()
            else:
                for row, column in missing.tolist():
                    self._convert((squares[1].start + column) * _SIDE, (squares[0].start + row) * _SIDE)
            self._is_converted[squares] = True
        return self._shown

    def _stored_spans(self, left: int, top: int, right: int, bottom: int) -> tuple[slice, slice]:
        """Columns and rows of the decoded frame that are shown there."""
        height, width, _ = self._shown.shape
        for _ in range(self._quarter_turns % 4):  # take one turn back: columns come from rows
            left, top, right, bottom = height - bottom, left, height - top, right
            height, width = width, height
        return slice(left, right), slice(top, bottom)

    def _convert(self, x: int, y: int) -> None:
        """Fill the square at this corner."""
        height, width = self._frame.height, self._frame.width
        from_x, from_y = (
            min(max(0, first - _MARGIN), end - _CONVERTED) for first, end in ((x, width), (y, height))
        )
        if self._square is None:
            # Scaled from the frame, and not made anew: so it has its colour space, range and place of chroma.
            self._square = self._reformatter.reformat(
                self._frame, width=_CONVERTED, height=_CONVERTED, interpolation="POINT"
            )
        for source, target in zip(self._frame.planes, self._square.planes, strict=True):
            across, down = self._frame.width // source.width, self._frame.height // source.height
            bytes_each = 2 if self._frame.format.components[0].bits > 8 else 1
            begin, count = from_x // across * bytes_each, target.width * bytes_each
            rows = slice(from_y // down, from_y // down + target.height)
            _lines(target)[:, :count] = _lines(source)[rows, begin : begin + count]
        pixels = self._reformatter.reformat(self._square, format="rgb24").to_ndarray()
        inner = pixels[y - from_y : y - from_y + _SIDE, x - from_x : x - from_x + _SIDE]
        self._stored[y : y + _SIDE, x : x + _SIDE] = inner


def _squares(span: slice) -> slice:
    return slice(max(0, span.start) // _SIDE, -(-max(0, span.stop) // _SIDE))


def _lines(plane: VideoPlane) -> NDArray[np.uint8]:
    """(height, bytes of a line) the plane's memory."""
    size = plane.height * plane.line_size
    return np.frombuffer(memoryview(plane), np.uint8, size).reshape(plane.height, plane.line_size)
