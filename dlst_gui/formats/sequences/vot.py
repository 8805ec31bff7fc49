"""VOT, rectangles: `groundtruth.txt`, `sequence` and images `color/00000001.jpg`.

Several objects are `groundtruth_<id>.txt`. Left, top, width, height in pixels, **the first pixel is 0** ("origin
in the top-left corner with coordinates 0,0"). Line n is the n-th image, and images count from 1. A frame without
the object is a line of NaN, which the toolkit reads as unknown. `occlusion.tag` has a 1 or a 0 per line. A line
of six or more numbers is a polygon and one that begins with `m` a mask, of which the enclosing rectangle is taken;
a single number is a code for "nothing". Frames per second in `sequence` are whole: the toolkit takes others for
unknown.

Sources: vot-toolkit `sequence/index.md`; toolkit `vot/region/io.py`, `vot/dataset/common.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import (
    NO_ATTRIBUTES,
    OCCLUDED_CODE,
    UNNAMED,
    AnnotatedVideo,
    Gaps,
    LabelledBox,
    LabelSet,
)
from dlst_gui.formats.labels.original_shape import POLYGON, OriginalShape, enclosing_points
from dlst_gui.formats.labels.windows import track_rows
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.kept_shapes import KeptShapes
from dlst_gui.formats.reading.label_builder import LabelBuilder
from dlst_gui.formats.sequences.row_files import flag_at, flags_of, rows_of, tell_of_too_few
from dlst_gui.formats.sequences.row_output import box_lines, flags_for
from dlst_gui.formats.syntax.numbers_out import file_stem, whole_rate
from dlst_gui.formats.syntax.text_input import first_line, words_of
from dlst_gui.project.tracks import Visibility
from tracker_core import Box

_UNKNOWN = "nan,nan,nan,nan\n"


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    path.mkdir(parents=True, exist_ok=True)
    video = labels.video
    channel = f"color/%08d{options.suffix}"
    described = (
        f"[metadata]\nname={file_stem(video.name)}\nfps={whole_rate(video.fps)}\nwidth={video.width}\n"
        f"height={video.height}\nlength={len(video.frames)}\nformat=default\nchannel.default=color\n"
        f"channels.color={channel}\n"
    )
    _put(path / "sequence", described)
    for track, pieces in track_rows(labels, tick):
        ending = "" if len(labels.tracks) == 1 else f"_{track.track_id}"
        flags: list[str] = []
        with (path / f"groundtruth{ending}.txt").open("w", encoding="utf-8", newline="\n") as file:
            for rows in pieces:
                file.writelines(rows.filled(box_lines(rows.columns, options), _UNKNOWN))
                flags += rows.filled(flags_for(rows.columns.visibilities == OCCLUDED_CODE), "0")
        if "1" in flags:
            _put(path / f"occlusion{ending}.tag", "".join(f"{flag}\n" for flag in flags))


def _put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    folder = path if path.is_dir() else path.parent
    built = LabelBuilder(path, video, options=options)
    shapes = KeptShapes(built.report)
    for track_id, file in enumerate(_files(path), start=1):
        ending = file.stem.removeprefix("groundtruth")
        given = int(ending[1:]) if ending[1:].isdecimal() else track_id
        occluded = flags_of(folder / f"occlusion{ending}.tag")
        part = LabelBuilder(file, video, whole=built)
        part.begin_track(1, UNNAMED, place=1)
        count = 0
        for row in rows_of(file, video, tick, options):
            count = row.line
            if row.numbers is None:
                built.report.absent += 1
                continue
            shape = row.shape or ("" if len(row.numbers) == 4 else POLYGON)
            said: Mapping[str, str] = NO_ATTRIBUTES
            if shape:
                built.report.converted[shape] += 1
                said = shapes.keep(OriginalShape(shape, (row.mask or row.numbers,)))
            visibility = Visibility.OCCLUDED if flag_at(occluded, row.line) else Visibility.VISIBLE
            made = LabelledBox(row.frame_index, _box(row.numbers), visibility=visibility, attributes=said)
            part.add(1, made, place=row.line)
        built.take(given, part)
        tell_of_too_few(built.report, file, count, video)
    return built.labels(Gaps.ABSENT)


def _files(path: Path) -> list[Path]:
    if path.is_file() and path.name != "sequence":
        return [path]
    folder = path if path.is_dir() else path.parent
    files = [file for file in folder.glob("groundtruth*.txt") if not file.name.startswith("groundtruth_rect")]
    if not files:
        raise FormatError(path, "there is no groundtruth.txt in this folder")
    return sorted(files, key=lambda file: (len(file.name), file.name))


def _box(numbers: tuple[float, ...]) -> Box:
    if len(numbers) == 4:
        return Box(*numbers)
    return Box(*enclosing_points(np.reshape(numbers, (-1, 2))))


def _looks_like(path: Path, _tick: Tick = untold) -> bool:
    if path.is_file():
        numbers = len(words_of(first_line(path)))
        # GOT-10k and LaSOT have files of the same name; what lies beside them tells which.
        is_other = any(path.with_name(name).exists() for name in ("meta_info.ini", "full_occlusion.txt"))
        return path.name.startswith("groundtruth") and "_rect" not in path.name and numbers >= 4 and not is_other
    return (path / "sequence").is_file() and any(path.glob("groundtruth*.txt"))


def _image_paths(_labels: LabelSet, position: int, options: WriteOptions) -> tuple[str, ...]:
    return (f"color/{position + 1:08d}{options.suffix}",)


VOT = Format(
    name="vot",
    title="VOT, rectangles",
    suffix="",
    convention=Convention(
        0,
        Shape.LEFT_TOP_SIZE,
        Unit.PIXELS,
        "line 1 is the first frame exported",
        "a line of NaN",
        "a ten-thousandth of a pixel",
        is_renumbered=True,
    ),
    can_hold=Capabilities(Identity.ORDER, labels=False, absence=False, occlusion=True, sub_pixel=True),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: 1e-4 if options.sub_pixel else 0.5,
    image_paths=_image_paths,
)
