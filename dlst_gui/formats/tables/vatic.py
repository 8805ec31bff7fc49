"""VATIC's text, as `turkic dump` and other tools write it: one row for each box of each frame; read only.

`track xmin ymin xmax ymax frame lost occluded generated "label"`, then attributes in quotes, which are not read.
Edges in pixels, the first pixel is 0; frames and tracks count **from 0**. Where `lost` is 1 the object is out of
sight; where `generated` is 1 the box was interpolated between those that a person drew.

Sources: cvondrick/vatic `README`, "Annotation Format"; EAVISE/brambox's `VaticParser`, with the same columns. That
the first pixel is 0 neither says.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.format import Convention, LabelReader, Shape, Unit
from dlst_gui.formats.labels.model import UNNAMED, AnnotatedVideo, BoxSource, Gaps, LabelledBox, LabelSet
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.frame_numbers import FrameNumbers, read_by_evidence
from dlst_gui.formats.reading.label_builder import LabelBuilder
from dlst_gui.formats.syntax.row_blocks import check_columns
from dlst_gui.formats.syntax.text_input import finite, lines_of, number_in, whole_in
from dlst_gui.project.tracks import Visibility
from tracker_core import Box

_FIXED = 10
"""Cells up to the label."""


@read_by_evidence
def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    built = LabelBuilder(path, video, options=options, first_id=0)
    numbers = FrameNumbers(0, video.frame_count, options)
    for line, cells in _rows(path, tick):
        place = f"line {line}"
        left, top, right, bottom = (number_in(path, place, cell, "a box") for cell in cells[1:5])
        index = numbers.index(whole_in(path, place, cells[5], "frame"))
        lost, occluded, generated = (whole_in(path, place, cell, "a flag") for cell in cells[6:9])
        if lost:
            built.report.absent += 1
            continue
        made = LabelledBox(
            index,
            Box(left, top, right - left, bottom - top),
            BoxSource.INTERPOLATED if generated else BoxSource.IMPORTED,
            Visibility.OCCLUDED if occluded else Visibility.VISIBLE,
        )
        built.add(whole_in(path, place, cells[0], "track"), made, place=line, label=cells[9] or UNNAMED)
    numbers.finish(built.report)
    return built.labels(Gaps.ABSENT, tick=tick)


def _rows(path: Path, tick: Tick = untold) -> Iterator[tuple[int, list[str]]]:
    for number, line in lines_of(path, tick):
        check_columns(path, number, line)
        try:
            cells = next(csv.reader([line], delimiter=" ", skipinitialspace=True, strict=True), [])
        except csv.Error as error:
            raise FormatError(path, f"expected fields between blanks ({error})", f"line {number}") from error
        if len(cells) < _FIXED:
            problem = f"expected at least {_FIXED} fields between blanks, got {shortly(line)}"
            raise FormatError(path, problem, f"line {number}")
        yield number, cells


def _looks_like(path: Path, _tick: Tick = untold) -> bool:
    if not path.is_file():
        return False
    try:
        rows = [cells for (_, cells), _ in zip(_rows(path), range(1000), strict=False)]
    except FormatError:
        return False
    has_numbers = all(finite(cell) is not None for cells in rows for cell in cells[: _FIXED - 1])
    has_flags = all(set(cells[6:9]) <= {"0", "1"} for cells in rows)
    return bool(rows) and has_numbers and has_flags and all(finite(cells[9]) is None for cells in rows)


VATIC = LabelReader(
    name="vatic",
    title="VATIC text",
    convention=Convention(0, Shape.EDGES, Unit.PIXELS, "counted from 0", "a 1 in `lost`", "as it is written"),
    read=_read,
    looks_like=_looks_like,
)
