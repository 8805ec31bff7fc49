"""MOTChallenge: `gt/gt.txt` with `seqinfo.ini` and images `img1/000001.jpg`; results and detections in one file.

Left, top, width, height in pixels; **frames, track ids and pixels all count from 1**. Ground truth rows are
`frame,id,left,top,width,height,flag,class,visibility`, where flag 0 means "not evaluated" and visibility is the
visible share, 0 to 1. Result rows are `frame,id,left,top,width,height,confidence,-1,-1,-1`; detections have id
-1. A frame without the object has no row. Names of classes are in `gt/labels.txt`, as CVAT and datumaro keep
them. `seqinfo.ini` has whole frames per second: datumaro refuses others.

How much is hidden of an occluded object is not known: 0.5 stands for it, anything below 1 is read as occluded.
Source: MOTChallenge's text ("All frame numbers, target IDs and bounding boxes are 1-based").
"""

from __future__ import annotations

import configparser
import math
from collections.abc import Iterator
from pathlib import Path

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.label_builder import LabelBuilder, thinned
from dlst_gui.formats.linking import LooseBox, linked
from dlst_gui.formats.model import OCCLUDED_CODE, UNNAMED, AnnotatedVideo, Gaps, LabelledBox, LabelSet
from dlst_gui.formats.numbers_out import file_stem, pixel_texts, plain, whole_rate, written_boxes
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.text_input import lines_of, number_in, whole_in
from dlst_gui.formats.windows import FrameWindow, frame_windows
from dlst_gui.project.tracks import Visibility
from tracker_core import Box

_FIRST = 1
_HALF_HIDDEN = "0.5"

_CHALLENGE_CLASSES = (  # of the benchmark itself, by number from 1
    *("pedestrian", "person on vehicle", "car", "bicycle", "motorbike", "non motorized vehicle", "static person"),
    *("distractor", "occluder", "occluder on the ground", "occluder full", "reflection", "crowd"),
)


def _write_truth(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    (path / "gt").mkdir(parents=True, exist_ok=True)
    names = labels.label_names()
    (path / "gt" / "labels.txt").write_text("".join(f"{name}\n" for name in names), encoding="utf-8", newline="\n")
    _write_sequence_info(labels, path / "seqinfo.ini", options)
    classes = [names.index(track.label) + _FIRST for track in labels.tracks]
    with (path / "gt" / "gt.txt").open("w", encoding="utf-8", newline="\n") as file:
        for window in frame_windows(labels.tracks, labels.video.frames, tick):
            is_occluded = (window.visibilities == OCCLUDED_CODE).tolist()
            rows = zip(_places(labels, window, options), window.tracks.tolist(), is_occluded, strict=True)
            file.writelines(
                f"{place},1,{classes[track]},{_HALF_HIDDEN if occluded else '1'}\n"
                for place, track, occluded in rows
            )


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
        f"imExt={options.image_suffix}",
    )
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


def _read(path: Path, video: AnnotatedVideo, _tick: Tick = untold) -> LabelSet:
    file = path if path.is_file() else path / "gt" / "gt.txt"
    if not file.is_file():
        raise FormatError(path, "there is no gt/gt.txt in this folder")
    _check_sequence_info(file.parent.parent / "seqinfo.ini", video)
    classes = _classes(file.with_name("labels.txt"))
    built = LabelBuilder(file, video)
    for number, words in _fields(file):
        place = f"line {number}"
        track_id, made = _parsed(file, place, words, video)
        built.begin_track(track_id, _class_of(file, place, words, classes), place=number)
        built.add(track_id, made, place=number)
    return thinned(built.labels(Gaps.ABSENT))


def _read_results(path: Path, video: AnnotatedVideo, _tick: Tick = untold) -> LabelSet:
    built = LabelBuilder(path, video)
    loose = []
    for number, words in _fields(path):
        place = f"line {number}"
        track_id, made = _parsed(path, place, words, video)
        score = number_in(path, place, words[6], "confidence") if len(words) > 6 else math.nan
        scored = LabelledBox(made.frame_index, made.box, score=score)
        if track_id == -1:
            loose.append(LooseBox(UNNAMED, scored, number))
        else:
            built.begin_track(track_id, UNNAMED, place=number)
            built.add(track_id, scored, place=number)
    tracked = thinned(built.labels(Gaps.ABSENT))
    if loose and tracked.tracks:
        raise FormatError(path, "expected ids in every row or in none; some rows have the id -1")
    return linked(path, video, loose) if loose else tracked


def _fields(path: Path) -> Iterator[tuple[int, list[str]]]:
    for number, line in lines_of(path):
        words = [word.strip() for word in line.replace(";", ",").replace("\t", ",").rstrip(", \r").split(",")]
        if not 6 <= len(words) <= 10:
            raise FormatError(path, f"expected 6 to 10 numbers, got {len(words)}", f"line {number}")
        yield number, words


def _parsed(path: Path, place: str, words: list[str], video: AnnotatedVideo) -> tuple[int, LabelledBox]:
    frame_number = whole_in(path, place, words[0], "frame")
    if not 1 <= frame_number <= len(video.frames):
        problem = f"expected frames 1 to {len(video.frames)}, got {frame_number}"
        raise FormatError(path, problem, place)
    left, top, width, height = (number_in(path, place, word, "a box") for word in words[2:6])
    is_hidden = len(words) == 9 and number_in(path, place, words[8], "visibility") < 1
    visibility = Visibility.OCCLUDED if is_hidden else Visibility.VISIBLE
    # MATLAB's corner of the image is (1, 1).
    box = Box(left - 1, top - 1, width, height)
    made = LabelledBox(int(video.frames[frame_number - 1]), box, visibility=visibility)
    return whole_in(path, place, words[1], "track id"), made


def _classes(path: Path) -> tuple[str, ...]:
    if not path.is_file():
        return _CHALLENGE_CLASSES
    return tuple(line.strip() or UNNAMED for _, line in lines_of(path))


def _class_of(path: Path, place: str, words: list[str], classes: tuple[str, ...]) -> str:
    number = whole_in(path, place, words[7], "class") if len(words) >= 8 else -1
    if number == -1:
        return UNNAMED
    if not 1 <= number <= len(classes):
        raise FormatError(path, f"expected a class from 1 to {len(classes)}, got {number}", place)
    return classes[number - 1]


def _check_sequence_info(path: Path, video: AnnotatedVideo) -> None:
    if not path.is_file():
        return
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string("\n".join(line for _, line in lines_of(path)))
        length = parser.getint("Sequence", "seqLength", fallback=len(video.frames))
    except (configparser.Error, ValueError) as error:
        raise FormatError(path, f"expected a [Sequence] with seqLength ({error})") from error
    if length != len(video.frames):
        raise FormatError(path, f"was made for a sequence of {length} frames, but there are {len(video.frames)}")


def _looks_like(path: Path) -> bool:
    return (path / "gt" / "gt.txt").is_file() or (path.name == "gt.txt" and path.is_file())


def _looks_like_results(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        rows = [words for (_, words), _ in zip(_fields(path), range(1000), strict=False)]
        return bool(rows) and all(len(row) == 10 and row[7:] == ["-1"] * 3 and int(row[0]) >= 1 for row in rows)
    except (FormatError, ValueError):
        return False


def _image_paths(_labels: LabelSet, position: int, options: WriteOptions) -> tuple[str, ...]:
    return (f"img1/{position + 1:06d}{options.image_suffix}",)


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
