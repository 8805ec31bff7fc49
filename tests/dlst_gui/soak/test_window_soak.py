"""`soak --window` with the real window and a made-up tracker."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dlst_gui.cli import main
from dlst_gui.commands.soak import window_run
from dlst_gui.overlays import OVERLAYS
from dlst_gui.overlays.picks import PicksOverlay
from dlst_gui.soak import window_probes, window_soak
from dlst_gui.soak.window_probes import SeekProbe
from dlst_gui.tracking.tracker_factory import MakeTracker
from dlst_gui.views.main_window import MainWindow
from tests.dlst_gui.window_fakes import Workshop, WorkshopOpener
from tracker_core import WeightsError

# Said by Qt's screenless platform whenever a window has a smallest size.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")

FRAMES = 40  # more than the made-up video's 30


@pytest.fixture
def soak(qtbot: QtBot, workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    workshop.frame_delay_s, workshop.learn_delay_s = 0.005, 0.05
    monkeypatch.setattr(window_run, "open_source", workshop.open_source)
    monkeypatch.setattr(window_run, "IsolatedOpener", lambda: WorkshopOpener(workshop))
    monkeypatch.setattr(window_probes, "SEEKS_AT_REST", 4)
    monkeypatch.setattr(window_probes, "SEEK_PAUSE_MS", 5)

    def run(*words: str, make_tracker: MakeTracker = workshop.make_tracker) -> int:
        command = ["soak", "--window", "--source", "clip.mp4", "--device", "cpu", "--threads", "1"]
        return main([*command, "--frames", str(FRAMES), *words], make_tracker=make_tracker)

    return run


def shown_window() -> MainWindow | None:
    windows = (widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow))
    return next((window for window in windows if window.isVisible()), None)


@pytest.mark.parametrize("overlays", ["on", "off"])
def test_window_soak_when_all_frames_are_tracked_then_tells_delays_and_closes_the_window(
    soak: Callable[..., int], workshop: Workshop, capsys: pytest.CaptureFixture[str], overlays: str
) -> None:
    assert soak("--overlays", overlays) == 0
    assert shown_window() is None
    (tracker,) = workshop.trackers
    assert len(tracker.calls) == FRAMES
    assert tracker.calls[0] == ("initialize", workshop.video.box(0))
    _, run, learning, tracking, own_work, sought, sought_at_rest = capsys.readouterr().out.splitlines()
    pace = rf"{FRAMES} frames, [\d.]+ frames/s after the first"
    assert re.fullmatch(f"dlst-studio fast, overlays {overlays}, 1 track: {pace}", run)
    numbers = r": p50 [\d.]+, p90 [\d.]+, p99 [\d.]+, max [\d.]+ ms"
    assert re.fullmatch(f"event delay while learning the first frame{numbers}", learning)
    assert re.fullmatch(f"event delay while tracking{numbers}", tracking)
    assert re.fullmatch(f"\\.\\.\\. by the window's own work alone{numbers}", own_work)
    assert re.fullmatch(f"seek to drawn frame, while tracking{numbers}", sought)
    assert re.fullmatch(f"seek to drawn frame, while idle{numbers}", sought_at_rest)


@pytest.mark.parametrize(("tracks", "tracked"), [(3, 3), (10, 10), (11, 2)])
def test_window_soak_when_there_are_many_tracks_then_all_have_boxes_and_few_are_tracked(
    soak: Callable[..., int],
    workshop: Workshop,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tracks: int,
    tracked: int,
) -> None:
    boxes: list[int] = []

    class CountingProbe(SeekProbe):
        def _on_painted(self) -> None:
            super()._on_painted()
            scene = self._workspace.scene()
            boxes.append(len(scene.others) + (scene.track is not None))

    monkeypatch.setattr(window_soak, "SeekProbe", CountingProbe)
    assert soak("--tracks", str(tracks)) == 0
    assert sum(tracker.tracked > 0 for tracker in workshop.trackers) == tracked
    assert max(boxes) == tracks  # fewer where the run has not come to the sought frame with all of them
    assert f"overlays on, {tracks} tracks: {FRAMES} frames" in capsys.readouterr().out


@pytest.mark.parametrize(("overlays", "expected"), [("on", True), ("off", False)])
def test_window_soak_when_overlays_are_switched_then_all_are(
    soak: Callable[..., int], overlays: str, expected: bool
) -> None:
    seen: list[bool] = []
    timer = QTimer(QApplication.instance())

    def look() -> None:
        window = shown_window()
        if window is not None:
            names = [o.info.name for o in OVERLAYS if o is not PicksOverlay]  # those come where they are needed
            seen.extend(window.workspace.frame_view.is_overlay_visible(name) for name in names)
            timer.stop()

    timer.timeout.connect(look)
    timer.start(5)
    assert soak("--overlays", overlays) == 0
    assert seen == [expected] * (len(OVERLAYS) - 1)


def test_window_soak_when_the_window_is_closed_early_then_tells_what_was_measured(
    soak: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    timer = QTimer(QApplication.instance())

    def close_when_tracking() -> None:
        window = shown_window()
        if window is not None and (window.session.run.latest_frame or 0) >= 5:
            timer.stop()
            window.close()

    timer.timeout.connect(close_when_tracking)
    timer.start(5)
    assert soak() == 130
    printed = capsys.readouterr()
    assert "event delay while tracking: p50" in printed.out
    assert re.search(rf"ended after \d+ of {FRAMES} frames", printed.err)


def test_window_soak_when_the_tracker_cannot_be_built_then_one_line_and_status_2(
    soak: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> None:
        raise WeightsError("no backbone here")

    assert soak(make_tracker=fail) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "no backbone here" in printed.err
    assert shown_window() is None


def test_window_soak_when_the_source_has_no_box_then_no_window_is_opened(
    soak: Callable[..., int], workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert soak("--init", "500,500,10,10") == 2
    assert "the first box must lie in the frame" in capsys.readouterr().err
    assert workshop.trackers == []
    assert Path("clip.mp4") not in [source.path for source in workshop.sources[1:]]
