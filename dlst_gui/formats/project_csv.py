"""The project's own plain CSV: one row per box, with where each box comes from. docs/formats.md has the columns.

Left, top, width, height in pixels, the first pixel is 0; frames are counted from 0 by their place in the video.
A row whose `visibility` is `outside` says that the object is gone from this frame on; its box is where it was
last. Rows that are not there say nothing.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.label_builder import LabelBuilder
from dlst_gui.formats.model import SOURCES, AnnotatedVideo, BoxColumns, BoxSource, Gaps, LabelledBox, LabelSet
from dlst_gui.formats.numbers_out import csv_cell, pixel_texts, plain, written_boxes
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.text_input import first_line, lines_of, number_in, whole_in
from dlst_gui.formats.windows import track_pieces
from dlst_gui.project.keyframe_series import VISIBILITY_CODES
from dlst_gui.project.tracks import Visibility
from tracker_core import Box

COLUMNS = (
    *("frame", "timestamp_s", "track", "label", "x", "y", "width", "height"),
    *("visibility", "source", "score", "run"),
)
_VISIBILITIES = np.array([each.value for each in VISIBILITY_CODES], dtype=object)
_SOURCES = np.array([each.value for each in SOURCES], dtype=object)

_NEEDED = ("frame", "x", "y", "width", "height")
_DELIMITERS = ",;\t"


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"{','.join(COLUMNS)}\n")
        for track, pieces in track_pieces(labels, tick):
            known = f"{track.track_id},{csv_cell(track.label)}"
            for piece in pieces:
                file.writelines(_lines(piece, known, labels.video, options))


def _lines(columns: BoxColumns, known: str, video: AnnotatedVideo, options: WriteOptions) -> Iterator[str]:
    boxes = written_boxes(columns.boxes_xywh, is_sub_pixel=options.sub_pixel)
    frames = columns.frame_indices.tolist()
    parts = zip(
        frames,
        [plain(video.timestamp_s(index), 6) for index in frames],
        *map(pixel_texts, boxes.T),
        _VISIBILITIES[columns.visibilities].tolist(),
        _SOURCES[columns.sources].tolist(),
        ["" if math.isnan(score) else repr(score) for score in columns.scores.tolist()],
        columns.run_ids.tolist(),
        strict=True,
    )
    for frame, time_s, x, y, width, height, visibility, source, score, run_id in parts:
        yield (f"{frame},{time_s},{known},{x},{y},{width},{height},{visibility},{source},{score},{run_id or ''}\n")


def _read(path: Path, video: AnnotatedVideo, _tick: Tick = untold) -> LabelSet:
    built = LabelBuilder(path, video)
    for number, row in _rows(path):
        place = f"line {number}"
        label = row.get("label") or "object"
        track_id = whole_in(path, place, row.get("track") or "1", "track")
        built.begin_track(track_id, label, place=number)
        numbers = [number_in(path, place, row[name], name) for name in ("x", "y", "width", "height")]
        score, run = row.get("score", ""), row.get("run", "")
        made = LabelledBox(
            whole_in(path, place, row["frame"], "frame"),
            Box(*numbers),
            _source(path, place, row.get("source") or _unsaid_source(row)),
            _visibility(path, place, row.get("visibility") or "visible"),
            number_in(path, place, score, "score") if score else math.nan,
            _run_id(path, place, run) if run else 0,
        )
        built.add(track_id, made, place=number)
    return built.labels(Gaps.UNSAID)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    lines = lines_of(path)
    _, header = next(lines, (0, ""))
    delimiter = max(_DELIMITERS, key=header.count)
    names = [name.strip() for name in header.split(delimiter)]
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise FormatError(path, f"expected columns {', '.join(_NEEDED)}, there is no {missing[0]}", "line 1")
    for number, line in lines:
        try:
            # Line by line: no field of this format holds a line break, so that line numbers stay true.
            cells = next(csv.reader([line], delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            raise FormatError(
                path, f"expected fields separated by {delimiter!r} ({error})", f"line {number}"
            ) from error
        if len(cells) != len(names):
            problem = f"expected {len(names)} fields separated by {delimiter!r}, got {len(cells)}"
            raise FormatError(path, problem, f"line {number}")
        yield number, dict(zip(names, (cell.strip() for cell in cells), strict=True))


def _unsaid_source(row: dict[str, str]) -> str:
    """The file of a run (`track --out`) says whether a box is human; others say nothing."""
    return "tracked" if row.get("is_human") == "0" else "imported"


def _source(path: Path, place: str, word: str) -> BoxSource:
    try:
        return BoxSource(word)
    except ValueError:
        known = ", ".join(source.value for source in BoxSource)
        raise FormatError(path, f"expected a source ({known}), got {shortly(word)}", place) from None


def _visibility(path: Path, place: str, word: str) -> Visibility:
    try:
        return Visibility(word)
    except ValueError:
        raise FormatError(path, f"expected visible, occluded or outside, got {shortly(word)}", place) from None


def _run_id(path: Path, place: str, word: str) -> int:
    run_id = whole_in(path, place, word, "run")
    if not 0 <= run_id < 2**31:
        raise FormatError(path, f"expected a run of 0 to {2**31 - 1}, got {shortly(word)}", place)
    return run_id


def _looks_like(path: Path) -> bool:
    if not path.is_file():
        return False
    header = first_line(path)
    names = [name.strip() for name in header.split(max(_DELIMITERS, key=header.count))]
    return all(name in names for name in _NEEDED)


CSV = Format(
    name="csv",
    title="CSV with the source of every box",
    suffix=".csv",
    convention=Convention(
        0,
        Shape.LEFT_TOP_SIZE,
        Unit.PIXELS,
        "counted from 0, with timestamps",
        "a row with visibility outside, from that frame on",
        "a ten-thousandth of a pixel",
    ),
    can_hold=Capabilities(
        Identity.IDS,
        labels=True,
        absence=True,
        occlusion=True,
        sub_pixel=True,
        scores=True,
        keyframes=True,
        sources=True,
    ),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: 1e-4 if options.sub_pixel else 0.5,
)
