"""VisDrone and UAVDT: ground truth of several objects seen from drones, one text file for each video.

* VisDrone: `frame,id,left,top,width,height,score,category,truncation,occlusion`. Score is 1 or 0 (not evaluated,
  kept as the attribute `mot_flag`), in results the confidence; category 0 is a region that is ignored, which is
  no object and is not read, 1 to 11 are classes; occlusion is 0 (none), 1 (to a half) or 2.
* UAVDT: `<video>_gt_whole.txt` with `frame,id,left,top,width,height,out-of-view,occlusion,category`. Occlusion
  is 1 (none) to 4; category is 1 (car), 2 (truck) or 3 (bus). In `<video>_gt_ignore.txt` are regions that are
  ignored.

Frames count from 1. Pixels count from 0: boxes begin with 0 at the edge of the image.

VisDrone is written too, in whole pixels as the benchmark has them, with 1 (0 for `mot_flag`), no truncation, and 0
or 1 for occlusion. Labels that are none of its classes become "others". Images are
`sequences/<video>/<number>.jpg`, as in the benchmark. UAVDT is read only.

Sources: the benchmarks' evaluation pages; VisDrone2018-DET-toolkit; tensorbay `opendataset/UAVDT/loader.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.format import (
    Capabilities,
    Convention,
    Format,
    Identity,
    LabelReader,
    Read,
    Shape,
    Unit,
    WriteOptions,
)
from dlst_gui.formats.labels.model import (
    NOT_EVALUATED,
    OCCLUDED_CODE,
    AnnotatedVideo,
    Gaps,
    LabelSet,
    unrated_frames,
)
from dlst_gui.formats.labels.windows import frame_windows
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.frame_numbers import FrameNumbers, read_by_evidence
from dlst_gui.formats.reading.label_builder import LabelBuilder, thinned
from dlst_gui.formats.reading.track_columns import BoxRows
from dlst_gui.formats.syntax.number_table import are_whole, number_table
from dlst_gui.formats.syntax.numbers_out import file_stem, written_boxes
from dlst_gui.formats.syntax.row_blocks import TextRows, filled_runs, split_rows
from dlst_gui.formats.syntax.text_input import line_blocks

_VISDRONE_CLASSES = (
    *("ignored region", "pedestrian", "people", "bicycle", "car", "van", "truck", "tricycle", "awning-tricycle"),
    *("bus", "motor", "others"),
)
_OTHERS = _VISDRONE_CLASSES.index("others")
_UAVDT_CLASSES = ("", "car", "truck", "bus")


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where in a row things are.

    Attributes:
        width: how many numbers there are.
        category: the column of the class; 0 stands for no object.
        classes: by number.
        occlusion: the column that says how much is hidden.
        hidden_from: the least number that means that something is.
        score: the column of the score; None: there is none.
    """

    width: int
    category: int
    classes: tuple[str, ...]
    occlusion: int
    hidden_from: int
    score: int | None


_VISDRONE = _Layout(10, 7, _VISDRONE_CLASSES, 9, 1, 6)
_UAVDT = _Layout(9, 8, _UAVDT_CLASSES, 7, 2, None)


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    classes = {name: number for number, name in enumerate(_VISDRONE_CLASSES)}
    known = [(track.track_id, classes.get(track.label, _OTHERS)) for track in labels.tracks]
    unrated = [unrated_frames(track) for track in labels.tracks]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for window in frame_windows(labels.tracks, labels.video.frames, tick):
            boxes = written_boxes(window.boxes_xywh, is_sub_pixel=False).astype(np.int64)
            rows = zip(
                window.frame_indices.tolist(),
                window.tracks.tolist(),
                (window.visibilities == OCCLUDED_CODE).tolist(),
                boxes.tolist(),
                strict=True,
            )
            file.writelines(
                f"{index + 1},{known[track][0]},{x},{y},{width},{height},"
                f"{index not in unrated[track]:d},{known[track][1]},0,{occluded:d}\n"
                for index, track, occluded, (x, y, width, height) in rows
            )


def _image_paths(labels: LabelSet, position: int, options: WriteOptions) -> tuple[str, ...]:
    number = int(labels.video.frames[position]) + 1
    return (f"sequences/{file_stem(labels.video.name)}/{number:07d}{options.suffix}",)


def _reading(layout: _Layout) -> Read:
    @read_by_evidence
    def read(
        path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS, /
    ) -> LabelSet:
        built = LabelBuilder(path, video, options=options)
        numbers = FrameNumbers(1, video.frame_count, options)
        ignored, unrated = 0, 0
        for first, lines in line_blocks(path, tick):
            plain = [line.rstrip(", \r") for line in lines]
            parts = ((first + at, part) for at, part in filled_runs(plain))
            for rows in (each for part in parts for each in split_rows(path, *part, ",", _counted(layout.width))):
                found, categories = _found(rows, layout, numbers)
                is_object = categories != 0
                ignored += int((~is_object).sum())
                unrated += sum(is_object[row] for row in found.attributes or {})
                built.add_rows(found if is_object.all() else found.rows(np.flatnonzero(is_object)))
                rows.finish()
        numbers.finish(built.report)
        if ignored:
            built.report.skip("regions that are ignored are no objects", "category 0", ignored)
        if unrated:
            built.report.note(f"{unrated:,} boxes have the score 0 (not evaluated); it is kept as an attribute.")
        return thinned(built.labels(Gaps.ABSENT, tick=tick))

    return read


def _counted(width: int) -> Callable[[int], str]:
    return lambda count: "" if count == width else f"expected {width} numbers, got {count}"


def _found(rows: TextRows, layout: _Layout, numbers: FrameNumbers) -> tuple[BoxRows, NDArray[np.int64]]:
    """The boxes of rows, and their categories."""
    frames = numbers.indices(rows.whole(0, "frame"))
    boxes = [rows.numbers(column, "a box") for column in range(2, 6)]
    categories = rows.whole(layout.category, "category")
    is_known = (categories >= 0) & (categories < len(layout.classes))
    for row in np.flatnonzero(~is_known)[:1].tolist():
        rows.refuse(row, f"expected a category from 0 to {len(layout.classes) - 1}, got {categories[row]}")
    occluded = rows.numbers(layout.occlusion, "occlusion") >= layout.hidden_from
    track_ids = rows.whole(1, "track id")
    scores = None if layout.score is None else rows.numbers(layout.score, "score")
    count = rows.count
    attributes: dict[int, Mapping[str, str]] = {}
    if scores is not None:
        attributes = {row: {NOT_EVALUATED: "0"} for row in np.flatnonzero(scores[:count] == 0).tolist()}
        # Ground truth has ones and zeros there, which are no scores.
        scores = None if are_whole(scores, 0, 1) else scores
    found = BoxRows(
        track_ids[:count],
        categories[:count].astype(np.intp),
        layout.classes,
        frames[:count],
        np.stack([column[:count] for column in boxes], axis=1),
        rows.places(),
        np.where(occluded[:count], OCCLUDED_CODE, 0).astype(np.uint8),
        None if scores is None else scores[:count],
        attributes=attributes or None,
    )
    return found, categories[:count]


def _is_visdrone(path: Path, _tick: Tick = untold) -> bool:
    table = number_table(path, with_comments=True) if path.is_file() else None
    if table is None or table.shape[1] != _VISDRONE.width or (table[:, 7:] == -1).all():
        return False
    categories, truncation, occlusion = table[:, 7:].T
    has_flags = are_whole(truncation, -1, 1) and are_whole(occlusion, -1, 2)
    return are_whole(table[:, 0], 0) and are_whole(categories, 0, len(_VISDRONE_CLASSES) - 1) and has_flags


def _is_uavdt(path: Path, _tick: Tick = untold) -> bool:
    if not path.is_file() or not path.stem.endswith(("_gt_whole", "_gt_ignore", "_gt")):
        return False
    table = number_table(path, with_comments=True)
    return table is not None and table.shape[1] == _UAVDT.width


VISDRONE = Format(
    name="visdrone",
    title="VisDrone",
    suffix=".txt",
    convention=Convention(
        0, Shape.LEFT_TOP_SIZE, Unit.PIXELS, "counted from 1", "no row", "whole pixels, as it is written"
    ),
    can_hold=Capabilities(
        Identity.IDS,
        labels=False,
        absence=False,
        occlusion=True,
        sub_pixel=False,
        classes=frozenset(_VISDRONE_CLASSES[1:]),
    ),
    write=_write,
    read=_reading(_VISDRONE),
    looks_like=_is_visdrone,
    resolution_px=lambda _video, _options: 0.5,
    image_paths=_image_paths,
)

UAVDT = LabelReader(
    name="uavdt",
    title="UAVDT",
    convention=Convention(
        0, Shape.LEFT_TOP_SIZE, Unit.PIXELS, "counted from 1", "no row", "whole pixels, as it is written"
    ),
    read=_reading(_UAVDT),
    looks_like=_is_uavdt,
)
