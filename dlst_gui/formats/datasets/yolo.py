"""YOLO: `labels/train/<image>.txt` beside `images/train/<image>.jpg`, and `data.yaml` with the classes' names.

A line is `class centre_x centre_y width height`: **centre and size as fractions of the image, 0 to 1**, classes
counted from 0, single blanks, none at the end of a line (a reader was broken by one: ultralytics/yolov5#1355).
An image without objects has an empty file. Images are named `<video>_<frame>`, the frame counted from 0 in the
video.

With track ids a sixth number follows, as Ultralytics' trackers write it; CVAT and labelImg refuse such files.

Read are also a confidence after the box, or both, the confidence first, as `save_conf` and `save_txt` write them;
rows of polygons (`class x1 y1 x2 y2 ...`) and of keypoints after the box. A sixth number is a track id where it is
a whole one in all lines.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import AnnotatedVideo, Gaps, LabelSet
from dlst_gui.formats.labels.original_shape import POLYGON, OriginalShape
from dlst_gui.formats.labels.windows import FrameWindow, frame_windows
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.image_names import exported_image, frames_covered, frames_of_images, image_stem
from dlst_gui.formats.reading.kept_shapes import KeptShapes
from dlst_gui.formats.reading.label_builder import LabelBuilder, covering, without_ids
from dlst_gui.formats.reading.track_columns import BoxRows
from dlst_gui.formats.reading_report import ReadingReport
from dlst_gui.formats.syntax.input_files import any_files_under, files_under, is_there, open_regular, size_of
from dlst_gui.formats.syntax.numbers_out import written_boxes
from dlst_gui.formats.syntax.row_blocks import TextRows, coded, split_rows
from dlst_gui.formats.syntax.text_input import finite, first_line, line_blocks, lines_of, whole_text

_DECIMALS = 9
"""Of a fraction: a millionth of a pixel in any video."""


_BOX_ONLY, _AND_ONE, _AND_TWO = 5, 6, 7
"""Numbers in a line: a class and a box; with a confidence or a track id; with both, in this order."""
_NO_TRACK = -1
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


def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    try:
        return _read_as(path, video, tick, options, is_sixth_confidence=False)
    except _SixthIsConfidenceError:
        labels = _read_as(path, video, tick, options, is_sixth_confidence=True)
        labels.report.assume("The sixth number of a line is a confidence, because it is no whole number in all.")
        return labels


def _read_as(
    path: Path, video: AnnotatedVideo, tick: Tick, options: ReadOptions, *, is_sixth_confidence: bool
) -> LabelSet:
    root = path.parent if path.is_file() else path
    report = ReadingReport()
    described_in = _described_in(root)
    described = {} if described_in is None else _description(described_in)
    names = _listed_names(root) if described_in is None else _names(described_in, described)
    folder, files = _label_files(root, tick, report)
    if not files:
        raise FormatError(path, "there are no .txt files of labels in this folder")
    frames = frames_of_images(path, files, video, options, report)
    covered = covering(video, frames_covered(frames, video))
    built = LabelBuilder(path, covered, options=options, report=report)
    files.sort(key=frames.__getitem__)
    classes = _Classes(
        names,
        video,
        report,
        has_keypoints="kpt_shape" in described,
        is_sixth_confidence=is_sixth_confidence,
    )
    built.add_loose(without_ids(built, _parts(folder, files, frames, classes, tick)), tick)
    return built.labels(Gaps.ABSENT)


def _label_files(root: Path, tick: Tick, report: ReadingReport) -> tuple[Path, list[str]]:
    """The folder with the labels, and the files in it and in its folders."""
    folder = root / "labels" if (root / "labels").is_dir() else root
    files = [name for name in files_under(folder, ".txt", tick) if not _is_list(name)]
    others = [name for name in files if not name[:-4][-1:].isdigit() and _is_prose(folder / name)]
    if others:
        report.note(f"Files of text that hold no labels were passed over: {', '.join(map(shortly, others[:3]))}.")
    left_out = {*others}
    return folder, [name for name in files if name not in left_out]


def _is_list(name: str) -> bool:
    return name.rsplit("/", 1)[-1] in {"classes.txt", "train.txt", "val.txt", "valid.txt", "test.txt"}


def _is_prose(path: Path) -> bool:
    """Whether a file begins with something else than numbers, as Roboflow's README.dataset.txt does."""
    line = next((line for _, line in islice(lines_of(path), _LINES_AT_ONCE) if line.strip()), "")
    words = line.split()
    return bool(words) and finite(words[0]) is None


def _parts(
    folder: Path, files: list[str], frames: Mapping[str, int], classes: _Classes, tick: Tick
) -> Iterator[BoxRows]:
    """The boxes of some files at a time."""
    for lines, pieces in _gathered(folder, files, tick):
        starts = np.array([piece.start for piece in pieces])
        indices = np.array([frames[piece.name] for piece in pieces])
        of_row = np.repeat(indices, np.diff(starts, append=len(lines)))
        for rows in split_rows(folder, 1, lines, " ", _any_count):
            begin = rows.first - 1
            rows.place_by(_InFiles(folder, pieces, begin))
            if rows.width < _BOX_ONLY:
                problem = f"expected class, centre x, centre y, width, height, got {shortly(lines[begin])}"
                rows.refuse(0, problem)
                rows.finish()
            yield classes.found(rows, of_row[begin : begin + rows.count])
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
        report: hears how many boxes stand for another shape.
        has_keypoints: whether the data set says that keypoints follow the box.
        is_sixth_confidence: whether a sixth number is a confidence; else it is a track id.
    """

    def __init__(
        self,
        names: Mapping[int, str],
        video: AnnotatedVideo,
        report: ReadingReport,
        *,
        has_keypoints: bool,
        is_sixth_confidence: bool,
    ) -> None:
        self._names = names
        self._video = video
        self._report = report
        self._has_keypoints = has_keypoints
        self._is_sixth_confidence = is_sixth_confidence
        self._kept = KeptShapes(report)

    def found(self, rows: TextRows, frames: NDArray[np.int64]) -> BoxRows:
        """The boxes of the rows with their frames, up to the first that is wrong."""
        numbers = rows.whole(0, "class")
        for row, number in enumerate(numbers.tolist()):
            if number < 0 or (self._names and number not in self._names):
                rows.refuse(row, f"there is no class {number} among the names of classes")
        columns = [rows.numbers(column, "a box") for column in range(1, rows.width)]
        count = rows.count
        columns = [column[:count] for column in columns]
        kind = self._kind(columns)
        self._check(rows, columns[: 4 if kind.points is None else kind.points * 2])
        names, codes = coded([self._names.get(number, str(number)) for number in numbers[:count].tolist()])
        track_ids = np.full(count, _NO_TRACK)
        if kind.track_id is not None:
            track_ids = rows.whole(1 + kind.track_id, "track id")
        scores = None if kind.confidence is None else columns[kind.confidence]
        found = BoxRows(
            track_ids[:count],
            codes,
            names,
            frames[:count],
            self._boxes(columns, kind)[:count],
            rows.places(),
            scores=scores,
        ).first(rows.count)
        if kind.shape:
            self._report.converted[kind.shape] += len(found)
        if kind.points is not None:
            return replace(found, attributes=self._polygons(columns[: kind.points * 2], found.boxes_xywh) or None)
        if kind.shape:
            self._report.only_boxes[kind.shape] += len(found)
        return found

    def _polygons(
        self, columns: list[NDArray[np.float64]], boxes_xywh: NDArray[np.float64]
    ) -> dict[int, Mapping[str, str]]:
        """By row, the polygon that its box stands for."""
        corners = np.stack(columns, axis=1)[: len(boxes_xywh)].reshape(len(boxes_xywh), -1, 2)
        pixels = (corners * [self._video.width, self._video.height]).reshape(len(boxes_xywh), -1)
        kept = {}
        for row, (part, xywh) in enumerate(zip(pixels.tolist(), boxes_xywh.tolist(), strict=True)):
            if min(xywh[2:]) > 0:
                kept[row] = self._kept.keep(OriginalShape(POLYGON, (tuple(part),)).in_box(xywh))
        return {row: said for row, said in kept.items() if said}

    def _kind(self, columns: list[NDArray[np.float64]]) -> _Kind:
        """What the numbers after the class are."""
        width = 1 + len(columns)
        if width == _BOX_ONLY:
            return _Kind()
        if width == _AND_ONE:
            if not self._is_sixth_confidence and not _are_whole(columns[4]):
                raise _SixthIsConfidenceError
            return _Kind(confidence=4) if self._is_sixth_confidence else _Kind(track_id=4)
        if width == _AND_TWO and _are_whole(columns[5]) and not _are_corners(columns):
            return _Kind(confidence=4, track_id=5)
        if self._has_keypoints or (width % 3 == _BOX_ONLY % 3 and _are_flags(columns[6::3])):
            return _Kind(shape="keypoints")
        return _polygon(columns)

    def _boxes(self, columns: list[NDArray[np.float64]], kind: _Kind) -> NDArray[np.float64]:
        """(n, 4) pixels."""
        size = np.array([self._video.width, self._video.height] * 2)
        if kind.points is None:
            x, y, w, h = columns[:4]
            fractions = np.stack([x - w / 2, y - h / 2, w, h], axis=1)
        else:
            across, down = np.stack(columns[: kind.points * 2 : 2]), np.stack(columns[1 : kind.points * 2 : 2])
            left, top = across.min(axis=0), down.min(axis=0)
            fractions = np.stack([left, top, across.max(axis=0) - left, down.max(axis=0) - top], axis=1)
        made: NDArray[np.float64] = fractions * size
        return made

    def _check(self, rows: TextRows, columns: list[NDArray[np.float64]]) -> None:
        is_far = (np.abs(np.stack(columns)) > 10).any(axis=0)
        for row in np.flatnonzero(is_far)[:1].tolist():
            line = shortly(" ".join(rows.words(column)[row] for column in range(rows.width)))
            rows.refuse(row, f"expected fractions of the image, 0 to 1, got {line}")


@dataclass(frozen=True, slots=True)
class _Kind:
    """What the numbers after the class are, by their position.

    Attributes:
        points: corners of a polygon, that many pairs; None: a box.
        shape: what the box stands for; "": the box itself.
        confidence: position of the detector's confidence; None: there is none.
        track_id: likewise.
    """

    points: int | None = None
    shape: str = ""
    confidence: int | None = None
    track_id: int | None = None


def _polygon(columns: list[NDArray[np.float64]]) -> _Kind:
    """Pairs of numbers, and an id or a confidence where one number is left."""
    points, more = divmod(len(columns), 2)
    last = len(columns) - 1
    if not more:
        return _Kind(points=points, shape="polygon")
    if _are_whole(columns[-1]) and bool((columns[-1] != 0).all()):
        return _Kind(points=points, shape="polygon", track_id=last)
    return _Kind(points=points, shape="polygon", confidence=last)


class _SixthIsConfidenceError(Exception):
    """A sixth number is no whole one, so that none of them is a track id."""


def _are_whole(column: NDArray[np.float64]) -> bool:
    return bool((column == np.floor(column)).all())


def _are_flags(columns: list[NDArray[np.float64]]) -> bool:
    """Whether these are how visible keypoints are: 0, 1 or 2."""
    return all(bool(np.isin(column, (0, 1, 2)).all()) for column in columns)


def _are_corners(columns: list[NDArray[np.float64]]) -> bool:
    """Whether six numbers can only be a triangle: the fifth is no confidence, or ids are all 0."""
    return bool((columns[4] < 0).any() or (columns[4] > 1).any() or (columns[5] == 0).all())


def _described_in(root: Path) -> Path | None:
    """The YAML file of a data set: `data.yaml`, or the only one there is."""
    if is_there(root / "data.yaml"):
        return root / "data.yaml"
    found = [name for suffix in (".yaml", ".yml") for name in files_under(root, suffix) if "/" not in name]
    return root / found[0] if len(found) == 1 and "names" in _description(root / found[0]) else None


def _description(path: Path) -> Mapping[object, object]:
    """What such a file says."""
    with open_regular(path) as file:
        if size_of(file) > limits.LARGEST_YAML:
            raise FormatError(path, f"expected at most {limits.LARGEST_YAML} bytes")
    import yaml  # noqa: PLC0415 - only where there is one to read

    try:
        content: object = yaml.safe_load(whole_text(path))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise FormatError(path, f"expected YAML ({shortly(str(error))})") from error
    return content if isinstance(content, dict) else {}


def _names(path: Path, described: Mapping[object, object]) -> Mapping[int, str]:
    names = described.get("names")
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
        files = (folder / name for name in any_files_under(folder, ".txt") if not _is_list(name))
        lines = (first_line(file) for file in files if not _is_prose(file))
        line = next((line for line in lines if line), None)
    except FormatError:
        return False
    return line is not None and (has_names or len(line.split()) == _BOX_ONLY)


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
