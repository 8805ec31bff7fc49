"""Small videos whose every frame tells its own index, written in the ways that real files are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 96, 64
FRAME_COUNT = 60
_BITS = 6
_CELL = 16

GROUP_OF_12 = "keyint=12:min-keyint=12:scenecut=0:bframes=3"


def painted_frame(index: int, *, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint8]:
    """A moving ramp with `index` as black and white cells along the top: bit 0 at the left."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    frame = np.stack([(x * 2 + index * 5) % 256, (y * 3 + index) % 256, (x + y) % 256], axis=2).astype(np.uint8)
    for bit in range(_BITS):
        frame[:_CELL, bit * _CELL : (bit + 1) * _CELL] = 255 if index >> bit & 1 else 0
    return frame


def painted_index(frame: NDArray[np.uint8]) -> int:
    """The index painted into an (h, w, 3) frame."""
    centres = [int(frame[_CELL // 2, bit * _CELL + _CELL // 2].mean() > 127) for bit in range(_BITS)]
    return sum(value << bit for bit, value in enumerate(centres))


def write_video(
    path: Path,
    codec: str = "libx264",
    *,
    times_ms: Iterable[int] | None = None,
    frames: Iterable[NDArray[np.uint8]] | None = None,
    options: Mapping[str, str] | None = None,
    container_options: Mapping[str, str] | None = None,
    rotation: int = 0,
    max_b_frames: int | None = None,
) -> Path:
    """Write painted frames (or `frames`) at 25 frames/s, or shown at `times_ms`."""
    pictures = list(frames) if frames is not None else [painted_frame(i) for i in range(FRAME_COUNT)]
    with av.open(str(path), "w", options=dict(container_options or {})) as container:
        stream = container.add_stream(codec, rate=25, options=dict(options or {}))
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        if max_b_frames is not None:
            stream.codec_context.max_b_frames = max_b_frames
            stream.codec_context.gop_size = 12
        if rotation:
            stream.set_display_rotation(rotation)
        times = list(times_ms) if times_ms is not None else [40 * i for i in range(len(pictures))]
        stream.codec_context.time_base = Fraction(1, 1000) if times_ms is not None else Fraction(1, 25)
        for picture, time in zip(pictures, times, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.time_base = stream.codec_context.time_base
            frame.pts = round(time / 1000 / frame.time_base)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


UNEVEN_TIMES_MS = [int(t) for t in np.cumsum([20 + i * 37 % 90 for i in range(FRAME_COUNT)])]

VIDEO_KINDS: dict[str, Callable[[Path], Path]] = {
    "constant rate mp4": lambda folder: write_video(folder / "a.mp4"),
    "closed groups mp4": lambda folder: write_video(folder / "a.mp4", options={"x264-params": GROUP_OF_12}),
    "open groups mkv": lambda folder: write_video(
        folder / "a.mkv", options={"x264-params": GROUP_OF_12 + ":open-gop=1"}
    ),
    "open groups ts": lambda folder: write_video(
        folder / "a.ts", options={"x264-params": GROUP_OF_12 + ":open-gop=1"}
    ),
    "variable rate mp4": lambda folder: write_video(
        folder / "a.mp4", times_ms=UNEVEN_TIMES_MS, options={"x264-params": GROUP_OF_12}
    ),
    "variable rate mkv": lambda folder: write_video(folder / "a.mkv", times_ms=UNEVEN_TIMES_MS),
    "mpeg4 with B-frames avi": lambda folder: write_video(folder / "a.avi", "mpeg4", max_b_frames=2),
    "mpeg4 with B-frames ts": lambda folder: write_video(folder / "a.ts", "mpeg4", max_b_frames=2),
    "mpeg4 mpg": lambda folder: write_video(folder / "a.mpg", "mpeg4", max_b_frames=0),
    "mpeg2 with B-frames mpg": lambda folder: write_video(folder / "a.mpg", "mpeg2video", max_b_frames=2),
    "h264 with B-frames avi, no times": lambda folder: write_video(
        folder / "a.avi", options={"x264-params": GROUP_OF_12}
    ),
    "h264 with B-frames asf, no times": lambda folder: write_video(
        folder / "a.asf", options={"x264-params": GROUP_OF_12}
    ),
    "raw h264, no times": lambda folder: write_video(folder / "a.h264", options={"x264-params": GROUP_OF_12}),
    "fragmented mp4": lambda folder: write_video(
        folder / "a.mp4", container_options={"movflags": "frag_keyframe+empty_moov"}
    ),
    "vp9 webm": lambda folder: write_video(
        folder / "a.webm", "libvpx-vp9", options={"deadline": "realtime", "cpu-used": "8"}
    ),
    "vp8 webm": lambda folder: write_video(
        folder / "a.webm", "libvpx", options={"deadline": "realtime", "cpu-used": "8", "g": "12"}
    ),
    "lossless mkv": lambda folder: write_video(folder / "a.mkv", "ffv1"),
}
