"""Takes a `TrackingRun` to its end without a window: for the command line and the evaluation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from dlst_gui.tracking.tracking_run import FrameTracked, TrackingRun
from dlst_gui.video import VideoError
from tracker_core import Box, OnProgress, ShouldCancel, TrackingCancelled


class RunEnd(Enum):
    """Why a run came to its end."""

    COMPLETED = "completed"
    INTERRUPTED = "interrupted"
    SOURCE_DAMAGED = "source damaged"


@dataclass(frozen=True, slots=True)
class HeadlessResult:
    """What a run gave, up to where it ended.

    Attributes:
        frames: in order, without diagnostics.
        message: of a damaged source, for the user.
    """

    frames: tuple[FrameTracked, ...]
    end: RunEnd
    message: str = ""

    @property
    def boxes(self) -> tuple[Box, ...]:
        return tuple(tracked.result.box for tracked in self.frames)

    @property
    def scores(self) -> tuple[float, ...]:
        """The tracker's, by frame; infinity where a person drew the box."""
        return tuple(tracked.result.score for tracked in self.frames)

    @property
    def first_frame_s(self) -> float | None:
        """Seconds the first frame took; None where there is none."""
        return self.frames[0].elapsed_s if self.frames else None

    @property
    def fps(self) -> float | None:
        """Frames per second of the tracker alone, without the first frame; None where there is no second one."""
        elapsed_s = sum(tracked.elapsed_s for tracked in self.frames[1:])
        return (len(self.frames) - 1) / elapsed_s if elapsed_s > 0 else None


def run_headless(
    run: TrackingRun,
    *,
    on_frame: Callable[[FrameTracked], None],
    should_cancel: ShouldCancel,
    on_progress: OnProgress | None = None,
    with_diagnostics: bool = False,
) -> HeadlessResult:
    """Track to the end of the run, to damage in the source, or until `should_cancel` answers True.

    Args:
        run: not yet begun.
        on_frame: told of every frame, with its diagnostics where they are asked for.
        should_cancel: polled between frames and while learning.
        on_progress: told the finished fraction of learning on a manual box.
        with_diagnostics: whether `on_frame` gets them.
    """
    frames: list[FrameTracked] = []
    while not run.is_finished:
        if should_cancel():
            return HeadlessResult(tuple(frames), RunEnd.INTERRUPTED)
        try:
            tracked = run.step(
                with_diagnostics=with_diagnostics, should_cancel=should_cancel, on_progress=on_progress
            )
        except TrackingCancelled:
            return HeadlessResult(tuple(frames), RunEnd.INTERRUPTED)
        except VideoError as error:
            return HeadlessResult(tuple(frames), RunEnd.SOURCE_DAMAGED, str(error))
        on_frame(tracked)
        frames.append(replace(tracked, result=replace(tracked.result, diagnostics=None)))
    return HeadlessResult(tuple(frames), RunEnd.COMPLETED)
