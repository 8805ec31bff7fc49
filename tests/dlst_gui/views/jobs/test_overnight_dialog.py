from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from dlst_gui.jobs.job import Job, JobList, JobState
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.session.session import Session
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.video import open_source
from dlst_gui.views.jobs.job_dialogs import JobDialogs
from dlst_gui.views.jobs.overnight_dialog import STARTING, STOPPING, OvernightDialog
from dlst_gui.views.settings.user_settings import UserSettings
from tests.dlst_gui.window_fakes import Workshop

pytestmark = pytest.mark.qt_log_ignore("does not support")

PROGRAM = """
import json, signal, sys, time
if "--busy" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print(json.dumps({"tracked_frames": 300, "of_frames": 0}), flush=True)
    time.sleep(1)
    print(json.dumps({"tracked_frames": 1200, "of_frames": 5000}), flush=True)
    time.sleep(60)
print(json.dumps({"name": "a", "is_done": True, "problem": ""}), flush=True)
time.sleep(60 if "--endless" in sys.argv else 0)
print(json.dumps({"name": "b", "is_done": False, "problem": "it is open"}), flush=True)
"""


@pytest.fixture
def session(qtbot: QtBot, workshop: Workshop, tmp_path: Path, made_once: Path) -> Iterator[Session]:
    """With a list of two videos that have objects, and one that has none."""
    for name in ("a.mp4", "b.mp4", "new.mp4"):
        shutil.copy(made_once / "clip.mp4", tmp_path / name)
    for name in ("a.mp4", "b.mp4"):
        shutil.copy(made_once / "clip.mp4.dlst", tmp_path / f"{name}.dlst")
    made = Session(open_source, workshop.make_tracker, TrackerSettings(), ProjectOpener(tmp_path / "projects"))
    made.jobs.show(JobList(tuple(Job(tmp_path / name) for name in ("a.mp4", "b.mp4", "new.mp4"))))
    qtbot.waitUntil(lambda: made.jobs.state(1) is JobState.IN_WORK and made.jobs.progress(2) is not None)
    yield made
    made.close()


def shown(
    qtbot: QtBot, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *words: str
) -> tuple[JobDialogs, OvernightDialog]:
    script = tmp_path / "command.py"
    script.write_text(PROGRAM)
    monkeypatch.setattr("dlst_gui.session.overnight.COMMAND", (sys.executable, str(script), *words))
    window = QWidget()
    qtbot.addWidget(window)
    dialogs = JobDialogs(window, session, UserSettings(None))
    dialog = dialogs.show_overnight()
    assert dialog is not None
    return dialogs, dialog


def test_track_when_videos_have_objects_then_these_are_tracked_and_the_list_looks_again(
    qtbot: QtBot, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int | None] = []
    monkeypatch.setattr(session.jobs, "look_again", looked.append)
    dialogs, dialog = shown(qtbot, session, tmp_path, monkeypatch)
    assert dialog.words.text() == ("2 videos will be tracked. 1 other is done, open here, or without objects.")

    dialog.track.click()
    assert not dialog.track.isEnabled()
    qtbot.waitUntil(lambda: "videos tracked." in dialog.words.text(), timeout=20_000)

    assert dialog.words.text() == "1 of 2 videos tracked."
    assert dialog.problems.toPlainText() == "b: it is open"
    assert looked == [0, 1]
    assert dialog.track.isEnabled()
    dialogs.close()


def test_track_when_frames_are_told_then_bar_and_words_count_them_and_stopping_is_said(
    qtbot: QtBot, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialogs, dialog = shown(qtbot, session, tmp_path, monkeypatch, "--busy")
    dialog.track.click()
    assert dialog.words.text() == STARTING
    qtbot.waitUntil(lambda: "0 of 2 videos ended, 300 frames tracked." in dialog.words.text(), timeout=20_000)
    assert (dialog.bar.value(), dialog.bar.maximum()) == (0, 2)
    qtbot.waitUntil(lambda: (dialog.bar.value(), dialog.bar.maximum()) == (1200, 5000), timeout=20_000)
    assert dialog.words.text().startswith("0 of 2 videos ended, 1,200 of 5,000 frames tracked.")

    dialog.stop.click()
    assert dialog.words.text() == STOPPING
    assert not dialog.stop.isEnabled()
    monkeypatch.setattr("dlst_gui.session.overnight._ENDING_MS", 100)
    dialogs.close()


def test_stop_when_it_is_going_then_another_start_is_offered(
    qtbot: QtBot, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialogs, dialog = shown(qtbot, session, tmp_path, monkeypatch, "--endless")
    dialog.track.click()
    qtbot.waitUntil(lambda: dialog.bar.value() == 1, timeout=20_000)

    dialog.stop.click()
    qtbot.waitUntil(dialog.track.isEnabled, timeout=20_000)

    assert dialog.words.text().startswith("1 of 2 videos tracked. Start it again to go on where it ended.")
    dialogs.close()


def test_show_when_no_video_is_ready_then_it_says_what_to_do(
    qtbot: QtBot, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.jobs.show(JobList((Job(tmp_path / "new.mp4"),)))

    dialogs, dialog = shown(qtbot, session, tmp_path, monkeypatch)

    assert dialog.words.text().startswith("No video is ready: draw a box in some first.")
    assert not dialog.track.isEnabled()
    dialogs.close()
