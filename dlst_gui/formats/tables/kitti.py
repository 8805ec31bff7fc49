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

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote

import numpy as np

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import OCCLUDED_CODE, AnnotatedVideo, Gaps, LabelSet
from dlst_gui.formats.labels.windows import frame_windows
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.frame_numbers import FrameNumbers, read_by_evidence
from dlst_gui.formats.reading.label_builder import LabelBuilder, thinned
from dlst_gui.formats.reading.track_columns import BoxRows
from dlst_gui.formats.syntax.numbers_out import edges_of, pixel_texts, written_boxes
from dlst_gui.formats.syntax.row_blocks import TextRows, coded, split_rows
from dlst_gui.formats.syntax.text_input import line_blocks

_NO_OBJECT = ("-1", "DontCare")
_TRUTH_WIDTH, _RESULT_WIDTH = 17, 18
_UNKNOWN_IN_SPACE = "-1 -1 -1 -1000 -1000 -1000 -10"
_OCCLUDED = (1, 2)
_HIDDEN_WORDS = {"-1", "0", "1", "2", "3"}
_LOOKED_AT = 1000


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
    for found in _rows(path, tick):
        is_region = np.array([pair == _NO_OBJECT for pair in zip(found.words(1), found.words(2), strict=True)])
        ignored += int(is_region.sum())
        rows = found.without(is_region) if is_region.any() else found
        track_ids = rows.whole(1, "track id")
        edges = [rows.numbers(column, "a box") for column in range(6, 10)]
        is_hidden = np.isin(rows.whole(4, "occluded"), _OCCLUDED)
        frames = numbers.indices(rows.whole(0, "frame"))
        scores = rows.numbers(17, "score") if rows.width == _RESULT_WIDTH else None
        names, labels = coded(rows.words(2))
        left, top, right, bottom = (edge[: rows.count] for edge in edges)
        built.add_rows(
            BoxRows(
                track_ids,
                labels,
                tuple(map(unquote, names)),
                frames,
                np.stack([left, top, right - left, bottom - top], axis=1),
                rows.places(),
                np.where(is_hidden, OCCLUDED_CODE, 0).astype(np.uint8),
                scores,
            ).first(rows.count)
        )
        rows.finish()
    numbers.finish(built.report)
    if ignored:
        built.report.skip("regions of the type DontCare are no objects", "track id -1", ignored)
    return thinned(built.labels(Gaps.ABSENT, tick=tick))


def _rows(path: Path, tick: Tick = untold) -> Iterator[TextRows]:
    for first, lines in line_blocks(path, tick):
        yield from _split(path, first, lines)


def _split(path: Path, first: int, lines: list[str]) -> Iterator[TextRows]:
    return split_rows(path, first, [" ".join(line.split()) for line in lines], " ", _wrong_count)


def _wrong_count(count: int) -> str:
    is_right = count in {_TRUTH_WIDTH, _RESULT_WIDTH}
    return "" if is_right else f"expected 17 or 18 fields between blanks, got {count}"


def _looks_like(path: Path, _tick: Tick = untold) -> bool:
    if not path.is_file():
        return False
    try:
        lines = next((lines for _, lines in line_blocks(path)), [])
        parts = [*_split(path, 1, lines[:_LOOKED_AT])]
    except FormatError:
        return False
    return bool(parts) and all(
        all(map(str.isdecimal, rows.words(0))) and set(rows.words(4)) <= _HIDDEN_WORDS for rows in parts
    )


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
