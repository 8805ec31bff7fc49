"""Small pictures of many videos as one source of frames, for a decoder's process: frame n is that of video n."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from dlst_gui.jobs.thumbnail_frame import FRAME_SHAPE, HEIGHT, WIDTH, Thumbnail
from dlst_gui.video import open_source
from dlst_gui.video.media_file import open_stream
from dlst_gui.video.sequence_folder import IMAGE_SUFFIXES
from dlst_gui.video.video_source import UNWATCHED, FrameSequence, OpeningWatch, VideoError, unreadable
from tracker_core import Frame

_SHOWN_AT = 0.1
"""Of the length: videos often begin black. FFmpeg finds a keyframe about there without reading up to it."""

_MOST_DECODED = 64
"""Ours. Frames that are decoded until one can be shown."""


def open_sheet(path: Path, _watch: OpeningWatch = UNWATCHED) -> ThumbnailSheet:
    """The sheet of the videos whose paths are in a JSON file, which the program has written."""
    return ThumbnailSheet(path, tuple(Path(each) for each in json.loads(path.read_text("utf-8"))))


class ThumbnailSheet(FrameSequence):
    """A `VideoSource` over pictures of `videos`, each of which is opened when it is asked for."""

    height, width = FRAME_SHAPE[:2]
    nominal_fps = 1.0
    ground_truth = notice = None

    def __init__(self, path: Path, videos: tuple[Path, ...]) -> None:
        self.path = path
        self._videos = videos

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def frame_count(self) -> int:
        return len(self._videos)

    def timestamp_s(self, frame_index: int) -> float:
        """There is no time; times only have to increase."""
        return float(frame_index)

    def read(self, frame_index: int) -> Frame:
        """The picture of one video; raises VideoError where there is none."""
        path = self._videos[frame_index]
        try:
            is_video = path.is_file() and path.suffix.lower() not in IMAGE_SUFFIXES
            return (_of_video(path) if is_video else _of_images(path)).as_frame()
        except VideoError:
            raise
        except Exception as error:  # of damaged files, decoders raise errors of any kind
            raise unreadable(str(path), error) from error

    def close(self) -> None:
        """Nothing is open."""


def _of_video(path: Path) -> Thumbnail:
    container, stream = open_stream(path, is_fast=False)
    with container:
        length_s = _length_s(container, stream)
        start = container.start_time or 0
        frame = None
        for share in (_SHOWN_AT, 0.0):
            with suppress(av.FFmpegError):
                container.seek(start + int(length_s * share * av.time_base))
                frame = _first_frame(container, stream)
            if frame is not None:
                break
        else:
            raise VideoError(f"{path}: none of its first frames can be shown")
        turns = round(frame.rotation / 90) % 4  # counter-clockwise
        width, height = _fitted(*((frame.height, frame.width) if turns % 2 else (frame.width, frame.height)))
        stored_width, stored_height = (height, width) if turns % 2 else (width, height)
        small = frame.reformat(stored_width, stored_height, format="rgb24", interpolation="AREA").to_ndarray()
        return Thumbnail(np.rot90(small, turns), stream.frames, round(length_s * 1000))


def _length_s(container: InputContainer, stream: VideoStream) -> float:
    """As the header says; 0 where it does not."""
    if stream.duration is not None and stream.time_base is not None:
        return max(float(stream.duration * stream.time_base), 0.0)
    return max((container.duration or 0) / av.time_base, 0.0)


def _first_frame(container: InputContainer, stream: VideoStream) -> VideoFrame | None:
    frames = container.decode(stream)
    for _ in range(_MOST_DECODED):
        frame = next(frames, None)
        if not isinstance(frame, VideoFrame) or not frame.is_corrupt:
            return frame
    return None


def _of_images(path: Path) -> Thumbnail:
    with open_source(path) as source:
        picture = Image.fromarray(source.read(0))
        size = _fitted(picture.width, picture.height)
        small = np.asarray(picture.resize(size, Image.Resampling.BOX))
        return Thumbnail(small, source.frame_count, 0)


def _fitted(width: int, height: int) -> tuple[int, int]:
    """The same shape, as large as there is room."""
    scale = min(WIDTH / width, HEIGHT / height)
    return max(min(round(width * scale), WIDTH), 1), max(min(round(height * scale), HEIGHT), 1)
