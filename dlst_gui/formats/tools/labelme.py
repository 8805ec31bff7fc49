"""labelme and X-AnyLabeling: a folder with one JSON file for each image.

`shapes` have a `label`, `points` in **pixels, from edge to edge, the first pixel is 0**, and a `shape_type`:
`rectangle` has two opposite corners, or four as X-AnyLabeling writes it. Other shapes become the enclosing box.
Which image it is, `imagePath` says. `group_id` tells which shapes are one object: X-AnyLabeling's trackers keep
it from image to image, and in labelme the parts of an object that is cut in two share it; parts on one image are
put into one box. Boxes are written with the track's id there. An image without objects has a file without
shapes.

Source: labelme `labelme/_label_file.py`; X-AnyLabeling `docs/en/user_guide.md`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import UNNAMED, AnnotatedVideo, LabelSet
from dlst_gui.formats.labels.windows import FrameWindow, frame_windows
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.image_boxes import NO_TRACK, ImageBoxes
from dlst_gui.formats.reading.image_names import exported_image, image_file, image_stem
from dlst_gui.formats.reading.shapes import enclosing_points
from dlst_gui.formats.syntax.input_files import any_files_under, files_under
from dlst_gui.formats.syntax.json_input import JsonObject, lists_named
from dlst_gui.formats.syntax.json_stream import JsonStream
from dlst_gui.formats.syntax.numbers_out import edges_of, pixel_texts, written_boxes

_SUFFIX = ".json"
_BOXES = ("rectangle",)


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    path.mkdir(parents=True, exist_ok=True)
    video = labels.video
    known = [(json.dumps(track.label, ensure_ascii=False), track.track_id) for track in labels.tracks]
    for window in frame_windows(labels.tracks, video.frames, tick):
        shapes = [*_shape_texts(window, known, options)]
        for index, low, high in window.of_each_frame():
            image = json.dumps(image_file(video, index, options), ensure_ascii=False)
            text = (
                f'{{"version": "5.5.0", "flags": {{}}, "shapes": [{", ".join(shapes[low:high])}], '
                f'"imagePath": {image}, "imageData": null, "imageHeight": {video.height}, '
                f'"imageWidth": {video.width}}}\n'
            )
            (path / f"{image_stem(video, index)}{_SUFFIX}").write_bytes(text.encode())


def _shape_texts(window: FrameWindow, known: list[tuple[str, int]], options: WriteOptions) -> Iterator[str]:
    edges = edges_of(written_boxes(window.boxes_xywh, is_sub_pixel=options.sub_pixel))
    rows = zip(window.tracks.tolist(), *map(pixel_texts, edges.T), strict=True)
    for track, left, top, right, bottom in rows:
        label, track_id = known[track]
        yield (
            f'{{"label": {label}, "points": [[{left}, {top}], [{right}, {bottom}]], "group_id": {track_id}, '
            '"description": "", "shape_type": "rectangle", "flags": {}, "mask": null}'
        )


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
    grouped: dict[tuple[int, str], list[float]] = {}
    for place, shape in enumerate(shapes):
        kind = shape.text("shape_type", "polygon")
        xywh = _box(shape, kind)
        if kind not in _BOXES:
            boxes.report.converted[kind] += 1
        label = shape.text("label", UNNAMED)
        group = shape.whole("group_id", NO_TRACK)
        score = shape.number("score", math.nan) if "score" in shape else math.nan
        known = grouped.get((group, label)) if group >= 0 else None
        if known is not None:
            _put_into(known, xywh)
            boxes.report.note("Shapes of one group on an image were put into one box.")
            continue
        made = [*xywh, score, place]
        grouped[(group, label) if group >= 0 else (NO_TRACK - 1 - place, label)] = made
    for (group, label), made in grouped.items():
        track_id = group if group >= 0 else NO_TRACK
        boxes.add(made[:4], label, place=int(made[5]), track_id=track_id, score=made[4])


def _check_size(path: Path, member: str, value: object, video: AnnotatedVideo) -> None:
    expected = video.width if member == "imageWidth" else video.height
    if isinstance(value, int) and value > 0 and value != expected:
        raise FormatError(path, f"{member} is {value}, the video's frames have {expected}", "top level")


def _box(shape: JsonObject, kind: str) -> tuple[float, float, float, float]:
    points = np.array(shape.pairs("points"), dtype=np.float64).reshape(-1, 2)
    if not len(points):
        raise shape.error("expected points, there are none")
    if kind == "circle" and len(points) == 2:
        radius = float(np.hypot(*(points[1] - points[0])))
        left, top = (points[0] - radius).tolist()
        return left, top, 2 * radius, 2 * radius
    if kind in _BOXES:
        (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        return left, top, right - left, bottom - top
    return enclosing_points(points)


def _put_into(known: list[float], xywh: tuple[float, float, float, float]) -> None:
    """Widen a box to hold another one too."""
    left, top = min(known[0], xywh[0]), min(known[1], xywh[1])
    right = max(known[0] + known[2], xywh[0] + xywh[2])
    bottom = max(known[1] + known[3], xywh[1] + xywh[3])
    known[:4] = [left, top, right - left, bottom - top]


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
    can_hold=Capabilities(Identity.IDS, labels=True, absence=False, occlusion=False, sub_pixel=True),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: 1e-4 if options.sub_pixel else 0.5,
    image_paths=_image_paths,
)
