"""One file that replaces another, or appears where nothing is: whole, or not at all."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from dlst_gui.files import published_new, renames, replaced_whole
from tests.dlst_gui.exchange.made_projects import tree


def test_replaced_whole_when_written_then_the_new_stands_for_the_old_and_nothing_else_is_left(
    tmp_path: Path,
) -> None:
    path = tmp_path / "deep/er/a.txt"
    for text in ("old", "new"):
        with replaced_whole(path) as new:
            assert not new.exists()
            new.write_text(text, "utf-8")
            new.with_name("a.txt-journal").write_text("a library's own", "utf-8")
        assert tree(tmp_path) == {"deep": b"", "deep/er": b"", "deep/er/a.txt": text.encode()}


@pytest.mark.parametrize("make", [replaced_whole, published_new])
def test_whole_file_when_the_block_fails_or_writes_nothing_then_everything_is_as_before(
    make: Callable, tmp_path: Path
) -> None:
    def write_half() -> None:
        with make(tmp_path / "deep/a.txt") as new:
            new.write_text("half", "utf-8")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    with pytest.raises(FileNotFoundError), make(tmp_path / "deep/a.txt"):
        pass
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("is_broken", [False, True], ids=["to a file", "to nothing yet"])
def test_replaced_whole_when_the_name_is_a_link_then_it_stays_one(is_broken: bool, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    real, link = tmp_path / "there/real.txt", tmp_path / "link.txt"
    link.symlink_to("there/real.txt")
    if not is_broken:
        real.write_text("old", "utf-8")
    with replaced_whole(link) as new:
        new.write_text("new", "utf-8")
    assert link.is_symlink()
    assert real.read_text("utf-8") == "new"


def test_replaced_whole_when_the_name_is_as_long_as_can_be_then_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("a" * 255)
    with replaced_whole(path) as new:
        new.write_text("new", "utf-8")
    assert path.read_text("utf-8") == "new"


def test_replaced_whole_when_links_lead_in_a_circle_then_it_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"), replaced_whole(tmp_path / "a") as new:
        new.write_text("new", "utf-8")


def _unknown(*_arguments: object) -> None:
    return None


def _no_links(*_paths: object) -> None:
    raise OSError("not supported")


@pytest.mark.parametrize("lacking", ["nothing", "renameat2", "renameat2 and links"])
def test_published_new_when_a_name_is_taken_then_it_stays_and_a_free_one_is_filled(
    lacking: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if lacking != "nothing":
        monkeypatch.setattr(renames, "_renameat2", _unknown)
    if lacking == "renameat2 and links":
        monkeypatch.setattr(os, "link", _no_links)
    (tmp_path / "taken.txt").write_text("mine", "utf-8")
    with pytest.raises(FileExistsError), published_new(tmp_path / "taken.txt") as new:
        new.write_text("new", "utf-8")
    with published_new(tmp_path / "free.txt") as new:
        new.write_text("new", "utf-8")
    assert tree(tmp_path) == {"taken.txt": b"mine", "free.txt": b"new"}


@pytest.mark.parametrize("has_renameat2", [True, False])
def test_rename_new_when_it_is_a_folder_then_no_file_and_no_full_folder_is_replaced(
    has_renameat2: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_renameat2:
        monkeypatch.setattr(renames, "_renameat2", _unknown)
    (tmp_path / "new").mkdir()
    (tmp_path / "taken/full").mkdir(parents=True)
    with pytest.raises(FileExistsError):
        renames.rename_new(tmp_path / "new", tmp_path / "taken")
    renames.rename_new(tmp_path / "new", tmp_path / "free")
    assert sorted(tree(tmp_path)) == ["free", "taken", "taken/full"]


def test_rename_new_when_it_leads_to_another_disk_then_nothing_is_left_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other_disk(*_paths: object) -> None:
        raise OSError(errno.EXDEV, "another disk")

    (tmp_path / "new.txt").write_text("new", "utf-8")
    monkeypatch.setattr(renames, "_renameat2", _unknown)
    monkeypatch.setattr(os, "link", other_disk)
    monkeypatch.setattr(Path, "replace", other_disk)
    with pytest.raises(OSError, match="another disk"):
        renames.rename_new(tmp_path / "new.txt", tmp_path / "there.txt")
    assert tree(tmp_path) == {"new.txt": b"new"}


def test_published_new_when_many_want_one_name_at_the_same_moment_then_one_has_it(tmp_path: Path) -> None:
    path, begin = tmp_path / "a.txt", threading.Barrier(8)
    published: list[str] = []

    def publish(name: str) -> None:
        try:
            with published_new(path) as new:
                new.write_text(name, "utf-8")
                begin.wait(30)
            published.append(name)
        except FileExistsError:
            pass

    threads = [threading.Thread(target=publish, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tree(tmp_path) == {"a.txt": published[0].encode()}
    assert len(published) == 1
