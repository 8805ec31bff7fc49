"""Project files that are taken away while they are open: nothing that was accepted is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dlst_gui.project.errors import ProjectFileError, ProjectInUseError
from dlst_gui.project.history import EditHistory
from dlst_gui.project.store import ProjectStore
from tests.dlst_gui.project.losses import LOSSES, OTHER_VIDEO, other_project
from tests.dlst_gui.project.random_edits import VIDEO, RandomEdits, contents


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


def test_other_project_then_is_one(tmp_path: Path) -> None:
    with ProjectStore.open(other_project(tmp_path / "clip.dlst")) as other:
        assert other.read_project().video == OTHER_VIDEO
