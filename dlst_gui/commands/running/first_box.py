"""The box a run starts from: given on the command line, or the source's own."""

from __future__ import annotations

from dlst_gui.commands.grammar.argument_types import Xywh
from dlst_gui.commands.running.errors import CommandError
from dlst_gui.video import VideoSource
from tracker_core import Box


def first_box(source: VideoSource, frame_index: int, init: Xywh | None) -> Box:
    """`init` where it is given, else the ground truth of the frame.

    Raises:
        CommandError: neither is there, or the box lies outside the frame.
    """
    box = _true_box(source, frame_index) if init is None else Box(*init)
    if not box.intersects_frame(frame_width=source.width, frame_height=source.height):
        raise CommandError(
            f"the first box must lie in the frame of {source.width} x {source.height} pixels, got "
            f"x {box.x:g}, y {box.y:g}, width {box.width:g}, height {box.height:g} (--init counts from 0)"
        )
    return box


def _true_box(source: VideoSource, frame_index: int) -> Box:
    truth = source.ground_truth
    box = None if truth is None else truth[frame_index]
    if box is None:
        lacking = "no ground truth" if truth is None else f"no ground truth for frame {frame_index}"
        raise CommandError(f"{source.name} has {lacking}; give the first box with --init X,Y,W,H")
    return box
