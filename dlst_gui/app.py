"""Starts the window: Qt, looks, session, and what happens to faults; ends everything in order."""

from __future__ import annotations

import gc
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType

from pyqtgraph.util.garbage_collector import GarbageCollector
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from dlst_gui.evidence.shown_source import OPENER
from dlst_gui.project.opening import ProjectOpener, projects_folder
from dlst_gui.project.writer_lock import load_locks
from dlst_gui.session.session import Session
from dlst_gui.settings.log_file import log_path
from dlst_gui.settings.preferences import ThemeChoice
from dlst_gui.settings.user_file import settings_folder
from dlst_gui.tracking.devices import DeviceName, core_count, default_speed, resolve_device
from dlst_gui.tracking.guide_choice import usual_guide
from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings, guide_network, make_tracker
from dlst_gui.video.demo_clip import demo_clip
from dlst_gui.video.isolation.isolated_opener import IsolatedOpener
from dlst_gui.views.dialogs.crash_reporter import CrashReporter
from dlst_gui.views.main_window import PROGRAM_NAME, MainWindow
from dlst_gui.views.settings.user_settings import UserSettings
from dlst_gui.views.style.theme import apply_theme, theme_for
from tracker_core import DEFAULT_PRESET, Speed, Tracker
from tracker_core.weights import DEFAULT_NAME, list_backbones

FEWEST_STARTUP_OBJECTS = 150_000  # torch has 140,000, all else that the window loads 96,000 (measured)
SHOWN_BEFORE_MS = 50  # the window is drawn before torch, which takes seconds, is loaded beside it
WAKE_UP_MS = 250  # how often Python gets to see Ctrl+C while Qt waits for events


def run_gui(
    source: Path | None,
    *,
    preset: str | None = None,
    speed: Speed | None = None,
    guide: str | None = None,
    backbone: str = DEFAULT_NAME,
    device: DeviceName = "auto",
    seed: int = 0,
    updates_in_background: bool = False,
    tracks_at_once: bool = False,
) -> int:
    """Show the window, on `source` if one is given, until it is closed; returns the exit status.

    Args:
        source: video file, image folder, sequence folder, folder of videos, job list or file of evidence to open.
        preset: which tracker, one of `PRESETS`; None takes the one that the settings name.
        speed: exact or fast; None likewise, and where they name none, the device decides.
        guide: proposes boxes, too; "" for none. None takes the one chosen last in the window, if it is here.
        backbone: name or weight file; "default" is the preset's own.
        device: where to compute; "auto" takes CUDA where there is one.
        seed: of the tracker.
        updates_in_background: fast trains while it tracks; see `TrackerSettings`.
        tracks_at_once: start from the first ground-truth box of the source, as soon as it is open.

    Raises:
        DeviceError: the device cannot be used.
        WeightsError: the networks of a guide that is asked for are not here.
    """
    if guide:
        guide_network(guide)
    with IsolatedOpener(OPENER) as opener:  # its first process gets ready while the window is made
        user = UserSettings(settings_folder())
        application = themed_application(user.preferences.theme)
        device_name = resolve_device(device).name
        wanted = user.preferences
        chosen_preset = preset or (DEFAULT_PRESET if guide else wanted.preset or DEFAULT_PRESET)
        settings = TrackerSettings(
            preset=chosen_preset,
            speed=speed or _speed_of(wanted.speed) or default_speed(device_name),
            guide=usual_guide(wanted.guide, chosen_preset) if guide is None else guide,
            backbone=backbone,
            device=device_name,
            seed=seed,
            # The window draws and decodes on a core of its own, as far as there is one.
            threads=max(1, core_count() - 1),
            updates_in_background=updates_in_background,
        )
        clip = demo_clip()
        projects = ProjectOpener(projects_folder(), clean_folder=None if clip is None else clip.parent)
        session = Session(opener, make_tracker_here, settings, projects)
        window = MainWindow(
            session,
            user,
            backbones=tuple(entry.name for entry in list_backbones()),
            demo_clip=clip,
            log_folder=log_path().parent,
        )
        window.show()
        _leave_startup_uncollected()
        threading.Thread(target=load_locks, name="locks", daemon=True).start()
        QTimer.singleShot(SHOWN_BEFORE_MS, session.tracking, session.tracking.prepare)
        if tracks_at_once:
            session.project_opened.connect(
                lambda: _track_from_first_box(session), Qt.ConnectionType.SingleShotConnection
            )
        if source is not None:
            session.open_paths([source])
        reporter = CrashReporter(window, log_path(), session.current_project.is_work_saved)
        reporter.damage_found.connect(session.tell_damage, Qt.ConnectionType.QueuedConnection)
        with (
            reporter.installed(),
            _ctrl_c_closes(window),
        ):
            status = application.exec()
        opener.close()  # who waits for a frame or an opening is told at once
        session.close()
        return status


def _speed_of(name: str) -> Speed | None:
    return "fast" if name == "fast" else "exact" if name == "exact" else None


def themed_application(choice: ThemeChoice = ThemeChoice.DARK) -> QApplication:
    """The one application of this process, with the program's looks; garbage is collected by its thread alone."""
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(sys.argv[:1])
    _collect_garbage_here()
    application.setApplicationName(PROGRAM_NAME)
    apply_theme(application, theme_for(choice))
    return application


@cache
def _collect_garbage_here() -> GarbageCollector:
    """Let this thread alone, which runs the event loop, collect cycles of references.

    By itself Python does so in whichever thread makes the object with which a collection is due. A `QObject` in a
    cycle then dies in that thread, which holds a lock of Qt's and waits for the GIL, while the window's thread may
    hold the GIL and wait for that lock: the program stands still (seen with PySide6 6.11.3).
    """
    return GarbageCollector()


def make_tracker_here(settings: TrackerSettings, make: MakeTracker = make_tracker) -> Tracker:
    """Build the tracker in the thread that calls, and let torch compute in it with the threads asked for."""
    import torch  # noqa: PLC0415 - takes longer to load than all the rest of the window

    torch.set_num_threads(settings.threads)
    tracker = make(settings)
    _leave_startup_uncollected()
    return tracker


def _leave_startup_uncollected() -> None:
    """Exempt what is there once the window or the first tracker is from garbage collection, most of it modules.

    Otherwise every full collection looks through it again and stops all threads meanwhile: up to 330 ms, measured.
    """
    if gc.get_freeze_count() < FEWEST_STARTUP_OBJECTS:
        gc.freeze()


def _track_from_first_box(session: Session) -> None:
    session.use_first_box()
    session.tracking.track()


@contextmanager
def _ctrl_c_closes(window: MainWindow) -> Iterator[None]:
    def close(_number: int, _frame: FrameType | None) -> None:
        window.close()

    before = signal.signal(signal.SIGINT, close)
    timer = QTimer()
    timer.timeout.connect(lambda: None)
    timer.start(WAKE_UP_MS)
    try:
        yield
    finally:
        timer.stop()
        signal.signal(signal.SIGINT, before)
