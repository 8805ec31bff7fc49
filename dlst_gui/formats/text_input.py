"""Text of unknown origin: which encoding, which line, which numbers. Everything wrong is a FormatError."""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Iterator
from pathlib import Path

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError, shortly

_ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATORS = re.compile(r"[,;\s]+")


def encoding_of(path: Path) -> str:
    """UTF-16 where the file begins with its mark, else UTF-8 with or without one."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise FormatError(path, f"cannot be read ({error.strerror or error})") from error
    return next((name for mark, name in _ENCODINGS if start.startswith(mark)), "utf-8")


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """Each line without its end, numbered from 1; blank lines at the end of the file are left out."""
    blank = 0
    number = 0
    try:
        with path.open(encoding=encoding_of(path), newline=None) as file:
            while line := file.readline(limits.LONGEST_LINE):
                number += 1
                _check_line(path, number, line)
                if line.strip():
                    yield from ((number - left, "") for left in range(blank, 0, -1))
                    blank = 0
                    yield number, line.rstrip("\n")
                else:
                    blank += 1
    except UnicodeDecodeError as error:
        problem = f"expected UTF-8 text ({error.reason}); save the file with the encoding UTF-8"
        raise FormatError(path, problem, f"after line {number}") from error
    except OSError as error:
        raise FormatError(path, f"cannot be read ({error.strerror or error})") from error


def _check_line(path: Path, number: int, line: str) -> None:
    if "\0" in line:
        raise FormatError(path, "expected text, got bytes of another kind of file", f"line {number}")
    if len(line) >= limits.LONGEST_LINE:
        raise FormatError(path, f"expected at most {limits.LONGEST_LINE} characters per line", f"line {number}")


def whole_text(path: Path) -> str:
    """A text file as one string, its size being limited by its reader's patience only."""
    try:
        return path.read_text(encoding=encoding_of(path))
    except UnicodeDecodeError as error:
        problem = f"expected UTF-8 text ({error.reason}); save the file with the encoding UTF-8"
        raise FormatError(path, problem, f"byte {error.start}") from error
    except OSError as error:
        raise FormatError(path, f"cannot be read ({error.strerror or error})") from error


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
    if value != int(value):
        raise FormatError(path, f"expected a whole number for {what}, got {shortly(word)}", place)
    return int(value)


def first_line(path: Path) -> str:
    """The first line, or nothing where there is none or it is no text."""
    try:
        return next((line for _, line in lines_of(path)), "")
    except FormatError:
        return ""
