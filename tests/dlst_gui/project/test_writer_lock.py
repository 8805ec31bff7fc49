from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from dlst_gui.project.errors import ProjectInUseError
from dlst_gui.project.store import ProjectStore
from dlst_gui.project.writer_lock import lock_file, lock_path_of
from tests.dlst_gui.project.random_edits import VIDEO

WRITERS, TURNS = 4, 30


def test_lock_when_a_project_is_closed_then_its_file_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "clip.dlst"
    with ProjectStore.create(path, VIDEO) as store:
        assert lock_path_of(path).exists()
        store.save_copy(tmp_path / "copy.dlst")
        store.save_copy(tmp_path / "copy.dlst")  # which is locked while it is replaced
    assert {each.name for each in tmp_path.iterdir()} == {"clip.dlst", "copy.dlst"}


def test_lock_when_a_killed_writer_has_left_its_file_then_the_next_one_removes_it(tmp_path: Path) -> None:
    path = tmp_path / "clip.dlst"
    lock_path_of(path).touch()
    ProjectStore.create(path, VIDEO).close()
    assert list(tmp_path.iterdir()) == [path]


def test_lock_when_many_take_turns_then_nobody_is_in_at_the_same_time_and_no_file_is_left(tmp_path: Path) -> None:
    counter = tmp_path / "count"
    counter.write_text("0")
    failures: list[Exception] = []

    def work() -> None:
        try:
            for _ in range(TURNS):
                lock = lock_file(tmp_path / "clip.dlst", wait_s=60)
                number = int(counter.read_text())
                threading.Event().wait(0.0005)
                counter.write_text(str(number + 1))
                lock.release()
        except Exception as error:
            failures.append(error)

    writers = [threading.Thread(target=work) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failures == []
    assert counter.read_text() == str(WRITERS * TURNS)
    assert list(tmp_path.iterdir()) == [counter]


@pytest.mark.skipif(os.name == "nt", reason="Windows removes no file that is open")
def test_lock_when_its_name_is_another_files_by_now_then_that_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "clip.dlst"
    first = lock_file(path)
    lock_path_of(path).unlink()
    second = lock_file(path)
    assert not first.guards_its_name
    first.release()
    with pytest.raises(ProjectInUseError):
        lock_file(path)
    second.release()
    assert list(tmp_path.iterdir()) == []
