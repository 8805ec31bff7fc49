"""Text of unknown origin: which encoding, which line, which numbers. Everything wrong is a FormatError."""

from __future__ import annotations

import codecs
import io
import math
import re
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.syntax.input_files import open_regular, size_of, unreadable

_ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATORS = re.compile(r"[,;\s]+")
_TEXT_SUFFIXES = {".csv", ".txt", ".tsv", ".json", ".jsonl", ".xml"}
_BYTES_AT_ONCE = 1 << 17
"""Some thousand lines: few enough to be asked often whether to go on."""
_LINES_AT_ONCE = 4096


def text_parts(path: Path, tick: Tick = untold) -> Iterator[str]:
    """A text piece by piece, its line ends made the same; UnicodeDecodeError where it is none.

    It is UTF-16 where the file begins with its mark, else UTF-8 with or without one.
    """
    with open_regular(path) as file:
        size = size_of(file)
        decoder = io.IncrementalNewlineDecoder(_decoder(file), translate=True)
        done = 0
        try:
            while data := file.read(_BYTES_AT_ONCE):
                done += len(data)
                tick(min(done, size), size)
                yield decoder.decode(data)
            yield decoder.decode(b"", final=True)
        except OSError as error:
            raise unreadable(path, error) from error


def _decoder(file: BufferedReader) -> codecs.IncrementalDecoder:
    start = file.peek(4)
    encoding = next((name for mark, name in _ENCODINGS if start.startswith(mark)), "utf-8")
    return codecs.getincrementaldecoder(encoding)()


def line_blocks(path: Path, tick: Tick = untold) -> Iterator[tuple[int, list[str]]]:
    """Some thousand lines at a time without their ends, and the number of the first, counted from 1.

    Blank lines at the end of the file are left out.
    """
    before, blank = 0, 0
    try:
        for lines in _lines(path, tick):
            count = len(lines)
            while lines and not lines[-1].strip():
                lines.pop()
            if lines:
                # Blank lines that turn out to lie in the middle.
                for start in range(before - blank, before, _LINES_AT_ONCE):
                    yield start + 1, [""] * min(_LINES_AT_ONCE, before - start)
                yield before + 1, lines
                blank = 0
            blank += count - len(lines)
            before += count
    except UnicodeDecodeError as error:
        raise no_text(path, error, f"after line {before}") from error


def _lines(path: Path, tick: Tick) -> Iterator[list[str]]:
    begun: list[str] = []  # pieces of the line that has not ended yet
    length, number = 0, 0
    for part in text_parts(path, tick):
        if "\0" in part:
            place = f"line {number + 1 + part[: part.index(chr(0))].count(chr(10))}"
            raise FormatError(path, "expected text, got bytes of another kind of file", place)
        lines = part.split("\n")
        length += len(lines[0])
        if max(length, len(lines[-1])) >= limits.LONGEST_LINE:
            place = f"line {number + (1 if length >= limits.LONGEST_LINE else len(lines))}"
            raise FormatError(path, f"expected at most {limits.LONGEST_LINE} characters per line", place)
        begun.append(lines[0])
        if len(lines) > 1:
            lines[0] = "".join(begun)
            begun = [lines.pop()]
            length = len(begun[0])
            number += len(lines)
            yield lines
    if length:
        yield ["".join(begun)]


def lines_of(path: Path, tick: Tick = untold) -> Iterator[tuple[int, str]]:
    """Each line without its end, numbered from 1; blank lines at the end of the file are left out."""
    for first, lines in line_blocks(path, tick):
        yield from enumerate(lines, start=first)


def whole_text(path: Path) -> str:
    """A small text file as one string."""
    parts = []
    left = limits.LARGEST_SMALL_TEXT
    try:
        for part in text_parts(path):
            left -= len(part)
            if left < 0:
                raise FormatError(path, f"expected at most {limits.LARGEST_SMALL_TEXT} characters")
            parts.append(part)
    except UnicodeDecodeError as error:
        raise no_text(path, error, f"byte {error.start}") from error
    return "".join(parts)


def no_text(path: Path, error: UnicodeDecodeError, place: str) -> FormatError:
    """What to say of bytes that are no text."""
    problem = f"expected UTF-8 text ({error.reason}); save the file with the encoding UTF-8"
    return FormatError(path, problem, place)


def check_is_text(path: Path) -> None:
    """FormatError where a file is text in another encoding than those that are read."""
    if not path.is_file() or path.suffix.lower() not in _TEXT_SUFFIXES:
        return
    before = 0
    try:
        for part in text_parts(path):
            if "\0" in part:
                return
            before += part.count("\n")
    except UnicodeDecodeError as error:
        if b"\0" not in error.object:
            raise no_text(path, error, f"after line {before}") from error


def words_of(line: str) -> list[str]:
    """The parts of a line between commas, semicolons, tabs and blanks."""
    return [word for word in _SEPARATORS.split(line) if word]


def number_in(path: Path, place: str, word: str, what: str) -> float:
    """A finite number."""
    value = finite(word)
    if value is None:
        raise FormatError(path, f"expected a number for {what}, got {shortly(word)}", place)
    return value


def finite(word: str) -> float | None:
    """A finite number; None where the word is something else."""
    try:
        value = float(word)
    except ValueError:
        return None
    # float() takes "1_0" and digits of other scripts, which no program means.
    return value if math.isfinite(value) and "_" not in word and word.isascii() else None


def whole_in(path: Path, place: str, word: str, what: str) -> int:
    """A whole number; "3.0" is one."""
    value = number_in(path, place, word, what)
    if value != int(value) or abs(value) > limits.LARGEST_WHOLE_NUMBER:
        raise FormatError(path, f"expected a whole number for {what}, got {shortly(word)}", place)
    return int(value)


def first_line(path: Path) -> str:
    """The first line, or nothing where there is none or it is no text."""
    try:
        return next((line for _, line in lines_of(path)), "")
    except FormatError:
        return ""
