from __future__ import annotations

import threading
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.exchange.errors import ExportError
from dlst_gui.exchange.progress import Progress, Stage, Watch
from dlst_gui.session.background_job import BackgroundJob, JobCancelled, JobFailed


def outcome_of(job: BackgroundJob, qtbot: QtBot) -> object:
    with qtbot.waitSignal(job.ended) as waiting:
        pass
    return waiting.args[0]


def test_job_when_it_returns_then_the_value_comes_from_another_thread(qtbot: QtBot) -> None:
    job = BackgroundJob(lambda watch: threading.get_ident(), "test")
    assert outcome_of(job, qtbot) not in (None, threading.get_ident())


def test_job_when_it_meets_a_known_error_then_that_is_its_message(qtbot: QtBot) -> None:
    def work(watch: Watch) -> object:
        raise ExportError(Path("/a.json"), "choose another place")

    assert outcome_of(BackgroundJob(work, "test"), qtbot) == JobFailed("/a.json: choose another place")


@pytest.mark.logs_warnings
def test_job_when_it_meets_a_fault_then_the_log_has_it(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    def work(watch: Watch) -> object:
        raise ZeroDivisionError("oh")

    outcome = outcome_of(BackgroundJob(work, "test"), qtbot)
    assert isinstance(outcome, JobFailed)
    assert "ZeroDivisionError" in outcome.message
    assert "Traceback" in caplog.text


def test_job_when_cancelled_then_it_ends_at_its_next_word(qtbot: QtBot) -> None:
    is_asked = threading.Event()

    def work(watch: Watch) -> object:
        watch.tell(Stage.IMAGES, 0, 9)
        is_asked.wait(10)
        watch.tell(Stage.IMAGES, 1, 9)
        return "done"

    job = BackgroundJob(work, "test")
    with qtbot.waitSignal(job.progressed) as told:
        pass
    assert told.args == [Progress(Stage.IMAGES, 0, 9)]
    job.cancel()
    is_asked.set()
    assert outcome_of(job, qtbot) == JobCancelled()


def test_job_when_told_of_many_frames_then_the_window_hears_of_few(qtbot: QtBot) -> None:
    def work(watch: Watch) -> object:
        for done in range(5000):
            watch.tell(Stage.IMAGES, done, 5000)
        return None

    heard: list[Progress] = []
    job = BackgroundJob(work, "test")
    job.progressed.connect(heard.append)
    outcome_of(job, qtbot)
    assert 1 <= len(heard) < 500
