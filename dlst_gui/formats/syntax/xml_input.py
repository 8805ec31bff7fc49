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
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.syntax.input_files import open_regular, size_of, unreadable
from dlst_gui.formats.syntax.text_input import finite

_BYTES_AT_ONCE = 1 << 16
_MOST_KNOWN = 1000
"""Paths that are kept, so that they need not be put together for every element."""


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


class XmlWalk:
    """Walks a file; subclasses say what becomes of each element.

    Args:
        path: the file.
        tick: hears how far it is.
    """

    def __init__(self, path: Path, tick: Tick = untold) -> None:
        self.path = path
        self._tick = tick
        # What is open: the path of each element, and the pieces of its text.
        self._paths: list[str] = []
        self._texts: list[list[str]] = []
        self._known: dict[tuple[str, str], str] = {}
        self._heard: dict[str, bool] = {}
        self._is_listening = False
        self._characters = 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self.on_start
        self._parser.EndElementHandler = self.on_end
        self._parser.StartDoctypeDeclHandler = self._on_doctype

    def started(self, path: str, attributes: dict[str, str]) -> None:
        """An element begins; `path` is made of the names from the root to it, separated by "/"."""
        raise NotImplementedError

    def ended(self, path: str, text: str) -> None:
        """An element ends; `text` is what lies between its tags, without that of elements in it."""
        raise NotImplementedError

    def has_text(self, path: str) -> bool:
        """Whether the text of such elements is asked for; reading it takes time."""
        return True

    @property
    def line(self) -> int:
        """The number of the line that is read, from 1."""
        return self._parser.CurrentLineNumber

    def parts(self) -> Iterator[None]:
        """Reads the whole file, and gives way after each part of it."""
        with open_regular(self.path) as file:
            size, done = size_of(file), 0
            try:
                while part := file.read(_BYTES_AT_ONCE):
                    done += len(part)
                    self._tick(min(done, size), size)
                    self._feed(part)
                    if done - self._parser.CurrentByteIndex > limits.LONGEST_XML_TAG:
                        raise self._error(
                            f"expected tags of at most {limits.LONGEST_XML_TAG} bytes, there is a longer one"
                        )
                    yield
            except OSError as error:
                raise unreadable(self.path, error) from error
        self._feed(b"", is_last=True)
        yield

    def _feed(self, part: bytes, *, is_last: bool = False) -> None:
        try:
            self._parser.Parse(part, is_last)
        except expat.ExpatError as error:
            problem = f"expected XML: {expat.ErrorString(error.code)}"
            raise FormatError(self.path, problem, f"line {error.lineno}") from error
        except (LookupError, ValueError) as error:
            raise FormatError(self.path, f"expected XML in UTF-8 or UTF-16 ({error})", "line 1") from error

    def on_start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins. A subclass that has a shorter way for some elements calls `enter` for these."""
        outer = self._paths[-1] if self._paths else ""
        path = self._known.get((outer, name)) or self._inside(outer, name)
        self.enter(path)
        if len(self._paths) > limits.DEEPEST_XML:
            raise self._error(f"elements are nested more than {limits.DEEPEST_XML} deep")
        self._listen(path)
        self.started(path, attributes)

    def on_end(self, _name: str) -> None:
        """An element ends. A subclass that has a shorter way calls `leave`."""
        pieces = self._texts.pop()
        self.ended(self._paths.pop(), "".join(pieces).strip() if pieces else "")
        if self._paths:
            self._listen(self._paths[-1])

    def enter(self, path: str) -> None:
        """What follows is in an element of this path."""
        self._paths.append(path)
        self._texts.append([])

    def leave(self) -> None:
        """What follows is outside the element that is open."""
        self._paths.pop()
        self._texts.pop()

    @property
    def inside(self) -> str:
        """The path of the element that is open."""
        return self._paths[-1] if self._paths else ""

    def _inside(self, outer: str, name: str) -> str:
        path = f"{outer}/{name}" if outer else name
        if len(self._known) < _MOST_KNOWN:
            self._known[outer, name] = path
            self._heard[path] = self.has_text(path)
        return path

    def _listen(self, path: str) -> None:
        has_text = self._heard.get(path)
        if has_text is None:
            has_text = self.has_text(path)
        self._characters = 0
        if has_text is not self._is_listening:
            self._is_listening = has_text
            self._parser.CharacterDataHandler = self._on_text if has_text else None

    def _on_text(self, text: str) -> None:
        self._texts[-1].append(text)
        self._characters += len(text)
        if self._characters > limits.LONGEST_XML_TEXT:
            raise self._error("a text that is too long")

    def _on_doctype(self, *_declaration: object) -> None:
        raise self._error("a document type declaration (<!DOCTYPE>) is not accepted, for security")

    def _error(self, problem: str) -> FormatError:
        return FormatError(self.path, problem, f"line {self.line}")


class _Elements(XmlWalk):
    def __init__(self, path: Path, tick: Tick) -> None:
        super().__init__(path, tick)
        self._found: list[Element] = []

    def started(self, path: str, attributes: dict[str, str]) -> None:
        self._found.append(Element(self.path, path, attributes, self.line))

    def ended(self, path: str, text: str) -> None:
        self._found.append(Element(self.path, path, {}, self.line, True, text))

    def taken(self) -> list[Element]:
        found, self._found = self._found, []
        return found


def elements_of(path: Path, tick: Tick = untold) -> Iterator[Element]:
    """Beginnings and ends of all elements, in the order of the file."""
    walk = _Elements(path, tick)
    for _ in walk.parts():
        yield from walk.taken()


def root_of(path: Path) -> str:
    """The name of the outermost element; nothing where it is no XML."""
    try:
        return next((element.path for element in elements_of(path)), "")
    except FormatError:
        return ""
