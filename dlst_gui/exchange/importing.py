"""A file of labels into a project: read and checked first, then added as one step of undo."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dlst_gui.exchange.errors import ExportError
from dlst_gui.exchange.progress import UNWATCHED, Stage, Watch
from dlst_gui.files import settle
from dlst_gui.formats.format import LabelReader
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading_report import ReadingReport
from dlst_gui.formats.registry import read_any
from dlst_gui.formats.transfer.described_video import described
from dlst_gui.formats.transfer.import_edit import ImportAs, import_edit
from dlst_gui.formats.transfer.known_objects import known_objects
from dlst_gui.project.opening import ProjectOpener, identity_of
from dlst_gui.project.run_facts import next_run_id
from dlst_gui.video import open_source


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Labels that were imported.

    Attributes:
        project: the file they are in now; None: nowhere, the project could not be saved.
        notices: what the reader has to tell, such as boxes that were skipped, and what is wrong with the video.
        format_title: the format that was read.
        reading: what became of the boxes of the file.
        known_count: objects that were left out, because the project has them already, box for box.
    """

    project: Path | None
    track_count: int
    box_count: int
    notices: tuple[str, ...]
    format_title: str
    reading: ReadingReport
    known_count: int = 0


class ImportLabelsError(ExportError):
    """Labels that were not imported; the project is as it was."""


def import_labels(
    labels_path: Path,
    video_path: Path,
    opener: ProjectOpener,
    *,
    label_format: LabelReader | None = None,
    project_path: Path | None = None,
    become: ImportAs = ImportAs.HUMAN,
    options: ReadOptions = AS_THE_FILE_SAYS,
    again: bool = False,
    watch: Watch = UNWATCHED,
) -> ImportReport:
    """Add labels to the project of a video, which is made where there is none.

    Args:
        labels_path: a file, a folder, or a zip of either.
        video_path: what the labels are about.
        opener: finds the video's project.
        label_format: None: by the file's content.
        project_path: another project than the video's own; folders that it lacks are made.
        become: what boxes become of which the file does not say that a tracker found them.
        options: what the file does not say: where it counts frames from, which of its videos this is.
        again: whether objects that the project has already, box for box, are added once more.
        watch: hears how far reading is, and may end it.

    Raises:
        FormatError: what is wrong with the labels, with the line; the project has not been touched.
        ImportLabelsError: there is nothing in them, or the project cannot be written.
        UndecidedProjectError, ProjectFileError: the project cannot be used.
        VideoError: the video cannot.
    """
    with suppress(OSError):  # a folder that cannot be written has nothing to complete
        settle(labels_path.parent)
    with open_source(video_path) as source:
        tick = watch.ticking(Stage.READING)
        reader, labels = read_any(labels_path, described(source), label_format, tick, options)
        identity = identity_of(source, video_path)
        told = () if source.notice is None else (source.notice,)
    if not any(len(track.columns) for track in labels.tracks):
        raise ImportLabelsError(labels_path, "there are no boxes in it, so nothing was imported")
    if project_path is not None:
        with suppress(OSError):  # what opens it says what is wrong
            project_path.parent.mkdir(parents=True, exist_ok=True)
    opened = opener.open_for(identity, path=project_path)
    try:
        if opened.store.is_read_only or opened.store.path is None:
            raise ImportLabelsError(project_path or video_path, opened.notice)
        known = {} if again else known_objects(opened.project, labels)
        new = labels.without(known)
        if new.tracks:
            edit = import_edit(opened.project, new, run_id=next_run_id(opened.store), become=become)
            opened.history.do_long(edit)
    finally:
        opened.close()
    rescue = opened.store.take_rescue()
    said = (opened.notice, "" if rescue is None else str(rescue), _known_sentence(len(known), len(labels.tracks)))
    notices = (*told, *labels.notices, *filter(None, said))
    counts = len(new.tracks), new.box_count()
    return ImportReport(opened.store.path, *counts, notices, reader.title, labels.report, len(known))


def _known_sentence(known: int, count: int) -> str:
    """What to tell where `known` of `count` objects were left out as already there; "" where none was."""
    if not known:
        return ""
    if known == count:
        which = "The object of the file is" if count == 1 else f"All {count:,} objects of the file are"
    else:
        which = f"{known:,} of {count:,} objects {'is' if known == 1 else 'are'}"
    return f"{which} already in the project, box for box, and skipped."
