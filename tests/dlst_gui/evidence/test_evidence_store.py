"""Evidence kept in a thread of its own."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from queue import Queue

import pytest

from dlst_gui.evidence.evidence_store import (
    EvidenceStore,
    FoundEvidence,
    FoundScores,
    KeepingEnded,
    SetAside,
    Sidecar,
    Told,
)
from dlst_gui.evidence.reasons import Reason
from dlst_gui.evidence.trace import Trace
from dlst_gui.evidence.trace_facts import TraceError
from dlst_gui.evidence.trace_writer import TraceWriter
from tests.dlst_gui.evidence.made_frames import FACTS, VIDEO, kept

PATIENCE_S = 60  # a slow machine takes its time

PROGRAM = """
import sys, time
from pathlib import Path
from dlst_gui.evidence.evidence_store import EvidenceStore, Sidecar
from tests.dlst_gui.evidence.made_frames import FACTS, VIDEO, kept
store = EvidenceStore(Sidecar(Path(sys.argv[1]), VIDEO, FACTS), lambda _: print("kept", flush=True))
for frame in range(10_000):
    store.keep(kept(frame % 500))
    if frame == 100:
        store.look(0)  # which is told when what waits is written
    time.sleep(0.002)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clip.mp4.evidence.dlsttrace"


def store_at(path: Path, told: Queue[Told], *, is_read_only: bool = False) -> EvidenceStore:
    return EvidenceStore(Sidecar(path, VIDEO, FACTS, is_read_only=is_read_only), told.put)


def found(store: EvidenceStore, told: Queue[Told], frame_index: int) -> list[tuple[int, int]]:
    store.look(frame_index)
    answer = told.get(timeout=PATIENCE_S)
    if isinstance(answer, FoundScores):  # told once, where there is a file
        answer = told.get(timeout=PATIENCE_S)
    assert isinstance(answer, FoundEvidence)
    assert answer.frame_index == frame_index
    return [(each.frame_index, each.track_id) for each in answer.evidence]


def test_look_when_a_frame_was_just_kept_then_finds_it(path: Path) -> None:
    told: Queue[Told] = Queue()
    store = store_at(path, told)
    assert found(store, told, 3) == []
    assert not path.exists()
    store.keep(kept(3))
    store.keep(kept(3, 2))
    assert found(store, told, 3) == [(3, 1), (3, 2)]
    store.close(PATIENCE_S)
    again = store_at(path, told)
    assert found(again, told, 3) == [(3, 1), (3, 2)]
    again.close(PATIENCE_S)


def test_close_then_what_waits_is_written(path: Path) -> None:
    store = store_at(path, Queue())
    for frame in range(50):
        store.keep(kept(frame))
    store.mark(7, 1, Reason.CORRECTED)
    store.close(PATIENCE_S)
    with Trace(path) as trace:
        assert [row.frame_index for row in trace.rows()] == list(range(50))
        assert [row.frame_index for row in trace.rows() if row.reasons] == [7]
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_store_when_another_window_writes_then_finds_and_writes_nothing(path: Path) -> None:
    told: Queue[Told] = Queue()
    first, second = store_at(path, told), store_at(path, told, is_read_only=True)
    first.keep(kept(3))
    assert found(first, told, 3) == [(3, 1)]
    second.keep(kept(4))
    assert found(second, told, 3) == [(3, 1)]
    assert found(second, told, 4) == []
    first.close(PATIENCE_S)
    second.close(PATIENCE_S)


def test_keep_when_the_disk_is_full_then_says_so_once_and_goes_on_finding(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: Queue[Told] = Queue()
    store = store_at(path, told)
    store.keep(kept(3))
    assert found(store, told, 3) == [(3, 1)]

    def full(*_: object) -> None:
        raise TraceError(path, "the disk is full")

    monkeypatch.setattr(TraceWriter, "keep", full)
    store.keep(kept(4))
    answer = told.get(timeout=PATIENCE_S)
    assert isinstance(answer, KeepingEnded)
    assert "the disk is full" in answer.message
    store.keep(kept(5))
    assert found(store, told, 3) == [(3, 1)]
    assert told.empty()
    store.close(PATIENCE_S)


def test_store_when_the_file_turns_out_to_be_damaged_then_begins_anew(path: Path) -> None:
    told: Queue[Told] = Queue()
    store = store_at(path, told)
    for frame in range(200):
        store.keep(kept(frame))
    store.close(PATIENCE_S)
    content = bytearray(path.read_bytes())
    content[8192:-4096] = bytes(len(content) - 8192 - 4096)
    path.write_bytes(bytes(content))
    again = store_at(path, told)
    for frame in range(200):
        again.keep(kept(frame))
    again.close(PATIENCE_S)
    with Trace(path) as trace:
        assert [row.frame_index for row in trace.rows()] == list(range(200))
    assert told.empty()


def test_store_when_the_header_is_destroyed_then_sets_the_file_aside_says_so_once_and_begins_anew(
    path: Path,
) -> None:
    told: Queue[Told] = Queue()
    store = store_at(path, told)
    store.keep(kept(3))
    store.close(PATIENCE_S)
    path.with_name(f"{path.name}.damaged").write_bytes(b"an earlier one")
    destroyed = bytes(100) + path.read_bytes()[100:]
    path.write_bytes(destroyed)
    again = store_at(path, told)
    assert found(again, told, 3) == []
    again.keep(kept(4))
    again.look(4)
    aside = told.get(timeout=PATIENCE_S)
    assert aside == SetAside(path.with_name(f"{path.name}.damaged1"))
    assert told.get(timeout=PATIENCE_S).evidence[0].frame_index == 4
    again.keep(kept(5))
    again.close(PATIENCE_S)
    assert told.empty()
    assert path.with_name(f"{path.name}.damaged1").read_bytes() == destroyed
    with Trace(path) as trace:
        assert [row.frame_index for row in trace.rows()] == [4, 5]


def test_close_when_the_disk_does_not_answer_then_waits_no_longer_than_it_says(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    monkeypatch.setattr(TraceWriter, "keep", lambda *_: release.wait(20))
    store = store_at(path, Queue())
    frame = kept(1)
    for _ in range(5000):
        store.keep(frame)
    assert len(store._waiting) <= 2000
    started = time.monotonic()
    store.close(wait_s=0.2)
    assert time.monotonic() - started < 15  # of the 20 that the disk takes
    release.set()
    store._thread.join(PATIENCE_S)


def test_store_when_its_process_is_killed_then_what_was_written_is_there(path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "kept\n"
    process.kill()
    process.wait()
    process.stdout.close()
    assert {each.name for each in path.parent.iterdir()} > {path.name}
    with Trace(path) as trace:
        assert {row.frame_index for row in trace.rows()} >= set(range(100))
        assert len(list(trace)) == len(trace)


def test_look_beside_when_a_frame_is_asked_for_meanwhile_then_all_are_told(path: Path) -> None:
    told: Queue[Told] = Queue()
    store = store_at(path, told)
    for frame in range(40):
        store.keep(kept(frame))
    store.look_beside(range(30))
    store.look(35)
    answers = [told.get(timeout=PATIENCE_S) for _ in range(31)]
    store.close(PATIENCE_S)
    by_frame = {each.frame_index: each.evidence for each in answers if isinstance(each, FoundEvidence)}
    assert set(by_frame) == {*range(30), 35}
    assert all(evidence and evidence[0].frame_index == frame for frame, evidence in by_frame.items())


def test_look_when_evidence_of_one_object_is_damaged_then_that_of_others_is_found(path: Path) -> None:
    told: Queue[Told] = Queue()
    store = store_at(path, told)
    for track_id in (1, 2, 3):
        store.keep(kept(5, track_id))
    store.close(PATIENCE_S)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "UPDATE content SET data = x'00' WHERE row_id = (SELECT row_id FROM frame WHERE track_id = 2)"
        )
    again = store_at(path, told)
    assert found(again, told, 5) == [(5, 1), (5, 3)]
    again.close(PATIENCE_S)


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted there")
def test_store_when_its_file_is_deleted_while_it_is_open_then_what_follows_is_kept_anew(path: Path) -> None:
    told: Queue[Told] = Queue()
    store = store_at(path, told)
    store.keep(kept(3))
    assert found(store, told, 3) == [(3, 1)]
    path.unlink()
    store.keep(kept(4))
    assert found(store, told, 4) == [(4, 1)]
    store.close(PATIENCE_S)
    with Trace(path) as trace:
        assert [row.frame_index for row in trace.rows()] == [4]


def test_store_when_its_file_is_empty_then_it_is_begun(path: Path) -> None:
    told: Queue[Told] = Queue()
    path.touch()
    store = store_at(path, told)
    store.keep(kept(3))
    assert found(store, told, 3) == [(3, 1)]
    store.close(PATIENCE_S)
