"""The views of an opened video, kept in step with the session: redrawn up to 30 times a second, latest wins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPoint, Signal, Slot
from PySide6.QtGui import QAction

from dlst_gui.overlays import CandidateColoring, FrameScene, GhostOnFrame, TrackOnFrame
from dlst_gui.overlays.picks import PicksOverlay
from dlst_gui.project.attribute_values import shown_values
from dlst_gui.project.labels import TrackInfo
from dlst_gui.project.tracks import Prediction, ShownKind
from dlst_gui.session.editing import Editing
from dlst_gui.session.frame_reader import DecodedFrame
from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import LOCKED, Session
from dlst_gui.session.what_ifs import WhatIf, WhatIfs
from dlst_gui.tracking.tracking_run import FrameTracked
from dlst_gui.views.actions.hints import hint_for
from dlst_gui.views.evidence.card.card_view import WHILE_MOVING
from dlst_gui.views.evidence.card.frame_cards import card_of
from dlst_gui.views.evidence.inspector import Inspector
from dlst_gui.views.evidence.picture_pointer import PicturePointer
from dlst_gui.views.evidence.reference import reference_box
from dlst_gui.views.evidence.shown_evidence import Following, ShownEvidence
from dlst_gui.views.frame.frame_preview import FramePreview
from dlst_gui.views.frame.frame_view import FrameView
from dlst_gui.views.frame_bar.frame_bar import FrameBar, clock_text
from dlst_gui.views.style.throttle import Throttle
from dlst_gui.views.timeline import Timeline
from dlst_gui.views.timeline.project_lanes import ProjectLanes
from tracker_core import Box, Frame

SLOW_INTERVAL_MS = 100
DOUBTFUL_SCORE = 1.0  # ours: of the default system's boxes below it, one in five is wrong
INSPECTOR = "inspector"  # who marks in the picture what the failure card speaks of
TRAIL_FRAMES = 25  # to either side


class Workspace(QObject):
    """Makes the views and connects them; where they are placed is the window's business."""

    redrawn = Signal()

    def __init__(
        self,
        session: Session,
        editing: Editing,
        what_ifs: WhatIfs,
        bar_buttons: tuple[QAction, ...],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._what_ifs = what_ifs
        self._editing = editing
        self._drawn: DecodedFrame | None = None
        self._coloring = CandidateColoring.ORIGIN
        self._offers_always = self._explains = False
        self._track_key = self._outside_key = ""
        self._seen: tuple[object, ...] = ()
        self._scene = FrameScene(0)
        self.frame_view = FrameView()
        self.frame_bar = FrameBar(bar_buttons)
        self.timeline = Timeline()
        self.inspector = Inspector()
        self.evidence = ShownEvidence(self)
        self._throttle = Throttle(self)
        self._throttle.due.connect(self._on_redraw_due)
        # Numbers and curves need not keep up with the picture; drawn apart, they make the window wait less.
        self._slow_throttle = Throttle(self, SLOW_INTERVAL_MS)
        self._slow_throttle.due.connect(self._on_slow_redraw_due)
        self._preview = FramePreview(session.thumbnails, self.frame_view)
        self._pointer = PicturePointer(self.frame_view, self.evidence)
        self._inspecting = Following(self.inspector, self.evidence, self._inspect, name=INSPECTOR)
        self._connect()

    @property
    def drawn_frame(self) -> int | None:
        """Index of the frame whose pixels are shown."""
        return None if self._drawn is None else self._drawn.frame_index

    def show_overlay(self, name: str, is_visible: bool) -> None:
        """Show or hide an overlay, by the name of its info; picks always, or only where they are needed."""
        if name == PicksOverlay.info.name:
            self._offers_always = is_visible
        else:
            self.frame_view.set_overlay_visible(name, is_visible)
        self._throttle.request()  # a scene holds only what is shown

    def set_explaining(self, explains: bool) -> None:
        """Let names say the tracker's score."""
        self._explains = explains
        self._throttle.request()

    def set_hint_keys(self, *, track: str, outside: str) -> None:
        """What the hints tell to press."""
        self._track_key, self._outside_key = track, outside
        self._throttle.request()

    def color_candidates_by_score(self, by_score: bool) -> None:
        """Colour them by score instead of by the centre they were drawn around."""
        self._coloring = CandidateColoring.SCORE if by_score else CandidateColoring.ORIGIN
        self._throttle.request()

    def scene(self) -> FrameScene:
        """What is known about the frame whose pixels are shown."""
        session = self._session
        index = session.playhead.frame_index if self.drawn_frame is None else self.drawn_frame
        track = self._on_frame(session.selected_track, index)
        prediction = None if track is None else track.shown.prediction
        seen = session.selection.evidence(index)
        return FrameScene(
            frame_index=index,
            track=track,
            prediction=prediction,
            is_outside=session.selection.is_outside(index),
            others=self._others(index),
            trail=self._trail(index) if self.frame_view.is_overlay_visible("trail") else None,
            diagnostics=None if seen is None else seen.diagnostics,
            evidence=seen,
            why_missing="" if seen is not None or prediction is None else session.evidence.why_missing(index),
            candidate_coloring=self._coloring,
            system="" if prediction is None else session.current_project.system_of(prediction),
            picks=self._editing.picks if self._offers(prediction) else (),
            is_explained=self._explains,
            marks=self.evidence.marks,
            response_look=self.evidence.response_look,
            reference=reference_box(session, index),
            ghosts=self._ghosts(index),
        )

    def shown_frame(self) -> tuple[FrameScene, Frame | None]:
        """What is known about the shown frame, with its pixels; not to be written to."""
        return self.scene(), None if self._drawn is None else self._drawn.pixels

    def _offers(self, prediction: Prediction | None) -> bool:
        """Whether candidates are numbered: where they are asked for, and where the tracker may well be wrong."""
        return self._offers_always or (prediction is not None and prediction.score < DOUBTFUL_SCORE)

    def _on_frame(self, track_id: int | None, index: int) -> TrackOnFrame | None:
        project = self._session.project
        if track_id is None or project is None:
            return None
        shown = self._session.selection.shown(track_id, index)
        if shown is None:
            return None
        prediction = shown.prediction if shown.kind is ShownKind.TRACKED else None
        share = None if prediction is None else self._session.current_project.wrong_share(prediction)
        values = tuple(each.words for each in shown_values(project, track_id, index) if each.words)
        return TrackOnFrame(project.track(track_id), shown, share, values)

    def _others(self, index: int) -> tuple[TrackOnFrame, ...]:
        project, selected = self._session.project, self._session.selected_track
        tracks: tuple[TrackInfo, ...] = () if project is None else project.tracks()
        visible = (t.track_id for t in tracks if t.track_id != selected and not t.is_hidden)
        return tuple(other for other in (self._on_frame(each, index) for each in visible) if other is not None)

    def _ghosts(self, index: int) -> tuple[GhostOnFrame, ...]:
        project = self._session.project
        visible = {
            track.track_id for track in (() if project is None else project.tracks()) if not track.is_hidden
        }
        found = []
        for each in self._what_ifs.ghosts:
            box = each.ghost.box(index)
            if box is not None and each.ghost.track_id in visible:
                found.append(GhostOnFrame(each.number, each.name, box, each.ghost.is_found(index)))
        return tuple(found)

    def _trail(self, index: int) -> NDArray[np.float64] | None:
        track_id = self._session.selected_track
        if track_id is None:
            return None
        frames = range(
            max(0, index - TRAIL_FRAMES), min(self._session.playhead.last_frame, index + TRAIL_FRAMES) + 1
        )
        shown = (self._session.selection.shown(track_id, frame) for frame in frames)
        return np.array([each.box.center for each in shown if each is not None]).reshape(-1, 2)

    def _connect(self) -> None:
        session, playhead = self._session, self._session.playhead
        for signal in (
            playhead.frame_decoded,
            playhead.playing_changed,
            session.project_opened,
            session.project_changed,
            session.selection_changed,
            session.state_changed,
            session.evidence.changed,
        ):
            signal.connect(self._throttle.request)
        self.inspector.card.marks_changed.connect(self._on_card_marks_changed)
        self.inspector.card.in_picture.toggled.connect(self._on_card_in_picture)
        self.inspector.card.frame_sought.connect(session.seek)
        session.thumbnails.made.connect(self._on_thumbnail_made)
        self.evidence.marks_changed.connect(self._throttle.request)
        self.evidence.look_changed.connect(self._throttle.request)
        self._what_ifs.changed.connect(self._on_what_ifs_changed)
        self._what_ifs.advanced.connect(self._on_what_if_advanced)
        session.evidence.stored_changed.connect(self.timeline.read_evidence)
        playhead.frame_changed.connect(self._on_frame_changed)
        session.frame_tracked.connect(self._on_frame_tracked)
        session.tracking.requested.connect(self.frame_view.editor.settle)
        playhead.source_changed.connect(self._on_source_changed)
        session.project_closing.connect(self._on_project_closing)
        session.project_opened.connect(self._on_project_opened)
        session.project_changed.connect(self._on_project_changed)
        session.selection_changed.connect(self._on_selection_changed)
        self.frame_view.box_edited.connect(self._on_box_edited)
        self.frame_view.editor.change_begun.connect(session.tracking.hold)
        self.frame_view.editor.change_given_up.connect(session.tracking.let_go)
        self.frame_view.grabbed_while_locked.connect(self._on_grabbed_while_locked)
        self.frame_view.track_grabbed.connect(session.selection.select)
        session.noted.connect(self.frame_view.show_note)
        self.frame_view.legend_changed.connect(self.inspector.legend.set_entries)
        self.frame_bar.frame_sought.connect(session.seek)
        for surface in (self.frame_bar.slider, self.timeline.ruler, self.timeline.lanes):
            surface.left.connect(self._preview.leave)
        self.frame_bar.slider.hovered.connect(self._on_hovered)
        self.timeline.hovered.connect(self._on_hovered)
        self.timeline.frame_sought.connect(session.seek)
        self.timeline.stepped.connect(session.seek_by)
        self.timeline.track_selected.connect(self._on_lane_chosen)
        self.timeline.hidden_toggled.connect(self._editing.toggle_hidden)
        self.timeline.locked_toggled.connect(self._editing.toggle_locked)
        self.timeline.pinned_toggled.connect(self._editing.toggle_pinned)

    @Slot(int, QPoint)
    def _on_hovered(self, frame_index: int, at: QPoint) -> None:
        source = self._session.playhead.source
        if source is not None:
            self._preview.hover(
                frame_index, f"{frame_index}  ·  {clock_text(frame_index / source.nominal_fps)}", at
            )

    @Slot()
    def _on_frame_changed(self) -> None:
        self.frame_view.editor.lock()  # what is shown is no longer the frame asked for
        self.frame_bar.show_frame(self._session.playhead.frame_index, None)
        self._slow_throttle.request()
        if self._session.playhead.is_unreadable:
            self._throttle.request()  # else a picture comes; drawing the one shown once more would hold it up

    @Slot(object)
    def _on_frame_tracked(self, tracked: FrameTracked) -> None:
        # Of another frame only numbers change here; where it is followed, its picture is on its way.
        is_shown = tracked.frame_index == self.drawn_frame
        (self._throttle if is_shown else self._slow_throttle).request()

    @Slot()
    def _on_redraw_due(self) -> None:
        playhead = self._session.playhead
        decoded = playhead.decoded
        if decoded is not self._drawn:
            self.frame_view.editor.finish_adjusting()  # it is for the frame that goes
        if playhead.is_unreadable:
            decoded, self._drawn, self._seen = None, None, ()
            self.frame_view.clear()
        elif decoded is not None and decoded is not self._drawn:
            self._drawn = decoded
            self.frame_view.show_frame(decoded.pixels, decoded.frame_index)
        self._scene = self.scene()
        self._show_scene(self._scene, is_editable=self._is_editable())
        hint = hint_for(self._session, track_key=self._track_key, outside_key=self._outside_key)
        self.frame_view.set_hint(hint)
        self.frame_bar.show_frame(playhead.frame_index, None if decoded is None else decoded.timestamp_s)
        self._slow_throttle.request()
        self.redrawn.emit()

    @Slot()
    def _on_slow_redraw_due(self) -> None:
        self.evidence.show(self._scene, None if self._drawn is None else self._drawn.pixels)
        playhead = self._session.playhead
        is_sought = not playhead.is_playing and not self._session.state.is_busy
        self.timeline.show_frame(playhead.frame_index, is_sought=is_sought)
        self.redrawn.emit()

    @Slot()
    def _inspect(self) -> None:
        scene, session = self.evidence.scene, self._session
        is_moving = session.playhead.is_playing or session.state.is_busy
        self.inspector.show_scene(scene, is_moving=is_moving)
        view = self.inspector.card
        if is_moving:
            view.say(WHILE_MOVING if scene.diagnostics is not None else "")
            return
        card = card_of(session, scene)
        if card is None:
            view.say("")
        else:
            view.show_card(card, scene, self.evidence.pixels, session.thumbnails.picture)

    @Slot()
    def _on_card_marks_changed(self) -> None:
        self.evidence.set_marks(INSPECTOR, self.inspector.card.marks)

    @Slot()
    def show_why(self) -> None:
        """Mark in the picture what the failure card speaks of, and show that place large."""
        view = self.inspector.card
        view.in_picture.setChecked(True)
        self.inspector.ensureWidgetVisible(view)

    @Slot(bool)
    def _on_card_in_picture(self, is_wanted: bool) -> None:
        area = self.inspector.card.area
        if is_wanted and area is not None:
            self.evidence.show_area(area)

    @Slot(int)
    def _on_thumbnail_made(self, _frame_index: int) -> None:
        if self.inspector.card.isVisible():
            self._inspect()

    def _show_scene(self, scene: FrameScene, *, is_editable: bool) -> None:
        """Draw it, unless it is drawn: a tracked frame is told of before its pixels are decoded, and after."""
        trail = b"" if scene.trail is None else scene.trail.tobytes()
        held = self._session.selection.held_here
        seen = (
            id(self._drawn),
            replace(scene, diagnostics=None, evidence=None, trail=None),
            id(scene.diagnostics),
            trail,
            held,
            is_editable,
        )
        if seen == self._seen:
            return
        self._seen = seen
        self.frame_view.show_scene(scene, editable_box=scene.box or held, is_editable=is_editable)

    def _is_editable(self) -> bool:
        """Not while the tracker works, nor while the pixels shown are not yet those of the frame asked for.

        A box that was just given can be changed again while it is being learned.
        """
        session = self._session
        is_current = self.drawn_frame == session.playhead.frame_index
        return (
            is_current
            and (session.can_edit or session.tracking.is_learning_here)
            and (session.selection.begins_new_track or not session.selection.is_locked)
        )

    @Slot()
    def _on_source_changed(self) -> None:
        source = self._session.playhead.source
        frame_count = source.frame_count if source is not None else 0
        self._drawn, self._seen = None, ()
        self.frame_view.clear()
        self.frame_bar.reset(frame_count, 25.0 if source is None else source.nominal_fps)
        for pictures in (self._session.thumbnails, self._session.cut_outs):
            pictures.set_video(None if source is None else source.path)
        self._preview.leave()

    @Slot()
    def _on_project_closing(self) -> None:
        self.timeline.set_data(None)  # it reads as it paints, and the next project comes in a later turn

    @Slot()
    def _on_project_opened(self) -> None:
        has_project = self._session.project is not None
        self.timeline.set_data(ProjectLanes(self._session, self._what_ifs) if has_project else None)
        stops = self._session.playhead.stops
        if stops is not None:
            self.timeline.show_span(int(stops[0]), int(stops[-1]))
        self.timeline.select_track(self._session.selected_track)

    @Slot(object)
    def _on_project_changed(self, track_ids: frozenset[int]) -> None:
        project = self._session.project
        self.timeline.read_lanes()
        for track_id in track_ids:
            if project is not None and project.has_track(track_id):
                self.timeline.show_change(track_id, 0, self._session.playhead.last_frame)
        self.timeline.select_track(self._session.selected_track)

    @Slot()
    def _on_what_ifs_changed(self) -> None:
        self.timeline.read_lanes()
        self._throttle.request()

    @Slot(object, int, int)
    def _on_what_if_advanced(self, what_if: WhatIf, first: int, last: int) -> None:
        self.timeline.show_change(-what_if.number, first, last)
        if self.drawn_frame is not None and first <= self.drawn_frame <= last:
            self._throttle.request()

    @Slot(int)
    def _on_lane_chosen(self, track_id: int) -> None:
        """The lane of a what-if stands for its object."""
        what_if = self._what_ifs.get(-track_id)
        self._session.selection.select(track_id if what_if is None else what_if.ghost.track_id)

    @Slot()
    def _on_selection_changed(self) -> None:
        self.timeline.select_track(self._session.selected_track)

    @Slot(object)
    def _on_box_edited(self, box: Box) -> None:
        if self._drawn is not None:
            self._session.set_box(self._drawn.frame_index, box)

    @Slot()
    def _on_grabbed_while_locked(self) -> None:
        """Reaching for the box while it moves means: hold on."""
        session = self._session
        if session.state is RunState.TRACKING:
            session.tracking.reach()
        elif session.current_project.is_read_only:
            session.noted.emit(session.current_project.notice)
        elif session.can_edit and self.drawn_frame == session.playhead.frame_index:
            session.noted.emit(LOCKED)
