"""A video file as a source of frames."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from dlst_gui.video.frame_decoder import FrameDecoder
from dlst_gui.video.frame_in_parts import VideoFrameInParts, can_be_in_parts
from dlst_gui.video.ground_truth import read_beside_video
from dlst_gui.video.video_source import (
    ASSUMED_FPS,
    UNWATCHED,
    FrameSequence,
    OpeningWatch,
    VideoError,
    check_frame_index,
    joined_notice,
    unreadable,
)
from tracker_core import AnyFrame, Box, Frame

_IRREGULAR = 0.2
"""Share of the usual time between two frames by which one may differ before the rate counts as variable."""

_HEADER_TOLERANCE = 0.02
"""How far the header's frame rate may be from the measured one and still be trusted."""


class VideoFile(FrameSequence):
    """A `VideoSource` over anything FFmpeg reads. One instance belongs to one thread.

    Rotation noted in the file is applied; pixels that are not square are left as stored.

    Raises:
        VideoError: the file cannot be opened or not one of its frames can be decoded.
    """

    def __init__(self, path: Path, watch: OpeningWatch = UNWATCHED) -> None:
        self._path = path
        self._decoder = FrameDecoder(path, watch)
        self._reformatter = VideoReformatter()
        self._is_closed = False
        first = self._decoder.decode(0)
        self._quarter_turns = round(first.rotation / 90) % 4  # counter-clockwise
        self._stored_size = (first.width, first.height)
        self._times_s, self._nominal_fps, self._rate_notice = _timing(self._decoder)
        self._ground_truth, self._truth_notice = read_beside_video(path, self.frame_count)

    @property
    def path(self) -> Path:
        return self._path

    @property
    def name(self) -> str:
        return self._path.stem

    @property
    def frame_count(self) -> int:
        return self._decoder.index.frame_count

    @property
    def width(self) -> int:
        return self._stored_size[self._quarter_turns % 2]

    @property
    def height(self) -> int:
        return self._stored_size[1 - self._quarter_turns % 2]

    @property
    def nominal_fps(self) -> float:
        return self._nominal_fps

    @property
    def ground_truth(self) -> tuple[Box | None, ...] | None:
        return self._ground_truth

    @property
    def notice(self) -> str | None:
        return joined_notice(self._decoder.damage, self._rate_notice, self._truth_notice)

    def timestamp_s(self, frame_index: int) -> float:
        """Seconds since the first frame, whatever time the file itself starts at."""
        check_frame_index(self.name, frame_index, self.frame_count)
        return float(self._times_s[frame_index])

    def timestamps_s(self) -> NDArray[np.float64]:
        """(frame_count,) what `timestamp_s` says of each frame."""
        return self._times_s.copy()

    def read(self, frame_index: int) -> Frame:
        """Fast for the frame after the last one read, and for that one again; a jump decodes from a keyframe."""
        self._check_open(frame_index)
        with self._errors_named(frame_index):
            pixels = self._reformatter.reformat(self._decoded(frame_index), format="rgb24").to_ndarray()
            return np.ascontiguousarray(np.rot90(pixels, self._quarter_turns), dtype=np.uint8)

    def read_in_parts(self, frame_index: int) -> AnyFrame:
        """The same pixels; those of a large frame are converted where a tracker looks. Raises as `read`."""
        self._check_open(frame_index)
        with self._errors_named(frame_index):
            frame = self._decoded(frame_index)
            if can_be_in_parts(frame):
                return VideoFrameInParts(frame, self._quarter_turns)
        return self.read(frame_index)

    @contextmanager
    def _errors_named(self, frame_index: int) -> Iterator[None]:
        try:
            yield
        except VideoError:
            raise
        except Exception as error:  # of damaged files, decoders raise errors of any kind
            raise unreadable(f"{self._path}, frame {frame_index},", error) from error

    def _check_open(self, frame_index: int) -> None:
        check_frame_index(self.name, frame_index, self.frame_count)
        if self._is_closed:
            raise VideoError(f"{self._path} is closed; open it again to read frame {frame_index}")

    def _decoded(self, frame_index: int) -> VideoFrame:
        frame = self._decoder.decode(frame_index)
        if (frame.width, frame.height) != self._stored_size:
            raise VideoError(
                f"{self._path}: frame {frame_index} is {frame.width}x{frame.height}, but the first is"
                f" {self._stored_size[0]}x{self._stored_size[1]}; convert it: ffmpeg -i INPUT OUTPUT.mp4"
            )
        return frame

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        if not self._is_closed:
            self._is_closed = True
            self._decoder.close()


def _timing(decoder: FrameDecoder) -> tuple[NDArray[np.float64], float, str | None]:
    """Seconds of each frame since the first, frames per second, and what is unusual about them."""
    index, time_base = decoder.index, decoder.time_base
    header_fps = float(decoder.average_rate or decoder.codec_rate or ASSUMED_FPS)
    if not index.is_timed or time_base is None:
        is_coarse = not decoder.average_rate and decoder.codec_rate
        reason = "timestamps too coarse to tell frames apart" if is_coarse else "no timestamps"
        notice = f"{reason}: {header_fps:.4g} frames/s assumed, and seeking back decodes from the start"
        return np.arange(index.frame_count) / header_fps, header_fps, notice
    ticks = index.timestamps - index.timestamps[0]
    times_s = ticks * time_base.numerator / time_base.denominator
    if index.frame_count < 2:
        return times_s, header_fps, None
    fps = (index.frame_count - 1) / float(times_s[-1])
    steps_s = np.diff(times_s)
    usual_s = float(np.median(steps_s))
    if np.abs(steps_s - usual_s).max() > _IRREGULAR * usual_s + float(time_base):
        return times_s, fps, f"variable frame rate ({1 / steps_s.max():.3g} to {1 / steps_s.min():.3g} frames/s)"
    # The header's is the rounder number, where it tells the truth.
    return times_s, header_fps if abs(header_fps / fps - 1) < _HEADER_TOLERANCE else fps, None
