"""OTB: `Seq/groundtruth_rect.txt`, one line per frame; several objects are `groundtruth_rect.1.txt`, `.2.txt`.

Left, top, width, height in pixels; **the first pixel is 1**. Line n is the n-th image, and images count from 1
(`img/0001.jpg`). The benchmark's own files hold whole pixels, separated by commas or by tabs; readers split on
either. A frame without the object is a line of zeros: the toolkit leaves out lines that are not all positive.

Sources: votchallenge/toolkit `vot/dataset/otb.py`; the benchmark's `run_BSBT.m` ("init_rect(1)-1; %matlab to
c").
"""

from __future__ import annotations

import re
from pathlib import Path

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import UNNAMED, AnnotatedVideo, Gaps, LabelledBox, LabelSet
from dlst_gui.formats.labels.windows import track_rows
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.label_builder import LabelBuilder
from dlst_gui.formats.sequences.row_files import rows_of, tell_of_too_few
from dlst_gui.formats.sequences.row_output import box_lines
from dlst_gui.formats.syntax.text_input import first_line, words_of
from tracker_core import Box

_FIRST_PIXEL = 1
_ABSENT_LINE = "0,0,0,0\n"
_FILE_SUFFIX = ".txt"


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    for file_path, (_, pieces) in zip(_files_for(labels, path), track_rows(labels, tick), strict=True):
        with file_path.open("w", encoding="utf-8", newline="\n") as file:
            for rows in pieces:
                file.writelines(
                    rows.filled(box_lines(rows.columns, options, first_pixel=_FIRST_PIXEL), _ABSENT_LINE)
                )


def _files_for(labels: LabelSet, path: Path) -> list[Path]:
    count = len(labels.tracks)
    if path.suffix.lower() == _FILE_SUFFIX:
        if count > 1:
            raise FormatError(path, f"an OTB file holds one object, and there are {count}; name a folder instead")
        return [path]
    path.mkdir(parents=True, exist_ok=True)
    return [path / f"groundtruth_rect.{'' if count == 1 else f'{n}.'}txt" for n in range(1, count + 1)]


def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    built = LabelBuilder(path, video, options=options)
    for track_id, file in enumerate(_files(path), start=1):
        part = LabelBuilder(file, video, whole=built)
        part.begin_track(1, UNNAMED, place=1)
        rows = _read_rows(file, video, part, tick, options)
        tell_of_too_few(built.report, file, rows, video)
        built.take(track_id, part)
    return built.labels(Gaps.ABSENT)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    single = path / "groundtruth_rect.txt"
    several = [file for file in path.glob("groundtruth_rect.*.txt") if re.search(r"\.\d+\.txt$", file.name)]
    if single.is_file():
        return [single]
    if not several:
        raise FormatError(path, "there is no groundtruth_rect.txt in this folder")
    return sorted(several, key=lambda file: int(file.name.split(".")[-2]))


def _read_rows(path: Path, video: AnnotatedVideo, built: LabelBuilder, tick: Tick, options: ReadOptions) -> int:
    line = 0
    for row in rows_of(path, video, tick, options):
        line = row.line
        if row.numbers is None or row.numbers[2:] == (0, 0):
            built.report.absent += 1
            continue
        if len(row.numbers) != 4:
            raise FormatError(path, f"expected x,y,width,height, got {len(row.numbers)} numbers", f"line {line}")
        left, top, width, height = row.numbers
        box = Box(left - _FIRST_PIXEL, top - _FIRST_PIXEL, width, height)
        built.add(1, LabelledBox(row.frame_index, box), place=line)
    return line


def _looks_like(path: Path, _tick: Tick = untold) -> bool:
    if path.is_dir():
        first = next(iter(sorted(path.glob("groundtruth_rect*.txt"))), None)
        # TLP has six columns in a file of this name; without a first line there is nothing to tell it by.
        return first is not None and len(words_of(first_line(first))) in {0, 1, 4}
    return "groundtruth_rect" in path.name and len(words_of(first_line(path))) == 4


def _image_paths(_labels: LabelSet, position: int, options: WriteOptions) -> tuple[str, ...]:
    return (f"img/{position + 1:04d}{options.suffix}",)


OTB = Format(
    name="otb",
    title="OTB",
    suffix="",
    convention=Convention(
        1,
        Shape.LEFT_TOP_SIZE,
        Unit.PIXELS,
        "line 1 is the first frame exported",
        "a line of zeros",
        "a ten-thousandth of a pixel, or whole pixels as in the benchmark",
        is_renumbered=True,
    ),
    can_hold=Capabilities(Identity.ORDER, labels=False, absence=False, occlusion=False, sub_pixel=True),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: 1e-4 if options.sub_pixel else 0.5,
    image_paths=_image_paths,
    file_suffix=_FILE_SUFFIX,
)
