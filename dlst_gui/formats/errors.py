"""What can be wrong with a file of labels, in words for the user."""

from __future__ import annotations

from pathlib import Path
from reprlib import Repr

from dlst_gui import limits


class FormatError(Exception):
    """A file of labels that cannot be read, or labels that cannot be written; nothing has been changed.

    Attributes:
        path: the file.
        place: where in it, such as "line 12"; None where it is about the whole file.
        problem: what was expected and what was found.
    """

    def __init__(self, path: Path, problem: str, place: str | None = None) -> None:
        shown = str(path) if len(str(path)) <= limits.LONGEST_PATH else shortly(str(path))
        super().__init__(f"{shown}{f', {place}' if place else ''}: {problem}")
        self.path = path
        self.problem = problem
        self.place = place


class UnknownFormatError(FormatError):
    """Labels of which it cannot be told in which format they are; a person may know."""


def shortly(value: object) -> str:
    """A value as a message shows it: never more than a line."""
    # A value that refers to itself many times over would be exponentially long in full.
    brief = Repr()
    brief.maxlevel, brief.maxlist, brief.maxdict, brief.maxtuple = 2, 4, 4, 4
    brief.maxstring = brief.maxother = brief.maxlong = 60
    return brief.repr(value)
