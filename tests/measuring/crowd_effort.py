"""What a person does for several objects at once: `python -m tests.measuring.crowd_effort SEQUENCES --objects 3`.

A clip with several ground truths is made of sequences with one each, side by side at one height; all objects are
tracked in one run. A simulated person draws the first boxes and then corrects every box that is below the IoU
threshold, on the frame on which it is wrong, with the hand of `dlst effort` (SAP-1, docs/effort.md). Told are the
corrections per 100 frames and object, next to those of each object alone on the same clip and on its own, and how
often the run would have let one wait: because it is lost, or on another one's target, which here is never so.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from dlst_gui.tracking.allocator import prepare_for_torch
from dlst_gui.tracking.devices import cpu_threads
from dlst_gui.tracking.joint_run import JointRun, shared_threads
from dlst_gui.tracking.lost_rule import LostRule, LostWatch
from dlst_gui.tracking.meeting_watch import MeetingRule, MeetingWatch
from dlst_gui.tracking.tracker_factory import TrackerSettings, make_tracker
from dlst_gui.tracking.tracking_run import FrameTracked, TrackRequest
from dlst_gui.video import VideoSource, open_source
from tracker_core import Box, Frame
from tracker_core.evaluation.manual_boxes import Hand

HEIGHT = 360


@dataclass(frozen=True)
class Tile:
    """One sequence's place in the clip; `scale` and `left` lead from its pixels to the clip's."""

    source: VideoSource
    scale: float
    left: int

    @property
    def width(self) -> int:
        return round(self.source.width * self.scale)

    def read(self, frame_index: int) -> Frame:
        frame = self.source.read(frame_index)
        return cv2.resize(frame, (self.width, HEIGHT), interpolation=cv2.INTER_AREA)

    def truth(self, frame_index: int) -> Box | None:
        box = (self.source.ground_truth or ())[frame_index]
        if box is None:
            return None
        s = self.scale
        return Box(box.x * s + self.left, box.y * s, box.width * s, box.height * s)


@dataclass(frozen=True)
class Tiled:
    """Several sequences side by side, as one source of frames."""

    tiles: tuple[Tile, ...]

    @classmethod
    def of(cls, sources: Sequence[VideoSource]) -> Tiled:
        left, tiles = 0, []
        for source in sources:
            tiles.append(Tile(source, HEIGHT / source.height, left))
            left += tiles[-1].width
        return cls(tuple(tiles))

    def read(self, frame_index: int) -> Frame:
        return np.concatenate([tile.read(frame_index) for tile in self.tiles], axis=1)


@dataclass
class Effort:
    """What was done and told for one object."""

    corrections: int = 0
    lost: int = 0
    met: int = 0


@dataclass
class Labelling:
    """One run over a clip, and the person beside it."""

    clip: Tiled
    chosen: tuple[int, ...]
    frames: int
    iou_threshold: float
    efforts: dict[int, Effort] = field(default_factory=dict)

    def label(self, settings: TrackerSettings) -> dict[int, Effort]:
        requests = [
            TrackRequest(0, {0: self._drawn(track_id, 0)}, 0, self.frames - 1, track_id)
            for track_id in self.chosen
        ]
        at_once, settings = shared_threads(requests, settings)
        self.efforts = {track_id: Effort() for track_id in self.chosen}
        watches = {track_id: LostWatch(LostRule()) for track_id in self.chosen}
        watch = MeetingWatch(MeetingRule())
        with closing(
            JointRun(
                requests,
                self.clip,
                lambda: make_tracker(settings),
                at_once=at_once,
                threads_each=settings.threads,
                meeting_watch=watch,
            )
        ) as run:
            while not run.is_finished:
                tracked = run.step()
                for met in run.take_meetings():
                    self.efforts[met.track_id].met += 1
                    run.release(met.track_id)
                self.efforts[tracked.track_id].lost += watches[tracked.track_id].add(tracked) is not None
                self._look(run, tracked)
        return self.efforts

    def _look(self, run: JointRun, tracked: FrameTracked) -> None:
        truth = self.clip.tiles[tracked.track_id].truth(tracked.frame_index)
        if tracked.is_human or truth is None or tracked.result.box.iou(truth) >= self.iou_threshold:
            return
        self.efforts[tracked.track_id].corrections += 1
        if run.has_just_tracked(tracked.track_id, tracked.frame_index):
            run.apply_correction(
                tracked.track_id, tracked.frame_index, self._drawn(tracked.track_id, tracked.frame_index)
            )

    def _drawn(self, track_id: int, frame_index: int) -> Box:
        tile = self.clip.tiles[track_id]
        truth = tile.truth(frame_index)
        assert truth is not None
        return truth if frame_index == 0 else Hand(0, tile.source.name).draw(truth, frame_index)


def measure(paths: Sequence[Path], frames: int, iou_threshold: float, settings: TrackerSettings) -> None:
    sources = [open_source(path) for path in paths]
    try:
        count = min(frames, *(source.frame_count for source in sources))
        clip = Tiled.of(sources)
        chosen = tuple(range(len(sources)))
        together = Labelling(clip, chosen, count, iou_threshold).label(settings)
        for track_id in chosen:
            alone = Labelling(clip, (track_id,), count, iou_threshold).label(settings)[track_id]
            own = Labelling(Tiled.of([sources[track_id]]), (0,), count, iou_threshold).label(settings)[0]
            each = together[track_id]
            sys.stdout.write(
                f"{sources[track_id].name:20s} {count:5d} frames  IoU {iou_threshold:.1f}  corrections per 100: "
                f"together {per_100(each, count):5.2f}  alone {per_100(alone, count):5.2f}  on its own clip "
                f"{per_100(own, count):5.2f}  lost {each.lost}  met {each.met}\n"
            )
            sys.stdout.flush()
        total = sum(effort.corrections for effort in together.values())
        sys.stdout.write(
            f"{'all together':20s} {100 * total / (count * len(chosen)):.2f} per 100 frames and object\n"
        )
    finally:
        for source in sources:
            source.close()


def per_100(effort: Effort, frames: int) -> float:
    return 100 * effort.corrections / frames


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sequences", type=Path, nargs="+", help="folders with ground truth, clip by clip")
    parser.add_argument("--objects", type=int, default=3, help="of one clip (default: 3)")
    parser.add_argument("--frames", type=int, default=100, help="of a clip, at most (default: 100)")
    parser.add_argument("--iou", type=float, default=0.5, help="boxes below it are corrected (default: 0.5)")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    settings = TrackerSettings(device="cpu", threads=options.threads)
    with cpu_threads(options.threads):
        for first in range(0, len(options.sequences), options.objects):
            group = options.sequences[first : first + options.objects]
            if len(group) == options.objects:
                measure(group, options.frames, options.iou, settings)


if __name__ == "__main__":
    prepare_for_torch()
    main(sys.argv[1:])
