"""The real window tracks and seeks, and how quickly it answers meanwhile is measured."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from dlst_gui.app import make_tracker_here, themed_application
from dlst_gui.overlays import OVERLAYS
from dlst_gui.project.edits import change_track, record_predictions
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.tracks import Prediction
from dlst_gui.session.frame_reader import OpenSource
from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session
from dlst_gui.settings.log_file import log_path
from dlst_gui.soak.event_delays import EventDelays
from dlst_gui.soak.window_probes import SeekProbe, WindowProbe
from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.settings.user_settings import UserSettings
from tracker_core import Box, ShouldCancel, UpdateKind

SWAY = 4.0  # pixels by which stored boxes move around their place


@dataclass(frozen=True, slots=True)
class WindowRun:
    """What is done in the window.

    Attributes:
        path: the video; `open_video` opens it, in any thread.
        boxes: on the first frame, of one track each.
        tracked_count: so many tracks are tracked; the others have boxes on all frames already.
        has_overlays: whether all overlays are drawn, or none, and the tracker explains nothing.
    """

    path: Path
    open_video: OpenSource
    boxes: tuple[Box, ...]
    tracked_count: int
    has_overlays: bool


@dataclass(frozen=True, slots=True)
class WindowMeasured:
    """How it went; delays are None where there was nothing to measure, `fps` before the second frame.

    Attributes:
        failure: what the session said went wrong, if anything.
    """

    frame_count: int
    fps: float | None
    learning: EventDelays | None
    tracking: EventDelays | None
    own_work: EventDelays | None
    seeks_while_tracking: EventDelays | None
    seeks_at_rest: EventDelays | None
    failure: str


def soak_in_window(
    run: WindowRun, settings: TrackerSettings, make_tracker: MakeTracker, should_cancel: ShouldCancel
) -> WindowMeasured:
    """Track in the window until all frames are done, it is closed, or `should_cancel` answers True."""
    application = themed_application()
    with tempfile.TemporaryDirectory() as folder:
        # In a file, as ever: writing it is a part of what the window does.
        projects = ProjectOpener(Path(folder), clean_folder=run.path.parent)
        session = Session(run.open_video, partial(make_tracker_here, make=make_tracker), settings, projects)
        try:
            window = _window(session, has_overlays=run.has_overlays)
            seeks = SeekProbe(session, window.workspace)
            probe = WindowProbe(
                session,
                seeks,
                begin=lambda: _begin_run(session, run),
                end=application.exit,
                should_cancel=should_cancel,
            )
            window.show()
            session.open(run.path)
            application.exec()
            seeks.end()
            window.close()
        finally:
            session.close()
    return WindowMeasured(
        probe.frame_count,
        probe.fps,
        learning=probe.delays(RunState.LEARNING),
        tracking=probe.delays(RunState.TRACKING),
        own_work=probe.own_delays(),
        seeks_while_tracking=seeks.delays(while_tracking=True),
        seeks_at_rest=seeks.delays(while_tracking=False),
        failure=probe.failure,
    )


def _window(session: Session, *, has_overlays: bool) -> MainWindow:
    backbones = (session.tracking.settings.backbone,)
    user = UserSettings(None)  # measured as it comes, whatever its user has set ...
    user.set_preferences(replace(user.preferences, pauses_when_lost=False))  # ... but to the end
    window = MainWindow(session, user, backbones=backbones, demo_clip=None, log_folder=log_path().parent)
    for overlay in OVERLAYS:
        window.action_set[overlay.info.name].setChecked(has_overlays)
    window.action_set["inspector"].setChecked(has_overlays)
    return window


def spread_boxes(first: Box, count: int, frame_width: int, frame_height: int) -> tuple[Box, ...]:
    """`first`, and others of its size on a grid over the frame."""
    columns = math.ceil(math.sqrt(count))
    x_step, y_step = frame_width / columns, frame_height / columns
    places = ((i % columns * x_step, i // columns * y_step) for i in range(1, count))
    return (first, *(Box(x, y, first.width, first.height) for x, y in places))


def _begin_run(session: Session, run: WindowRun) -> None:
    """Draw the boxes, and track as many as are to be tracked."""
    project = session.project
    if project is None:
        return
    for box in run.boxes:
        session.selection.begin_new_track()
        session.set_box(0, box)
    ids = [track.track_id for track in project.tracks()]
    for track_id, box in zip(ids[run.tracked_count :], run.boxes[run.tracked_count :], strict=True):
        _store_boxes(session, track_id, box)
    session.selection.select(ids[0])
    session.tracking.track(all_tracks=True)


def _store_boxes(session: Session, track_id: int, box: Box) -> None:
    """Give a track a box on every frame, all a little apart, and lock it, so that it is not tracked."""
    frames = range(1, session.playhead.last_frame + 1)
    boxes = ((i, box.shifted(SWAY * math.sin(i / 10), SWAY * math.cos(i / 10))) for i in frames)
    block = PredictionBlock.of(Prediction(i, each, 5.0, True, 1, UpdateKind.NONE) for i, each in boxes)
    session.do(lambda project: record_predictions(project, track_id, block))
    session.do(lambda project: change_track(project, replace(project.track(track_id), is_locked=True)))
