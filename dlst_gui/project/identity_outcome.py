"""What a swap or merge of two tracks would make of them, told before it is done."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlst_gui.project.identity_edits import merge, swap_from
from dlst_gui.project.project import Project
from dlst_gui.project.tracks import FrameState

_SHOWN = (FrameState.INTERPOLATED, FrameState.TRACKED, FrameState.HUMAN, FrameState.OCCLUDED, FrameState.LOST)


@dataclass(frozen=True, slots=True)
class TrackOutcome:
    """One track, before or after.

    Attributes:
        track_id: of the track; it may not be there any more.
        origins: (n,) of frames 0 to n - 1: the track whose box it shows, as things are now; 0 for none.
    """

    track_id: int
    origins: NDArray[np.int64]

    @property
    def box_count(self) -> int:
        return int(np.count_nonzero(self.origins))

    def count_from(self, track_id: int) -> int:
        """Frames whose box is that track's now."""
        return int(np.count_nonzero(self.origins == track_id))


@dataclass(frozen=True, slots=True)
class IdentityOutcome:
    """Two tracks before and after; after a merge there is one.

    Attributes:
        before: of both, in the order they were named.
        after: likewise.
        doubled: frames on which both have a box now, of which one stays.
    """

    before: tuple[TrackOutcome, TrackOutcome]
    after: tuple[TrackOutcome, ...]
    doubled: int = 0


def swap_outcome(
    project: Project, track_id: int, other_id: int, frame_index: int, *, last: int
) -> IdentityOutcome:
    """Of `swap_from`, up to the video's last frame; raises EditError like it."""
    before = _now(project, track_id, last), _now(project, other_id, last)
    after = project.copied()
    after.apply(*swap_from(project, track_id, other_id, frame_index).changes)
    is_tail = np.arange(last + 1) >= frame_index
    pairs = ((track_id, other_id), (other_id, track_id))
    rows = (
        TrackOutcome(own, np.where(_is_shown(after, own, last), np.where(is_tail, other, own), 0))
        for own, other in pairs
    )
    return IdentityOutcome(before, tuple(rows))


def merge_outcome(project: Project, track_id: int, other_id: int, *, last: int) -> IdentityOutcome:
    """Of `merge`, up to the video's last frame; raises EditError like it."""
    before = _now(project, track_id, last), _now(project, other_id, last)
    after = project.copied()
    after.apply(*merge(project, track_id, other_id).changes)
    codes = [project.state_codes(each, 0, last) for each in (track_id, other_id)]
    has_own, has_other = (np.isin(each, _SHOWN) for each in codes)
    is_others = has_other & (~has_own | ((codes[1] == FrameState.HUMAN) & (codes[0] != FrameState.HUMAN)))
    origins = np.where(is_others, other_id, track_id)
    merged = TrackOutcome(track_id, np.where(_is_shown(after, track_id, last), origins, 0))
    return IdentityOutcome(before, (merged,), int(np.count_nonzero(has_own & has_other)))


def _now(project: Project, track_id: int, last: int) -> TrackOutcome:
    return TrackOutcome(track_id, np.where(_is_shown(project, track_id, last), track_id, 0))


def _is_shown(project: Project, track_id: int, last: int) -> NDArray[np.bool_]:
    return np.isin(project.state_codes(track_id, 0, last), _SHOWN)
