"""Project files that are taken away while they are open: nothing that was accepted is lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from dlst_gui.project import edits as made
from dlst_gui.project.backups import BACKUPS_FOLDER, BackupLimits, Backups
from dlst_gui.project.changes import Edit
from dlst_gui.project.errors import DamagedProjectError, ProjectFileError, ProjectInUseError
from dlst_gui.project.history import EditHistory
from dlst_gui.project.mending import Missing
from dlst_gui.project.project import Project
from dlst_gui.project.store import ProjectStore, Step
from tests.dlst_gui.project.losses import LOSSES, OTHER_VIDEO, other_project
from tests.dlst_gui.project.random_edits import VIDEO, RandomEdits, block, contents, keyframe

BLOCK = 4096  # bytes of a file system's; SQLite's pages are as large


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ProjectStore]:
    (tmp_path / "videos").mkdir()
    opened = ProjectStore.create(tmp_path / "videos/clip.mp4.dlst", VIDEO, data_folder=tmp_path / "data")
    yield opened
    opened.close()


def edits_in(store: ProjectStore, seed: int = 3) -> RandomEdits:
    """Thirty steps, and more to come."""
    project = store.read_project()
    edits = RandomEdits(project, EditHistory(project, store), seed)
    for _ in range(30):
        edits.step()
    return edits


@pytest.mark.parametrize("kind", LOSSES)
def test_project_when_its_file_is_taken_away_then_all_edits_are_in_another(store: ProjectStore, kind: str) -> None:
    edits, path = edits_in(store), store.path
    assert path is not None
    LOSSES[kind](path)
    for _ in range(10):
        edits.step()
    store.settle(waits=True)
    rescue = store.take_rescue()
    assert rescue is not None
    assert (rescue.old_path, rescue.new_path) == (path, store.path)
    assert rescue.new_path.name == "clip.mp4 rescued.dlst"
    expected, steps = contents(edits.project), store.steps()
    store.close()
    with ProjectStore.open(rescue.new_path) as again:
        assert contents(again.read_project()) == expected
        assert again.steps() == steps


def test_project_when_its_file_is_emptied_while_the_log_is_folded_in_then_all_edits_are_in_another(
    store: ProjectStore,
) -> None:
    edits, path = edits_in(store), store.path
    assert path is not None
    assert store._held is not None
    with store._held.guard.own_write():  # folding in makes the file as long as it was, but for what the log lacks
        content = path.read_bytes()
        os.truncate(path, 0)
        with path.open("r+b") as file:
            file.seek(len(content) - BLOCK)
            file.write(content[-BLOCK:])
    store.settle(waits=True)
    rescue = store.take_rescue()
    assert rescue is not None
    expected = contents(edits.project)
    store.close()
    with ProjectStore.open(rescue.new_path) as again:
        assert contents(again.read_project()) == expected


def test_project_when_sqlite_cannot_read_it_any_more_then_all_edits_are_in_another(store: ProjectStore) -> None:
    edits, path = edits_in(store), store.path
    assert path is not None
    assert store._held is not None
    with store._held.guard.own_write(), path.open("r+b") as file:  # no hole, and the owner's own time
        file.write(bytes(path.stat().st_size))
    store._connection.execute("PRAGMA shrink_memory")
    for _ in range(10):
        edits.step()
    rescue = store.take_rescue()
    assert rescue is not None
    assert "was damaged while it was open" in str(rescue)
    expected = contents(edits.project)
    store.close()
    with ProjectStore.open(rescue.new_path) as again:
        assert contents(again.read_project()) == expected


@pytest.mark.parametrize("kind", ["deleted", "replaced"])
def test_project_when_its_file_is_taken_away_twice_then_the_next_one_has_a_number(
    store: ProjectStore, kind: str
) -> None:
    edits = edits_in(store)
    for expected in ("clip.mp4 rescued.dlst", "clip.mp4 rescued 2.dlst"):
        assert store.path is not None
        LOSSES[kind](store.path)
        edits.step()
        store.settle(waits=True)
        rescue = store.take_rescue()
        assert rescue is not None
        assert rescue.new_path.name == expected


@pytest.mark.parametrize("kind", ["replaced", "overwritten"])
def test_project_when_another_takes_its_name_then_that_one_stays_whole(store: ProjectStore, kind: str) -> None:
    edits, path = edits_in(store), store.path
    assert path is not None
    LOSSES[kind](path)
    edits.step()
    store.close()
    assert store.take_rescue() is not None
    assert not path.with_name(path.name + "-wal").exists()
    with ProjectStore.open(path) as other:
        assert other.read_project().video == OTHER_VIDEO


def test_close_when_the_file_has_just_gone_then_writes_another(
    store: ProjectStore,
) -> None:
    edits, path = edits_in(store), store.path
    assert path is not None
    path.unlink()
    store.close()
    rescue = store.take_rescue()
    assert rescue is not None
    with ProjectStore.open(rescue.new_path) as again:
        assert contents(again.read_project()) == contents(edits.project)


def test_project_when_the_folder_is_gone_and_no_other_takes_files_then_nothing_changes_and_it_says_so(
    store: ProjectStore, tmp_path: Path
) -> None:
    edits, path = edits_in(store), store.path
    assert path is not None
    (tmp_path / "data").write_text("in the way")
    before = contents(edits.project)
    path.parent.rename(tmp_path / "elsewhere")
    with pytest.raises(ProjectFileError, match=r"gone with its folder.*save a copy elsewhere"):
        store.settle(waits=True)
    assert contents(edits.project) == before
    store.save_copy(tmp_path / "copy.dlst")
    with ProjectStore.open(tmp_path / "copy.dlst") as copy:
        assert contents(copy.read_project()) == before
    with pytest.raises(ProjectFileError, match="gone with its folder"):
        store.close()


def test_project_when_its_file_is_only_touched_then_work_goes_on_there(store: ProjectStore) -> None:
    edits, path = edits_in(store), store.path
    assert path is not None
    path.touch()
    edits.step()
    assert store.take_rescue() is None


def test_lock_when_its_file_is_deleted_then_it_is_made_again_and_nobody_gets_in(store: ProjectStore) -> None:
    edits, path = edits_in(store), store.path
    assert path is not None
    path.with_name(path.name + ".lock").unlink()
    store.settle()
    with pytest.raises(ProjectInUseError):
        ProjectStore.open(path)
    edits.step()
    assert store.take_rescue() is None


def test_lock_when_another_got_in_meanwhile_then_work_goes_on_in_another_file(store: ProjectStore) -> None:
    edits, path = edits_in(store), store.path
    assert path is not None
    path.with_name(path.name + ".lock").unlink()
    with ProjectStore.open(path):
        edits.step()
        store.settle(waits=True)
    rescue = store.take_rescue()
    assert rescue is not None
    assert "another window" in str(rescue)


def unread(store: ProjectStore, path: Path) -> tuple[ProjectStore, Project]:
    """Two tracks in the file, of which only a part is in memory: predictions on 1 to 1999, boxes on 0 to 599."""
    project = store.read_project()
    history = EditHistory(project, store)
    for label in ("dog", "cat"):
        history.do(made.add_track(project, label=label, color="#00ff00", keyframe=keyframe(0)))
    history.do(made.propagate(project, 1, from_frame=0, to_frame=599))
    history.do(made.record_predictions(project, 2, block(1, 1999, run_id=1)))
    store.release(project)
    store.close()
    again = ProjectStore.open(path, data_folder=path.parent.parent / "data")
    return again, again.read_project()


def kept_state(path: Path) -> None:
    """An earlier state of the project, as it is now."""
    folder = path.parent.parent / "data" / BACKUPS_FOLDER
    assert Backups(folder).make(path, datetime.now().astimezone(), BackupLimits()) is not None


@pytest.mark.parametrize("kind", ["emptied", "overwritten"])
def test_project_when_what_is_lost_was_not_in_memory_then_it_is_that_of_the_earlier_state_and_it_says_so(
    store: ProjectStore, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "videos/clip.mp4.dlst"
    store, project = unread(store, path)
    expected = contents(project.copied())
    kept_state(path)
    store.close()
    store = ProjectStore.open(path, data_folder=tmp_path / "data")
    project = store.read_project()
    history = EditHistory(project, store)
    history.do(made.record_predictions(project, 2, block(2000, 2099, run_id=2)))  # the last page is in memory
    latest = project.predictions(2, 1536)
    LOSSES[kind](path)
    history.settle()
    rescue = store.take_rescue()
    assert rescue is not None
    assert rescue.missing == {"dog 1": Missing(600, 0), "cat 2": Missing(1 + 1535, 0)}
    assert "600 boxes of dog 1 and 1,536 boxes of cat 2" in str(rescue)
    assert "Lost" not in str(rescue)
    assert project.predictions(2, 1536) == latest
    history.do(made.clear_here(project, 2, 3))
    history.undo()
    after = contents(project)
    assert [track[1] for track in after[2]] == [track[1] for track in expected[2]], "manual boxes"
    store.close()
    with ProjectStore.open(rescue.new_path) as again:
        assert contents(again.read_project()) == after


def test_project_when_what_is_lost_is_nowhere_else_then_it_says_how_many_boxes_and_goes_on(
    store: ProjectStore, tmp_path: Path
) -> None:
    path = tmp_path / "videos/clip.mp4.dlst"
    store, project = unread(store, path)
    assert project.prediction(2, 600) is not None  # one page is in memory
    LOSSES["emptied"](path)
    store.settle(waits=True)
    rescue = store.take_rescue()
    assert rescue is not None
    assert rescue.missing == {"dog 1": Missing(0, 600), "cat 2": Missing(0, 1 + 1999 - 512)}
    assert "Lost are 600 boxes of dog 1 and 1,488 boxes of cat 2." in str(rescue)
    assert len(project.predictions(2)) == 512
    assert project.keyframes(1) == ()
    expected = contents(project)
    store.close()
    with ProjectStore.open(rescue.new_path) as again:
        assert contents(again.read_project()) == expected


def test_project_when_boxes_lie_beyond_the_end_of_the_video_then_they_are_kept_too(
    store: ProjectStore, tmp_path: Path
) -> None:
    project = store.read_project()
    history = EditHistory(project, store)
    history.do(made.add_track(project, label="dog", color="#00ff00", keyframe=keyframe(5000)))
    LOSSES["emptied"](tmp_path / "videos/clip.mp4.dlst")
    history.settle()
    assert [each.frame_index for each in project.keyframes(1)] == [5000]
    store.close()
    with ProjectStore.open(tmp_path / "videos/clip.mp4 rescued.dlst") as again:
        assert contents(again.read_project()) == contents(project)


def test_do_when_the_file_is_emptied_while_it_is_written_then_the_step_is_in_the_new_file(
    store: ProjectStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project = store.read_project()
    history = EditHistory(project, store)
    history.do(made.add_track(project, label="dog", color="#00ff00", keyframe=keyframe(0)))
    path, append = tmp_path / "videos/clip.mp4.dlst", store.append

    def append_too_late(edit: Edit, changed: Project, *, durable: bool = True) -> Step:
        monkeypatch.undo()
        LOSSES["emptied"](path)
        raise DamagedProjectError(path, "malformed")

    monkeypatch.setattr(store, "append", append_too_late)
    history.do(made.set_keyframe(project, 1, keyframe(9)))
    assert store.append == append
    assert history.titles() == ("Add object", "Set box")
    assert store.path is not None
    assert store.path.name == "clip.mp4 rescued.dlst"
    assert [each.frame_index for each in project.keyframes(1)] == [0, 9]


def test_other_project_then_is_one(tmp_path: Path) -> None:
    with ProjectStore.open(other_project(tmp_path / "clip.dlst")) as other:
        assert other.read_project().video == OTHER_VIDEO
