"""Folders to work in: which are left alone, and which are removed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tracker_core.staging import abandoned, remove_leftovers, replaced_whole, staging_beside

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a process of its own")


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _killed_writer(path: Path) -> None:
    """A process dies while it writes a file."""
    child = os.fork()
    if child == 0:
        with replaced_whole(path) as new:
            new.write_text("half", "utf-8")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)


def test_staging_when_its_writer_was_killed_then_the_next_one_removes_it(tmp_path: Path) -> None:
    _killed_writer(tmp_path / "a.txt")
    assert len(abandoned(tmp_path)) == 1
    with replaced_whole(tmp_path / "b.txt") as new:
        assert [path / "new" / "b.txt" for path in abandoned(tmp_path)] == [new]
        new.write_text("whole", "utf-8")
    assert _names(tmp_path) == ["b.txt"]


def test_staging_when_its_writer_lives_then_others_leave_it_alone(tmp_path: Path) -> None:
    with staging_beside(tmp_path / "a.txt") as mine:
        child = os.fork()
        if child == 0:
            remove_leftovers(tmp_path)
            os._exit(0 if mine.new.is_dir() else 1)
        _, status = os.waitpid(child, 0)
        assert status == 0
        remove_leftovers(tmp_path)  # the same process, too
        assert mine.new.is_dir()
    assert _names(tmp_path) == []


def test_leftovers_when_names_only_look_alike_then_they_stay(tmp_path: Path) -> None:
    for name in (".dlst-12.part", ".dlst-0123456789abcdef.part.bak", "dlst-0123456789abcdef.part"):
        (tmp_path / name).mkdir()
    (tmp_path / ".dlst-0123456789abcdef.part").write_text("a file, not a folder", "utf-8")
    remove_leftovers(tmp_path)
    assert len(_names(tmp_path)) == 4


def test_leftovers_when_a_writer_was_killed_before_its_lock_then_the_folder_goes(tmp_path: Path) -> None:
    (tmp_path / ".dlst-0123456789abcdef.part").mkdir()
    remove_leftovers(tmp_path)
    assert _names(tmp_path) == []
