"""What is left of a project whose file is not there any more: earlier states, and what it was rescued into."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from glob import escape
from pathlib import Path

from dlst_gui.project.backups import BACKUPS_FOLDER, Backups, EarlierState
from dlst_gui.project.choices import Choice, UndecidedProjectError
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.placement import SUFFIX
from dlst_gui.project.rescue import rescued_stem
from dlst_gui.project.store import read_video_of
from dlst_gui.project.video_identity import MatchKind, VideoIdentity, compare


@dataclass(frozen=True, slots=True)
class Leftovers:
    """At least one of both.

    Attributes:
        missing: where the project was.
        states: the latest first.
        rescued: the file that was written last.
    """

    missing: Path
    states: tuple[EarlierState, ...]
    rescued: Path | None

    def __str__(self) -> str:
        """What there is, in a sentence."""
        there = []
        if self.states:
            count = len(self.states)
            kept = "one earlier state of it is" if count == 1 else f"{count} earlier states of it are"
            there.append(f"{kept} kept, the latest of {self.states[0].made_at:%Y-%m-%d %H:%M}")
        if self.rescued is not None:
            there.append(f"it was rescued into {self.rescued}")
        return f"{self.missing} is missing, but {' and '.join(there)}."

    def question(self) -> UndecidedProjectError:
        """What to go on with."""
        rescued = () if self.rescued is None else (Choice.OPEN_RESCUED,)
        restore = (Choice.RESTORE,) if self.states else ()
        choices = (*rescued, *restore, Choice.START_NEW)
        return UndecidedProjectError("The project file is missing", str(self), choices, self.missing)


def left_of(missing: Path, video: VideoIdentity, data_folder: Path) -> Leftovers | None:
    """What is left of the video's project, where it is not under its name; None where nothing is."""
    states = Backups(data_folder / BACKUPS_FOLDER).states_of(missing)
    rescued = max(_rescued_from(missing, video, data_folder), key=lambda path: path.stat().st_mtime, default=None)
    return Leftovers(missing, states, rescued) if states or rescued is not None else None


def _rescued_from(missing: Path, video: VideoIdentity, data_folder: Path) -> Iterator[Path]:
    name = f"{escape(rescued_stem(missing))}*{SUFFIX}"
    for folder in dict.fromkeys((missing.parent, data_folder)):
        for path in folder.glob(name):
            with suppress(ProjectFileError):
                if compare(read_video_of(path), video).kind is not MatchKind.DIFFERENT:
                    yield path
