"""YOLO: `labels/train/<image>.txt` beside `images/train/<image>.jpg`, and `data.yaml` with the classes' names.

A line is `class centre_x centre_y width height`: **centre and size as fractions of the image, 0 to 1**, classes
counted from 0, single blanks, none at the end of a line (a reader was broken by one: ultralytics/yolov5#1355).
An image without objects has an empty file. Images are named `<video>_<frame>`, the frame counted from 0 in the
video.

With track ids a sixth number follows, as Ultralytics' trackers write it; CVAT and labelImg refuse such files.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.image_names import exported_image, frame_indices, image_stem
from dlst_gui.formats.input_files import any_files_under, files_under, is_there, open_regular, size_of
from dlst_gui.formats.label_builder import LabelBuilder, covering
from dlst_gui.formats.linking import linked
from dlst_gui.formats.model import AnnotatedVideo, Gaps, LabelSet
from dlst_gui.formats.numbers_out import written_boxes
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.row_blocks import TextRows, coded, split_rows
from dlst_gui.formats.text_input import first_line, line_blocks, whole_text
from dlst_gui.formats.track_columns import BoxRows
from dlst_gui.formats.windows import FrameWindow, frame_windows

_DECIMALS = 9
"""Of a fraction: a millionth of a pixel in any video."""


_WITHOUT_IDS, _WITH_IDS = 5, 6
"""Numbers in a line."""
_LINES_AT_ONCE = 4096


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    folder = path / "labels" / "train"
    folder.mkdir(parents=True, exist_ok=True)
    names = labels.label_names()
    known = [(names.index(track.label), f" {track.track_id}" * options.track_ids) for track in labels.tracks]
    for window in frame_windows(labels.tracks, labels.video.frames, tick):
        lines = [*_lines(window, known, labels.video, options)]
        for index, low, high in window.of_each_frame():
            target = folder / f"{image_stem(labels.video, index)}.txt"
            target.write_bytes("".join(lines[low:high]).encode())
    # JSON's texts are YAML's too, whatever characters a name has.
    listed = "".join(f"  {number}: {json.dumps(name)}\n" for number, name in enumerate(names))
    head = "path: .\ntrain: images/train\nval: images/train\n"
    (path / "data.yaml").write_text(
        f"{head}names:\n{listed}" if names else f"{head}names: {{}}\n", encoding="utf-8"
    )


def _lines(
    window: FrameWindow, known: list[tuple[int, str]], video: AnnotatedVideo, options: WriteOptions
) -> Iterator[str]:
    x, y, width, height = written_boxes(window.boxes_xywh, is_sub_pixel=options.sub_pixel).T
    across, down = (x + width / 2) / video.width, (y + height / 2) / video.height
    numbers = (across.tolist(), down.tolist(), (width / video.width).tolist(), (height / video.height).tolist())
    for track, x, y, w, h in zip(window.tracks.tolist(), *numbers, strict=True):
        class_number, track_id = known[track]
        yield f"{class_number} {x:.{_DECIMALS}f} {y:.{_DECIMALS}f} {w:.{_DECIMALS}f} {h:.{_DECIMALS}f}{track_id}\n"


def _read(path: Path, video: AnnotatedVideo, tick: Tick = untold) -> LabelSet:
    root = path.parent if path.is_file() else path
    names = _names(root / "data.yaml") if is_there(root / "data.yaml") else _listed_names(root)
    folder, files = _label_files(root, tick)
    if not files:
        raise FormatError(path, "there are no .txt files of labels in this folder")
    frames, notice = frame_indices(path, files, video)
    for name, frame_index in frames.items():
        if frame_index >= video.frame_count:
            problem = f"frame {frame_index} is not in the video, which has {video.frame_count}"
            raise FormatError(folder / name, problem)
    covered = covering(video, np.fromiter(frames.values(), np.int32, len(frames)))
    notices = (notice,) if notice else ()
    files.sort(key=frames.__getitem__)
    parts = _parts(folder, files, frames, _Classes(names, video), tick)
    first = next(parts, None)
    if first is None or first[1] == _WITHOUT_IDS:
        return linked(path, covered, _all_alike(path, first, parts), notices=notices, tick=tick)
    built = LabelBuilder(path, covered)
    for rows in _all_alike(path, first, parts):
        built.add_rows(rows)
    return built.labels(Gaps.ABSENT, notices=notices)


def _label_files(root: Path, tick: Tick) -> tuple[Path, list[str]]:
    """The folder with the labels, and the files in it and in its folders."""
    folder = root / "labels" if (root / "labels").is_dir() else root
    return folder, [name for name in files_under(folder, ".txt", tick) if not _is_list(name)]


def _is_list(name: str) -> bool:
    return name.rsplit("/", 1)[-1] in {"classes.txt", "train.txt", "val.txt", "test.txt"}


def _all_alike(
    path: Path, first: tuple[BoxRows, int] | None, parts: Iterator[tuple[BoxRows, int]]
) -> Iterator[BoxRows]:
    if first is None:
        return
    yield first[0]
    for rows, width in parts:
        if width != first[1]:
            raise FormatError(path, "expected a track id in every line or in none")
        yield rows


def _parts(
    folder: Path, files: list[str], frames: Mapping[str, int], classes: _Classes, tick: Tick
) -> Iterator[tuple[BoxRows, int]]:
    """The boxes of some files at a time, and how many numbers each line has."""
    for lines, pieces in _gathered(folder, files, tick):
        starts = np.array([piece.start for piece in pieces])
        indices = np.array([frames[piece.name] for piece in pieces])
        of_row = np.repeat(indices, np.diff(starts, append=len(lines)))
        for rows in split_rows(folder, 1, lines, " ", _any_count):
            begin = rows.first - 1
            rows.place_by(_InFiles(folder, pieces, begin))
            if rows.width not in {_WITHOUT_IDS, _WITH_IDS}:
                problem = f"expected class, centre x, centre y, width, height, got {shortly(lines[begin])}"
                rows.refuse(0, problem)
                rows.finish()
            yield classes.found(rows, of_row[begin : begin + rows.count]), rows.width
            rows.finish()


@dataclass(frozen=True, slots=True)
class _Piece:
    """Lines of one file, from row `start` of some; `line` is the number of the first."""

    start: int
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class _InFiles:
    """Where rows are that came from several files: `Places` of those from row `begin` on."""

    folder: Path
    pieces: list[_Piece]
    begin: int

    def place_of(self, row: int) -> tuple[Path, int]:
        at = bisect_right(self.pieces, self.begin + row, key=lambda piece: piece.start) - 1
        piece = self.pieces[at]
        return self.folder / piece.name, piece.line + self.begin + row - piece.start

    def lines(self, count: int) -> NDArray[np.int64]:
        starts = np.array([piece.start for piece in self.pieces])
        before = np.array([piece.line for piece in self.pieces]) - starts
        rows = np.arange(self.begin, self.begin + count)
        lines: NDArray[np.int64] = rows + before[np.searchsorted(starts, rows, side="right") - 1]
        return lines


def _gathered(folder: Path, files: list[str], tick: Tick) -> Iterator[tuple[list[str], list[_Piece]]]:
    """Some thousand lines at a time, their words between single blanks: most files have a few each."""
    lines: list[str] = []
    pieces: list[_Piece] = []
    for number, name in enumerate(files):
        tick(number, len(files))
        for first, block in line_blocks(folder / name):
            pieces.append(_Piece(len(lines), name, first))
            lines += [" ".join(line.split()) for line in block]
        if len(lines) >= _LINES_AT_ONCE:
            yield lines, pieces
            lines, pieces = [], []
    if lines:
        yield lines, pieces


def _any_count(_count: int) -> str:
    return ""


class _Classes:
    """Turns rows into boxes of a video.

    Args:
        names: of classes by number; empty where nothing is said of them.
        video: of which numbers are fractions.
    """

    def __init__(self, names: Mapping[int, str], video: AnnotatedVideo) -> None:
        self._names = names
        self._video = video

    def found(self, rows: TextRows, frames: NDArray[np.int64]) -> BoxRows:
        """The boxes of the rows with their frames, up to the first that is wrong."""
        numbers = rows.whole(0, "class")
        for row, number in enumerate(numbers.tolist()):
            if number < 0 or (self._names and number not in self._names):
                rows.refuse(row, f"there is no class {number} in data.yaml")
        x, y, w, h = (rows.numbers(column, "a box") for column in range(1, 5))
        self._check(rows, x, y, w, h)
        track_ids = rows.whole(5, "track id") if rows.width == _WITH_IDS else np.zeros(rows.count, dtype=np.int64)
        count = rows.count
        names, codes = coded([self._names.get(number, str(number)) for number in numbers[:count].tolist()])
        width, height = self._video.width, self._video.height
        x, y, w, h = (column[:count] for column in (x, y, w, h))
        boxes = np.stack([(x - w / 2) * width, (y - h / 2) * height, w * width, h * height], axis=1)
        return BoxRows(track_ids[:count], codes, names, frames[:count], boxes, rows.places())

    def _check(self, rows: TextRows, *columns: NDArray[np.float64]) -> None:
        x, y, w, h = (column[: rows.count] for column in columns)
        is_far = np.maximum(np.maximum(np.abs(x), np.abs(y)), np.maximum(w, h)) > 10
        is_wrong = is_far | (w <= 0) | (h <= 0)
        for row in np.flatnonzero(is_wrong)[:1].tolist():
            line = shortly(" ".join(rows.words(column)[row] for column in range(rows.width)))
            expected = "fractions of the image, 0 to 1" if is_far[row] else "a positive size"
            rows.refuse(row, f"expected {expected}, got {line}")


def _names(path: Path) -> Mapping[int, str]:
    with open_regular(path) as file:
        if size_of(file) > limits.LARGEST_YAML:
            raise FormatError(path, f"expected at most {limits.LARGEST_YAML} bytes")
    import yaml  # noqa: PLC0415 - only where there is one to read

    try:
        content: object = yaml.safe_load(whole_text(path))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise FormatError(path, f"expected YAML ({shortly(str(error))})") from error
    names = content.get("names") if isinstance(content, dict) else None
    if isinstance(names, list):
        names = dict(enumerate(names))
    if not isinstance(names, dict):
        raise FormatError(path, "expected names: with the classes")
    for number, name in names.items():
        if not isinstance(number, int) or not isinstance(name, str | int | float):
            raise FormatError(
                path, f"expected names of classes by their numbers, got {shortly(number)}: {shortly(name)}"
            )
    return {number: str(name) for number, name in names.items()}


def _listed_names(root: Path) -> Mapping[int, str]:
    for name in ("classes.txt", "obj.names"):
        listed = (found for found in files_under(root, name) if found.rsplit("/", 1)[-1] == name)
        found = next(listed, None)
        if found is not None:
            return dict(enumerate(line.strip() for line in whole_text(root / found).rstrip().split("\n")))
    return {}


def _looks_like(path: Path, _tick: Tick = untold) -> bool:
    if path.is_file():
        return path.name == "data.yaml"
    if not path.is_dir():
        return False
    has_names = (path / "data.yaml").is_file() or (path / "labels").is_dir()
    folder = path / "labels" if (path / "labels").is_dir() else path
    try:
        lines = (first_line(folder / name) for name in any_files_under(folder, ".txt") if not _is_list(name))
        line = next((line for line in lines if line), None)
    except FormatError:
        return False
    return line is not None and (has_names or len(line.split()) == _WITHOUT_IDS)


def _image_paths(labels: LabelSet, position: int, options: WriteOptions) -> tuple[str, ...]:
    return (f"images/train/{exported_image(labels, position, options)}",)


YOLO = Format(
    name="yolo",
    title="YOLO",
    suffix="",
    convention=Convention(
        0,
        Shape.CENTRE_SIZE,
        Unit.FRACTIONS,
        "by file name, which ends with the frame counted from 0",
        "no line; an empty file where no object is",
        "nine decimals",
    ),
    can_hold=Capabilities(Identity.NONE, labels=True, absence=False, occlusion=False, sub_pixel=True),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda video, options: max(video.width, video.height) * 1e-9 if options.sub_pixel else 0.5,
    image_paths=_image_paths,
)
