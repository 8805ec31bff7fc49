"""labelme and X-AnyLabeling: a folder with one JSON file for each image.

`shapes` have a `label`, `points` in **pixels, from edge to edge, the first pixel is 0**, and a `shape_type`:
`rectangle` has two opposite corners, or four as X-AnyLabeling writes it. Other shapes become the enclosing box.
Which image it is, `imagePath` says. `group_id` tells which shapes are one object: X-AnyLabeling's trackers keep
it from image to image, and in labelme the parts of an object that is cut in two share it; parts on one image are
put into one box. Boxes are written with the track's id there. An image without objects has a file without
shapes. Attributes of yes or no are `flags`, others `attributes`, as X-AnyLabeling has them.

Source: labelme `labelme/_label_file.py`; X-AnyLabeling `docs/en/user_guide.md`.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import NO_ATTRIBUTES, UNNAMED, AnnotatedVideo, LabelSet
from dlst_gui.formats.labels.original_shape import (
    ELLIPSE,
    MASK,
    POINTS,
    POLYGON,
    POLYLINE,
    OriginalShape,
    enclosing_points,
    shapes_of,
)
from dlst_gui.formats.labels.said_values import SaidValues
from dlst_gui.formats.labels.windows import FrameWindow, frame_windows
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.image_boxes import NO_TRACK, ImageBoxes
from dlst_gui.formats.reading.image_names import exported_image, image_file, image_stem
from dlst_gui.formats.reading.kept_shapes import KeptShapes
from dlst_gui.formats.syntax.index_png import mask_in_png, png_of
from dlst_gui.formats.syntax.input_files import any_files_under, files_under
from dlst_gui.formats.syntax.json_input import JsonObject, lists_named
from dlst_gui.formats.syntax.json_stream import JsonStream
from dlst_gui.formats.syntax.masks import Xywh, mask_of, mask_pixels
from dlst_gui.formats.syntax.numbers_out import edges_of, pixel_texts, written_boxes

_SUFFIX = ".json"
_BOXES = ("rectangle",)
_Known = tuple[str, int, Mapping[int, OriginalShape]]
_KINDS_OUT = {
    POLYGON: (0, "polygon", "polygon"),
    POLYLINE: (2, "line", "linestrip"),
    POINTS: (1, "point", "points"),
}
"""Of kinds of shapes: how many points one has that has a name of its own, that name, and the name of others."""
_KINDS_IN = {
    **dict.fromkeys(("polygon", "oriented_rectangle", "rotation"), POLYGON),
    **dict.fromkeys(("line", "linestrip"), POLYLINE),
    **dict.fromkeys(("point", "points"), POINTS),
}


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    path.mkdir(parents=True, exist_ok=True)
    video = labels.video
    known: list[_Known] = [
        (
            json.dumps(track.label, ensure_ascii=False),
            track.track_id,
            shapes_of(track.boxes.noted()) if options.sub_pixel else {},
        )
        for track in labels.tracks
    ]
    said = SaidValues(labels)
    for window in frame_windows(labels.tracks, video.frames, tick):
        shapes = [*_shape_texts(window, known, options, said)]
        for index, low, high in window.of_each_frame():
            image = json.dumps(image_file(video, index, options), ensure_ascii=False)
            text = (
                f'{{"version": "5.5.0", "flags": {{}}, "shapes": [{", ".join(shapes[low:high])}], '
                f'"imagePath": {image}, "imageData": null, "imageHeight": {video.height}, '
                f'"imageWidth": {video.width}}}\n'
            )
            (path / f"{image_stem(video, index)}{_SUFFIX}").write_bytes(text.encode())


def _shape_texts(
    window: FrameWindow, known: list[_Known], options: WriteOptions, said: SaidValues
) -> Iterator[str]:
    edges = edges_of(written_boxes(window.boxes_xywh, is_sub_pixel=options.sub_pixel))
    rows = zip(window.tracks.tolist(), window.frame_indices.tolist(), *map(pixel_texts, edges.T), strict=True)
    for track, frame, left, top, right, bottom in rows:
        label, track_id, shapes = known[track]
        shape = shapes.get(frame)
        parts = [] if shape is None else [*_part_texts(shape)]
        if not parts:
            parts = [(f"[[{left}, {top}], [{right}, {bottom}]]", "rectangle", "null")]
        flags, more = _said_texts(said, window, track, frame)
        yield ", ".join(
            f'{{"label": {label}, "points": {points}, "group_id": {track_id}, "description": "", '
            f'"shape_type": "{kind}", "flags": {flags}, "mask": {mask}{more}}}'
            for points, kind, mask in parts
        )


def _said_texts(said: SaidValues, window: FrameWindow, track: int, frame: int) -> tuple[str, str]:
    """Flags, and the other attributes as a member of their own."""
    values = said.typed(window, track, frame)
    flags = {name: value for name, value in values.items() if isinstance(value, bool)}
    texts = {name: value for name, value in said.of(window, track, frame).items() if name not in flags}
    more = f', "attributes": {json.dumps(texts, ensure_ascii=False)}' if texts else ""
    return json.dumps(flags, ensure_ascii=False), more


def _part_texts(shape: OriginalShape) -> Iterator[tuple[str, str, str]]:
    """Points, kind and mask of each part of a shape; none where labelme has none, or its box is another."""
    if shape.box is not None:
        return
    for part in shape.parts:
        points = [[x, y] for x, y in zip(part[0::2], part[1::2], strict=False)]
        mask = "null"
        if shape.kind == ELLIPSE and part[2] == part[3]:
            kind, points = "circle", [[part[0], part[1]], [part[0] + part[2], part[1]]]
        elif shape.kind == MASK:
            left, top, width, height = part[:4]
            kind, points = "mask", [[left, top], [left + width - 1, top + height - 1]]
            pixels = mask_pixels([int(value) for value in part])
            mask = json.dumps(base64.b64encode(png_of(pixels)).decode("ascii"))
        elif shape.kind in _KINDS_OUT:
            few, kind, many = _KINDS_OUT[shape.kind]
            kind = kind if len(points) == few else many
        else:
            return
        yield json.dumps(points), kind, mask


def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    folder, files = (path.parent, [path.name]) if path.is_file() else (path, files_under(path, _SUFFIX, tick))
    if not files:
        raise FormatError(path, "there are no .json files in this folder")
    boxes = ImageBoxes(path, "shape")
    for number, name in enumerate(files):
        tick(number, len(files))
        _take_file(boxes, folder / name, name, video)
    return boxes.labels(video, options, tick)


def _take_file(boxes: ImageBoxes, path: Path, name: str, video: AnnotatedVideo) -> None:
    stream = JsonStream(path)
    image = ""
    shapes: list[JsonObject] = []
    is_known = False
    for member in stream.names("top level"):
        if member == "imagePath":
            image = str(stream.value())
        elif member in {"imageWidth", "imageHeight"}:
            _check_size(path, member, stream.value(), video)
        elif member == "shapes":
            is_known = True
            for first, values in stream.values("shapes"):
                places = enumerate(values, start=first)
                shapes += [JsonObject(path, f"shapes[{at}]", value) for at, value in places]
    stream.finish()
    if not is_known:
        raise FormatError(path, "there is no 'shapes'", "top level")
    boxes.begin_image(image or name)
    grouped: dict[tuple[int, str], _Group] = {}
    for place, shape in enumerate(shapes):
        kind = shape.text("shape_type", "polygon")
        found = _shape(shape, kind)
        if kind not in _BOXES:
            boxes.report.converted[kind] += 1
        label = shape.text("label", UNNAMED)
        group = shape.whole("group_id", NO_TRACK)
        score = shape.number("score", math.nan) if "score" in shape else math.nan
        key = (group, label) if group >= 0 else (NO_TRACK - 1 - place, label)
        if key in grouped:
            boxes.report.note("Shapes of one group on an image were put into one box.")
        made = grouped.setdefault(key, _Group(place, score))
        made.add(found, kind)
        made.said.update({**shape.texts("flags"), **shape.texts("attributes")})
    for (group, label), made in grouped.items():
        attributes = {**made.said, **made.kept(boxes.shapes)}
        track_id = group if group >= 0 else NO_TRACK
        boxes.add(
            made.xywh, label, place=made.place, track_id=track_id, score=made.score, attributes=attributes or None
        )


def _check_size(path: Path, member: str, value: object, video: AnnotatedVideo) -> None:
    expected = video.width if member == "imageWidth" else video.height
    if isinstance(value, int) and value > 0 and value != expected:
        said = f"{member} is {value}, the video's frames have {expected}"
        raise FormatError(path, f"{said}; open the images that were labelled", "top level")


class _Group:
    """The shapes of one object on an image.

    Attributes:
        place: of the first.
        score: of the first.
        xywh: the box around all of them.
        said: flags and attributes of all of them.
    """

    def __init__(self, place: int, score: float) -> None:
        self.place = place
        self.score = score
        self.xywh: list[float] = []
        self.said: dict[str, str] = {}
        self._shapes: list[tuple[OriginalShape | None, str]] = []

    def add(self, found: tuple[Xywh, OriginalShape | None], kind: str) -> None:
        """One more; None: a box."""
        xywh, shape = found
        self._shapes.append((shape, kind))
        if not self.xywh:
            self.xywh = [*xywh]
            return
        left, top = min(self.xywh[0], xywh[0]), min(self.xywh[1], xywh[1])
        right = max(self.xywh[0] + self.xywh[2], xywh[0] + xywh[2])
        bottom = max(self.xywh[1] + self.xywh[3], xywh[1] + xywh[3])
        self.xywh = [left, top, right - left, bottom - top]

    def kept(self, kept: KeptShapes) -> Mapping[str, str]:
        """What stays beside the box: one shape, or several of one kind that may have parts."""
        shapes = [shape for shape, _ in self._shapes if shape is not None]
        if len(shapes) == len(self._shapes) and (
            len(shapes) == 1 or {shape.kind for shape in shapes} in ({POLYGON}, {POLYLINE}, {POINTS})
        ):
            return kept.keep(
                OriginalShape(shapes[0].kind, tuple(part for shape in shapes for part in shape.parts))
            )
        for _, kind in self._shapes:
            if kind not in _BOXES:
                kept.only_box(kind)
        return NO_ATTRIBUTES


def _shape(shape: JsonObject, kind: str) -> tuple[Xywh, OriginalShape | None]:
    """The box around a shape, and the shape where it is no box."""
    points = np.array(shape.pairs("points"), dtype=np.float64).reshape(-1, 2)
    if not len(points):
        raise shape.error("expected points, there are none")
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    if kind in _BOXES:
        return (left, top, right - left, bottom - top), None
    made: OriginalShape | None = None
    if kind == "circle" and len(points) == 2:
        radius = float(np.hypot(*(points[1] - points[0])))
        made = OriginalShape(ELLIPSE, ((*points[0].tolist(), radius, radius),))
    elif kind == "mask" and "mask" in shape and len(points) == 2:
        made = _mask(shape, (left, top, right, bottom))
    elif kind in _KINDS_IN:
        made = OriginalShape(_KINDS_IN[kind], (tuple(points.ravel().tolist()),))
    return (enclosing_points(points) if made is None else made.around()), made


def _mask(shape: JsonObject, edges: tuple[float, float, float, float]) -> OriginalShape | None:
    """A mask, whose points are its first and last pixel; None where it is empty."""
    left, top, right, bottom = (int(value) for value in edges)
    size = (right - left + 1, bottom - top + 1)
    if size[0] * size[1] > limits.MOST_FRAME_PIXELS:
        raise shape.error(f"expected a mask of at most {limits.MOST_FRAME_PIXELS:,} pixels")
    try:
        data = base64.b64decode(shape.text("mask"), validate=True)
    except ValueError as error:
        raise shape.error(f"expected a picture in base64 for 'mask' ({error})") from error
    mask = mask_of(mask_in_png(shape.path, data, size, shape.place), left, top)
    return None if mask is None else OriginalShape(MASK, (tuple(mask),))


def _looks_like(path: Path, tick: Tick = untold) -> bool:
    if path.is_file():
        return bool(lists_named(path, {"shapes"}, without={"images", "annotations"}, tick=tick))
    if not path.is_dir():
        return False
    try:
        first = next(any_files_under(path, _SUFFIX), None)
    except FormatError:
        return False
    return first is not None and _looks_like(path / first, tick)


def _image_paths(labels: LabelSet, position: int, options: WriteOptions) -> tuple[str, ...]:
    return (exported_image(labels, position, options),)


LABELME = Format(
    name="labelme",
    title="labelme, X-AnyLabeling",
    suffix="",
    convention=Convention(
        0,
        Shape.EDGES,
        Unit.PIXELS,
        "by image name, which ends with the frame counted from 0",
        "no shape; a file without shapes where no object is",
        "a ten-thousandth of a pixel",
    ),
    can_hold=Capabilities(
        Identity.IDS,
        labels=True,
        absence=False,
        occlusion=False,
        sub_pixel=True,
        attributes=True,
        shapes=frozenset({POLYGON, POLYLINE, POINTS, ELLIPSE, MASK}),
    ),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: 1e-4 if options.sub_pixel else 0.5,
    image_paths=_image_paths,
)
