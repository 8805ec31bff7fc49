"""Writes a project as large as they get, with a video to match: `python -m tests.large_project OUT.dlst`.

`OUT.mp4` comes beside it: a few seconds of small pictures, repeated, so that it is written quickly. It is named in
the project, so that `dlst export OUT.dlst` and the window find it. Same arguments, same boxes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from dlst_gui.project.changes import (
    Change,
    KeyframeChange,
    LabelChange,
    PredictionChange,
    ReviewChange,
    TrackChange,
)
from dlst_gui.project.labels import Label, TrackInfo
from dlst_gui.project.opening import identity_of
from dlst_gui.project.prediction_block import ROW, UPDATES, PredictionBlock, RowFlag
from dlst_gui.project.review import ReviewMark, ReviewSpan
from dlst_gui.project.run_facts import RunFacts, keep_run_facts
from dlst_gui.project.store import ProjectStore
from dlst_gui.project.track_colors import TRACK_COLORS
from dlst_gui.project.tracks import BoxOrigin, Keyframe, Visibility
from dlst_gui.video import open_source
from tracker_core import Box, UpdateKind

WIDTH, HEIGHT = 640, 360
FRAMES_PER_GROUP = 250
LABELS = ("person", "car", "bicycle", "dog", "bus")
RUNS = 4
ABSENT_SHARE = 0.04
"""Of a track's frames: 100,000 frames of 50 objects have 4,800,000 boxes."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is to be.

    Attributes:
        manual_every: frames from one manual box to the next; 1: all boxes are manual.
    """

    frames: int
    objects: int
    manual_every: int = 500


def write_large_project(path: Path, size: Size) -> None:
    """Write video and project; what lies there is replaced."""
    video_path = path.with_suffix(".mp4")
    write_long_video(video_path, size.frames)
    with open_source(video_path) as source:
        identity = identity_of(source, video_path)
    path.unlink(missing_ok=True)
    with ProjectStore.create(path, identity) as store:
        for run_id in range(1, RUNS + 1):
            keep_run_facts(store, run_id, RunFacts("1.0", "dlst-studio fast", "studio", "0" * 64, run_id, "cpu"))
        project = store.read_project()
        named = zip(LABELS, TRACK_COLORS, strict=False)
        labels = tuple(LabelChange(None, Label(name, color)) for name, color in named)
        tracks = (tuple(track_changes(track_id, size)) for track_id in range(1, size.objects + 1))
        for changes in chain((labels,), tracks):
            project.apply(*changes)
            store.write_state(changes, project)


def track_changes(track_id: int, size: Size) -> Iterator[Change]:
    """One track from nothing: an object that wanders, is gone for a while, and comes back."""
    random = np.random.default_rng(track_id)
    boxes = wandering_boxes(random, size.frames)
    absent = range(*(int(share * size.frames) for share in _absence(random)))
    frames = np.arange(size.frames, dtype=np.int32)
    is_here = (frames < absent.start) | (frames >= absent.stop)
    color, label = TRACK_COLORS[track_id % len(TRACK_COLORS)], LABELS[track_id % len(LABELS)]
    yield TrackChange(None, TrackInfo(track_id, label, color, {"number": str(track_id)}))
    is_manual = is_here & ((frames - absent.stop) % size.manual_every == 0)
    is_manual[0] = True
    manual = [_manual(frame_index, size, boxes) for frame_index in np.flatnonzero(is_manual).tolist()]
    if size.manual_every == 1:
        # Imported here: with few manual boxes, checkouts from before these were there can be compared with.
        from dlst_gui.project.changes import KeyframesChange  # noqa: PLC0415
        from dlst_gui.project.keyframe_block import KeyframeBlock  # noqa: PLC0415

        yield KeyframesChange(None, KeyframeBlock.of(manual), track_id)
    else:
        yield from (KeyframeChange(None, each, track_id) for each in manual)
    if absent:
        gone = Keyframe(absent.start, Box(*boxes[max(absent.start - 1, 0)].tolist()), Visibility.OUTSIDE)
        yield KeyframeChange(None, gone, track_id)
    is_tracked = is_here & ~is_manual
    if is_tracked.any():
        yield PredictionChange(None, predictions(random, frames[is_tracked], boxes[is_tracked]), track_id)
    firsts = [first for first in (0, 1000, 5000) if first + 99 < size.frames]
    spans = tuple(ReviewSpan(first, first + 99, ReviewMark.ACCEPTED) for first in firsts)
    if spans:
        yield ReviewChange((), spans, track_id)


def _manual(frame_index: int, size: Size, boxes: NDArray[np.float64]) -> Keyframe:
    is_occluded = frame_index // size.manual_every % 10 == 9
    visibility = Visibility.OCCLUDED if is_occluded else Visibility.VISIBLE
    attributes = {"note": "half hidden"} if is_occluded and size.manual_every > 1 else {}
    return Keyframe(frame_index, Box(*boxes[frame_index].tolist()), visibility, BoxOrigin.DRAWN, attributes)


def wandering_boxes(random: np.random.Generator, frames: int) -> NDArray[np.float64]:
    """(frames, 4) x, y, width, height inside the picture, with the noise of a tracker."""
    times = np.arange(frames)
    periods, phases = random.uniform(200, 3000, 4), random.uniform(0, 2 * np.pi, 4)
    x, y, width, height = (0.5 + 0.5 * np.sin(2 * np.pi * times / periods[:, None] + phases[:, None])).clip(0, 1)
    width, height = 20 + 60 * width, 20 + 60 * height
    corners = 1 + (WIDTH - 3 - width) * x, 1 + (HEIGHT - 3 - height) * y
    return np.stack([*corners, width, height], axis=1) + random.uniform(-0.5, 0.5, (frames, 4))


def predictions(
    random: np.random.Generator, frames: NDArray[np.int32], boxes: NDArray[np.float64]
) -> PredictionBlock:
    """What trackers found there: of several runs, 2 % lost, 1 % superseded, a third tracked both ways."""
    rows = np.zeros(len(frames), dtype=ROW)
    rows["box"] = boxes
    is_lost = frames // 20 % 50 == random.integers(50)  # 20 frames in 1000
    rows["score"] = np.where(is_lost, -1.0, random.uniform(0.5, 6, len(frames)))
    rows["run_id"] = 1 + np.arange(len(frames)) * RUNS // max(len(frames), 1)
    rows["disagreement"] = np.where(rows["run_id"] % 3 == 0, random.uniform(0, 0.3, len(frames)), np.nan)
    is_superseded = frames // 100 % 100 == 99
    rows["flags"] = (
        RowFlag.PRESENT + np.where(is_lost, 0, RowFlag.FOUND) + np.where(is_superseded, RowFlag.SUPERSEDED, 0)
    )
    rows["update"] = UPDATES.index(UpdateKind.SHORT_TERM)
    return PredictionBlock(frames, rows)


def write_long_video(path: Path, frames: int) -> None:
    """Write one group of pictures again and again, without encoding it anew."""
    packets = _encoded_group()
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.open()
        container.start_encoding()
        for index in range(frames):
            data, is_keyframe = packets[index % FRAMES_PER_GROUP]
            packet = av.Packet(data)
            packet.stream, packet.time_base = stream, Fraction(1, 25)
            packet.pts = packet.dts = index
            packet.is_keyframe = is_keyframe
            container.mux(packet)


def _encoded_group() -> list[tuple[bytes, bool]]:
    encoder = av.CodecContext.create("mpeg4", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, 25), Fraction(25)
    encoder.gop_size, encoder.max_b_frames = FRAMES_PER_GROUP, 0
    packets = []
    for index in range(FRAMES_PER_GROUP):
        picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
        picture[100:140, index : index + 40] = (200, 120, 40)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts = index
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    return [(bytes(packet), packet.is_keyframe) for packet in packets]


def _absence(random: np.random.Generator) -> tuple[float, float]:
    first = float(random.uniform(0.1, 0.9 - ABSENT_SHARE))
    return first, first + ABSENT_SHARE


def main(arguments: list[str]) -> None:
    """Write what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="the project; its video comes beside it")
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--objects", type=int, default=50)
    parser.add_argument("--manual-every", type=int, default=500, help="frames from one manual box to the next")
    parser.add_argument("--kind", choices=("predictions", "manual"), default="predictions")
    options = parser.parse_args(arguments)
    every = 1 if options.kind == "manual" else options.manual_every
    write_large_project(options.out, Size(options.frames, options.objects, every))


if __name__ == "__main__":
    main(sys.argv[1:])
