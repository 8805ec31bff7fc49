"""The targets of a run: how far each has come, which wait for a person, how each can learn a manual box. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeVar

from dlst_gui.session.run_events import TargetHeld
from dlst_gui.tracking.lost_rule import TargetLost
from dlst_gui.tracking.meeting_watch import TargetsMet
from dlst_gui.tracking.tracking_run import FrameTracked, TrackRequest

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class WaitingTarget:
    """One that waits for a person while the others go on.

    Attributes:
        track_id: of the target.
        since_frame: where to look: the first frame on which it was lost, or the one on which it was held.
        last_frame: the last one tracked.
        is_held: because a person wants to correct it.
        other_id: of the target that it has ended on, where that is why it waits.
    """

    track_id: int
    since_frame: int
    last_frame: int
    is_held: bool = False
    other_id: int | None = None


class Learning(Enum):
    """How a run can learn a manual box of one of its targets."""

    NEVER = "never"
    NOW = "now"
    LATER = "when it comes to its frame"
    ANEW = "the target begins again there"


class RunTargets:
    """Of one run after another; `begin` forgets those of the one before."""

    def __init__(self) -> None:
        self._requests: tuple[TrackRequest, ...] = ()
        self._last_tracked: dict[int, int] = {}
        self._left: set[int] = set()
        self._waiting: dict[int, WaitingTarget] = {}
        self._to_hold: set[int] = set()  # those that are to wait for a person, but may still be tracked on a frame

    def begin(self, requests: Iterable[TrackRequest]) -> None:
        """A run of these begins; of none, where one has ended."""
        self._requests = tuple(requests)
        self._last_tracked.clear()
        self._left.clear()
        self._waiting.clear()
        self._to_hold.clear()

    def add(self, event: FrameTracked | TargetLost | TargetHeld | TargetsMet) -> None:
        """Take into account what the run tells."""
        track_id = event.track_id
        match event:
            case FrameTracked():
                self._last_tracked[track_id] = event.frame_index
            case TargetLost():
                self._waiting[track_id] = WaitingTarget(track_id, event.since_frame, event.frame_index)
            case TargetsMet():
                since, last = event.since_frame, event.frame_index
                self._waiting[track_id] = WaitingTarget(track_id, since, last, other_id=event.other_id)
            case TargetHeld() if track_id in self._to_hold:
                self._to_hold.discard(track_id)
                held = WaitingTarget(track_id, event.frame_index, event.frame_index, is_held=True)
                self._waiting.setdefault(track_id, held)

    @property
    def track_ids(self) -> tuple[int, ...]:
        """All of the run, in its order."""
        return tuple(dict.fromkeys(request.track_id for request in self._requests))

    @property
    def are_several(self) -> bool:
        return len(self.track_ids) > 1

    @property
    def waiting(self) -> tuple[WaitingTarget, ...]:
        """Those that wait, in the order in which they have come."""
        return tuple(self._waiting.values())

    @property
    def held(self) -> tuple[int, ...]:
        """Those that a person holds, also where they do not wait yet."""
        return *(each.track_id for each in self.waiting if each.is_held), *self._to_hold

    def is_waiting(self, track_id: int) -> bool:
        """Whether it waits for a person."""
        return track_id in self._waiting

    def is_at_end(self, track_id: int) -> bool:
        """Whether nothing of it is to come, unless it begins again."""
        if track_id in self._left:
            return True
        last = self._last_tracked.get(track_id)
        return all(request.last_frame == last for request in self._requests if request.track_id == track_id)

    @property
    def is_any_going(self) -> bool:
        """Whether one of them goes on, or would."""
        return any(not self.is_waiting(each) and not self.is_at_end(each) for each in self.track_ids)

    def meeting_of(self, track_id: int | None) -> WaitingTarget | None:
        """The one that waits because it has ended on another one's target, where this is one of the two."""
        return next(
            (each for each in self.waiting if each.other_id and track_id in (each.track_id, each.other_id)), None
        )

    def next_waiting(self, track_id: int | None) -> WaitingTarget | None:
        """The one that comes after this one, round and round; None where nobody waits."""
        waiting = self.waiting
        places = [place for place, each in enumerate(waiting) if each.track_id == track_id]
        return waiting[(places[0] + 1) % len(waiting) if places else 0] if waiting else None

    def learning_of(self, track_id: int, frame_index: int) -> Learning:
        """What would become of a manual box on this frame.

        Only a run of several targets lets one begin again; a single one is better off with a run of its own.
        """
        requests = [request for request in self._requests if request.track_id == track_id]
        if len(requests) != 1 or not requests[0].can_begin_at(frame_index):
            return Learning.NEVER
        (request,) = requests
        last = self._last_tracked.get(track_id, request.start_frame)
        is_on_the_way = frame_index != request.start_frame and frame_index in request.frames_from(last)
        if is_on_the_way and not self.is_at_end(track_id):
            if frame_index == last:
                return Learning.NOW
            if not (self.is_waiting(track_id) and self.are_several):
                return Learning.LATER
        return Learning.ANEW if self.are_several else Learning.NEVER

    def learn(self, track_id: int, frame_index: int) -> None:
        """A manual box is handed to the run: the target waits no more."""
        if self.learning_of(track_id, frame_index) is Learning.ANEW:
            self._last_tracked[track_id] = frame_index
            self._left.discard(track_id)
        self._waiting.pop(track_id, None)

    def is_ahead(self, frame_index: int) -> bool:
        """Whether all targets have still to come to this frame."""
        return all(
            frame_index in request.frames_from(self._last_tracked.get(request.track_id, request.start_frame))[1:]
            for request in self._requests
        )

    @property
    def learning_place(self) -> tuple[int, int] | None:
        """Which target's first frame is being learned, counted from 1, and of how many; None once all are."""
        learned, total = len(self._last_tracked), len(self.track_ids)
        return (learned + 1, total) if self.are_several and learned < total else None

    def end_at(self, frame_index: int) -> None:
        """All end at this frame."""
        self._requests = tuple(replace(request, stop_frame=frame_index) for request in self._requests)

    def hold(self, track_id: int) -> None:
        """It is to wait for a person: it does once the run tells so."""
        self._to_hold.add(track_id)

    def release(self, track_id: int) -> None:
        """It goes on as it is."""
        self._waiting.pop(track_id, None)
        self._to_hold.discard(track_id)

    def release_all(self) -> None:
        """All go on as they are."""
        self._waiting.clear()
        self._to_hold.clear()

    def leave(self, track_id: int) -> None:
        """It ends where it is."""
        self._left.add(track_id)
        self.release(track_id)

    def exchange(self, track_id: int, other_id: int) -> None:
        """Each of two is where the other one was, and waits as that did."""
        names = {track_id: other_id, other_id: track_id}
        self._requests = tuple(
            replace(each, track_id=names.get(each.track_id, each.track_id)) for each in self._requests
        )
        self._last_tracked = _exchanged(self._last_tracked, track_id, other_id)
        self._left = {names.get(each, each) for each in self._left}
        waiting = _exchanged(self._waiting, track_id, other_id)
        self._waiting = {each: replace(entry, track_id=each, other_id=None) for each, entry in waiting.items()}


def _exchanged(kept: Mapping[int, Kept], track_id: int, other_id: int) -> dict[int, Kept]:
    names = {track_id: other_id, other_id: track_id}
    return {names.get(each, each): value for each, value in kept.items()}
