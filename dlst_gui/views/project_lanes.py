"""What the timeline shows of the session's project."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlst_gui.project.project import Project
from dlst_gui.project.review import ReviewSpan
from dlst_gui.session.session import Session
from dlst_gui.views.timeline.model import Lane

LONGEST_SAID = 400  # ours; letters of what attributes say, in a tooltip


class ProjectLanes:
    """`TimelineData` of an opened project; pinned tracks come first."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def frame_count(self) -> int:
        """Of the video."""
        return self._session.playhead.last_frame + 1

    def timestamp_s(self, frame_index: int) -> float:
        """At the video's nominal rate."""
        source = self._session.playhead.source
        return 0.0 if source is None else frame_index / source.nominal_fps

    def lanes(self) -> tuple[Lane, ...]:
        """One per track."""
        project = self._session.project
        tracks = () if project is None else project.tracks()
        return tuple(
            Lane(
                track.track_id,
                f"{track.label} {track.track_id}",
                track.color,
                track.is_hidden,
                track.is_locked,
                track.is_pinned,
                "\n".join(f"{name}: {value}" for name, value in track.attributes.items())[:LONGEST_SAID],
            )
            for track in sorted(tracks, key=lambda track: not track.is_pinned)
        )

    def state_codes(self, track_id: int, first: int, last: int) -> NDArray[np.uint8]:
        """See `LaneData`."""
        return self._project.state_codes(track_id, first, last)

    def scores(self, track_id: int, first: int, last: int) -> NDArray[np.float32]:
        """See `LaneData`."""
        return self._project.scores(track_id, first, last)

    def disagreements(self, track_id: int, first: int, last: int) -> NDArray[np.float32]:
        """See `LaneData`."""
        return self._project.disagreements(track_id, first, last)

    def keyframe_indices(self, track_id: int, first: int, last: int) -> NDArray[np.int64]:
        """See `LaneData`."""
        return self._project.keyframe_block(track_id, first, last).frame_indices.astype(np.int64)

    def review_spans(self, track_id: int) -> tuple[ReviewSpan, ...]:
        """See `LaneData`."""
        return self._project.review(track_id)

    @property
    def _project(self) -> Project:
        project = self._session.project
        assert project is not None, "lanes are there only with a project"
        return project
