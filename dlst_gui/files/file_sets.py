"""Several files and folders that take the place of others together.

Each name has its old content or all of the new at every moment, where the system can exchange two names (Linux);
elsewhere a folder is renamed away before the new one gets its name. That all of them are old or all new holds once
`settle` was called: after a kill it completes the set where one of its names was new already, else drops it.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from dlst_gui.files.renames import exchange, rename_new, rename_new_at_once
from dlst_gui.files.set_journal import Direction, Entry, SetJournal, mark_of, read_journal
from tracker_core.staging import (
    JOURNAL,
    Staging,
    abandoned,
    remove_leftovers,
    remove_staging,
    staging_beside,
    sync_all_below,
    sync_folders,
    taken_over,
)

if sys.platform != "win32":
    import fcntl


@dataclass(frozen=True, slots=True)
class StagedSet:
    """What is being made: at the same places in `new` at which it will lie beside the staging folder."""

    staging: Staging

    @property
    def new(self) -> Path:
        return self.staging.new

    def put_in_place(self, names: Iterable[Path]) -> None:
        """Move files and folders from `new` to where they belong; all, or OSError and none.

        Args:
            names: relative to `new`; folders go as a whole.
        """
        names = tuple(names)
        sync_all_below(self.new)
        places = _Places(self.staging.folder)
        with _one_at_a_time(places.parent):
            journal = SetJournal(
                Direction.FORWARD,
                tuple(places.entry(number, name) for number, name in enumerate(names)),
                places.missing_folders(names),
            )
            journal.write(places.folder)
            sync_folders([places.parent])
            try:
                _complete(journal, places)
            except BaseException:
                back = replace(journal, direction=Direction.BACK)
                back.write(places.folder)
                _complete(back, places)
                (places.folder / JOURNAL).unlink()
                raise
            (places.folder / JOURNAL).unlink()


@contextmanager
def staged_set(final: Path) -> Iterator[StagedSet]:
    """Make a set whose main part is to lie at `final`; gone at the end where it was not put in place.

    Raises:
        OSError: the folder takes no files, or what an earlier set has left there can be neither completed nor
            taken back.
    """
    settle(final.parent)
    with staging_beside(final) as staging:
        yield StagedSet(staging)


def settle(folder: Path) -> None:
    """Complete or drop the sets in a folder whose writers were killed, and remove other leftovers.

    Raises:
        OSError: a set can be neither completed nor taken back; the next call tries again.
    """
    remove_leftovers(folder)
    for staging in abandoned(folder):
        if not (staging / JOURNAL).exists():
            continue
        with taken_over(staging) as lock, _one_at_a_time(folder):
            if lock is None:
                continue
            journal = read_journal(staging)
            if journal is not None:
                _settle(journal, _Places(staging))
            remove_staging(staging, lock)


def _settle(journal: SetJournal, places: _Places) -> None:
    if journal.direction is Direction.FORWARD and not any(map(places.is_new_in_place, journal.entries)):
        journal = replace(journal, direction=Direction.BACK)
        journal.write(places.folder)
    _complete(journal, places)


def _complete(journal: SetJournal, places: _Places) -> None:
    """Bring every name to where it goes; may have been begun before."""
    if journal.direction is Direction.FORWARD:
        for name in journal.made:
            (places.parent / name).mkdir(exist_ok=True)
        for entry in journal.entries:
            places.put_new(entry)
    else:
        for entry in reversed(journal.entries):
            places.put_old(entry)
        with suppress(OSError):  # somebody has put something into it
            for name in reversed(journal.made):
                (places.parent / name).rmdir()
    sync_folders({places.final(entry).parent for entry in journal.entries} | {places.folder})


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the parts of a set lie, and the steps that move one. Each step may have been begun before."""

    folder: Path

    @property
    def parent(self) -> Path:
        return self.folder.parent

    def final(self, entry: Entry) -> Path:
        return self.parent / entry.name

    def new(self, entry: Entry) -> Path:
        return self.folder / "new" / entry.name

    def old(self, entry: Entry) -> Path:
        return self.folder / f"old-{entry.number}"

    def entry(self, number: int, name: Path) -> Entry:
        new, final = self.folder / "new" / name, self.parent / name
        if final.exists() and new.is_dir() != final.is_dir():
            raise FileExistsError(f"{final} is a {'folder' if final.is_dir() else 'file'}")
        return Entry(number, name.as_posix(), new.is_dir(), new.stat().st_ino, mark_of(new), mark_of(final))

    def missing_folders(self, names: Iterable[Path]) -> tuple[str, ...]:
        """That lie between the parent and the names."""
        folders = {parent for name in names for parent in PurePosixPath(name.as_posix()).parents}
        missing = [folder.as_posix() for folder in folders if not (self.parent / folder).exists()]
        return tuple(sorted(missing, key=len))

    def is_exchanged(self, entry: Entry) -> bool:
        """Whether a folder and the one before it have changed places, and the old one was not put away yet."""
        new, final = self.new(entry), self.final(entry)
        if not (entry.is_folder and new.is_dir() and final.is_dir()):
            return False
        marks = mark_of(new), mark_of(final)
        if entry.old_mark != entry.new_mark and set(marks) == {entry.old_mark, entry.new_mark}:
            return marks[1] == entry.new_mark
        # Alike, or changed since. The number alone says too little: a copy's, or on FAT, it may be another's.
        return final.stat().st_ino == entry.inode

    def is_new_in_place(self, entry: Entry) -> bool:
        return not os.path.lexists(self.new(entry)) or self.is_exchanged(entry)

    def put_new(self, entry: Entry) -> None:
        new, final, old = self.new(entry), self.final(entry), self.old(entry)
        if self.is_exchanged(entry):
            new.rename(old)
        if not os.path.lexists(new):
            return
        if os.path.lexists(final) and mark_of(final) != entry.old_mark:
            _keep_beside(final)
        if not os.path.lexists(final):
            _rename(new, final)
        elif not entry.is_folder:
            _keep(final, old)
            new.replace(final)
        elif exchange(new, final):
            new.rename(old)
        else:
            final.rename(old)
            _rename(new, final)

    def put_old(self, entry: Entry) -> None:
        new, final, old = self.new(entry), self.final(entry), self.old(entry)
        if self.is_exchanged(entry):
            exchange(new, final)
        elif not entry.old_mark:
            if not os.path.lexists(new) and os.path.lexists(final):
                final.rename(new)
        elif entry.is_folder:
            if os.path.lexists(old):
                if os.path.lexists(final):
                    final.rename(new)
                old.rename(final)
        elif os.path.lexists(old) and not os.path.lexists(new):
            old.replace(final)


def _rename(new: Path, final: Path) -> None:
    """One step in any case: what has begun must not look like what is done."""
    if not rename_new_at_once(new, final):
        new.rename(final)


def _keep(path: Path, kept: Path) -> None:
    """A second name for a file; a copy where the file system knows no second names."""
    if os.path.lexists(kept):
        return
    try:
        os.link(path, kept)
    except OSError:
        copy = kept.with_name(f"{kept.name}.copy")
        shutil.copy2(path, copy)
        copy.replace(kept)


def _keep_beside(path: Path) -> None:
    """Somebody has changed it since the writer was killed: what they made is not ours to remove."""
    number = 1
    while True:
        try:
            return rename_new(path, path.with_name(f"{path.name}.kept-{number}"))
        except FileExistsError:
            number += 1


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Of several processes that put sets into one folder each waits for the one before, where the system can."""
    if sys.platform == "win32":
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
