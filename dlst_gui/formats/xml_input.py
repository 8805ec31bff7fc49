"""XML of unknown origin, element by element, however long the file is.

Expat itself rather than an XML library on top of it: it tells the line of every element, needs no whole tree,
and lets a document type declaration be refused. Without one there are no entities to expand and nothing to
fetch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.text_input import finite

_BYTES_AT_ONCE = 1 << 16


@dataclass(frozen=True, slots=True)
class Element:
    """The beginning or the end of an element.

    Attributes:
        path: names from the root to this element, separated by "/".
        text: between its tags, without that of elements in it; known at its end.
    """

    file: Path
    path: str
    attributes: Mapping[str, str]
    line: int
    is_end: bool = False
    text: str = ""

    @property
    def place(self) -> str:
        return f"line {self.line}, <{self.path.rsplit('/', 1)[-1]}>"

    def attribute(self, name: str, default: str | None = None) -> str:
        """An attribute; without a default it must be there."""
        value = self.attributes.get(name, default)
        if value is None:
            raise self.error(f"there is no attribute {name!r}")
        return value

    def number(self, name: str) -> float:
        """An attribute that is a finite number."""
        value = finite(self.attribute(name))
        if value is None:
            raise self.error(f"expected a number for {name}, got {shortly(self.attributes[name])}")
        return value

    def whole(self, name: str) -> int:
        """An attribute that is a whole number."""
        value = self.number(name)
        if value != int(value):
            raise self.error(f"expected a whole number for {name}, got {shortly(self.attributes[name])}")
        return int(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """An attribute that is 1 or 0."""
        value = self.attribute(name, str(int(default)))
        if value not in {"0", "1"}:
            raise self.error(f"expected 0 or 1 for {name!r}, got {shortly(value)}")
        return value == "1"

    def error(self, problem: str) -> FormatError:
        """Something wrong with this element."""
        return FormatError(self.file, problem, self.place)


def elements_of(path: Path) -> Iterator[Element]:
    """Beginnings and ends of all elements, in the order of the file."""
    events = _Events(path)
    try:
        with path.open("rb") as file:
            while part := file.read(_BYTES_AT_ONCE):
                events.feed(part)
                yield from events.taken()
        events.feed(b"", is_last=True)
    except OSError as error:
        raise FormatError(path, f"cannot be read ({error.strerror or error})") from error
    yield from events.taken()


class _Events:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: list[Element] = []
        self._paths: list[str] = []
        self._texts: list[list[str]] = []
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._on_start
        self._parser.EndElementHandler = self._on_end
        self._parser.CharacterDataHandler = self._on_text
        self._parser.StartDoctypeDeclHandler = self._on_doctype

    def feed(self, part: bytes, *, is_last: bool = False) -> None:
        try:
            self._parser.Parse(part, is_last)
        except expat.ExpatError as error:
            problem = f"expected XML: {expat.ErrorString(error.code)}"
            raise FormatError(self._path, problem, f"line {error.lineno}") from error
        except (LookupError, ValueError) as error:
            raise FormatError(self._path, f"expected XML in UTF-8 or UTF-16 ({error})", "line 1") from error

    def taken(self) -> list[Element]:
        found, self._found = self._found, []
        return found

    def _on_start(self, name: str, attributes: dict[str, str]) -> None:
        self._paths.append(f"{self._paths[-1]}/{name}" if self._paths else name)
        self._texts.append([])
        if len(self._paths) > limits.DEEPEST_XML:
            raise self._error(f"elements are nested more than {limits.DEEPEST_XML} deep")
        self._found.append(Element(self._path, self._paths[-1], attributes, self._parser.CurrentLineNumber))

    def _on_end(self, _name: str) -> None:
        text = "".join(self._texts.pop())
        line = self._parser.CurrentLineNumber
        self._found.append(Element(self._path, self._paths.pop(), {}, line, True, text.strip()))

    def _on_text(self, text: str) -> None:
        if self._texts:
            self._texts[-1].append(text)
            if len(self._texts[-1]) > limits.LONGEST_XML_TEXT:
                raise self._error("a text that is too long")

    def _on_doctype(self, *_declaration: object) -> None:
        raise self._error("a document type declaration (<!DOCTYPE>) is not accepted, for security")

    def _error(self, problem: str) -> FormatError:
        return FormatError(self._path, problem, f"line {self._parser.CurrentLineNumber}")


def root_of(path: Path) -> str:
    """The name of the outermost element; nothing where it is no XML."""
    try:
        return next((element.path for element in elements_of(path)), "")
    except FormatError:
        return ""
