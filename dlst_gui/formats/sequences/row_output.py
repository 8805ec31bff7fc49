"""Files with one line per frame, as `row_files.py` reads them: OTB, VOT, GOT-10k, LaSOT."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.format import WriteOptions
from dlst_gui.formats.labels.model import BoxColumns
from dlst_gui.formats.syntax.numbers_out import pixel_texts, written_boxes


def box_lines(columns: BoxColumns, options: WriteOptions, *, first_pixel: int = 0) -> list[str]:
    """A line for each box: left, top, width, height, between commas."""
    boxes = written_boxes(columns.boxes_xywh, is_sub_pixel=options.sub_pixel, first_pixel=first_pixel)
    rows = zip(*map(pixel_texts, boxes.T), strict=True)
    return [f"{x},{y},{width},{height}\n" for x, y, width, height in rows]


def flags_for(is_set: NDArray[np.bool_]) -> list[str]:
    """1 or 0 for each box."""
    return ["1" if flag else "0" for flag in is_set.tolist()]
