"""Files about several videos: which of them this video is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.labels.model import AnnotatedVideo
from dlst_gui.formats.read_options import ReadOptions
from dlst_gui.formats.reading_report import ReadingReport

_UPLOAD_PREFIX = re.compile(r"^[0-9a-f]{8}-")
_MOST_LISTED = 12


@dataclass(frozen=True, slots=True)
class FilePart:
    """What a file says of one of its videos.

    Attributes:
        key: its id in the file.
        names: its names, with folders and endings or without.
        size: width and height in pixels; None: not said.
        length: how many frames it has; None: not said.
    """

    key: str
    names: tuple[str, ...]
    size: tuple[int, int] | None = None
    length: int | None = None

    @property
    def title(self) -> str:
        """How it is told from the others."""
        return next((name for name in self.names if name), self.key)


class SeveralVideosError(FormatError):
    """A file is about several videos, and nothing decides which of them this one is.

    Attributes:
        titles: of the videos, as `ReadOptions.part` names them.
    """

    def __init__(self, path: Path, parts: Sequence[FilePart]) -> None:
        titles = [each.title for each in parts]
        listed = ", ".join(shortly(title) for title in titles[:_MOST_LISTED])
        more = f" and {len(titles) - _MOST_LISTED:,} more" if len(titles) > _MOST_LISTED else ""
        super().__init__(path, f"is about {len(titles):,} videos; say which one is to be read: {listed}{more}")
        self.titles = tuple(titles)


def chosen_part(
    path: Path, parts: Sequence[FilePart], video: AnnotatedVideo, options: ReadOptions, report: ReadingReport
) -> FilePart:
    """The part of a file that is about this video: by a person's word, by name, or by size and length.

    Raises:
        SeveralVideosError: several could be.
        FormatError: there is none of the name that was asked for.
    """
    if options.part is not None:
        asked = options.part.casefold()
        for each in parts:
            if asked in {each.key.casefold(), *(name.casefold() for name in each.names), *_stems(each)}:
                return each
        raise FormatError(path, f"has no video {shortly(options.part)}")
    if len(parts) == 1:
        return parts[0]
    named = [each for each in parts if is_named(each, video.name)]
    fitting = [each for each in named or parts if _fits(each, video)]
    if len(fitting) != 1:
        raise SeveralVideosError(path, named or parts)
    reason = "it has this video's name" if named else "only it has this video's size and length"
    report.assume(
        f"Of the {len(parts):,} videos in the file {shortly(fitting[0].title)} was read, because {reason}."
    )
    return fitting[0]


def is_named(part: FilePart, name: str) -> bool:
    """Whether a part has a video's name."""
    return name.casefold() in _stems(part)


def _stems(part: FilePart) -> set[str]:
    files = (PurePosixPath(name.replace("\\", "/")) for name in part.names)
    stems = {stem.casefold() for file in files for stem in (file.stem, file.name)}
    return stems | {_UPLOAD_PREFIX.sub("", stem) for stem in stems}


def _fits(part: FilePart, video: AnnotatedVideo) -> bool:
    has_size = part.size is None or part.size == (video.width, video.height)
    return has_size and (part.length is None or part.length == video.frame_count)
