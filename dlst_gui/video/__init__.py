"""Opens whatever a user calls a video: a file, a folder of images, or a sequence of a tracking benchmark.

What decodes is loaded when it is first used (PEP 562): labels are read and written without it.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from dlst_gui import limits
from dlst_gui.video.video_source import (
    UNWATCHED,
    OpeningStopped,
    OpeningWatch,
    VideoError,
    VideoSource,
    unreadable,
)

if TYPE_CHECKING:
    from dlst_gui.video.back_and_forth import BackAndForth
    from dlst_gui.video.in_parts import InParts
    from dlst_gui.video.picture_file import read_image
    from dlst_gui.video.pixel_range import RangeChoice
    from dlst_gui.video.read_ahead import ReadAhead

__all__ = [
    "BackAndForth",
    "InParts",
    "OpeningStopped",
    "OpeningWatch",
    "ReadAhead",
    "VideoError",
    "VideoSource",
    "open_source",
    "read_image",
]

_HOMES = {
    "BackAndForth": "back_and_forth",
    "InParts": "in_parts",
    "ReadAhead": "read_ahead",
    "read_image": "picture_file",
}


def open_source(path: Path | str, watch: OpeningWatch = UNWATCHED) -> VideoSource:
    """Open a video file or a folder (OTB, VOT, GOT-10k or plain images; told in `sequence_folder`).

    A picture with several pages (TIFF, animated WebP), alone in its folder or not, has its pages as frames. Values
    of more than 8 bits are shown as it was chosen for this path (`chosen_ranges`).

    Each thread opens its own source. A text file next to a video, `<stem>_groundtruth.txt` or
    `<stem>_groundtruth_rect.txt`, is its ground truth: one row x,y,width,height per frame, pixels counted from 1.

    Raises:
        VideoError: `path` does not exist or cannot be used; the message says why and what to do.
        OpeningStopped: `watch` said so.
    """
    from dlst_gui.video.chosen_ranges import chosen_range  # noqa: PLC0415 - see above
    from dlst_gui.video.image_sequence import ImageSequence  # noqa: PLC0415
    from dlst_gui.video.video_file import VideoFile  # noqa: PLC0415

    path = Path(path)
    if len(str(path)) > limits.LONGEST_PATH:
        raise VideoError(f"{str(path)[:80]}...: a path has at most {limits.LONGEST_PATH:,} characters")
    try:
        if path.is_dir():
            choice = chosen_range(path)
            images = ImageSequence(path, watch, choice)
            return _stack_at(images.path, images.only_image, watch, choice) or images
        return _stack_at(path, path, watch) or VideoFile(path, watch)
    except VideoError:
        raise
    except Exception as error:  # of damaged files, decoders and Python's layer above them raise errors of any kind
        raise unreadable(str(path), error) from error


def _stack_at(
    path: Path, file: Path | None, watch: OpeningWatch, choice: RangeChoice | None = None
) -> VideoSource | None:
    """The picture `file` as a source that was opened as `path`; None where it has no pages that are frames."""
    from dlst_gui.video.chosen_ranges import chosen_range  # noqa: PLC0415 - see above
    from dlst_gui.video.page_stack import PageStack  # noqa: PLC0415
    from dlst_gui.video.picture_file import PicturePages  # noqa: PLC0415
    from dlst_gui.video.sequence_folder import IMAGE_SUFFIXES  # noqa: PLC0415

    if file is None or file.suffix.lower() not in IMAGE_SUFFIXES:
        return None
    try:
        pages = PicturePages(file)
    except VideoError:
        return None  # another reader's to tell what is wrong
    try:
        if pages.are_frames:
            return PageStack(pages, path, watch, choice or chosen_range(path))
    except BaseException:
        pages.close()
        raise
    pages.close()
    return None


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
