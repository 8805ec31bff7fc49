"""Boxes that come with a sequence or a video: one row of text per frame.

A row has four numbers (x, y, width, height) or, in VOT, eight and more (corners of a polygon, whose enclosing
rectangle is taken), separated by commas, blanks or tabs. OTB and GOT-10k count pixels from 1, VOT from 0. Rows of
six that begin with the frame's number are TLP's.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from dlst_gui.video.video_source import VideoError
from tracker_core import Box

Boxes = tuple[Box | None, ...]
"""0-based boxes by frame index; None where the target is absent or the frame is not labelled."""

_TLP_NUMBERS = 6

Rows = list[tuple[float, ...]]
"""The numbers of each line of a ground truth file."""


def read_rows(path: Path) -> Rows:
    """The numbers of each row; an empty line is a row without numbers, at the end it is none.

    Raises:
        VideoError: not readable as text, or a row holds something other than 0, 4, 6, 8, ... numbers.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").rstrip().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise VideoError(f"{path} cannot be read as text ({error})") from error
    return _without_frame_numbers([_numbers(path, number, line) for number, line in enumerate(lines, start=1)])


def _without_frame_numbers(rows: Rows) -> Rows:
    """TLP's rows are frame, x, y, width, height, lost; others stay as they are. A lost target has no numbers."""
    is_tlp = len(rows) > 1 and all(
        len(row) == _TLP_NUMBERS and row[0] == number for number, row in enumerate(rows, 1)
    )
    return [row[1:5] if row[5] == 0 else () for row in rows] if is_tlp else rows


def _numbers(path: Path, line_number: int, line: str) -> tuple[float, ...]:
    words = [word for word in re.split(r"[,;\s]+", line) if word]
    try:
        numbers = tuple(map(float, words))
    except ValueError:
        numbers = (0.0,)
    if numbers and (len(numbers) < 4 or len(numbers) % 2):
        raise VideoError(f"{path}, line {line_number}: expected x,y,width,height or corners, got {line.strip()!r}")
    return numbers


def boxes_from_rows(rows: Rows, frame_count: int, *, origin: int) -> Boxes:
    """One entry per frame; rows that are missing, not finite or without area give None.

    Args:
        rows: from `read_rows`.
        frame_count: length of the result.
        origin: the number of the first pixel in these rows, 0 or 1.
    """
    boxes = [_box(row, origin) for row in rows[:frame_count]]
    return (*boxes, *[None] * (frame_count - len(boxes)))


def _box(row: tuple[float, ...], origin: int) -> Box | None:
    if not row:
        return None
    if len(row) == 4:
        box = Box(row[0] - origin, row[1] - origin, row[2], row[3])
    else:
        corners = np.array(row).reshape(-1, 2) - origin
        left, top = corners.min(axis=0).tolist()
        right, bottom = corners.max(axis=0).tolist()
        box = Box(left, top, right - left, bottom - top)
    return box if box.is_valid else None


def row_count_notice(path: Path, row_count: int, frame_count: int) -> str | None:
    """What to tell where the rows do not match the frames."""
    if row_count == frame_count:
        return None
    return f"{path.name} has {row_count} rows for {frame_count} frames"


def read_beside_video(video: Path, frame_count: int) -> tuple[Boxes | None, str | None]:
    """Boxes from `<stem>_groundtruth.txt` or `<stem>_groundtruth_rect.txt` next to a video, and a notice.

    The rows are OTB's, 1-based. A file that cannot be read is told in the notice; the video is usable without.
    """
    for path in truth_files_beside(video):
        try:
            rows = read_rows(path)
        except VideoError as error:
            return None, f"ground truth not used: {error}"
        return boxes_from_rows(rows, frame_count, origin=1), row_count_notice(path, len(rows), frame_count)
    return None, None


def truth_files_beside(video: Path) -> tuple[Path, ...]:
    """Those that are there, the one that is read first."""
    video = video if video.name else video.resolve()
    paths = (video.parent / f"{video.stem}{ending}" for ending in ("_groundtruth.txt", "_groundtruth_rect.txt"))
    return tuple(path for path in paths if path.is_file())
