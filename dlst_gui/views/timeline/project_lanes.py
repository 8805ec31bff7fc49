"""What the timeline shows of the session's project."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlst_gui.overlays.palette import ghost_stroke
from dlst_gui.project.labels import TrackInfo
from dlst_gui.project.project import Project
from dlst_gui.project.review import ReviewSpan
from dlst_gui.project.tracks import FrameState
from dlst_gui.session.session import Session
from dlst_gui.session.what_ifs import WhatIf, WhatIfs
from dlst_gui.views.timeline.model import Lane

LONGEST_SAID = 400  # ours; letters of what attributes say, in a tooltip


class ProjectLanes:
    """`TimelineData` of an opened project; pinned tracks come first, and each is followed by its what-ifs.

    The lane of a what-if has the negative of its number as its id.
    """

    def __init__(self, session: Session, what_ifs: WhatIfs) -> None:
        self._session = session
        self._what_ifs = what_ifs

    @property
    def frame_count(self) -> int:
        """Of the video."""
        return self._session.playhead.last_frame + 1

    def timestamp_s(self, frame_index: int) -> float:
        """At the video's nominal rate."""
        source = self._session.playhead.source
        return 0.0 if source is None else frame_index / source.nominal_fps

    def lanes(self) -> tuple[Lane, ...]:
        """One per track, and one per what-if."""
        project = self._session.project
        tracks = () if project is None else project.tracks()
        ordered = sorted(tracks, key=lambda track: not track.is_pinned)
        return tuple(lane for track in ordered for lane in (_lane_of(track), *self._ghost_lanes(track.track_id)))

    def _ghost_lanes(self, track_id: int) -> tuple[Lane, ...]:
        return tuple(ghost_lane(each) for each in self._what_ifs.of_track(track_id))

    def state_codes(self, track_id: int, first: int, last: int) -> NDArray[np.uint8]:
        """See `LaneData`."""
        if track_id < 0:
            what_if = self._what_ifs.get(-track_id)
            nothing = np.full(last - first + 1, FrameState.NOTHING, np.uint8)
            return nothing if what_if is None else what_if.ghost.state_codes(first, last)
        return self._project.state_codes(track_id, first, last)

    def scores(self, track_id: int, first: int, last: int) -> NDArray[np.float32]:
        """See `LaneData`."""
        if track_id < 0:
            what_if = self._what_ifs.get(-track_id)
            nothing = np.full(last - first + 1, np.nan, np.float32)
            return nothing if what_if is None else what_if.ghost.shown_scores(first, last)
        return self._project.scores(track_id, first, last)

    def disagreements(self, track_id: int, first: int, last: int) -> NDArray[np.float32]:
        """See `LaneData`."""
        if track_id < 0:
            return np.full(last - first + 1, np.nan, np.float32)
        return self._project.disagreements(track_id, first, last)

    def evidence(self, track_id: int, first: int, last: int) -> NDArray[np.bool_]:
        """See `LaneData`."""
        if track_id < 0:
            return np.zeros(last - first + 1, np.bool_)
        return self._session.evidence.explained(self._project.scores(track_id, first, last), first)

    def keyframe_indices(self, track_id: int, first: int, last: int) -> NDArray[np.int64]:
        """See `LaneData`."""
        if track_id < 0:
            return np.zeros(0, np.int64)
        return self._project.keyframe_block(track_id, first, last).frame_indices.astype(np.int64)

    def review_spans(self, track_id: int) -> tuple[ReviewSpan, ...]:
        """See `LaneData`."""
        return () if track_id < 0 else self._project.review(track_id)

    @property
    def _project(self) -> Project:
        project = self._session.project
        assert project is not None, "lanes are there only with a project"
        return project


def ghost_lane(what_if: WhatIf) -> Lane:
    """The lane of a what-if."""
    color = ghost_stroke(what_if.number).color
    return Lane(-what_if.number, what_if.name, color, said=what_if.ghost.settings.system, is_ghost=True)


def _lane_of(track: TrackInfo) -> Lane:
    return Lane(
        track.track_id,
        f"{track.label} {track.track_id}",
        track.color,
        track.is_hidden,
        track.is_locked,
        track.is_pinned,
        "\n".join(f"{name}: {value}" for name, value in track.attributes.items())[:LONGEST_SAID],
    )
