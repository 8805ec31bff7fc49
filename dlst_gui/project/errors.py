"""What can be wrong with a project file, in words for the user."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class ProjectFileError(Exception):
    """A project file that cannot be used or written; the message names it and says what to do.

    Attributes:
        path: of the file, or what is named instead.
        plain: the message without `details`.
        details: what SQLite or the system says of it, which helps who knows them; may be empty.
    """

    def __init__(self, path: Path | str, problem: str, details: str = "", *, advice: str = "") -> None:
        told = f" ({details})" if details else ""
        super().__init__(f"{path}: {problem}{told}{advice}")
        self.path = path
        self.plain = f"{path}: {problem}{advice}"
        self.details = details


class ProjectInUseError(ProjectFileError):
    """Another window writes this project; it can be opened to read."""


class ProjectExistsError(ProjectFileError):
    """Nothing was made, because there is a file of this name already."""


class ReadOnlyFolderError(ProjectFileError):
    """The folder takes no files; the project can be looked at, or kept elsewhere."""

    def __init__(self, path: Path | str, problem: str) -> None:
        super().__init__(
            path, f"{problem}; check its permissions and the space on its disk, or choose another folder"
        )


class NewerProjectError(ProjectFileError):
    """A newer version of the program has made it; this one would lose parts of it."""


class DamagedProjectError(ProjectFileError):
    """The file is a project, but part of it cannot be read; `salvage` copies the rest."""

    def __init__(self, path: Path | str, problem: str) -> None:
        advice = ". Copy what can be read into a new project, or restore an earlier state of it"
        super().__init__(path, "the project is damaged", problem, advice=advice)


_ADVICE = {
    sqlite3.SQLITE_FULL: "the disk is full; free some space and try again",
    sqlite3.SQLITE_IOERR: "the disk reports an error; save a copy elsewhere",
    sqlite3.SQLITE_READONLY: "it cannot be written; check its permissions, or save a copy elsewhere",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check that it exists, and the permissions of file and folder",
    sqlite3.SQLITE_NOTADB: "this is not a DLST Studio project; open another file, or restore an earlier state",
    sqlite3.SQLITE_BUSY: "another program has locked it; close that program and try again",
    sqlite3.SQLITE_TOOBIG: "it holds, or would hold, a value that is too large for a project",
}
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_MISMATCH)


def plain_words(error: Exception) -> tuple[str, str]:
    """What a dialog says of an error, and what it shows to who wants to know more."""
    return (error.plain, error.details) if isinstance(error, ProjectFileError) else (str(error), "")


@contextmanager
def sqlite_errors_named(path: Path | str) -> Iterator[None]:
    """Turn errors of SQLite into `ProjectFileError`, those of damaged files into `DamagedProjectError`."""
    try:
        yield
    except UnicodeDecodeError as error:
        # Python cannot read what SQLite says of a schema whose text is broken, and raises this instead.
        raise DamagedProjectError(path, f"broken text in its schema: {error.reason}") from error
    except sqlite3.Error as error:
        # Only text that is no UTF-8 has no code: it is found after SQLite has handed it over.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if code in _DAMAGE:
            raise DamagedProjectError(path, str(error)) from error
        advice = _ADVICE.get(code)
        raise ProjectFileError(path, advice or "it cannot be read or written", str(error)) from error


@contextmanager
def contents_checked(path: Path | str) -> Iterator[None]:
    """As `sqlite_errors_named`, and turn values that make no sense into `DamagedProjectError`."""
    try:
        with sqlite_errors_named(path):
            yield
    except ValueError as error:
        raise DamagedProjectError(path, str(error)) from error
