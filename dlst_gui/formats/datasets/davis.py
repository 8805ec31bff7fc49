"""DAVIS and its kin (YouTube-VOS, MOSE, LVOS): a folder of PNG files, one for each frame; read only.

Each pixel is the number of an object, its place in the picture's palette; 0 is the background. Pictures are named
like the frames. The box around an object's pixels is its box, in pixels, the first being 0; its mask stays beside
it. In a palette 255 is "not labelled", as in Pascal VOC; in pictures of grey without a palette, as DAVIS 2016 has
them, 0 and 255 are background and object. A frame without a picture is not labelled.

Sources: davis2017-evaluation `davis2017/davis.py` (objects are numbers in the palette; 255 is void);
YouTube-VOS' page of its data set ("the index of an object is its place in the palette").
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Convention, LabelReader, Shape, Unit
from dlst_gui.formats.labels.model import UNNAMED, AnnotatedVideo, LabelSet
from dlst_gui.formats.labels.original_shape import MASK, OriginalShape
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.image_boxes import ImageBoxes
from dlst_gui.formats.syntax.index_png import index_pixels, is_black_and_white, png_mode
from dlst_gui.formats.syntax.input_files import any_files_under, files_under
from dlst_gui.formats.syntax.masks import mask_box, mask_of

_SUFFIX = ".png"
_VOID = 255
_LISTED, _LOOKED_AT = 1000, 3
"""Files of a folder whose names and whose pixels are looked at, to tell what it is."""


def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    folder, names = (path.parent, [path.name]) if path.is_file() else (path, files_under(path, _SUFFIX, tick))
    if not names:
        raise FormatError(path, "there are no .png files in this folder")
    boxes = ImageBoxes(path, "picture")
    voids = 0
    for number, name in enumerate(names):
        tick(number, len(names))
        boxes.begin_image(name)
        pixels = index_pixels(folder / name, (video.width, video.height))
        objects = np.flatnonzero(np.bincount(pixels.ravel(), minlength=_VOID + 1)[1:]) + 1
        if objects.tolist() == [_VOID] and png_mode(folder / name) != "P":
            objects, pixels = np.array([1]), np.minimum(pixels, 1)
        voids += _VOID in objects
        for at in objects[objects != _VOID].tolist():
            _take(boxes, pixels, at, number + 1)
    if voids:
        boxes.report.note(f"In {voids:,} pictures some pixels have the number 255: they belong to no object.")
    return boxes.labels(video, options, tick)


def _take(boxes: ImageBoxes, pixels: NDArray[np.uint8], number: int, place: int) -> None:
    mask = mask_of(pixels == number)
    around = None if mask is None else mask_box(mask)
    if mask is None or around is None:
        return
    boxes.report.converted[MASK] += 1
    kept = boxes.shapes.keep(OriginalShape(MASK, (tuple(mask),)))
    boxes.add(around, UNNAMED, place=place, track_id=number, attributes=kept or None)


def _looks_like(path: Path, _tick: Tick = untold) -> bool:
    """A folder of PNG files with a palette, or in which black and white are all there is, and nothing else."""
    if not path.is_dir():
        return False
    try:
        names = [*islice(any_files_under(path, ""), _LISTED)]
    except FormatError:
        return False
    pictures = [name for name in names if name.lower().endswith(_SUFFIX)]
    others = {name for name in names if not name.lower().endswith((_SUFFIX, ".txt", ".md", ".ds_store"))}
    if not pictures or others:
        return False
    return all(_is_mask(path / name) for name in sorted(pictures)[:_LOOKED_AT])


def _is_mask(path: Path) -> bool:
    return png_mode(path) in {"P", "1"} or is_black_and_white(path)


DAVIS = LabelReader(
    name="davis",
    title="DAVIS, YouTube-VOS masks",
    convention=Convention(
        0, Shape.LEFT_TOP_SIZE, Unit.PIXELS, "by the name of the picture", "no pixel of it", "whole pixels"
    ),
    read=_read,
    looks_like=_looks_like,
)
