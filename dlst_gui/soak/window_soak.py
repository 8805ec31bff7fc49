"""The command `soak --window`: the real window tracks and seeks, and tells how quickly it answers meanwhile."""

from __future__ import annotations

import math
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

from dlst_gui.app import make_tracker_here, themed_application
from dlst_gui.commands.demo_command import shipped_clip
from dlst_gui.commands.first_box import first_box
from dlst_gui.commands.interrupt import EXIT_STATUS, noticing_interrupts
from dlst_gui.commands.machine import machine_line
from dlst_gui.commands.options import (
    SOAK_FRAMES_IN_WINDOW,
    SOAK_MOST_TRACKED,
    SOAK_TRACKED_OF_MANY,
    CommandError,
    SoakOptions,
)
from dlst_gui.commands.soak_command import soak_settings
from dlst_gui.commands.terminal import answer, say
from dlst_gui.overlays import OVERLAYS
from dlst_gui.project.edits import change_track, record_predictions
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.tracks import Prediction
from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session
from dlst_gui.settings.log_file import log_path
from dlst_gui.soak.window_probes import SeekProbe, WindowProbe
from dlst_gui.tracking.devices import core_count
from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings
from dlst_gui.video import BackAndForth, VideoSource, open_source
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.user_settings import UserSettings
from tracker_core import Box, UpdateKind

SWAY = 4.0  # pixels by which stored boxes move around their place


def run_window_soak(options: SoakOptions, make_tracker: MakeTracker) -> int:
    """Track in the window until enough frames are done or it is closed, and report; returns the exit status.

    Raises:
        CommandError, DeviceError, VideoError, WeightsError: bad input.
    """
    settings = soak_settings(options, default_threads=max(1, core_count() - 1))
    path = options.source or shipped_clip()
    frame_count = options.frames or SOAK_FRAMES_IN_WINDOW
    with open_source(path) as source:
        boxes = spread_boxes(first_box(source, 0, options.init), options.tracks, source.width, source.height)

    def open_long(path: Path) -> VideoSource:
        return BackAndForth(open_source(path), frame_count)

    application = themed_application()
    with tempfile.TemporaryDirectory() as folder, noticing_interrupts() as interrupt:
        # In a file, as ever: writing it is a part of what the window does.
        projects = ProjectOpener(Path(folder), clean_folder=path.parent)
        session = Session(open_long, partial(make_tracker_here, make=make_tracker), settings, projects)
        try:
            window = _window(session, has_overlays=options.overlays == "on")
            seeks = SeekProbe(session, window.workspace)
            probe = WindowProbe(
                session,
                seeks,
                begin=lambda: begin_run(session, boxes),
                end=application.exit,
                should_cancel=interrupt.should_cancel,
            )
            window.show()
            session.open(path)
            application.exec()
            seeks.end()
            window.close()
        finally:
            session.close()
    if probe.failure:
        raise CommandError(probe.failure)
    answer(_report(probe, seeks, settings, options))
    if probe.frame_count < frame_count:
        say(f"ended after {probe.frame_count} of {frame_count} frames")
        return EXIT_STATUS
    return 0


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


def begin_run(session: Session, boxes: tuple[Box, ...]) -> None:
    """Draw the boxes on the first frame as one track each, and track them; of many only some, see `--tracks`."""
    project = session.project
    if project is None:
        return
    tracked_count = len(boxes) if len(boxes) <= SOAK_MOST_TRACKED else SOAK_TRACKED_OF_MANY
    for box in boxes:
        session.selection.begin_new_track()
        session.set_box(0, box)
    ids = [track.track_id for track in project.tracks()]
    for track_id, box in zip(ids[tracked_count:], boxes[tracked_count:], strict=True):
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


def _report(probe: WindowProbe, seeks: SeekProbe, settings: TrackerSettings, options: SoakOptions) -> str:
    pace = "" if probe.fps is None else f", {probe.fps:.2f} frames/s after the first"
    tracks = f"{options.tracks} track" + ("s" if options.tracks > 1 else "")
    waits = (
        ("event delay while learning the first frame", probe.delays(RunState.LEARNING)),
        ("event delay while tracking", probe.delays(RunState.TRACKING)),
        ("seek to drawn frame, while tracking", seeks.delays(while_tracking=True)),
        ("seek to drawn frame, while idle", seeks.delays(while_tracking=False)),
    )
    lines = (
        machine_line(settings.device, settings.threads),
        f"{settings.preset} {settings.speed_name}, overlays {options.overlays}, {tracks}: "
        f"{probe.frame_count} frames{pace}",
        *(f"{name}: {'not measured' if waited is None else waited}" for name, waited in waits),
    )
    return "\n".join(lines)
