"""A file that appears under a name that nothing has, and never takes the place of another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dlst_gui.files.renames import rename_new
from tracker_core.staging import followed, staging_beside, sync_file, sync_folders


@contextmanager
def published_new(path: Path) -> Iterator[Path]:
    """Give a path to write a file to; at the end it appears as `path`, whole and synced, if nothing is there.

    Of several processes that publish one name at the same moment, one succeeds. Otherwise as `replaced_whole`.

    Raises:
        FileExistsError: something has the name; it is untouched.
        OSError: the folder takes no files, the disk is full, or the block has written nothing.
    """
    final = followed(path)
    with staging_beside(final) as staging:
        new = staging.new / final.name
        yield new
        sync_file(new)
        rename_new(new, final)
        sync_folders([final.parent])
