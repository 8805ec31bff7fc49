"""What a source of pictures tells of the range of values that it shows."""

from __future__ import annotations

from collections.abc import Callable

from dlst_gui.video.fingerprint import digests_of
from dlst_gui.video.picture_file import RangeShown
from dlst_gui.video.pixel_range import PixelRange, RangeChoice
from dlst_gui.video.video_source import ShownRange
from tracker_core import Frame


def shown_range(
    shown: RangeShown,
    choice: RangeChoice,
    usual: RangeShown,
    frame_count: int,
    read: Callable[[int, PixelRange], Frame],
) -> ShownRange | None:
    """The range of a source; None where no other one would make a difference.

    Args:
        shown: how its values are shown.
        choice: what a person asked for.
        usual: how they would be shown if nobody had.
        frame_count: of the source.
        read: a frame of it by a rule.
    """
    if not shown.can_be_chosen:
        return None
    is_other = (shown.values.black, shown.values.white) != (usual.values.black, usual.values.white)
    digests = digests_of(frame_count, lambda index: read(index, usual.values)) if is_other else None
    return ShownRange(float(shown.values.black), float(shown.values.white), choice.text, digests)
