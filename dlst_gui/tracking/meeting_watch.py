"""Notices that two targets of a run have ended on one: both are found, overlap and look alike. No Qt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dlst_gui.tracking.tracking_run import Direction, FrameTracked
from tracker_core import AnyFrame, Box

Look = NDArray[np.float32]
"""How often each of a few colours is in a box, as shares; (BINS ** 3,)."""

BINS = 6
LOOK_SIDE = 24
REMEMBERED_FRAMES = 4000
"""Of each target: how far one that begins again may be behind the others and still be compared with them."""


@dataclass(frozen=True, slots=True)
class MeetingRule:
    """Two targets are on one if on `frames` frames in a row both are found and overlap by `iou`, and look alike.

    All numbers are ours. People who pass each other overlap so for a few frames only, and the one that is covered
    is not found meanwhile: its tracker's score says so.
    """

    frames: int = 8
    iou: float = 0.6
    likeness: float = 0.6


@dataclass(frozen=True, slots=True)
class TargetsMet:
    """Two targets have ended on one; the first of them is paused, the other goes on.

    Attributes:
        track_id: the one that looks less like itself than before they met, or has the lower score.
        other_id: the other one.
        since_frame: on which they met.
        frame_index: the last one that `track_id` was tracked on.
    """

    run_id: int
    track_id: int
    other_id: int
    direction: Direction
    since_frame: int
    frame_index: int


@dataclass(frozen=True, slots=True)
class _Seen:
    """A target on a frame."""

    box: Box
    is_found: bool
    score: float
    look: Look | None


@dataclass(slots=True)
class _Meeting:
    """Two targets that overlap, and on how many frames up to `last_frame`."""

    since_frame: int
    last_frame: int
    count: int = 1
    is_told: bool = False


class MeetingWatch:
    """Compares the targets of one run, frame by frame.

    Args:
        rule: when two have met.
        trusted: pairs that a person said are two objects; they are not told of.
    """

    def __init__(self, rule: MeetingRule, trusted: Iterable[frozenset[int]] = ()) -> None:
        self._rule = rule
        self._trusted = set(trusted)
        self._seen: defaultdict[int, dict[int, _Seen]] = defaultdict(dict)
        self._own_looks: dict[int, Look] = {}
        self._meetings: dict[frozenset[int], _Meeting] = {}

    def trust(self, track_id: int, other_id: int) -> None:
        """These are two objects, however they look."""
        self._trusted.add(frozenset((track_id, other_id)))

    def forget(self, track_id: int) -> None:
        """A person has said where the target is, or that it is another one: nothing is known of it any more."""
        self._seen.pop(track_id, None)
        self._own_looks.pop(track_id, None)
        self._meetings = {pair: each for pair, each in self._meetings.items() if track_id not in pair}

    def add(self, tracked: FrameTracked, frame: AnyFrame) -> TargetsMet | None:
        """Take the next frame of a target into account; what to tell where it has met another."""
        track_id, index = tracked.track_id, tracked.frame_index
        if tracked.is_human:
            self.forget(track_id)
        result = tracked.result
        seen = _Seen(result.box, result.is_found, result.score, look_of(frame, result.box))
        self._remember(track_id, index, seen)
        if tracked.is_human and seen.look is not None:
            self._own_looks[track_id] = seen.look
        self._learn_look(track_id, index - tracked.direction)
        met = None
        for other_id, other in self._others(track_id, index):
            if self._count(frozenset((track_id, other_id)), seen, other, index) and met is None:
                met = self._told(tracked, other_id)
        return met

    def _others(self, track_id: int, index: int) -> list[tuple[int, _Seen]]:
        """The other targets on a frame, as far as they have come to it."""
        known = ((each, frames.get(index)) for each, frames in self._seen.items() if each != track_id)
        return [(each, seen) for each, seen in known if seen is not None]

    def _learn_look(self, track_id: int, index: int) -> None:
        """How a target looks where it is alone: on a frame on which all have been seen by now."""
        seen = self._seen[track_id].get(index)
        if seen is None or not seen.is_found or seen.look is None:
            return
        if all(seen.box.iou(other.box) == 0 for _, other in self._others(track_id, index)):
            self._own_looks[track_id] = seen.look

    def _remember(self, track_id: int, index: int, seen: _Seen) -> None:
        frames = self._seen[track_id]
        frames[index] = seen
        if len(frames) > REMEMBERED_FRAMES:
            del frames[next(iter(frames))]

    def _count(self, pair: frozenset[int], one: _Seen, other: _Seen, index: int) -> bool:
        """Whether the two have met just now."""
        meeting = self._meetings.get(pair)
        if pair in self._trusted or not self._is_one(one, other):
            self._meetings.pop(pair, None)
            return False
        if meeting is None or abs(index - meeting.last_frame) > 1:
            self._meetings[pair] = meeting = _Meeting(index, index)
        elif index != meeting.last_frame:
            meeting.last_frame, meeting.count = index, meeting.count + 1
        if meeting.is_told or meeting.count < self._rule.frames:
            return False
        meeting.is_told = True
        return True

    def _is_one(self, one: _Seen, other: _Seen) -> bool:
        if not (one.is_found and other.is_found) or one.box.iou(other.box) < self._rule.iou:
            return False
        return one.look is None or other.look is None or likeness(one.look, other.look) >= self._rule.likeness

    def _told(self, tracked: FrameTracked, other_id: int) -> TargetsMet:
        track_id, index = tracked.track_id, tracked.frame_index
        strayed, stays = sorted((track_id, other_id), key=lambda each: self._faith(each, index))
        meeting = self._meetings[frozenset((track_id, other_id))]
        return TargetsMet(tracked.run_id, strayed, stays, tracked.direction, meeting.since_frame, index)

    def _faith(self, track_id: int, index: int) -> tuple[float, float, int]:
        """How likely it is that the target is where it belongs; the order is what counts."""
        seen, own = self._seen[track_id][index], self._own_looks.get(track_id)
        is_known = own is not None and seen.look is not None
        like = likeness(own, seen.look) if is_known and own is not None and seen.look is not None else 0.5
        return round(like, 1), seen.score, -track_id


def look_of(frame: AnyFrame, box: Box) -> Look | None:
    """How a box looks; None where it lies off the frame."""
    height, width = frame.shape[:2]
    left, top = max(0, int(box.x)), max(0, int(box.y))
    right, bottom = min(width, int(box.right) + 1), min(height, int(box.bottom) + 1)
    if right - left < 2 or bottom - top < 2:
        return None
    pixels = frame if isinstance(frame, np.ndarray) else frame.covering(left, top, right, bottom)
    part = np.ascontiguousarray(pixels[top:bottom, left:right])
    small = cv2.resize(part, (LOOK_SIDE, LOOK_SIDE), interpolation=cv2.INTER_AREA)
    bins = small.reshape(-1, 3).astype(np.int32) * BINS // 256
    counts = np.bincount(bins @ (BINS**2, BINS, 1), minlength=BINS**3)
    shares: Look = (counts / counts.sum()).astype(np.float32)
    return shares


def likeness(one: Look, other: Look) -> float:
    """0 where they share no colour, 1 where they are the same."""
    return float(np.minimum(one, other).sum())
