from __future__ import annotations

import math
import os
import random
import shutil
import sqlite3
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from dlst_gui.project import edits, project_file, schema
from dlst_gui.project import store as store_module
from dlst_gui.project.attributes import Attribute, AttributeScope
from dlst_gui.project.errors import DamagedProjectError, ProjectFileError, ProjectInUseError
from dlst_gui.project.history import EditHistory
from dlst_gui.project.keyframe_block import KeyframeBlock
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.salvage import salvage
from dlst_gui.project.store import ProjectStore
from dlst_gui.project.tracks import BoxOrigin, Keyframe, Visibility
from tests.dlst_gui.project.random_edits import VIDEO, RandomEdits, block, box_at, contents, keyframe
from tracker_core import Box

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed project: manual boxes on 0 and 20 of track 1, predictions on 1 to 1000, one undone step."""
    made = tmp_path / "clip.mp4.dlst"
    with ProjectStore.create(made, VIDEO) as store:
        project = store.read_project()
        history = EditHistory(project, store)
        history.do(edits.add_track(project, label="dog", color="#00ff00", keyframe=keyframe(0)))
        history.do(edits.record_predictions(project, 1, block(1, 1000)))
        history.do(edits.set_keyframe(project, 1, keyframe(20)))
        history.do(edits.remove_keyframe(project, 1, 0))
        history.undo()
    return made


@pytest.fixture
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    """The file as any program may write it."""
    connection = sqlite3.connect(path, isolation_level=None)
    yield connection
    connection.close()


def read(path: Path, *, read_only: bool = False) -> tuple[object, ...]:
    with ProjectStore.open(path, read_only=read_only) as store:
        return contents(store.read_project())


def test_open_when_closed_before_then_everything_is_there_in_one_file(path: Path) -> None:
    with ProjectStore.open(path) as store:
        project = store.read_project()
        assert project.video == VIDEO
        assert [each.frame_index for each in project.keyframes(1)] == [0, 20]
        assert len(project.predictions(1)) == 1000
        assert project.valid_predictions(1, 0) == ((1, 20),), "superseded on every page"
        assert [step.title for step in store.steps()] == ["Add object", "Track", "Set box", "Remove box"]
    names = {each.name for each in path.parent.iterdir()}
    assert names == {path.name}


def test_store_when_opened_then_every_commit_waits_for_the_disk(path: Path) -> None:
    with ProjectStore.open(path) as store:
        settings = {
            name: store._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "fullfsync", "foreign_keys", "trusted_schema")
        }
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "fullfsync": 1,
        "foreign_keys": 1,
        "trusted_schema": 0,
    }


def test_close_when_nothing_was_done_then_gives_the_file_back(tmp_path: Path) -> None:
    path = tmp_path / "clip.dlst"
    with ProjectStore.create(path, VIDEO):
        pass
    store = ProjectStore.open(path)
    store.close()
    store.close()
    assert read(path) == (VIDEO, (), (), ())


def test_meta_when_set_then_is_there_after_a_restart_and_is_no_step(path: Path) -> None:
    with ProjectStore.open(path) as store:
        steps = store.steps()
        store.set_meta("view", {"frame": 12, "zoom": [1.5, None]})
        assert store.steps() == steps
    with ProjectStore.open(path) as store:
        assert store.meta("view") == {"frame": 12, "zoom": [1.5, None]}
        assert store.meta("other") is None
        with pytest.raises(ValueError, match="Out of range float"):
            store.set_meta("view", float("nan"))


def test_metas_when_asked_for_by_how_keys_begin_then_has_those_to_the_letter(path: Path) -> None:
    with ProjectStore.open(path) as store:
        for key in ("r_n* 1", "r_n* ", "run* 1", "R_N* 1", "r_n*1", "a r_n* 1"):
            store.set_meta(key, [key])
        assert store.metas("r_n* ") == {"r_n* ": ["r_n* "], "r_n* 1": ["r_n* 1"]}
        assert store.metas("x") == {}


def test_create_when_a_file_is_there_then_leaves_it(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(ProjectFileError, match="already"):
        ProjectStore.create(path, VIDEO)
    assert path.read_bytes() == before


def test_open_when_another_window_writes_then_it_can_be_read(path: Path) -> None:
    with ProjectStore.open(path) as writer:
        with pytest.raises(ProjectInUseError, match="another window"):
            ProjectStore.open(path)
        project = writer.read_project()
        with ProjectStore.open(path, read_only=True) as reader:
            assert reader.is_read_only
            EditHistory(project, writer).do(edits.set_keyframe(project, 1, keyframe(30)))
            assert contents(reader.read_project()) == contents(project)
    with ProjectStore.open(path) as writer:
        assert not writer.is_read_only


def test_read_only_when_something_is_done_then_says_so_and_nothing_changes(path: Path) -> None:
    with ProjectStore.open(path, read_only=True) as store:
        project = store.read_project()
        history = EditHistory(project, store)
        before = contents(project)
        for change in (
            lambda: history.do(edits.set_keyframe(project, 1, keyframe(5))),
            history.undo,
            history.redo,
            lambda: store.set_meta("view", 1),
        ):
            with pytest.raises(ProjectFileError, match="read-only"):
                change()
        assert contents(project) == before
        assert history.redo_title == "Remove box"


def test_read_only_when_the_folder_takes_no_files_then_is_read_all_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = project_file._opened
    expected = read(path)
    monkeypatch.setattr(
        project_file, "_opened", lambda uri, *rest: real(uri, *rest) if "immutable" in uri else Unopenable(uri)
    )
    assert read(path, read_only=True) == expected


def test_read_only_when_closed_then_leaves_nothing_beside_the_file(path: Path) -> None:
    with ProjectStore.open(path, read_only=True) as store:
        store.read_project()
    salvage(path, path.with_name("saved.dlst"))
    assert {each.name for each in path.parent.iterdir()} == {path.name, "saved.dlst"}


def test_read_only_when_another_has_it_open_then_its_log_stays(path: Path) -> None:
    with ProjectStore.open(path) as store:
        read(path, read_only=True)
        store.set_meta("view", 1)
        assert path.with_name(f"{path.name}-wal").exists()
    with ProjectStore.open(path, read_only=True) as store:
        assert store.meta("view") == 1


def test_read_only_when_a_crash_left_a_log_then_it_stays_as_it_is(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.dlst"
    with ProjectStore.open(path) as store:
        store.set_meta("view", 1)
        for part in (path, path.with_name(f"{path.name}-wal")):
            shutil.copy(part, copy.with_name(part.name.replace(path.name, copy.name)))
    log = copy.with_name("copy.dlst-wal")
    content = log.read_bytes()
    with ProjectStore.open(copy, read_only=True) as store:
        assert store.meta("view") == 1
    assert log.read_bytes() == content


class Unopenable(sqlite3.Connection):
    """A database in WAL mode in a folder where no log can be made."""

    def __init__(self, _uri: str) -> None:
        super().__init__(":memory:")

    def execute(self, *_arguments: object) -> sqlite3.Cursor:
        raise sqlite3.OperationalError("unable to open database file")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="no folder that takes no files")
def test_create_when_the_folder_takes_no_files_then_says_what_to_do() -> None:
    with pytest.raises(ProjectFileError, match=r"/proc/clip.dlst: its folder takes no files; .* choose another"):
        ProjectStore.create(Path("/proc/clip.dlst"), VIDEO)


def test_do_when_the_disk_is_full_then_neither_file_nor_project_changes(path: Path) -> None:
    with ProjectStore.open(path) as store:
        project = store.read_project()
        history = EditHistory(project, store)
        pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
        store._connection.execute(f"PRAGMA max_page_count = {pages}")
        before, titles = contents(project), history.titles()
        with pytest.raises(ProjectFileError, match="the disk is full; free some space"):
            history.do(edits.record_predictions(project, 1, block(1, 1090, run_id=2)))
        run = history.begin_run("Track", 0)
        with pytest.raises(ProjectFileError, match="the disk is full"):
            run.add(edits.record_predictions(project, 1, block(1, 1090, run_id=2)).changes)
        assert contents(project) == before
        assert history.titles() == titles
        assert contents(store.read_project()) == before
        store._connection.execute("PRAGMA max_page_count = 100000")
        run.add(edits.record_predictions(project, 1, block(1, 1090, run_id=2)).changes)
        assert contents(store.read_project()) == contents(project)


def test_do_when_something_cannot_be_read_again_then_it_is_not_written(path: Path) -> None:
    with ProjectStore.open(path) as store:
        project = store.read_project()
        before = contents(project)
        too_long = replace(project.track(1), label="x" * 10_000_001)
        with pytest.raises(ValueError, match="at most 10000000 characters"):
            EditHistory(project, store).do(edits.change_track(project, too_long))
        assert contents(project) == before == contents(store.read_project())


NO_PROJECT = {"text": b"frame,x,y\n" * 50, "empty": b"", "header alone": b"SQLite format 3\0"}


def test_open_when_refused_then_no_lock_file_is_left(tmp_path: Path) -> None:
    path = tmp_path / "clip.dlst"
    path.write_bytes(b"no project" * 500)
    with pytest.raises(ProjectFileError, match="not a DLST Studio project"):
        ProjectStore.open(path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("data", NO_PROJECT.values(), ids=NO_PROJECT.keys())
@pytest.mark.parametrize("read_only", [False, True])
def test_open_when_the_file_is_no_database_then_says_so(tmp_path: Path, data: bytes, read_only: bool) -> None:
    path = tmp_path / "notes.dlst"
    path.write_bytes(data)
    with pytest.raises(ProjectFileError, match=r"notes\.dlst: "):
        ProjectStore.open(path, read_only=read_only)
    assert path.read_bytes() == data


def test_open_when_there_is_no_file_then_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    for read_only in (False, True):
        with pytest.raises(ProjectFileError, match=r"gone\.dlst: .*check its name"):
            ProjectStore.open(tmp_path / "gone.dlst", read_only=read_only)
    assert list(tmp_path.iterdir()) == []


STRANGE = {
    "another program": ("PRAGMA application_id = 7", "another program has made it"),
    "newer": ("PRAGMA user_version = 99", r"newer version .*schema 99.*update the program"),
    "trigger": ("CREATE TRIGGER t AFTER INSERT ON edit BEGIN DELETE FROM keyframe_page; END", "trigger t"),
    "view": ("CREATE VIEW v AS SELECT * FROM keyframe_page", "view v"),
    "table": ("CREATE TABLE more (x)", "table more"),
    "column": ("ALTER TABLE meta ADD COLUMN code TEXT", "table meta"),
}


@pytest.mark.parametrize(("statement", "problem"), STRANGE.values(), ids=STRANGE.keys())
def test_open_when_the_schema_is_not_ours_then_refuses(
    path: Path, raw: sqlite3.Connection, statement: str, problem: str
) -> None:
    raw.execute(statement)
    raw.close()
    for read_only in (False, True):
        with pytest.raises(ProjectFileError, match=problem):
            ProjectStore.open(path, read_only=read_only)


ATTRIBUTE = "INSERT INTO attribute VALUES ({}, 0, '[]', '')"
NOT_A_BLOCK = b"DLPB" + bytes(40)
HOSTILE = {
    "no keyframes": "UPDATE keyframe_page SET data = zeroblob(200)",
    "text for keyframes": "PRAGMA ignore_check_constraints = ON; UPDATE keyframe_page SET data = x''",
    "keyframes of other frames": "UPDATE keyframe_page SET page = page + 5",
    "another number of keyframes": "UPDATE keyframe_page SET count = count + 1",
    "negative number of keyframes": "UPDATE keyframe_page SET count = -1",
    "another number that is shown": "UPDATE prediction_page SET shown = shown + 1",
    "another run": "UPDATE prediction_page SET last_run = 5",
    "colour": "UPDATE track SET color = 'url(http://x)'",
    "flag": "UPDATE track SET is_hidden = 2",
    "page of zeros": "UPDATE prediction_page SET data = zeroblob(200)",
    "huge page": "UPDATE prediction_page SET data = zeroblob(100000000)",
    "page cut short": "UPDATE prediction_page SET data = substr(data, 1, 400)",
    "page of other frames": "UPDATE prediction_page SET page = page + 5",
    "no video": "DELETE FROM video",
    "video of text": "UPDATE video SET fingerprints = '[[1, 2]]'",
    "text that is no UTF-8": "UPDATE track SET label = CAST(x'ff80' AS TEXT)",
    "boxes of no track": "PRAGMA foreign_keys = OFF; DELETE FROM track",
    "attribute of an unknown kind": ATTRIBUTE.format("1, 'a', 'code', 'object', '[]', '[null,null,null]', ''"),
    "attribute without a name": ATTRIBUTE.format("1, '', 'text', 'object', '[]', '[null,null,null]', ''"),
    "attribute of the id 0": ATTRIBUTE.format("0, 'a', 'text', 'object', '[]', '[null,null,null]', ''"),
    "choices that are no JSON": ATTRIBUTE.format("1, 'a', 'choice', 'frame', '[', '[null,null,null]', ''"),
    "choices of numbers": ATTRIBUTE.format("1, 'a', 'choice', 'frame', '[1]', '[null,null,null]', ''"),
    "limits that are infinite": ATTRIBUTE.format("1, 'a', 'number', 'frame', '[]', '[1e999,null,null]', ''"),
    "two limits": ATTRIBUTE.format("1, 'a', 'number', 'frame', '[]', '[1,2]', ''"),
    "a default that does not fit": ATTRIBUTE.format("1, 'a', 'number', 'object', '[]', '[1,2,1]', '7'"),
    "review marks that overlap": "INSERT INTO review_mark VALUES (1, 5, 9, 'bad'), (1, 7, 8, 'bad')",
    "review mark backwards": "INSERT INTO review_mark VALUES (1, 9, 5, 'bad')",
}


@pytest.mark.parametrize("statements", HOSTILE.values(), ids=HOSTILE.keys())
def test_open_when_values_make_no_sense_then_names_the_file(
    path: Path, raw: sqlite3.Connection, statements: str
) -> None:
    raw.executescript(statements)
    raw.close()
    with pytest.raises(DamagedProjectError, match=r"clip\.mp4\.dlst: the project is damaged"):
        read(path)


NAN_BOX = '[0, NaN, 0, 1, 1, "visible", "drawn", "{}"]'
HOSTILE_JOURNAL = {
    "unknown kind": "UPDATE change SET kind = 'eval'",
    "number for JSON": "UPDATE change SET before = 5 WHERE kind = 'keyframe'",
    "not a number": f"UPDATE change SET before = '{NAN_BOX}' WHERE kind = 'keyframe'",
    "text for a block": "UPDATE change SET before = 'x', after = 'x' WHERE kind = 'predictions'",
    "spans backwards": "UPDATE change SET spans = '[[9, 3]]' WHERE kind = 'supersede'",
    "another box": "UPDATE change SET after = replace(after, 'drawn', 'copied') WHERE kind = 'keyframe'",
}


@pytest.mark.parametrize("statement", HOSTILE_JOURNAL.values(), ids=HOSTILE_JOURNAL.keys())
def test_undo_when_the_journal_makes_no_sense_then_nothing_changes(
    path: Path, raw: sqlite3.Connection, statement: str
) -> None:
    raw.execute(statement)
    raw.close()
    with ProjectStore.open(path) as store:
        project = store.read_project()
        history = EditHistory(project, store)
        with pytest.raises(DamagedProjectError):
            undo_all(history)
        assert contents(project) == contents(store.read_project())
        assert history.steps() == store.steps()


def keyframe_bytes(
    *,
    frame: int = 0,
    box: tuple[float, ...] = (1, 2, 3, 4),
    codes: tuple[int, int] = (0, 0),
    attributes: str = "",
    count: int = 1,
) -> bytes:
    row = struct.pack("<4d2B", *box, *codes)
    return struct.pack("<4sHHIi", b"DLKB", 1, 34, count, frame) + row + attributes.encode()


HOSTILE_KEYFRAMES = {
    "infinite box": keyframe_bytes(box=(math.inf, 2, 3, 4)),
    "negative size": keyframe_bytes(box=(1, 2, -3, 4)),
    "no size": keyframe_bytes(box=(1, 2, 3, 0)),
    "frame before the first": keyframe_bytes(frame=-3),
    "frame after any video": keyframe_bytes(frame=2**31 - 1),
    "frame of another page": keyframe_bytes(frame=512),
    "unknown visibility": keyframe_bytes(codes=(3, 0)),
    "unknown origin": keyframe_bytes(codes=(0, 5)),
    "more than there are": keyframe_bytes(count=2**32 - 1),
    "attributes that are no JSON": keyframe_bytes(attributes='__import__("os")'),
    "attributes nested too deep": keyframe_bytes(attributes="[" * 99_999),
    "attributes of numbers": keyframe_bytes(attributes='[[0, {"a": 1}]]'),
    "attributes of another frame": keyframe_bytes(attributes='[[1, {"a": "b"}]]'),
    "attributes of no frame": keyframe_bytes(attributes='[{"a": "b"}]'),
}


@pytest.mark.parametrize("data", HOSTILE_KEYFRAMES.values(), ids=HOSTILE_KEYFRAMES.keys())
def test_read_when_manual_boxes_make_no_sense_then_names_the_file(
    path: Path, raw: sqlite3.Connection, data: bytes
) -> None:
    raw.execute("UPDATE keyframe_page SET count = 1, shown = 1, data = ?", (keyframe_bytes(),))
    assert len(read(path)[2]) == 1, "what the others are made of is read"
    raw.execute("UPDATE keyframe_page SET data = ?", (data,))
    raw.close()
    with pytest.raises(DamagedProjectError, match=r"clip\.mp4\.dlst: the project is damaged"):
        read(path)


def undo_all(history: EditHistory) -> None:
    while history.undo():
        pass


def test_steps_when_their_order_makes_no_sense_then_says_so(path: Path, raw: sqlite3.Connection) -> None:
    raw.execute("UPDATE edit SET is_undone = 1 WHERE edit_id = 1")
    raw.close()
    with ProjectStore.open(path) as store, pytest.raises(DamagedProjectError, match="comes after"):
        store.steps()


def damaged(path: Path, harm: Callable[[bytearray], None]) -> None:
    data = bytearray(path.read_bytes())
    harm(data)
    path.write_bytes(data)


def test_open_when_cut_short_then_says_what_can_be_done(path: Path) -> None:
    damaged(path, lambda data: data.__delitem__(slice(len(data) // 2, None)))
    for read_only in (False, True):
        with pytest.raises(DamagedProjectError, match="into a new project, or restore an earlier state"):
            ProjectStore.open(path, read_only=read_only)


@pytest.mark.parametrize("seed", range(12))
def test_open_when_bytes_are_flipped_then_is_read_or_refused_by_name(path: Path, seed: int) -> None:
    draw = random.Random(seed)

    def flip(data: bytearray) -> None:
        for _ in range(draw.choice([1, 20, 400])):
            data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)

    damaged(path, flip)
    try:
        with ProjectStore.open(path) as store:
            project = store.read_project()
            EditHistory(project, store)
            contents(project)
    except ProjectFileError as error:
        assert str(path) in str(error)  # noqa: PT017 - both ends are right
    report_or_error(path)


def report_or_error(path: Path) -> None:
    """Salvage ends in a project that opens, or in an error that names the file."""
    saved = path.with_name("saved.dlst")
    try:
        salvage(path, saved)
    except ProjectFileError as error:
        assert str(path) in str(error)  # noqa: PT017
    else:
        read(saved)


def test_salvage_when_a_page_is_lost_then_the_rest_is_copied(tmp_path: Path) -> None:
    path, saved = tmp_path / "clip.dlst", tmp_path / "saved.dlst"
    with ProjectStore.create(path, VIDEO) as store:
        project = store.read_project()
        history = EditHistory(project, store)
        history.do(edits.add_track(project, label="dog", color="#00ff00", keyframe=keyframe(0)))
        history.do(edits.propagate(project, 1, from_frame=0, to_frame=20_000))
        history.do(edits.record_predictions(project, 1, block(20_050, 20_060)))
    blank_one_page_of(path, "keyframe_page")
    with pytest.raises(DamagedProjectError):
        read(path)
    report = salvage(path, saved)
    assert report.unreadable == ("keyframe_page",)
    with ProjectStore.open(saved) as store:
        rescued = store.read_project()
        assert rescued.video == VIDEO
        assert rescued.track(1) == project.track(1)
        assert 10_000 < len(rescued.keyframes(1)) == report.keyframe_count < 20_001
        assert set(rescued.keyframes(1)) < set(project.keyframes(1))
        assert rescued.predictions(1) == project.predictions(1)
        assert [step.title for step in store.steps()] == ["Track"], "the one before makes boxes that are lost"


def test_salvage_when_track_and_video_are_gone_then_boxes_are_still_saved(
    path: Path, raw: sqlite3.Connection
) -> None:
    raw.executescript("PRAGMA foreign_keys = OFF; DELETE FROM track; DELETE FROM video")
    raw.close()
    saved = path.with_name("saved.dlst")
    report = salvage(path, saved)
    assert (report.track_count, report.keyframe_count, report.unreadable) == (1, 2, ("video", "track"))
    with ProjectStore.open(saved) as store:
        project = store.read_project()
        assert project.manual_boxes(1) == {0: box_at(0), 20: box_at(20)}
        assert project.video.path == ""


def test_salvage_when_nothing_can_be_read_then_says_so_and_makes_no_file(path: Path) -> None:
    damaged(path, lambda data: data.__setitem__(slice(100, None), bytes(len(data) - 100)))
    saved = path.with_name("saved.dlst")
    with pytest.raises(ProjectFileError, match="nothing in it can be read") as raised:
        salvage(path, saved)
    assert not isinstance(raised.value, DamagedProjectError), "there is nothing to offer"
    assert not saved.exists()


@pytest.mark.parametrize(
    ("harmed", "filling"),
    [(slice(0, 4096), b"\0"), (slice(0, 100), b"\xff"), (slice(2000, 4000), b"\x80"), (slice(68, 72), b"\1")],
    ids=["first-page-gone", "header-gone", "schema-text-broken", "of-another-program"],
)
@pytest.mark.parametrize("is_compact", [False, True], ids=["as-made", "compact"])
def test_salvage_when_the_first_page_is_damaged_then_everything_is_there_with_its_history(
    path: Path, harmed: slice, filling: bytes, is_compact: bool
) -> None:
    if is_compact:
        with ProjectStore.open(path) as store:
            store.save_copy(path.with_name("copy.dlst"))
        path.with_name("copy.dlst").replace(path)
    expected = read(path)
    with ProjectStore.open(path) as store:
        steps = store.steps()
    damaged(path, lambda data: data.__setitem__(harmed, filling * (harmed.stop - harmed.start)))
    with pytest.raises(ProjectFileError):
        read(path)
    saved = path.with_name("saved.dlst")
    report = salvage(path, saved)
    assert report.is_whole
    assert read(saved) == expected
    with ProjectStore.open(saved) as store:
        assert store.steps() == steps
        history = EditHistory(store.read_project(), store)
        while history.undo() is not None:
            pass
        while history.redo() is not None:
            pass


def test_salvage_when_a_view_stands_for_a_table_then_it_does_not_run(path: Path, raw: sqlite3.Connection) -> None:
    raw.executescript("ALTER TABLE keyframe_page RENAME TO hidden; CREATE VIEW keyframe_page AS SELECT 1 AS x")
    raw.close()
    report = salvage(path, path.with_name("saved.dlst"))
    assert report.keyframe_count == 2, "read from where the table lies"


def blank_one_page_of(path: Path, table: str) -> None:
    """Overwrite one of the table's leaves in the middle of it with zeros."""
    with sqlite3.connect(path) as connection:
        page_size = connection.execute("PRAGMA page_size").fetchone()[0]
        root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()[0]
    connection.close()

    def harm(data: bytearray) -> None:
        start = (root - 1) * page_size
        child_count = int.from_bytes(data[start + 3 : start + 5], "big")
        cell = int.from_bytes(data[start + 12 + child_count // 2 * 2 :][:2], "big")
        leaf = int.from_bytes(data[start + cell : start + cell + 4], "big")
        data[(leaf - 1) * page_size : leaf * page_size] = bytes(page_size)

    damaged(path, harm)


def test_open_when_older_then_it_is_copied_and_migrated(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = read(path)
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, ("CREATE TABLE added (x INTEGER) STRICT",)))
    monkeypatch.setattr(project_file, "MIGRATIONS", schema.MIGRATIONS)
    assert read(path, read_only=True) == expected
    assert not list(path.parent.glob("*.bak")), "reading alone changes nothing"
    assert read(path) == expected
    copies = list(path.parent.glob("*.bak"))
    assert [each.name for each in copies] == ["clip.mp4.dlst.v3.bak"]
    versions = [schema.user_version(sqlite3_of) for sqlite3_of in map(sqlite3.connect, (path, *copies))]
    assert versions == [4, 3]
    monkeypatch.undo()
    with pytest.raises(ProjectFileError, match="newer version"):
        read(path)


class GivenUpError(Exception):
    """Whoever waited wants it no more."""


def give_up(done: int, _total: int) -> None:
    if done:
        raise GivenUpError


def test_open_when_older_and_given_up_on_the_way_then_nothing_has_changed(first_version: Path) -> None:
    before = first_version.read_bytes()
    with pytest.raises(GivenUpError):
        ProjectStore.open(first_version, tell=give_up)
    assert first_version.read_bytes() == before
    assert list(first_version.parent.iterdir()) == [first_version]


def test_save_copy_when_told_about_in_another_thread_then_holds_what_the_file_does(path: Path) -> None:
    copy = path.with_name("copy.dlst")
    told: list[tuple[int, int]] = []
    with ProjectStore.open(path) as store, ThreadPoolExecutor(1) as pool:
        pool.submit(store.save_copy, copy, lambda done, total: told.append((done, total))).result()
        expected = contents(store.read_project())
    with ProjectStore.open(copy, read_only=True) as store:
        assert contents(store.read_project()) == expected
    assert all(done <= total for done, total in told)


def test_save_copy_when_given_up_on_the_way_then_leaves_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project_file, "_STEPS_BETWEEN_ASKING", 10)

    def refuse(_done: int, _total: int) -> None:
        raise GivenUpError

    with ProjectStore.open(path) as store, pytest.raises(GivenUpError):
        store.save_copy(path.with_name("copy.dlst"), refuse)
    assert {each.name for each in path.parent.iterdir()} == {path.name}


FIRST_VERSION = """
INSERT INTO video VALUES (1, '/videos/clip.mp4', 1100, 640, 480, 123456, '[[0, "ab12"], [700, "cd34"]]');
INSERT INTO track VALUES (1, 'dog', '#00ff00', '{}', 0, 0, 0), (2, 'cat', '#0000ff', '{"a": "b"}', 1, 0, 0);
INSERT INTO keyframe VALUES
    (1, 0, 1.0, 2.0, 3.0, 4.0, 'visible', 'drawn', '{}'),
    (1, 511, 5.0, 6.0, 7.0, 8.0, 'occluded', 'copied', '{"note": "é"}'),
    (1, 512, 5.5, 6.0, 7.0, 8.0, 'outside', 'imported', '{}'),
    (2, 3, 9.0, 9.0, 9.0, 9.0, 'visible', 'accepted', '{}');
INSERT INTO edit VALUES (1, 'Add object', 3, 2, 0);
INSERT INTO change VALUES
    (1, 1, 'track', NULL, NULL, NULL, '[2, "cat", "#0000ff", "{\\"a\\": \\"b\\"}", 1, 0, 0]'),
    (2, 1, 'keyframe', 2, NULL, NULL, '[3, 9.0, 9.0, 9.0, 9.0, "visible", "accepted", "{}"]');
"""


@pytest.fixture
def first_version(tmp_path: Path) -> Path:
    """A project as the first version of the file had it: manual boxes in rows, predictions on 1 to 1000."""
    made = tmp_path / "old.dlst"
    connection = sqlite3.connect(made, isolation_level=None)
    for statement in schema.MIGRATIONS[0]:
        assert isinstance(statement, str)
        connection.execute(statement)
    connection.executescript(FIRST_VERSION)
    for page, part in enumerate((block(1, 511), block(512, 1000, run_id=3))):
        connection.execute("INSERT INTO prediction_page VALUES (1, ?, ?)", (page, part.to_bytes()))
    connection.execute("PRAGMA user_version = 1")
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    connection.close()
    return made


@pytest.mark.parametrize("read_only", [False, True])
def test_open_when_of_the_first_version_then_everything_is_there(first_version: Path, read_only: bool) -> None:
    with ProjectStore.open(first_version, read_only=read_only) as store:
        project = store.read_project()
        assert project.video == VIDEO
        assert project.keyframes(1) == (
            Keyframe(0, Box(1, 2, 3, 4)),
            Keyframe(511, Box(5, 6, 7, 8), Visibility.OCCLUDED, BoxOrigin.COPIED, {"note": "é"}),
            Keyframe(512, Box(5.5, 6, 7, 8), Visibility.OUTSIDE, BoxOrigin.IMPORTED),
        )
        assert project.keyframes(2) == (Keyframe(3, Box(9, 9, 9, 9), origin=BoxOrigin.ACCEPTED),)
        assert project.predictions(1) == block(1, 511).joined(block(512, 1000, run_id=3))
        assert project.has_valid_predictions(1)
        assert store.last_run_id() == 3
        # What was written freely is offered, and stays.
        assert project.attributes() == (
            Attribute(1, "a", scope=AttributeScope.OBJECT),
            Attribute(2, "note", scope=AttributeScope.FRAME),
        )
        assert project.track(2).attributes == {"a": "b"}
        if not read_only:
            history = EditHistory(project, store)
            history.undo()
            assert [track.track_id for track in project.tracks()] == [1]
            history.redo()
    if not read_only:
        with ProjectStore.open(first_version) as store:
            assert contents(store.read_project()) == contents(project)


def test_salvage_when_of_the_first_version_then_everything_is_saved(first_version: Path, tmp_path: Path) -> None:
    report = salvage(first_version, tmp_path / "saved.dlst")
    assert (report.track_count, report.keyframe_count, report.unreadable) == (2, 4, ())
    assert read(tmp_path / "saved.dlst") == read(first_version)


def test_open_when_of_the_second_version_then_what_readers_noted_is_not_offered(tmp_path: Path) -> None:
    made = tmp_path / "old.dlst"
    said = Keyframe(3, Box(1, 2, 3, 4), attributes={"rotation": "30", "unrotated_xywh": "1,2,3,4", "pose": "up"})
    with closing(sqlite3.connect(made, isolation_level=None)) as connection:
        schema.migrate(connection, 2)
        connection.execute("INSERT INTO video VALUES (1, '/clip.mp4', 1100, 640, 480, 1, '[]')")
        connection.execute("""INSERT INTO track VALUES (1, 'dog', '#00ff00', '{"mot_flag": "0"}', 0, 0, 0)""")
        data = KeyframeBlock.of((said,)).to_bytes()
        connection.execute("INSERT INTO keyframe_page VALUES (1, 0, 1, 1, 0, ?)", (data,))
    with ProjectStore.open(made) as store:
        project = store.read_project()
        assert project.attributes() == (Attribute(1, "pose", scope=AttributeScope.FRAME),)
        assert project.keyframes(1) == (said,)
        assert project.track(1).attributes == {"mot_flag": "0"}


HOSTILE_FIRST_VERSION = {
    "infinite box": "UPDATE keyframe SET x = 9e999",
    "negative size": "UPDATE keyframe SET width = -1.0",
    "frame before the first": "UPDATE keyframe SET frame_index = -3 WHERE frame_index = 0",
    "frame after any video": "UPDATE keyframe SET frame_index = 1 << 40 WHERE frame_index = 0",
    "unknown visibility": "UPDATE keyframe SET visibility = 'gone'",
    "unknown origin": "UPDATE keyframe SET origin = 'gone'",
    "attributes that are no JSON": "UPDATE keyframe SET attributes = '__import__(\"os\")'",
    "attributes nested too deep": "UPDATE keyframe SET attributes = '" + "[" * 99_999 + "'",
    "page of zeros": "UPDATE prediction_page SET predictions = zeroblob(200)",
    "huge page": "UPDATE prediction_page SET predictions = zeroblob(100000000)",
}


@pytest.mark.parametrize("statement", HOSTILE_FIRST_VERSION.values(), ids=HOSTILE_FIRST_VERSION.keys())
def test_open_when_of_the_first_version_and_senseless_then_names_the_file_and_leaves_it(
    first_version: Path, statement: str
) -> None:
    connection = sqlite3.connect(first_version, isolation_level=None)
    connection.execute(statement)
    connection.close()
    for read_only in (True, False):
        with pytest.raises(DamagedProjectError, match=r"old\.dlst: the project is damaged"):
            read(first_version, read_only=read_only)
    connection = sqlite3.connect(first_version)
    assert schema.user_version(connection) == 1
    connection.close()


def test_project_when_it_was_closed_then_who_reads_it_leaves_nothing_beside_it(path: Path) -> None:
    with ProjectStore.open(path) as store, ProjectStore.open(path, read_only=True) as reader:
        assert reader.read_project().video == store.read_project().video
    ProjectStore.open(path).close()
    with ProjectStore.open(path, read_only=True) as store:
        store.read_project()
    assert {each.name for each in path.parent.iterdir()} == {path.name}


def test_save_copy_when_made_then_is_a_project_of_its_own(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.dlst"
    copy.write_bytes(b"what was there before")
    with ProjectStore.open(path) as store:
        store.save_copy(copy)
        expected, steps = contents(store.read_project()), store.steps()
        with ProjectStore.open(copy) as other:
            assert contents(other.read_project()) == expected
            assert other.steps() == steps
        with pytest.raises(ProjectFileError, match="the project itself"):
            store.save_copy(path)
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".")], "nothing unfinished is left"


def test_save_copy_when_in_memory_then_is_saved(tmp_path: Path) -> None:
    with ProjectStore.in_memory(VIDEO) as store:
        project = store.read_project()
        EditHistory(project, store).do(edits.add_track(project, label="dog", color="#00ff00"))
        store.save_copy(tmp_path / "copy.dlst")
    assert read(tmp_path / "copy.dlst") == contents(project)


def test_save_copy_when_in_memory_and_in_another_thread_then_edits_wait_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_copying, is_written, copy_to = threading.Event(), threading.Event(), store_module.copy_to

    def slow_copy_to(connection: sqlite3.Connection, path: Path, **named: bool) -> None:
        is_copying.set()
        assert not is_written.wait(0.1)
        copy_to(connection, path, **named)

    monkeypatch.setattr(store_module, "copy_to", slow_copy_to)
    with ProjectStore.in_memory(VIDEO) as store, ThreadPoolExecutor(1) as pool:
        copied = pool.submit(store.save_copy, tmp_path / "copy.dlst", lambda _done, _total: None)
        assert is_copying.wait(10)
        store.set_meta("key", "value")
        is_written.set()
        copied.result()
        assert store.meta("key") == "value"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the child is made by fork, to be there at once")
def test_project_when_its_process_is_killed_then_every_told_step_is_there() -> None:
    command = [sys.executable, "-m", "tests.dlst_gui.project.crash_trials", "20"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("20/20 files whole")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process to kill")
def test_open_when_the_log_was_not_folded_in_then_it_is_replayed(path: Path, tmp_path: Path) -> None:
    crashed = tmp_path / "crashed.dlst"
    with ProjectStore.open(path) as store:
        project = store.read_project()
        random_edits = RandomEdits(project, EditHistory(project, store), seed=2)
        for _ in range(20):
            random_edits.step()
        for suffix in ("", "-wal"):
            shutil.copy(f"{path}{suffix}", f"{crashed}{suffix}")
        expected = contents(project)
    assert read(crashed) == expected


def test_block_when_written_then_reads_the_same() -> None:
    made = block(5, 900)
    assert PredictionBlock.from_bytes(made.to_bytes()) == made
