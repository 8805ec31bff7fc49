"""Tables of candidates as files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlst_gui.evidence.tables.candidate_columns import COLUMNS, MADE_BY, JudgedFrame, Kind, Values

HOW_TO_GET_PYARROW = "a Parquet file needs pyarrow: pip install 'dlst-studio[parquet]', or write .csv instead"


class MissingLibraryError(Exception):
    """A library is not installed that is no part of the program; the message says how to get it."""


def write_csv(path: Path, frames: Iterable[JudgedFrame]) -> int:
    """Write a table with a line of names on top; what is not there is empty.

    Returns:
        how many rows it has.

    Raises:
        OSError: it cannot be written.
    """
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_NAMES)
        for frame in frames:
            writer.writerows(_lines(frame))
            count += len(frame.candidates.scores)
    return count


def csv_text(frame: JudgedFrame, rows: NDArray[np.int64]) -> str:
    """Some candidates of a frame, by their row numbers, as `write_csv` writes them."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_NAMES)
    lines = list(_lines(frame))
    writer.writerows(lines[row] for row in rows.tolist())
    return text.getvalue()


def pyarrow_library() -> tuple[Any, Any]:
    """The packages `pyarrow` and `pyarrow.parquet`; raises MissingLibraryError."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - no part of the program
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        raise MissingLibraryError(HOW_TO_GET_PYARROW) from error
    return pa, parquet


def write_parquet(path: Path, frames: Iterable[JudgedFrame]) -> int:
    """Write a table whose columns say their unit and meaning in the metadata of their fields.

    Returns:
        how many rows it has.

    Raises:
        MissingLibraryError: pyarrow is not installed.
        OSError: it cannot be written.
    """
    pa, parquet = pyarrow_library()
    types = {
        Kind.WHOLE: pa.int64(),
        Kind.TEXT: pa.string(),
        Kind.FLAG: pa.bool_(),
        Kind.SINGLE: pa.float32(),
        Kind.DOUBLE: pa.float64(),
    }
    fields = [
        pa.field(each.name, types[each.kind], metadata={"unit": each.unit, "meaning": each.meaning})
        for each in COLUMNS
    ]
    schema = pa.schema(fields, metadata={"program": MADE_BY})

    def table(frame: JudgedFrame) -> Any:  # noqa: ANN401 - pyarrow has no types
        return pa.table(
            [
                pa.array(column.values(frame), type=field.type, from_pandas=True)  # NaN becomes null
                for column, field in zip(COLUMNS, fields, strict=True)
            ],
            schema=schema,
        )

    count = 0
    remaining = iter(frames)
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        while group := [table(frame) for frame in islice(remaining, _FRAMES_IN_A_GROUP)]:
            writer.write_table(pa.concat_tables(group))
            count += sum(len(part) for part in group)
    return count


def _lines(frame: JudgedFrame) -> Iterable[Sequence[str]]:
    return zip(*(_texts(column.values(frame), column.kind) for column in COLUMNS), strict=True)


def _texts(values: Values, kind: Kind) -> list[str]:
    """As few digits as tell a number from its neighbours; true and false; nothing for NaN."""
    if isinstance(values, list):
        return values
    if kind is Kind.FLAG:
        return ["true" if value else "false" for value in values]
    if kind is Kind.WHOLE:
        return [str(int(value)) for value in values]
    single = values.astype(np.float32 if kind is Kind.SINGLE else np.float64)
    return ["" if np.isnan(value) else str(value) for value in single]


_NAMES = [column.name for column in COLUMNS]
_FRAMES_IN_A_GROUP = 256
