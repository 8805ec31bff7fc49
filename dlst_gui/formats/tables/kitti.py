"""KITTI tracking labels: one text file per video, one line of 17 fields between blanks per box.

The fields are `frame track_id type truncated occluded alpha left top right bottom`, then height, width and length
of the object, its x, y, z, and its rotation; files of results have a score as the 18th. Edges are in pixels, the
first one being 0, and frames count from 0. A frame without the object has no line. What is not known here is
written as the benchmark writes it for `DontCare`: -1 for truncated and sizes, -10 for angles, -1000 for places.
Regions of that type, which have the track id -1, are no objects and are not read.

Occluded is 0 (visible), 1 (partly), 2 (largely) or 3 (not known). How much is hidden of an occluded object is not
known: 1 stands for it, 1 and 2 are read as occluded. A type is one word: blanks in labels, and `%`, are written
as in URLs (`traffic%20light`).

Source: readme.txt of the benchmark's tracking development kit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import OCCLUDED_CODE, AnnotatedVideo, Gaps, LabelledBox, LabelSet
from dlst_gui.formats.labels.windows import frame_windows
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.frame_numbers import FrameNumbers, read_by_evidence
from dlst_gui.formats.reading.label_builder import LabelBuilder, thinned
from dlst_gui.formats.syntax.numbers_out import edges_of, pixel_texts, written_boxes
from dlst_gui.formats.syntax.text_input import lines_of, number_in, whole_in
from dlst_gui.project.tracks import Visibility
from tracker_core import Box

_NO_OBJECT = ["-1", "DontCare"]
_UNKNOWN_IN_SPACE = "-1 -1 -1 -1000 -1000 -1000 -10"
_OCCLUDED = (1, 2)


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    known = [f"{track.track_id} {_word(track.label)}" for track in labels.tracks]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for window in frame_windows(labels.tracks, labels.video.frames, tick):
            rows = zip(
                window.frame_indices.tolist(),
                window.tracks.tolist(),
                (window.visibilities == OCCLUDED_CODE).tolist(),
                *map(pixel_texts, edges_of(written_boxes(window.boxes_xywh, is_sub_pixel=options.sub_pixel)).T),
                strict=True,
            )
            file.writelines(
                f"{index} {known[track]} -1 {occluded:d} -10 {left} {top} {right} {bottom} {_UNKNOWN_IN_SPACE}\n"
                for index, track, occluded, left, top, right, bottom in rows
            )


def _word(label: str) -> str:
    return re.sub(r"[\s%]", lambda found: quote(found[0]), label)


@read_by_evidence
def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    built = LabelBuilder(path, video, options=options, first_id=0)
    numbers = FrameNumbers(0, video.frame_count, options)
    ignored = 0
    for number, words in _fields(path, tick):
        place = f"line {number}"
        if words[1:3] == _NO_OBJECT:
            ignored += 1
            continue
        track_id = whole_in(path, place, words[1], "track id")
        left, top, right, bottom = (number_in(path, place, word, "a box") for word in words[6:10])
        is_hidden = whole_in(path, place, words[4], "occluded") in _OCCLUDED
        made = LabelledBox(
            numbers.index(whole_in(path, place, words[0], "frame")),
            Box(left, top, right - left, bottom - top),
            visibility=Visibility.OCCLUDED if is_hidden else Visibility.VISIBLE,
            score=number_in(path, place, words[17], "score") if len(words) == 18 else math.nan,
        )
        built.add(track_id, made, place=number, label=unquote(words[2]))
    numbers.finish(built.report)
    if ignored:
        built.report.skip("regions of the type DontCare are no objects", "track id -1", ignored)
    return thinned(built.labels(Gaps.ABSENT, tick=tick))


def _fields(path: Path, tick: Tick = untold) -> Iterator[tuple[int, list[str]]]:
    for number, line in lines_of(path, tick):
        words = line.split()
        if len(words) not in {17, 18}:
            raise FormatError(path, f"expected 17 or 18 fields between blanks, got {len(words)}", f"line {number}")
        yield number, words


def _looks_like(path: Path, _tick: Tick = untold) -> bool:
    if not path.is_file():
        return False
    try:
        rows = [words for (_, words), _ in zip(_fields(path), range(1000), strict=False)]
        return bool(rows) and all(row[0].isdecimal() and row[4] in {"-1", "0", "1", "2", "3"} for row in rows)
    except FormatError:
        return False


KITTI = Format(
    name="kitti",
    title="KITTI tracking",
    suffix=".txt",
    convention=Convention(0, Shape.EDGES, Unit.PIXELS, "counted from 0", "no line", "a ten-thousandth of a pixel"),
    can_hold=Capabilities(Identity.IDS, labels=True, absence=False, occlusion=True, sub_pixel=True),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: 1e-4 if options.sub_pixel else 0.5,
)
