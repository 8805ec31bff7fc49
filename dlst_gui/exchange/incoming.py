"""Labels of another program on their way into a project: read in any thread, then added as one edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dlst_gui.exchange.progress import Stage, Watch
from dlst_gui.formats.format import LabelReader
from dlst_gui.formats.labels.model import SOURCES, AnnotatedVideo, BoxSource, LabelSet, ObjectTrack
from dlst_gui.formats.read_options import ReadOptions
from dlst_gui.formats.reading.file_parts import SeveralVideosError
from dlst_gui.formats.registry import read_any
from dlst_gui.formats.transfer.known_objects import known_objects
from dlst_gui.project.project import Project


@dataclass(frozen=True, slots=True)
class IncomingObject:
    """One object of a file.

    Attributes:
        human: boxes that a person gave, or of which the file does not say who did.
        tracked: boxes that the file says a tracker found.
        interpolated: boxes between those of a person.
        first: frame index, counted from 0.
        last: included.
    """

    track_id: int
    label: str
    human: int
    tracked: int
    interpolated: int
    first: int
    last: int


@dataclass(frozen=True, slots=True, eq=False)
class IncomingLabels:
    """What was read of a file, checked against the video.

    Attributes:
        known: objects that the project has already, box for box: their ids in the file, and those of its tracks.
    """

    path: Path
    label_format: LabelReader
    labels: LabelSet
    known: Mapping[int, int] = field(default_factory=dict)

    def objects(self) -> tuple[IncomingObject, ...]:
        """Those that have boxes."""
        return tuple(_object(track) for track in self.labels.tracks if track.columns.is_present.any())


@dataclass(frozen=True, slots=True)
class IncomingChoice:
    """A file is about several videos, and a person has to say which of them is open.

    Attributes:
        titles: of the videos, as `ReadOptions.part` names them.
    """

    titles: tuple[str, ...]


def read_incoming(
    path: Path,
    label_format: LabelReader | None,
    video: AnnotatedVideo,
    options: ReadOptions,
    watch: Watch,
    *,
    project: Project | None = None,
) -> IncomingLabels | IncomingChoice:
    """Read a file, a folder, or a zip of either; FormatError says what is wrong with it.

    Args:
        path: what to read.
        label_format: None: by its content.
        video: what the labels are about.
        options: what the file does not say.
        watch: hears how far it is, and may end it.
        project: a copy of that which the labels are for; None: it has nothing.
    """
    try:
        reader, labels = read_any(path, video, label_format, watch.ticking(Stage.READING), options)
        return IncomingLabels(path, reader, labels, {} if project is None else known_objects(project, labels))
    except SeveralVideosError as error:
        return IncomingChoice(error.titles)


def _object(track: ObjectTrack) -> IncomingObject:
    columns = track.columns.where(track.columns.is_present)
    human = int(columns.is_human.sum())
    interpolated = int((columns.sources == SOURCES.index(BoxSource.INTERPOLATED)).sum())
    frames = columns.frame_indices
    return IncomingObject(
        track.track_id,
        track.label,
        human,
        len(columns) - human - interpolated,
        interpolated,
        int(frames[0]),
        int(frames[-1]),
    )
