"""The last state of a project that is put away: copied beside the window, which goes on at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.project.backups import BackupCancelledError, BackupLimits, Backups, EarlierState
from dlst_gui.session import backup_keeper
from dlst_gui.session.session import Session
from tests.dlst_gui.conftest import OpenSession
from tracker_core import Box

BOX = Box(10, 10, 20, 20)


@dataclass
class SlowDisk:
    """Backups on a disk that answers when it is let go; knows which thread has waited for it."""

    answers: threading.Event = field(default_factory=threading.Event)
    threads: list[int] = field(default_factory=list)
    cancelled: list[Path] = field(default_factory=list)

    def make(
        self, backups: Backups, project: Path, session: datetime, limits: BackupLimits, should_cancel: Callable
    ) -> EarlierState | None:
        self.threads.append(threading.get_ident())
        while not self.answers.is_set():
            if should_cancel():
                self.cancelled.append(project)
                raise BackupCancelledError(project, "the backup was cancelled")
            time.sleep(0.005)
        return MAKE(backups, project, session, limits, should_cancel)


MAKE = Backups.make


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> SlowDisk:
    made = SlowDisk()

    def make(backups: Backups, *given: object) -> EarlierState | None:
        return made.make(backups, *given)

    monkeypatch.setattr(Backups, "make", make)
    return made


def switched(qtbot: QtBot, session: Session, path: Path) -> None:
    with qtbot.waitSignal(session.project_opened):
        session.open(path)


def test_switch_when_the_disk_is_slow_then_another_thread_waits_for_it_and_the_state_is_kept(
    qtbot: QtBot, open_session: OpenSession, disk: SlowDisk, tmp_path: Path
) -> None:
    session = open_session()
    path = session.current_project.path
    assert path is not None
    session.set_box(0, BOX)
    switched(qtbot, session, tmp_path / "other.mp4")
    assert session.backups.states_of(path) == ()
    disk.answers.set()
    qtbot.waitUntil(lambda: len(session.backups.states_of(path)) == 1)
    assert session.backups.states_of(path)[0].counts.manual_boxes == 1
    assert threading.get_ident() not in disk.threads
    assert [each.name for each in tmp_path.glob("clip.mp4.dlst*")] == ["clip.mp4.dlst"]


def test_project_when_it_is_opened_again_while_it_is_copied_then_that_is_given_up(
    qtbot: QtBot, open_session: OpenSession, disk: SlowDisk, tmp_path: Path
) -> None:
    session = open_session()
    path = session.current_project.path
    assert path is not None
    session.set_box(0, BOX)
    switched(qtbot, session, tmp_path / "other.mp4")
    switched(qtbot, session, tmp_path / "clip.mp4")
    assert disk.cancelled == [path]
    session.set_box(1, BOX)
    assert session.project is not None
    assert set(session.project.manual_boxes(1)) == {0, 1}
    disk.answers.set()


def test_window_when_it_ends_then_the_states_of_all_videos_are_waited_for(
    qtbot: QtBot, open_session: OpenSession, disk: SlowDisk, tmp_path: Path
) -> None:
    session = open_session()
    paths = []
    for name in ("other.mp4", "third.mp4"):
        paths.append(session.current_project.path)
        session.set_box(0, BOX)
        switched(qtbot, session, tmp_path / name)
    threading.Timer(0.2, disk.answers.set).start()
    session.close()
    assert [len(session.backups.states_of(each)) for each in paths if each is not None] == [1, 1]


def test_project_when_it_is_too_large_to_be_copied_quickly_then_nobody_waits_for_that(
    qtbot: QtBot, open_session: OpenSession, disk: SlowDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_keeper, "MOST_BYTES_AT_THE_END", 1)
    session = open_session()
    session.set_box(0, BOX)
    session.close()
    assert disk.threads == []
