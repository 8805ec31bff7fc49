"""The views of an opened video, kept in step with the session: redrawn up to 30 times a second, latest wins."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction

from dlst_gui.frame_reader import DecodedFrame
from dlst_gui.overlays import CandidateColoring, FrameScene, TrackOnFrame
from dlst_gui.project.labels import TrackInfo
from dlst_gui.run_state import RunState
from dlst_gui.session import Session
from dlst_gui.tracking_run import FrameTracked
from dlst_gui.views.frame_bar import FrameBar
from dlst_gui.views.frame_view import FrameView
from dlst_gui.views.hints import hint_for
from dlst_gui.views.inspector import Inspector
from dlst_gui.views.score_plot import ScorePlot
from dlst_gui.views.throttle import Throttle
from tracker_core import Box

SLOW_INTERVAL_MS = 100
_TARGET = TrackInfo(1, "target", "#5cc8ff")


class Workspace(QObject):
    """Makes the views and connects them; where they are placed is the window's business."""

    redrawn = Signal()

    def __init__(self, session: Session, bar_buttons: tuple[QAction, ...], parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._drawn: DecodedFrame | None = None
        self._coloring = CandidateColoring.ORIGIN
        self._inspects = True
        self._track_key = ""
        self._seen: tuple[object, ...] = ()
        self.frame_view = FrameView()
        self.frame_bar = FrameBar(bar_buttons)
        self.score_plot = ScorePlot()
        self.inspector = Inspector()
        self._throttle = Throttle(self)
        self._throttle.due.connect(self._on_redraw_due)
        # Numbers and curves need not keep up with the picture; drawn apart, they make the window wait less.
        self._slow_throttle = Throttle(self, SLOW_INTERVAL_MS)
        self._slow_throttle.due.connect(self._on_slow_redraw_due)
        self._connect()
        self._on_attention_changed()

    @property
    def drawn_frame(self) -> int | None:
        """Index of the frame whose pixels are shown."""
        return None if self._drawn is None else self._drawn.frame_index

    def show_overlay(self, name: str, is_visible: bool) -> None:
        """Show or hide an overlay, by the name of its info."""
        self.frame_view.set_overlay_visible(name, is_visible)
        self._on_attention_changed()

    def show_inspector(self, is_visible: bool) -> None:
        """Keep the inspector up to date, or let it rest where it is hidden."""
        self._inspects = is_visible
        self._on_attention_changed()
        self._throttle.request()

    def set_track_key(self, key: str) -> None:
        """What the hints tell to press."""
        self._track_key = key
        self._throttle.request()

    def color_candidates_by_score(self, by_score: bool) -> None:
        """Colour them by score instead of by the centre they were drawn around."""
        self._coloring = CandidateColoring.SCORE if by_score else CandidateColoring.ORIGIN
        self._throttle.request()

    def scene(self) -> FrameScene:
        """What is known about the frame whose pixels are shown."""
        session = self._session
        index = session.playhead.frame_index if self.drawn_frame is None else self.drawn_frame
        prediction = session.target.prediction(index)
        shown = session.target.shown(index)
        return FrameScene(
            frame_index=index,
            track=None if shown is None else TrackOnFrame(_TARGET, shown),
            prediction=prediction,
            diagnostics=None if prediction is None else session.diagnostics.get(index),
            candidate_coloring=self._coloring,
        )

    def _connect(self) -> None:
        session, playhead = self._session, self._session.playhead
        for signal in (
            playhead.frame_decoded,
            playhead.frame_changed,
            playhead.playing_changed,
            session.boxes_changed,
            session.frame_tracked,
            session.state_changed,
        ):
            signal.connect(self._throttle.request)
        playhead.source_changed.connect(self._on_source_changed)
        session.boxes_changed.connect(self._on_boxes_changed)
        session.frame_tracked.connect(self._on_frame_tracked)
        self.frame_view.box_edited.connect(self._on_box_edited)
        self.frame_view.grabbed_while_locked.connect(self._on_grabbed_while_locked)
        self.frame_bar.frame_sought.connect(session.seek)
        self.score_plot.frame_sought.connect(session.seek)

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
            self.frame_view.show_frame(decoded.pixels)
        self._show_scene(self.scene(), is_editable=self._is_editable())
        self.frame_view.set_hint(hint_for(self._session, self._track_key))
        self.frame_bar.show_frame(playhead.frame_index, None if decoded is None else decoded.timestamp_s)
        self._slow_throttle.request()
        self.redrawn.emit()

    @Slot()
    def _on_slow_redraw_due(self) -> None:
        if self._inspects:
            self.inspector.show_scene(self.scene())
        self.score_plot.show_cursor(self._session.playhead.frame_index)
        self.score_plot.redraw()

    def _show_scene(self, scene: FrameScene, *, is_editable: bool) -> None:
        """Draw it, unless it is drawn: a tracked frame is told of before its pixels are decoded, and after."""
        seen = (
            self._drawn,
            scene.frame_index,
            None if scene.track is None else scene.track.shown.keyframe,
            scene.prediction,
            scene.diagnostics,
            scene.candidate_coloring,
            is_editable,
        )
        if len(self._seen) == len(seen) and all(a is b for a, b in zip(seen, self._seen, strict=True)):
            return
        self._seen = seen
        self.frame_view.show_scene(scene, editable_box=scene.box, is_editable=is_editable)

    def _is_editable(self) -> bool:
        """Not while the tracker works, nor while the pixels shown are not yet those of the frame asked for."""
        state = self._session.state
        is_current = self.drawn_frame == self._session.playhead.frame_index
        return is_current and state is not RunState.EMPTY and not state.is_busy

    def _on_attention_changed(self) -> None:
        looks = any(
            overlay.info.needs_diagnostics and self.frame_view.is_overlay_visible(overlay.info.name)
            for overlay in self.frame_view.overlays
        )
        self._session.set_diagnostics_wanted(looks or self._inspects)

    @Slot()
    def _on_source_changed(self) -> None:
        source = self._session.playhead.source
        frame_count = source.frame_count if source is not None else 0
        self._drawn, self._seen = None, ()
        self.frame_view.clear()
        self.frame_bar.reset(frame_count)
        self.score_plot.reset(frame_count)

    @Slot()
    def _on_boxes_changed(self) -> None:
        self.score_plot.read_track(self._session.target)

    @Slot(object)
    def _on_frame_tracked(self, tracked: FrameTracked) -> None:
        if not tracked.is_human:
            self.score_plot.record(tracked.frame_index, tracked.result.score, is_found=tracked.result.is_found)

    @Slot(object)
    def _on_box_edited(self, box: Box) -> None:
        if self._drawn is not None:
            self._session.set_box(self._drawn.frame_index, box)

    @Slot()
    def _on_grabbed_while_locked(self) -> None:
        """Reaching for the box while it moves means: hold on."""
        if self._session.state is RunState.TRACKING:
            self._session.pause()
