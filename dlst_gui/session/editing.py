"""What a person does to the selected track on the current frame, command by command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dlst_gui.counting import counted
from dlst_gui.project import edits, identity_edits
from dlst_gui.project.changes import Edit
from dlst_gui.project.jumps import following, gap_starts, low_score_starts, preceding
from dlst_gui.project.keyframing.making import SparseTrack, make_keyframes
from dlst_gui.project.labels import Label, TrackInfo
from dlst_gui.project.project import Project
from dlst_gui.project.tracks import UNSURE_SCORE, BoxOrigin, ShownKind, Visibility
from dlst_gui.session.session import LOCKED, Session
from dlst_gui.settings.preferences import DeleteScope
from dlst_gui.tracking.candidate_choice import offered_picks
from tracker_core import Box


class Editing:
    """Commands of the window that change boxes and tracks, and those that jump to what wants changing."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def do(self, make: Callable[[Project, int], Edit], track_id: int | None = None) -> bool:
        """Make an edit on a track, the selected one where none is named.

        Returns:
            whether it was made, else a note says why not.
        """
        session, project = self._session, self._session.project
        track_id = session.selected_track if track_id is None else track_id
        if project is None or track_id is None or not project.has_track(track_id):
            session.noted.emit("Select an object first.")
            return False
        if project.track(track_id).is_locked:
            session.noted.emit(LOCKED)
            return False
        if not session.run.leaves_free(track_id):
            session.noted.emit(f"The tracker is at work on {self._name(track_id)}: pause it first.")
            return False
        return session.do(lambda p: make(p, track_id), beside_run=True) is not None

    @property
    def picks(self) -> tuple[Box, ...]:
        """Candidates that `pick` takes on the current frame, best first; none while the tracker is at work."""
        session = self._session
        seen, shown = session.selection.seen(session.playhead.frame_index), session.selection.shown_here
        if seen is None or shown is None or not session.can_edit:
            return ()
        # Where a person has said more than which candidate, they would only be in the way.
        is_settled = shown.keyframe is not None and (
            shown.keyframe.origin is not BoxOrigin.PICKED or shown.visibility is not Visibility.VISIBLE
        )
        return () if is_settled else offered_picks(seen.candidates)

    def pick(self, number: int) -> None:
        """Take the candidate of this number (from 1) as the manual box of the frame."""
        picks = self.picks
        if number <= len(picks):
            self._session.set_box(self._frame, picks[number - 1], origin=BoxOrigin.PICKED)
        else:
            self._session.noted.emit(
                f"There is no candidate {number} on this frame. Candidates are kept of the frames tracked last."
            )

    def accept_box(self) -> None:
        """Make the shown box a manual one and go on tracking from it; or the one that is held there."""
        shown, held = self._session.selection.shown_here, self._session.selection.held_here
        if shown is not None and shown.kind is not ShownKind.HUMAN:
            self._session.set_box(self._frame, shown.box, origin=BoxOrigin.ACCEPTED)
        elif held is not None:
            self._session.set_box(self._frame, held, origin=BoxOrigin.COPIED)

    def toggle_keyframe(self) -> None:
        """Make the shown box a manual one, or remove the manual box of this frame."""
        track_id, project = self._session.selected_track, self._session.project
        if track_id is None or project is None:
            return
        if project.keyframe(track_id, self._frame) is None:
            self.accept_box()
        else:
            self.remove_box(self._frame)

    def remove_box(self, frame_index: int) -> None:
        """Remove a manual box of the selected track: the next run does not learn from it."""
        self.do(lambda p, track: edits.remove_keyframe(p, track, frame_index))

    def toggle_visibility(self, visibility: Visibility) -> None:
        """Mark the object as occluded or outside here; where it is already, mark it as visible."""
        shown = self._session.selection.shown_here
        is_so = shown is not None and shown.visibility is visibility
        wanted = Visibility.VISIBLE if is_so else visibility
        self.do(lambda p, track: edits.set_visibility(p, track, self._frame, wanted))

    def delete(self, scope: DeleteScope) -> None:
        """Delete the selected track's boxes here, from here on, or all of it."""
        made: dict[DeleteScope, Callable[[Project, int], Edit]] = {
            DeleteScope.HERE: lambda p, track: edits.clear_here(p, track, self._frame),
            DeleteScope.FROM_HERE: lambda p, track: edits.end_track_here(p, track, self._frame),
            DeleteScope.WHOLE_TRACK: edits.remove_track,
        }
        self.do(made[scope])

    def propagate(self, frames: int) -> None:
        """Copy the shown box to the next frames as manual boxes, and go to the last of them."""
        last = min(self._frame + frames, self._session.playhead.last_frame)
        here = self._frame
        if last > here and self.do(lambda p, track: edits.propagate(p, track, from_frame=here, to_frame=last)):
            self._session.seek(last)

    def duplicate(self) -> None:
        """Add a track with the same boxes, and select it."""
        project = self._session.project
        new_id = None if project is None else project.next_track_id()
        if self.do(identity_edits.duplicate_track):
            self._session.selection.select(new_id)

    def split(self) -> None:
        """Give everything from here on to a new track, and select it."""
        project = self._session.project
        new_id = None if project is None else project.next_track_id()
        if self.do(lambda p, track: identity_edits.split(p, track, self._frame)):
            self._session.selection.select(new_id)
            self._session.noted.emit(f"Split: from frame {self._frame} on, this is {self._name(new_id)}.")

    def set_label(self, name: str) -> None:
        """Give the selected track a label; one that is not offered yet is from now on."""
        name = name.strip()
        if name:
            self.do(lambda p, track: _labelled(p, track, name))

    def set_color(self, color: str) -> None:
        """Give the selected track a colour, as #rrggbb."""
        self.do(lambda p, track: edits.change_track(p, replace(p.track(track), color=color)))

    @property
    def attributes(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Of the selected track, and of its manual box on this frame; empty where there is none."""
        project, track_id = self._session.project, self._session.selected_track
        if project is None or track_id is None:
            return {}, {}
        keyframe = project.keyframe(track_id, self._frame)
        return project.track(track_id).attributes, {} if keyframe is None else keyframe.attributes

    def set_attributes(self, attributes: Mapping[str, str]) -> None:
        """Say something about the selected track that holds on all frames."""
        self.do(lambda p, track: edits.change_track(p, replace(p.track(track), attributes=attributes)))

    def set_frame_attributes(self, attributes: Mapping[str, str]) -> None:
        """Say something about the selected track on this frame, where it has a manual box."""
        project, track_id = self._session.project, self._session.selected_track
        keyframe = None if project is None or track_id is None else project.keyframe(track_id, self._frame)
        if keyframe is None:
            self._session.noted.emit("Frame attributes need a manual box on this frame: use Keyframe first.")
            return
        self.do(lambda p, track: edits.set_keyframe(p, track, replace(keyframe, attributes=attributes)))

    def toggle_hidden(self, track_id: int | None) -> None:
        """Hide a track on the frame, or show it again."""
        self._toggle(track_id, lambda info: replace(info, is_hidden=not info.is_hidden))

    def toggle_locked(self, track_id: int | None) -> None:
        """Protect a track from being changed, or not."""
        self._toggle(track_id, lambda info: replace(info, is_locked=not info.is_locked))

    def toggle_pinned(self, track_id: int | None) -> None:
        """Keep a track at the top of the timeline, or not."""
        self._toggle(track_id, lambda info: replace(info, is_pinned=not info.is_pinned))

    def set_interpolated(self, is_interpolated: bool) -> None:
        """Let the selected track's boxes lie on lines between those that are drawn, without a tracker, or not."""

        def make(project: Project, track_id: int) -> Edit:
            info = replace(project.track(track_id), is_interpolated=is_interpolated)
            edit = edits.change_track(project, info)
            return replace(edit, ends_run=is_interpolated)

        name = self._name(self._session.selected_track)
        if not self.do(make) or not is_interpolated:
            return
        project, track_id = self._session.project, self._session.selected_track
        has_tracked = project is not None and track_id is not None and project.has_valid_predictions(track_id)
        self._session.noted.emit(
            f"{name} is interpolated only: each box you draw is a keyframe, with straight lines between. "
            + ("Its tracked boxes stay; Make Keyframes turns them into a few manual ones." if has_tracked else "")
        )

    def make_keyframes(self, sparse: SparseTrack) -> bool:
        """Put manual boxes in the place of tracked ones, as they were counted; whether that was done."""
        done = self._session.do(lambda p: make_keyframes(p, sparse)) is not None
        if done:
            made = counted(sparse.made, "keyframe")
            self._session.noted.emit(
                f"Made {made} of {len(sparse.tracked):,} tracked boxes. Undo takes them back; "
                "Track Interpolated Span tracks them again."
            )
        return done

    def track_interpolated(self) -> None:
        """Track what is interpolated around the frame; a track that was interpolated only is so no longer."""
        if self._session.selection.is_interpolated:
            self.set_interpolated(False)
        self._session.tracking.track_interpolated()

    def select_number(self, number: int) -> None:
        """Select a track by its place, counted from 1."""
        project = self._session.project
        tracks = () if project is None else project.tracks()
        if number <= len(tracks):
            self._session.selection.select(tracks[number - 1].track_id)

    def seek_keyframe(self, *, forward: bool) -> None:
        """Go to the next or previous manual box of the selected track."""
        self._jump(_keyframe_indices, "keyframe", forward=forward)

    def seek_gap(self, *, forward: bool) -> None:
        """Go to where the selected track begins to show nothing."""
        self._jump(lambda p, track, last: gap_starts(p.state_codes(track, 0, last)), "gap", forward=forward)

    def seek_low_score(self, *, forward: bool) -> None:
        """Go to the next or previous frame on which the tracker becomes unsure or loses the object."""
        self._jump(
            lambda p, track, last: low_score_starts(p.scores(track, 0, last), UNSURE_SCORE),
            "low score",
            forward=forward,
        )

    def seek_spawn(self, *, forward: bool) -> None:
        """Go to the next or previous frame on which a track begins, and select it."""
        session, project, here = self._session, self._session.project, self._frame
        if project is None:
            return
        begins = ((first_frame(project, track.track_id), track.track_id) for track in project.tracks())
        known = sorted((first, track_id) for first, track_id in begins if first is not None)
        ahead = (
            [spawn for spawn in known if spawn[0] > here] if forward else [s for s in known if s[0] < here][::-1]
        )
        if not ahead:
            session.noted.emit(f"No object starts {'after' if forward else 'before'} this frame.")
            return
        session.selection.select(ahead[0][1])
        session.seek(ahead[0][0])

    def _name(self, track_id: int | None) -> str:
        return self._session.current_project.name_of(track_id)

    @property
    def _frame(self) -> int:
        return self._session.playhead.frame_index

    def _toggle(self, track_id: int | None, changed: Callable[[TrackInfo], TrackInfo]) -> None:
        if track_id is None:
            return
        self._session.do(lambda p: edits.change_track(p, changed(p.track(track_id))), beside_run=True)

    def _jump(
        self, starts_of: Callable[[Project, int, int], NDArray[np.int64]], word: str, *, forward: bool
    ) -> None:
        session, project, track_id = self._session, self._session.project, self._session.selected_track
        if project is None or track_id is None:
            session.noted.emit("Draw a box first.")
            return
        starts = starts_of(project, track_id, session.playhead.last_frame)
        found = (following if forward else preceding)(starts, self._frame)
        if found is None:
            session.noted.emit(f"There is no {word} {'after' if forward else 'before'} this frame.")
        else:
            session.seek(found)


def _keyframe_indices(project: Project, track_id: int, last: int) -> NDArray[np.int64]:
    return project.keyframe_block(track_id, 0, last).frame_indices.astype(np.int64)


def _labelled(project: Project, track_id: int, name: str) -> Edit:
    change = edits.change_track(project, replace(project.track(track_id), label=name))
    if project.label(name) is not None:
        return change
    taken = {label.hotkey for label in project.labels()}
    hotkey = next((key for key in map(str, range(1, 10)) if key not in taken), "")
    offer = edits.set_label(project, Label(name, project.track(track_id).color, hotkey))
    return replace(change, changes=offer.changes + change.changes)


def first_frame(project: Project, track_id: int) -> int | None:
    """Where a track begins; None where it has no box."""
    keyframe = project.keyframe_after(track_id, -1)
    begins = (project.first_valid_prediction(track_id), None if keyframe is None else keyframe.frame_index)
    return min((each for each in begins if each is not None), default=None)
