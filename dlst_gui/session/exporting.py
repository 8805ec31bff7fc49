"""What the window exports: a snapshot of the project, which any thread may check and write."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from dlst_gui.exchange.snapshot import ProjectSnapshot
from dlst_gui.formats.format import Format
from dlst_gui.project.errors import ProjectFileError, plain_words
from dlst_gui.session.session import Session


class Exporting:
    """Takes snapshots of the session, and knows where its exports go by default."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def snapshot(self) -> ProjectSnapshot | None:
        """The project with everything that was done up to now; None where there is none, or a dialog says why."""
        session, source = self._session, self._session.playhead.source
        if session.project is None or source is None or session.long_change.is_going or not session.run.write():
            return None
        try:
            runs = session.current_project.run_facts()
        except ProjectFileError as error:
            session.failed.emit("Cannot export", *plain_words(error))
            return None
        open_frames = partial(session.open_source, source.path)
        return ProjectSnapshot(session.project.copied(), source.annotated, runs, open_frames)

    @property
    def project_key(self) -> Path:
        """By which a user's choices for this project are kept."""
        source = self._session.playhead.source
        return self._session.current_project.path or (Path() if source is None else source.path.absolute())

    def default_target(self, label_format: Format) -> Path:
        """Beside the video, named after it and the format."""
        is_ours = label_format.suffix == f".{label_format.name}"
        return self._beside_video(f"-{'labels' if is_ours else label_format.name}{label_format.suffix}")

    def default_video_target(self) -> Path:
        """Beside the video, never its own name."""
        return self._beside_video("-boxes.mp4")

    def _beside_video(self, ending: str) -> Path:
        source, project = self._session.playhead.source, self._session.current_project.path
        if source is None:
            return Path.home() / f"labels{ending}"
        video = source.path.absolute()
        # Where not even the project lies beside its video, nothing else should.
        is_beside = project is not None and project.resolve().parent == video.resolve().parent
        return (video.parent if is_beside else Path.home()) / f"{source.name}{ending}"
