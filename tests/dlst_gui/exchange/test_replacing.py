"""Files and folders that take the place of others, or leave them when one step fails."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from dlst_gui.exchange.replacing import put_in_place, staging_folder
from tests.dlst_gui.exchange.made_projects import tree

NAMES = (Path("set"), Path("deep/er/new.txt"), Path("labels.json"))


def _old(folder: Path) -> None:
    (folder / "set/labels").mkdir(parents=True)
    (folder / "set/labels/a.txt").write_text("old", "utf-8")
    (folder / "labels.json").write_text("old", "utf-8")
    (folder / "other.txt").write_text("not ours", "utf-8")


def _new(staging: Path) -> None:
    for name in ("set/b.txt", "deep/er/new.txt", "labels.json"):
        (staging / name).parent.mkdir(parents=True, exist_ok=True)
        (staging / name).write_text("new", "utf-8")


def _replaced(folder: Path) -> None:
    with staging_folder(folder / "labels.json") as staging:
        _new(staging)
        put_in_place(staging, NAMES)


def test_put_in_place_when_all_goes_well_then_new_stands_for_old_and_the_rest_stays(tmp_path: Path) -> None:
    _old(tmp_path)
    _replaced(tmp_path)
    assert {name: data for name, data in tree(tmp_path).items() if data} == {
        "set/b.txt": b"new",
        "deep/er/new.txt": b"new",
        "labels.json": b"new",
        "other.txt": b"not ours",
    }


def test_put_in_place_when_nothing_was_there_then_everything_is_new(tmp_path: Path) -> None:
    _replaced(tmp_path)
    assert {data for data in tree(tmp_path).values() if data} == {b"new"}


@pytest.mark.parametrize("is_old_there", [True, False], ids=["over old files", "where nothing was"])
def test_put_in_place_when_any_step_fails_then_everything_is_as_before(
    is_old_there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_old_there:
        _old(tmp_path)
    before = tree(tmp_path)
    rename, replace = Path.rename, Path.replace
    left = 0

    def counted(move):
        def moving(self: Path, to: Path) -> Path:
            nonlocal left
            left -= 1
            if left == 0:
                raise OSError("the disk is gone")
            return move(self, to)

        return moving

    monkeypatch.setattr(Path, "rename", counted(rename))
    monkeypatch.setattr(Path, "replace", counted(replace))
    steps = 4 if is_old_there else 3
    for step in range(1, steps + 1):
        left = step
        with pytest.raises(OSError, match="the disk is gone"):
            _replaced(tmp_path)
        left = 0
        assert tree(tmp_path) == before
    left = steps + 1
    _replaced(tmp_path)
    assert left == 1, "there are no more steps than were tried"


def test_put_in_place_when_the_file_system_has_no_second_names_then_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_paths: object) -> None:
        raise OSError("not supported")

    monkeypatch.setattr(os, "link", no_links)
    _old(tmp_path)
    _replaced(tmp_path)
    assert (tmp_path / "labels.json").read_text("utf-8") == "new"


def test_staging_folder_when_the_block_fails_then_nothing_is_left(tmp_path: Path) -> None:
    def half_done() -> None:
        with staging_folder(tmp_path / "new/folder/a.json") as staging:
            _new(staging)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_done()
    assert tree(tmp_path) == {}


def test_put_in_place_when_there_are_many_files_then_all_arrive(tmp_path: Path) -> None:
    with staging_folder(tmp_path / "set") as staging:
        (staging / "set").mkdir()
        for number in range(100):
            (staging / f"set/{number}").write_text("new", "utf-8")
        put_in_place(staging, [Path("set")])
    assert len(list((tmp_path / "set").iterdir())) == 100
    shutil.rmtree(tmp_path / "set")
