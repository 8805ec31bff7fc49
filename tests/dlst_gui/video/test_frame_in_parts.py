"""Frames that are converted where one looks have the pixels of those that are converted whole."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from dlst_gui.video import InParts, open_source
from dlst_gui.video.frame_in_parts import VideoFrameInParts, can_be_in_parts
from tests.made_videos import write_video
from tracker_core import FrameInParts, whole_frame

DEEP = ["yuv420p10le", "yuv422p10le", "yuv444p10le", "yuv420p12le"]
PLANAR = ["yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", *DEEP]
SIZES = [(1280, 720), (1366, 768), (1438, 902), (1442, 898)]
COLORS = [(2, 0), (1, 1), (5, 1), (6, 2), (9, 1)]  # colour space and range, as FFmpeg counts them


def noise(name: str, width: int, height: int, color: tuple[int, int] = (2, 0)) -> VideoFrame:
    """A frame of a pixel format, none of whose samples tells anything about the next."""
    rng = np.random.default_rng(width)
    frame = VideoFrame(width, height, name)
    frame.colorspace, frame.color_range = color
    bits = frame.format.components[0].bits
    for plane in frame.planes:
        samples = rng.integers(0, 2**bits, plane.buffer_size // (1 + (bits > 8)))
        content = samples.astype("<u2" if bits > 8 else "u1").tobytes()
        plane.update(content.ljust(plane.buffer_size, b"\0"))
    return frame


def converted(frame: VideoFrame, quarter_turns: int = 0) -> NDArray[np.uint8]:
    return np.rot90(frame.reformat(format="rgb24").to_ndarray(), quarter_turns)


def assert_parts_are_alike(frame: VideoFrame, quarter_turns: int = 0) -> None:
    """In corners, at edges, in the middle and over several squares."""
    whole = converted(frame, quarter_turns)
    height, width = whole.shape[:2]
    x, y = width // 2, height // 2
    for left, top, right, bottom in (
        (x, y, x + 1, y + 1),
        (0, 0, 30, 20),
        (width - 30, height - 20, width, height),
        (-50, y, 10, y + 300),
        (x - 200, height - 40, x + 200, height + 90),
    ):
        parts = VideoFrameInParts(frame, quarter_turns)
        assert parts.shape == whole.shape
        part = np.s_[max(0, top) : bottom, max(0, left) : right]
        assert np.array_equal(parts.covering(left, top, right, bottom)[part], whole[part]), (left, top)


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("name", PLANAR)
def test_parts_when_of_any_format_and_size_then_have_the_pixels_of_the_whole(
    name: str, width: int, height: int
) -> None:
    frame = noise(name, width, height)
    assert can_be_in_parts(frame)
    assert_parts_are_alike(frame)


@pytest.mark.parametrize("color", COLORS)
@pytest.mark.parametrize("name", ["yuv420p", "yuv420p10le"])
def test_parts_when_of_any_colour_space_then_have_the_pixels_of_the_whole(
    name: str, color: tuple[int, int]
) -> None:
    assert_parts_are_alike(noise(name, *SIZES[1], color))


@pytest.mark.parametrize("quarter_turns", [1, 2, 3])
def test_parts_when_turned_then_are_where_they_are_shown(quarter_turns: int) -> None:
    assert_parts_are_alike(noise("yuv420p", *SIZES[1]), quarter_turns)


def test_parts_when_all_is_asked_for_before_or_after_a_part_then_it_is_the_whole() -> None:
    frame = noise("yuv420p", *SIZES[1])
    parts = VideoFrameInParts(frame, 0)
    parts.covering(300, 300, 310, 310)
    assert np.array_equal(whole_frame(parts), converted(frame))
    assert np.array_equal(whole_frame(VideoFrameInParts(frame, 0)), converted(frame))


def test_parts_when_asked_for_a_part_then_the_rest_is_not_converted(monkeypatch: pytest.MonkeyPatch) -> None:
    corners: list[tuple[int, int]] = []
    convert = VideoFrameInParts._convert
    monkeypatch.setattr(
        VideoFrameInParts, "_convert", lambda self, x, y: (corners.append((x, y)), convert(self, x, y))
    )
    parts = VideoFrameInParts(noise("yuv420p", *SIZES[0]), 0)
    parts.covering(250, 10, 260, 20)
    assert corners == [(0, 0), (256, 0)]
    parts.covering(0, 0, 256, 256)
    parts.covering(-90, -90, -10, -10)
    parts.covering(5000, 0, 5010, 10)
    assert len(corners) == 2


@pytest.mark.parametrize(
    ("name", "width", "height"),
    [
        ("yuv420p", 1281, 720),
        ("yuv420p", 1280, 721),
        ("yuv411p", 1280, 720),
        ("nv12", 1280, 720),
        ("rgb24", 1280, 720),
        ("yuv420p", 640, 360),
        ("yuv420p", 4000, 240),
    ],
)
def test_parts_when_they_would_differ_or_not_pay_then_the_whole_is_converted(
    name: str, width: int, height: int
) -> None:
    assert not can_be_in_parts(VideoFrame(width, height, name))


@pytest.fixture
def large(tmp_path: Path) -> Path:
    rng = np.random.default_rng(5)
    frames = [rng.integers(0, 256, (720, 1280, 3), np.uint8) for _ in range(3)]
    return write_video(tmp_path / "large.mp4", frames=frames, options={"preset": "ultrafast"}, rotation=90)


def test_read_in_parts_when_the_video_is_large_and_turned_then_the_frames_are_those_of_read(large: Path) -> None:
    with open_source(large) as source:
        frames = [InParts(source).read(i) for i in range(3)]
        whole = [source.read(i) for i in range(3)]
        assert InParts(source).frame_count == 3
    assert all(isinstance(frame, FrameInParts) for frame in frames)
    for frame, expected in zip(frames, whole, strict=True):  # the file is closed
        assert frame.shape == expected.shape == (1280, 720, 3)
        assert np.array_equal(frame.covering(100, 900, 140, 990)[900:990, 100:140], expected[900:990, 100:140])
        assert np.array_equal(whole_frame(frame), expected)


def test_read_in_parts_when_the_video_is_small_then_frames_are_arrays(tmp_path: Path) -> None:
    with open_source(write_video(tmp_path / "small.mp4")) as source:
        frame = InParts(source).read(1)
        assert isinstance(frame, np.ndarray)
        assert np.array_equal(frame, source.read(1))


def test_read_in_parts_when_fields_are_interlaced_then_frames_are_arrays(tmp_path: Path) -> None:
    path = tmp_path / "interlaced.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"x264-params": "tff=1"})
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        for _ in range(2):
            container.mux(stream.encode(noise("yuv420p", 1280, 720)))
        container.mux(stream.encode(None))
    with open_source(path) as source:
        assert isinstance(InParts(source).read(0), np.ndarray)
