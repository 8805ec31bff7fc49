"""Tables with a header line, whoever wrote them: columns are known by their names.

A frame, and four numbers of a box: left, top and width, height or right, bottom; in pixels, the first one being 0,
from edge to edge. A track id, a label (or the number of a class) and a score are read where there are such
columns. This is what supervision's `CSVSink` writes, and what most scripts do. Names are compared without case,
blanks, `_` and `-`.

Frames may count from 0 or 1: see `frame_numbers`. Source of supervision's names:
`supervision/detection/tools/csv_sink.py`; its frame column is named by its user.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Convention, LabelReader, Shape, Unit
from dlst_gui.formats.labels.model import UNNAMED, AnnotatedVideo, Gaps, LabelSet
from dlst_gui.formats.own.project_csv import CSV, DELIMITERS
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.frame_numbers import FrameNumbers, read_by_evidence
from dlst_gui.formats.reading.label_builder import LabelBuilder, thinned
from dlst_gui.formats.reading.track_columns import BoxRows
from dlst_gui.formats.syntax.row_blocks import TextRows, check_columns, coded, csv_rows
from dlst_gui.formats.syntax.text_input import first_line, line_blocks

_NAMES: Mapping[str, frozenset[str]] = {
    "frame": frozenset({"frame", "frameid", "frameindex", "frameidx", "frameno", "framenumber", "fn"}),
    "track": frozenset({"track", "trackid", "trackerid", "id", "objectid", "objid", "targetid"}),
    "label": frozenset({"label", "classname", "class", "cname", "category", "name", "objectclass", "labelname"}),
    "class": frozenset({"classid", "cls", "categoryid"}),
    "left": frozenset({"x", "left", "x1", "xmin", "bbleft", "bboxleft", "bboxx", "bboxx1", "xtl", "l"}),
    "top": frozenset({"y", "top", "y1", "ymin", "bbtop", "bboxtop", "bboxy", "bboxy1", "ytl", "t"}),
    "width": frozenset({"w", "width", "bbwidth", "bboxwidth", "bboxw"}),
    "height": frozenset({"h", "height", "bbheight", "bboxheight", "bboxh"}),
    "right": frozenset({"x2", "right", "xmax", "bboxx2", "xbr", "r"}),
    "bottom": frozenset({"y2", "bottom", "ymax", "bboxy2", "ybr", "b"}),
    "score": frozenset({"score", "conf", "confidence", "probability"}),
}
_NO_TRACK = -1


@read_by_evidence
def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    built = LabelBuilder(path, video, options=options)
    numbers = FrameNumbers(0, video.frame_count, options, is_defined=False)
    delimiter, columns, width = _header(path, first_line(path))
    has_size = "width" in columns and "height" in columns
    shape = "left, top, width and height" if has_size else "the edges left, top, right and bottom"
    built.report.assume(f"By the names of the columns a box is {shape}, in pixels from 0.")
    for first, lines in line_blocks(path, tick):
        start = 1 if first == 1 else 0

        def wrong_count(count: int) -> str:
            return "" if count == width else f"expected {width} fields separated by {delimiter!r}, got {count}"

        for rows in csv_rows(path, first + start, lines[start:], delimiter, wrong_count):
            built.add_rows(_found(rows, columns, numbers, has_size=has_size))
            rows.finish()
    numbers.finish(built.report)
    return thinned(built.labels(Gaps.ABSENT, tick=tick))


def _found(rows: TextRows, columns: Mapping[str, int], numbers: FrameNumbers, *, has_size: bool) -> BoxRows:
    frames = numbers.indices(rows.whole(columns["frame"], "frame"))
    left, top = (rows.numbers(columns[name], name) for name in ("left", "top"))
    if has_size:
        width, height = (rows.numbers(columns[name], name) for name in ("width", "height"))
    else:
        right, bottom = (rows.numbers(columns[name], name) for name in ("right", "bottom"))
        width, height = right[: rows.count] - left[: rows.count], bottom[: rows.count] - top[: rows.count]
    track_ids: NDArray[np.int64] = np.full(rows.count, _NO_TRACK)
    if "track" in columns:
        track_ids = rows.whole(columns["track"], "a track id", empty=_NO_TRACK)
    scores = rows.numbers(columns["score"], "score", empty=math.nan) if "score" in columns else None
    named = columns.get("label", columns.get("class"))
    words = [UNNAMED] * rows.count if named is None else [word or UNNAMED for word in rows.words(named)]
    count = rows.count
    names, labels = coded(words[:count])
    boxes = np.stack([column[:count] for column in (left, top, width, height)], axis=1)
    places = rows.places()
    return BoxRows(track_ids[:count], labels, names, frames[:count], boxes, places, scores=scores).first(count)


def _header(path: Path, line: str) -> tuple[str, Mapping[str, int], int]:
    """The delimiter, the position of each column that is known, and how many there are."""
    delimiter = max(DELIMITERS, key=line.count)
    check_columns(path, 1, line)
    names = [_plain(name) for name in line.split(delimiter)]
    found: dict[str, int] = {}
    for meaning, known in _NAMES.items():
        fitting = [at for at, name in enumerate(names) if name in known]
        if fitting:
            found[meaning] = fitting[0]
    missing = [name for name in ("frame", "left", "top") if name not in found]
    if not ({"width", "height"} <= found.keys() or {"right", "bottom"} <= found.keys()):
        missing.append("width and height, or right and bottom")
    if missing:
        raise FormatError(path, f"expected a column for {missing[0]}, there is none of a known name", "line 1")
    return delimiter, found, len(names)


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _looks_like(path: Path, tick: Tick = untold) -> bool:
    if not path.is_file() or path.suffix.lower() in {".json", ".jsonl", ".xml"} or CSV.looks_like(path, tick):
        return False
    try:
        _header(path, first_line(path))
    except FormatError:
        return False
    return True


HEADER_TABLE = LabelReader(
    name="table",
    title="Table with named columns",
    convention=Convention(
        0,
        Shape.LEFT_TOP_SIZE,
        Unit.PIXELS,
        "counted from 0, or from 1 where the file shows it",
        "no row",
        "as it is written",
    ),
    read=_read,
    looks_like=_looks_like,
)
