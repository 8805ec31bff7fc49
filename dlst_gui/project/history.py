"""The one way in which a project changes: step by step, each of which can be taken back, also after a restart."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from dlst_gui.project.changes import Change, Edit, LongEdit, inverses
from dlst_gui.project.errors import DamagedProjectError, ProjectFileError
from dlst_gui.project.project import Project
from dlst_gui.project.store import ProjectStore, Step
from dlst_gui.project.track_content import StaleChangeError

Result = TypeVar("Result")

LONG_BYTES = 2**21  # ours: about 40,000 boxes; undoing that takes a tenth of a second
CHECKED_STEPS = 20
"""Ours. Of a project that nobody has closed; more than were in the log are rarely needed."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A step that was undone or redone, and the tracks that changed by that."""

    step: Step
    track_ids: frozenset[int]


class EditHistory:
    """Undo and redo of a project, kept in its file.

    Functions raise ProjectFileError where the file cannot be written; the project has not changed then either.
    """

    def __init__(self, project: Project, store: ProjectStore) -> None:
        self._project = project
        self._store = store
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._rescue_count = 0
        self._read_steps()
        if store.was_left_open:
            self._check_latest()

    @property
    def undo_title(self) -> str | None:
        """What `undo` takes back; None: there is nothing."""
        return self._done[-1].title if self._done else None

    @property
    def redo_title(self) -> str | None:
        """What `redo` makes again; None: there is nothing."""
        return self._undone[-1].title if self._undone else None

    @property
    def undo_frame(self) -> int | None:
        """Where `undo` changes something; None: nowhere in particular."""
        return self._done[-1].frame_index if self._done else None

    @property
    def redo_frame(self) -> int | None:
        """Where `redo` changes something; None: nowhere in particular."""
        return self._undone[-1].frame_index if self._undone else None

    def steps(self) -> tuple[Step, ...]:
        """All steps from the first on; those that are undone come last and say so."""
        return (*self._done, *reversed(self._undone))

    def titles(self) -> tuple[str, ...]:
        """Of `steps`."""
        return tuple(step.title for step in self.steps())

    def settle(self, *, waits: bool = False) -> None:
        """See that the file is still there; see `ProjectStore.settle`. Every step does so first."""
        self._store.settle(waits=waits)
        if self._store.rescue_count != self._rescue_count:
            self._read_steps()

    def do(self, edit: Edit) -> None:
        """Make an edit, and forget what was undone. An edit without changes is no step."""
        if edit.changes:
            self._surviving(lambda: self._append(edit))

    def do_long(self, edit: LongEdit) -> None:
        """Make an edit part by part, all or nothing, and forget what was undone. One without parts is no step.

        Whatever is raised while its parts are made, such as by who wants to leave early, takes everything back.
        """
        deque(self.doing(edit), maxlen=0)

    def doing(self, edit: LongEdit) -> Generator[float, None, None]:
        """As `do_long`, bit by bit. Closed early, it takes everything back; nothing else is done meanwhile.

        Yields:
            how much of it is done, 0 to 1, every few milliseconds.
        """
        self.settle()
        step = yield from self._store.appending(edit, self._project)
        if step is not None:
            self._done.append(step)
            self._undone.clear()

    def long_undo(self) -> frozenset[int] | None:
        """The tracks that come or go by `undo`, where that would hold up who waits for it; see `undoing`."""
        return self._tracks_of_long(self._done)

    def long_redo(self) -> frozenset[int] | None:
        """The tracks that come or go by `redo`, where that would hold up who waits for it; see `redoing`."""
        return self._tracks_of_long(self._undone)

    def undoing(self) -> Generator[float, None, Moved | None]:
        """As `undo`, bit by bit, as `doing`, and without holding all changes in memory."""
        self.settle()
        if not self._done:
            return None
        moved = yield from self._moving(self._done[-1], is_undone=True)
        self._undone.append(replace(self._done.pop(), is_undone=True))
        return moved

    def redoing(self) -> Generator[float, None, Moved | None]:
        """As `redo`, bit by bit, as `undoing`."""
        self.settle()
        if not self._undone:
            return None
        moved = yield from self._moving(self._undone[-1], is_undone=False)
        self._done.append(replace(self._undone.pop(), is_undone=False))
        return moved

    def _tracks_of_long(self, steps: list[Step]) -> frozenset[int] | None:
        if not steps or self._store.change_bytes(steps[-1].edit_id) <= LONG_BYTES:
            return None
        return self._store.tracks_of(steps[-1].edit_id)

    def _moving(self, step: Step, *, is_undone: bool) -> Generator[float, None, Moved]:
        try:
            track_ids = yield from self._store.marking(step.edit_id, is_undone=is_undone, project=self._project)
        except StaleChangeError as error:
            raise self._misfit(error) from error
        return Moved(step, track_ids)

    def undo(self) -> Edit | None:
        """Take the latest step back; what was taken back, or None where there is nothing."""
        return self._surviving(self._undo)

    def redo(self) -> Edit | None:
        """Make the step that was undone last again; None where there is nothing."""
        return self._surviving(self._redo)

    def begin_run(self, title: str, frame_index: int, track_id: int | None = None) -> OpenEdit:
        """Begin a step that grows while a tracker works; there is no step before something is added."""
        return OpenEdit(Edit(title, frame_index, track_id, ()), self._grow)

    def _undo(self) -> Edit | None:
        if not self._done:
            return None
        step = self._done[-1]
        edit = self._edit_of(step)
        changes = inverses(edit.changes)
        self._take_from_file(changes, lambda: self._mark(step, changes, is_undone=True))
        self._undone.append(replace(self._done.pop(), is_undone=True))
        return edit

    def _redo(self) -> Edit | None:
        if not self._undone:
            return None
        step = self._undone[-1]
        edit = self._edit_of(step)
        self._take_from_file(edit.changes, lambda: self._mark(step, edit.changes, is_undone=False))
        self._done.append(replace(self._undone.pop(), is_undone=False))
        return edit

    def _grow(self, edit: Edit, edit_id: int | None) -> int:
        """Add changes to a step that is the latest; where there is none of this id, begin one."""
        return self._surviving(lambda: self._grown(edit, edit_id))

    def _grown(self, edit: Edit, edit_id: int | None) -> int:
        is_latest = bool(self._done) and self._done[-1].edit_id == edit_id and not self._undone
        if edit_id is None or not is_latest:
            return self._append(edit, durable=False)
        changes = edit.changes
        self._take(changes, lambda: self._store.extend(edit_id, changes, self._project, durable=False))
        return edit_id

    def _surviving(self, step: Callable[[], Result]) -> Result:
        """Make a step; once more, in the new file, where the old one is taken away just while it is written."""
        self.settle()
        try:
            return step()
        except ProjectFileError as error:
            if self._store.settle(waits=True, is_damaged=_is_damage(error)) is None:
                raise
            self._read_steps()
            try:
                return step()
            except StaleChangeError:  # it was made for boxes that are gone with the file
                raise error from None

    def _check_latest(self) -> None:
        """See that the latest steps lead to what there is: a disk that lost power may have kept only some pages.

        Raises:
            DamagedProjectError: they do not.
        """
        scratch = self._project.copied()
        for step in reversed(self._done[-CHECKED_STEPS:]):
            try:
                scratch.apply(*inverses(self._store.changes(step.edit_id)))
            except StaleChangeError as error:
                problem = f"its latest steps do not fit its tracks: {error}"
                raise DamagedProjectError(self._store.path or "the project", problem) from error

    def _read_steps(self) -> None:
        self._rescue_count = self._store.rescue_count
        steps = self._store.steps()
        self._done = [step for step in steps if not step.is_undone]
        self._undone = [step for step in reversed(steps) if step.is_undone]

    def _append(self, edit: Edit, *, durable: bool = True) -> int:
        written: list[Step] = []
        self._take(edit.changes, lambda: written.append(self._store.append(edit, self._project, durable=durable)))
        self._done += written
        self._undone.clear()
        return written[0].edit_id

    def _take(self, changes: tuple[Change, ...], write: Callable[[], None]) -> None:
        """Let project and file change together, or neither: what was written last is what the project now has."""
        self._project.apply(*changes)
        try:
            write()
        except BaseException:
            self._project.apply(*inverses(changes))
            raise

    def _take_from_file(self, changes: tuple[Change, ...], write: Callable[[], None]) -> None:
        try:
            self._take(changes, write)
        except StaleChangeError as error:
            raise self._misfit(error) from error

    def _misfit(self, error: StaleChangeError) -> DamagedProjectError:
        problem = f"its history does not fit its tracks: {error}"
        return DamagedProjectError(self._store.path or "the project", problem)

    def _mark(self, step: Step, changes: tuple[Change, ...], *, is_undone: bool) -> None:
        self._store.mark(step.edit_id, is_undone=is_undone, changes=changes, project=self._project)

    def _edit_of(self, step: Step) -> Edit:
        return Edit(step.title, step.frame_index, step.track_id, self._store.changes(step.edit_id))


def _is_damage(error: ProjectFileError) -> bool:
    """Whether SQLite could not read the file, which was a database when it was opened."""
    if not isinstance(error.__cause__, sqlite3.DatabaseError):
        return False
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    return isinstance(error, DamagedProjectError) or code == sqlite3.SQLITE_NOTADB


class OpenEdit:
    """A step that is still growing: one tracking run. After a crash it is a step with what had been added.

    Where something else is done or undone meanwhile, the rest of the run becomes a step of its own, so that steps
    are always taken back in the order in which they were made.
    """

    def __init__(self, edit: Edit, grow: Callable[[Edit, int | None], int]) -> None:
        self._edit = edit
        self._grow = grow
        self._edit_id: int | None = None
        self._is_closed = False

    def add(self, changes: Iterable[Change]) -> None:
        """Make changes and write them. They are on the disk soon after; a killed process loses none."""
        if self._is_closed:
            raise RuntimeError(f"the step {self._edit.title!r} is closed; begin another one")
        grown = replace(self._edit, changes=tuple(changes))
        if grown.changes:
            self._edit_id = self._grow(grown, self._edit_id)

    def close(self) -> None:
        """The run is over; may be called twice."""
        self._is_closed = True
