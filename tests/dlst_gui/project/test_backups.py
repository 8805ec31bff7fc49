"""Earlier states: copied while one works, bounded, and brought back as one step."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dlst_gui.project.backups import BackupCancelledError, BackupLimits, Backups, read_state_at
from dlst_gui.project.edit_parts import EditError
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.history import EditHistory
from dlst_gui.project.restoring import become
from dlst_gui.project.store import ProjectStore
from tests.dlst_gui.project.random_edits import VIDEO, RandomEdits, contents, opened

START = datetime(2026, 11, 29, 20, 0, tzinfo=UTC)
LIMITS = BackupLimits()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "videos/clip.mp4.dlst"


@pytest.fixture
def edits(path: Path) -> RandomEdits:
    """An open project with forty steps, and more to come."""
    path.parent.mkdir()
    store = ProjectStore.create(path, VIDEO)
    project = store.read_project()
    made = RandomEdits(project, EditHistory(project, store), seed=4)
    for _ in range(40):
        made.step()
    return made


def change(edits: RandomEdits) -> None:
    """Some steps: a single one may be impossible at the moment."""
    before = contents(edits.project)
    while contents(edits.project) == before:
        edits.step()


def test_make_when_the_project_is_open_then_is_a_whole_copy_with_its_counts(
    edits: RandomEdits, path: Path, tmp_path: Path
) -> None:
    state = Backups(tmp_path / "backups").make(path, START, LIMITS)
    assert state is not None
    assert contents(read_state_at(state.path)) == contents(edits.project)
    assert state.counts.tracks == len(edits.project.tracks())
    assert state.counts.tracked_boxes == sum(
        len(edits.project.predictions(track.track_id)) for track in edits.project.tracks()
    )
    assert Backups(tmp_path / "backups").states_of(path) == (state,)
    names = {each.name for each in state.path.parent.iterdir()}
    assert names == {state.path.name}
    with ProjectStore.open(state.path, read_only=True) as store:
        assert store.steps()


def test_make_when_nothing_has_changed_then_makes_none(edits: RandomEdits, path: Path, tmp_path: Path) -> None:
    backups = Backups(tmp_path / "backups")
    assert backups.make(path, START, LIMITS) is not None
    assert backups.make(path, START + timedelta(hours=1), LIMITS) is None
    change(edits)
    assert backups.make(path, START + timedelta(hours=1), LIMITS) is not None


def test_make_when_it_is_the_same_session_then_replaces_its_copy(
    edits: RandomEdits, path: Path, tmp_path: Path
) -> None:
    backups = Backups(tmp_path / "backups")
    for _ in range(3):
        change(edits)
        backups.make(path, START, LIMITS)
    (state,) = backups.states_of(path)
    assert contents(read_state_at(state.path)) == contents(edits.project)


def test_make_when_there_are_more_sessions_than_are_kept_then_the_oldest_goes(
    edits: RandomEdits, path: Path, tmp_path: Path
) -> None:
    backups = Backups(tmp_path / "backups")
    for number in range(5):
        change(edits)
        backups.make(path, START + timedelta(days=number), BackupLimits(most_states=3))
    days = [state.path.name[:10] for state in backups.states_of(path)]
    assert days == ["2026-12-03", "2026-12-02", "2026-12-01"]


def test_prune_when_all_together_are_too_large_then_the_latest_of_each_project_goes_last(
    edits: RandomEdits, path: Path, tmp_path: Path
) -> None:
    backups, other = Backups(tmp_path / "backups"), path.with_name("other.mp4.dlst")
    ProjectStore.create(other, VIDEO).close()
    old = backups.make(other, START - timedelta(days=900), LIMITS)
    assert old is not None
    os.utime(old.path, (1, 1))
    for number in range(4):
        change(edits)
        backups.make(path, START + timedelta(days=number), LIMITS)
    size = backups.states_of(path)[0].byte_count
    backups.prune(BackupLimits(most_bytes=old.byte_count + 2 * size + size // 2))
    assert [state.path for state in backups.states_of(other)] == [old.path]
    assert len(backups.states_of(path)) == 2


def test_make_when_the_project_is_larger_than_all_may_be_then_says_so(
    edits: RandomEdits, path: Path, tmp_path: Path
) -> None:
    with pytest.raises(ProjectFileError, match="no backup is made"):
        Backups(tmp_path / "backups").make(path, START, BackupLimits(most_bytes=1000))
    assert not (tmp_path / "backups").exists()


def test_make_when_it_is_cancelled_then_leaves_nothing(edits: RandomEdits, path: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupCancelledError):
        Backups(tmp_path / "backups").make(path, START, LIMITS, lambda: True)
    assert not [each for each in (tmp_path / "backups").rglob("*") if each.is_file()]


def test_states_when_the_project_is_deleted_then_are_still_there(
    edits: RandomEdits, path: Path, tmp_path: Path
) -> None:
    backups = Backups(tmp_path / "backups")
    backups.make(path, START, LIMITS)
    path.unlink()
    (state,) = backups.states_of(path)
    assert contents(read_state_at(state.path)) == contents(edits.project)


def test_states_when_one_is_damaged_then_the_others_are_listed(
    edits: RandomEdits, path: Path, tmp_path: Path
) -> None:
    backups = Backups(tmp_path / "backups")
    state = backups.make(path, START, LIMITS)
    assert state is not None
    state.path.with_name("2020-01-01 00.00.00.dlst").write_text("no database")
    assert backups.states_of(path) == (state,)


@pytest.mark.parametrize("seed", range(4))
def test_become_then_is_the_other_state_and_undo_brings_back_the_first(seed: int) -> None:
    (project, history), (other, other_history) = opened(), opened()
    for each, its_history, its_seed in ((project, history, seed), (other, other_history, seed + 50)):
        edits = RandomEdits(each, its_history, its_seed)
        for _ in range(60):
            edits.step()
    before = contents(project)
    history.do(become(project, other, "Restore"))
    assert contents(project)[1:] == contents(other)[1:]
    with pytest.raises(EditError, match="already"):
        become(project, other, "Restore")
    history.undo()
    assert contents(project) == before
