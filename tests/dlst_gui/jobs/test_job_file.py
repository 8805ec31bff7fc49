from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from dlst_gui import limits
from dlst_gui.jobs.job import Job, JobList
from dlst_gui.jobs.job_file import JobFileError, read_job_file, write_job_file

JOB = {"video": "a.mp4"}


def written(folder: Path, **changed: object) -> Path:
    path = folder / "list.dlstjobs"
    content = {"kind": "DLST Studio job list", "version": 1, "jobs": [JOB]} | changed
    path.write_text(json.dumps(content), "utf-8")
    return path


def test_list_when_its_folder_is_moved_then_its_videos_are_found_there(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "lists").mkdir(parents=True)
    jobs = JobList(
        (
            Job(here / "lists" / "ä 1.mp4"),
            Job(here / "clips" / "b.mp4", here / "labels" / "b 2.dlst"),
            Job(tmp_path / "beside.mp4"),
        )
    )
    kept = write_job_file(jobs, here / "lists" / "all.dlstjobs")
    assert kept == JobList(jobs.jobs, here / "lists" / "all.dlstjobs")
    assert read_job_file(here / "lists" / "all.dlstjobs") == kept
    assert json.loads((here / "lists" / "all.dlstjobs").read_text("utf-8"))["jobs"] == [
        {"video": "ä 1.mp4"},
        {"video": "../clips/b.mp4", "project": "../labels/b 2.dlst"},
        {"video": "../../beside.mp4"},
    ]
    here.rename(there)
    moved = read_job_file(there / "lists" / "all.dlstjobs").jobs
    assert moved == (
        Job(there / "lists" / "ä 1.mp4"),
        Job(there / "clips" / "b.mp4", there / "labels" / "b 2.dlst"),
        Job(tmp_path / "beside.mp4"),
    )


def test_list_when_a_job_is_in_it_twice_then_it_is_read_once(tmp_path: Path) -> None:
    jobs = [JOB, {"video": "sub/../a.mp4"}, {"video": "b.mp4"}]
    assert [job.video.name for job in read_job_file(written(tmp_path, jobs=jobs)).jobs] == ["a.mp4", "b.mp4"]


BAD: Mapping[str, tuple[Mapping[str, object], str]] = {
    "another kind": ({"kind": "playlist"}, 'expected "kind"'),
    "no version": ({"version": "1"}, "expected a version"),
    "a flag for a version": ({"version": True}, "expected a version"),
    "a newer version": ({"version": 2}, "newer version of DLST Studio"),
    "no jobs": ({"jobs": []}, "at least one video"),
    "jobs of another kind": ({"jobs": {"a": JOB}}, "expected a list"),
    "a job that is text": ({"jobs": ["a.mp4"]}, "job 1: expected an object"),
    "no video": ({"jobs": [JOB, {"project": "a.dlst"}]}, "the video of job 2: expected a path"),
    "an empty path": ({"jobs": [{"video": ""}]}, "expected a path"),
    "a path with a zero": ({"jobs": [{"video": "a\0.mp4"}]}, "expected a path"),
    "a path with a line break": ({"jobs": [{"video": "a\nb.mp4"}]}, "expected a path"),
    "a long path": ({"jobs": [{"video": "a" * 1001}]}, "at most 1,000 characters"),
    "another computer": ({"jobs": [{"video": r"\\server\share\a.mp4"}]}, "another computer"),
    "another computer with slashes": ({"jobs": [{"video": "//server/a.mp4"}]}, "another computer"),
    "a project of another kind": ({"jobs": [JOB | {"project": "a.sqlite"}]}, r"ends in \.dlst"),
}


@pytest.mark.parametrize(("changed", "problem"), BAD.values(), ids=BAD.keys())
def test_list_when_something_in_it_cannot_be_then_the_error_names_it(
    tmp_path: Path, changed: Mapping[str, object], problem: str
) -> None:
    path = written(tmp_path, **changed)
    with pytest.raises(JobFileError, match=problem) as raised:
        read_job_file(path)
    assert str(raised.value).startswith(str(path))


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"[1]", b"[" * 100_000, b"1" * 5000, b"SQLite format 3\0"])
def test_list_when_the_file_holds_something_else_then_it_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "list.dlstjobs"
    path.write_bytes(data)
    with pytest.raises(JobFileError, match=r"no job list|expected a JSON object"):
        read_job_file(path)


def test_list_when_it_is_beyond_a_limit_then_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, jobs=[{"video": f"{number}.mp4"} for number in range(4)])
    monkeypatch.setattr(limits, "MOST_JOBS", 3)
    with pytest.raises(JobFileError, match="it has 4 jobs; at most 3"):
        read_job_file(path)
    monkeypatch.setattr(limits, "LARGEST_JOB_FILE", 60)
    with pytest.raises(JobFileError, match="over 60 bytes"):
        read_job_file(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_list_when_it_is_a_pipe_then_nobody_waits_for_it(tmp_path: Path) -> None:
    path = tmp_path / "list.dlstjobs"
    os.mkfifo(path)
    with pytest.raises(JobFileError, match="no such file"):
        read_job_file(path)


def test_write_when_something_else_has_the_name_then_it_stays(tmp_path: Path) -> None:
    path = tmp_path / "list.dlstjobs"
    path.write_text("my shopping list")
    with pytest.raises(JobFileError, match="no job list"):
        write_job_file(JobList((Job(tmp_path / "a.mp4"),)), path)
    assert path.read_text() == "my shopping list"
    with pytest.raises(JobFileError, match=r"ends in \.dlstjobs"):
        write_job_file(JobList((Job(tmp_path / "a.mp4"),)), tmp_path / "list.json")
