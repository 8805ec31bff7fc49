"""VIAME's CSV, which DIVE exports: one row for each box of each frame; read only.

`id,video or image,frame,left,top,right,bottom,confidence,length`, then pairs of a label and its confidence, then
attributes such as `(poly) ...`, which are not read. Edges in pixels, the first pixel is 0; frames count **from
0**. Lines that begin with `#` are comments. In a folder of images the second column names the image.

Source: Kitware/dive `docs/DataFormats.md`; VIAME "Detection File Conversions".
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path

from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.format import Convention, LabelReader, Shape, Unit
from dlst_gui.formats.labels.model import UNNAMED, AnnotatedVideo, Gaps, LabelledBox, LabelSet
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.frame_numbers import FrameNumbers, read_by_evidence
from dlst_gui.formats.reading.image_names import found_in_folder
from dlst_gui.formats.reading.label_builder import LabelBuilder, thinned
from dlst_gui.formats.syntax.row_blocks import check_columns
from dlst_gui.formats.syntax.text_input import finite, lines_of, number_in, whole_in
from tracker_core import Box

_FIXED = 9
"""Cells before the labels."""


@read_by_evidence
def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    built = LabelBuilder(path, video, options=options, first_id=0)
    numbers = FrameNumbers(0, video.frame_count, options)
    named = None
    if video.image_names is not None and options.first_frame is None and options.step == 1:
        images = dict.fromkeys(cells[1] for _, cells in _rows(path))
        named = found_in_folder(path, [*images], video, built.report)
    for line, cells in _rows(path, tick):
        place = f"line {line}"
        number = whole_in(path, place, cells[2], "frame")
        index = named[cells[1]] if named is not None else numbers.index(number)
        left, top, right, bottom = (number_in(path, place, cell, "a box") for cell in cells[3:7])
        label, confidence = _best(cells[_FIXED:])
        made = LabelledBox(index, Box(left, top, right - left, bottom - top), score=confidence)
        built.add(whole_in(path, place, cells[0], "id"), made, place=line, label=label)
    if named is None:
        numbers.finish(built.report)
    return thinned(built.labels(Gaps.ABSENT, tick=tick))


def _best(cells: list[str]) -> tuple[str, float]:
    """The likeliest label, and how likely it is; one that is certain has no score."""
    pairs = []
    for label, confidence in zip(cells[0::2], cells[1::2], strict=False):
        value = finite(confidence)
        if label.startswith("(") or value is None:
            break
        pairs.append((value, label))
    if not pairs:
        return UNNAMED, math.nan
    value, label = max(pairs, key=lambda pair: pair[0])
    return label or UNNAMED, math.nan if value >= 1 else value


def _rows(path: Path, tick: Tick = untold) -> Iterator[tuple[int, list[str]]]:
    for number, line in lines_of(path, tick):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        check_columns(path, number, line)
        try:
            cells = [cell.strip() for cell in next(csv.reader([line], strict=True), [])]
        except csv.Error as error:
            raise FormatError(path, f"expected fields separated by commas ({error})", f"line {number}") from error
        if len(cells) < _FIXED:
            problem = f"expected at least {_FIXED} fields separated by commas, got {shortly(line)}"
            raise FormatError(path, problem, f"line {number}")
        yield number, cells


def _looks_like(path: Path, _tick: Tick = untold) -> bool:
    if not path.is_file() or path.suffix.lower() != ".csv":
        return False
    try:
        found = next(_rows(path), None)
    except FormatError:
        return False
    if found is None:
        return False
    cells = found[1]
    has_numbers = all(finite(cell) is not None for cell in (cells[0], *cells[2:_FIXED]))
    # Those without a label are known by the comment that heads them.
    return has_numbers and (found[0] > 1 or (len(cells) > _FIXED + 1 and finite(cells[_FIXED]) is None))


VIAME_CSV = LabelReader(
    name="viame-csv",
    title="VIAME CSV, as DIVE exports",
    convention=Convention(0, Shape.EDGES, Unit.PIXELS, "counted from 0", "no row", "as it is written"),
    read=_read,
    looks_like=_looks_like,
)
