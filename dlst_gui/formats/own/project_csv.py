"""The project's own plain CSV: one row per box, with where each box comes from. docs/formats.md has the columns.

Left, top, width, height in pixels, the first pixel is 0; frames are counted from 0 by their place in the video.
A row whose `visibility` is `outside` says that the object is gone from this frame on; its box is where it was
last. Rows that are not there say nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import (
    NO_ATTRIBUTES,
    SOURCES,
    UNNAMED,
    AnnotatedVideo,
    BoxColumns,
    BoxSource,
    Gaps,
    LabelSet,
    ObjectTrack,
)
from dlst_gui.formats.labels.turned_boxes import given_attributes
from dlst_gui.formats.labels.windows import track_pieces
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.column_names import known_columns
from dlst_gui.formats.reading.frame_numbers import FrameNumbers, read_by_evidence
from dlst_gui.formats.reading.label_builder import LabelBuilder
from dlst_gui.formats.reading.track_columns import BoxRows
from dlst_gui.formats.syntax.json_input import JsonObject, parsed
from dlst_gui.formats.syntax.json_output import json_text
from dlst_gui.formats.syntax.numbers_out import csv_cell, pixel_texts, plain, written_boxes
from dlst_gui.formats.syntax.row_blocks import TextRows, check_columns, coded, csv_rows
from dlst_gui.formats.syntax.text_input import first_line, line_blocks
from dlst_gui.project.keyframe_block import VISIBILITY_CODES

COLUMNS = (
    *("frame", "timestamp_s", "track", "label", "x", "y", "width", "height"),
    *("visibility", "source", "score", "run"),
)
_VISIBILITY_WORDS = np.array([each.value for each in VISIBILITY_CODES], dtype=object)
_SOURCE_WORDS = np.array([each.value for each in SOURCES], dtype=object)

_IS_HUMAN = "is_human"
_ATTRIBUTES = "attributes"
"""Of boxes and their tracks, as a JSON object; the column is there where anything is said."""
_NEEDED = ("frame", "x", "y", "width", "height")
_NUMBERS = ("timestamp_s", "x", "y", "width", "height", "score")
DELIMITERS = ",;\t"
_UNSAID = 255
_SOURCES = {source.value: code for code, source in enumerate(SOURCES)}
_VISIBILITIES = {"": 0} | {visibility.value: code for code, visibility in enumerate(VISIBILITY_CODES)}


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        has_attributes = any(_says_something(track) for track in labels.tracks)
        file.write(f"{','.join((*COLUMNS, *([_ATTRIBUTES] if has_attributes else [])))}\n")
        for track, pieces in track_pieces(labels, tick):
            known = f"{track.track_id},{csv_cell(track.label)}"
            for piece in pieces:
                said = _said_cells(piece, track) if has_attributes else [""] * len(piece)
                lines = _lines(piece, known, labels.video, options)
                file.writelines(f"{line}{cell}\n" for line, cell in zip(lines, said, strict=True))


def _says_something(track: ObjectTrack) -> bool:
    return bool(track.attributes) or any(map(given_attributes, track.boxes.noted().attributes.values()))


def _said_cells(columns: BoxColumns, track: ObjectTrack) -> list[str]:
    """What is said of each box, a cell after its comma; the same is put together once."""
    known: dict[tuple[object, ...], str] = {}
    cells = []
    for frame in columns.frame_indices.tolist():
        said = given_attributes(columns.attributes.get(frame, NO_ATTRIBUTES))
        key = tuple(said.items())
        if key not in known:
            both = {**track.attributes, **said}
            known[key] = f",{csv_cell(json_text(both)) if both else ''}"
        cells.append(known[key])
    return cells


def _lines(columns: BoxColumns, known: str, video: AnnotatedVideo, options: WriteOptions) -> Iterator[str]:
    boxes = written_boxes(columns.boxes_xywh, is_sub_pixel=options.sub_pixel)
    frames = columns.frame_indices.tolist()
    parts = zip(
        frames,
        [plain(video.timestamp_s(index), 6) for index in frames],
        *map(pixel_texts, boxes.T),
        _VISIBILITY_WORDS[columns.visibilities].tolist(),
        _SOURCE_WORDS[columns.sources].tolist(),
        ["" if math.isnan(score) else repr(score) for score in columns.scores.tolist()],
        columns.run_ids.tolist(),
        strict=True,
    )
    for frame, time_s, x, y, width, height, visibility, source, score, run_id in parts:
        yield (f"{frame},{time_s},{known},{x},{y},{width},{height},{visibility},{source},{score},{run_id or ''}")


@read_by_evidence
def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    built = LabelBuilder(path, video, options=options)
    numbers: FrameNumbers | None = None
    columns: Mapping[str, int] = {}
    delimiter = ","
    for first, lines in line_blocks(path, tick):
        if not columns:
            delimiter, columns = _header(path, lines[0])
            first, lines = first + 1, lines[1:]  # noqa: PLW2901 - the header is no row
            # With times it is a file of this program, which counts from 0.
            is_own = "timestamp_s" in columns
            numbers = FrameNumbers(0, video.frame_count, options, is_defined=is_own)
        has_commas = delimiter != "," and any("," in line for line in lines)
        for rows in csv_rows(path, first, lines, delimiter, _counted(len(columns), delimiter)):
            if has_commas:
                rows.use_points([columns[name] for name in _NUMBERS if name in columns])
            _take(built, rows, columns, numbers)
    if numbers is None:
        _header(path, "")
    else:
        numbers.finish(built.report)
    return built.labels(Gaps.UNSAID, tick=tick)


def _header(path: Path, line: str) -> tuple[str, Mapping[str, int]]:
    """The delimiter, and the position of each column."""
    delimiter = max(DELIMITERS, key=line.count)
    check_columns(path, 1, line)
    names = [name.strip() for name in line.split(delimiter)]
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise FormatError(path, f"expected columns {', '.join(_NEEDED)}, there is no {missing[0]}", "line 1")
    return delimiter, {name: position for position, name in enumerate(names)}


def _counted(expected: int, delimiter: str) -> Callable[[int], str]:
    def wrong_count(count: int) -> str:
        return "" if count == expected else f"expected {expected} fields separated by {delimiter!r}, got {count}"

    return wrong_count


def _take(built: LabelBuilder, rows: TextRows, columns: Mapping[str, int], numbers: FrameNumbers | None) -> None:
    track_ids = rows.whole(columns["track"], "track", empty=1) if "track" in columns else np.ones(rows.count, int)
    boxes = [rows.numbers(columns[name], name) for name in ("x", "y", "width", "height")]
    frames = rows.whole(columns["frame"], "frame")
    if numbers is not None:
        frames = numbers.indices(frames)
    sources = _sources(rows, columns)
    visibilities = scores = run_ids = None
    if "visibility" in columns:
        visibilities = rows.codes(columns["visibility"], _VISIBILITIES, _no_visibility)
    if "score" in columns:
        scores = rows.numbers(columns["score"], "score", empty=math.nan)
    if "run" in columns:
        run_ids = rows.whole(columns["run"], "run", empty=0)
        for row in np.flatnonzero((run_ids < 0) | (run_ids >= 2**31))[:1].tolist():
            word = rows.words(columns["run"])[row]
            rows.refuse(row, f"expected a run of 0 to {2**31 - 1}, got {shortly(word)}")
    labels = rows.words(columns["label"]) if "label" in columns else [UNNAMED] * rows.count
    names, codes = coded([label or UNNAMED for label in labels])
    count = rows.count
    built.add_rows(
        BoxRows(
            track_ids[:count],
            codes,
            names,
            frames[:count],
            np.stack([column[:count] for column in boxes], axis=1),
            rows.places(),
            visibilities=None if visibilities is None else visibilities[:count],
            scores=None if scores is None else scores[:count],
            sources=sources[:count],
            run_ids=None if run_ids is None else run_ids[:count],
            attributes=_attributes(rows, columns) or None,
        )
    )
    rows.finish()


def _attributes(rows: TextRows, columns: Mapping[str, int]) -> dict[int, Mapping[str, str]]:
    """What is said of boxes, by row."""
    if _ATTRIBUTES not in columns:
        return {}
    known: dict[str, Mapping[str, str]] = {}
    found: dict[int, Mapping[str, str]] = {}
    for row, word in enumerate(rows.words(columns[_ATTRIBUTES])):
        if not word:
            continue
        if word not in known:
            try:
                said = JsonObject(rows.path, "", {"said": parsed(rows.path, word)}).texts("said")
            except FormatError as error:
                rows.refuse(row, f"expected attributes as a JSON object ({error.problem})")
                return found
            known[word] = said
        found[row] = known[word]
    return found


def _sources(rows: TextRows, columns: Mapping[str, int]) -> NDArray[np.uint8]:
    imported, tracked = SOURCES.index(BoxSource.IMPORTED), SOURCES.index(BoxSource.TRACKED)
    unsaid = np.full(rows.count, imported, dtype=np.uint8)
    if _IS_HUMAN in columns:
        # The file of a run (`track --out`) says whether a box is human; others say nothing.
        unsaid[[word == "0" for word in rows.words(columns[_IS_HUMAN])]] = tracked
    if "source" not in columns:
        return unsaid
    said = rows.codes(columns["source"], {**_SOURCES, "": _UNSAID}, _no_source)
    return np.where(said == _UNSAID, unsaid[: len(said)], said).astype(np.uint8)


def _no_source(word: str) -> str:
    return f"expected a source ({', '.join(source.value for source in BoxSource)}), got {shortly(word)}"


def _no_visibility(word: str) -> str:
    return f"expected visible, occluded or outside, got {shortly(word)}"


def _looks_like(path: Path, _tick: Tick = untold) -> bool:
    if not path.is_file():
        return False
    header = first_line(path)
    names = [name.strip() for name in header.split(max(DELIMITERS, key=header.count))]
    # Where another column has an id, a class or a score, it is a table of somebody else's.
    foreign = [name for name in names if name not in {*COLUMNS, _IS_HUMAN, _ATTRIBUTES}]
    return all(name in names for name in _NEEDED) and not known_columns(foreign)


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
        attributes=True,
        keyframes=True,
        sources=True,
    ),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: 1e-4 if options.sub_pixel else 0.5,
)
