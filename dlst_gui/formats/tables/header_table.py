"""Tables with a header line, whoever wrote them: columns are known by their names (`reading/column_names.py`).

A frame or an image, and four numbers of a box: left, top and right, bottom; or left, top, or the centre, and
width, height. They are pixels, the first one being 0, from edge to edge; or fractions of the image, where none
is above 1. A track id, which may be a word, a label (or the number of a class), a score and the name of the
video are read where there are such columns. This is what supervision's `CSVSink` writes, Roboflow's
`_annotations.csv`, and what most scripts do. Lines that begin with `#` may stand before the header; numbers may
have decimal commas where commas do not end cells. A row whose box is empty or NaN says that there is none.

Where right and bottom are there, width and height are those of the image, or say the same. Frames may count
from 0 or 1: see `frame_numbers`. With MOTChallenge's own names (`bb_left`, ...) frames and pixels count from 1,
as there. Source of supervision's names: `supervision/detection/tools/csv_sink.py`; its frame column is named by
its user.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Convention, LabelReader, Shape, Unit
from dlst_gui.formats.labels.model import OTHER_VIDEO, UNNAMED, AnnotatedVideo, Gaps, LabelSet
from dlst_gui.formats.own.project_csv import CSV, DELIMITERS
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.column_names import known_columns, plain_name
from dlst_gui.formats.reading.file_parts import FilePart, chosen_part
from dlst_gui.formats.reading.frame_numbers import FrameNumbers, read_by_evidence
from dlst_gui.formats.reading.image_names import found_in_folder, frames_covered, frames_of_images
from dlst_gui.formats.reading.label_builder import LabelBuilder, covering, thinned
from dlst_gui.formats.reading.track_columns import BoxRows
from dlst_gui.formats.reading_report import ReadingReport
from dlst_gui.formats.syntax.row_blocks import TextRows, check_columns, coded, csv_rows, filled_runs, plain_numbers
from dlst_gui.formats.syntax.text_input import finite, line_blocks, lines_of

_NO_TRACK = -1
_MOST_COMMENTS = 100
_LARGEST_FRACTION = 1.5
"""Boxes may reach beyond the image; up to here numbers are taken for fractions of it."""

_MOT_NAMES = {"bbleft", "bbtop", "bbwidth", "bbheight"}
_BOX = ("left", "top", "across", "down", "width", "height", "right", "bottom")
_EMPTY = {"", "nan", "na", "none", "null"}


@dataclass(frozen=True, slots=True)
class _Head:
    """What the header says.

    Attributes:
        line: its number, counted from 1.
        delimiter: between cells.
        columns: positions by meaning; of a box those that are read.
        width: how many columns there are.
        is_mot: whether they have MOTChallenge's names.
    """

    line: int
    delimiter: str
    columns: Mapping[str, int]
    width: int
    is_mot: bool

    @property
    def box(self) -> tuple[int, ...]:
        """Positions of the four numbers of a box."""
        return tuple(self.columns[name] for name in _BOX if name in self.columns)

    @property
    def shape(self) -> str:
        """What these are, in words."""
        if "right" in self.columns:
            return "the edges left, top, right and bottom"
        return ("left, top" if "left" in self.columns else "the centre") + ", width and height"


def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    try:
        return _read_as(path, video, tick, options)
    except _IdsAreWordsError:
        return _read_with_words(path, video, tick, options)


@read_by_evidence
def _read_as(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    return _Table(path, video, options, are_words=False).labels(tick)


@read_by_evidence
def _read_with_words(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    return _Table(path, video, options, are_words=True).labels(tick)


class _IdsAreWordsError(Exception):
    """A track id is no number, so that none is taken for one."""


class _Table:
    """One reading of a file.

    Args:
        path: the file.
        video: what it is about.
        options: a person's word.
        are_words: whether track ids need not be numbers.
    """

    def __init__(self, path: Path, video: AnnotatedVideo, options: ReadOptions, *, are_words: bool) -> None:
        self._path = path
        self._video = video
        self._options = options
        self._are_words = are_words
        self._ids: dict[str, int] = {}
        self._head = _header(path)
        self._report = ReadingReport()
        self._is_fraction: bool | None = None
        self._other_videos: frozenset[str] = frozenset()
        self._images: Mapping[str, int] | None = None
        head = self._head
        usual = 1 if head.is_mot else 0
        self._numbers = FrameNumbers(usual, video.frame_count, options, is_defined=head.is_mot)

    def labels(self, tick: Tick) -> LabelSet:
        """Everything."""
        self._look_ahead()
        video = self._video
        if self._images is not None:
            video = covering(video, frames_covered(self._images, video))
        built = LabelBuilder(self._path, video, options=self._options, report=self._report)
        is_from_one = self._head.is_mot and self._numbers.first != 0
        first = "from 1, as MOTChallenge's files, whose names they have" if is_from_one else "from 0"
        for rows in _row_blocks(self._path, self._head, tick):
            present = self._present(rows)
            boxes = self._boxes(present)
            if is_from_one and not self._is_fraction:
                boxes[:, :2] -= 1
            built.add_rows(self._found(present, boxes))
            present.finish()
            rows.finish()
        pixels = "fractions of the image, because none is above 1" if self._is_fraction else f"pixels {first}"
        said = f"By the names of the columns a box is {self._head.shape}, in {pixels}."
        self._report.assumptions.insert(0, said)
        if self._are_words:
            self._report.note(f"Ids of objects are words; they were numbered from 1: {len(self._ids):,}.")
        if self._images is not None:
            return built.labels(Gaps.ABSENT, tick=tick)
        self._numbers.finish(self._report)
        return thinned(built.labels(Gaps.ABSENT, tick=tick))

    def _look_ahead(self) -> None:
        """Through the file for what has to be known before: names of videos and of images."""
        columns = self._head.columns
        images, videos = self._different("image"), self._different("video")
        if len(videos) > 1:
            parts = [FilePart(name, (name,)) for name in videos]
            chosen = chosen_part(self._path, parts, self._video, self._options, self._report)
            self._other_videos = frozenset(videos) - {chosen.key}
            images = self._different("image", self._other_videos)
        if not images:
            return
        if "frame" not in columns:
            self._images = frames_of_images(self._path, images, self._video, self._options, self._report)
        elif self._options.first_frame is None and self._options.step == 1:
            self._images = found_in_folder(self._path, images, self._video, self._report, self._options)

    def _different(self, meaning: str, without: frozenset[str] = frozenset()) -> list[str]:
        """The different words of a column; none where there is no such column."""
        column = self._head.columns.get(meaning)
        if column is None:
            return []
        found: dict[str, None] = {}
        for rows in _row_blocks(self._path, self._head, untold):
            words = rows.words(column)
            if without:
                videos = rows.words(self._head.columns["video"])
                words = [word for word, video in zip(words, videos, strict=True) if video not in without]
            found.update(dict.fromkeys(words))
            if len(found) > limits.MOST_FRAMES:
                raise FormatError(self._path, f"expected at most {limits.MOST_FRAMES:,} images, there are more")
        return [word for word in found if word]

    def _present(self, rows: TextRows) -> TextRows:
        """The rows that have a box."""
        if plain_numbers(rows.words(self._head.box[0])) is not None:
            return rows
        cells = [rows.words(column) for column in self._head.box]
        is_empty = np.array([all(word.lower() in _EMPTY for word in row) for row in zip(*cells, strict=True)])
        self._report.absent += int(is_empty.sum())
        return rows.without(is_empty)

    def _boxes(self, rows: TextRows) -> NDArray[np.float64]:
        """(n, 4) pixels as the file counts them."""
        columns = self._head.columns
        found = {name: rows.numbers(columns[name], name) for name in _BOX if name in columns}
        count = rows.count
        found = {name: values[:count] for name, values in found.items()}
        numbers = np.stack([*found.values()], axis=1)
        if self._is_fraction is None and count:
            # A box of whole numbers is one of pixels, however small.
            is_whole = bool((numbers == np.floor(numbers)).all())
            self._is_fraction = not is_whole and bool((np.abs(numbers) <= _LARGEST_FRACTION).all())
        if self._is_fraction:
            for row in np.flatnonzero((np.abs(numbers) > 2 * _LARGEST_FRACTION).any(axis=1))[:1].tolist():
                rows.refuse(row, f"expected fractions of the image as in the rows before, got {numbers[row]}")
        if "right" in found:
            left, top = found["left"], found["top"]
            boxes = [left, top, found["right"] - left, found["bottom"] - top]
        else:
            width, height = found["width"], found["height"]
            left = found["left"] if "left" in found else found["across"] - width / 2
            top = found["top"] if "top" in found else found["down"] - height / 2
            boxes = [left, top, width, height]
        made = np.stack(boxes, axis=1)
        if self._is_fraction:
            made *= np.array([self._video.width, self._video.height] * 2)
        return made

    def _found(self, rows: TextRows, boxes: NDArray[np.float64]) -> BoxRows:
        columns = self._head.columns
        frames = self._frames(rows)
        track_ids: NDArray[np.int64] = np.full(rows.count, _NO_TRACK)
        if "track" in columns:
            track_ids = self._track_ids(rows, columns["track"])
        scores = rows.numbers(columns["score"], "score", empty=math.nan) if "score" in columns else None
        named = columns.get("label", columns.get("class"))
        words = [UNNAMED] * rows.count if named is None else [word or UNNAMED for word in rows.words(named)]
        count = rows.count
        names, labels = coded(words[:count])
        places = rows.places()
        found = BoxRows(track_ids[:count], labels, names, frames[:count], boxes[:count], places, scores=scores)
        return found.first(count)

    def _frames(self, rows: TextRows) -> NDArray[np.int64]:
        columns = self._head.columns
        is_own = np.ones(rows.count, dtype=bool)
        if self._other_videos:
            videos = rows.words(columns["video"])
            is_own = np.array([video not in self._other_videos for video in videos], dtype=bool)
        frames = np.full(rows.count, OTHER_VIDEO, dtype=np.int64)
        if self._images is not None:
            names = rows.words(columns["image"])
            for row in np.flatnonzero(is_own).tolist():
                if not names[row]:
                    rows.refuse(row, "expected the name of an image, there is none")
                    break
                frames[row] = self._images[names[row]]
            return frames[: rows.count]
        numbers = rows.whole(columns["frame"], "frame")
        is_own, frames = is_own[: len(numbers)], frames[: len(numbers)]
        frames[is_own] = self._numbers.indices(numbers[is_own])
        return frames

    def _track_ids(self, rows: TextRows, column: int) -> NDArray[np.int64]:
        words = rows.words(column)
        if self._are_words:
            for word in words:
                if word and word not in self._ids:
                    self._ids[word] = len(self._ids) + 1
            return np.array([self._ids[word] if word else _NO_TRACK for word in words], dtype=np.int64)
        if any(word and finite(word) is None for word in words):
            raise _IdsAreWordsError
        return rows.whole(column, "a track id", empty=_NO_TRACK)


def _row_blocks(path: Path, head: _Head, tick: Tick) -> Iterator[TextRows]:
    """The rows below the header, some thousand at a time; blank lines are left out."""

    def wrong_count(count: int) -> str:
        return (
            ""
            if count == head.width
            else f"expected {head.width} fields separated by {head.delimiter!r}, got {count}"
        )

    for first, lines in line_blocks(path, tick):
        start = max(head.line + 1 - first, 0)
        for at, part in filled_runs(lines[start:]):
            for rows in csv_rows(path, first + start + at, part, head.delimiter, wrong_count):
                if head.delimiter != "," and any("," in line for line in part):
                    rows.use_points(
                        {*head.box, *(head.columns[name] for name in ("score",) if name in head.columns)}
                    )
                yield rows


def _header(path: Path) -> _Head:
    """The first line whose names are those of a frame and a box; lines before it begin with `#`."""
    problem: FormatError | None = None
    for number, line in islice(lines_of(path), _MOST_COMMENTS):
        is_comment = line.startswith("#")
        try:
            return _head_of(path, number, line.lstrip("# ") if is_comment else line)
        except FormatError as error:
            problem = problem or error
        if not is_comment:
            break
    raise problem or FormatError(path, "expected names of columns, the file is empty", "line 1")


def _head_of(path: Path, number: int, line: str) -> _Head:
    delimiter = max(DELIMITERS, key=line.count)
    check_columns(path, number, line)
    names = line.split(delimiter)
    found = known_columns(names)
    has_edges = {"left", "top", "right", "bottom"} <= found.keys()
    has_size = {"width", "height"} <= found.keys()
    has_centre = {"across", "down"} <= found.keys()
    missing = [] if found.keys() & {"frame", "image"} else ["a frame or an image"]
    missing += [name for name in ("left", "top") if name not in found and not has_centre]
    missing += [] if has_edges or has_size else ["width and height, or right and bottom"]
    if missing:
        problem = f"expected a column for {missing[0]}, there is none of a known name"
        raise FormatError(path, problem, f"line {number}")
    if has_edges and has_size:
        # `b` and `r` may be anything; otherwise width and height are those of the image, or say the same.
        are_short = {plain_name(names[found[name]]) for name in ("right", "bottom")} == {"r", "b"}
        has_edges = not are_short
    if has_edges:
        unread = {"across", "down", "width", "height"}
    else:
        unread = {"right", "bottom"} | ({"across", "down"} if {"left", "top"} <= found.keys() else {"left", "top"})
    found = {name: at for name, at in found.items() if name not in unread}
    is_mot = {plain_name(name) for name in names} >= _MOT_NAMES
    return _Head(number, delimiter, _with_image(path, number, delimiter, found), len(names), is_mot)


def _with_image(path: Path, number: int, delimiter: str, found: dict[str, int]) -> dict[str, int]:
    """What the columns are where the one called frame has names of images."""
    if "frame" not in found:
        return found
    line = next((line for at, line in lines_of(path) if at > number and line.strip()), "")
    cells = next(csv.reader([line], delimiter=delimiter), [])
    cell = cells[found["frame"]].strip() if found["frame"] < len(cells) else ""
    if not cell or finite(cell.replace(",", ".")) is not None:
        return found
    return {**{name: at for name, at in found.items() if name != "frame"}, "image": found["frame"]}


def _looks_like(path: Path, tick: Tick = untold) -> bool:
    if not path.is_file() or path.suffix.lower() in {".json", ".jsonl", ".xml"} or CSV.looks_like(path, tick):
        return False
    try:
        _header(path)
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
