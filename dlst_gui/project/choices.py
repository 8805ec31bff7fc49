"""What a person is asked where a project cannot simply be opened."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from dlst_gui.project.errors import DamagedProjectError, NewerProjectError, ProjectFileError, ReadOnlyFolderError
from dlst_gui.project.schema import was_project


class Choice(Enum):
    """What a person can answer to a `UndecidedProjectError`; the value is the button's text."""

    REPAIR = "Repair"
    RESTORE = "Restore an Earlier State…"
    OPEN_RESCUED = "Open the Rescued Project"
    START_NEW = "Start a New Project"
    USE_ANYWAY = "Use It Anyway"
    SAVE_ELSEWHERE = "Choose Where to Save…"
    READ_ONLY = "Open Read-Only"
    WITHOUT_SAVING = "Work Without Saving"


class UndecidedProjectError(Exception):
    """A project that cannot be opened without asking; nothing has been changed.

    Attributes:
        title, message: for a dialog.
        choices: what can be answered.
        project_path: of the file it is about.
    """

    def __init__(self, title: str, message: str, choices: tuple[Choice, ...], project_path: Path) -> None:
        super().__init__(message)
        self.title = title
        self.message = message
        self.choices = choices
        self.project_path = project_path


def unusable(error: ProjectFileError, path: Path) -> UndecidedProjectError:
    """What to ask about a file that is damaged, or no project of this version."""
    if isinstance(error, DamagedProjectError) or (
        was_project(path) and not isinstance(error, NewerProjectError | ReadOnlyFolderError)
    ):
        return UndecidedProjectError(
            "Damaged project", str(error), (Choice.REPAIR, Choice.RESTORE, Choice.START_NEW), path
        )
    return UndecidedProjectError("Cannot open the project", str(error), (Choice.START_NEW,), path)


def nowhere(error: ProjectFileError, path: Path, *, was_there: bool) -> UndecidedProjectError:
    """What to ask where a project cannot be written; without an answer nothing is begun that would be lost."""
    if was_there:
        title, rest = "This project cannot be changed where it is", (Choice.READ_ONLY,)
        advice = "Save a copy elsewhere to work on it, or only look at it"
    else:
        title, rest = "There is no place to save this project", (Choice.WITHOUT_SAVING,)
        advice = "Choose another place for the project"
    return UndecidedProjectError(title, f"{error}. {advice}.", (Choice.SAVE_ELSEWHERE, *rest), path)
