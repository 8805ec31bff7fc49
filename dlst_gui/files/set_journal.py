"""What is being put in place: written beside it before the first rename, so that the next start completes it."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path, PurePosixPath

from tracker_core.staging import JOURNAL, sync_folders

_COARSEST_TIME_NS = 2_000_000_000
"""To which FAT keeps when a file was written."""


class Direction(Enum):
    """Which way the renames go: `BACK` where one of them has failed."""

    FORWARD = "forward"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder that is put in place as a whole.

    Attributes:
        number: of the entry in its set.
        name: relative to the staging folder's parent, with `/` between folders.
        inode: of the new one, which tells after an exchange that it was made.
        new_mark, old_mark: what is put in place and what was there; see `mark_of`.
    """

    number: int
    name: str
    is_folder: bool
    inode: int
    new_mark: str
    old_mark: str


@dataclass(frozen=True, slots=True)
class SetJournal:
    """A set on its way.

    Attributes:
        made: folders that are made for it, relative as names are, the outermost first.
    """

    direction: Direction
    entries: tuple[Entry, ...]
    made: tuple[str, ...]

    def write(self, folder: Path) -> None:
        """Put it into a staging folder, in one step and onto the disk."""
        content = {**asdict(self), "direction": self.direction.value}
        unfinished = folder / f"{JOURNAL}.new"
        with unfinished.open("w", encoding="utf-8") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(folder / JOURNAL)
        sync_folders([folder])


def read_journal(folder: Path) -> SetJournal | None:
    """The journal in a staging folder; None where there is none, or none of ours."""
    try:
        content = json.loads((folder / JOURNAL).read_text(encoding="utf-8"))
        entries = tuple(Entry(**each) for each in content["entries"])
        journal = SetJournal(Direction(content["direction"]), entries, tuple(content["made"]))
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        return None
    return journal if all(map(_stays_below, (*journal.made, *(entry.name for entry in entries)))) else None


def mark_of(path: Path) -> str:
    """By which a file or folder is known again: sizes and times of its files; empty where there is nothing."""
    try:
        return _mark_of_file(path) if path.is_symlink() or not path.is_dir() else _mark_of_folder(path)
    except FileNotFoundError:
        return ""


def _mark_of_file(path: Path | str) -> str:
    facts = os.lstat(path)
    return f"{facts.st_size} {facts.st_mtime_ns // _COARSEST_TIME_NS}"


def _mark_of_folder(folder: Path) -> str:
    digest = hashlib.sha256()
    for place, folders, files in os.walk(folder):
        folders.sort()
        below = "" if place == str(folder) else f"{Path(place).relative_to(folder)}{os.sep}"
        # Texts, not paths: there may be hundred thousands of files.
        for name in sorted(files):
            mark = _mark_of_file(f"{place}{os.sep}{name}")
            digest.update(f"{below}{name}\0{mark}\0".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _stays_below(name: object) -> bool:
    """A journal may come from anyone: names in it lead nowhere else."""
    if not isinstance(name, str) or not name or "\\" in name:
        return False
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and not Path(name).is_absolute()
