"""Two who write one project at the same moment."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import pytest

from dlst_gui.project.errors import ProjectExistsError, ProjectInUseError
from dlst_gui.project.project_file import published
from dlst_gui.project.store import ProjectStore
from dlst_gui.project.writer_lock import lock_file
from tests.dlst_gui.project.race_trials import made_clip, problems_of_race
from tests.dlst_gui.project.random_edits import VIDEO


def test_import_when_two_commands_do_it_at_once_then_both_are_in_the_file(tmp_path: Path) -> None:
    video = tmp_path / "clip.mp4"
    made_clip(video)
    counts: Counter[str] = Counter()
    for trial in range(4):
        assert problems_of_race(video, delay_s=0.01 * (trial // 2), is_new=trial % 2 == 0, counts=counts) == []
    assert counts == {"both done": 8}


def test_open_when_another_writes_and_ends_in_time_then_waits_for_it(tmp_path: Path) -> None:
    path = tmp_path / "clip.dlst"
    first = ProjectStore.create(path, VIDEO)
    opened = []

    def open_second() -> None:
        with ProjectStore.open_or_create(path, VIDEO, wait_s=60) as second:
            opened.append(second.is_read_only)

    waiting = threading.Thread(target=open_second)
    waiting.start()
    first.close()
    waiting.join()
    assert opened == [False]


def test_create_when_another_holds_the_lock_then_makes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "clip.dlst"
    lock = lock_file(path)
    with pytest.raises(ProjectInUseError, match="another window or command"):
        ProjectStore.open_or_create(path, VIDEO)
    assert not path.exists()
    lock.release()


def test_save_copy_when_the_target_is_open_elsewhere_then_leaves_it(tmp_path: Path) -> None:
    with (
        ProjectStore.create(tmp_path / "one.dlst", VIDEO) as one,
        ProjectStore.create(tmp_path / "two.dlst", VIDEO),
    ):
        with pytest.raises(ProjectInUseError):
            one.save_copy(tmp_path / "two.dlst")
        inode = (tmp_path / "two.dlst").stat().st_ino
    assert (tmp_path / "two.dlst").stat().st_ino == inode


def test_published_when_somebody_else_was_faster_then_theirs_stays(tmp_path: Path) -> None:
    path = tmp_path / "clip.dlst"

    def write_while_somebody_else_does() -> None:
        with published(path) as unfinished:
            unfinished.write_text("ours")
            path.write_text("theirs")

    with pytest.raises(ProjectExistsError):
        write_while_somebody_else_does()
    assert path.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_create_when_a_log_is_left_over_then_it_does_not_get_into_the_new_project(tmp_path: Path) -> None:
    path = tmp_path / "clip.dlst"
    log = tmp_path / "clip.dlst-wal"
    log.write_bytes(b"of a project that is gone")
    with ProjectStore.create(path, VIDEO) as store:
        assert store.read_project().tracks() == ()
    assert (tmp_path / "clip.dlst-wal.left-over").read_bytes() == b"of a project that is gone"
