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
        details: for who wants to know more; may be empty.
        choices: what can be answered.
        project_path: of the file it is about.
    """

    def __init__(
        self, title: str, message: str, choices: tuple[Choice, ...], project_path: Path, details: str = ""
    ) -> None:
        super().__init__(f"{message} ({details})" if details else message)
        self.title = title
        self.message = message
        self.details = details
        self.choices = choices
        self.project_path = project_path


def unusable(error: ProjectFileError, path: Path) -> UndecidedProjectError:
    """What to ask about a file that is damaged, or no project of this version."""
    if isinstance(error, DamagedProjectError) or (
        was_project(path) and not isinstance(error, NewerProjectError | ReadOnlyFolderError)
    ):
        choices = (Choice.REPAIR, Choice.RESTORE, Choice.START_NEW)
        return UndecidedProjectError("Damaged project", f"{error.plain}.", choices, path, error.details)
    return UndecidedProjectError(
        "Cannot open the project", f"{error.plain}.", (Choice.START_NEW,), path, error.details
    )


def unwritable(error: ProjectFileError, path: Path) -> UndecidedProjectError:
    """What to ask about a project that cannot be written where it is."""
    message = f"Nothing can be written in {path.parent}. Save a copy elsewhere to work on it, or only look at it."
    choices = (Choice.SAVE_ELSEWHERE, Choice.READ_ONLY)
    return UndecidedProjectError("This project cannot be changed where it is", message, choices, path, str(error))


def nowhere(error: ProjectFileError, path: Path, video: Path) -> UndecidedProjectError:
    """What to ask where a new project finds no place; without an answer nothing is begun that would be lost."""
    beside, own = video.parent, path.parent
    tried = f"{own}" if own == beside else f"{beside}, beside the video, nor in the program's own folder"
    nothing = "Nothing can be written in" if own == beside else "Nothing can be written in the folder"
    message = f"{nothing} {tried}. Choose where the project shall be saved."
    choices = (Choice.SAVE_ELSEWHERE, Choice.WITHOUT_SAVING)
    return UndecidedProjectError("There is no place to save this project", message, choices, path, str(error))
