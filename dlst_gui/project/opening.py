"""Opens the project that belongs to a video, or asks what to do about it. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import platformdirs

from dlst_gui.project.edits import set_video
from dlst_gui.project.errors import DamagedProjectError, ProjectFileError, ProjectInUseError
from dlst_gui.project.history import EditHistory
from dlst_gui.project.placement import SUFFIX, project_path_for
from dlst_gui.project.project import Project
from dlst_gui.project.salvage import salvage
from dlst_gui.project.store import ProjectStore
from dlst_gui.project.video_identity import Fingerprint, MatchKind, VideoIdentity, compare
from dlst_gui.video import VideoSource
from dlst_gui.video.fingerprint import frame_digests


def projects_folder() -> Path:
    """Where this user's projects are whose videos lie in folders that take no files."""
    return platformdirs.user_data_path("dlst-studio", appauthor=False) / "projects"


def identity_of(source: VideoSource, path: Path) -> VideoIdentity:
    """What a project remembers of a video that was opened from `path`; decodes a few frames."""
    return VideoIdentity(
        path=str(path.resolve()),
        frame_count=source.frame_count,
        width=source.width,
        height=source.height,
        byte_count=path.stat().st_size if path.is_file() else 0,
        fingerprints=tuple(Fingerprint(*digest) for digest in frame_digests(source)),
    )


class Choice(Enum):
    """What a person can answer to a `UndecidedProjectError`; the value is the button's text."""

    REPAIR = "Repair"
    START_NEW = "Start a New Project"
    USE_ANYWAY = "Use It Anyway"


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


@dataclass(frozen=True, slots=True)
class OpenProject:
    """A project in use.

    Attributes:
        notice: what a person should know about it; empty where all is as ever.
    """

    store: ProjectStore
    project: Project
    history: EditHistory
    notice: str = ""

    def close(self) -> None:
        """Put it away; copies of the project stay of use. Raises as `ProjectStore.close`."""
        self.store.release(self.project)
        self.store.close()


@dataclass(frozen=True, slots=True)
class ProjectOpener:
    """Finds projects.

    Attributes:
        data_folder: where projects go whose video lies in a folder that takes no files; None: no project is kept.
        clean_folder: videos in it never get a file beside them: the program's own clip.
    """

    data_folder: Path | None
    clean_folder: Path | None = None

    def open_for(
        self, video: VideoIdentity, *, path: Path | None = None, choice: Choice | None = None
    ) -> OpenProject:
        """The video's project, made where there is none.

        Args:
            video: what was opened.
            path: of the project, where it is known; else it is found by the video's path.
            choice: the answer to the problem that was raised before.

        Raises:
            UndecidedProjectError: a person has to decide.
        """
        if self.data_folder is None:
            return _in_use(ProjectStore.in_memory(video))
        if path is None:
            video_path = Path(video.path)
            is_clean = self.clean_folder is not None and video_path.parent == self.clean_folder.resolve()
            path = project_path_for(video_path, self.data_folder, may_be_beside=not is_clean)
        if choice is Choice.START_NEW and path.exists():
            path = _unused(path)
        if not path.exists():
            return self._create(path, video)
        if choice is Choice.REPAIR:
            _repair(path)
        return self._open(path, video, is_any_video_welcome=choice is Choice.USE_ANYWAY)

    def video_of(self, path: Path) -> Path | None:
        """Where the video of a project file is: beside it, else where it was; None where it is at neither place.

        Raises:
            ProjectFileError: it is no project, or cannot be read.
        """
        beside = path.with_name(path.name.removesuffix(SUFFIX))
        if beside.exists():
            return beside
        with ProjectStore.open(path, read_only=True) as store:
            known = Path(store.read_video().path)
        return known if known.name and known.exists() else None

    def _create(self, path: Path, video: VideoIdentity) -> OpenProject:
        try:
            return _in_use(ProjectStore.create(path, video))
        except ProjectFileError as error:
            notice = f"Nothing is being saved: {error}"
            return _in_use(ProjectStore.in_memory(video), notice)

    def _open(self, path: Path, video: VideoIdentity, *, is_any_video_welcome: bool) -> OpenProject:
        notice = ""
        try:
            try:
                store = ProjectStore.open(path)
            except ProjectInUseError:
                store = ProjectStore.open(path, read_only=True)
                notice = "Another window has this project open, so it is read-only here."
            opened = _in_use(store, notice)
        except DamagedProjectError as error:
            raise UndecidedProjectError(
                "Damaged project", str(error), (Choice.REPAIR, Choice.START_NEW), path
            ) from error
        except ProjectFileError as error:
            raise UndecidedProjectError(
                "Cannot open the project", str(error), (Choice.START_NEW,), path
            ) from error
        match = compare(opened.project.video, video)
        is_nameless = not opened.project.video.path  # it was repaired
        if match.kind is MatchKind.DIFFERENT and not (is_any_video_welcome or is_nameless):
            opened.store.close()
            raise UndecidedProjectError(
                "Different video",
                f"{path.name} was made for a video that differs from {video.path}: "
                f"{'; '.join(match.differences)}. Boxes may be on the wrong frames.",
                (Choice.START_NEW, Choice.USE_ANYWAY),
                path,
            )
        if match.kind is not MatchKind.SAME and not store.is_read_only:
            opened.history.do(set_video(opened.project, video))
        return opened


def _in_use(store: ProjectStore, notice: str = "") -> OpenProject:
    try:
        project = store.read_project()
        return OpenProject(store, project, EditHistory(project, store), notice)
    except BaseException:
        store.close()
        raise


def _unused(path: Path) -> Path:
    """The same name with the first free number."""
    stem = path.name.removesuffix(SUFFIX)
    number = 2
    while (numbered := path.with_name(f"{stem} {number}{SUFFIX}")).exists():
        number += 1
    return numbered


def _repair(path: Path) -> None:
    """Put what can be read in the project's place; the damaged file stays beside it, under another name."""
    repaired, kept = _unused(path), path.with_name(path.name + ".damaged")
    salvage(path, repaired)
    path.replace(kept)
    repaired.replace(path)
