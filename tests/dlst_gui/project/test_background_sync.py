from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from dlst_gui.project import background_sync, edits
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.history import EditHistory
from dlst_gui.project.store import ProjectStore
from tests.dlst_gui.project.random_edits import VIDEO, block, contents, keyframe


@pytest.fixture
def store(tmp_path: Path) -> ProjectStore:
    return ProjectStore.create(tmp_path / "clip.mp4.dlst", VIDEO)


def run_of(store: ProjectStore) -> Callable[[int, int], None]:
    """Something that records boxes of a run on these frames."""
    project = store.read_project()
    history = EditHistory(project, store)
    history.do(edits.add_track(project, label="dog", color="#00ff00", keyframe=keyframe(0)))
    step = history.begin_run("Track", 0, 1)
    return lambda first, last: step.add(edits.record_predictions(project, 1, block(first, last)).changes)


def test_run_when_it_writes_then_another_thread_syncs_the_log(
    store: ProjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = threading.Event()
    threads: list[threading.Thread] = []

    def fsync(file: int) -> None:
        threads.append(threading.current_thread())
        synced.set()

    write = run_of(store)
    modes: list[str] = []
    store._connection.set_trace_callback(modes.append)
    monkeypatch.setattr(os, "fsync", fsync)
    write(1, 10)
    assert synced.wait(10)
    assert threading.main_thread() not in threads
    assert "PRAGMA synchronous = NORMAL" in modes
    store.set_meta("view", 1)  # whatever is no run is on the disk when it returns, as ever
    assert modes.index("PRAGMA synchronous = FULL") > modes.index("PRAGMA synchronous = NORMAL")
    store.close()


def test_run_when_a_sync_fails_then_the_next_write_says_so_and_changes_nothing(
    store: ProjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = run_of(store)
    failed = threading.Event()

    def fsync(file: int) -> None:
        failed.set()
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fsync)
    write(1, 10)
    assert failed.wait(10)
    monkeypatch.undo()
    assert store._held is not None
    store._held.sync.close()  # waits
    with pytest.raises(ProjectFileError, match=r"clip\.mp4\.dlst: the disk reports an error .*save a copy"):
        write(11, 20)
    assert len(store.read_project().predictions(1)) == 10
    store.close()


def test_run_when_it_writes_often_then_the_log_is_folded_in_meanwhile(
    store: ProjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_sync, "SYNCS_PER_CHECKPOINT", 1)
    write = run_of(store)
    write(1, 200)
    assert store._held is not None
    store._held.sync._pool.submit(lambda: None).result()
    store._held.sync.close()
    copy = tmp_path / "copy.dlst"
    shutil.copy(store._held.sync._path, copy)  # without the log
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT count(*) FROM edit").fetchone() == (2,)
    connection.close()
    expected = contents(store.read_project())
    store.close()
    with ProjectStore.open(store._held.sync._path) as again:
        assert contents(again.read_project()) == expected
