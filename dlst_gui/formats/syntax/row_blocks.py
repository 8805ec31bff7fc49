"""Rows of a text file, some thousand at a time and column by column: quick where all is well, exact where not.

What is wrong with a row is raised once the rows before it are done with: `fail` cuts the rows off there, later
columns are shorter, and `finish` raises. So the error is about the first row that is wrong, as if each had been
read by itself.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.syntax.text_input import finite


class Rows:
    """Rows that may turn out to be fewer.

    Attributes:
        count: rows up to the first that is wrong.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._failure: FormatError | None = None

    def fail(self, row: int, error: FormatError) -> None:
        """Leave out this row and those after it; of several errors in a row, the first one counts."""
        if row < self.count:
            self.count, self._failure = row, error

    def finish(self) -> None:
        """Raise what is wrong with the first row that was left out."""
        if self._failure is not None:
            raise self._failure


class Places(Protocol):
    """Where rows are that come from several files."""

    def place_of(self, row: int) -> tuple[Path, int]:
        """The file and the line of a row."""

    def lines(self, count: int) -> NDArray[np.int64]:
        """(count,) the lines of so many of the first rows."""


class _Kept(NamedTuple):
    """`Places` of rows of one file of which some were left out."""

    path: Path
    numbers: NDArray[np.int64]

    def place_of(self, row: int) -> tuple[Path, int]:
        return self.path, int(self.numbers[row])

    def lines(self, count: int) -> NDArray[np.int64]:
        return self.numbers[:count]


class TextRows(Rows):
    """Rows of text between delimiters; columns are numbered from 0.

    Attributes:
        path: the file, for messages.
        first: the number of the first line.
        width: how many columns there are.
    """

    def __init__(self, path: Path, first: int, columns: Sequence[Sequence[str]], count: int) -> None:
        super().__init__(count)
        self.path = path
        self.first = first
        self.width = len(columns)
        self._columns = columns
        self._found: Places | None = None

    def place_by(self, found: Places) -> None:
        """Rows of several files: have the file and the line of a row found by this."""
        self._found = found

    def places(self) -> NDArray[np.int64]:
        """(n,) numbers of lines."""
        if self._found is None:
            return np.arange(self.first, self.first + self.count)
        return self._found.lines(self.count)

    def without(self, is_left_out: NDArray[np.bool_]) -> TextRows:
        """All rows but some; they keep their places."""
        kept = np.flatnonzero(~is_left_out[: self.count])
        columns = [[column[row] for row in kept.tolist()] for column in self._columns]
        made = TextRows(self.path, self.first, columns, len(kept))
        made.place_by(_Kept(self.path, self.places()[kept]))
        return made

    def use_points(self, columns: Collection[int]) -> None:
        """Cells of these columns have decimal commas."""
        self._columns = [
            [cell.replace(",", ".") for cell in cells] if number in columns else cells
            for number, cells in enumerate(self._columns)
        ]

    def words(self, column: int) -> list[str]:
        """(n,) cells without blanks around them."""
        return list(map(str.strip, self._columns[column][: self.count]))

    def numbers(self, column: int, what: str, *, empty: float | None = None) -> NDArray[np.float64]:
        """(n,) finite numbers; `empty` stands for cells with nothing in them."""
        words = self.words(column)
        if empty is not None and not all(words):
            if not any(words):
                return np.full(self.count, empty)
            return self._one_by_one(words, what, empty)
        values = plain_numbers(words)
        return self._one_by_one(words, what, empty) if values is None else values

    def whole(self, column: int, what: str, *, empty: int | None = None) -> NDArray[np.int64]:
        """(n,) whole numbers; "3.0" is one."""
        values = self.numbers(column, what, empty=empty)
        wrong = (values != np.floor(values)) | (np.abs(values) > limits.LARGEST_WHOLE_NUMBER)
        if wrong.any():
            row = int(wrong.argmax())
            self.refuse(row, f"expected a whole number for {what}, got {shortly(self.words(column)[row])}")
        return values[: self.count].astype(np.int64)

    def codes(self, column: int, known: Mapping[str, int], problem: Callable[[str], str]) -> NDArray[np.uint8]:
        """(n,) what each cell stands for; `problem` says of another cell what is wrong."""
        words = self.words(column)
        row = next((row for row, word in enumerate(words) if word not in known), None)
        if row is not None:
            self.refuse(row, problem(words[row]))
        return np.fromiter(map(known.__getitem__, words[: self.count]), np.uint8, self.count)

    def refuse(self, row: int, problem: str) -> None:
        """Something is wrong with a row."""
        path, line = (self.path, self.first + row) if self._found is None else self._found.place_of(row)
        self.fail(row, FormatError(path, problem, f"line {line}"))

    def _one_by_one(self, words: list[str], what: str, empty: float | None) -> NDArray[np.float64]:
        values = []
        for row, word in enumerate(words):
            value = empty if empty is not None and not word else finite(word)
            if value is None:
                self.refuse(row, f"expected a number for {what}, got {shortly(word)}")
                break
            values.append(value)
        return np.array(values, dtype=np.float64)


def split_rows(
    path: Path, first: int, lines: list[str], delimiter: str, wrong_count: Callable[[int], str]
) -> Iterator[TextRows]:
    """Lines as rows of cells without quotes; those of one `TextRows` have as many cells each.

    Args:
        path: the file, for messages.
        first: the number of the first line.
        lines: at least one.
        delimiter: between cells.
        wrong_count: says of a number of cells what is wrong with it; "" where it is right.
    """
    counts = [line.count(delimiter) + 1 for line in lines]
    for start, end in _runs(counts):
        if problem := wrong_count(counts[start]):
            raise FormatError(path, problem, f"line {first + start}")
        flat = delimiter.join(lines[start:end]).split(delimiter)
        columns = [flat[column :: counts[start]] for column in range(counts[start])]
        yield TextRows(path, first + start, columns, end - start)


def csv_rows(
    path: Path, first: int, lines: list[str], delimiter: str, wrong_count: Callable[[int], str]
) -> Iterator[TextRows]:
    """The same with cells that may be quoted; no cell has a line break in it, so that line numbers stay true."""
    if not any('"' in line for line in lines):
        yield from split_rows(path, first, lines, delimiter, wrong_count)
        return
    rows: list[list[str]] = []
    problem = ""
    for number, line in enumerate(lines, start=first):
        try:
            check_columns(path, number, line)
            cells = next(csv.reader([line], delimiter=delimiter, strict=True), [])
            problem = wrong_count(len(cells))
        except csv.Error as error:
            problem = f"expected fields separated by {delimiter!r} ({error})"
        if problem:
            break
        rows.append(cells)
    for start, end in _runs([len(row) for row in rows]):
        yield TextRows(path, first + start, list(zip(*rows[start:end], strict=True)), end - start)
    if problem:
        raise FormatError(path, problem, f"line {first + len(rows)}")


def filled_runs(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Lines between blank ones, and where they begin: on Windows, scripts often write one after each row."""
    if all(lines):
        if lines:
            yield 0, lines
        return
    start = 0
    while start < len(lines):
        end = start
        while end < len(lines) and lines[end].strip():
            end += 1
        if end > start:
            yield start, lines[start:end]
        start = end + 1


def check_columns(path: Path, number: int, line: str) -> None:
    """FormatError where a line may have so many cells that splitting it takes too much memory."""
    if max(map(line.count, ",;\t ")) > limits.MOST_COLUMNS:
        raise FormatError(path, f"expected at most {limits.MOST_COLUMNS} columns", f"line {number}")


def _runs(counts: list[int]) -> Iterator[tuple[int, int]]:
    """First and end of each run of the same number."""
    start = 0
    while start < len(counts):
        if counts.count(counts[start]) == len(counts):
            end = len(counts)
        else:
            end = next((row for row in range(start, len(counts)) if counts[row] != counts[start]), len(counts))
        yield start, end
        start = end


def coded(words: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """The different words, and for each the position of its own among them."""
    names = tuple(dict.fromkeys(words))
    if len(names) <= 1:
        return names, np.zeros(len(words), dtype=np.intp)
    positions = {name: position for position, name in enumerate(names)}
    return names, np.fromiter(map(positions.__getitem__, words), np.intp, len(words))


def plain_numbers(words: Sequence[str]) -> NDArray[np.float64] | None:
    """(n,) what `finite` makes of each word; None where one of them is no finite number."""
    together = "".join(words)
    if not together.isascii() or "_" in together:
        return None
    try:
        values = np.fromiter(map(float, words), np.float64, len(words))
    except ValueError:
        return None
    return values if bool(np.isfinite(values).all()) else None
