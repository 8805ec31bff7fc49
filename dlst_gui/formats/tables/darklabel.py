"""DarkLabel's CSV: `fn,cname,id,x1,y1,w,h` per row, or its "MOT" preset `fn,id,x1,y1,w,h,-1,-1,-1,-1`.

Left, top, width, height in pixels; DarkLabel says nothing of the first pixel's number, which OpenCV, on which it
is built, calls 0. Frames are counted **from 0**, in the preset called MOT too, where the real one counts from 1.
A frame without the object has no row. Written is the first kind, which has labels; both are read. DarkLabel's
files are its user's to define: `darklabel.yml` has to name these columns.

Source: darkpgmr/DarkLabel `darklabel.yml`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import UNNAMED, AnnotatedVideo, Gaps, LabelledBox, LabelSet
from dlst_gui.formats.labels.windows import frame_windows
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.frame_numbers import FrameNumbers, read_by_evidence
from dlst_gui.formats.reading.label_builder import LabelBuilder, thinned
from dlst_gui.formats.syntax.numbers_out import csv_cell, pixel_texts, written_boxes
from dlst_gui.formats.syntax.row_blocks import check_columns
from dlst_gui.formats.syntax.text_input import finite, lines_of, number_in, whole_in
from tracker_core import Box

_DELIMITERS = ",;\t"


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    known = [f"{csv_cell(track.label)},{track.track_id}" for track in labels.tracks]
    with path.open("w", encoding="utf-8", newline="") as file:
        for window in frame_windows(labels.tracks, labels.video.frames, tick):
            boxes = written_boxes(window.boxes_xywh, is_sub_pixel=options.sub_pixel)
            texts = map(pixel_texts, boxes.T)
            rows = zip(window.frame_indices.tolist(), window.tracks.tolist(), *texts, strict=True)
            file.writelines(
                f"{index},{known[track]},{x},{y},{width},{height}\n" for index, track, x, y, width, height in rows
            )


@read_by_evidence
def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    built = LabelBuilder(path, video, options=options, first_id=0)
    numbers = FrameNumbers(0, video.frame_count, options, is_defined=False)
    for number, cells in _rows(path, tick):
        place = f"line {number}"
        label, words = (cells[1], [cells[0], *cells[2:]]) if len(cells) == 7 else (UNNAMED, cells)
        track_id = whole_in(path, place, words[1], "id")
        left, top, width, height = (number_in(path, place, word, "a box") for word in words[2:6])
        index = numbers.index(whole_in(path, place, words[0], "frame"))
        made = LabelledBox(index, Box(left, top, width, height))
        built.add(track_id, made, place=number, label=label or UNNAMED)
    numbers.finish(built.report)
    return thinned(built.labels(Gaps.ABSENT, tick=tick))


def _rows(path: Path, tick: Tick = untold) -> Iterator[tuple[int, list[str]]]:
    for number, line in lines_of(path, tick):
        check_columns(path, number, line)
        delimiter = max(_DELIMITERS, key=line.count)
        try:
            cells = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, strict=True), [])]
        except csv.Error as error:
            raise FormatError(path, f"expected fields separated by commas ({error})", f"line {number}") from error
        if number == 1 and cells and cells[0] == "fn":
            continue
        if len(cells) not in {7, 10}:
            problem = f"expected fn,cname,id,x1,y1,w,h or fn,id,x1,y1,w,h,-1,-1,-1,-1, got {shortly(line)}"
            raise FormatError(path, problem, f"line {number}")
        yield number, cells


def _looks_like(path: Path, _tick: Tick = untold) -> bool:
    if not path.is_file():
        return False
    try:
        rows = [cells for (_, cells), _ in zip(_rows(path), range(1000), strict=False)]
        is_named = bool(rows) and all(len(row) == 7 and row[0].isdecimal() for row in rows)
        is_named = is_named and all(finite(word) is not None for row in rows for word in row[2:])
        if is_named and all(finite(row[1]) is not None for row in rows):
            # Names that are numbers are possible; then at least boxes must have a size.
            is_named = all(float(row[5]) >= 1 and float(row[6]) > 1 for row in rows)
        # Without a frame 0 it could be a MOTChallenge file as well; the suffix is no more than a hint.
        is_preset = bool(rows) and all(len(row) == 10 and row[6:] == ["-1"] * 4 for row in rows)
        return is_named or (is_preset and (any(row[0] == "0" for row in rows) or path.suffix.lower() == ".csv"))
    except FormatError:
        return False


DARKLABEL = Format(
    name="darklabel",
    title="DarkLabel CSV",
    suffix=".csv",
    convention=Convention(
        0, Shape.LEFT_TOP_SIZE, Unit.PIXELS, "counted from 0", "no row", "a ten-thousandth of a pixel"
    ),
    can_hold=Capabilities(Identity.IDS, labels=True, absence=False, occlusion=False, sub_pixel=True),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: 1e-4 if options.sub_pixel else 0.5,
)
