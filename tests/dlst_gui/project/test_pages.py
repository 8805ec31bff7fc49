"""Boxes that are read from the file when they are asked for, and what snapshots then see."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlst_gui.project import edits, page_file
from dlst_gui.project.history import EditHistory
from dlst_gui.project.project import Project
from dlst_gui.project.store import ProjectStore
from tests.dlst_gui.project.random_edits import VIDEO, RandomEdits, block, contents, keyframe


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed project: manual boxes on every frame up to 1100 of track 1, predictions up to 3000 on track 2."""
    made = tmp_path / "clip.dlst"
    with ProjectStore.create(made, VIDEO) as store:
        project = store.read_project()
        history = EditHistory(project, store)
        history.do(edits.add_track(project, label="dog", color="#00ff00", keyframe=keyframe(0)))
        history.do(edits.propagate(project, 1, from_frame=0, to_frame=1100))
        history.do(edits.add_track(project, label="cat", color="#00ff00"))
        history.do(edits.record_predictions(project, 2, block(0, 3000, run_id=7)))
        store.release(project)
    return made


@pytest.fixture
def store(path: Path) -> Iterator[ProjectStore]:
    with ProjectStore.open(path) as opened:
        yield opened


def held(project: Project) -> int:
    """How many pages are in memory."""
    return sum(page.held is not None for page in project.pages())


def test_read_project_when_large_then_no_box_is_read_before_it_is_asked_for(store: ProjectStore) -> None:
    project = store.read_project()
    assert (held(project), len(list(project.pages()))) == (0, 3 + 6)
    assert project.has_valid_predictions(2)
    assert project.has_manual_boxes(1)
    assert store.last_run_id() == 7
    assert held(project) == 0
    assert project.shown(2, 700) is not None
    assert held(project) == 1
    assert project.state_codes(1, 0, 1000).all()
    assert held(project) == 3


def test_pages_when_more_are_read_than_are_held_then_the_oldest_are_forgotten_and_read_again(
    store: ProjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_file, "HELD_PAGES", 2)
    project = store.read_project()
    assert len(project.predictions(2)) == 3001
    assert held(project) == 2
    before = contents(project)
    EditHistory(project, store).do(edits.clear_here(project, 2, 600))
    assert contents(project) != before
    assert held(project) == 2, "what was written is forgotten, too"
    EditHistory(project, store).undo()
    assert contents(project) == before == contents(store.read_project())


def test_pages_when_one_is_written_again_and_again_then_the_others_stay_in_memory(
    store: ProjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_file, "HELD_PAGES", 10)
    project = store.read_project()
    contents(project)
    history = EditHistory(project, store)
    for frame in range(20):
        history.do(edits.record_predictions(project, 2, block(3001 + frame, 3001 + frame, run_id=8)))
    assert held(project) == 9


def test_copied_when_the_project_changes_later_then_pages_it_never_read_are_as_they_were(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_file, "HELD_PAGES", 1)
    with ProjectStore.open(path) as store:
        expected = contents(store.read_project())
        project = store.read_project()
        copy = project.copied()
        assert held(copy) == 0
        random_edits = RandomEdits(project, EditHistory(project, store), seed=5)
        for _ in range(60):
            random_edits.step()
        assert contents(project) != expected
        assert contents(copy) == expected
        late = project.copied()
        latest = contents(project)
        store.release(project)
    assert contents(late) == latest, "the file is closed"
    assert contents(copy) == expected


def test_copied_when_read_in_another_thread_meanwhile_then_it_stays_as_it_was(
    store: ProjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_file, "HELD_PAGES", 1)
    project = store.read_project()
    expected = contents(project)
    copy, found = project.copied(), []
    reader = threading.Thread(target=lambda: found.extend(contents(copy) for _ in range(20)))
    reader.start()
    random_edits = RandomEdits(project, EditHistory(project, store), seed=6)
    while reader.is_alive():
        random_edits.step()
    reader.join()
    assert found == [expected] * 20


def test_read_only_when_another_window_goes_on_writing_then_stays_as_it_was_opened(path: Path) -> None:
    with ProjectStore.open(path) as writer, ProjectStore.open(path, read_only=True) as reader:
        project, seen = writer.read_project(), reader.read_project()
        expected = contents(project)
        random_edits = RandomEdits(project, EditHistory(project, writer), seed=7)
        for _ in range(30):
            random_edits.step()
        assert contents(project) != expected
        assert contents(seen) == expected
        reader.save_copy(path.with_name("copy.dlst"))


def test_close_when_a_project_is_released_then_nothing_more_is_read_for_it(path: Path) -> None:
    with ProjectStore.open(path) as store:
        project, other = store.read_project(), store.read_project()
        store.release(project)
    assert held(project) == 0
    assert held(other) == 9
