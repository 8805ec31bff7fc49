"""Objects of a JSON list, many at a time and column by column: quick where all is well, exact where not."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.syntax.json_input import Json, JsonObject
from dlst_gui.formats.syntax.row_blocks import Rows

Value = TypeVar("Value")
_LARGEST_NUMBER = 1e300
_MOST_DIGITS = 15


class JsonRows(Rows):
    """Objects by their number; see `Rows` for what becomes of those that are wrong.

    Args:
        path: the file, for messages.
        values: what should be objects.
        place: says where in the file the n-th of them is.
        outer: the rows that these are in, which are wrong where these are.
    """

    def __init__(
        self, path: Path, values: Sequence[Json], place: Callable[[int], str], outer: Rows | None = None
    ) -> None:
        super().__init__(len(values))
        self._outer = outer
        self._path = path
        self._place = place
        self._found: list[dict[str, Json]] = [value for value in values if isinstance(value, dict)]
        if len(self._found) < len(values):
            row = next(row for row, value in enumerate(values) if not isinstance(value, dict))
            self._found = self._found[:row]
            self._refuse_kind(row, values[row])

    def object_at(self, row: int) -> JsonObject:
        """One of the objects."""
        return JsonObject(self._path, self._place(row), self._found[row])

    def fail(self, row: int, error: FormatError) -> None:
        """Leave out this object and those after it."""
        super().fail(row, error)
        if self._outer is not None:
            self._outer.fail(row, error)

    def value(self, row: int, name: str) -> Json:
        """The member of one object, whatever it is; None where there is none."""
        return self._found[row].get(name)

    def put(self, row: int, name: str, value: Json) -> None:
        """Have an object have a member that it is taken to have."""
        self._found[row] = {**self._found[row], name: value}

    def has(self, name: str) -> NDArray[np.bool_]:
        """(n,) whether there is a member of this name, and not null."""
        return np.array([value is not None for value in self._values(name, None)], dtype=bool)

    def inside(self, name: str) -> JsonRows:
        """The objects of this name in the objects; where there is none, the object itself."""
        here = self._here()
        inner = [each if each.get(name) is None else each[name] for each in here]

        def place(row: int) -> str:
            return self._place(row) if inner[row] is here[row] else f"{self._place(row)}, {name}"

        return JsonRows(self._path, inner, place, self)

    def numbers(self, name: str, default: float | None = None) -> NDArray[np.float64]:
        """(n,) finite numbers."""
        values = self._values(name, default)
        if set(map(type, values)) <= {int, float}:
            made = _as_numbers(values)
            if made is not None:
                return made
        return np.array(self._one_by_one(lambda row: row.number(name, default)), dtype=np.float64)

    def numbers_if_any(self, name: str) -> NDArray[np.float64] | None:
        """(n,) finite numbers, NaN where there is none; None where no object has one."""
        is_here = self.has(name)
        if not is_here.any():
            return None
        if is_here.all():
            return self.numbers(name)
        values = [value for each in self._here() if (value := each.get(name)) is not None]
        if set(map(type, values)) <= {int, float}:
            numbers = _as_numbers(values)
            if numbers is not None:
                made = np.full(len(is_here), math.nan)
                made[is_here] = numbers
                return made
        found = self._one_by_one(lambda row: row.number(name) if name in row else math.nan)
        return np.array(found, dtype=np.float64)

    def whole(self, name: str, default: int | None = None) -> NDArray[np.int64]:
        """(n,) whole numbers; 3.0 is one."""
        made = self.numbers(name, default)
        if bool((made == np.floor(made)).all()) and bool((np.abs(made) <= limits.LARGEST_WHOLE_NUMBER).all()):
            return made.astype(np.int64)
        return np.array(self._one_by_one(lambda row: row.whole(name, default)), dtype=np.int64)

    def ids(self, name: str, default: int | None = None) -> NDArray[np.int64]:
        """(n,) whole numbers, which may be written as texts: "3"."""
        values = self._values(name, default)
        if not any(isinstance(value, str) for value in values):
            return self.whole(name, default)
        for row in self._here():
            text = row.get(name)
            if isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS:
                row[name] = int(text)
        return self.whole(name, default)

    def lists(self, name: str, count: int) -> NDArray[np.float64]:
        """(n, count) lists of so many finite numbers."""
        values = self._values(name, None)
        lists = [each for each in values if isinstance(each, list)]
        if len(lists) == len(values) and set(map(len, lists)) <= {count}:
            flat = list(chain.from_iterable(lists))
            made = _as_numbers(flat) if set(map(type, flat)) <= {int, float} else None
            if made is not None:
                return made.reshape(-1, count)
        found = self._one_by_one(lambda row: row.numbers(name, count))
        return np.array(found, dtype=np.float64).reshape(-1, count)

    def truths(self, name: str, *, default: bool) -> NDArray[np.bool_]:
        """(n,) truths; 1 and 0 stand for them."""
        values = self._values(name, default)
        if set(map(type, values)) <= {bool}:
            return np.array(values, dtype=bool)
        return np.array(self._one_by_one(lambda row: row.truth(name, default=default)), dtype=bool)

    def words(self, name: str, default: str | None = None) -> list[str]:
        """(n,) texts."""
        values = self._values(name, default)
        found = [each for each in values if isinstance(each, str)]
        return found if len(found) == len(values) else self._one_by_one(lambda row: row.text(name, default))

    def texts(self, name: str) -> dict[int, Mapping[str, str]]:
        """By row, the texts by name where a row has such an object."""
        made: dict[int, Mapping[str, str]] = {}
        for row in np.flatnonzero(self.has(name)).tolist():
            try:
                made[row] = self.object_at(row).texts(name)
            except FormatError as error:
                self.fail(row, error)
                break
        return made

    def refuse(self, row: int, problem: str) -> None:
        """Something is wrong with an object."""
        self.fail(row, FormatError(self._path, problem, self._place(row)))

    def _here(self) -> list[dict[str, Json]]:
        return self._found[: self.count]

    def _values(self, name: str, default: Json) -> list[Json]:
        try:
            values = list(map(itemgetter(name), self._here()))  # twice as quick as asking each
        except KeyError:
            values = [each.get(name) for each in self._here()]
        return values if default is None else [default if value is None else value for value in values]

    def _one_by_one(self, read: Callable[[JsonObject], Value]) -> list[Value]:
        made: list[Value] = []
        for row in range(self.count):
            try:
                made.append(read(self.object_at(row)))
            except FormatError as error:
                self.fail(row, error)
                break
        return made

    def _refuse_kind(self, row: int, value: Json) -> None:
        try:
            JsonObject(self._path, self._place(row), value)
        except FormatError as error:
            self.fail(row, error)


def _as_numbers(values: Sequence[Json]) -> NDArray[np.float64] | None:
    try:
        made = np.array(values, dtype=np.float64)
    except OverflowError:  # a whole number of hundreds of digits
        return None
    return made if bool((np.abs(made) < _LARGEST_NUMBER).all()) else None
