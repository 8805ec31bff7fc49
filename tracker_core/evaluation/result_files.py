"""Result files in the OTB toolkit's layout: one row x, y, width, height per frame, first pixel 1."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import BoxArray
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.otb import ROW_DECIMALS
from tracker_core.staging import replaced_whole

SEPARATORS = re.compile(r"[,;\s]+")
SCORES_SUFFIX = "_confidence.value"
"""After a result file's stem: the scores that belong to its boxes. Source: the VOT toolkit's files."""


def format_rows(rows: BoxArray) -> str:
    """The text of a result file: four numbers separated by commas per line, without needless zeros."""
    lines = (",".join(f"{round(float(value), ROW_DECIMALS):.10g}" for value in row) for row in rows)
    return "".join(f"{line}\n" for line in lines)


def write_rows(path: Path, rows: BoxArray) -> None:
    """Write (n, 4) toolkit rows; folders are made, and a reader never meets half a file."""
    replace_text(path, format_rows(rows))


def replace_text(path: Path, text: str) -> None:
    """Write `text` to `path` so that either the old or the new file is there, whole."""
    with replaced_whole(path) as new:
        new.write_text(text, encoding="utf-8", newline="\n")


def replace_bytes(path: Path, content: bytes) -> None:
    """The same of a file that is no text."""
    with replaced_whole(path) as new:
        new.write_bytes(content)


def read_rows(path: Path) -> BoxArray:
    """Read (n, 4) toolkit rows; numbers may be separated by commas, semicolons, tabs or blanks.

    Raises:
        EvaluationError: the file cannot be read, or a line does not hold four numbers (NaN is one).
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path}: cannot read the result file: {error}") from error
    rows = [_parse_row(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def write_scores(path: Path, scores: NDArray[np.float64]) -> None:
    """Write (n,) scores, one per line, as the VOT toolkit does; an empty line where there is none (not finite)."""
    replace_text(path, "".join(f"{value:.6g}\n" if np.isfinite(value) else "\n" for value in scores))


def read_scores(path: Path, count: int) -> NDArray[np.float64] | None:
    """Read (count,) scores; NaN where a line is empty or no number. None without such a file of so many lines."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        return None
    if lines and not lines[-1]:
        lines.pop()
    return np.array([_number(line) for line in lines]) if len(lines) == count else None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def find_result_file(folder: Path, sequence: str) -> Path:
    """The file of one sequence in another tracker's result folder.

    `<sequence>.txt` or `<sequence>_<tracker>.txt`, whatever the case.

    Raises EvaluationError where there is none, or more than one.
    """
    if not folder.is_dir():
        raise EvaluationError(f"{folder}: no such result folder")
    name = sequence.lower()
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".txt")
    exact = [path for path in files if path.stem.lower() == name]
    found = exact or [path for path in files if path.stem.lower().startswith(f"{name}_")]
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise EvaluationError(
            f"{folder}: expected one result file {sequence}.txt or {sequence}_<tracker>.txt, found {names}"
        )
    return found[0]


def _parse_row(path: Path, number: int, line: str) -> tuple[float, ...]:
    try:
        values = tuple(float(part) for part in SEPARATORS.split(line.strip()))
    except ValueError:
        values = ()
    if len(values) != 4:
        raise EvaluationError(
            f"{path}, line {number}: expected four numbers x,y,width,height, got {line.strip()!r}"
        )
    return values
