from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dlst_gui.jobs.job import Job, JobList, JobProgress, JobState
from dlst_gui.jobs.progress import ProgressReader, found_project
from dlst_gui.project import counts
from dlst_gui.project.counts import CountingStopped, ProjectCounts, count_project, is_done, mark_done
from dlst_gui.project.edits import set_keyframe
from dlst_gui.project.history import EditHistory
from dlst_gui.project.placement import apart_path_for
from dlst_gui.project.schema import MIGRATIONS
from dlst_gui.project.store import ProjectStore
from tests.dlst_gui.exchange.made_projects import keyframe, tree

MADE = ProjectCounts(frame_count=20, objects=2, labelled=15, to_review=11, is_done=False)
"""Of `made_project`: the dog is on 0 to 14; but for 0 to 2 and 10, a box of each frame is still to be judged."""


@pytest.fixture
def video(made_once: Path, tmp_path: Path) -> Path:
    shutil.copytree(made_once, tmp_path / "clips")
    return tmp_path / "clips" / "clip.mp4"


@pytest.fixture
def project(video: Path) -> Path:
    return video.with_name("clip.mp4.dlst")


@pytest.fixture
def reader(tmp_path: Path) -> ProgressReader:
    return ProgressReader(tmp_path / "projects")


def test_counts_when_read_then_frames_are_counted_once_and_nothing_is_written(project: Path) -> None:
    before, touched = tree(project.parent), project.stat().st_mtime_ns
    assert count_project(project) == MADE
    assert MADE.reviewed == 4
    assert tree(project.parent) == before
    assert project.stat().st_mtime_ns == touched


def test_counts_when_another_window_writes_then_they_are_read_beside_it_and_it_does_not_notice(
    project: Path,
) -> None:
    with ProjectStore.open(project) as store:
        opened = store.read_project()
        EditHistory(opened, store).do(set_keyframe(opened, 1, keyframe(12)))
        mark_done(store, True)
        found = count_project(project)
        assert (found.to_review, found.is_done) == (10, True)
        EditHistory(opened, store).undo()
        assert store.take_rescue() is None
        assert is_done(store)
        mark_done(store, False)
        assert not is_done(store)
    assert count_project(project) == MADE
    assert {each.name for each in project.parent.iterdir()} == {"clip.mp4", "clip.mp4.dlst"}


def test_counts_when_they_take_long_then_others_can_open_write_and_close_the_project_meanwhile(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []

    def use_it() -> bool:
        with ProjectStore.open(project) as store:
            store.set_meta("x", len(looks))
        with closing(sqlite3.connect(project)) as connection:
            looks.append(connection.execute("PRAGMA journal_mode").fetchone()[0])
        return False

    assert count_project(project, use_it) == MADE
    assert looks == ["delete", "delete"], "closed as one file, between two objects"


def test_counts_when_a_page_is_replaced_between_two_looks_then_they_are_read_again(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edits = []

    def write_once() -> bool:
        if not edits:
            edits.append(True)
            with ProjectStore.open(project) as store:
                opened = store.read_project()
                EditHistory(opened, store).do(set_keyframe(opened, 1, keyframe(12)))
        return False

    assert count_project(project, write_once).to_review == 10


def test_counts_when_nobody_wants_them_any_more_then_reading_stops(project: Path) -> None:
    with pytest.raises(CountingStopped):
        count_project(project, lambda: True)


def test_counts_when_the_project_is_of_an_older_version_then_it_stays_so(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The next version would change nothing: what matters is that a file is older than the program.
    for module in ("dlst_gui.project.schema", "dlst_gui.project.project_file", "dlst_gui.project.counts"):
        monkeypatch.setattr(f"{module}.MIGRATIONS", (*MIGRATIONS, ()))
    before = project.read_bytes()
    assert count_project(project) == MADE
    assert project.read_bytes() == before


def test_progress_when_looked_up_then_the_state_is_what_the_disk_says(
    video: Path, project: Path, reader: ProgressReader, tmp_path: Path
) -> None:
    other = shutil.copy(video, tmp_path / "new.mp4")
    assert reader.progress_of(Job(Path(other))) == JobProgress(JobState.NEW)
    assert reader.progress_of(Job(video)) == JobProgress(JobState.IN_WORK, MADE)
    with ProjectStore.open(project) as store:
        mark_done(store, True)
    assert reader.progress_of(Job(video)).state is JobState.DONE
    video.unlink()
    assert reader.progress_of(Job(video)).state is JobState.MISSING
    assert reader.progress_of(Job(tmp_path / "gone.mp4")) == JobProgress(JobState.MISSING)


def test_progress_when_a_project_is_damaged_or_missing_then_only_that_job_says_so(
    video: Path, project: Path, reader: ProgressReader, tmp_path: Path
) -> None:
    named = reader.progress_of(Job(video, tmp_path / "gone.dlst"))
    assert named.state is JobState.DAMAGED
    assert "no such file" in named.problem
    project.write_bytes(b"no project" * 500)
    found = reader.progress_of(Job(video))
    assert found.state is JobState.DAMAGED
    assert found.problem


def test_progress_when_nothing_has_changed_then_no_project_is_read_again(
    video: Path, project: Path, reader: ProgressReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    monkeypatch.setattr(
        "dlst_gui.jobs.progress.count_project", lambda path, _: (read.append(path), counts.count_project(path))[1]
    )
    for _ in range(3):
        assert reader.progress_of(Job(video)).counts == MADE
    assert read == [project]
    with ProjectStore.open(project) as store:
        mark_done(store, True)
        assert reader.progress_of(Job(video)).state is JobState.DONE, "while it is open, and only in its log"
    assert len(read) == 2


def test_project_when_it_lies_in_the_data_folder_then_it_is_found_without_writing(
    video: Path, project: Path, tmp_path: Path
) -> None:
    data = tmp_path / "projects"
    assert found_project(Job(video), data) == project
    apart = apart_path_for(video, data)
    data.mkdir()
    project.rename(apart)
    assert found_project(Job(video), data) == apart
    assert found_project(Job(video), None) is None


def test_first_open_when_some_are_done_then_it_is_the_first_that_is_not(
    video: Path, project: Path, reader: ProgressReader
) -> None:
    with ProjectStore.open(project) as store:
        mark_done(store, True)
    other = Path(shutil.copy(video, video.with_name("b.mp4")))
    assert reader.first_open(JobList((Job(video), Job(video.with_name("gone.mp4")), Job(other)))) == 2
    assert reader.first_open(JobList((Job(video),))) == 0
