"""Reading files with one line of four numbers per frame, and of one flag per frame: VOT, GOT-10k, LaSOT."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.input_files import is_there
from dlst_gui.formats.model import AnnotatedVideo
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.text_input import lines_of, number_in, words_of


@dataclass(frozen=True, slots=True)
class Row:
    """The numbers of one frame as they are in the file; None where a line has NaN or fewer than four."""

    line: int
    frame_index: int
    numbers: tuple[float, ...] | None


def rows_of(path: Path, video: AnnotatedVideo, tick: Tick = untold) -> Iterator[Row]:
    """The lines of a file; the n-th is of the n-th of `video.frames`."""
    for number, line in lines_of(path, tick):
        place = f"line {number}"
        if number > len(video.frames):
            raise FormatError(path, f"there are more lines than the {len(video.frames)} frames", place)
        words = words_of(line)
        if len(words) == 1 or any(word.lower() == "nan" for word in words):
            yield Row(number, int(video.frames[number - 1]), None)
            continue
        if len(words) != 4 and (len(words) < 6 or len(words) % 2):
            raise FormatError(path, f"expected four numbers per line, got {shortly(line)}", place)
        numbers = tuple(number_in(path, place, word, "a box") for word in words)
        yield Row(number, int(video.frames[number - 1]), numbers)


def flags_of(path: Path, count: int) -> list[int] | None:
    """Whole numbers, one per line or all in one; None where there is no such file."""
    if not is_there(path):
        return None
    flags = []
    for number, line in lines_of(path):
        for word in words_of(line):
            value = number_in(path, f"line {number}", word, "a flag")
            if value != int(value) or not 0 <= value <= 8:
                raise FormatError(path, f"expected flags, got {shortly(word)}", f"line {number}")
            flags.append(int(value))
        if len(flags) > count:
            raise FormatError(path, f"expected {count} flags, there are {len(flags)}")
    return flags + [0] * (count - len(flags))


def too_few(path: Path, rows: int, video: AnnotatedVideo) -> tuple[str, ...]:
    """What to tell where the lines end before the frames do."""
    if rows == len(video.frames):
        return ()
    return (f"{path.name} has {rows} rows for {len(video.frames)} frames; the last frames have no boxes.",)
