"""Work, cut so that each piece can be done anywhere: one object, one way, between two manual boxes or to the end.

How a video is cut depends on its manual boxes alone, and each piece on nothing but itself: results do not depend
on how many workers there are, nor on who does what.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from dlst_gui.batch.batch_job import Xywh
from dlst_gui.formats.labels.model import LabelledBox
from dlst_gui.project.prediction_pages import FrameSpans
from dlst_gui.project.run_facts import RunFacts
from dlst_gui.project.tracks import Keyframe, Visibility
from dlst_gui.project.video_identity import VideoIdentity
from dlst_gui.tracking.bidirectional import bidirectional_requests
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.tracking.tracking_run import Direction, TrackRequest
from tracker_core import Box


@dataclass(frozen=True, slots=True)
class ManualBox:
    """A box that a person, or the tool that the labels are from, gave on a frame."""

    frame_index: int
    xywh: Xywh
    visibility: Visibility = Visibility.VISIBLE


def manual_boxes(keyframes: Iterable[Keyframe | LabelledBox]) -> tuple[ManualBox, ...]:
    """Those of a project, or of labels, in their order."""
    return tuple(ManualBox(each.frame_index, xywh_of(each.box), each.visibility) for each in keyframes)


def xywh_of(box: Box) -> Xywh:
    """Plain numbers, which are compared and cross to other processes as they are."""
    x, y, width, height = map(float, box.xywh)
    return x, y, width, height


@dataclass(frozen=True, slots=True)
class BatchObject:
    """One object of a video.

    Attributes:
        track_id: in the project, or that it will have there.
        boxes: by frame, at least one that shows the object.
        last_frame: the last one to track, inclusive.
        is_new: whether the project does not have it yet.
        tracked: spans of frames that have tracked boxes already, which nothing has made out of date since.
    """

    track_id: int
    label: str
    boxes: tuple[ManualBox, ...]
    last_frame: int
    settings: TrackerSettings
    is_new: bool
    tracked: FrameSpans = ()

    @property
    def keyframes(self) -> Mapping[int, Box]:
        """What a tracker learns: boxes of frames on which the object is."""
        return {
            each.frame_index: Box(*each.xywh) for each in self.boxes if each.visibility is not Visibility.OUTSIDE
        }

    def requests(self) -> tuple[TrackRequest, ...]:
        """Both ways between neighbouring manual boxes, and forward from the last one until it is outside.

        Where all frames are tracked already, they are left as they are.
        """
        made: list[TrackRequest] = []
        keyframes = self.keyframes
        for number, each in enumerate(self.boxes):
            if each.visibility is Visibility.OUTSIDE:
                continue
            left = each.frame_index
            after = self.boxes[number + 1] if number + 1 < len(self.boxes) else None
            if after is None or after.visibility is Visibility.OUTSIDE:
                end = self.last_frame if after is None else min(after.frame_index - 1, self.last_frame)
                if end > left and not self._is_tracked(left + 1, end):
                    made.append(TrackRequest(0, keyframes, left, end, self.track_id))
            elif after.frame_index - left > 1 and not self._is_tracked(left + 1, after.frame_index - 1):
                made += bidirectional_requests(
                    0, keyframes, left=left, right=after.frame_index, track_id=self.track_id
                )
        return tuple(made)

    def _is_tracked(self, first: int, last: int) -> bool:
        return any(low <= first and last <= high for low, high in self.tracked)


@dataclass(frozen=True, slots=True)
class PreparedVideo:
    """A video that was opened, and what is to be tracked in it.

    Attributes:
        facts: of what tracks, by its settings.
        notice: what to know of the video; "" where there is nothing.
    """

    identity: VideoIdentity
    objects: tuple[BatchObject, ...]
    facts: Mapping[TrackerSettings, RunFacts]
    notice: str = ""

    def units(self) -> tuple[Unit, ...]:
        """All of the work, in the order of objects and frames; an object whose boxes are all given needs none."""
        return tuple(
            Unit(self.identity, each.label, request, each.settings, self.facts[each.settings])
            for each in self.objects
            for request in each.requests()
        )


@dataclass(frozen=True, slots=True)
class Unit:
    """One piece of work: a run of a tracker in one direction.

    Attributes:
        label: of the object, for messages.
    """

    video: VideoIdentity
    label: str
    request: TrackRequest
    settings: TrackerSettings
    facts: RunFacts

    @property
    def path(self) -> Path:
        return Path(self.video.path)

    @property
    def track_id(self) -> int:
        return self.request.track_id

    @property
    def frame_count(self) -> int:
        """Frames to track; the first is given."""
        return self.request.frame_count

    @property
    def key(self) -> str:
        """Of all that the boxes depend on: where two units have the same, so are their boxes."""
        request, video = self.request, self.video
        content = {
            "video": [video.frame_count, video.width, video.height, *map(asdict, video.fingerprints)],
            "keyframes": [[frame, *map(float, box.xywh)] for frame, box in sorted(request.keyframes.items())],
            "frames": [request.start_frame, request.stop_frame],
            "facts": asdict(self.facts),
            "threads": self.settings.threads,
        }
        return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:40]

    @property
    def words(self) -> str:
        """Which it is, for people."""
        way = "" if self.request.direction is Direction.FORWARD else " backward"
        first, last = self.request.start_frame, self.request.stop_frame
        return f"{self.label} {self.request.track_id}, frames {first} to {last}{way}"
