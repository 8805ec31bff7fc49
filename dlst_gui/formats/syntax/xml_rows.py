"""Attributes of many XML elements, column by column: quick where all is well, exact where not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.syntax.row_blocks import Rows, plain_numbers
from dlst_gui.formats.syntax.xml_input import Element

Value = TypeVar("Value")
_FLAGS = {"0": False, "1": True}


class XmlRows(Rows):
    """Elements of one kind; see `Rows` for what becomes of those that are wrong.

    Args:
        file: for messages.
        path: of the elements.
        attributes: of each.
        lines: where each is.
    """

    def __init__(self, file: Path, path: str, attributes: Sequence[dict[str, str]], lines: Sequence[int]) -> None:
        super().__init__(len(attributes))
        self._file = file
        self._path = path
        self._attributes = attributes
        self._lines = lines

    def numbers(self, name: str) -> NDArray[np.float64]:
        """(n,) finite numbers."""
        try:
            made = plain_numbers([each[name] for each in self._attributes[: self.count]])
        except KeyError:
            made = None
        return np.array(self._one_by_one(lambda each: each.number(name))) if made is None else made

    def whole(self, name: str) -> NDArray[np.int64]:
        """(n,) whole numbers."""
        made = self.numbers(name)
        if bool((made == np.floor(made)).all()) and bool((np.abs(made) <= limits.LARGEST_WHOLE_NUMBER).all()):
            return made.astype(np.int64)
        return np.array(self._one_by_one(lambda each: each.whole(name)), dtype=np.int64)

    def flags(self, name: str, *, default: bool = False) -> NDArray[np.bool_]:
        """(n,) attributes that are 1 or 0."""
        usual = str(int(default))
        words = [each.get(name, usual) for each in self._attributes[: self.count]]
        if set(words) <= _FLAGS.keys():
            return np.fromiter(map(_FLAGS.__getitem__, words), np.bool_, len(words))
        return np.array(self._one_by_one(lambda each: each.flag(name, default=default)), dtype=bool)

    def _one_by_one(self, read: Callable[[Element], Value]) -> list[Value]:
        made: list[Value] = []
        for row in range(self.count):
            try:
                made.append(read(Element(self._file, self._path, self._attributes[row], self._lines[row])))
            except FormatError as error:
                self.fail(row, error)
                break
        return made
