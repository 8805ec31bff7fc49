"""Labels of a project into files: made beside the target, read back, compared, and only then put in its place."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dlst_gui.exchange.content import ExportContent
from dlst_gui.exchange.errors import ExportError, disk_errors_named
from dlst_gui.exchange.images import image_names, write_images
from dlst_gui.exchange.plan import ExportPlan
from dlst_gui.exchange.progress import UNWATCHED, Stage, Watch
from dlst_gui.exchange.reading_back import checked_back
from dlst_gui.exchange.receipt import Written, write_receipt
from dlst_gui.exchange.targets import check_export
from dlst_gui.files import followed, staged_set
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.progress import Tick
from dlst_gui.formats.transfer.comparison import Comparison
from dlst_gui.video import VideoSource

OpenFrames = Callable[[], VideoSource]
"""Opens the video in the exporting thread; called only where images are wanted."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """An export that was made.

    Attributes:
        comparison: how what was read back differs from what was to be written.
    """

    target: Path
    receipt: Path
    comparison: Comparison
    frame_count: int
    image_count: int


def export(
    plan: ExportPlan, content: ExportContent, open_frames: OpenFrames, watch: Watch = UNWATCHED
) -> ExportReport:
    """Write labels and images, check them, and replace what was there before. Any thread.

    Args:
        plan: where to and how; `plan.selection` is that of the content.
        content: what; see `content_of`.
        open_frames: the project's video.
        watch: is told how far it is, and asked whether to go on.

    Raises:
        ExportError: it cannot be written, or does not read back the same (`ReadBackError`).
        FormatError: the labels do not fit the format.
        VideoError: a frame for an image cannot be read.
        ExportCancelled: the watch wanted so.
        In all these cases everything is as it was before.
    """
    with disk_errors_named(plan.target):
        plan = replace(plan, target=followed(plan.target)) if plan.target.is_symlink() else plan
    labels, target = content.labels, plan.target
    check_export(plan, _inputs(content), _images_beside(plan, content))
    if not content.tallies:
        raise ExportError(target, "there are no boxes to export; label something, or include more")
    with disk_errors_named(target), staged_set(target) as staged:
        folder = staged.new
        comparison = _write_checked(plan, content, folder / target.name, watch)
        label_files = _files_in(folder, watch.ticking(Stage.COMPARING))
        images = _images(plan, content, folder, open_frames, watch)
        watch.tell(Stage.FINISHING)
        write_receipt(
            folder / plan.receipt.name,
            plan,
            content,
            Written(label_files, images, comparison),
            watch.ticking(Stage.FINISHING),
        )
        parts = (target.name,) if plan.label_format.is_folder_at(target) else (*label_files, *images)
        staged.put_in_place(map(Path, (*parts, plan.receipt.name)))
    return ExportReport(target, plan.receipt, comparison, len(labels.video.frames), len(images))


def _inputs(content: ExportContent) -> tuple[Path, ...]:
    return (Path(content.video.path),) if content.video.path else ()


def _images_beside(plan: ExportPlan, content: ExportContent) -> Iterator[Path]:
    """Where images go that lie in no folder of the export's own."""
    if plan.images is not None and not plan.label_format.is_folder_at(plan.target):
        for names in image_names(plan, content.labels):
            yield from (plan.target.parent / name for name in names)


def _write_checked(plan: ExportPlan, content: ExportContent, path: Path, watch: Watch) -> Comparison:
    try:
        plan.label_format.write(content.labels, path, plan.write_options, watch.ticking(Stage.WRITING))
        return checked_back(plan, content.labels, path, watch)
    except FormatError as error:
        raise FormatError(plan.target, error.problem, error.place) from error


def _files_in(folder: Path, tick: Tick) -> tuple[str, ...]:
    """Everything in it, relative to it and with `/` between folders, in order."""
    found: list[str] = []
    for inner, folders, names in os.walk(folder):
        folders.sort()
        below = Path(inner).relative_to(folder).as_posix()
        for name in sorted(names):
            tick(0, 1)
            found.append(name if below == "." else f"{below}/{name}")
    return tuple(found)


def _images(
    plan: ExportPlan, content: ExportContent, folder: Path, open_frames: OpenFrames, watch: Watch
) -> tuple[str, ...]:
    if plan.images is None:
        return ()
    root = folder / plan.target.name if plan.label_format.is_folder_at(plan.target) else folder
    next(image_names(plan, content.labels), None)  # a format without images is told before the video is opened
    with open_frames() as source:
        written = write_images(plan, content.labels, root, source, watch)
    return tuple((root / path).relative_to(folder).as_posix() for path in written)
