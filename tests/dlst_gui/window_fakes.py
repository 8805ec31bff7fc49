"""Made-up video and tracker behind the real threads of the window."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.video.video_source import UNWATCHED, ClosedOnExit, FrameSequence, OpeningWatch, VideoError
from tests.fakes import FakeTracker, SyntheticVideo
from tracker_core import Box, Frame


@dataclass
class SyntheticSource(FrameSequence):
    """A `SyntheticVideo` with everything a `VideoSource` has; breaks off at `broken_from`."""

    path: Path
    video: SyntheticVideo
    broken_from: int | None = None
    notice: str | None = None
    nominal_fps: float = 25.0
    thread: int = field(default_factory=threading.get_ident)
    reading: threading.Lock = field(default_factory=threading.Lock)
    is_closed: bool = False
    read_frames: list[int] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def frame_count(self) -> int:
        return self.video.frame_count

    @property
    def width(self) -> int:
        return self.video.width

    @property
    def height(self) -> int:
        return self.video.height

    @property
    def ground_truth(self) -> tuple[Box | None, ...]:
        return tuple(self.video.box(i) for i in range(self.video.frame_count))

    def read(self, frame_index: int) -> Frame:
        assert self.reading.acquire(blocking=False), "a source is read by one thread at a time"
        try:
            if self.broken_from is not None and frame_index >= self.broken_from:
                raise VideoError(f"{self.path}: damaged at frame {self.broken_from}; frames before it can be used")
            self.read_frames.append(frame_index)
            return self.video.read(frame_index)
        finally:
            self.reading.release()

    def timestamp_s(self, frame_index: int) -> float:
        return self.video.timestamp_s(frame_index)

    def close(self) -> None:
        self.is_closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass
class Workshop:
    """Makes the sources and trackers of one test, and remembers them."""

    video: SyntheticVideo = field(default_factory=SyntheticVideo)
    broken_from: int | None = None
    notice: str | None = None
    frame_delay_s: float = 0.0
    learn_delay_s: float = 0.0
    lost_frames: frozenset[int] = frozenset()
    tracker_type: type[FakeTracker] = FakeTracker
    sources: list[SyntheticSource] = field(default_factory=list)
    made: list[tuple[TrackerSettings, FakeTracker]] = field(default_factory=list)
    tracker_threads: set[int] = field(default_factory=set)

    def __setattr__(self, name: str, value: object) -> None:
        """Also of trackers that are there: one may have been made before a test says how it is to be."""
        super().__setattr__(name, value)
        if name in ("frame_delay_s", "learn_delay_s", "lost_frames"):
            for _, tracker in getattr(self, "made", ()):
                setattr(tracker, name, value)

    @property
    def trackers(self) -> list[FakeTracker]:
        """Those that were asked to learn; one that is kept ready is not among them."""
        return [tracker for _, tracker in self.made if tracker.is_used]

    @property
    def settings(self) -> list[TrackerSettings]:
        """Of each of `trackers`."""
        return [settings for settings, tracker in self.made if tracker.is_used]

    def open_source(self, path: Path, watch: OpeningWatch = UNWATCHED) -> SyntheticSource:
        if path.suffix == ".txt":
            raise VideoError(f"{path} is not a video; open a video file or a folder of images")
        self.sources.append(SyntheticSource(path, self.video, self.broken_from, self.notice))
        return self.sources[-1]

    def make_tracker(self, settings: TrackerSettings) -> FakeTracker:
        self.tracker_threads.add(threading.get_ident())
        tracker = self.tracker_type(
            frame_delay_s=self.frame_delay_s, learn_delay_s=self.learn_delay_s, lost_frames=self.lost_frames
        )
        self.made.append((settings, tracker))
        return tracker


@dataclass
class WorkshopOpener(ClosedOnExit):
    """In place of an `IsolatedOpener`: no process is started."""

    workshop: Workshop

    def __call__(self, path: Path, watch: OpeningWatch = UNWATCHED) -> SyntheticSource:
        return self.workshop.open_source(path, watch)

    def close(self) -> None:
        pass
