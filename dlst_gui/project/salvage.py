"""What can still be read of a damaged project, copied into a new one."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from dlst_gui.project.changes import Change, TrackChange, inverses
from dlst_gui.project.conversions import attributes_of_free_texts, untold
from dlst_gui.project.damaged_file import ReadableRows, readable_rows
from dlst_gui.project.errors import ProjectFileError, sqlite_errors_named
from dlst_gui.project.journal import change_from, journal_row
from dlst_gui.project.labels import TrackInfo
from dlst_gui.project.placement import logs_of
from dlst_gui.project.project import Project
from dlst_gui.project.project_file import fill_new, published, replaced_whole
from dlst_gui.project.rows import parsed_json, text, video_from, whole_number
from dlst_gui.project.state_tables import ATTRIBUTES_SINCE, change_of, tables_of, write_state
from dlst_gui.project.track_content import StaleChangeError
from dlst_gui.project.video_identity import VideoIdentity
from dlst_gui.project.writer_lock import lock_file

NAMELESS_COLOR = "#808080"
"""Of tracks of which only boxes are left."""

Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class SalvageReport:
    """What went into the new project.

    Attributes:
        step_count: steps that can still be undone or redone.
        lost_step_count: steps that were read, but do not lead to what is left.
        unreadable: parts of the old project that could not be read to the end, or make no sense.
    """

    track_count: int
    keyframe_count: int
    prediction_count: int
    reviewed_count: int
    step_count: int
    lost_step_count: int
    unreadable: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing."""
        return not self.unreadable and not self.lost_step_count


@dataclass(frozen=True, slots=True)
class Step:
    """A row of the history with its changes."""

    row: Row
    changes: tuple[Change, ...]


def salvage(path: Path, to: Path) -> SalvageReport:
    """Copy what can be read of a project into a new one; the damaged file is only read.

    Of the history, the latest steps stay, as far back as they fit what is left. A video that cannot be told is
    left nameless, so that opening the new project asks for it.

    Raises:
        ProjectExistsError: there is something at `to`.
        ProjectFileError: nothing of `path` can be read, or `to` cannot be written.
    """
    with published(to) as unfinished:
        return salvage_into(path, unfinished)


def salvage_into(path: Path, to: Path) -> SalvageReport:
    """As `salvage`, into an empty file."""
    found = readable_rows(path)
    unreadable = list(found.unreadable)
    video = _video(found, unreadable)
    project = Project(video or VideoIdentity("", 0, 0, 0, 0))
    taken = [change for change in _changes(found, unreadable) if _takes(project, change, unreadable)]
    if not taken and video is None:
        raise ProjectFileError(path, "nothing in it can be read; restore an earlier state or a backup of the file")
    steps = fitting_steps(project, found, unreadable)
    tracks = project.tracks()
    with sqlite_errors_named(to), closing(sqlite3.connect(to, isolation_level=None)) as made:
        fill_new(made, project.video)
        made.execute("BEGIN")
        write_state(made, project, (*(TrackChange(None, info) for info in tracks), *taken))
        if found.version < ATTRIBUTES_SINCE:
            attributes_of_free_texts(made, untold)
        write_steps(made, steps)
        made.executemany("INSERT OR IGNORE INTO meta VALUES (?, ?)", _meta(found, unreadable))
        made.execute("COMMIT")
    return SalvageReport(
        len(tracks),
        sum(len(project.keyframe_block(track.track_id)) for track in tracks),
        sum(len(project.predictions(track.track_id)) for track in tracks),
        sum(len(project.review(track.track_id)) for track in tracks),
        len(steps),
        len(found.rows.get("edit", ())) - len(steps),
        tuple(dict.fromkeys(unreadable)),
    )


def repair(path: Path) -> None:
    """Put what can be read in the project's place; the damaged file stays beside it, under another name."""
    lock = lock_file(path.resolve())
    try:
        with replaced_whole(path) as repaired:
            salvage_into(path, repaired)
            _keep_damaged(path)
    finally:
        lock.release()


def put_back(path: Path, state: Path) -> None:
    """Put a copy of an earlier state in the project's place; the damaged file stays under another name."""
    lock = lock_file(path.resolve())
    try:
        with replaced_whole(path) as restored:
            shutil.copyfile(state, restored)
            if path.exists():
                _keep_damaged(path)
    finally:
        lock.release()


def _keep_damaged(path: Path) -> None:
    """Copy a damaged file and its logs to names that nothing has; its logs, which fit no other file, are gone."""
    names = (path.with_name(f"{path.name}.damaged{number or ''}") for number in count())
    kept = next(name for name in names if not name.exists())
    for part, copy in zip((path, *logs_of(path)), (kept, *logs_of(kept)), strict=True):
        if part.exists():
            shutil.copy2(part, copy)
    for log in logs_of(path):
        log.unlink(missing_ok=True)


def _video(found: ReadableRows, unreadable: list[str]) -> VideoIdentity | None:
    for row in found.rows.get("video", ()):
        try:
            return video_from(row)
        except ValueError:
            break
    unreadable.append("video")
    return None


def _changes(found: ReadableRows, unreadable: list[str]) -> Iterator[Change]:
    for table in tables_of(found.version):
        for row in found.rows.get(table, ()):
            try:
                yield change_of(table, row)
            except ValueError:
                unreadable.append(table)


def _takes(project: Project, change: Change, unreadable: list[str]) -> bool:
    """Whether the project took the change; a track that is gone comes back without its name."""
    track_id = getattr(change, "track_id", None)
    if track_id is not None and not project.has_track(track_id):
        project.apply(TrackChange(None, TrackInfo(track_id, "", NAMELESS_COLOR)))
        unreadable.append("track")
    try:
        project.apply(change)
    except StaleChangeError:
        unreadable.append("what lies on a frame twice")
        return False
    return True


def _steps(found: ReadableRows, unreadable: list[str]) -> list[Step]:
    """The latest steps of which everything can be read."""
    changes: dict[object, list[Row]] = {}
    for edit_id, *columns in found.rows.get("change", ()):
        changes.setdefault(edit_id, []).append(columns)
    steps: list[Step] = []
    for row in reversed(found.rows.get("edit", ())):
        try:
            step = Step(_checked_step(row), tuple(change_from(each) for each in changes.get(row[0], ())))
        except ValueError:
            unreadable.append("edit")
            break
        steps.append(step)
    return steps[::-1]


def _checked_step(row: Row) -> Row:
    edit_id, title, frame_index, track_id, is_undone = row
    for number, what in (
        (edit_id, "an edit's id"),
        (frame_index or 0, "a frame index"),
        (track_id or 0, "a track"),
    ):
        whole_number(number, what)
    text(title, "an edit's title")
    whole_number(is_undone, "a flag", most=1)
    return row


def fitting_steps(project: Project, found: ReadableRows, unreadable: list[str]) -> list[Step]:
    """Those that can be taken back from what is left, one after the other, and made again."""
    steps = _steps(found, unreadable)
    kept: list[Step] = []
    scratch = project.copied()
    for step in reversed([step for step in steps if not step.row[4]]):
        if not step.changes or not _goes(scratch, inverses(step.changes)):
            break
        kept.insert(0, step)
    scratch = project.copied()
    for step in (step for step in steps if step.row[4]):
        if not step.changes or not _goes(scratch, step.changes):
            break
        kept.append(step)
    return kept


def _goes(project: Project, changes: tuple[Change, ...]) -> bool:
    try:
        project.apply(*changes)
    except (StaleChangeError, ValueError, KeyError):
        return False
    return True


def write_steps(connection: sqlite3.Connection, steps: list[Step]) -> None:
    """Write steps with their changes into a file that has none."""
    query = "INSERT INTO change (edit_id, kind, track_id, spans, before, after) VALUES (?, ?, ?, ?, ?, ?)"
    for step in steps:
        connection.execute("INSERT INTO edit VALUES (?, ?, ?, ?, ?)", tuple(step.row))
        connection.executemany(query, [(step.row[0], *journal_row(change).columns) for change in step.changes])


def _meta(found: ReadableRows, unreadable: list[str]) -> Iterator[tuple[str, str]]:
    for key, value in found.rows.get("meta", ()):
        try:
            parsed_json(text(value, "a value"))
            if "\N{REPLACEMENT CHARACTER}" in f"{key}{value}":
                raise ValueError("broken text")
            yield text(key, "a key"), text(value, "a value")
        except ValueError:
            unreadable.append("meta")
