from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dlst_gui import limits
from dlst_gui.commands.running.output_folder import claim_folder
from dlst_gui.jobs.discovery import opened_paths
from dlst_gui.jobs.job import Job, JobList
from dlst_gui.jobs.job_file import JobFileError, write_job_file


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Clips and image folders, with what else lies in such folders."""
    for name in (
        "clip10.mp4", "clip2.MP4", "notes.txt", "clip2.MP4.dlst", ".hidden.mp4", "._clip2.MP4",
        "day/a.avi", "day/.cache/b.avi",
        "images/s1/001.jpg", "images/s1/002.jpg", "images/s2/img/1.png", "images/s2/groundtruth_rect.txt",
        "images/empty/readme.md", "mixed/1.jpg", "mixed/clip.mp4",
    ):  # fmt: skip
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return tmp_path


def names(opened: Path | JobList) -> list[str]:
    assert isinstance(opened, JobList)
    return list(opened.names)


def test_folder_when_it_holds_clips_and_folders_of_images_then_each_is_a_job_in_order(tree: Path) -> None:
    opened = opened_paths([tree])
    assert names(opened) == [
        "clip2.MP4",
        "clip10.mp4",
        "day/a.avi",
        "images/s1",
        "images/s2",
        "mixed",
    ]
    assert isinstance(opened, JobList)
    assert opened.path == tree


@pytest.mark.parametrize("name", ["images/s1", "images/s2", "images/s2/img", "mixed", "images/empty", "clip2.MP4"])
def test_open_when_it_is_one_sequence_or_nothing_then_it_is_opened_as_ever(tree: Path, name: str) -> None:
    assert opened_paths([tree / name]) == tree / name


def test_open_when_several_files_are_picked_then_they_are_the_list(tree: Path) -> None:
    opened = opened_paths([tree / "clip10.mp4", tree / "images", tree / "clip10.mp4"])
    assert names(opened) == ["clip10.mp4", "images/s1", "images/s2"]
    assert isinstance(opened, JobList)
    assert opened.path is None


def test_open_when_projects_and_labels_are_picked_with_videos_then_each_video_is_there_once(
    tree: Path, made_once: Path
) -> None:
    moved = tree / "labels" / "mine.dlst"
    moved.parent.mkdir()
    shutil.copy(made_once / "clip.mp4.dlst", moved)
    opened = opened_paths(
        [tree / name for name in ("clip2.MP4", "clip2.MP4.dlst", "notes.txt", "labels/mine.dlst")]
    )
    assert isinstance(opened, JobList)
    assert opened.jobs == (Job(tree / "clip2.MP4"), Job(made_once / "clip.mp4", moved))
    assert opened_paths([tree / "clip2.MP4", tree / "notes.txt"]) == tree / "clip2.MP4"
    (tree / "odd.dlst").write_bytes(b"no project")
    with pytest.raises(JobFileError, match=r"odd\.dlst: it names no video"):
        opened_paths([tree / "odd.dlst", tree / "clip2.MP4"])


def test_open_when_nothing_is_called_a_video_then_a_person_is_believed(tree: Path) -> None:
    assert names(opened_paths([tree / "notes.txt", tree / "images" / "empty" / "readme.md"])) == [
        "notes.txt",
        "images/empty/readme.md",
    ]


def test_open_when_it_is_a_job_file_then_its_jobs_are_the_list(tree: Path) -> None:
    kept = write_job_file(JobList((Job(tree / "gone.mp4"), Job(tree / "day" / "a.avi"))), tree / "l.dlstjobs")
    assert opened_paths([tree / "l.dlstjobs"]) == kept


def test_folder_when_a_cover_lies_beside_clips_then_the_clips_are_the_jobs(tree: Path) -> None:
    (tree / "cover.jpg").touch()
    assert "clip2.MP4" in names(opened_paths([tree]))
    (tree / "cover2.jpg").touch()
    assert opened_paths([tree]) == tree, "as many images as clips: they may be frames"


def test_folder_when_a_link_leads_back_then_it_is_not_followed(tree: Path) -> None:
    (tree / "day" / "back").symlink_to(tree)
    assert len(names(opened_paths([tree]))) == 6


def test_folder_when_it_holds_more_than_a_list_may_then_it_says_so(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_JOBS", 3)
    with pytest.raises(JobFileError, match="over 3 videos"):
        opened_paths([tree])


def test_name_when_videos_have_no_folder_in_common_then_it_is_the_whole_path(tmp_path: Path) -> None:
    jobs = JobList((Job(tmp_path / "x" / "a.mp4"), Job(tmp_path / "y" / "a.mp4")))
    assert jobs.names == ("x/a.mp4", "y/a.mp4")


def test_folder_when_a_command_has_made_things_in_it_then_they_are_no_videos(tree: Path) -> None:
    before = names(opened_paths([tree]))
    for folder in (tree, tree / "night", tree / "images"):
        claim_folder(folder, "batch", ["report", "curve.png"], is_forced=False)
        (folder / "report" / "pictures").mkdir(parents=True)
        (folder / "report" / "pictures" / "clip.jpg").touch()
        (folder / "curve.png").touch()

    assert names(opened_paths([tree])) == before


def test_sequence_when_a_command_has_made_things_in_it_then_it_is_still_one(tree: Path) -> None:
    for name in ("images/s1", "images/s2"):
        claim_folder(tree / name, "batch", ["report"], is_forced=False)

    assert names(opened_paths([tree / "images"])) == ["s1", "s2"]
