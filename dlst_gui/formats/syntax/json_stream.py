"""A JSON file of any size, walked member by member: one value at a time is in memory, never the whole document."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.syntax.json_input import TOO_DEEP, Json, check_depth, refused_constant
from dlst_gui.formats.syntax.text_input import no_text, text_parts

_BLANKS = re.compile(r"[ \t\n\r]*")
_BETWEEN_OBJECTS = re.compile(r"\}\s{0,80},\s{0,80}\{")
_CHARACTERS_AT_ONCE = 1 << 19
"""Some two thousand boxes: those of a track among them are added together."""
_CHARACTERS_SEARCHED = 1 << 12
_MOST_TRIES = 4
_LONGEST_LITERAL = 12
"""Characters near the end of what was read, in which an error may only mean that the rest is not read yet."""


class JsonStream:
    """A place in a JSON file; what is asked for next begins there.

    Args:
        path: the file.
        tick: hears how far it is.
    """

    def __init__(self, path: Path, tick: Tick = untold) -> None:
        self.path = path
        self._parts = text_parts(path, tick)
        self._scan = json.JSONDecoder(parse_constant=refused_constant).raw_decode
        self._text = ""
        self._at = 0
        self._is_whole = False
        self._depth = 0
        self._is_untouched = False
        self._singly_until = 0
        # Of what is no longer in memory: lines, and characters of the line that ends in memory.
        self._lines = 0
        self._columns = 0

    def begins_with(self) -> str:
        """The first character of the value here; "" where nothing follows."""
        return self._next()

    def names(self, place: str) -> Iterator[str]:
        """Names of the members of the object here; each value may be asked for in between, or is passed over."""
        self._enter("{", "expected an object {...}, got %s", place)
        if self._next() == "}":
            self._leave()
            return
        while True:
            if self._next() != '"':
                raise self._error("Expecting property name enclosed in double quotes")
            name = self._value()
            if self._next() != ":":
                raise self._error("Expecting ':' delimiter")
            self._at += 1
            self._is_untouched = True
            yield str(name)
            if self._is_untouched:
                self.skip()
            if self._is_last("}"):
                return

    def members(self, place: str) -> Iterator[int]:
        """The members of the list here by their number, each to be asked for in between, or passed over."""
        self._enter("[", "expected a list [...], got %s", place)
        if self._next() == "]":
            self._leave()
            return
        number = 0
        while True:
            self._is_untouched = True
            yield number
            if self._is_untouched:
                self.skip()
            if self._is_last("]"):
                return
            number += 1

    def values(self, place: str) -> Iterator[tuple[int, list[Json]]]:
        """The members of the list here, some hundred at a time, and the number of the first, from 0."""
        self._enter("[", "expected a list [...], got %s", place)
        if self._next() == "]":
            self._leave()
            return
        first = 0
        while True:
            values = self._some()
            is_last = self._is_last("]")
            yield first, values
            first += len(values)
            if is_last:
                return

    def value(self) -> Json:
        """The value here as a whole."""
        self._next()
        self._is_untouched = False
        return self._value()

    def skip(self) -> None:
        """Pass over the value here."""
        start = self._next()
        if start == "[":
            for _ in self.values(""):
                pass
        elif start == "{":
            for _ in self.names(""):
                pass
        else:
            self.value()

    def finish(self) -> None:
        """FormatError where something follows."""
        if self._next():
            raise self._error("Extra data")

    def _enter(self, bracket: str, problem: str, place: str) -> None:
        if self._next() != bracket:
            value = self.value()
            raise FormatError(self.path, problem % shortly(value), place)
        self._is_untouched = False
        self._depth += 1
        if self._depth > limits.DEEPEST_JSON:
            raise self._refused(TOO_DEEP.format(limits.DEEPEST_JSON))
        self._at += 1

    def _leave(self) -> None:
        self._depth -= 1
        self._at += 1

    def _is_last(self, bracket: str) -> bool:
        found = self._next()
        if found == bracket:
            self._leave()
            return True
        if found != ",":
            raise self._error("Expecting ',' delimiter")
        self._at += 1
        return False

    def _next(self) -> str:
        """The next character that is no blank; "" at the end."""
        while True:
            blanks = _BLANKS.match(self._text, self._at)
            self._at = blanks.end() if blanks else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _some(self) -> list[Json]:
        """Members of a list from here on, at least one: as many at once as end between two objects.

        What reads as members is members: where a text that begins with one is cut off elsewhere than between two,
        it is no JSON.
        """
        while len(self._text) - self._at < _CHARACTERS_AT_ONCE // 2 and self._more():
            pass
        self._next()
        if self._at < self._singly_until:
            return [self._value()]
        end = self._at + _CHARACTERS_AT_ONCE
        between = list(_BETWEEN_OBJECTS.finditer(self._text, max(self._at, end - _CHARACTERS_SEARCHED), end))
        if not between:
            between = list(
                _BETWEEN_OBJECTS.finditer(self._text, max(self._at, len(self._text) - _CHARACTERS_SEARCHED))
            )
        for found in between[:-_MOST_TRIES:-1]:
            text = self._text[self._at : found.start() + 1]
            try:
                values, end = self._scan(f"[{text}]")
                check_depth(text, most=limits.DEEPEST_JSON - self._depth)
            except (ValueError, RecursionError):
                continue
            # Where the list itself ends in the text, that is where it was read to.
            self._at += min(end - 2, len(text))
            return list(values)
        # Nothing is known to end here, or something is wrong: the exact way.
        self._singly_until = between[-1].start() if between else 0
        return [self._value()]

    def _value(self) -> Json:
        while True:
            try:
                value, end = self._scan(self._text, self._at)
            except json.JSONDecodeError as error:
                problem, at = error.msg, error.pos
            except (ValueError, RecursionError) as error:
                said = str(error) if isinstance(error, ValueError) else TOO_DEEP.format(limits.DEEPEST_JSON)
                raise self._refused(said) from error
            else:
                if end < len(self._text) or not self._more():
                    return self._taken(value, end)
                continue
            is_cut = at > len(self._text) - _LONGEST_LITERAL or problem.startswith("Unterminated string")
            if not is_cut or not self._more():
                raise self._error(problem, at)

    def _taken(self, value: Json, end: int) -> Json:
        self._check_length(end)
        if isinstance(value, dict | list):
            try:
                check_depth(self._text, self._at, end, limits.DEEPEST_JSON - self._depth)
            except ValueError as error:
                raise self._refused(str(error)) from error
        self._at = end
        return value

    def _check_length(self, end: int) -> None:
        if end - self._at > limits.LARGEST_JSON_VALUE:
            raise self._refused(f"values of at most {limits.LARGEST_JSON_VALUE} characters, there is a longer one")

    def _more(self) -> bool:
        """Read on; False at the end of the file. A value is read in ever larger steps, as it is tried again."""
        if self._is_whole:
            return False
        self._check_length(len(self._text))
        self._forget()
        wanted, parts = len(self._text), [self._text]
        try:
            for part in self._parts:
                parts.append(part)
                wanted -= len(part)
                if part and wanted <= 0:
                    break
            else:
                self._is_whole = True
        except UnicodeDecodeError as error:
            raise no_text(self.path, error, f"after line {self._lines + 1}") from error
        self._text = "".join(parts)
        return len(parts) > 1

    def _forget(self) -> None:
        self._lines, self._columns = self._place(self._at)
        self._singly_until = max(self._singly_until - self._at, 0)
        self._text, self._at = self._text[self._at :], 0

    def _place(self, at: int) -> tuple[int, int]:
        """Lines before a place in the text, and characters before it in its line."""
        lines = self._text.count("\n", 0, at)
        if not lines:
            return self._lines, self._columns + at
        return self._lines + lines, at - self._text.rindex("\n", 0, at) - 1

    def _error(self, problem: str, at: int | None = None) -> FormatError:
        line, column = self._place(self._at if at is None else at)
        return FormatError(self.path, f"expected JSON: {problem}", f"line {line + 1}, column {column + 1}")

    def _refused(self, problem: str) -> FormatError:
        return FormatError(self.path, f"expected JSON: {problem}", f"line {self._place(self._at)[0] + 1}")


Take = Callable[[JsonStream, str], None]


def take_members(
    path: Path, first: Mapping[str, Take], last: str, take_last: Take, *, may_miss: str = "", tick: Tick = untold
) -> None:
    """Have members of a file's object taken, one of them when all others are known.

    Their order in the file is free: where the last one does not come last, the file is read twice.

    Args:
        path: the file.
        first: what takes each member from the stream, by name.
        last: the name of the member that needs all others.
        take_last: what takes that.
        may_miss: one of `first` that need not be in the file.
        tick: hears how far it is.
    """
    seen: set[str] = set()
    is_taken = False
    stream = JsonStream(path, tick)
    for name in stream.names("top level"):
        if name in first:
            first[name](stream, name)
        elif name == last and seen == set(first):
            is_taken = True
            take_last(stream, name)
        if name == last or name in first:
            seen.add(name)
    stream.finish()
    missing = [name for name in (*first, last) if name not in seen and name != may_miss]
    if missing:
        raise FormatError(path, f"there is no {missing[0]!r}", "top level")
    if not is_taken:
        stream = JsonStream(path, tick)
        for name in stream.names("top level"):
            if name == last:
                take_last(stream, name)
