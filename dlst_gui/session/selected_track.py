"""Which track is edited, tracked and explained, and what is known about it on the frame that is shown."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from dlst_gui.project.tracks import Shown, ShownKind, Visibility
from dlst_gui.session.current_project import CurrentProject
from dlst_gui.session.kept_evidence import KeptEvidence
from dlst_gui.session.playhead import Playhead
from dlst_gui.session.run_control import RunControl
from dlst_gui.session.run_state import RunState
from tracker_core import Box, Diagnostics
from tracker_core.evidence import FrameEvidence


class SelectedTrack(QObject):
    """At most one track of the open project."""

    changed = Signal()
    wish_changed = Signal()  # whether the next box begins a new track

    def __init__(
        self, current_project: CurrentProject, run: RunControl, playhead: Playhead, kept: KeptEvidence
    ) -> None:
        super().__init__()
        self._kept = kept
        self._current_project = current_project
        self._run = run
        self._playhead = playhead
        self._track_id: int | None = None
        self._begins_new_track = False
        self._next_label = ""

    @property
    def track_id(self) -> int | None:
        return self._track_id

    @property
    def begins_new_track(self) -> bool:
        """Whether the next box that is drawn begins a track."""
        return self._begins_new_track or self._track_id is None

    @property
    def drawn_track(self) -> int | None:
        """The track that a box drawn now belongs to; None for a new one."""
        return None if self._begins_new_track else self._track_id

    @property
    def next_label(self) -> str:
        """The label that the next new track gets; "" where nobody has chosen one."""
        return self._next_label

    def want_label(self, name: str) -> None:
        """Let the next new track get this label."""
        self._next_label = name
        self.wish_changed.emit()

    def evidence(self, frame_index: int) -> FrameEvidence | None:
        """What the tracker saw when it found the selected track's box on a frame; a manual one may hide it.

        None where that is not known, or not yet: `KeptEvidence.changed` tells when it has come from the disk.
        """
        shown = None if self._track_id is None else self.shown(self._track_id, frame_index)
        if self._track_id is None or shown is None or shown.prediction is None:
            return None
        return self._kept.of(self._track_id, shown.prediction)

    def seen(self, frame_index: int) -> Diagnostics | None:
        """The diagnostics of `evidence`."""
        evidence = self.evidence(frame_index)
        return None if evidence is None else evidence.diagnostics

    @property
    def has_manual_boxes(self) -> bool:
        """Whether the track can be learned from."""
        project, track_id = self._current_project.project, self._track_id
        return project is not None and track_id is not None and project.has_manual_boxes(track_id)

    @property
    def has_predictions(self) -> bool:
        """Whether the track has valid predictions."""
        project, track_id = self._current_project.project, self._track_id
        return project is not None and track_id is not None and project.has_valid_predictions(track_id)

    @property
    def is_locked(self) -> bool:
        """Whether the track is protected from being changed."""
        project, track_id = self._current_project.project, self._track_id
        return project is not None and track_id is not None and project.track(track_id).is_locked

    @property
    def is_interpolated(self) -> bool:
        """Whether no tracker works on the track: boxes are drawn, and lie on straight lines between."""
        project, track_id = self._current_project.project, self._track_id
        return project is not None and track_id is not None and project.track(track_id).is_interpolated

    @property
    def held_here(self) -> Box | None:
        """Where an interpolated track was last, on a frame after its last manual box."""
        project, track_id, here = self._current_project.project, self._track_id, self._playhead.frame_index
        if project is None or track_id is None or not self.is_interpolated or self.shown_here is not None:
            return None
        before = project.keyframe_before(track_id, here)
        return None if before is None or before.visibility is Visibility.OUTSIDE else before.box

    @property
    def is_paused(self) -> bool:
        """Whether there is a paused run of the track, which would go on."""
        if self._track_id is None or self._run.state is not RunState.PAUSED:
            return False
        return self._run.is_about(self._track_id)

    @property
    def is_lost(self) -> bool:
        """Whether the target is lost on the shown frame."""
        shown = self.shown_here
        if shown is None or shown.kind is not ShownKind.TRACKED:
            return False
        return shown.prediction is not None and not shown.prediction.is_found

    @property
    def shown_here(self) -> Shown | None:
        """What the shown frame has of the track."""
        return None if self._track_id is None else self.shown(self._track_id, self._playhead.frame_index)

    def shown(self, track_id: int, frame_index: int) -> Shown | None:
        """What a frame shows of any track, also where the run's latest boxes are not in the project yet."""
        project = self._current_project.project
        if project is None or not project.has_track(track_id):
            return None
        shown = project.shown(track_id, frame_index)
        fresh = self._run.unwritten(track_id, frame_index)
        if fresh is None or (shown is not None and shown.kind is ShownKind.HUMAN):
            return shown
        return Shown(fresh.box, ShownKind.TRACKED, Visibility.VISIBLE, fresh, None)

    def is_outside(self, frame_index: int) -> bool:
        """Whether a person said that the track is outside on a frame, and no tracker has found it there."""
        project, track_id = self._current_project.project, self._track_id
        if project is None or track_id is None or not project.has_track(track_id):
            return False
        said = project.keyframe_at_or_before(track_id, frame_index)
        shown = self.shown(track_id, frame_index)
        is_tracked = shown is not None and shown.kind is ShownKind.TRACKED
        return said is not None and said.visibility is Visibility.OUTSIDE and not is_tracked

    def select(self, track_id: int | None) -> None:
        """Make a track the selected one; unknown ones are left aside."""
        project = self._current_project.project
        is_known = track_id is None or (project is not None and project.has_track(track_id))
        if track_id != self._track_id and is_known:
            self._track_id, self._begins_new_track, self._next_label = track_id, False, ""
            self.changed.emit()

    def select_existing(self) -> None:
        """Leave a track that is gone for the latest one."""
        project = self._current_project.project
        if project is not None and self._track_id is not None and not project.has_track(self._track_id):
            tracks = project.tracks()
            self.select(tracks[-1].track_id if tracks else None)

    def reset(self) -> None:
        """Select the first track of the project that is open now, without emitting a signal yet."""
        project = self._current_project.project
        tracks = () if project is None else project.tracks()
        self._track_id, self._begins_new_track = tracks[0].track_id if tracks else None, False
        self._next_label = ""

    def begin_new_track(self) -> None:
        """Let the next box that is drawn be that of a new track."""
        self._begins_new_track = True
        self.wish_changed.emit()

    def cancel_new_track(self) -> None:
        """Let the next box be the selected track's after all."""
        self._begins_new_track, self._next_label = False, ""
        self.wish_changed.emit()
