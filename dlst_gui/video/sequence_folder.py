"""What a folder of images holds: which images are the frames, and which boxes come with them.

How a folder is told; the first rule that fits:

- OTB (also UAV123 and LaSOT): the images lie in `img/`; the boxes in `groundtruth_rect.txt`, of several targets
  in `groundtruth_rect.1.txt`, or in `groundtruth.txt`; pixels count from 1.
- VOT: the images lie in `color/`, or beside a file `sequence` or `list.txt`, or a row of `groundtruth.txt` has
  more than four numbers; pixels count from 0.
- GOT-10k: images and `groundtruth.txt` in one folder; pixels count from 1; a 1 in `absence.label` marks a frame
  without target.
- Any other folder with images has no boxes.

Choosing `img/` or `color/` itself means the folder around it.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path, PurePath

from dlst_gui import limits
from dlst_gui.video.ground_truth import Boxes, Rows, boxes_from_rows, read_rows, row_count_notice
from dlst_gui.video.video_source import VideoError, joined_notice

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})

_IMAGE_FOLDERS = ("img", "color")
_TRUTH_NAMES = ("groundtruth_rect.txt", "groundtruth_rect.1.txt", "groundtruth.txt")

_FIRST_LABELLED_IMAGE = {"David": 300}
"""OTB folders with more images than rows whose rows do not start at image 1. Source: the benchmark's web page."""


@dataclass(frozen=True, slots=True)
class SequenceFolder:
    """The frames of a folder in order, and what is known about them; `ground_truth` has one entry per image."""

    path: Path
    images: tuple[Path, ...]
    ground_truth: Boxes | None
    notice: str | None


def read_folder(path: Path) -> SequenceFolder:
    """Find images and boxes; opens no image.

    Raises:
        VideoError: the folder holds no images.
    """
    if path.name in _IMAGE_FOLDERS and _truth_file(path.parent) is not None:
        path = path.parent
    image_folder = _image_folder(path)
    images = _images_in(image_folder)
    if not images:
        raise VideoError(_no_images(path, image_folder))
    truth_file = _truth_file(path)
    if truth_file is None:
        return SequenceFolder(path, images, None, None)
    try:
        rows = read_rows(truth_file)
        if image_folder.name == "img":
            images, notice = _labelled_images(path.name, images, len(rows))
            boxes = boxes_from_rows(rows, len(images), origin=1)
        else:
            notice = None
            boxes = _vot_or_got10k_boxes(path, rows, len(images))
    except VideoError as error:
        return SequenceFolder(path, images, None, f"ground truth not used: {error}")
    notice = joined_notice(notice, row_count_notice(truth_file, len(rows), len(images)))
    return SequenceFolder(path, images, boxes, notice)


def _truth_file(folder: Path) -> Path | None:
    return next((folder / name for name in _TRUTH_NAMES if (folder / name).is_file()), None)


def _images_in(folder: Path) -> tuple[Path, ...]:
    """In natural order; names with a leading dot are other programs' bookkeeping."""
    # Folders hold up to hundreds of thousands: the listing says what is a file, without another look at each.
    with os.scandir(folder) as entries:
        names = [
            entry.name
            for entry in entries
            if PurePath(entry.name).suffix.lower() in IMAGE_SUFFIXES
            and not entry.name.startswith(".")
            and entry.is_file()
        ]
    if len(names) > limits.MOST_FRAMES:
        raise VideoError(f"{folder} holds over {limits.MOST_FRAMES:,} images; split it into several folders")
    return tuple(folder / name for name in sorted(names, key=natural_key))


def natural_key(name: str) -> tuple[list[tuple[int, str]], str]:
    """Sorts img2 before img10; the name itself decides between 1 and 01."""
    parts = re.findall(r"\d+|\D+", name)
    return [(int(part), "") if part.isdecimal() else (-1, part.casefold()) for part in parts], name


def _labelled_images(name: str, images: tuple[Path, ...], row_count: int) -> tuple[tuple[Path, ...], str | None]:
    """The images of an OTB folder that its rows speak of, and what was left out."""
    first = _FIRST_LABELLED_IMAGE.get(name, 1) - 1
    if first and len(images) >= first + row_count:
        chosen = images[first : first + row_count]
        return chosen, f"frames are {chosen[0].name} to {chosen[-1].name}, the labelled ones of {len(images)}"
    is_numbered_zero = images[0].stem.isdecimal() and int(images[0].stem) == 0
    if is_numbered_zero and len(images) == row_count + 1:
        return images[1:], f"{images[0].name} left out: OTB counts from 1, and it has no row"
    return images, None


def _vot_or_got10k_boxes(folder: Path, rows: Rows, frame_count: int) -> Boxes:
    is_vot = (
        (folder / "color").is_dir()
        or any((folder / name).is_file() for name in ("sequence", "list.txt"))
        or any(len(row) > 4 for row in rows)
    )
    boxes = boxes_from_rows(rows, frame_count, origin=0 if is_vot else 1)
    absence_file = folder / "absence.label"
    if is_vot or not absence_file.is_file():
        return boxes
    absent = absence_file.read_text(encoding="utf-8").split()
    return tuple(None if mark == "1" else box for box, mark in zip_longest(boxes, absent[:frame_count]))


def _no_images(path: Path, image_folder: Path) -> str:
    inner = sorted(child for child in path.iterdir() if child.is_dir() and _images_in(_image_folder(child)))
    hint = f"; choose one of the folders in it, such as {inner[0].name}" if inner else ""
    kinds = ", ".join(sorted(IMAGE_SUFFIXES))
    return f"{image_folder} holds no images ({kinds}){hint}"


def _image_folder(path: Path) -> Path:
    return next((path / name for name in _IMAGE_FOLDERS if (path / name).is_dir()), path)
