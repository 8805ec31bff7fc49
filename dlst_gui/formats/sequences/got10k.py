"""GOT-10k: a folder per object with `groundtruth.txt`, images `00000001.jpg`, and what is known of each frame.

That is `absence.label`, `cover.label`, `cut_by_image.label`, and `meta_info.ini`; `list.txt` has the folders'
names. Left, top, width, height in pixels; **the first pixel is 1** ("All coordinate values are 1-based",
got-10k/toolkit#6). Line n is the n-th image, and images count from 1. `absence.label` is 1 where the object is
absent, whose line is then zeros. `cover.label` is the visible share in eighths: 8 is all of it; how much is
hidden of an occluded object is not known here, 4 stands for it, and anything below 8 is read as occluded.

`meta_info.ini` is read by others by its line numbers, split at ": ", `anno_fps` without its last three letters.
Source: pytracking `ltr/dataset/got10k.py`, VOT toolkit.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import numpy as np

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import (
    OCCLUDED_CODE,
    UNNAMED,
    AnnotatedVideo,
    Gaps,
    LabelledBox,
    LabelSet,
    ObjectTrack,
)
from dlst_gui.formats.labels.windows import FrameRows, track_rows
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.label_builder import LabelBuilder
from dlst_gui.formats.sequences.row_files import flag_at, flags_of, rows_of, tell_of_too_few
from dlst_gui.formats.sequences.row_output import box_lines
from dlst_gui.formats.syntax.input_files import is_there
from dlst_gui.formats.syntax.numbers_out import edges_of, file_stem, plain, whole_rate
from dlst_gui.formats.syntax.text_input import lines_of
from dlst_gui.project.tracks import Visibility
from tracker_core import Box

_FIRST_PIXEL = 1
_FILES = ("groundtruth.txt", "absence.label", "cover.label", "cut_by_image.label")
_ALL_VISIBLE, _HALF_VISIBLE = 8, 4


def folder_names(labels: LabelSet) -> tuple[str, ...]:
    """One folder per track."""
    stem = file_stem(labels.video.name)
    return tuple(f"{stem}_{number:02d}" for number in range(1, len(labels.tracks) + 1))


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    path.mkdir(parents=True, exist_ok=True)
    names = folder_names(labels)
    _put(path / "list.txt", [*names])
    for name, (track, pieces) in zip(names, track_rows(labels, tick), strict=True):
        folder = path / name
        folder.mkdir(exist_ok=True)
        with ExitStack() as opened:
            files = [
                opened.enter_context((folder / each).open("w", encoding="utf-8", newline="\n")) for each in _FILES
            ]
            for rows in pieces:
                for file, texts in zip(files, _columns(rows, labels.video, options), strict=True):
                    file.writelines(texts)
        _put(folder / "meta_info.ini", _meta(labels.video, track))


def _columns(rows: FrameRows, video: AnnotatedVideo, options: WriteOptions) -> tuple[list[str], ...]:
    """A line for each frame, for each of `_FILES`."""
    boxes = rows.columns
    left, top, right, bottom = edges_of(boxes.boxes_xywh).T
    is_cut = (left < 0) | (top < 0) | (right > video.width) | (bottom > video.height)
    cover = np.where(boxes.visibilities == OCCLUDED_CODE, _HALF_VISIBLE, _ALL_VISIBLE)
    return (
        rows.filled(box_lines(boxes, options, first_pixel=_FIRST_PIXEL), "0,0,0,0\n"),
        rows.filled(["0\n"] * len(boxes), "1\n"),
        rows.filled([f"{eighths}\n" for eighths in cover.tolist()], "0\n"),
        rows.filled([f"{cut:d}\n" for cut in is_cut.tolist()], "0\n"),
    )


def _meta(video: AnnotatedVideo, track: ObjectTrack) -> list[str]:
    label = " ".join(track.label.split())
    return [
        "[METAINFO]",
        "url: ",
        f"begin: {plain(video.timestamp_s(int(video.frames[0])), 3) if len(video.frames) else 0}",
        f"end: {plain(video.timestamp_s(int(video.frames[-1])), 3) if len(video.frames) else 0}",
        f"anno_fps: {whole_rate(video.fps)}fps",
        f"object_class: {label}",
        "motion_class: None",
        f"major_class: {label}",
        f"root_class: {label}",
        "motion_adverb: None",
        f"resolution: ({video.width}, {video.height})",
    ]


def _put(path: Path, lines: list[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    built = LabelBuilder(path, video, options=options)
    for track_id, folder in enumerate(_folders(path), start=1):
        absent, cover = flags_of(folder / "absence.label"), flags_of(folder / "cover.label")
        file = folder / "groundtruth.txt"
        part = LabelBuilder(file, video, whole=built)
        part.begin_track(1, _object_class(folder / "meta_info.ini"), place=1)
        rows = 0
        for row in rows_of(file, video, tick, options):
            rows = row.line
            if flag_at(absent, rows) or row.numbers is None or row.numbers[2:] == (0, 0):
                built.report.absent += 1
                continue
            if len(row.numbers) != 4:
                raise FormatError(file, "expected x,y,width,height", f"line {rows}")
            left, top, width, height = row.numbers
            visibility = Visibility.VISIBLE if flag_at(cover, rows, 8) == 8 else Visibility.OCCLUDED
            made = LabelledBox(row.frame_index, Box(left - 1, top - 1, width, height), visibility=visibility)
            part.add(1, made, place=rows)
        built.take(track_id, part)
        tell_of_too_few(built.report, file, rows, video)
    return built.labels(Gaps.ABSENT)


def _folders(path: Path) -> list[Path]:
    if path.is_file():
        return [path.parent]
    if (path / "groundtruth.txt").is_file():
        return [path]
    folders = sorted(file.parent for file in path.glob("*/groundtruth.txt"))
    if not folders:
        raise FormatError(path, "there is no groundtruth.txt in this folder or those in it")
    return folders


def _object_class(path: Path) -> str:
    if not is_there(path):
        return UNNAMED
    for _, line in lines_of(path):
        name, _, value = line.partition(":")
        if name.strip() == "object_class":
            return value.strip() or UNNAMED
    return UNNAMED


def _looks_like(path: Path, _tick: Tick = untold) -> bool:
    folder = path.parent if path.is_file() and path.name == "groundtruth.txt" else path
    if not folder.is_dir():
        return False
    marks = [folder / "meta_info.ini", folder / "absence.label", *folder.glob("*/absence.label")]
    return any(mark.is_file() for mark in marks)


def _image_paths(labels: LabelSet, position: int, options: WriteOptions) -> tuple[str, ...]:
    return tuple(f"{name}/{position + 1:08d}{options.suffix}" for name in folder_names(labels))


GOT10K = Format(
    name="got10k",
    title="GOT-10k",
    suffix="",
    convention=Convention(
        1,
        Shape.LEFT_TOP_SIZE,
        Unit.PIXELS,
        "line 1 is the first frame exported",
        "a line of zeros, and 1 in absence.label",
        "a ten-thousandth of a pixel",
        is_renumbered=True,
    ),
    can_hold=Capabilities(Identity.ORDER, labels=True, absence=True, occlusion=True, sub_pixel=True),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: 1e-4 if options.sub_pixel else 0.5,
    image_paths=_image_paths,
)
