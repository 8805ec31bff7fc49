"""Whether files can be written, found out before hours of work."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

from dlst_gui.commands.running.errors import CommandError


def check_writable(path: Path) -> None:
    """Nothing, where the file can be written; a folder that is made to find out is taken away again.

    Raises:
        CommandError: it is a folder, or cannot be written.
    """
    if path.is_dir():
        raise CommandError(f"{path} is a folder; give the name of a file in it")
    missing = [folder for folder in path.parents if not folder.exists()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):  # it was not made, or somebody else has put something into it
            for folder in missing:
                folder.rmdir()
