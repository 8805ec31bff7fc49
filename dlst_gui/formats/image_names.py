"""Which frame an image of a data set is, by its name, and how images of exported frames are named."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.format import WriteOptions
from dlst_gui.formats.model import AnnotatedVideo, LabelSet
from dlst_gui.formats.numbers_out import file_stem

_LAST_NUMBER = re.compile(r"(\d{1,12})$")


def image_stem(video: AnnotatedVideo, frame_index: int) -> str:
    """The name of a frame's image without its ending: the video's name and the frame index, counted from 0."""
    return f"{file_stem(video.name)}_{frame_index:06d}"


def exported_image(labels: LabelSet, position: int, options: WriteOptions) -> str:
    """The file name of an exported frame's image, by the frame's position among those exported."""
    return f"{image_stem(labels.video, int(labels.video.frames[position]))}{options.image_suffix}"


def frame_indices(path: Path, names: Sequence[str], video: AnnotatedVideo) -> tuple[Mapping[str, int], str | None]:
    """Frame indices by image name, and a notice where their origin had to be guessed.

    The last number of a name is the frame's. It counts from 0, unless one is as large as the number of frames and
    none is 0.
    """
    numbers = {}
    for name in names:
        found = _LAST_NUMBER.search(name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0])
        if found is None:
            raise FormatError(path, f"expected image names that end with the frame's number, got {shortly(name)}")
        numbers[name] = int(found.group(1))
    is_from_one = bool(numbers) and min(numbers.values()) >= 1 and max(numbers.values()) == video.frame_count
    taken = set(numbers.values())
    if len(taken) != len(numbers):
        raise FormatError(path, "two images have the same frame number; one video is imported at a time")
    notice = None
    if is_from_one:
        notice = "The images are numbered from 1: number 1 was taken as the first frame."
    return {name: number - is_from_one for name, number in numbers.items()}, notice
