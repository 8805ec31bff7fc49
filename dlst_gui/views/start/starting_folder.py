"""Where a dialog that asks for a file begins."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QStandardPaths


def starting_folder(recent: Iterable[Path]) -> str:
    """The folder of what was opened last, of those that are still there; else the user's videos, else their home.

    Never the current folder: that is where the program was started, which has nothing to do with the videos.
    """
    movies = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MoviesLocation)
    wanted = (*(path.parent for path in recent), *([Path(movies)] if movies else ()))
    return str(next((folder for folder in wanted if folder.is_dir()), Path.home()))
