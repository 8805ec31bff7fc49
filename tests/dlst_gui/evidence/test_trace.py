"""Files of evidence: written, bounded, read, and opened with suspicion."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pytest

from dlst_gui.evidence.reasons import Reason
from dlst_gui.evidence.sidecar_name import sidecar_of
from dlst_gui.evidence.trace import Trace
from dlst_gui.evidence.trace_database import TraceKind, kind_of
from dlst_gui.evidence.trace_facts import DamagedTraceError, TraceError
from dlst_gui.evidence.trace_writer import TraceWriter
from dlst_gui.project.run_facts import RunFacts
from dlst_gui.project.video_identity import VideoIdentity
from tests.dlst_gui.evidence.made_frames import FACTS, OTHER_VIDEO, VIDEO, kept

RUN = RunFacts("1.2.3", "dlst-studio", "studio", "0" * 64, 7, "cpu", "fear-xs", "1" * 64)

FRAMES_OF_VERSION_1 = """CREATE TABLE frame (
        row_id INTEGER PRIMARY KEY,
        frame_index INTEGER NOT NULL,
        track_id INTEGER NOT NULL,
        is_backward INTEGER NOT NULL,
        run_id INTEGER NOT NULL,
        reasons INTEGER NOT NULL,
        x REAL NOT NULL,
        y REAL NOT NULL,
        width REAL NOT NULL,
        height REAL NOT NULL,
        score REAL NOT NULL,
        is_found INTEGER NOT NULL,
        is_manual INTEGER NOT NULL,
        UNIQUE (frame_index, track_id, is_backward)
    ) STRICT"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clip.mp4.evidence.dlsttrace"


def writer_of(path: Path, *, video: VideoIdentity = VIDEO, limit_bytes: int = 2**28) -> TraceWriter:
    return TraceWriter.sidecar(path, video, FACTS, limit_bytes)


def written(path: Path, *frames: object) -> Path:
    with closing(writer_of(path)) as writer:
        writer.keep(frames, {3: RUN})
    return path


def frames_of(path: Path) -> list[int]:
    with Trace(path) as trace:
        return [row.frame_index for row in trace.rows()]


def test_sidecar_name_then_says_whose_it_is() -> None:
    assert sidecar_of(Path("/a/clip.mp4.dlst")) == Path("/a/clip.mp4.evidence.dlsttrace")


def test_trace_when_read_then_tells_what_was_kept(path: Path) -> None:
    frames = [kept(4, score=-1.0, reasons=Reason.LOST), kept(3), kept(4, 2), kept(4, is_backward=True)]
    with Trace(written(path, *frames)) as trace:
        assert trace.facts == FACTS
        assert trace.facts.video_name == "clip.mp4"
        assert trace.runs == {3: RUN}
        assert trace.track_ids == (1, 2)
        assert len(trace) == 4
        rows = list(trace.rows())
        assert [(row.frame_index, row.track_id, row.is_backward) for row in rows] == [
            (3, 1, False),
            (4, 1, False),
            (4, 1, True),
            (4, 2, False),
        ]
        assert (rows[1].reasons, rows[1].score, rows[1].is_found, rows[1].run_id) == (Reason.LOST, -1.0, False, 3)
        assert [row.frame_index for row in trace.rows(2)] == [4]
        found, expected = trace.evidence(4, 1), frames[0].evidence
        assert found is not None
        assert (found.box, found.score, found.system) == (expected.box, expected.score, expected.system)
        assert found.diagnostics is not None
        assert expected.diagnostics is not None
        np.testing.assert_array_equal(found.diagnostics.candidates.best, expected.diagnostics.candidates.best)
        backward = trace.evidence(4, is_backward=True)
        assert backward is not None
        assert backward.is_backward
        assert trace.evidence(5) is None
        assert [each.frame_index for each in trace] == [3, 4, 4, 4]


def test_keep_when_a_frame_is_looked_at_again_then_the_latest_looks_stand_and_the_last_one_comes_first(
    path: Path,
) -> None:
    written(path, *(kept(4, x=float(x), reasons=Reason.LOST) for x in range(5)), kept(4, 2))
    with Trace(path) as trace:
        *rows, other = trace.rows()
        assert [row.box.x for row in rows] == [4, 3, 2]
        assert other.track_id == 2
        assert [trace.evidence_of(row).box.x for row in rows] == [4, 3, 2]
        assert [each.box.x for each in trace] == [4, 3, 2, 12]
        assert trace.evidence(4).box.x == 4
    written(path, kept(4, x=2.0))
    with Trace(path) as trace:
        assert [(row.box.x, row.reasons) for row in trace.rows(1)] == [(each, Reason.LOST) for each in (2, 4, 3)]


def test_keep_when_a_person_s_trace_then_the_latest_look_stands_alone(path: Path) -> None:
    with closing(TraceWriter.trace(path, FACTS)) as writer:
        writer.keep([kept(4, reasons=Reason.LOST), kept(4, x=15.0), kept(4, 2)])
    with Trace(path) as trace:
        row, other = trace.rows()
        assert (row.box.x, row.reasons, other.track_id) == (15.0, Reason(0), 2)
        assert len(list(trace)) == 2


def test_file_when_an_earlier_version_has_made_it_then_is_read_and_brought_up_to_date(path: Path) -> None:
    written(path, kept(4, reasons=Reason.LOST), kept(5))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE frame RENAME TO later")
        connection.execute(FRAMES_OF_VERSION_1)
        connection.execute("INSERT INTO frame SELECT * FROM later")
        connection.execute("DROP TABLE later")
        connection.execute("CREATE INDEX ordinary_frame ON frame (row_id) WHERE reasons = 0")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
    with Trace(path) as trace:
        assert [(row.frame_index, row.reasons) for row in trace.rows()] == [(4, Reason.LOST), (5, Reason(0))]
    written(path, kept(4, x=15.0))
    with Trace(path) as trace:
        assert [row.box.x for row in trace.rows() if row.frame_index == 4] == [15, 12]
        assert [each.box.x for each in trace] == [15, 12, 12]


def test_mark_when_a_frame_is_kept_then_its_reasons_are_added(path: Path) -> None:
    written(path, kept(4, reasons=Reason.LOST), kept(5))
    with closing(writer_of(path)) as writer:
        writer.mark(4, 1, Reason.CORRECTED)
        writer.mark(9, 1, Reason.CORRECTED)
    with Trace(path) as trace:
        assert [row.reasons for row in trace.rows()] == [Reason.LOST | Reason.CORRECTED, Reason(0)]
        assert next(trace.rows()).reasons.words == "lost, corrected"


def test_keep_when_the_file_gets_too_large_then_the_oldest_ordinary_frames_go_first(path: Path) -> None:
    limit = 1_200_000
    with closing(writer_of(path, limit_bytes=limit)) as writer:
        writer.keep([kept(0, reasons=Reason.CORRECTED)])
        for first in range(1, 400, 40):
            writer.keep([kept(frame) for frame in range(first, first + 40)])
        assert writer.used_bytes <= limit
    assert path.stat().st_size < 1.5 * limit
    left = frames_of(path)
    assert left[0] == 0
    assert left[-1] == 400
    assert left[1:] == list(range(left[1], 401))
    assert 20 < len(left) < 399
    with closing(writer_of(path, limit_bytes=limit // 4)) as writer:
        assert writer.used_bytes <= limit // 4
    assert path.stat().st_size <= limit // 2


def test_keep_when_only_frames_with_reasons_are_left_then_the_oldest_of_those_go(path: Path) -> None:
    with closing(writer_of(path, limit_bytes=1_200_000)) as writer:
        for first in range(0, 400, 40):
            writer.keep([kept(frame, reasons=Reason.LOST) for frame in range(first, first + 40)])
    left = frames_of(path)
    assert left[-1] == 399
    assert left[0] > 0


def test_cut_then_forgets_later_frames(path: Path) -> None:
    written(path, *(kept(frame) for frame in range(6)))
    with closing(writer_of(path)) as writer:
        writer.cut(3)
        assert writer.count() == 4
    assert frames_of(path) == [0, 1, 2, 3]
    with Trace(path) as trace:
        assert [each.frame_index for each in trace] == [0, 1, 2, 3]


def test_sidecar_when_it_is_about_another_video_then_begins_anew(path: Path) -> None:
    written(path, kept(4))
    with closing(writer_of(path, video=OTHER_VIDEO)) as writer:
        assert writer.count() == 0


def test_sidecar_when_it_is_damaged_then_begins_anew(path: Path) -> None:
    written(path, *(kept(frame) for frame in range(60)))
    content = bytearray(path.read_bytes())
    content[100:4000] = bytes(3900)
    path.write_bytes(bytes(content))
    with closing(writer_of(path)) as writer:
        writer.keep([kept(1)])
    assert frames_of(path) == [1]


@pytest.mark.parametrize("content", [b"my own notes", b"SQLite format 3\0 but nothing else"])
def test_sidecar_when_something_else_has_its_name_then_leaves_it(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(TraceError):
        writer_of(path)
    assert path.read_bytes() == content
    with pytest.raises(TraceError):
        kind_of(path)


def test_sidecar_when_a_person_s_trace_has_its_name_then_leaves_it(path: Path) -> None:
    with closing(TraceWriter.trace(path, FACTS)) as writer:
        writer.keep([kept(4)])
    with pytest.raises(TraceError, match="another file has this name"):
        writer_of(path)
    assert frames_of(path) == [4]
    assert kind_of(path) is TraceKind.TRACE


def test_trace_when_another_database_or_a_newer_one_then_refuses(path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE frame (row_id)")
    with pytest.raises(TraceError, match="no file of evidence"):
        Trace(tmp_path / "other.db")
    with pytest.raises(TraceError, match="no such file"):
        Trace(tmp_path / "missing.dlsttrace")
    written(path, kept(4))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 3")
    with pytest.raises(TraceError, match="update the program"):
        Trace(path)
    with pytest.raises(TraceError, match="update the program"):
        writer_of(path)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER mine AFTER INSERT ON frame BEGIN DELETE FROM about; END",
        "CREATE VIEW mine AS SELECT * FROM frame",
        "DROP TABLE run",
    ],
)
def test_trace_when_it_has_parts_of_others_then_refuses(path: Path, statement: str) -> None:
    written(path, kept(4))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()
    with pytest.raises(TraceError, match="do not trust"):
        Trace(path)


@pytest.mark.parametrize(
    ("statement", "read"),
    [
        ("UPDATE frame SET frame_index = -1", "rows"),
        ("UPDATE frame SET score = 'NaN' WHERE 0", "rows"),
        ("UPDATE frame SET x = 9e999", "rows"),
        ("UPDATE frame SET reasons = 64", "rows"),
        ("UPDATE content SET data = x'444c4556'", "evidence"),
        ("UPDATE frame SET frame_index = 5", "evidence"),
        ("UPDATE run SET facts = '[1]'", "runs"),
        ("UPDATE about SET frame_count = -1", "facts"),
        ("UPDATE about SET fingerprints = '[[1]]'", "facts"),
        ("DELETE FROM about", "facts"),
    ],
)
def test_trace_when_its_values_make_no_sense_then_says_that_it_is_damaged(
    path: Path, statement: str, read: str
) -> None:
    written(path, kept(4))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()
    reading = {
        "rows": lambda trace: list(trace.rows()),
        "evidence": list,
        "runs": lambda trace: trace.runs,
        "facts": lambda trace: trace.facts,
    }[read]
    if "WHERE 0" in statement:
        with Trace(path) as trace:
            assert reading(trace)
        return
    with pytest.raises(DamagedTraceError), Trace(path) as trace:
        reading(trace)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("frame", "x", None),
        ("frame", "height", "tall"),
        ("frame", "score", b"\xff"),
        ("frame", "track_id", None),
        ("frame", "track_id", float("inf")),
        ("frame", "frame_index", None),
        ("content", "data", None),
        ("content", "data", 1.5),
    ],
)
def test_trace_when_damage_has_changed_a_type_then_raises_nothing_else(
    path: Path, table: str, column: str, value: object
) -> None:
    written(path, kept(4), kept(5))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        tables = dict(connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'"))
        connection.execute("PRAGMA writable_schema = ON")
        declared = next(line for line in tables[table].split(",") if f" {column} " in line.replace("(", " ( "))
        untyped = declared.rsplit(f"{column} ", 1)[0] + column + (") STRICT" if ")" in declared else "")
        loose = tables[table].replace(declared, untyped).replace(" STRICT", "")
        for written_sql in (loose, tables[table]):
            connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (written_sql, table))
            connection.execute("PRAGMA writable_schema = RESET")
            if written_sql == loose:
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE row_id = 1", (value,))
            connection.execute("PRAGMA writable_schema = ON")
    with Trace(path) as trace:
        for read in (lambda: list(trace.rows()), lambda: list(trace), lambda: trace.track_ids):
            with suppress(DamagedTraceError):
                read()
        assert len(trace.on_frame(4)) == (
            1 if table == "frame" and column not in ("track_id", "frame_index") else 0
        )
        assert len(trace.on_frame(5)) == 1


def test_trace_when_bytes_are_damaged_then_raises_nothing_else(path: Path, tmp_path: Path) -> None:
    written(path, *(kept(frame) for frame in range(20)))
    rng = np.random.default_rng(0)
    whole = path.read_bytes()
    hurt = tmp_path / "hurt.dlsttrace"
    for _ in range(60):
        content = bytearray(whole[: rng.integers(1, len(whole) + 1)] if rng.random() < 0.3 else whole)
        for _ in range(rng.integers(1, 30)):
            content[rng.integers(len(content))] = rng.integers(256)
        hurt.write_bytes(bytes(content))
        try:
            with Trace(hurt) as trace:
                list(trace.rows())
                list(trace)
                _ = trace.runs
        except TraceError:
            continue


def test_trace_when_its_writer_was_killed_then_has_all_that_was_kept(path: Path, tmp_path: Path) -> None:
    with closing(writer_of(path)) as writer:
        writer.keep([kept(frame) for frame in range(20)])
        for each in path.parent.glob(f"{path.name}*"):  # as a kill leaves them: nothing is folded in
            shutil.copy(each, tmp_path / each.name.replace("clip", "left"))
    assert frames_of(tmp_path / "left.mp4.evidence.dlsttrace") == list(range(20))
