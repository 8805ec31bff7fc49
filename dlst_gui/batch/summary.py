"""Everything that was tracked as one table: a row for each object."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator
from typing import Any

from dlst_gui.batch.ledger import Entry

COLUMNS = (
    *("video", "project", "track_id", "label", "frames", "found", "lost_spans", "mean_score", "frames_per_s"),
    *("to_review", "review_s", "sha256", "problem"),
)
"""docs/batch.md says what they mean."""
_TEXTS = {"video", "project", "label", "sha256", "problem"}
_FRACTIONS = {"mean_score", "frames_per_s", "review_s"}


def rows_of(entries: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    """A row for each object of videos that are done; one with the problem alone for each that has failed."""
    for entry in entries:
        report = entry.report or {}
        common = {"video": report.get("video", entry.name), "project": "", "problem": entry.problem}
        if not entry.is_done:
            yield {name: common.get(name) for name in COLUMNS}
            continue
        for each in report["objects"]:
            row = {**common, **each, "project": report["project"]}
            yield {name: row[name] if _is_known(row[name]) else None for name in COLUMNS}


def as_csv(rows: Iterable[dict[str, Any]]) -> bytes:
    """UTF-8, with a line of column names; what is not known is empty."""
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    for row in rows:
        table.writerow({name: "" if value is None else _text(value) for name, value in row.items()})
    return text.getvalue().encode("utf-8", "surrogateescape")


def as_parquet(rows: Iterable[dict[str, Any]]) -> bytes | None:
    """The same with types; None where pyarrow is not installed."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError:
        return None
    types = {
        name: pa.string() if name in _TEXTS else pa.float64() if name in _FRACTIONS else pa.int64()
        for name in COLUMNS
    }
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for row in rows:
        for name, value in row.items():
            plain = value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
            columns[name].append(plain)
    made = pa.table({name: pa.array(values, types[name]) for name, values in columns.items()})
    written = io.BytesIO()
    pq.write_table(made, written)
    return written.getvalue()


def _is_known(value: object) -> bool:
    return not (isinstance(value, float) and math.isnan(value))


def _text(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
