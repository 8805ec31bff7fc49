"""One frame of one track as it is kept."""

from __future__ import annotations

from dataclasses import dataclass

from tracker_core.box import Box
from tracker_core.tracker import Diagnostics, TrackResult, UpdateKind


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A part of a frame, so that evidence can be looked at without the video.

    Attributes:
        jpeg: the part as a JPEG file; it may have fewer pixels than the frame has there.
        area: image rectangle that it covers edge to edge, in pixels of the frame.
    """

    jpeg: bytes
    area: Box


@dataclass(frozen=True, slots=True)
class FrameEvidence:
    """What a tracker saw and did on one frame of one track.

    Attributes:
        frame_index: 0-based.
        track_id: of the target.
        result: box, score, whether it was found, the kind of learning step, and the diagnostics. These are None on
            a frame whose manual box was learned without a look at what the tracker would have found.
        is_backward: whether the tracker went from later frames to earlier ones.
        is_manual: whether a person's box was learned on the frame; `result.box` is that box then.
        system: which tracker: "dlst-studio", "dlst fast", "dlst-studio fast +fear-xs".
        elapsed_s: wall seconds that the frame took.
        timestamp_s: when the frame is shown, in seconds from the video's start; None where that is not known.
        picture: what the frame shows around the target; None where only the video has it.
    """

    frame_index: int
    track_id: int
    result: TrackResult
    is_backward: bool = False
    is_manual: bool = False
    system: str = ""
    elapsed_s: float = 0.0
    timestamp_s: float | None = None
    picture: KeptPicture | None = None

    @property
    def box(self) -> Box:
        """Of the target: what the tracker said, or the manual box."""
        return self.result.box

    @property
    def score(self) -> float:
        """How sure the tracker is of the box; see `TrackResult`."""
        return self.result.score

    @property
    def is_found(self) -> bool:
        """Whether the target counted as found."""
        return self.result.is_found

    @property
    def update(self) -> UpdateKind:
        """Which learning step the frame ended with."""
        return self.result.update

    @property
    def diagnostics(self) -> Diagnostics | None:
        """Everything that the tracker saw; None on a frame with a manual box."""
        return self.result.diagnostics
