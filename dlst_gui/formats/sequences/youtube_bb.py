"""YouTube-BB's CSV, without a header.

The columns are `youtube_id,timestamp_ms,class_id,class_name,object_id,object_presence,xmin,xmax,ymin,ymax`:
edges as **fractions of the image, 0 to 1**, and **xmin,xmax before ymin,ymax**. A frame is named by its time in
milliseconds; the data set has one per second. Every frame exported has a row for every object: `present`, or
`absent` with -1 for all four. Objects and classes are counted from 0. A time is read as the nearest frame, which
must be nearer than half a frame.

Sources: jvlmdr/ytbb-dl `ytbb.py`, mbuckler/youtube-bb.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import AnnotatedVideo, BoxColumns, Gaps, LabelledBox, LabelSet
from dlst_gui.formats.labels.windows import track_rows
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.file_parts import FilePart, chosen_part
from dlst_gui.formats.reading.label_builder import LabelBuilder, covering
from dlst_gui.formats.reading_report import ReadingReport
from dlst_gui.formats.syntax.numbers_out import csv_cell, edges_of, file_stem, plain, written_boxes
from dlst_gui.formats.syntax.row_blocks import check_columns
from dlst_gui.formats.syntax.text_input import first_line, lines_of, number_in, whole_in
from tracker_core import Box

_DECIMALS = 9

_PRESENCE = ("present", "absent", "uncertain")


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    video = labels.video
    names = labels.label_names()
    stem = csv_cell(file_stem(video.name))
    with path.open("w", encoding="utf-8", newline="") as file:
        for track, pieces in track_rows(labels, tick):
            known = f"{names.index(track.label)},{csv_cell(track.label)},{track.track_id - 1}"
            for rows in pieces:
                times = [plain(1000 * video.timestamp_s(index), 3) for index in rows.frames.tolist()]
                places = rows.filled([*_places(rows.columns, video, options)], "absent,-1,-1,-1,-1")
                file.writelines(
                    f"{stem},{time_ms},{known},{place}\n" for time_ms, place in zip(times, places, strict=True)
                )


def _places(columns: BoxColumns, video: AnnotatedVideo, options: WriteOptions) -> Iterator[str]:
    edges = edges_of(written_boxes(columns.boxes_xywh, is_sub_pixel=options.sub_pixel))
    across, down = edges[:, ::2] / video.width, edges[:, 1::2] / video.height
    for numbers in np.concatenate([across, down], axis=1).tolist():
        yield ",".join(["present", *(plain(number, _DECIMALS) for number in numbers)])


def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    report = ReadingReport()
    name = _name_of_part(path, video, options, report)
    built = LabelBuilder(path, video, options=options, report=report)
    times_ms = 1000 * np.array([video.timestamp_s(index) for index in range(video.frame_count)])
    covered: set[int] = set()
    others = 0
    for number, cells in _rows(path, tick):
        if cells[0] != name:
            others += 1
            continue
        place = f"line {number}"
        time_ms = number_in(path, place, cells[1], "the time")
        index = _frame_at(time_ms, times_ms)
        track_id = whole_in(path, place, cells[4], "object_id") + 1
        if cells[5] not in _PRESENCE:
            raise FormatError(path, f"expected present or absent, got {shortly(cells[5])}", place)
        if cells[5] != "present":
            report.absent += 1
        elif index is None:
            problem = f"no frame is shown at {time_ms:g} ms; the last one is at {times_ms[-1]:g} ms"
            built.skip("no frame is shown at the time", number, problem)
        if index is None:
            continue
        covered.add(index)
        built.begin_track(track_id, cells[3], place=number)
        if cells[5] == "present":
            xmin, xmax, ymin, ymax = (_fraction(path, place, cell) for cell in cells[6:])
            left, top = xmin * video.width, ymin * video.height
            box = Box(left, top, xmax * video.width - left, ymax * video.height - top)
            built.add(track_id, LabelledBox(index, box), place=number)
    if others:
        report.note(f"Rows of other videos in the file, which were not read: {others:,}.")
    covered_video = covering(video, np.array(sorted(covered), dtype=np.int32))
    return built.labels(Gaps.ABSENT, video=covered_video, tick=tick)


def _name_of_part(path: Path, video: AnnotatedVideo, options: ReadOptions, report: ReadingReport) -> str:
    """Of the videos in the file, the one that is to be read."""
    names = dict.fromkeys(cells[0] for _, cells in _rows(path))
    if not names:
        return ""
    return chosen_part(path, [FilePart(name, (name,)) for name in names], video, options, report).key


def _rows(path: Path, tick: Tick = untold) -> Iterator[tuple[int, list[str]]]:
    for number, line in lines_of(path, tick):
        check_columns(path, number, line)
        try:
            cells = [cell.strip() for cell in next(csv.reader([line], strict=True), [])]
        except csv.Error as error:
            raise FormatError(path, f"expected fields separated by commas ({error})", f"line {number}") from error
        if len(cells) != 10:
            raise FormatError(path, f"expected 10 fields separated by commas, got {len(cells)}", f"line {number}")
        yield number, cells


def _fraction(path: Path, place: str, cell: str) -> float:
    value = number_in(path, place, cell, "an edge")
    if abs(value) > 10:
        raise FormatError(path, f"expected fractions of the image, 0 to 1, got {shortly(cell)}", place)
    return value


def _frame_at(time_ms: float, times_ms: NDArray[np.float64]) -> int | None:
    """The frame that is shown then; None where none is."""
    after = min(int(np.searchsorted(times_ms, time_ms)), len(times_ms) - 1)
    index = min((max(after - 1, 0), after), key=lambda each: abs(times_ms[each] - time_ms))
    frame_ms = (times_ms[-1] - times_ms[0]) / max(len(times_ms) - 1, 1) or 1000.0
    return index if abs(times_ms[index] - time_ms) <= frame_ms / 2 + 1e-6 else None


def _looks_like(path: Path, _tick: Tick = untold) -> bool:
    if not path.is_file():
        return False
    cells = [cell.strip() for cell in first_line(path).split(",")]
    return len(cells) >= 10 and cells[-5] in _PRESENCE


YOUTUBE_BB = Format(
    name="youtube-bb",
    title="YouTube-BB CSV",
    suffix=".csv",
    convention=Convention(
        0,
        Shape.EDGES,
        Unit.FRACTIONS,
        "by their time in milliseconds",
        "a row marked absent",
        "nine decimals",
    ),
    can_hold=Capabilities(Identity.IDS, labels=True, absence=True, occlusion=False, sub_pixel=True),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda video, options: max(video.width, video.height) * 1e-9 if options.sub_pixel else 0.5,
)
