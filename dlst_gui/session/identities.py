"""Who is who: two objects are swapped or merged, or said to be two; also while they are tracked."""

from __future__ import annotations

from dlst_gui.project import identity_edits
from dlst_gui.project.errors import ProjectFileError, plain_words
from dlst_gui.session.session import LOCKED, Session


class Identities:
    """Commands about the selected object and another one. A run of several goes on without asking for more."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def suspected_other(self) -> int | None:
        """The other of two objects of which one has ended on the other's target, where the selected one is one."""
        selected = self._session.selected_track
        meeting = self._session.run.targets.meeting_of(selected)
        if meeting is None:
            return None
        return meeting.other_id if meeting.track_id == selected else meeting.track_id

    def are_free(self, track_id: int, other_id: int) -> bool:
        """Whether both can be changed now."""
        run = self._session.run
        return run.leaves_free(track_id) and run.leaves_free(other_id)

    def hold(self, track_id: int) -> bool:
        """Let an object that is being tracked wait, so that it can be changed soon; whether it has to."""
        is_going = not self._session.run.leaves_free(track_id)
        if is_going:
            self._session.run.hold(track_id)
        return is_going

    def release(self, track_id: int) -> None:
        """Let an object that was held go on."""
        self._session.run.release(track_id)

    def merge(self, track_id: int, other_id: int) -> bool:
        """Put another object's boxes into this one; whether it was done, else a note says why not.

        Where a run tracks both, it goes on with the tracker of the one that does not wait.
        """
        session, run = self._session, self._session.run
        own, other = self._name(track_id), self._name(other_id)
        tracked = set(run.targets.track_ids)
        goes_on = run.targets.are_several and {track_id, other_id} <= tracked
        swaps_trackers = goes_on and track_id in self._lost and other_id not in self._lost
        if not self._may_change(track_id, other_id):
            return False
        edit = session.do(lambda p: identity_edits.merge(p, track_id, other_id), keeps_run=goes_on)
        if edit is None:
            return False
        if swaps_trackers:
            run.exchange(track_id, other_id)
        if goes_on:
            run.leave(other_id)
            run.release(track_id)
        session.selection.select(track_id)
        session.noted.emit(f"Merged {other} into {own}. Where both had a box, the one of {own} was kept.")
        return True

    def swap(self, track_id: int, other_id: int, frame_index: int) -> bool:
        """Exchange what two objects have from a frame on; whether it was done, else a note says why not.

        Where a run tracks both, their trackers go on as each other's; one that was lost still is, under the other
        name, and one that was held goes on.
        """
        session, run = self._session, self._session.run
        goes_on = run.targets.are_several and {track_id, other_id} <= set(run.targets.track_ids)
        if not self._may_change(track_id, other_id):
            return False
        swap = identity_edits.swap_from
        edit = session.do(lambda p: swap(p, track_id, other_id, frame_index), keeps_run=goes_on)
        if edit is None:
            return False
        if goes_on:
            run.exchange(track_id, other_id)
            for each in {track_id, other_id} - self._lost:
                run.release(each)
        words = f"Swapped {self._name(track_id)} and {self._name(other_id)} from frame {frame_index} on."
        waits = [each for each in (track_id, other_id) if each in self._lost]
        if waits:
            session.selection.select(waits[0])
            words += f" {self._name(waits[0])} still waits: draw its box."
        session.noted.emit(words)
        return True

    def trust_both(self) -> None:
        """The selected object and the one it is suspected to be are two: remember it, and track both on."""
        session, track_id, other_id = self._session, self._session.selected_track, self.suspected_other
        if track_id is None or other_id is None:
            session.noted.emit("Nothing is asked about this object.")
            return
        try:
            session.current_project.trust_pair(track_id, other_id)
        except ProjectFileError as error:
            session.failed.emit("Not saved", *plain_words(error))
            return
        session.run.trust(track_id, other_id)
        session.noted.emit(
            f"{self._name(track_id)} and {self._name(other_id)} are two objects: you will not be asked again."
        )

    def _may_change(self, track_id: int, other_id: int) -> bool:
        project = self._session.project
        if project is None or not self.are_free(track_id, other_id):
            return False
        known = [each for each in (track_id, other_id) if project.has_track(each)]
        if any(project.track(each).is_locked for each in known):
            self._session.noted.emit(LOCKED)
            return False
        return True

    @property
    def _lost(self) -> set[int]:
        """Those that wait for a better reason than that a person holds them."""
        return {each.track_id for each in self._session.run.targets.waiting if not each.is_held}

    def _name(self, track_id: int | None) -> str:
        return self._session.current_project.name_of(track_id)
