"""How much a person has done for the labels so far, in the numbers of the effort protocol (SAP-1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from dlst_gui.project.findings.review_findings import shows_box, unreviewed_frames
from dlst_gui.project.keyframe_block import ORIGIN_CODES
from dlst_gui.project.project import Project
from dlst_gui.project.tracks import BoxOrigin


@dataclass(frozen=True, slots=True)
class Effort:
    """Counts of one track or of several.

    Attributes:
        boxes: drawn, nudged or accepted by a person, and not marked outside.
        picks: candidates taken instead of drawn.
        flags: frames on which a person said that the object is outside.
        labelled: frames that show a box.
        unreviewed: frames that show a box which no person gave or judged.
    """

    boxes: int = 0
    picks: int = 0
    flags: int = 0
    labelled: int = 0
    unreviewed: int = 0

    def __add__(self, other: Effort) -> Effort:
        return Effort(
            self.boxes + other.boxes,
            self.picks + other.picks,
            self.flags + other.flags,
            self.labelled + other.labelled,
            self.unreviewed + other.unreviewed,
        )

    @property
    def actions_per_100_frames(self) -> float:
        """Human actions for 100 frames with a box; 0 where there is none."""
        return 100 * (self.boxes + self.picks + self.flags) / self.labelled if self.labelled else 0.0


class EffortMeter:
    """Keeps the counts of each track, and recounts only those that have changed; some at a time, if need be."""

    def __init__(self) -> None:
        self._project: Project | None = None
        self._tracks: dict[int, Effort] = {}

    def note(self, project: Project | None, changed: Iterable[int]) -> None:
        """Say which project there is, and which of its tracks have changed."""
        ids = set() if project is None else {track.track_id for track in project.tracks()}
        kept = ids - {*changed} if project is self._project else set()
        self._project = project
        self._tracks = {track_id: effort for track_id, effort in self._tracks.items() if track_id in kept}

    def uncounted(self) -> int:
        """How many tracks are still to be counted."""
        tracks = () if self._project is None else self._project.tracks()
        return sum(each.track_id not in self._tracks for each in tracks)

    def count(self, frame_count: int, *, most_frames: int | None = None) -> Effort | None:
        """Of all tracks together; None where some are still to be counted.

        Args:
            frame_count: of the video.
            most_frames: of all tracks together, to be looked at in this call; at least one track is.
        """
        if self._project is None:
            return Effort()
        uncounted = [each.track_id for each in self._project.tracks() if each.track_id not in self._tracks]
        at_once = len(uncounted) if most_frames is None else max(most_frames // max(frame_count, 1), 1)
        for track_id in uncounted[:at_once]:
            self._tracks[track_id] = effort_of(self._project, track_id, frame_count)
        return sum(self._tracks.values(), Effort()) if len(uncounted) <= at_once else None


_PICKED = ORIGIN_CODES.index(BoxOrigin.PICKED)
_GIVEN = [ORIGIN_CODES.index(each) for each in (BoxOrigin.DRAWN, BoxOrigin.ACCEPTED)]


def effort_of(project: Project, track_id: int, frame_count: int) -> Effort:
    """Count one track."""
    keyframes = project.keyframe_block(track_id, 0, frame_count - 1)
    seen = keyframes.rows["origin"][keyframes.shows_object]
    counts = np.bincount(seen, minlength=len(ORIGIN_CODES))
    states = project.state_codes(track_id, 0, frame_count - 1)
    return Effort(
        boxes=int(counts[_GIVEN].sum()),
        picks=int(counts[_PICKED]),
        flags=len(keyframes) - len(seen),
        labelled=int(np.count_nonzero(shows_box(states))),
        unreviewed=unreviewed_frames(project, track_id, states),
    )
