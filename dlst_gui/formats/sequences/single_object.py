"""Benchmarks of single objects that are read only: TLP, UAV123 and TrackingNet, one file each.

* TLP: `groundtruth_rect.txt` with rows `frame,left,top,width,height,lost`, frames from 1; lost is 1 where the
  object is out of sight. The first pixel is taken as 0: no source was found that says.
* UAV123: `anno/UAV123/<name>.txt`, one row `left,top,width,height` for each frame, NaN where the object is
  absent. The first pixel is taken as 1, as in OTB, whose MATLAB toolkit it is evaluated with; no source was found
  that says.
* TrackingNet: `anno/<name>.txt`, one row `left,top,width,height` for each frame; in its test set only the first.
  The first pixel is taken as 0, as boxes begin with 0 at the image's edge; no source was found that says.

The two latter look alike; folders of these names tell them apart.

Sources: for columns and frames pytracking's `evaluation/trackingnetdataset.py` and `uavdataset.py`, and a loader
of TLP for it (`tlpdataset.py`: columns 1 to 4, visible where the last is 0, images from `00001.jpg`); all of them
take the numbers as they are. UAV123's `ReadMe.txt` for NaN.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Convention, LabelReader, Read, Shape, Unit
from dlst_gui.formats.labels.model import UNNAMED, AnnotatedVideo, Gaps, LabelledBox, LabelSet
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.frame_numbers import FrameNumbers, read_by_evidence
from dlst_gui.formats.reading.label_builder import LabelBuilder
from dlst_gui.formats.sequences.row_files import rows_of, tell_of_too_few
from dlst_gui.formats.syntax.number_table import number_table
from dlst_gui.formats.syntax.text_input import lines_of, number_in, whole_in, words_of
from tracker_core import Box

_TLP_FILE = "groundtruth_rect.txt"


@read_by_evidence
def _read_tlp(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    file = path / _TLP_FILE if path.is_dir() else path
    built = LabelBuilder(file, video, options=options)
    numbers = FrameNumbers(1, video.frame_count, options)
    for line, words in _tlp_rows(file, tick):
        place = f"line {line}"
        index = numbers.index(whole_in(file, place, words[0], "frame"))
        box = Box(*(number_in(file, place, word, "a box") for word in words[1:5]))
        if words[5] == "1":
            built.report.absent += 1
        else:
            built.add(1, LabelledBox(index, box), place=line, label=UNNAMED)
    numbers.finish(built.report)
    return built.labels(Gaps.ABSENT, tick=tick)


def _tlp_rows(file: Path, tick: Tick) -> Iterator[tuple[int, list[str]]]:
    for line, text in lines_of(file, tick):
        words = words_of(text)
        if len(words) != 6 or words[5] not in {"0", "1"}:
            raise FormatError(file, "expected frame,left,top,width,height,lost", f"line {line}")
        yield line, words


def _is_tlp(path: Path, _tick: Tick = untold) -> bool:
    file = path / _TLP_FILE if path.is_dir() else path
    table = number_table(file) if file.is_file() else None
    if table is None or table.shape[1] != 6:
        return False
    frames, lost = table[:, 0], table[:, 5]
    return bool((frames == np.arange(1, len(frames) + 1)).all() and np.isin(lost, (0, 1)).all())


def _reading(first_pixel: int) -> Read:
    """A reader of one row for each frame."""

    def read(
        path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS, /
    ) -> LabelSet:
        built = LabelBuilder(path, video, options=options)
        built.begin_track(1, UNNAMED, place=1)
        line = 0
        for row in rows_of(path, video, tick, options):
            line = row.line
            if row.numbers is None or row.numbers[2:] == (0, 0):
                built.report.absent += 1
                continue
            if len(row.numbers) != 4:
                raise FormatError(path, "expected left,top,width,height", f"line {line}")
            left, top, width, height = row.numbers
            box = Box(left - first_pixel, top - first_pixel, width, height)
            built.add(1, LabelledBox(row.frame_index, box), place=line)
        tell_of_too_few(built.report, path, line, video)
        return built.labels(Gaps.ABSENT, tick=tick)

    return read


def _is_one_box_a_row(path: Path) -> bool:
    table = number_table(path, with_nan=True) if path.is_file() and path.suffix.lower() == ".txt" else None
    return table is not None and table.shape[1] == 4


def _is_uav123(path: Path, _tick: Tick = untold) -> bool:
    return path.parent.name.upper().startswith(("UAV123", "UAV20L")) and _is_one_box_a_row(path)


def _is_trackingnet(path: Path, _tick: Tick = untold) -> bool:
    return path.parent.name == "anno" and _is_one_box_a_row(path)


TLP = LabelReader(
    name="tlp",
    title="TLP",
    convention=Convention(
        0, Shape.LEFT_TOP_SIZE, Unit.PIXELS, "counted from 1", "a 1 in the last column", "as it is written"
    ),
    read=_read_tlp,
    looks_like=_is_tlp,
)

UAV123 = LabelReader(
    name="uav123",
    title="UAV123",
    convention=Convention(
        1, Shape.LEFT_TOP_SIZE, Unit.PIXELS, "line 1 is the first frame", "a line of NaN", "as it is written"
    ),
    read=_reading(1),
    looks_like=_is_uav123,
)

TRACKINGNET = LabelReader(
    name="trackingnet",
    title="TrackingNet",
    convention=Convention(
        0, Shape.LEFT_TOP_SIZE, Unit.PIXELS, "line 1 is the first frame", "no line", "as it is written"
    ),
    read=_reading(0),
    looks_like=_is_trackingnet,
)
