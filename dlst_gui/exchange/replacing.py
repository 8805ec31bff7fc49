"""Files that take the place of others, all of them or none.

Everything is made in a hidden folder beside the target, on the same file system. A file then replaces the one
before it in a single step; a folder is renamed away and the new one put in its place. Where one of several steps
fails, those before it are taken back.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

_SYNCED_ONE_BY_ONE = 64
"""Above this many files the whole disk is synced at once: each file alone may take a fifth of a second."""


@contextmanager
def staging_folder(target: Path) -> Iterator[Path]:
    """A hidden folder beside `target`, gone at the end however the block ends. Raises OSError."""
    made = [parent for parent in target.parents if not parent.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = target.parent / f".{target.name}.{uuid4().hex}.part"
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        # Where the target is in them now they are not empty, and stay.
        with suppress(OSError):
            for parent in made:
                parent.rmdir()


def put_in_place(staging: Path, names: Iterable[Path]) -> None:
    """Move files and folders from a staging folder to the same places beside it; all, or OSError and none.

    Args:
        staging: of `staging_folder`.
        names: relative to it; folders go as a whole.
    """
    moved = tuple(names)
    _sync(staging)
    with ExitStack() as undo:
        for number, name in enumerate(moved):
            kept = staging / f".old-{number}"
            _replace(staging / name, staging.parent / name, kept, undo)
        _sync_folders({(staging.parent / name).parent for name in moved})
        undo.pop_all()


def _replace(new: Path, final: Path, kept: Path, undo: ExitStack) -> None:
    _make_folders(final.parent, undo)
    if new.is_dir():
        if final.exists():
            final.rename(kept)
            undo.callback(kept.rename, final)
        new.rename(final)
        undo.callback(final.rename, new)
    elif final.exists():
        _keep(final, kept)
        new.replace(final)
        undo.callback(kept.replace, final)
    else:
        new.replace(final)
        undo.callback(final.unlink)


def _make_folders(folder: Path, undo: ExitStack) -> None:
    if not folder.is_dir():
        _make_folders(folder.parent, undo)
        folder.mkdir()
        undo.callback(folder.rmdir)


def _keep(path: Path, kept: Path) -> None:
    """A second name for a file; a copy where the file system knows no second names."""
    try:
        os.link(path, kept)
    except OSError:
        shutil.copy2(path, kept)


def _sync(folder: Path) -> None:
    """Bring everything below a folder onto the disk."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    if len(files) > _SYNCED_ONE_BY_ONE and hasattr(os, "sync"):
        os.sync()
        return
    for path in files:
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    _sync_folders(path for path in folder.rglob("*") if path.is_dir())


def _sync_folders(folders: Iterable[Path]) -> None:
    for folder in folders:
        # Windows opens no folders, some network file systems sync none; the files themselves are on the disk.
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
