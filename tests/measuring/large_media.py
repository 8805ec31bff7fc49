"""Times large frames, files and folders: `python -m tests.measuring.large_media FOLDER`.

FOLDER gets an 8K video, a small one, one of 20 hours and 200,000 images, about 1 GB; what was measured goes to
stdout.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import torch
from av.packet import Packet
from PIL import Image

from dlst_gui.tracking.tracker_factory import TrackerSettings, make_tracker
from dlst_gui.tracking.tracking_run import FrameSource, TrackingRun, TrackRequest
from dlst_gui.video import InParts, ReadAhead, open_source
from dlst_gui.video.index_cache import SETTLED_S
from tracker_core import Box

FRAMES, SETTLED = 40, 5
GROUP = 250
LATEST_SHOWN = 4  # frames by which one may be shown after it is stored
SIZES = {"8K": (7680, 4320), "small": (640, 360)}


def main(arguments: list[str]) -> None:
    """Make what is missing, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=200_000)
    parser.add_argument("--frames", type=int, default=2_160_000, help="of the long video")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    for name, size in SIZES.items():
        path = options.folder / f"{name}.mp4"
        if not path.exists():
            _make_video(path, *size)
        for is_in_parts in (False, True):
            way = "in parts" if is_in_parts else "whole"
            frame_ms = _frame_ms(path, size[0], is_in_parts=is_in_parts)
            _say(f"{name}, {way}: {frame_ms:.0f} ms of the processor a frame")
    os.environ["XDG_CACHE_HOME"] = str(options.folder / f"cache {os.getpid()}")
    long = options.folder / "long.mp4"
    if not long.exists():
        _make_long_video(long, options.frames)
        time.sleep(SETTLED_S)
    for way in ("first", "second"):
        _say(f"long, {way} opening: {_opening_s(long):.1f} s of the processor")
    images = options.folder / "images"
    _make_images(images, options.images)
    _say(f"{options.images} images: {_opening_s(images):.1f} s of the processor")


def _make_video(path: Path, width: int, height: int) -> None:
    """A textured square over a textured ground."""
    rng = np.random.default_rng(0)
    ground, square = (
        cv2.resize(rng.integers(0, 255, (rows, columns, 3), np.uint8), size, interpolation=way)
        for rows, columns, size, way in (
            (height // 16, width // 16, (width, height), cv2.INTER_CUBIC),
            (8, 8, (width // 60, width // 60), cv2.INTER_NEAREST),
        )
    )
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast", "crf": "28"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(FRAMES):
            frame, box = ground.copy(), _box(width, number)
            frame[int(box.y) : int(box.bottom), int(box.x) : int(box.right)] = square
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))


def _box(width: int, number: int) -> Box:
    return Box(width // 4 + number * width // 800, width // 5 + number * width // 1600, width // 60, width // 60)


def _frame_ms(path: Path, width: int, *, is_in_parts: bool) -> float:
    """Processor time of a tracked frame, decoding included; the median."""
    with open_source(path) as source, ReadAhead(InParts(source) if is_in_parts else source) as frames:
        read: FrameSource = frames
        request = TrackRequest(0, {0: _box(width, 0)}, 0, source.frame_count - 1)
        run = TrackingRun(request, read, make_tracker(TrackerSettings(speed="fast")))
        times_s = []
        while not run.is_finished:
            begin_s = time.process_time()
            run.step()
            times_s.append(time.process_time() - begin_s)
    return 1000 * statistics.median(times_s[SETTLED:])


def _make_long_video(path: Path, frame_count: int) -> None:
    """One group of tiny frames, again and again."""
    second = Fraction(1, 30)
    content = io.BytesIO()
    with av.open(content, "w", format="matroska") as container:
        options = {"x264-params": f"keyint={GROUP}:min-keyint={GROUP}:scenecut=0:bframes=2:b-adapt=0"}
        stream = container.add_stream("libx264", rate=30, options=options)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        ramp = np.tile(np.arange(64, dtype=np.uint8)[None, :, None] * 2, (48, 1, 3))
        for number in range(GROUP):
            frame = av.VideoFrame.from_ndarray(np.roll(ramp, number, axis=1), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with av.open(io.BytesIO(content.getvalue())) as group, av.open(str(path), "w") as container:
        source = group.streams.video[0]
        packets = [each for each in group.demux(source) if each.size]
        stream = container.add_stream_from_template(source)
        for begin in range(0, frame_count, GROUP):
            for place, each in enumerate(packets):
                packet = Packet(bytes(each))
                packet.time_base, packet.stream, packet.is_keyframe = second, stream, each.is_keyframe
                packet.pts = begin + round((each.pts or 0) * source.time_base / second) + LATEST_SHOWN
                packet.dts = begin + place
                container.mux_one(packet)


def _make_images(folder: Path, count: int) -> None:
    folder.mkdir(exist_ok=True)
    first = folder / "frame_0.jpg"
    Image.effect_noise((64, 48), 50).convert("RGB").save(first)
    content = first.read_bytes()
    for number in range(1, count):
        path = folder / f"frame_{number}.jpg"
        if not path.exists():
            path.write_bytes(content)


def _opening_s(path: Path) -> float:
    """Processor time to open a video or a folder of images."""
    begin_s = time.process_time()
    with open_source(path):
        return time.process_time() - begin_s


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
