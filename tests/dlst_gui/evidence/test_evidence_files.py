"""Files of evidence as their readers find them."""

from __future__ import annotations

import builtins
import csv
import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from dlst_gui.evidence.evidence_files import (
    EvidenceKind,
    NothingSeenError,
    is_evidence_file,
    kind_of,
    write_evidence,
)
from dlst_gui.evidence.reasons import Reason
from dlst_gui.evidence.tables.candidate_columns import COLUMNS
from dlst_gui.evidence.tables.candidate_files import MissingLibraryError
from dlst_gui.evidence.trace import Trace
from dlst_gui.exchange.errors import ForeignFileError, TargetError
from tests.dlst_gui.evidence.explained_frames import ABOUT, explained, made_evidence, without_time

HAS_RERUN = find_spec("rerun") is not None
KINDS = tuple(
    pytest.param(kind, marks=pytest.mark.skipif(not HAS_RERUN, reason="rerun-sdk is not installed"))
    if kind is EvidenceKind.RERUN
    else kind
    for kind in EvidenceKind
)


@pytest.mark.parametrize("kind", KINDS)
def test_file_when_written_again_then_is_replaced_and_has_the_same_content(
    kind: EvidenceKind, tmp_path: Path
) -> None:
    path = tmp_path / f"a{kind.value}"
    write_evidence(path, [explained()], ABOUT)
    first = path.read_bytes()
    assert is_evidence_file(path)
    write_evidence(path, [explained()], ABOUT)
    assert path.read_bytes() == first
    assert [each.name for each in tmp_path.iterdir()] == [path.name]  # no log, nothing half


@pytest.mark.parametrize("kind", KINDS)
def test_file_when_somebody_elses_has_the_name_then_it_is_left_unless_forced(
    kind: EvidenceKind, tmp_path: Path
) -> None:
    path = tmp_path / f"a{kind.value}"
    path.write_bytes(b"thesis")
    with pytest.raises(ForeignFileError):
        write_evidence(path, [explained()], ABOUT)
    assert path.read_bytes() == b"thesis"
    write_evidence(path, [explained()], ABOUT, is_forced=True)
    assert is_evidence_file(path)


def test_file_when_it_is_read_by_the_same_call_then_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.dlsttrace"
    write_evidence(path, [explained()], ABOUT)
    with pytest.raises(TargetError):
        write_evidence(path, [explained()], ABOUT, inputs=[path], is_forced=True)


def test_table_when_written_then_has_a_row_for_each_candidate(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_evidence(path, [explained(12), without_time(explained(13, true_box=None))], ABOUT)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [column.name for column in COLUMNS]
    assert [(row["frame"], row["candidate"], row["origin"], row["rank"]) for row in rows] == [
        *(("12", "0", "previous", "2"), ("12", "1", "localized", "1"), ("12", "2", "matched", "4")),
        *(("12", "3", "guided", "3"), ("13", "0", "previous", "2"), ("13", "1", "localized", "1")),
        *(("13", "2", "matched", "4"), ("13", "3", "guided", "3")),
    ]
    first, third = rows[0], rows[2]
    assert (first["time"], first["object"], first["direction"]) == ("0.48", "3", "forward")
    assert (first["x"], first["y"], first["width"], first["height"]) == ("100.0", "80.0", "40.0", "50.0")
    assert (first["score"], first["is_exact"], first["is_best"]) == ("1.5", "true", "true")
    assert (first["regressed_x"], first["iou_truth"], first["confidence"]) == ("100.5", "1.0", "")
    assert (third["score"], third["is_exact"], third["is_best"]) == ("-0.1", "false", "false")
    assert (third["confidence"], third["rating"], third["regressed_x"]) == ("0.5", "1.0", "")
    assert float(first["iou_result"]) == pytest.approx(39 * 49 / (2 * 2000 - 39 * 49))
    assert (rows[4]["time"], rows[4]["iou_truth"]) == ("", "")


def test_parquet_when_read_then_says_what_the_csv_says_with_units(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    frames = [explained(12), without_time(explained(13, true_box=None))]
    write_evidence(tmp_path / "a.csv", frames, ABOUT)
    write_evidence(tmp_path / "a.parquet", frames, ABOUT)
    table = parquet.read_table(tmp_path / "a.parquet")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        for row, expected in zip(table.to_pylist(), csv.DictReader(file), strict=True):
            for name, value in row.items():
                text = expected[name]
                if value is None:
                    assert text == ""
                elif isinstance(value, bool):
                    assert text == str(value).lower()
                elif isinstance(value, float):
                    assert np.float32(text) == np.float32(value)
                else:
                    assert text == str(value)
    metadata = {field.name: field.metadata for field in table.schema}
    assert metadata["x"][b"unit"] == b"px"
    assert metadata["score"][b"unit"] == b"log-odds"
    assert str(table.schema.field("score").type) == "float"


def test_parquet_when_pyarrow_is_missing_then_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without_pyarrow(name: str, *rest: object, **named: object) -> object:
        if name.partition(".")[0] == "pyarrow":
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without_pyarrow)
    with pytest.raises(MissingLibraryError, match=r"pip install 'dlst-studio\[parquet\]'"):
        write_evidence(tmp_path / "a.parquet", [explained()], ABOUT)
    assert not list(tmp_path.iterdir())


def test_json_when_read_then_has_boxes_map_and_candidates(tmp_path: Path) -> None:
    write_evidence(tmp_path / "a.json", [explained()], ABOUT)
    document = json.loads((tmp_path / "a.json").read_text("utf-8"))
    seen = made_evidence().diagnostics
    assert seen is not None
    assert document["previous_box"] == seen.previous_box.xywh.tolist()
    assert document["matched_box"] is None
    assert document["response_map"]["values"] == [[-1.0, 0.5], [2.0, -3.0]]
    assert document["candidates"]["origin"] == ["previous", "localized", "matched", "guided"]
    assert document["candidates"]["score"] == [1.5, 2.25, pytest.approx(-0.1), -7.0]
    assert document["candidates"]["confidence"] == [None, None, 0.5, 0.25]
    assert (document["frame"], document["object"], document["is_found"]) == (12, 3, True)


def test_trace_when_opened_then_has_frames_reasons_and_runs(tmp_path: Path) -> None:
    write_evidence(tmp_path / "a.dlsttrace", [explained(12), explained(13)], ABOUT)
    with Trace(tmp_path / "a.dlsttrace") as trace:
        assert trace.facts == ABOUT.facts
        assert dict(trace.runs) == dict(ABOUT.runs)
        assert [(row.frame_index, row.reasons, row.run_id) for row in trace.rows()] == [
            (12, Reason.LOW, 4),
            (13, Reason.LOW, 4),
        ]
        evidence = trace.evidence(13)
    assert evidence is not None
    assert evidence.diagnostics is not None
    assert (
        evidence.diagnostics.candidates.scores.tolist() == made_evidence().diagnostics.candidates.scores.tolist()
    )


@pytest.mark.parametrize("kind", [EvidenceKind.SVG, EvidenceKind.CSV])
def test_file_when_a_person_drew_the_box_then_says_that_nothing_was_seen(
    kind: EvidenceKind, tmp_path: Path
) -> None:
    with pytest.raises(NothingSeenError, match="frame 12 has a manual box"):
        write_evidence(tmp_path / f"a{kind.value}", [explained(is_manual=True)], ABOUT)
    assert not list(tmp_path.iterdir())


def test_figure_when_it_is_of_several_frames_then_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="of one frame, not of 2"):
        write_evidence(tmp_path / "a.svg", [explained(12), explained(13)], ABOUT)


def test_kind_when_the_ending_is_another_then_says_which_there_are() -> None:
    assert kind_of(Path("A.SVG")) is EvidenceKind.SVG
    with pytest.raises(ValueError, match=r"\.svg, \.png, \.pdf, \.csv, \.parquet, \.json, \.rrd or \.dlsttrace"):
        kind_of(Path("a.gif"))
