"""Files and folders that take the place of others, or leave them when one step fails."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from dlst_gui.files import file_sets, renames, settle, staged_set
from dlst_gui.files.set_journal import read_journal
from tests.dlst_gui.exchange.made_projects import tree
from tests.dlst_gui.files.killing import End, Moment, call_count, kill_points, killed


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting for the disk: a killed process leaves everything that it has written."""
    monkeypatch.setattr(os, "fsync", lambda _handle: None)


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
    with staged_set(folder / "labels.json") as staged:
        _new(staged.new)
        staged.put_in_place(NAMES)


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


@pytest.mark.usefixtures("disk")
@pytest.mark.parametrize("is_old_there", [True, False], ids=["over old files", "where nothing was"])
@pytest.mark.parametrize("can_exchange", [True, False], ids=["names exchanged", "renamed away"])
def test_put_in_place_when_any_step_fails_then_everything_is_as_before(
    can_exchange: bool, is_old_there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_old_there:
        _old(tmp_path)
    before = tree(tmp_path)
    left = 0

    def counted(move: Callable) -> Callable:
        def moving(*paths: object) -> object:
            nonlocal left
            left -= 1
            if left == 0:
                raise OSError("the disk is gone")
            return move(*paths)

        return moving

    if not can_exchange:
        monkeypatch.setattr(file_sets, "exchange", lambda *_paths: False)
    for name in ("rename_new_at_once", "exchange"):
        monkeypatch.setattr(file_sets, name, counted(getattr(file_sets, name)))
    for name in ("rename", "replace"):
        monkeypatch.setattr(Path, name, counted(getattr(Path, name)))
    step = 1
    while True:
        left = step
        with suppress(OSError):
            _replaced(tmp_path)
            break
        left = 0
        assert tree(tmp_path) == before
        step += 1
    assert step > len(NAMES)
    assert {data for name, data in tree(tmp_path).items() if data and name != "other.txt"} == {b"new"}


def test_put_in_place_when_the_file_system_has_no_second_names_then_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_paths: object) -> None:
        raise OSError("not supported")

    monkeypatch.setattr(os, "link", no_links)
    _old(tmp_path)
    _replaced(tmp_path)
    assert (tmp_path / "labels.json").read_text("utf-8") == "new"


def test_staged_set_when_the_block_fails_then_nothing_is_left(tmp_path: Path) -> None:
    def half_done() -> None:
        with staged_set(tmp_path / "new/folder/a.json") as staged:
            _new(staged.new)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_done()
    assert tree(tmp_path) == {}


def test_put_in_place_when_there_are_many_files_then_all_arrive(tmp_path: Path) -> None:
    with staged_set(tmp_path / "set") as staged:
        (staged.new / "set").mkdir()
        for number in range(100):
            (staged.new / f"set/{number}").write_text("new", "utf-8")
        staged.put_in_place([Path("set")])
    assert len(list((tmp_path / "set").iterdir())) == 100
    shutil.rmtree(tmp_path / "set")


# Killed at every call


def _contents(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in tree(folder).items() if data}


def _made_and_expected(folder: Path, *, is_old_there: bool) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """What lies in a folder before a set is put there, and after."""
    folder.mkdir()
    if is_old_there:
        _old(folder)
    before = _contents(folder)
    _replaced(folder)
    after = _contents(folder)
    shutil.rmtree(folder)
    return before, after


@pytest.mark.usefixtures("disk")
@pytest.mark.parametrize(
    ("can_exchange", "is_old_there"),
    [(True, True), (False, True), (True, False)],
    ids=["names exchanged", "renamed away", "where nothing was"],
)
def test_put_in_place_when_killed_at_any_call_then_the_next_start_finds_all_old_or_all_new(
    can_exchange: bool, is_old_there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not can_exchange:
        monkeypatch.setattr(renames, "_renameat2", lambda: None)
    folder = tmp_path / "folder"
    before, after = _made_and_expected(folder, is_old_there=is_old_there)

    def begun() -> None:
        folder.mkdir()
        if is_old_there:
            _old(folder)

    begun()
    found = []
    for number, moment in kill_points(call_count(partial(_replaced, folder)), [Moment.BEFORE]):
        shutil.rmtree(folder)
        begun()
        assert killed(partial(_replaced, folder), number, moment) is End.KILLED
        if can_exchange and is_old_there:
            assert {"set/b.txt", "set/labels/a.txt"} & _contents(folder).keys()
            assert (folder / "labels.json").exists()
        settle(folder)
        assert _contents(folder) in (before, after), f"{moment.value} call {number}"
        assert not [path for path in folder.iterdir() if path.name.startswith(".dlst-")]
        found.append(_contents(folder) == after)
    assert 0 < sum(found) < len(found)


@pytest.mark.usefixtures("disk")
@pytest.mark.parametrize("can_exchange", [True, False], ids=["names exchanged", "renamed away"])
def test_settle_when_killed_at_any_call_then_the_one_after_completes_it(
    can_exchange: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not can_exchange:
        monkeypatch.setattr(renames, "_renameat2", lambda: None)
    folder, kept = tmp_path / "folder", tmp_path / "kept"
    _, after = _made_and_expected(folder, is_old_there=True)
    folder.mkdir()
    _old(folder)
    half_done = _first_half_done(folder, kept)
    for number, moment in kill_points(half_done, [Moment.BEFORE]):
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)
        assert killed(partial(settle, folder), number, moment) is End.KILLED
        settle(folder)
        assert _contents(folder) == after, f"{moment.value} call {number}"


def _first_half_done(folder: Path, kept: Path) -> int:
    """Kill a set where its first name is new and its last is old; how many calls `settle` makes then."""
    shutil.copytree(folder, kept)
    for number, moment in kill_points(call_count(partial(_replaced, folder)), [Moment.BEFORE]):
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)
        killed(partial(_replaced, folder), number, moment)
        if (folder / "set/b.txt").exists() and (folder / "labels.json").read_text("utf-8") == "old":
            shutil.rmtree(kept)
            shutil.copytree(folder, kept)
            return call_count(partial(settle, folder))
    raise AssertionError("no kill point lies between two names")


def test_settle_when_something_was_changed_since_the_kill_then_it_is_kept_beside(tmp_path: Path) -> None:
    folder, kept = tmp_path / "folder", tmp_path / "kept"
    folder.mkdir()
    _old(folder)
    _first_half_done(folder, kept)
    (kept / "labels.json").write_text("a person's own", "utf-8")
    settle(kept)
    assert (kept / "labels.json").read_text("utf-8") == "new"
    assert (kept / "labels.json.kept-1").read_text("utf-8") == "a person's own"


@pytest.mark.parametrize(
    "journal",
    ["", "[]", '{"direction": "forward", "entries": [], "made": ["../x"]}', '{"direction": "up"}'],
)
def test_settle_when_a_journal_is_none_of_ours_then_nothing_outside_is_touched(
    journal: str, tmp_path: Path
) -> None:
    staging = tmp_path / "folder/.dlst-0123456789abcdef.part"
    staging.mkdir(parents=True)
    (staging / "journal.json").write_text(journal, "utf-8")
    assert read_journal(staging) is None
    settle(tmp_path / "folder")
    assert sorted(tree(tmp_path)) == ["folder"]
