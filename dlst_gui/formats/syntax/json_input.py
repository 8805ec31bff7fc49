"""JSON of unknown origin: values of the wrong type are named by where they are in the file."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.syntax.text_input import text_parts

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class JsonObject:
    """An object in a file; asking for a value of another type than it has is a FormatError."""

    def __init__(self, path: Path, place: str, value: Json) -> None:
        if not isinstance(value, dict):
            raise FormatError(path, f"expected an object {{...}}, got {shortly(value)}", place)
        self.path = path
        self.place = place
        self._values = value

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def names(self) -> tuple[str, ...]:
        """Those of its members."""
        return tuple(self._values)

    def member(self, name: str) -> Json:
        """One of them, of any type; None where it is not there."""
        return self._values.get(name)

    def text(self, name: str, default: str | None = None) -> str:
        """A text; without a default it must be there."""
        value = self._value(name, default)
        if not isinstance(value, str):
            raise self.error(f"expected a string for {name!r}, got {shortly(value)}")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        """A finite number."""
        return self._number(self._value(name, default), name)

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number; 3.0 is one."""
        value = self.number(name, default)
        if value != int(value) or abs(value) > limits.LARGEST_WHOLE_NUMBER:
            raise self.error(f"expected a whole number for {name!r}, got {shortly(value)}")
        return int(value)

    def truth(self, name: str, *, default: bool) -> bool:
        """True or false; 1 and 0 stand for them."""
        value = self._value(name, default)
        if isinstance(value, bool) or value in (0, 1):
            return bool(value)
        raise self.error(f"expected true or false for {name!r}, got {shortly(value)}")

    def numbers(self, name: str, count: int) -> list[float]:
        """A list of so many finite numbers."""
        value = self._value(name, None)
        if not isinstance(value, list) or len(value) != count:
            raise self.error(f"expected {count} numbers for {name!r}, got {shortly(value)}")
        return [self._number(each, name) for each in value]

    def all_numbers(self, name: str) -> list[float]:
        """A list of any number of finite numbers."""
        value = self._value(name, None)
        if not isinstance(value, list):
            raise self.error(f"expected numbers for {name!r}, got {shortly(value)}")
        return [self._number(each, name) for each in value]

    def first_text(self, name: str) -> str:
        """The first of a list of texts; nothing where it is empty or not there."""
        value = self._value(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self.error(f"expected strings for {name!r}, got {shortly(value)}")
        return next((each for each in value if isinstance(each, str)), "")

    def plain(self, name: str) -> str:
        """A text, or a whole number as one: an id."""
        value = self._value(name, None)
        return value if isinstance(value, str) else str(self.whole(name))

    def all_texts(self, name: str) -> list[str]:
        """A list of texts."""
        values = self.values_of(name)
        texts = [each for each in values if isinstance(each, str)]
        if len(texts) != len(values):
            raise self.error(f"expected strings for {name!r}, got {shortly(values)}")
        return texts

    def values_of(self, name: str) -> list[Json]:
        """A list of anything; empty where there is none."""
        value = self._value(name, [])
        if not isinstance(value, list):
            raise self.error(f"expected a list for {name!r}, got {shortly(value)}")
        return value

    def pairs(self, name: str) -> list[tuple[float, float]]:
        """A list of pairs of numbers."""
        value = self._value(name, None)
        if not isinstance(value, list):
            raise self.error(f"expected pairs of numbers for {name!r}, got {shortly(value)}")
        pairs = []
        for each in value:
            if not isinstance(each, list) or len(each) != 2:
                raise self.error(f"expected pairs of numbers for {name!r}, got {shortly(each)}")
            pairs.append((self._number(each[0], name), self._number(each[1], name)))
        return pairs

    def labelled_numbers(self, name: str) -> list[tuple[str, float]]:
        """A list of pairs of a text and a number; nothing where there is none."""
        value = self._value(name, [])
        if not isinstance(value, list):
            raise self.error(f"expected pairs of a text and a number for {name!r}, got {shortly(value)}")
        pairs = []
        for each in value:
            if not isinstance(each, list) or len(each) != 2 or not isinstance(each[0], str):
                raise self.error(f"expected pairs of a text and a number for {name!r}, got {shortly(each)}")
            pairs.append((each[0], self._number(each[1], name)))
        return pairs

    def texts(self, name: str) -> Mapping[str, str]:
        """Names and texts; nothing where there is no such object. Numbers and truths become texts."""
        if name not in self:
            return {}
        made = JsonObject(self.path, f"{self.place}, {name}", self._value(name, None))
        return {key: value if isinstance(value, str) else json.dumps(value) for key, value in made._values.items()}

    def object_at(self, name: str) -> JsonObject:
        """An object in this one."""
        return JsonObject(self.path, f"{self.place}, {name}", self._value(name, None))

    def objects(self, name: str, *, may_miss: bool = False) -> Iterator[JsonObject]:
        """The objects of a list in this one."""
        value = self._value(name, [] if may_miss else None)
        yield from objects_of(self.path, name if self.place == "top level" else f"{self.place}, {name}", value)

    @property
    def members(self) -> Mapping[str, Json]:
        """All that is in it."""
        return self._values

    def error(self, problem: str) -> FormatError:
        """Something wrong with this object."""
        return FormatError(self.path, problem, self.place)

    def _value(self, name: str, default: Json) -> Json:
        value = self._values.get(name)
        if value is None:
            value = default
        if value is None:
            raise self.error(f"there is no {name!r}")
        return value

    def _number(self, value: Json, name: str) -> float:
        if isinstance(value, float) and math.isinf(value):
            raise self.error(f"expected finite numbers for {name!r}, got {shortly(value)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not -1e300 < value < 1e300:
            raise self.error(f"expected a number for {name!r}, got {shortly(value)}")
        return float(value)


def parsed_json(path: Path, place: str, text: str) -> Json:
    """A small text of JSON within another file."""
    try:
        check_depth(text)
        value: Json = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise FormatError(path, f"expected JSON, got {shortly(text)} ({error})", place) from error
    return value


def check_depth(text: str, start: int = 0, end: int | None = None, most: int | None = None) -> None:
    """ValueError where lists and objects in a part of a text are nested too deep."""
    most = limits.DEEPEST_JSON if most is None else most
    if text.count("[", start, end) + text.count("{", start, end) <= most:
        return
    brackets = text[start:end].encode("utf-8", "replace").translate(None, _NO_BRACKETS)
    for _ in range(most // 2):
        # What holds nothing is taken away, again and again: each time at most two levels are.
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if not brackets:
            return
    # Brackets in strings do not count; few texts have so many of them.
    depth = 0
    for found in _BRACKET_OR_TEXT.finditer(text[start:end]):
        depth += _STEPS.get(found[0], 0)
        if depth > most:
            raise ValueError(TOO_DEEP.format(limits.DEEPEST_JSON))


_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}
_NO_BRACKETS = bytes(code for code in range(256) if chr(code) not in _STEPS)
_BRACKET_OR_TEXT = re.compile(r'[\[\]{}]|"(?:[^"\\]|\\.)*"', re.DOTALL)
TOO_DEEP = "lists and objects nested at most {} deep"


def objects_of(path: Path, name: str, value: Json) -> Iterator[JsonObject]:
    """The objects of a list, each placed by its number from 0."""
    if not isinstance(value, list):
        raise FormatError(path, f"expected a list [...], got {shortly(value)}", name)
    for number, each in enumerate(value):
        yield JsonObject(path, f"{name}[{number}]", each)


def parsed(path: Path, text: str, *, line: int | None = None) -> Json:
    """JSON without NaN and infinities; `line` where the text is one line of a file."""
    try:
        made: Json = _DECODER.decode(text)
        check_depth(text)
    except json.JSONDecodeError as error:
        place = f"line {line or error.lineno}, column {error.colno}"
        raise FormatError(path, f"expected JSON: {error.msg}", place) from error
    except (ValueError, RecursionError) as error:
        said = error if isinstance(error, ValueError) else TOO_DEEP.format(limits.DEEPEST_JSON)
        raise FormatError(path, f"expected JSON: {said}", None if line is None else f"line {line}") from error
    return made


def lists_named(
    path: Path, names: Iterable[str], *, without: Iterable[str] = (), bracket: str = "[", tick: Tick = untold
) -> frozenset[str]:
    """Which of these names have a list as their value somewhere in a JSON file; none where it is no such file.

    The text is searched, not understood: that is quick, and what is wrong with the file is for its reader to say.

    Args:
        path: a file of any kind.
        names: what is looked for.
        without: where one of these is found, nothing is.
        bracket: with which the value begins, where it is to be no list: `{` of an object, `"` of a text.
        tick: hears how far it is.
    """
    if not path.is_file() or path.suffix.lower() != ".json":
        return frozenset()
    wanted, unwanted = set(names), set(without)
    patterns = {name: re.compile(_LIST_OF % re.escape(name) + re.escape(bracket)) for name in wanted | unwanted}
    found: set[str] = set()
    before = ""
    try:
        for part in text_parts(path, tick):
            text = before + part
            # Most parts have none of the names, and looking for plain text is quicker than for a pattern.
            found |= {name for name in patterns if f'"{name}"' in text and patterns[name].search(text)}
            for name in found:
                patterns.pop(name, None)
            if not patterns or found & unwanted:
                break
            before = text[-_OVERLAP:]
    except (FormatError, UnicodeDecodeError):
        return frozenset()
    return frozenset() if found & unwanted else frozenset(found)


def refused_constant(name: str) -> float:
    """For decoders: NaN and infinities are no JSON."""
    raise ValueError(f"finite numbers, got {name}")


_DECODER = json.JSONDecoder(parse_constant=refused_constant)
_LIST_OF = r'"%s"\s{0,20}:\s{0,20}'
_OVERLAP = 200
"""Characters of a part that are looked at again with the next: a name, and blanks around its colon."""
