"""MOTChallenge: `gt/gt.txt` with `seqinfo.ini` and images `img1/000001.jpg`; results and detections in one file.

Left, top, width, height in pixels; **frames, track ids and pixels all count from 1**. Ground truth rows are
`frame,id,left,top,width,height,flag,class,visibility`, where flag 0 means "not evaluated" and visibility is the
visible share, 0 to 1. Result rows are `frame,id,left,top,width,height,confidence,-1,-1,-1`; detections have id
-1. A frame without the object has no row. Names of classes are in `gt/labels.txt`, as CVAT and datumaro keep
them. `seqinfo.ini` has whole frames per second: datumaro refuses others.

Rows with flag 0 are read too, and keep it as the attribute `mot_flag`. Labels that are all classes of the
benchmark are written with its numbers. In ten columns, as in MOT15, the last three are places in the world and are
not read. Frames that begin with 0 in a file are counted from there, and in results pixels too. Results may end
with the box or with the confidence: six or seven columns, between commas or blanks. BoxMOT's have nine: after the
confidence come a class, as the detector numbers it, and the number of the detection; frames count from 1, and
pixels, which it takes from the detector as they are, from 0. StrongSORT's have -1 in its place. Lines that begin
with `#`, and blank ones, are passed over.

How much is hidden of an occluded object is not known: 0.5 stands for it, anything below 1 is read as occluded.
Sources: MOTChallenge's text ("All frame numbers, target IDs and bounding boxes are 1-based"); boxmot 25.0.0
`engine/eval/replay.py` (`tracks_to_mot_rows`).
"""

from __future__ import annotations

import configparser
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import (
    NOT_EVALUATED,
    OCCLUDED_CODE,
    UNNAMED,
    AnnotatedVideo,
    Gaps,
    LabelSet,
    unrated_frames,
)
from dlst_gui.formats.labels.windows import FrameWindow, frame_windows
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.frame_numbers import FrameNumbers, read_by_evidence
from dlst_gui.formats.reading.label_builder import LabelBuilder, thinned
from dlst_gui.formats.reading.track_columns import BoxRows
from dlst_gui.formats.reading_report import ReadingReport
from dlst_gui.formats.syntax.input_files import is_there
from dlst_gui.formats.syntax.number_table import are_whole, number_table
from dlst_gui.formats.syntax.numbers_out import file_stem, pixel_texts, plain, whole_rate, written_boxes
from dlst_gui.formats.syntax.row_blocks import TextRows, coded, filled_runs, split_rows
from dlst_gui.formats.syntax.text_input import line_blocks, whole_text

_FIRST = 1
_HALF_HIDDEN = "0.5"
_WITHOUT_SCORE, _WITH_SCORE, _TRUTH_WIDTH, _RESULT_WIDTH = 6, 7, 9, 10
"""Numbers of a row: of tables that end with the box, or with a score; of ground truth; of results."""
_SOUND = 0.5
"""More than this share of the boxes must have a size, or columns mean something else."""

_BEYOND_PX, _SUSPICIOUS = 2.0, 0.1
"""How far boxes may reach out of the frame, and the share of them that may reach further without a word."""

_CHALLENGE_CLASSES = (  # of the benchmark itself, by number from 1
    *("pedestrian", "person on vehicle", "car", "bicycle", "motorbike", "non motorized vehicle", "static person"),
    *("distractor", "occluder", "occluder on the ground", "occluder full", "reflection", "crowd"),
)


def _write_truth(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    (path / "gt").mkdir(parents=True, exist_ok=True)
    names = _class_names(labels)
    (path / "gt" / "labels.txt").write_text("".join(f"{name}\n" for name in names), encoding="utf-8", newline="\n")
    _write_sequence_info(labels, path / "seqinfo.ini", options)
    classes = [names.index(track.label) + _FIRST for track in labels.tracks]
    unrated = [unrated_frames(track) for track in labels.tracks]
    with (path / "gt" / "gt.txt").open("w", encoding="utf-8", newline="\n") as file:
        for window in frame_windows(labels.tracks, labels.video.frames, tick):
            is_occluded = (window.visibilities == OCCLUDED_CODE).tolist()
            rows = zip(
                _places(labels, window, options),
                window.tracks.tolist(),
                window.frame_indices.tolist(),
                is_occluded,
                strict=True,
            )
            file.writelines(
                f"{place},{index not in unrated[track]:d},{classes[track]},{_HALF_HIDDEN if occluded else '1'}\n"
                for place, track, index, occluded in rows
            )


def _class_names(labels: LabelSet) -> tuple[str, ...]:
    """The benchmark's classes, each with its number, where all labels are of them; else the labels."""
    names = labels.label_names()
    return _CHALLENGE_CLASSES if names and set(names) <= set(_CHALLENGE_CLASSES) else names


def _write_results(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for window in frame_windows(labels.tracks, labels.video.frames, tick):
            rows = zip(_places(labels, window, options), window.scores.tolist(), strict=True)
            file.writelines(
                f"{place},{'1' if math.isnan(score) else plain(score, 6)},-1,-1,-1\n" for place, score in rows
            )


def _places(labels: LabelSet, window: FrameWindow, options: WriteOptions) -> Iterator[str]:
    ids = [track.track_id for track in labels.tracks]
    boxes = written_boxes(window.boxes_xywh, is_sub_pixel=options.sub_pixel, first_pixel=_FIRST)
    rows = zip(
        (window.positions + _FIRST).tolist(), window.tracks.tolist(), *map(pixel_texts, boxes.T), strict=True
    )
    return (f"{number},{ids[track]},{x},{y},{width},{height}" for number, track, x, y, width, height in rows)


def _write_sequence_info(labels: LabelSet, path: Path, options: WriteOptions) -> None:
    video = labels.video
    lines = (
        "[Sequence]",
        f"name={file_stem(video.name)}",
        "imDir=img1",
        f"frameRate={whole_rate(video.fps)}",
        f"seqLength={len(video.frames)}",
        f"imWidth={video.width}",
        f"imHeight={video.height}",
        f"imExt={options.suffix}",
    )
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


@read_by_evidence
def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    file = path if path.is_file() else path / "gt" / "gt.txt"
    if not is_there(file):
        raise FormatError(path, "there is no gt/gt.txt in this folder")
    _check_sequence_info(file.parent.parent / "seqinfo.ini", video)
    classes = _classes(file.with_name("labels.txt"))
    built = LabelBuilder(file, video, options=options)
    numbers = FrameNumbers(_FIRST, len(video.frames), options)
    unrated = 0
    for rows in _rows(file, tick):
        if rows.width == _RESULT_WIDTH:
            built.report.assume(
                "The last three of ten columns were taken as places in the world: there is no class."
            )
        found = _found(rows, video, numbers)
        labels = _class_numbers(rows, classes)
        flagged = _attributes(rows)
        unrated += len(flagged)
        found = replace(found, labels=labels, names=(*classes, UNNAMED), attributes=flagged or None)
        built.add_rows(found.first(rows.count))
        rows.finish()
    numbers.finish(built.report)
    if unrated:
        words = "box has" if unrated == 1 else "boxes have"
        built.report.note(f"{unrated:,} {words} the flag 0 (not evaluated); it is kept as an attribute.")
    return thinned(built.labels(Gaps.ABSENT, tick=tick))


@read_by_evidence
def _read_results(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    built = LabelBuilder(path, video, options=options)
    numbers = FrameNumbers(_FIRST, len(video.frames), options)
    # Whoever counts frames from 0, against the benchmark's rule, counts pixels from 0 too.
    is_from_zero = numbers.first == 0
    if is_from_zero:
        built.report.assume("Pixels were counted from 0, as the frames are.")
    reach = _Reach(video)
    for rows in _rows(path, tick):
        found = _found(rows, video, numbers)
        reach.see(found.boxes_xywh)
        is_boxmot = rows.width == _TRUTH_WIDTH
        if is_boxmot:
            built.report.assume("Pixels were counted from 0, as BoxMOT does, whose results have nine columns.")
        if is_from_zero or is_boxmot:
            found = replace(found, boxes_xywh=found.boxes_xywh + np.array([1.0, 1.0, 0.0, 0.0]))
        scores = rows.numbers(6, "confidence") if rows.width > 6 else None
        if scores is not None and rows.width == _RESULT_WIDTH and (scores == -1).all():
            scores = None
        if is_boxmot:
            classes = rows.whole(7, "class")
            names, labels = coded([str(number) for number in classes.tolist()])
            found = replace(found, labels=labels, names=names)
        built.add_rows(replace(found, scores=scores, visibilities=None).first(rows.count))
        rows.finish()
    numbers.finish(built.report)
    reach.tell(built.report)
    return thinned(built.labels(Gaps.ABSENT, tick=tick))


class _Reach:
    """Whether boxes reach beyond the frame that would not if right and bottom were their last two numbers."""

    def __init__(self, video: AnnotatedVideo) -> None:
        self._size = np.array([video.width, video.height])
        self._count = 0
        self._beyond = 0
        self._could_be_edges = True

    def see(self, boxes_xywh: NDArray[np.float64]) -> None:
        """Some more boxes."""
        first, last = boxes_xywh[:, :2], boxes_xywh[:, 2:]
        self._count += len(boxes_xywh)
        self._beyond += int((first + last > self._size + _BEYOND_PX).any(axis=1).sum())
        are_inside = (last > first).all(axis=1) & (last <= self._size + _BEYOND_PX).all(axis=1)
        self._could_be_edges &= bool(are_inside.all())

    def tell(self, report: ReadingReport) -> None:
        """All boxes are known."""
        if self._count and self._could_be_edges and self._beyond > _SUSPICIOUS * self._count:
            report.note(
                f"{self._beyond:,} of {self._count:,} boxes reach beyond the frame; as edges left, top, right and "
                "bottom all would lie in it. If they are that, name the columns in a first line: "
                "frame,id,x1,y1,x2,y2."
            )


def _rows(path: Path, tick: Tick = untold) -> Iterator[TextRows]:
    for first, lines in line_blocks(path, tick):
        plain_lines = [line.replace(";", ",").replace("\t", ",").rstrip(", \r") for line in lines]
        for at, part in filled_runs(["" if line.startswith("#") else line for line in plain_lines]):
            has_commas = "," in part[0]
            split = part if has_commas else [",".join(line.split()) for line in part]
            yield from split_rows(path, first + at, split, ",", _wrong_count)


def _wrong_count(count: int) -> str:
    return "" if 6 <= count <= 10 else f"expected 6 to 10 numbers, got {count}"


def _found(rows: TextRows, video: AnnotatedVideo, numbers: FrameNumbers) -> BoxRows:
    """What every row has; columns may be longer than rows that are right."""
    places = numbers.indices(rows.whole(0, "frame"))
    left, top, width, height = (rows.numbers(column, "a box") for column in range(2, 6))
    visibilities = None
    if rows.width == _TRUTH_WIDTH:
        visibilities = np.where(rows.numbers(8, "visibility") < 1, OCCLUDED_CODE, 0).astype(np.uint8)
    track_ids = rows.whole(1, "track id")
    count = rows.count
    return BoxRows(
        track_ids,
        np.zeros(count, dtype=np.intp),
        (UNNAMED,),
        _frames_at(places[:count], video),
        # MATLAB's corner of the image is (1, 1).
        np.stack([left[:count] - 1, top[:count] - 1, width[:count], height[:count]], axis=1),
        rows.places(),
        visibilities=visibilities,
    ).first(count)


def _frames_at(places: NDArray[np.int64], video: AnnotatedVideo) -> NDArray[np.int64]:
    """(n,) indices of the frames at these positions; beyond them, what no video has."""
    is_inside = (places >= 0) & (places < len(video.frames))
    frames = np.where(places < 0, places, np.maximum(places, video.frame_count))
    frames[is_inside] = video.frames[places[is_inside]]
    return frames


def _attributes(rows: TextRows) -> dict[int, Mapping[str, str]]:
    """What is said of boxes that the benchmark does not evaluate, by row."""
    if rows.width != _TRUTH_WIDTH:
        return {}
    flags = rows.numbers(6, "flag")
    return {row: {NOT_EVALUATED: "0"} for row in np.flatnonzero(flags == 0).tolist()}


def _class_numbers(rows: TextRows, classes: tuple[str, ...]) -> NDArray[np.intp]:
    """(n,) positions in the classes with a nameless one after them."""
    # In ten columns, as in MOT15, the last three are places in the world.
    has_class = rows.width in {_TRUTH_WIDTH - 1, _TRUTH_WIDTH}
    numbers = rows.whole(7, "class") if has_class else np.full(rows.count, -1)
    for row in np.flatnonzero((numbers != -1) & ((numbers < 1) | (numbers > len(classes))))[:1].tolist():
        rows.refuse(row, f"expected a class from 1 to {len(classes)}, got {numbers[row]}")
    return np.where(numbers == -1, len(classes), numbers - 1)[: rows.count].astype(np.intp)


def _classes(path: Path) -> tuple[str, ...]:
    if not is_there(path):
        return _CHALLENGE_CLASSES
    return tuple(line.strip() or UNNAMED for line in whole_text(path).rstrip().split("\n"))


def _check_sequence_info(path: Path, video: AnnotatedVideo) -> None:
    if not is_there(path):
        return
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(whole_text(path))
        length = parser.getint("Sequence", "seqLength", fallback=len(video.frames))
    except (configparser.Error, ValueError) as error:
        raise FormatError(path, f"expected a [Sequence] with seqLength ({error})") from error
    if length != len(video.frames):
        raise FormatError(path, f"was made for a sequence of {length} frames, but there are {len(video.frames)}")


def _looks_like(path: Path, _tick: Tick = untold) -> bool:
    if (path / "gt" / "gt.txt").is_file() or (path.name == "gt.txt" and path.is_file()):
        return True
    table = number_table(path, with_comments=True) if path.is_file() else None
    if table is None or table.shape[1] != _TRUTH_WIDTH or not _is_mot_like(table):
        return False
    flags, classes, visibilities = table[:, 6:].T
    is_share = bool(((visibilities >= 0) & (visibilities <= 1)).all())
    return are_whole(flags, 0, 1) and are_whole(classes, 1) and is_share


def _looks_like_results(path: Path, _tick: Tick = untold) -> bool:
    table = number_table(path, with_comments=True) if path.is_file() else None
    if table is None or path.name.startswith("groundtruth") or not _is_mot_like(table):
        return False
    if table.shape[1] == _WITHOUT_SCORE:
        # A last column of zeros and ones alone is no height: TLP says there whether the object is lost.
        return not are_whole(table[:, 5], 0, 1)
    if table.shape[1] == _TRUTH_WIDTH:
        return _is_boxmot(table[:, 6:])
    return table.shape[1] == _WITH_SCORE or (table.shape[1] == _RESULT_WIDTH and _ends_as_results(table))


def _is_boxmot(columns: NDArray[np.float64]) -> bool:
    """Whether these are a confidence, a class and the number of a detection."""
    scores, classes, detections = columns.T
    is_share = bool(((scores >= 0) & (scores <= 1)).all()) and not are_whole(scores, 0, 1)
    return is_share and are_whole(classes, 0) and are_whole(detections, -1)


def _ends_as_results(table: NDArray[np.float64]) -> bool:
    """Whether a confidence and a place in the world end the rows, and not what other programs put there."""
    if table[:, 0].min() == 0 and (table[:, 6] == -1).all():
        return False  # DarkLabel, whose preset of this name counts from 0 and has no score
    if (table[:, 6:9] == -1).all():
        return True  # StrongSORT ends with the number of a stream
    in_world = table[:, 7:]
    return bool((in_world == -1).all()) or not all(are_whole(column, -1) for column in in_world.T)


def _is_mot_like(table: NDArray[np.float64]) -> bool:
    """Whether the first columns can be a frame, an id and a box."""
    if table.shape[1] < _WITHOUT_SCORE:
        return False
    has_size = (table[:, 4:6] > 0).all(axis=1)
    return are_whole(table[:, 0], 0) and are_whole(table[:, 1], -1) and bool(has_size.mean() > _SOUND)


def _image_paths(_labels: LabelSet, position: int, options: WriteOptions) -> tuple[str, ...]:
    return (f"img1/{position + 1:06d}{options.suffix}",)


_CONVENTION = Convention(
    1,
    Shape.LEFT_TOP_SIZE,
    Unit.PIXELS,
    "counted from 1 among those exported",
    "no row",
    "a ten-thousandth of a pixel",
    is_renumbered=True,
)

MOT = Format(
    name="mot",
    title="MOTChallenge ground truth",
    suffix="",
    convention=_CONVENTION,
    can_hold=Capabilities(Identity.IDS, labels=True, absence=False, occlusion=True, sub_pixel=True),
    write=_write_truth,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: 1e-4 if options.sub_pixel else 0.5,
    image_paths=_image_paths,
)

MOT_RESULTS = Format(
    name="mot-results",
    title="MOTChallenge results or detections",
    suffix=".txt",
    convention=_CONVENTION,
    can_hold=Capabilities(Identity.IDS, labels=False, absence=False, occlusion=False, sub_pixel=True, scores=True),
    write=_write_results,
    read=_read_results,
    looks_like=_looks_like_results,
    resolution_px=lambda _video, options: 1e-4 if options.sub_pixel else 0.5,
)
