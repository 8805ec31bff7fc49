"""The list of videos that the window shows: which there are, how far they are, which is open, which comes next."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from dlst_gui.jobs.discovery import opened_paths
from dlst_gui.jobs.job import Job, JobList, JobProgress, JobState
from dlst_gui.jobs.job_file import JobFileError
from dlst_gui.jobs.progress import ProgressReader
from dlst_gui.jobs.thumbnail_frame import Thumbnail
from dlst_gui.jobs.thumbnails import thumbnail_folder
from dlst_gui.project.placement import places_of
from dlst_gui.session.disk_look import DiskLook
from dlst_gui.session.job_lookup import JobLookup

PICTURES_HELD = 600
"""Ours: as many as a tall screen shows ten times over, about 35 MB."""


class Jobs(QObject):
    """At most one list. Nothing in it opens a video or a project: `Session` does.

    Attributes:
        shown_state: jobs in another state are left out, also by "next"; None for all.
        shown_name: so are those whose name does not hold this, whatever the case.
    """

    found = Signal(object)  # what was to be opened: Path, FoundList or FoundNothing
    changed = Signal()  # another list, or none
    rows_changed = Signal()  # which rows are shown
    row_changed = Signal(int)  # progress or picture of one
    current_changed = Signal()

    def __init__(self, data_folder: Path | None, cache_folder: Path | None = None) -> None:
        super().__init__()
        self._data_folder = data_folder
        self._list: JobList | None = None
        self._names: tuple[str, ...] = ()
        self._rows: dict[Path, int] = {}
        self._asked: int | None = None
        self._progress: dict[int, JobProgress] = {}
        self._pictures: OrderedDict[int, Thumbnail | None] = OrderedDict()
        self._wanted: set[int] = set()
        self._current: int | None = None
        self.shown_state: JobState | None = None
        self.shown_name = ""
        self._look = DiskLook("folder look")
        self._look.answered.connect(self.found)
        self._lookup = JobLookup(data_folder, cache_folder or thumbnail_folder())
        self._lookup.progressed.connect(self._on_progressed)
        self._lookup.pictured.connect(self._on_pictured)

    @property
    def list(self) -> JobList | None:
        return self._list

    @property
    def jobs(self) -> tuple[Job, ...]:
        return () if self._list is None else self._list.jobs

    @property
    def current(self) -> int | None:
        """The row of the open video; None where that is in no list."""
        return self._current

    @property
    def opened_as(self) -> Path | None:
        """The folder or file by which the open video is found again with its list; None where there is none."""
        return None if self._list is None or self._current is None else self._list.path

    def name(self, row: int) -> str:
        """What a job is called in this list."""
        return self._names[row]

    def progress(self, row: int) -> JobProgress | None:
        """How far it is; None as long as nobody has looked."""
        return self._progress.get(row)

    def picture(self, row: int) -> Thumbnail | None:
        """Its picture; None where there is none, or not yet: it is made, and `row_changed` tells."""
        if row in self._pictures:
            self._pictures.move_to_end(row)
        elif row not in self._wanted:
            self._wanted.add(row)
            self._lookup.want_picture(row)
        return self._pictures.get(row)

    def row_of(self, video: Path) -> int | None:
        """Where a video is in the list; of several rows, which have other projects, the one asked for, or open."""
        path = video.absolute()
        meant = (row for row in (self._asked, self._current) if row is not None)
        return next((row for row in meant if self.jobs[row].video == path), self._rows.get(path))

    def ask(self, row: int | None) -> None:
        """Note which row is being opened; None where that was given up."""
        self._asked = row

    def find(self, paths: Sequence[Path]) -> None:
        """Find out what these are, in the background; answered by `found`."""
        self._look.request(partial(_found, tuple(paths), self._lookup.reader))

    def show(self, jobs: JobList) -> None:
        """Show a list; what is known of the one before is forgotten."""
        self._list, self._names = jobs, jobs.names
        self._forget()
        self._rows = {job.video: row for row, job in reversed([*enumerate(jobs.jobs)])}
        self.shown_state, self.shown_name = None, ""
        self._lookup.open(jobs.jobs)
        self.changed.emit()

    def close_list(self) -> None:
        """Show none any more."""
        if self._list is not None:
            self._list, self._names = None, ()
            self._forget()
            self._lookup.close()
            self.changed.emit()

    def keep_as(self, jobs: JobList) -> None:
        """The list has a file now."""
        if self._list is not None:
            self._list = replace(self._list, path=jobs.path)

    def set_current(self, video: Path | None) -> None:
        """Note which video is open."""
        row = None if video is None else self.row_of(video)
        if row != self._current:
            left, self._current = self._current, row
            if left is not None:
                self._lookup.look_again((left,))
            self.current_changed.emit()

    def note_project(self, project: Path) -> None:
        """Note where the project of the open video lies, for a list that is saved, and for counting it."""
        row = self._current
        if row is None or self._list is None:
            return
        job = self._list.jobs[row]
        usual = () if self._data_folder is None else places_of(job.video, self._data_folder)
        known = None if project in usual else project
        if known != job.project:
            jobs = list(self._list.jobs)
            jobs[row] = Job(job.video, known)
            self._list = replace(self._list, jobs=tuple(jobs))
            self._lookup.replace(row, jobs[row])

    def look_again(self, row: int | None = None) -> None:
        """Look up a job again, or all of them: others may have worked on them."""
        if self._list is not None:
            self._lookup.look_again(range(len(self._list.jobs)) if row is None else (row,))

    def set_filter(self, state: JobState | None, name: str) -> None:
        """Show only some of the rows."""
        if (state, name) != (self.shown_state, self.shown_name):
            self.shown_state, self.shown_name = state, name
            self.rows_changed.emit()

    def shown_rows(self) -> tuple[int, ...]:
        """Those that pass the filter, in the list's order; those nobody has looked at yet count as new."""
        wanted = self.shown_name.casefold()
        return tuple(
            row
            for row, name in enumerate(self._names)
            if wanted in name.casefold() and self.shown_state in (None, self.state(row))
        )

    def state(self, row: int) -> JobState:
        """NEW as long as nobody has looked."""
        progress = self._progress.get(row)
        return JobState.NEW if progress is None else progress.state

    def next_row(self, *, forward: bool, opening: Path | None = None) -> int | None:
        """The next shown job whose video is there, or the one before; None where there is none.

        It follows the open one, or the one that is being opened.
        """
        rows = [row for row in self.shown_rows() if self.state(row) is not JobState.MISSING]
        here = None if opening is None else self.row_of(opening)
        here = self._current if here is None else here
        if here is None:
            return next(iter(rows if forward else reversed(rows)), None)
        if forward:
            return next((row for row in rows if row > here), None)
        return next((row for row in reversed(rows) if row < here), None)

    def close(self) -> None:
        """End the thread that looks things up."""
        self._look.drop()
        self._lookup.close()

    def _forget(self) -> None:
        self._rows.clear()
        self._progress.clear()
        self._pictures.clear()
        self._wanted.clear()
        self._current = self._asked = None

    @Slot(int, object)
    def _on_progressed(self, row: int, progress: JobProgress) -> None:
        before = self.state(row)
        if self._progress.get(row) != progress:
            self._progress[row] = progress
            self.row_changed.emit(row)
            if progress.state is not before and self.shown_state is not None:
                self.rows_changed.emit()

    @Slot(int, object)
    def _on_pictured(self, row: int, picture: Thumbnail | None) -> None:
        self._pictures[row] = picture
        if len(self._pictures) > PICTURES_HELD:
            gone, _ = self._pictures.popitem(last=False)
            self._wanted.discard(gone)
        self.row_changed.emit(row)


@dataclass(frozen=True, slots=True)
class FoundList:
    """A list that was found, and which job to begin with."""

    jobs: JobList
    row: int


@dataclass(frozen=True, slots=True)
class FoundNothing:
    """Why there is no list, and what to do."""

    message: str


def _found(paths: tuple[Path, ...], reader: ProgressReader) -> Path | FoundList | FoundNothing:
    try:
        opened = opened_paths(paths)
    except JobFileError as error:
        return FoundNothing(str(error))
    except OSError as error:
        return FoundNothing(f"{error.filename or paths[0]} cannot be looked into ({error.strerror})")
    return opened if isinstance(opened, Path) else FoundList(opened, reader.first_open(opened))
