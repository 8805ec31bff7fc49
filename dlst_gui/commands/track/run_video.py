"""The annotated video of a run: made as it goes, or in the end from the boxes alone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from dlst_gui.commands.running.full_disk import DiskPatience, is_disk_full
from dlst_gui.commands.running.progress import progress_bar
from dlst_gui.commands.running.terminal import say
from dlst_gui.tracking.tracking_run import FrameTracked
from dlst_gui.video import ReadAhead, VideoError, VideoSource, open_source
from dlst_gui.video.annotated_video import AnnotatedVideoWriter
from dlst_gui.video.drawn import DrawnBox
from dlst_gui.video.video_source import ClosedOnExit
from tracker_core import AnyFrame, Frame, ShouldCancel, whole_frame


class RunVideo(ClosedOnExit):
    """Written frame by frame; a run that ends before its first frame leaves none.

    Args:
        path: of the file.
        source: gives times.
        is_whole: all frames of the run will come; otherwise an earlier call has tracked some, and `finish` draws.
    """

    def __init__(self, path: Path, source: VideoSource, *, is_whole: bool) -> None:
        self._path = path
        self._source = source
        self._is_whole = is_whole
        self._writing = ExitStack()
        self._writer: AnnotatedVideoWriter | None = None
        self._begin_s = 0.0

    @property
    def is_behind(self) -> bool:
        """Whether `finish` has to draw all frames."""
        return not self._is_whole

    def add(self, tracked: FrameTracked, frames: ReadAhead[AnyFrame]) -> None:
        """Draw one more frame, which was read last. Raises VideoError; a full disk is left to `finish`."""
        if not self._is_whole:
            return
        shown_s = self._source.timestamp_s(tracked.frame_index)
        try:
            if self._writer is None:
                self._begin_s = shown_s
                writer = AnnotatedVideoWriter(self._path, nominal_fps=self._source.nominal_fps)
                self._writer = self._writing.enter_context(writer)
            frame = whole_frame(frames.read(tracked.frame_index))
            self._writer.add(frame, shown_s - self._begin_s, [_drawn(tracked)])
        except VideoError as error:
            self._give_up(error)

    def finish(self, tracked_frames: Sequence[FrameTracked], patience: DiskPatience) -> None:
        """Complete the file. Raises VideoError, and `DiskFullError` where nobody waits for some space."""
        if self._writer is not None:
            try:
                self._writing.close()
            except VideoError as error:
                self._give_up(error)
            else:
                self._writer = None
                return
        patience.until_done(
            lambda: write_video(self._path, self._source.path, tracked_frames, patience.should_cancel),
            self._path,
            waiting="the video",
        )

    def close(self) -> None:
        """Leave no file where it was not finished."""
        if self._writer is not None:
            self._writer = None
            self._writing.__exit__(VideoError, VideoError("not finished"), None)

    def _give_up(self, error: VideoError) -> None:
        self._is_whole = False
        self.close()
        if not is_disk_full(error):
            raise error
        say(f"{self._path}: the disk is full; the video will be drawn once tracking has ended")


def write_video(
    path: Path, source_path: Path, tracked_frames: Sequence[FrameTracked], should_cancel: ShouldCancel
) -> None:
    """Draw known boxes into the frames of a source.

    Raises:
        VideoError: a frame cannot be read, or the file not be written.
        KeyboardInterrupt: somebody wanted to stop; there is no file.
    """
    with open_source(source_path) as source, ReadAhead(source) as frames:
        begin_s = source.timestamp_s(tracked_frames[0].frame_index)
        with (
            progress_bar(len(tracked_frames), path.name) as bar,
            AnnotatedVideoWriter(path, nominal_fps=source.nominal_fps) as writer,
        ):
            for tracked in tracked_frames:
                if should_cancel():
                    raise KeyboardInterrupt
                frame: Frame = frames.read(tracked.frame_index)
                writer.add(frame, source.timestamp_s(tracked.frame_index) - begin_s, [_drawn(tracked)])
                bar.update()


def _drawn(tracked: FrameTracked) -> DrawnBox:
    result = tracked.result
    if tracked.is_human:
        return DrawnBox(result.box, "manual box", color_index=1)
    if not result.is_found:
        return DrawnBox(result.box, "lost", result.score, color_index=5)
    return DrawnBox(result.box, score=result.score)
