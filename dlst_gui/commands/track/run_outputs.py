"""The files one run leaves behind: boxes, trace and annotated video."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.writable_files import check_writable
from dlst_gui.commands.track.command import LabelFormat
from dlst_gui.commands.track.label_files import label_format_for, write_labels
from dlst_gui.commands.track.trace_file import TraceFile
from dlst_gui.tracking.tracking_run import FrameSource, FrameTracked
from dlst_gui.video import VideoSource
from dlst_gui.video.annotated_video import AnnotatedVideoWriter
from dlst_gui.video.drawn import DrawnBox
from tracker_core import Frame

OnFrame = Callable[[FrameTracked], None]


@dataclass(frozen=True, slots=True)
class RunOutputs:
    """Which files to write; None where one is not wanted. The trace names the `system` that was run."""

    system: str
    labels: Path | None = None
    label_format: LabelFormat | None = None
    trace: Path | None = None
    video: Path | None = None

    def check(self) -> None:
        """Find out before the run whether they can be written; CommandError where not."""
        if self.video is not None and self.video.suffix.lower() != ".mp4":
            raise CommandError(f"--video {self.video}: the name must end in .mp4")
        if self.labels is not None and self.labels.suffix.lower() == ".dlst":
            raise CommandError(
                f"--out {self.labels}: a project is not written by this command; write a .csv and `import` it"
            )
        for path in (self.labels, self.trace, self.video):
            if path is not None:
                check_writable(path)

    def written(self) -> tuple[tuple[str, Path], ...]:
        """What each file is, and where."""
        files = (("boxes", self.labels), ("video", self.video), ("trace", self.trace))
        return tuple((name, path) for name, path in files if path is not None)


class RememberingSource:
    """Keeps the frame last read, so that it need not be decoded again to be drawn on."""

    def __init__(self, source: FrameSource) -> None:
        self._source = source
        self.frame: Frame | None = None

    def read(self, frame_index: int) -> Frame:
        """See `FrameSource`."""
        self.frame = self._source.read(frame_index)
        return self.frame


@contextmanager
def writing(outputs: RunOutputs, source: VideoSource, frames: RememberingSource) -> Iterator[OnFrame]:
    """Gives what is to be told of every frame; whatever ends the body, the frames so far are in the files."""
    with ExitStack() as stack:
        listeners: list[OnFrame] = []
        if outputs.labels is not None:
            listeners.append(stack.enter_context(_labels(outputs.labels, outputs.label_format, source)))
        if outputs.trace is not None:
            listeners.append(stack.enter_context(_trace(outputs.trace, source, outputs.system)))
        if outputs.video is not None:
            listeners.append(stack.enter_context(_video(outputs.video, source, frames)))

        def tell(tracked: FrameTracked) -> None:
            for listener in listeners:
                listener(tracked)

        yield tell


@contextmanager
def _labels(path: Path, label_format: LabelFormat | None, source: VideoSource) -> Iterator[OnFrame]:
    tracked_frames: list[FrameTracked] = []
    try:
        yield tracked_frames.append
    finally:
        if tracked_frames:
            write_labels(path, tracked_frames, label_format_for(path, label_format), source.timestamp_s)


@contextmanager
def _trace(path: Path, source: VideoSource, system: str) -> Iterator[OnFrame]:
    with TraceFile(path, system) as trace:
        yield lambda tracked: trace.write(tracked, source.timestamp_s(tracked.frame_index))


@contextmanager
def _video(path: Path, source: VideoSource, frames: RememberingSource) -> Iterator[OnFrame]:
    with ExitStack() as stack:
        # Opened with the first frame: a run that ends before it leaves no video.
        writers: list[AnnotatedVideoWriter] = []
        begin_s = 0.0

        def add(tracked: FrameTracked) -> None:
            nonlocal begin_s
            shown_s = source.timestamp_s(tracked.frame_index)
            if not writers:
                begin_s = shown_s
                path.parent.mkdir(parents=True, exist_ok=True)
                writers.append(stack.enter_context(AnnotatedVideoWriter(path, nominal_fps=source.nominal_fps)))
            if frames.frame is not None:
                writers[0].add(frames.frame, shown_s - begin_s, [_drawn(tracked)])

        yield add


def _drawn(tracked: FrameTracked) -> DrawnBox:
    result = tracked.result
    if tracked.is_human:
        return DrawnBox(result.box, "manual box", color_index=1)
    if not result.is_found:
        return DrawnBox(result.box, "lost", result.score, color_index=5)
    return DrawnBox(result.box, score=result.score)
