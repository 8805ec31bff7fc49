"""Reading files with one line of four numbers per frame, and of one flag per frame: VOT, GOT-10k, LaSOT."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.labels.model import AnnotatedVideo
from dlst_gui.formats.labels.original_shape import MASK
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.frame_numbers import frames_of_numbers
from dlst_gui.formats.reading_report import ReadingReport
from dlst_gui.formats.syntax.input_files import is_there
from dlst_gui.formats.syntax.masks import is_mask, mask_box
from dlst_gui.formats.syntax.text_input import lines_of, number_in, whole_in, words_of


@dataclass(frozen=True, slots=True)
class Row:
    """The numbers of one frame as they are in the file; None where a line has NaN, or is a code for "nothing".

    Attributes:
        shape: what the numbers enclose where they are not a box themselves, such as a mask.
        mask: its numbers, where it is one.
    """

    line: int
    frame_index: int
    numbers: tuple[float, ...] | None
    shape: str = ""
    mask: tuple[int, ...] = ()


def rows_of(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> Iterator[Row]:
    """The lines of a file; the n-th is of the n-th of `video.frames`, unless the first frame is another line."""
    first = 1 if options.first_frame is None else options.first_frame
    for number, line in lines_of(path, tick):
        place = f"line {number}"
        at = int(frames_of_numbers(np.array(number), first, options.step))
        # Beyond the frames: an index that no frame has, which whoever takes the box will notice.
        frame_index = at if at < 0 else max(at, video.frame_count)
        if 0 <= at < len(video.frames):
            frame_index = int(video.frames[at])
        if line.startswith("m"):
            mask = mask_in(path, place, line[1:])
            yield Row(number, frame_index, mask_box(mask), MASK, mask)
            continue
        words = words_of(line)
        if len(words) == 1 or any(word.lower() == "nan" for word in words):
            yield Row(number, frame_index, None)
            continue
        if len(words) != 4 and (len(words) < 6 or len(words) % 2):
            raise FormatError(path, f"expected four numbers per line, got {shortly(line)}", place)
        numbers = tuple(number_in(path, place, word, "a box") for word in words)
        yield Row(number, frame_index, numbers)


def mask_in(path: Path, place: str, text: str) -> tuple[int, ...]:
    """The numbers of a mask as VOT writes it: `is_mask` holds for them."""
    numbers = tuple(whole_in(path, place, word, "a mask") for word in words_of(text))
    if not is_mask(numbers):
        raise FormatError(path, f"expected a mask m<x>,<y>,<width>,<height>,<runs>, got {shortly(text)}", place)
    return numbers


def flags_of(path: Path) -> list[int]:
    """Whole numbers, one per line or all in one; none where there is no such file."""
    if not is_there(path):
        return []
    flags = []
    for number, line in lines_of(path):
        for word in words_of(line):
            value = number_in(path, f"line {number}", word, "a flag")
            if value != int(value) or not 0 <= value <= 8:
                raise FormatError(path, f"expected flags, got {shortly(word)}", f"line {number}")
            flags.append(int(value))
    return flags


def flag_at(flags: list[int], line: int, usual: int = 0) -> int:
    """The flag of a line from 1; `usual` where there is none."""
    return flags[line - 1] if line <= len(flags) else usual


def tell_of_too_few(report: ReadingReport, path: Path, rows: int, video: AnnotatedVideo) -> None:
    """Say so where the lines end before the frames do."""
    if rows < len(video.frames):
        report.note(f"{path.name} has {rows} rows for {len(video.frames)} frames; the last frames have no boxes.")
