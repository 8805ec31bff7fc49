"""Writes a video with boxes, labels and scores drawn into its frames."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

from dlst_gui.files import replaced_whole
from dlst_gui.video.drawn import Color, DrawnBox, DrawnTrail
from dlst_gui.video.video_source import ASSUMED_FPS, VideoError
from tracker_core import Frame

_OUTLINE: Color = (0, 0, 0)
_SUBPIXEL_BITS = 4
_FARTHEST = 2**20
"""In parts of a pixel as above: 65,536 pixels, beyond any frame and within what OpenCV draws."""
_TICKS_PER_SECOND = 90_000
"""The clock of MPEG: 25, 30 and 29.97 frames per second fall on whole ticks."""
_TIME_BASE = Fraction(1, _TICKS_PER_SECOND)
_BT709 = 1
"""The colour standard of HD video. Source: ITU-T H.273, tables 2 to 4."""
_SIGNATURE = "boxes drawn in by DLST Studio"
"""The file's comment, by which a later call knows that it may replace the file."""
_QUALITY = {"crf": "20", "preset": "medium"}


def draw_boxes(frame: Frame, boxes: Sequence[DrawnBox], trails: Sequence[DrawnTrail] = ()) -> Frame:
    """A copy of `frame` (height, width, 3 RGB), drawn on; lines and letters grow with the frame."""
    canvas = np.array(frame)
    thickness = max(1, round(min(canvas.shape[:2]) / 240))
    for trail in trails:
        _draw_trail(canvas, trail, thickness)
    for drawn in boxes:
        if drawn.box.is_valid:
            _draw_rectangle(canvas, drawn, thickness)
            _draw_text(canvas, drawn, thickness)
    return canvas


def _draw_trail(canvas: Frame, trail: DrawnTrail, thickness: int) -> None:
    points = np.clip((trail.points - 0.5) * 2**_SUBPIXEL_BITS, -_FARTHEST, _FARTHEST)
    line = np.rint(points).astype(np.int32).reshape(-1, 1, 2)
    for color, width_px in ((_OUTLINE, thickness + 1), (trail.color, thickness)):
        cv2.polylines(canvas, [line], False, color, width_px, cv2.LINE_AA, _SUBPIXEL_BITS)


def _draw_rectangle(canvas: Frame, drawn: DrawnBox, thickness: int) -> None:
    height, width = canvas.shape[:2]
    edges = np.array([drawn.box.x, drawn.box.y, drawn.box.right, drawn.box.bottom])
    outside = 4 * thickness
    edges = np.clip(edges, -outside, np.array([width, height, width, height]) + outside)
    # OpenCV counts from the middle of a pixel, boxes from its edge.
    left, top, right, bottom = np.rint((edges - 0.5) * 2**_SUBPIXEL_BITS).astype(int).tolist()
    # A dark line beneath a bright one shows on any background.
    for color, width_px in ((_OUTLINE, thickness + 2), (drawn.color, thickness)):
        cv2.rectangle(canvas, (left, top), (right, bottom), color, width_px, cv2.LINE_AA, _SUBPIXEL_BITS)


def _draw_text(canvas: Frame, drawn: DrawnBox, thickness: int) -> None:
    if not drawn.text:
        return
    font, scale, margin = cv2.FONT_HERSHEY_SIMPLEX, 0.25 + 0.15 * thickness, 2 * thickness
    (text_width, text_height), baseline = cv2.getTextSize(drawn.text, font, scale, 1)
    plate_width, plate_height = text_width + 2 * margin, text_height + baseline + 2 * margin
    height, width = canvas.shape[:2]
    left = int(np.clip(drawn.box.x, 0, max(0, width - plate_width)))
    above = drawn.box.y - plate_height - thickness
    top = int(np.clip(above if above >= 0 else drawn.box.bottom + thickness, 0, max(0, height - plate_height)))
    cv2.rectangle(canvas, (left, top), (left + plate_width, top + plate_height), drawn.color, cv2.FILLED)
    origin = (left + margin, top + margin + text_height)
    cv2.putText(canvas, drawn.text, origin, font, scale, _ink_on(drawn.color), 1, cv2.LINE_AA)


def _ink_on(color: Color) -> Color:
    """Black or white, whichever reads better. Source: luma weights of ITU-R BT.601."""
    luma = 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2]
    return (0, 0, 0) if luma > 128 else (255, 255, 255)


def is_annotated_video(path: Path) -> bool:
    """Whether a file was written here."""
    try:
        with av.open(str(path), "r", format="mp4") as container:
            return container.metadata.get("comment") == _SIGNATURE
    except (av.FFmpegError, OSError, ValueError):
        return False


class AnnotatedVideoWriter:
    """Writes an H.264 mp4 frame by frame; only a run that ends well leaves a file at `path`, or replaces it.

    Use it as a context manager, from one thread. Frames of odd size get one more column or row. Each frame keeps
    the time it is given, so a variable rate stays variable.

    Raises:
        VideoError: `path` does not end in .mp4 or its folder cannot be written; at the end of the `with` block, no
            frame was added or the file could not be finished.
    """

    def __init__(self, path: Path, *, nominal_fps: float = ASSUMED_FPS) -> None:
        if path.suffix.lower() != ".mp4":
            raise VideoError(f"{path}: the name of an annotated video must end in .mp4")
        self._path = path
        self._replacing = ExitStack()
        self._size: tuple[int, int] | None = None
        self._last_tick = -1
        try:
            part = self._replacing.enter_context(replaced_whole(path))
        except OSError as error:
            raise self._not_written(error) from error
        self._container = av.open(str(part), "w", format="mp4", options={"movflags": "faststart"})
        rate = Fraction(nominal_fps).limit_denominator(1001)
        try:
            self._stream = self._container.add_stream("h264", rate=rate, options=_QUALITY)
        except ValueError as error:  # of which av's UnknownCodecError is one
            self._replacing.__exit__(type(error), error, None)
            raise VideoError(
                f"{path}: the installed PyAV has no encoder for H.264; install the wheel of PyAV, which has one"
            ) from error
        self._container.metadata["comment"] = _SIGNATURE

    def add(
        self,
        frame: Frame,
        timestamp_s: float,
        boxes: Sequence[DrawnBox] = (),
        trails: Sequence[DrawnTrail] = (),
    ) -> None:
        """Write the next frame with `boxes` and `trails` drawn on it.

        Args:
            frame: uint8 RGB (height, width, 3), all of one size. It is not changed.
            timestamp_s: when it is shown, in seconds from 0 on; later than the frame before.
            boxes: the last one lies on top.
            trails: beneath the boxes.

        Raises:
            VideoError: the size differs, time does not advance, or the disk is full.
        """
        size = (frame.shape[1], frame.shape[0])
        tick = round(timestamp_s * _TICKS_PER_SECOND)
        if self._size is None:
            self._set_size(size)
        if size != self._size:
            raise VideoError(f"{self._path}: expected frames of {self._size}, got {size} (width, height)")
        if tick <= self._last_tick:
            last_s = self._last_tick / _TICKS_PER_SECOND
            raise VideoError(f"{self._path}: expected a frame later than {last_s:.4f} s, got {timestamp_s:.4f} s")
        self._last_tick = tick
        self._encode(_picture(draw_boxes(frame, boxes, trails), tick))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            with suppress(av.FFmpegError):
                self._container.close()
            self._replacing.__exit__(error_type, error, traceback)
            return
        try:
            self._finish()
        except BaseException as failed:
            self._replacing.__exit__(type(failed), failed, failed.__traceback__)
            raise
        try:
            self._replacing.close()
        except OSError as failed:
            raise self._not_written(failed) from failed

    def _set_size(self, size: tuple[int, int]) -> None:
        self._size = size
        stream = self._stream
        stream.width, stream.height = (side + side % 2 for side in size)  # H.264 in 4:2:0 knows even sizes only
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = _TIME_BASE
        stream.color_primaries = stream.color_trc = stream.colorspace = _BT709
        stream.color_range = ColorRange.MPEG

    def _encode(self, picture: av.VideoFrame | None) -> None:
        try:
            self._container.mux(self._stream.encode(picture))
        except av.FFmpegError as error:
            raise self._not_written(error) from error

    def _finish(self) -> None:
        if self._size is None:
            self._container.close()
            raise VideoError(f"{self._path}: no frame was added, so no video was written")
        self._encode(None)
        try:
            self._container.close()
        except av.FFmpegError as error:
            raise self._not_written(error) from error

    def _not_written(self, error: OSError | av.FFmpegError) -> VideoError:
        return VideoError(
            f"{self._path} cannot be written ({error.strerror}); choose another folder or free some space"
        )


def _picture(frame: Frame, tick: int) -> av.VideoFrame:
    height, width = frame.shape[:2]
    even = cv2.copyMakeBorder(frame, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    picture = av.VideoFrame.from_ndarray(even, format="rgb24").reformat(
        format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
    )
    picture.pts, picture.time_base = tick, _TIME_BASE
    return picture
