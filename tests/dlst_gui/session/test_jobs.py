"""The list of videos without a window: what it knows, in which order, and what it does not hold up."""

from __future__ import annotations

import errno
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.jobs.job import Job, JobList, JobState
from dlst_gui.jobs.job_file import write_job_file
from dlst_gui.jobs.thumbnail_frame import Thumbnail
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.session import job_lookup
from dlst_gui.session import jobs as jobs_module
from dlst_gui.session.jobs import FoundList, FoundNothing, Jobs
from dlst_gui.session.session import Session
from dlst_gui.tracking.tracker_factory import TrackerSettings
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box


class PaintedPictures:
    """In place of a `ThumbnailMaker`: pictures without a process; the second video has none."""

    def __init__(self, videos: list[Path]) -> None:
        self.videos = videos

    def make(self, number: int) -> Thumbnail:
        if number == 1:
            raise job_lookup.VideoError("no picture")
        return Thumbnail(np.full((9, 16, 3), number, np.uint8), 20, 800)

    def interrupt(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture
def folder(made_once: Path, tmp_path: Path) -> Path:
    """Four clips: a labelled one, a damaged one, a new one, and one that is gone once it is listed."""
    for name in ("a.mp4", "b.mp4", "c.mp4", "d.mp4"):
        shutil.copy(made_once / "clip.mp4", tmp_path / name)
    shutil.copy(made_once / "clip.mp4.dlst", tmp_path / "a.mp4.dlst")
    (tmp_path / "b.mp4.dlst").write_bytes(b"no project" * 500)
    return tmp_path


@pytest.fixture
def jobs(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    monkeypatch.setattr(job_lookup, "ThumbnailMaker", PaintedPictures)
    made = Jobs(tmp_path / "projects", tmp_path / "cache")
    yield made
    made.close()


def listed(folder: Path) -> JobList:
    jobs = JobList(tuple(Job(folder / name) for name in ("a.mp4", "b.mp4", "c.mp4", "d.mp4")), folder)
    (folder / "d.mp4").unlink(missing_ok=True)
    return jobs


def show_all(qtbot: QtBot, jobs: Jobs, folder: Path) -> None:
    jobs.show(listed(folder))
    qtbot.waitUntil(lambda: all(jobs.progress(row) is not None for row in range(4)), timeout=5000)


def test_list_when_shown_then_states_and_counts_follow_in_the_background(
    qtbot: QtBot, jobs: Jobs, folder: Path
) -> None:
    jobs.show(listed(folder))
    assert jobs.progress(0) is None
    assert jobs.state(0) is JobState.NEW
    assert [jobs.name(row) for row in range(4)] == ["a.mp4", "b.mp4", "c.mp4", "d.mp4"]
    qtbot.waitUntil(lambda: jobs.progress(3) is not None, timeout=5000)
    states = [jobs.state(row) for row in range(4)]
    assert states == [JobState.IN_WORK, JobState.DAMAGED, JobState.NEW, JobState.MISSING]
    progress = jobs.progress(0)
    assert progress is not None
    assert progress.counts is not None
    assert progress.counts.labelled == 15


def test_picture_when_a_row_comes_into_view_then_it_is_made_once_and_kept(
    qtbot: QtBot, jobs: Jobs, folder: Path
) -> None:
    show_all(qtbot, jobs, folder)
    for _ in range(2):
        assert jobs.picture(2) is None
    with qtbot.waitSignal(jobs.row_changed):
        jobs.picture(1)
    qtbot.waitUntil(lambda: jobs.picture(2) is not None, timeout=5000)
    assert jobs.picture(1) is None, "it has none, which ends no thread"
    assert len(list((folder / "cache").iterdir())) == 1


@pytest.mark.logs_warnings
def test_picture_when_it_fails_unexpectedly_then_the_rest_of_the_list_is_still_looked_up(
    qtbot: QtBot, jobs: Jobs, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> PaintedPictures:
        raise OSError(errno.ENOSPC, "no space left on device")

    show_all(qtbot, jobs, folder)
    with monkeypatch.context() as full:
        full.setattr(job_lookup, "ThumbnailMaker", refuse)
        with qtbot.waitSignal(jobs.row_changed):
            jobs.picture(0)
    qtbot.waitUntil(lambda: jobs.picture(2) is not None, timeout=5000)


def test_pictures_when_none_is_wanted_for_a_while_then_the_process_that_makes_them_ends(
    qtbot: QtBot, jobs: Jobs, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[PaintedPictures] = []

    def close(maker: PaintedPictures) -> None:
        closed.append(maker)

    monkeypatch.setattr(PaintedPictures, "close", close)
    monkeypatch.setattr(job_lookup, "IDLE_S", 0.05)
    show_all(qtbot, jobs, folder)
    qtbot.waitUntil(lambda: jobs.picture(0) is not None, timeout=5000)
    qtbot.waitUntil(lambda: len(closed) == 1, timeout=5000)
    qtbot.waitUntil(lambda: jobs.picture(2) is not None, timeout=5000)
    qtbot.waitUntil(lambda: len(closed) == 2, timeout=5000)


def test_pictures_when_there_are_many_then_those_looked_at_lately_are_held(
    qtbot: QtBot, jobs: Jobs, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_module, "PICTURES_HELD", 1)
    show_all(qtbot, jobs, folder)
    for row in (0, 2):
        qtbot.waitUntil(lambda wanted=row: jobs.picture(wanted) is not None, timeout=5000)
    assert list(jobs._pictures) == [2]
    qtbot.waitUntil(lambda: jobs.picture(0) is not None, timeout=5000)


def test_next_when_asked_for_then_it_goes_by_the_filter_and_leaves_missing_videos_out(
    qtbot: QtBot, jobs: Jobs, folder: Path
) -> None:
    show_all(qtbot, jobs, folder)
    assert jobs.next_row(forward=True) == 0
    assert jobs.next_row(forward=False) == 2, "the last is missing"
    jobs.set_current(folder / "a.mp4")
    assert jobs.next_row(forward=True) == 1
    assert jobs.next_row(forward=True, opening=folder / "b.mp4") == 2, "it follows what is being opened"
    assert jobs.next_row(forward=False) is None
    jobs.set_filter(JobState.NEW, "")
    assert jobs.next_row(forward=True) == 2
    jobs.set_filter(None, "C.M")
    assert jobs.shown_rows() == (2,)
    jobs.set_filter(JobState.DONE, "")
    assert jobs.next_row(forward=True) is None


def test_project_when_it_lies_elsewhere_then_a_saved_list_says_so_and_it_is_counted(
    qtbot: QtBot, jobs: Jobs, folder: Path
) -> None:
    elsewhere = folder / "labels" / "mine.dlst"
    elsewhere.parent.mkdir()
    (folder / "a.mp4.dlst").rename(elsewhere)
    show_all(qtbot, jobs, folder)
    assert jobs.state(0) is JobState.NEW
    jobs.set_current(folder / "a.mp4")
    jobs.note_project(elsewhere)
    qtbot.waitUntil(lambda: jobs.state(0) is JobState.IN_WORK, timeout=5000)
    assert jobs.jobs[0] == Job(folder / "a.mp4", elsewhere)
    jobs.note_project(folder / "a.mp4.dlst")
    assert jobs.jobs[0] == Job(folder / "a.mp4"), "where it is found anyway"


def test_find_when_given_a_folder_then_the_first_job_that_is_not_done_is_the_one_to_begin_with(
    qtbot: QtBot, jobs: Jobs, folder: Path
) -> None:
    with qtbot.waitSignal(jobs.found) as found:
        jobs.find([folder])
    assert found.args is not None
    assert isinstance(found.args[0], FoundList)
    assert found.args[0].row == 0
    with qtbot.waitSignal(jobs.found) as found:
        jobs.find([folder / "a.mp4"])
    assert found.args == [folder / "a.mp4"]


@pytest.mark.parametrize("content", [None, "[]"])
def test_find_when_the_list_cannot_be_read_then_it_says_why(
    qtbot: QtBot, jobs: Jobs, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "list.dlstjobs"
    if content is not None:
        path.write_text(content)
    with qtbot.waitSignal(jobs.found) as found:
        jobs.find([path])
    assert found.args is not None
    assert isinstance(found.args[0], FoundNothing)
    assert found.args[0].message.startswith(str(path))


def test_close_when_a_disk_does_not_answer_then_the_window_does_not_wait_for_it(
    qtbot: QtBot, jobs: Jobs, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs, hanging = threading.Event(), threading.Event()

    def progress_of(*_: object) -> None:
        hanging.set()
        hangs.wait(20)

    monkeypatch.setattr(job_lookup, "CLOSING_S", 0.05)
    monkeypatch.setattr(jobs._lookup.reader, "progress_of", progress_of)
    jobs.show(listed(folder))
    assert hanging.wait(5)
    jobs.close_list()
    assert jobs.jobs == ()
    hangs.set()


def test_list_when_another_one_is_shown_then_nothing_of_the_first_arrives_any_more(
    qtbot: QtBot, jobs: Jobs, folder: Path, tmp_path: Path
) -> None:
    jobs.show(listed(folder))
    jobs.show(JobList((Job(folder / "c.mp4"),)))
    qtbot.waitUntil(lambda: jobs.progress(0) is not None, timeout=5000)
    assert jobs.state(0) is JobState.NEW, "c.mp4, and not the labelled a.mp4"
    assert jobs.progress(1) is None


def test_list_when_saved_then_it_is_opened_by_its_file(qtbot: QtBot, jobs: Jobs, folder: Path) -> None:
    show_all(qtbot, jobs, folder)
    assert jobs.opened_as is None, "none of its videos is open"
    jobs.set_current(folder / "a.mp4")
    assert jobs.opened_as == folder
    assert jobs.list is not None
    jobs.keep_as(write_job_file(jobs.list, folder / "l.dlstjobs"))
    assert jobs.opened_as == folder / "l.dlstjobs"


@pytest.fixture
def kept(qtbot: QtBot, workshop: Workshop, tmp_path: Path) -> Iterator[Session]:
    """A session whose projects are files."""
    opener = ProjectOpener(tmp_path / "projects")
    made = Session(workshop.open_source, workshop.make_tracker, TrackerSettings(), opener)
    yield made
    made.close()


def test_open_when_a_video_is_listed_with_several_projects_then_each_row_keeps_its_own(
    qtbot: QtBot, kept: Session, folder: Path
) -> None:
    video, other = folder / "c.mp4", folder / "other.dlst"
    kept.open(video)
    qtbot.waitUntil(lambda: kept.project is not None, timeout=5000)
    kept.set_box(0, Box(10, 10, 20, 20))
    kept.save_copy(other)
    qtbot.waitUntil(lambda: not kept.task.is_going, timeout=5000)
    jobs = (Job(video), Job(video, other), Job(folder / "d.mp4"))
    kept.jobs.show(JobList(jobs, folder))
    for row in (1, 2, 1, 0):
        kept.open_job(row)
        qtbot.waitUntil(lambda row=row: kept.jobs.current == row, timeout=5000)
        assert kept.jobs.jobs == jobs
    for row in (1, 2):
        kept.open_next_job(forward=True)
        qtbot.waitUntil(lambda row=row: kept.jobs.current == row, timeout=5000)


def test_open_when_the_project_that_a_list_names_is_gone_then_no_other_takes_its_place(
    qtbot: QtBot, kept: Session, folder: Path
) -> None:
    jobs = (Job(folder / "c.mp4", folder / "gone.dlst"),)
    kept.jobs.show(JobList(jobs, folder))
    with qtbot.waitSignal(kept.failed) as failed:
        kept.open_job(0)
    assert failed.args is not None
    assert failed.args[1].startswith(f"{folder / 'gone.dlst'} is not there")
    assert kept.playhead.opening is None
    assert kept.jobs.jobs == jobs
