"""What a folder of images holds: which images are the frames, and which boxes come with them.

How a folder is told; the first rule that fits:

- OTB (also UAV123 and LaSOT): the images lie in `img/`; the boxes in `groundtruth_rect.txt`, of several targets
  in `groundtruth_rect.1.txt`, or in `groundtruth.txt`; pixels count from 1.
- VOT: the images lie in `color/`, or beside a file `sequence` or `list.txt`, or a row of `groundtruth.txt` has
  more than four numbers; pixels count from 0.
- GOT-10k: images and `groundtruth.txt` in one folder; pixels count from 1; a 1 in `absence.label` marks a frame
  without target.
- MOTChallenge (also DanceTrack, SportsMOT): `seqinfo.ini` names the folder of the images, `img1/`, and the frame
  rate. The boxes in `gt/gt.txt` are of many objects: they are labels to import, not a target's ground truth.
- Any other folder with images has no boxes.

Choosing `img/`, `color/` or `img1/` itself means the folder around it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path, PurePath

from dlst_gui import limits
from dlst_gui.video.ground_truth import Boxes, Rows, boxes_from_rows, read_rows, row_count_notice
from dlst_gui.video.sequence_info import FILE_NAME as INFO_NAME
from dlst_gui.video.sequence_info import SequenceInfo, read_sequence_info
from dlst_gui.video.video_source import ASSUMED_FPS, VideoError, joined_notice

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".jp2", ".j2k", ".pgm", ".ppm", ".pnm"}
)

_DIGITS = re.compile(r"\d+")

_IMAGE_FOLDERS = ("img", "color")
_TRUTH_NAMES = ("groundtruth_rect.txt", "groundtruth_rect.1.txt", "groundtruth.txt")

_FIRST_LABELLED_IMAGE = {"David": 300}
"""OTB folders with more images than rows whose rows do not start at image 1. Source: the benchmark's web page."""


@dataclass(frozen=True, slots=True)
class SequenceFolder:
    """The frames of a folder in order, and what is known about them.

    Attributes:
        path: the folder that was chosen, or the one around it.
        image_folder: where the images lie.
        names: of the images. Paths of them would take ten times as long to make, and four times the memory.
        ground_truth: one entry per image.
        notice: what a user should know.
        fps: frames per second; `ASSUMED_FPS` where the folder does not say.
    """

    path: Path
    image_folder: Path
    names: tuple[str, ...]
    ground_truth: Boxes | None
    notice: str | None
    fps: float = ASSUMED_FPS


def read_folder(path: Path) -> SequenceFolder:
    """Find images and boxes; opens no image.

    Raises:
        VideoError: the folder holds no images.
    """
    if path.name in _IMAGE_FOLDERS and _truth_file(path.parent) is not None:
        path = path.parent
    around = read_sequence_info(path.parent)
    if around is not None and around.image_folder == path.name:
        path = path.parent
    info = read_sequence_info(path)
    image_folder = _image_folder(path, info)
    names = _images_in(image_folder)
    if not names:
        raise VideoError(_no_images(path, image_folder))
    truth_file = _truth_file(path)
    if truth_file is None and info is not None:
        return SequenceFolder(
            path, image_folder, names, None, _info_notice(path, info, len(names)), info.fps or ASSUMED_FPS
        )
    if truth_file is None:
        return SequenceFolder(path, image_folder, names, None, None)
    try:
        rows = read_rows(truth_file)
        if image_folder.name == "img":
            names, notice = _labelled_images(path.name, names, len(rows))
            boxes = boxes_from_rows(rows, len(names), origin=1)
        else:
            notice = None
            boxes = _vot_or_got10k_boxes(path, rows, len(names))
    except VideoError as error:
        return SequenceFolder(path, image_folder, names, None, f"ground truth not used: {error}")
    notice = joined_notice(notice, row_count_notice(truth_file, len(rows), len(names)))
    return SequenceFolder(path, image_folder, names, boxes, notice)


def parts_of(path: Path) -> tuple[Path, ...]:
    """What decides what `read_folder` finds in a folder: its images' folder, true boxes, what describes it."""
    if path.name in _IMAGE_FOLDERS and _truth_file(path.parent) is not None:
        path = path.parent
    texts = (path / name for name in (*_TRUTH_NAMES, INFO_NAME))
    return (_image_folder(path, read_sequence_info(path)), *texts)


def holds_sequence(path: Path, without: Collection[str] = ()) -> bool:
    """Whether `read_folder` would find images in a folder; the first one is enough. Raises OSError.

    Args:
        path: of the folder.
        without: names of images in it that are no frames.
    """
    folder = _image_folder(path, read_sequence_info(path))
    no_frames = without if folder == path else ()
    with os.scandir(folder) as entries:
        return any(
            _is_image_name(e.name) and not e.name.startswith(".") and e.name not in no_frames and e.is_file()
            for e in entries
        )


def _truth_file(folder: Path) -> Path | None:
    return next((folder / name for name in _TRUTH_NAMES if (folder / name).is_file()), None)


def _images_in(folder: Path) -> tuple[str, ...]:
    """Names in natural order; names with a leading dot are other programs' bookkeeping."""
    # Folders hold up to hundreds of thousands: the listing says what is a file, without another look at each.
    with os.scandir(folder) as entries:
        names = [
            entry.name
            for entry in entries
            if _is_image_name(entry.name) and not entry.name.startswith(".") and entry.is_file()
        ]
    if len(names) > limits.MOST_FRAMES:
        raise VideoError(f"{folder} holds over {limits.MOST_FRAMES:,} images; split it into several folders")
    return tuple(sorted(names, key=natural_key))


def _is_image_name(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES  # noqa: PTH122 - a path takes ten times as long


def natural_key(name: str) -> tuple[str, str]:
    """Sorts img2 before img10, and letters before digits; the name itself decides between 1 and 01.

    One text for each name, which is compared at once: letters begin with the lowest character, a number with the
    next one and how many digits it has.
    """
    key = _DIGITS.sub(_number_key, name.casefold())
    return key if name[:1].isdecimal() else "\0" + key, name


def _number_key(digits: re.Match[str]) -> str:
    number = str(int(digits[0]))
    return f"\1{chr(len(number))}{number}\0"


def _labelled_images(name: str, images: tuple[str, ...], row_count: int) -> tuple[tuple[str, ...], str | None]:
    """The images of an OTB folder that its rows speak of, and what was left out."""
    first = _FIRST_LABELLED_IMAGE.get(name, 1) - 1
    if first and len(images) >= first + row_count:
        chosen = images[first : first + row_count]
        return chosen, f"frames are {chosen[0]} to {chosen[-1]}, the labelled ones of {len(images)}"
    number = PurePath(images[0]).stem
    if number.isdecimal() and int(number) == 0 and len(images) == row_count + 1:
        return images[1:], f"{images[0]} left out: OTB counts from 1, and it has no row"
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
    inner = sorted(
        child
        for child in path.iterdir()
        if child.is_dir() and _images_in(_image_folder(child, read_sequence_info(child)))
    )
    hint = f"; choose one of the folders in it, such as {inner[0].name}" if inner else ""
    kinds = ", ".join(sorted(IMAGE_SUFFIXES))
    return f"{image_folder} holds no images ({kinds}){hint}"


def _image_folder(path: Path, info: SequenceInfo | None = None) -> Path:
    if info is not None and (path / info.image_folder).is_dir():
        return path / info.image_folder
    return next((path / name for name in _IMAGE_FOLDERS if (path / name).is_dir()), path)


def _info_notice(folder: Path, info: SequenceInfo, image_count: int) -> str | None:
    promised = info.frame_count
    return joined_notice(
        info.notice,
        f"{INFO_NAME} promises {promised:,} images, there are {image_count:,}"
        if promised is not None and promised != image_count
        else None,
        "labels to import: import this folder as labels to see the boxes of many objects in gt/gt.txt"
        if (folder / "gt" / "gt.txt").is_file()
        else None,
    )
