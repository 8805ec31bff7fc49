"""What a tracker refuses before it looks: boxes and frames that cannot be tracked."""

from __future__ import annotations

from tracker_core.box import Box, BoxLike, as_box
from tracker_core.cropping import as_rgb
from tracker_core.sampling import BoxSampler
from tracker_core.tracker import AnyFrame, TrackerInputError


def like_the_first(frame: AnyFrame, sampler: BoxSampler) -> AnyFrame:
    """The frame as RGB; raises `TrackerInputError` where its size is another."""
    frame = as_rgb(frame)
    if frame.shape[:2] != (sampler.frame_height, sampler.frame_width):
        raise TrackerInputError(
            f"expected a frame of {sampler.frame_width} x {sampler.frame_height} like the first one, "
            f"got {frame.shape[1]} x {frame.shape[0]}"
        )
    return frame


def checked_box(box: BoxLike, *, frame_width: int, frame_height: int) -> Box:
    """The box; raises `TrackerInputError` for one without size or outside the frame, and for what is no box."""
    try:
        box = as_box(box)
    except ValueError as error:
        raise TrackerInputError(str(error)) from error
    if not box.is_valid:
        raise TrackerInputError(f"expected a box of finite numbers and positive size, got {box}")
    if min(box.width, box.height) < 1:
        raise TrackerInputError(f"expected a box of at least 1 x 1 pixel, got {box}")
    if not box.intersects_frame(frame_width=frame_width, frame_height=frame_height):
        raise TrackerInputError(f"the box {box} lies outside the frame of {frame_width} x {frame_height}")
    return box
