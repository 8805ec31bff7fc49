"""Earlier states of projects: whole copies in the user's data folder, made while one works.

They lie away from the projects, so that they outlive a folder that is deleted and clutter none.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from dlst_gui.project.errors import ProjectFileError, contents_checked, sqlite_errors_named
from dlst_gui.project.page_file import PageFile
from dlst_gui.project.placement import SUFFIX
from dlst_gui.project.project import Project
from dlst_gui.project.project_file import connect, connect_unchecked, replaced_whole
from dlst_gui.project.rows import Json, parsed_json, text, whole_number
from dlst_gui.project.state_tables import read_state

BACKUPS_FOLDER = "backups"
"""Below the folder of projects whose videos lie where nothing can be written."""

PAGES_PER_STEP = 256
"""Ours: a megabyte, after which whoever else wants the disk has it for a moment."""

PAUSE_S = 0.002
"""Ours. Between two of them."""

_KEY = "earlier state"

ShouldCancel = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class BackupLimits:
    """How much is kept.

    Attributes:
        most_states: of each project, one a session.
        most_bytes: of all projects together; the latest state of each goes last.
    """

    most_states: int = 10
    most_bytes: int = 2 * 2**30


@dataclass(frozen=True, slots=True)
class StateCounts:
    """What a project holds, in numbers."""

    tracks: int
    manual_boxes: int
    tracked_boxes: int


@dataclass(frozen=True, slots=True)
class EarlierState:
    """A copy of a project.

    Attributes:
        made_at_s: when, in seconds since 1970.
        mark: what tells whether the project has changed since.
    """

    path: Path
    made_at_s: float
    byte_count: int
    counts: StateCounts
    mark: str

    @property
    def made_at(self) -> datetime:
        """When, on this computer's clock."""
        return datetime.fromtimestamp(self.made_at_s).astimezone()


class BackupCancelledError(ProjectFileError):
    """Whoever asked for a copy wants it no more; nothing was changed."""


class Backups:
    """The copies below one folder, which is made when it is needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def states_of(self, project: Path) -> tuple[EarlierState, ...]:
        """The latest first; what cannot be read is left out."""
        states = []
        for path in self._place_of(project).glob(f"*{SUFFIX}"):
            with suppress(ProjectFileError, OSError):
                states.append(_state_at(path))
        return tuple(sorted(states, key=lambda state: state.made_at_s, reverse=True))

    def make(
        self,
        project: Path,
        session: datetime,
        limits: BackupLimits,
        should_cancel: ShouldCancel = lambda: False,
    ) -> EarlierState | None:
        """Copy a project as it is at this moment, also while it is written to; None where it has not changed.

        Args:
            project: the file.
            session: when the session began; its next copy takes the place of this one.
            limits: what is removed for it.
            should_cancel: asked after every step.

        Raises:
            BackupCancelledError: it was cancelled.
            ProjectFileError: the project cannot be read, the copy not be written, or it is larger than allowed.
        """
        with closing(connect_unchecked(project, read_only=True)) as source, sqlite_errors_named(project):
            source.execute("BEGIN")  # one snapshot, or each write would make the copy begin anew
            mark = _mark_of(source)
            known = self.states_of(project)
            if known and known[0].mark == mark:
                return None
            byte_count = _byte_count(source)
            if byte_count > limits.most_bytes:
                raise ProjectFileError(
                    project,
                    f"no backup is made: it has {byte_count >> 20} MB, and all backups may have "
                    f"{limits.most_bytes >> 20}; see the settings",
                )
            path = self._place_of(project) / f"{session:%Y-%m-%d %H.%M.%S.%f}{SUFFIX}"
            _make_folder(path.parent)
            with replaced_whole(path) as unfinished:
                _copy(source, unfinished, project, mark, should_cancel)
        self.prune(limits, keep=path)
        return _state_at(path)

    def prune(self, limits: BackupLimits, *, keep: Path | None = None) -> None:
        """Remove what is beyond the limits, the oldest first, but not `keep`."""
        places: dict[Path, list[Path]] = {}
        for path in self._folder.glob(f"*/*{SUFFIX}"):
            places.setdefault(path.parent, []).append(path)
        latest = set()
        for paths in places.values():
            paths.sort(key=lambda path: path.name, reverse=True)
            latest.add(paths[0])
            for path in paths[limits.most_states :]:
                if path != keep:
                    _remove(path)
        left = [path for paths in places.values() for path in paths if path.exists()]
        left.sort(key=lambda path: (path == keep, path in latest, path.stat().st_mtime))
        total = sum(path.stat().st_size for path in left)
        for path in left:
            if total <= limits.most_bytes or path == keep:
                break
            total -= path.stat().st_size
            _remove(path)

    def _place_of(self, project: Path) -> Path:
        path = project.resolve()
        place = blake2b(str(path).encode(errors="surrogateescape"), digest_size=8).hexdigest()
        return self._folder / f"{path.name.removesuffix(SUFFIX)}-{place}"


@contextmanager
def opened_state(path: Path) -> Iterator[Project]:
    """The project that a copy holds, which can be read inside; raises `ProjectFileError`."""
    with closing(connect(path, read_only=True)) as connection:
        with contents_checked(path):
            project = read_state(connection, PageFile(connection, path))
        yield project


def read_state_at(path: Path) -> Project:
    """The project that a copy holds; raises `ProjectFileError`."""
    with opened_state(path) as project:
        project.keep_pages()
        return project


def counts_of(connection: sqlite3.Connection) -> StateCounts:
    """What an open project file of the newest version holds, without reading its boxes."""
    (tracks,) = connection.execute("SELECT count(*) FROM track").fetchone()
    tables = ("keyframe_page", "prediction_page")
    manual, tracked = (
        connection.execute(f"SELECT coalesce(sum(count), 0) FROM {table}").fetchone()[0] for table in tables
    )
    return StateCounts(tracks, manual, tracked)


def _mark_of(connection: sqlite3.Connection) -> str:
    """Another one after every step, undo and redo; where one looks is no change."""
    sequences = connection.execute("SELECT name, seq FROM sqlite_sequence ORDER BY name").fetchall()
    undone = connection.execute("SELECT count(*), coalesce(sum(is_undone), 0) FROM edit").fetchone()
    return f"{sequences} {undone}"


def _byte_count(connection: sqlite3.Connection) -> int:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    return int(pages) * int(page_size)


def _copy(source: sqlite3.Connection, to: Path, project: Path, mark: str, should_cancel: ShouldCancel) -> None:
    def tell(_status: int, _remaining: int, _total: int) -> None:
        if should_cancel():
            raise BackupCancelledError(project, "the backup was cancelled")

    with closing(sqlite3.connect(to, isolation_level=None)) as target:
        source.backup(target, pages=PAGES_PER_STEP, progress=tell, sleep=PAUSE_S)
        target.execute("PRAGMA journal_mode = DELETE")
        counts = counts_of(target)
        numbers: list[Json] = [counts.tracks, counts.manual_boxes, counts.tracked_boxes]
        facts: dict[str, Json] = {
            "made_at_s": time.time(),
            "project": str(project),
            "mark": mark,
            "counts": numbers,
        }
        target.execute("REPLACE INTO meta VALUES (?, ?)", (_KEY, _json(facts)))


def _state_at(path: Path) -> EarlierState:
    with closing(connect_unchecked(path, read_only=True)) as connection, contents_checked(path):
        row = connection.execute("SELECT value FROM meta WHERE key = ?", (_KEY,)).fetchone()
        facts = parsed_json(text(row[0] if row else "", "what is known of an earlier state"))
        if not isinstance(facts, dict) or not isinstance(facts.get("counts"), list):
            raise ValueError("expected what is known of an earlier state")
        made_at_s, counts = facts.get("made_at_s"), facts["counts"]
        if not isinstance(made_at_s, float) or not isinstance(counts, list) or len(counts) != 3:
            raise ValueError("expected when an earlier state was made, and three counts")
        numbers = StateCounts(*(whole_number(number, "a count") for number in counts))
        return EarlierState(path, made_at_s, path.stat().st_size, numbers, text(facts.get("mark"), "a mark"))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProjectFileError(folder, f"no backups can be kept there ({error.strerror})") from error


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
        if next(path.parent.iterdir(), None) is None:
            path.parent.rmdir()


def _json(value: dict[str, Json]) -> str:
    return json.dumps(value, allow_nan=False)
