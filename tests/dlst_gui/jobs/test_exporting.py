from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from dlst_gui import cli
from dlst_gui.exchange.plan import ExportPlan
from dlst_gui.exchange.progress import Progress, Watch
from dlst_gui.formats.registry import format_named
from dlst_gui.formats.transfer.selection import Selection
from dlst_gui.jobs.exporting import FreeNames, JobExport, export_list, plan_of
from dlst_gui.jobs.job import Job, JobList
from dlst_gui.jobs.job_file import write_job_file
from dlst_gui.video import open_source


@pytest.fixture
def jobs(made_once: Path, tmp_path: Path) -> JobList:
    """Two labelled videos of one name, a new one, one whose project is damaged, one whose video is gone."""
    found = []
    for name in ("a/clip.mp4", "b/clip.mp4", "new.mp4", "bad.mp4", "gone.mp4"):
        video = tmp_path / "clips" / name
        video.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(made_once / "clip.mp4", video)
        if name != "new.mp4":
            shutil.copy(made_once / "clip.mp4.dlst", video.with_name(f"{video.name}.dlst"))
        found.append(Job(video))
    (tmp_path / "clips" / "bad.mp4.dlst").write_bytes(b"no project" * 500)
    (tmp_path / "clips" / "gone.mp4").unlink()
    return JobList(tuple(found))


def test_plan_when_made_then_names_tell_jobs_apart_and_new_ones_are_left_out(
    jobs: JobList, tmp_path: Path
) -> None:
    plan = plan_of(jobs, tmp_path / "projects")
    assert [each.name for each in plan.exports] == ["a-clip", "b-clip", "bad", "gone"]
    assert plan.unbegun == ("new.mp4",)


def test_take_when_names_are_taken_then_each_gets_the_next_number_whatever_the_case() -> None:
    names = FreeNames(["clip", "clip-2"])

    assert [names.take(each) for each in ("Clip", "clip", "a", "A", "clip-3")] == (
        ["Clip-3", "clip-4", "a", "A-2", "clip-3-2"]
    )


def test_plan_when_paths_are_long_then_names_are_such_as_files_can_have(tmp_path: Path) -> None:
    videos = [tmp_path / ("ü" * 100) / f"{'n' * 200}{number}.mp4" for number in range(2)]

    first, second = (
        each.name for each in plan_of(JobList(tuple(map(Job, [*videos, tmp_path / "a.mp4"]))), None).exports[:2]
    )

    assert first != second
    assert len(first.encode()) <= 180
    assert first.startswith("ü")


def test_export_when_a_video_is_missing_that_has_no_project_then_it_is_not_taken_for_a_new_one(
    jobs: JobList, tmp_path: Path
) -> None:
    lost = JobList((*jobs.jobs, Job(tmp_path / "clips" / "lost.mp4")))
    outcome = export_list(
        plan_of(lost, tmp_path / "projects").exports, _csv_in(tmp_path / "out"), open_source, Watch()
    )
    assert [name for name, _ in outcome.failed] == ["bad", "gone", "lost"]
    assert "there is no such file" in outcome.failed[-1][1]


def test_export_when_some_jobs_fail_then_the_others_are_written(jobs: JobList, tmp_path: Path) -> None:
    plan = plan_of(jobs, tmp_path / "projects")
    numbers: list[int] = []
    outcome = export_list(plan.exports, _csv_in(tmp_path / "out"), open_source, Watch(), numbers.append)
    assert [report.target.name for report in outcome.done] == ["a-clip.csv", "b-clip.csv"]
    assert {name: "damaged" in words or "not" in words for name, words in outcome.failed} == {
        "bad": True,
        "gone": True,
    }
    assert numbers == [0, 1, 2, 3]
    assert not outcome.is_cancelled


def test_export_when_cancelled_then_what_was_written_stays(jobs: JobList, tmp_path: Path) -> None:
    seen: list[Progress] = []
    begun: list[int] = []
    watch = Watch(seen.append, lambda: len(begun) > 1)
    outcome = export_list(
        plan_of(jobs, tmp_path / "projects").exports,
        _csv_in(tmp_path / "out"),
        open_source,
        watch,
        begun.append,
    )
    assert outcome.is_cancelled
    assert [path.name for path in sorted((tmp_path / "out").glob("*.csv"))] == ["a-clip.csv"]


def test_export_command_when_given_a_list_then_it_does_what_can_be_done_and_the_status_is_3(
    jobs: JobList, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "all.dlstjobs", tmp_path / "out"
    write_job_file(jobs, path)
    assert cli.main(["export", str(path), "--format", "cvat", "--out", str(out), "--json"]) == 3
    printed = capsys.readouterr()
    answer = json.loads(printed.out)
    assert [Path(each["target"]).name for each in answer["exported"]] == ["a-clip.xml", "b-clip.xml"]
    assert [Path(each["project"]).name for each in answer["failed"]] == ["bad.mp4.dlst", "gone.mp4.dlst"]
    assert "new.mp4: no labels yet" in printed.err


def test_export_command_when_nothing_of_a_list_can_be_exported_then_the_status_is_2(
    jobs: JobList, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "some.dlstjobs"
    write_job_file(JobList(jobs.jobs[2:3]), path)
    words = ["export", str(path), "--format", "csv", "--out", str(tmp_path / "out")]
    assert cli.main(words) == 2
    assert "none of its 1 video has labels yet" in capsys.readouterr().err
    write_job_file(JobList(jobs.jobs[3:]), path)
    assert cli.main(words) == 2
    path.write_text("[]")
    assert cli.main(words) == 2
    assert "expected a JSON object" in capsys.readouterr().err


def _csv_in(folder: Path):
    label_format = format_named("csv")

    def plan_for(each: JobExport) -> ExportPlan:
        return ExportPlan(label_format, folder / f"{each.name}.csv", Selection())

    return plan_for
