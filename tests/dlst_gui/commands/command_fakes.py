"""Fakes for the commands; module-level, so that they cross to worker processes."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from dlst_gui.tracking.tracker_factory import TrackerSettings
from tests.fakes import FakeTracker, SyntheticVideo
from tracker_core import Box, Checkpoint, CheckpointError, Frame, ShouldCancel, TrackResult

STAGES = (("localize", 2.0), ("classify", 5.0))


@dataclass
class CommandTracker(FakeTracker):
    """A `FakeTracker` with stages that can be resumed, and may meet with Ctrl+C or a fault on a given frame."""

    interrupted_at: int | None = None
    fails_at: int | None = None

    def checkpoint(self) -> Checkpoint | None:
        return None if self.box is None else {"box": self.box.xywh, "tracked": np.array(self.tracked)}

    def resume(self, checkpoint: Checkpoint) -> None:
        if "box" not in checkpoint:
            raise CheckpointError("expected a box")
        self.calls.append(("resume", None))
        self.box, self.tracked = Box.from_xywh(checkpoint["box"]), int(checkpoint["tracked"])

    def track(
        self, frame: Frame, *, with_diagnostics: bool = False, should_cancel: ShouldCancel | None = None
    ) -> TrackResult:
        if self.tracked + 1 == self.fails_at:
            raise RuntimeError("the\ntracker fell over")
        result = super().track(frame, with_diagnostics=with_diagnostics, should_cancel=should_cancel)
        if self.tracked == self.interrupted_at:
            signal.raise_signal(signal.SIGINT)
        if result.diagnostics is None:
            return result
        return replace(result, diagnostics=replace(result.diagnostics, stage_ms=STAGES))


@dataclass
class FakeFactory:
    """Makes `CommandTracker`s; the seed moves them a little off the target."""

    interrupted_at: int | None = None
    fails_at: int | None = None
    lost_frames: frozenset[int] = frozenset()
    settings: list[TrackerSettings] = field(default_factory=list)
    trackers: list[CommandTracker] = field(default_factory=list)

    def __call__(self, settings: TrackerSettings) -> CommandTracker:
        self.settings.append(settings)
        self.trackers.append(
            CommandTracker(
                velocity=(2.0, 0.25 * settings.seed),
                lost_frames=self.lost_frames,
                interrupted_at=self.interrupted_at,
                fails_at=self.fails_at,
            )
        )
        return self.trackers[-1]


def write_sequence(folder: Path, video: SyntheticVideo, *, has_truth: bool = True) -> Path:
    """A sequence folder in the OTB layout: `img/0001.png` and on, and 1-based ground truth."""
    (folder / "img").mkdir(parents=True)
    for index in range(video.frame_count):
        frame = cv2.cvtColor(video.read(index), cv2.COLOR_RGB2BGR)
        assert cv2.imwrite(str(folder / "img" / f"{index + 1:04d}.png"), frame)
    if has_truth:
        write_truth(folder / "groundtruth_rect.txt", video, range(video.frame_count))
    return folder


def write_truth(path: Path, video: SyntheticVideo, frames: range) -> None:
    boxes = [video.box(index).shifted(1, 1) for index in frames]
    path.write_text("".join(f"{box.x:g},{box.y:g},{box.width:g},{box.height:g}\n" for box in boxes))
