from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from dlst_gui.session.disk_look import DiskLook


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """Looks that wait for it hang until the test is over, or has set it."""
    event = threading.Event()
    yield event
    event.set()


def test_look_when_it_hangs_then_the_event_loop_goes_on(qtbot: QtBot, hanging: threading.Event) -> None:
    look, answers, ticks = DiskLook("test"), list[object](), list[int]()
    look.answered.connect(answers.append)
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(1))
    timer.start(1)
    look.request(lambda: hanging.wait(20))
    qtbot.waitUntil(lambda: len(ticks) > 20)
    assert look.is_waiting
    assert answers == []
    hanging.set()
    qtbot.waitUntil(lambda: answers == [True])
    assert not look.is_waiting


def test_look_when_others_are_requested_meanwhile_then_only_the_latest_is_done(
    qtbot: QtBot, hanging: threading.Event
) -> None:
    look, answers, done = DiskLook("test"), list[object](), list[str]()
    look.answered.connect(answers.append)
    look.request(lambda: hanging.wait(20))
    for word in ("second", "third"):
        look.request(lambda word=word: done.append(word) or word)
    hanging.set()
    qtbot.waitUntil(lambda: answers != [])
    assert answers == done == ["third"]


def test_look_when_hurried_then_the_one_that_waits_is_done_and_the_other_is_not_told(
    qtbot: QtBot, hanging: threading.Event
) -> None:
    look, answers = DiskLook("test"), list[object]()
    look.answered.connect(answers.append)
    look.request(lambda: hanging.wait(20))
    look.hurry()  # none waits: it is the only one, and goes on
    look.request(lambda: "other")
    look.hurry()
    qtbot.waitUntil(lambda: answers == ["other"])
    hanging.set()
    qtbot.wait(50)
    assert answers == ["other"]


def test_look_when_dropped_then_its_late_answer_is_not_told(qtbot: QtBot, hanging: threading.Event) -> None:
    look, answers = DiskLook("test"), list[object]()
    look.answered.connect(answers.append)
    look.request(lambda: hanging.wait(20))
    look.drop()
    look.request(lambda: "new")
    qtbot.waitUntil(lambda: answers == ["new"])
    hanging.set()
    qtbot.wait(50)
    assert answers == ["new"]


def test_look_when_its_owner_has_gone_then_the_answer_finds_nobody(qtbot: QtBot, hanging: threading.Event) -> None:
    look, threads = DiskLook("test"), list[threading.Thread]()

    def hang() -> bool:
        threads.append(threading.current_thread())
        return hanging.wait(20)

    look.request(hang)
    qtbot.waitUntil(lambda: threads != [])
    del look
    hanging.set()
    threads[0].join(5)
    assert not threads[0].is_alive()
    qtbot.wait(20)


@pytest.mark.logs_warnings
def test_look_when_it_fails_then_the_log_has_it_and_the_next_is_told(
    qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    look, answers = DiskLook("test"), list[object]()
    look.answered.connect(answers.append)
    look.request(lambda: 1 // 0)
    qtbot.waitUntil(lambda: not look.is_waiting)
    assert "ZeroDivisionError" in caplog.text
    look.request(lambda: "fine")
    qtbot.waitUntil(lambda: answers == ["fine"])
