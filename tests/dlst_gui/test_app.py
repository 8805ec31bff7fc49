from __future__ import annotations

import gc
import sys
import threading
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from dlst_gui import app
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.session.run_state import RunState
from dlst_gui.tracking import tracker_factory
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.video.demo_clip import demo_clip
from dlst_gui.views.dialogs.crash_reporter import CrashReporter
from dlst_gui.views.dialogs.problem_dialog import WORK_IS_SAVED, CrashDialog
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.settings.user_settings import UserSettings
from tests.dlst_gui.reading import keyframe_indices
from tests.dlst_gui.window_fakes import Workshop, WorkshopOpener
from tests.fakes import SyntheticVideo
from tests.processes import has_ended
from tests.tracker_core.guides.made_guide import store_made_guide
from tracker_core import WeightsError
from tracker_core.weights import guide_store

# Said by Qt's screenless platform whenever a window has a smallest size.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


@pytest.fixture
def faked(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """The program with made-up video and tracker, whose projects are kept nowhere.

    Windows of earlier tests stay, as a start exempts its own from garbage collection: they are not styled again.
    """
    monkeypatch.setattr(app, "themed_application", lambda _theme: QApplication.instance())
    monkeypatch.setattr(app, "IsolatedOpener", lambda _opener: WorkshopOpener(workshop))
    monkeypatch.setattr(app, "make_tracker_here", workshop.make_tracker)
    monkeypatch.setattr(app, "ProjectOpener", lambda *_, **__: ProjectOpener(None))
    return workshop


def while_running(act: Callable[[MainWindow], bool]) -> None:
    """Call `act` with the window until it answers True, then close the window."""
    timer = QTimer(QApplication.instance())

    def tick() -> None:
        window = next(
            (w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow) and w.isVisible()), None
        )
        if window is not None and act(window):
            timer.stop()
            window.close()

    timer.timeout.connect(tick)
    timer.start(10)


def test_run_gui_when_the_window_is_closed_while_tracking_then_it_ends_with_status_0(
    qtbot: QtBot, faked: Workshop
) -> None:
    faked.frame_delay_s = 0.05

    def act(window: MainWindow) -> bool:
        session = window.session
        if session.playhead.decoded is not None and not keyframe_indices(session):
            session.use_first_box()
            session.tracking.track()
        return session.state is RunState.TRACKING and (session.run.latest_frame or 0) > 1

    while_running(act)
    assert app.run_gui(Path("clip.mp4"), preset="dlst-fc", backbone="random", device="cpu", seed=5) == 0
    made = faked.settings[0]
    assert (made.preset, made.backbone, made.device, made.seed) == ("dlst-fc", "random", "cpu", 5)
    assert made.speed == "fast"  # as nothing else was asked of a processor
    assert made.threads >= 1
    assert sys.excepthook is not CrashReporter.report


def test_run_gui_when_it_shall_track_at_once_then_it_starts_from_the_first_ground_truth_box(
    qtbot: QtBot, faked: Workshop
) -> None:
    while_running(lambda window: window.session.state is RunState.FINISHED)
    assert app.run_gui(Path("clip.mp4"), device="cpu", tracks_at_once=True) == 0
    assert faked.trackers[0].calls[0] == ("initialize", faked.video.box(0))


def test_run_gui_when_a_real_video_is_opened_then_it_is_decoded_elsewhere_and_no_process_is_left(
    qtbot: QtBot, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "make_tracker_here", workshop.make_tracker)
    monkeypatch.setattr(app, "ProjectOpener", lambda *_, **__: ProjectOpener(None))
    processes: set[int] = set()
    others = children()  # a test before this one may have left multiprocessing's resource tracker behind

    def act(window: MainWindow) -> bool:
        processes.update(children() - others)
        return window.session.playhead.decoded is not None

    while_running(act)
    assert app.run_gui(demo_clip(), device="cpu") == 0
    assert processes
    assert all(has_ended(each) for each in processes)


def children() -> set[int]:
    """Of this process."""
    files = Path("/proc/self/task").glob("*/children")
    return {int(word) for file in files for word in file.read_text().split()}


def test_run_gui_when_no_source_is_given_then_the_start_page_is_shown(qtbot: QtBot, faked: Workshop) -> None:
    seen: list[RunState] = []
    while_running(lambda window: bool(seen.append(window.session.state) or True))
    assert app.run_gui(None, device="cpu") == 0
    assert seen == [RunState.EMPTY]


@pytest.mark.logs_warnings
@pytest.mark.parametrize("in_thread", [False, True], ids=["window's thread", "other thread"])
def test_fault_when_it_happens_then_a_report_to_copy_is_shown_once(
    qtbot: QtBot, tmp_path: Path, in_thread: bool
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    reporter = CrashReporter(window, tmp_path / "dlst.log")

    def fail() -> None:
        for _ in range(3):
            try:
                raise RuntimeError("a cell too far")
            except RuntimeError as error:
                reporter.report(type(error), error, error.__traceback__)

    if in_thread:
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    else:
        fail()
    qtbot.waitUntil(lambda: window.findChild(CrashDialog) is not None)
    dialogs = window.findChildren(CrashDialog)
    assert len(dialogs) == 1
    dialogs[0]._on_copy()
    copied = QApplication.clipboard().text()
    assert "a cell too far" in copied
    assert "torch " in copied
    dialogs[0].close()


@pytest.mark.logs_warnings
@pytest.mark.parametrize("is_saved", [False, True])
def test_fault_when_work_is_saved_then_the_dialog_says_so(qtbot: QtBot, tmp_path: Path, is_saved: bool) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    reporter = CrashReporter(window, tmp_path / "dlst.log", is_work_saved=lambda: is_saved)
    reporter.report(RuntimeError, RuntimeError("a cell too far"), None)
    qtbot.waitUntil(lambda: window.findChild(CrashDialog) is not None)
    dialog = window.findChild(CrashDialog)
    shown = [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]
    assert (WORK_IS_SAVED in shown) is is_saved
    assert any("dlst.log" in text for text in shown)
    dialog.close()


def test_application_when_another_thread_makes_objects_then_qt_objects_die_in_the_windows_thread(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the program may stand still."""
    monkeypatch.setattr(app, "apply_theme", lambda *_: None)
    died_in: list[int] = []
    gc.collect()
    gc.enable()
    app._collect_garbage_here.cache_clear()
    app.themed_application()
    cycle = QObject()
    cycle.itself = cycle
    weakref.finalize(cycle, lambda: died_in.append(threading.get_ident()))
    del cycle
    kept: list[list[int]] = []
    other = threading.Thread(target=lambda: kept.extend([] for _ in range(10_000)))
    other.start()
    other.join()
    assert died_in == []
    qtbot.waitUntil(lambda: died_in == [threading.get_ident()])


def test_first_tracker_when_made_then_what_startup_left_is_not_collected_again() -> None:
    """Else full collections stop the window for an eighth of a second while it tracks."""
    gc.unfreeze()
    threads = torch.get_num_threads()
    tracker = Workshop(SyntheticVideo(3)).make_tracker(TrackerSettings())
    try:
        assert app.make_tracker_here(TrackerSettings(threads=threads), make=lambda _: tracker) is tracker
        frozen = gc.get_freeze_count()
        app.make_tracker_here(TrackerSettings(threads=threads), make=lambda _: tracker)
        assert 10_000 < gc.get_freeze_count() <= frozen  # what another thread lets go of leaves
    finally:
        gc.unfreeze()
        gc.collect()
        gc.freeze()  # as before


def test_run_gui_when_a_guide_was_chosen_then_the_next_start_takes_it_as_far_as_it_is_here(
    qtbot: QtBot, faked: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "settings_folder", lambda: tmp_path / "settings")
    store_made_guide(monkeypatch, tmp_path / "store")
    taken: list[str] = []

    def choose(window: MainWindow) -> bool:
        guides = window._settings._guide
        taken.append(window.session.tracking.settings.guide)
        guides.setCurrentIndex(guides.findData("vittrack"))
        guides.activated.emit(guides.currentIndex())
        return True

    while_running(choose)
    assert app.run_gui(None, device="cpu") == 0
    for arguments in ({}, {"guide": ""}, {"preset": "dlst"}):
        while_running(lambda window: taken.append(window.session.tracking.settings.guide) or True)
        assert app.run_gui(None, device="cpu", **arguments) == 0
    assert taken == ["", "vittrack", "", ""]


def test_run_gui_when_the_settings_name_a_system_then_it_is_taken_unless_another_is_asked_for(
    qtbot: QtBot, faked: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "settings_folder", lambda: tmp_path / "settings")
    user = UserSettings(tmp_path / "settings")
    user.set_preferences(replace(user.preferences, preset="dlst-fc", speed="exact"))
    taken: list[tuple[str, str]] = []

    def note(window: MainWindow) -> bool:
        settings = window.session.tracking.settings
        taken.append((settings.preset, settings.speed))
        return True

    for arguments in ({}, {"preset": "dlst"}, {"speed": "fast"}):
        while_running(note)
        assert app.run_gui(None, device="cpu", **arguments) == 0
    assert taken == [("dlst-fc", "exact"), ("dlst", "exact"), ("dlst-fc", "fast")]


def test_run_gui_when_a_guide_is_asked_for_that_is_not_here_then_no_window_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guide_store, "default_folder", lambda: tmp_path)
    tracker_factory._stored_guide.cache_clear()
    with pytest.raises(WeightsError, match="`weights fetch nanotrack` gets it"):
        app.run_gui(None, device="cpu", guide="nanotrack-v2")
