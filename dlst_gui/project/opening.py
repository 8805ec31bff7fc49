"""Opens the project that belongs to a video, or asks what to do about it. No Qt."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import platformdirs

from dlst_gui.files import rename_new
from dlst_gui.project.choices import Choice, UndecidedProjectError, nowhere, unusable, unwritable
from dlst_gui.project.conversions import Tell, untold
from dlst_gui.project.edits import set_video
from dlst_gui.project.errors import (
    ProjectExistsError,
    ProjectFileError,
    ProjectInUseError,
    ReadOnlyFolderError,
)
from dlst_gui.project.history import EditHistory
from dlst_gui.project.keyframe_block import KeyframeBlock
from dlst_gui.project.leftovers import left_of
from dlst_gui.project.pages import Page
from dlst_gui.project.placement import SUFFIX, apart_path_for, numbered, project_path_for, takes_files
from dlst_gui.project.prediction_pages import PageRows
from dlst_gui.project.project import Project
from dlst_gui.project.project_file import is_long_to_open
from dlst_gui.project.salvage import put_back, repair
from dlst_gui.project.store import ProjectStore, read_video_of
from dlst_gui.project.video_identity import Fingerprint, MatchKind, VideoIdentity, compare
from dlst_gui.video import VideoSource
from dlst_gui.video.fingerprint import frame_digests

BEING_MADE_S = 2.0
"""Ours: who makes a project at the same moment is done by then."""

COMMANDS_WAIT_S = 15.0
"""Ours: longer than another command needs to write what it has read."""

MOST_NUMBERED = 1000
"""Ours. Names that are tried for one project."""

IN_USE = "Another window or command of DLST Studio has this project open, so it is read-only here"
READ_ONLY_PLACE = "This project lies where nothing can be written, so it is read-only."
NOT_SAVED = "Nothing is being saved: all work is lost when the window closes."


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


UnreadPages = tuple[Page[PageRows] | Page[KeyframeBlock], ...]

PAGES_READ_AT_ONCE = 256
"""A tenth of a second: 130,000 frames of one object, if every page is full."""


@dataclass(frozen=True, slots=True)
class OpenProject:
    """A project in use.

    Attributes:
        notice: what a person should know about it; empty where all is as ever.
        unread: pages that were not read yet, and may turn out to be damaged; empty for all but large projects.
    """

    store: ProjectStore
    project: Project
    history: EditHistory
    notice: str = ""
    unread: UnreadPages = ()

    def close(self) -> None:
        """Put it away; copies of the project stay of use. Raises as `ProjectStore.close`."""
        self.store.release(self.project)
        self.store.close()


@dataclass(frozen=True, slots=True)
class ProjectOpener:
    """Finds projects.

    Attributes:
        data_folder: where projects go whose video lies in a folder that takes no files, made when it is needed;
            None: no project is kept.
        clean_folder: videos in it never get a file beside them: the program's own clip.
        wait_s: how long to wait where another window or command is writing the project.
        asks: whether there is a person to say what to do where a project is missing and something is left of it;
            else a new one is begun, and `OpenProject.notice` says so.
    """

    data_folder: Path | None
    clean_folder: Path | None = None
    wait_s: float = 0.0
    asks: bool = True

    def place_of(self, video: VideoIdentity, *, path: Path | None = None) -> Path | None:
        """Where the project of a video is, or would be; `path` where that is known, None where none is kept."""
        if self.data_folder is None:
            return None
        return path or self._path_for(Path(video.path), self.data_folder)

    def is_long(self, video: VideoIdentity, *, path: Path | None = None) -> bool:
        """Whether `open_for` takes so long that it belongs into another thread: it has to convert a project."""
        place = self.place_of(video, path=path)
        return place is not None and is_long_to_open(place)

    def open_for(
        self,
        video: VideoIdentity,
        *,
        path: Path | None = None,
        choice: Choice | None = None,
        elsewhere: Path | None = None,
        tell: Tell = untold,
    ) -> OpenProject:
        """The video's project, made where there is none.

        Args:
            video: what was opened.
            path: of the project, where it is known; else it is found by the video's path.
            choice: the answer to the problem that was raised before.
            elsewhere: for the choice `SAVE_ELSEWHERE` where to save from now on, for `RESTORE` what to restore.
            tell: hears how far it is where an older project is converted, and may raise to leave it as it was.

        Raises:
            UndecidedProjectError: a person has to decide.
            ProjectFileError: what was chosen cannot be done.
        """
        if self.data_folder is None or choice is Choice.WITHOUT_SAVING:
            return _in_use(ProjectStore.in_memory(video), "" if choice is None else NOT_SAVED)
        path = path or self._path_for(Path(video.path), self.data_folder)
        left = None if path.exists() else left_of(path, video, self.data_folder)
        if left is not None and choice is None and self.asks:
            raise left.question()
        if choice is Choice.OPEN_RESCUED and left is not None and left.rescued is not None:
            path = _put_back(left.rescued, path)
        if choice is Choice.START_NEW:
            return _in_use(self._start_new(path, video, self.data_folder))
        if choice is Choice.READ_ONLY:
            return self._checked(ProjectStore.open(path, read_only=True, tell=tell), video, READ_ONLY_PLACE)
        if choice is Choice.SAVE_ELSEWHERE and elsewhere is not None:
            path = _kept_elsewhere(path, elsewhere)
        if choice is Choice.REPAIR:
            repair(path)
        if choice is Choice.RESTORE and elsewhere is not None:
            put_back(path, elsewhere)
        store, notice = self._store(path, video, tell)
        if left is not None and choice is None and not notice:
            notice = f"{left} A new project was begun."
        return self._checked(store, video, notice, is_any_video_welcome=choice is Choice.USE_ANYWAY)

    def video_of(self, path: Path) -> Path | None:
        """Where the video of a project file is: beside it, else where it was; None where it is at neither place.

        Raises:
            ProjectFileError: it is no project, or cannot be read.
        """
        beside = path.with_name(path.name.removesuffix(SUFFIX))
        if beside.exists():
            return beside
        known = Path(read_video_of(path).path)
        return known if known.name and known.exists() else None

    def _path_for(self, video_path: Path, data_folder: Path) -> Path:
        is_clean = self.clean_folder is not None and video_path.parent == self.clean_folder.resolve()
        return project_path_for(video_path, data_folder, may_be_beside=not is_clean)

    def _store(self, path: Path, video: VideoIdentity, tell: Tell) -> tuple[ProjectStore, str]:
        """The opened or new project, and what is to be known about it."""
        was_there = path.exists()
        wait_s = self.wait_s if was_there else max(self.wait_s, BEING_MADE_S)
        try:
            self._make_data_folder(path)
            data_folder = self.data_folder
            return ProjectStore.open_or_create(path, video, wait_s=wait_s, data_folder=data_folder, tell=tell), ""
        except ProjectInUseError:
            return self._read_only(path, tell), f"{IN_USE}: {path}. Close it there, then open the video again."
        except ReadOnlyFolderError as error:
            raise (unwritable(error, path) if was_there else nowhere(error, path, Path(video.path))) from error
        except ProjectFileError as error:
            raise unusable(error, path) from error

    def _make_data_folder(self, path: Path) -> None:
        if path.parent == self.data_folder:
            with suppress(OSError):  # what comes next says that there is none
                path.parent.mkdir(parents=True, exist_ok=True)

    def _read_only(self, path: Path, tell: Tell) -> ProjectStore:
        try:
            return ProjectStore.open(path, read_only=True, tell=tell)
        except ProjectFileError as error:
            raise unusable(error, path) from error

    def _start_new(self, path: Path, video: VideoIdentity, data_folder: Path) -> ProjectStore:
        """A new project beside the one of this name, or in the data folder. Two at once get two names."""
        if not takes_files(path.parent):
            path = apart_path_for(Path(video.path), data_folder)
            self._make_data_folder(path)
        for candidate in (path, *islice(numbered(path), MOST_NUMBERED)):
            if candidate.exists():
                continue
            try:
                return ProjectStore.create(candidate, video, wait_s=self.wait_s, data_folder=data_folder)
            except (ProjectExistsError, ProjectInUseError):
                continue
            except ReadOnlyFolderError as error:
                raise nowhere(error, candidate, Path(video.path)) from error
        raise ProjectFileError(path, f"there are {MOST_NUMBERED} projects of this name; delete some")

    def _checked(
        self, store: ProjectStore, video: VideoIdentity, notice: str, *, is_any_video_welcome: bool = False
    ) -> OpenProject:
        """The project, once it is sure to be about this video."""
        path = store.path
        try:
            opened = _in_use(store, notice)
        except ProjectFileError as error:
            raise unusable(error, path or Path()) from error
        match = compare(opened.project.video, video)
        is_nameless = not opened.project.video.path  # it was repaired
        if path is not None and match.kind is MatchKind.DIFFERENT and not (is_any_video_welcome or is_nameless):
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


def _put_back(rescued: Path, path: Path) -> Path:
    """Give a rescued file the name of the project that is missing, so that it is found again without a question.

    Returns:
        where it is now: where it was, if the other place takes no files, or another window has it open.
    """
    try:
        ProjectStore.open(rescued).close()  # as one file, without logs beside it
        rename_new(rescued, path)
    except (ProjectFileError, OSError):
        return rescued if rescued.exists() else path
    return path


def _kept_elsewhere(path: Path, elsewhere: Path) -> Path:
    """Where to go on: a copy of the project, if there is one, unless the place has a project already."""
    if path.exists() and not elsewhere.exists():
        with ProjectStore.open(path, read_only=True) as store:
            store.save_copy(elsewhere)
    return elsewhere


def _in_use(store: ProjectStore, notice: str = "") -> OpenProject:
    try:
        project = store.read_project()
        unread = tuple(project.pages())
        if len(unread) <= PAGES_READ_AT_ONCE:
            for page in unread:
                page.look()
            unread = ()
        return OpenProject(store, project, EditHistory(project, store), notice, unread)
    except BaseException:
        store.close()
        raise
