"""VIAME's CSV, which DIVE reads and exports: one row for each box of each frame.

`id,video or image,frame,left,top,right,bottom,confidence,length`, then pairs of a label and its confidence, then
attributes such as `(atr) ...`, of which only `(poly) x y x y ...` is read. Edges in pixels, the first pixel is 0;
frames count **from 0**. Lines that begin with `#` are comments. In a folder of images the second column names the
image, of a video it is the time. A confidence is a share: other scores are not written, and 1 is written and read
for none.

Source: Kitware/dive `docs/DataFormats.md`; VIAME "Detection File Conversions".
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import NO_ATTRIBUTES, UNNAMED, AnnotatedVideo, Gaps, LabelledBox, LabelSet
from dlst_gui.formats.labels.original_shape import POLYGON, OriginalShape, shapes_of
from dlst_gui.formats.labels.windows import frame_windows
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.frame_numbers import FrameNumbers, read_by_evidence
from dlst_gui.formats.reading.image_names import found_in_folder, image_file
from dlst_gui.formats.reading.kept_shapes import KeptShapes
from dlst_gui.formats.reading.label_builder import LabelBuilder, thinned
from dlst_gui.formats.syntax.numbers_out import csv_cell, edges_of, pixel_texts, plain, written_boxes
from dlst_gui.formats.syntax.row_blocks import check_columns
from dlst_gui.formats.syntax.text_input import finite, lines_of, number_in, whole_in
from tracker_core import Box

_FIXED = 9
"""Cells before the labels."""
_HEADER = (
    "# 1: Detection or Track-id,2: Video or Image Identifier,3: Unique Frame Identifier,4-7: Img-bbox(TL_x,TL_y,"
    "BR_x,BR_y),8: Detection or Length Confidence,9: Target Length (0 or -1 if invalid),10-11+: Repeated Species,"
    "Confidence Pairs or Attributes"
)
_POLYGON = "(poly) "
_TAG = re.compile(r"\((?:atr|trk-atr|kp|poly|hole|note|mask)\)")


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    video = labels.video
    known = [(track.track_id, csv_cell(track.label)) for track in labels.tracks]
    shapes = [shapes_of(track.boxes.noted()) if options.sub_pixel else {} for track in labels.tracks]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f'{_HEADER}\n# metadata,fps: {plain(video.fps, 6)},"exported_by: ""dlst"""\n')
        for window in frame_windows(labels.tracks, video.frames, tick):
            edges = edges_of(written_boxes(window.boxes_xywh, is_sub_pixel=options.sub_pixel))
            shares = np.where((window.scores >= 0) & (window.scores < 1), window.scores, 1.0)
            rows = zip(
                window.frame_indices.tolist(),
                window.tracks.tolist(),
                *map(pixel_texts, edges.T),
                (plain(share, 6) for share in shares.tolist()),
                strict=True,
            )
            for frame, track, left, top, right, bottom, share in rows:
                track_id, label = known[track]
                polygon = _polygon_text(shapes[track].get(frame))
                file.write(
                    f"{track_id},{_image(video, frame, options)},{frame},{left},{top},{right},{bottom},{share},-1,"
                    f"{label},{share}{polygon}\n"
                )


def _image(video: AnnotatedVideo, frame: int, options: WriteOptions) -> str:
    """What the second column says: the image, or when the frame is shown."""
    if video.image_names is not None:
        return csv_cell(image_file(video, frame, options))
    microseconds = round(video.timestamp_s(frame) * 1e6)
    minutes, rest = divmod(microseconds, 60_000_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest / 1e6:09.6f}"


def _polygon_text(shape: OriginalShape | None) -> str:
    """The cells of polygons; nothing where the shape is another."""
    if shape is None or shape.kind != POLYGON:
        return ""
    return "".join(f",(poly) {' '.join(plain(value, 4) for value in part)}" for part in shape.parts)


@read_by_evidence
def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    built = LabelBuilder(path, video, options=options, first_id=0)
    kept = KeptShapes(built.report)
    numbers = FrameNumbers(0, video.frame_count, options)
    named = None
    if video.image_names is not None and options.first_frame is None and options.step == 1:
        images = dict.fromkeys(cells[1] for _, cells in _rows(path))
        named = found_in_folder(path, [*images], video, built.report)
    for line, cells in _rows(path, tick):
        place = f"line {line}"
        number = whole_in(path, place, cells[2], "frame")
        index = named[cells[1]] if named is not None else numbers.index(number)
        left, top, right, bottom = (number_in(path, place, cell, "a box") for cell in cells[3:7])
        label, confidence = _best(cells[_FIXED:])
        xywh = (left, top, right - left, bottom - top)
        said = _polygon(cells[_FIXED:], xywh, kept)
        made = LabelledBox(index, Box(*xywh), score=confidence, attributes=said)
        built.add(whole_in(path, place, cells[0], "id"), made, place=line, label=label)
    if named is None:
        numbers.finish(built.report)
    return thinned(built.labels(Gaps.ABSENT, tick=tick))


def _best(cells: list[str]) -> tuple[str, float]:
    """The likeliest label, and how likely it is; one that is certain has no score."""
    pairs = []
    for label, confidence in zip(cells[0::2], cells[1::2], strict=False):
        value = finite(confidence)
        if _TAG.match(label) or value is None:
            break
        pairs.append((value, label))
    if not pairs:
        return UNNAMED, math.nan
    value, label = max(pairs, key=lambda pair: pair[0])
    return label or UNNAMED, math.nan if value >= 1 else value


def _polygon(cells: list[str], xywh: tuple[float, ...], kept: KeptShapes) -> Mapping[str, str]:
    """The polygons of a row, as the shape that its box stands for."""
    texts = [cell.removeprefix(_POLYGON).split() for cell in cells if cell.startswith(_POLYGON)]
    parts = [tuple(value for word in words if (value := finite(word)) is not None) for words in texts]
    if not texts:
        return NO_ATTRIBUTES
    if any(
        len(part) != len(words) or len(part) < 6 or len(part) % 2 for part, words in zip(parts, texts, strict=True)
    ):
        return kept.only_box(POLYGON)
    return kept.keep(OriginalShape(POLYGON, tuple(parts)).in_box(xywh))


def _rows(path: Path, tick: Tick = untold) -> Iterator[tuple[int, list[str]]]:
    for number, line in lines_of(path, tick):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        check_columns(path, number, line)
        try:
            cells = next(csv.reader([line], strict=True), [])
            # Labels keep their blanks.
            cells = [cell if at == _FIXED else cell.strip() for at, cell in enumerate(cells)]
        except csv.Error as error:
            raise FormatError(path, f"expected fields separated by commas ({error})", f"line {number}") from error
        if len(cells) < _FIXED:
            problem = f"expected at least {_FIXED} fields separated by commas, got {shortly(line)}"
            raise FormatError(path, problem, f"line {number}")
        yield number, cells


def _looks_like(path: Path, _tick: Tick = untold) -> bool:
    if not path.is_file() or path.suffix.lower() != ".csv":
        return False
    try:
        found = next(_rows(path), None)
    except FormatError:
        return False
    if found is None:
        return False
    cells = found[1]
    has_numbers = all(finite(cell) is not None for cell in (cells[0], *cells[2:_FIXED]))
    # Those without a label are known by the comment that heads them.
    return has_numbers and (found[0] > 1 or (len(cells) > _FIXED + 1 and finite(cells[_FIXED]) is None))


VIAME_CSV = Format(
    name="viame-csv",
    title="VIAME CSV, DIVE",
    suffix=".csv",
    convention=Convention(0, Shape.EDGES, Unit.PIXELS, "counted from 0", "no row", "a ten-thousandth of a pixel"),
    can_hold=Capabilities(
        Identity.IDS, labels=True, absence=False, occlusion=False, sub_pixel=True, shapes=frozenset({POLYGON})
    ),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: 1e-4 if options.sub_pixel else 0.5,
)
