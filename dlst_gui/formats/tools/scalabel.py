"""Scalabel and BDD100K: one JSON file, a list of frames with their labels.

A `box2d` has x1, y1, x2, y2 in pixels: **first and last pixel, both included, the first pixel is 0**, so a width
is x2 - x1 + 1; fractions are allowed. `frameIndex` counts **from 0**; BDD100K's names of images count from 1. A
frame names its `videoName`, a label its `category` and an `id` that is one object's through the video, of digits
in text. Where there is no `box2d`, polygons (`poly2d`) and masks (`rle`, COCO's compressed counts) become the
enclosing box; three-dimensional boxes alone are skipped. A frame without objects has no labels. What is not known
is written as null: scalabel with pydantic 2 wants to be told.

Source: scalabel `label/transforms.py` (`box2d_to_bbox`), `label/typing.py`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import NO_ATTRIBUTES, OCCLUDED_CODE, AnnotatedVideo, LabelSet
from dlst_gui.formats.labels.original_shape import MASK, POLYGON, POLYLINE, OriginalShape, shapes_of
from dlst_gui.formats.labels.said_values import SaidValues, others_of
from dlst_gui.formats.labels.windows import FrameWindow, frame_windows
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.file_parts import FilePart, chosen_part
from dlst_gui.formats.reading.frame_numbers import FrameNumbers, read_by_evidence
from dlst_gui.formats.reading.image_boxes import ImageBoxes
from dlst_gui.formats.reading.image_names import exported_image, image_file
from dlst_gui.formats.reading.kept_shapes import counts_in
from dlst_gui.formats.syntax.json_input import JsonObject, lists_named
from dlst_gui.formats.syntax.json_stream import JsonStream
from dlst_gui.formats.syntax.masks import coco_box, coco_from_mask, coco_text
from dlst_gui.formats.syntax.numbers_out import file_stem, pixel_texts, written_boxes

_Known = tuple[int, str, Mapping[int, OriginalShape]]
_NO_SHAPE = '"poly2d": null, "rle": null'


_OWN = frozenset({"occluded", "crowd"})
"""Attributes that stand for something else."""


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    video = labels.video
    title = json.dumps(file_stem(video.name), ensure_ascii=False)
    known: list[_Known] = [
        (
            track.track_id,
            json.dumps(track.label, ensure_ascii=False),
            shapes_of(track.boxes.noted()) if options.sub_pixel else {},
        )
        for track in labels.tracks
    ]
    unsaid = {"subcategories": None, "color": None}
    categories = ", ".join(
        json.dumps({"name": name, **unsaid}, ensure_ascii=False) for name in labels.label_names()
    )
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write('{"frames": [')
        between = "\n"
        said = SaidValues(labels, _OWN)
        for window in frame_windows(labels.tracks, video.frames, tick):
            texts = [*_label_texts(window, known, video, options, said)]
            for index, low, high in window.of_each_frame():
                name = json.dumps(image_file(video, index, options), ensure_ascii=False)
                file.write(
                    f'{between}{{"name": {name}, "url": null, "videoName": {title}, "frameIndex": {index}, '
                    f'"labels": [{", ".join(texts[low:high])}]}}'
                )
                between = ",\n"
        size = f'{{"width": {video.width}, "height": {video.height}}}'
        file.write(
            f'\n],\n"config": {{"imageSize": {size}, "attributes": null, "categories": [{categories}], '
            '"poseSigmas": null}}\n'
        )


def _label_texts(
    window: FrameWindow, known: list[_Known], video: AnnotatedVideo, options: WriteOptions, said: SaidValues
) -> Iterator[str]:
    boxes = written_boxes(window.boxes_xywh, is_sub_pixel=options.sub_pixel)
    last = boxes[:, :2] + boxes[:, 2:] - 1
    rows = zip(
        window.tracks.tolist(),
        window.frame_indices.tolist(),
        (window.visibilities == OCCLUDED_CODE).tolist(),
        *map(pixel_texts, (boxes[:, 0], boxes[:, 1], last[:, 0], last[:, 1])),
        strict=True,
    )
    for track, frame, is_occluded, x1, y1, x2, y2 in rows:
        track_id, label, shapes = known[track]
        occluded = "true" if is_occluded else "false"
        shape = _shape_text(shapes[frame], video) if frame in shapes else _NO_SHAPE
        yield (
            f'{{"id": "{track_id}", "category": {label}, "attributes": {{"occluded": {occluded}'
            f"{said.members(window, track, frame)}}}, "
            f'"box2d": {{"x1": {x1}, "y1": {y1}, "x2": {x2}, "y2": {y2}}}, "box3d": null, {shape}, "graph": null}}'
        )


def _shape_text(shape: OriginalShape, video: AnnotatedVideo) -> str:
    if shape.kind == MASK:
        counts = coco_from_mask([int(value) for value in shape.parts[0]], (video.width, video.height))
        rle = {"counts": coco_text(counts), "size": [video.height, video.width]}
        return f'"poly2d": null, "rle": {json.dumps(rle)}'
    if shape.kind not in {POLYGON, POLYLINE}:
        return _NO_SHAPE
    polygons = [
        {
            "vertices": [*zip(part[0::2], part[1::2], strict=True)],
            "types": "L" * (len(part) // 2),
            "closed": shape.kind == POLYGON,
        }
        for part in shape.parts
    ]
    return f'"poly2d": {json.dumps(polygons)}, "rle": null'


@read_by_evidence
def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    boxes = ImageBoxes(path, "label")
    names = dict.fromkeys(frame.text("videoName", "") for frame in _frames(path, tick))
    parts = [FilePart(name, (name,)) for name in names] or [FilePart("", ())]
    chosen = chosen_part(path, parts, video, options, boxes.report)
    numbers = FrameNumbers(0, video.frame_count, options)
    indices: dict[str, int] = {}
    has_indices, others, place = True, 0, 0
    for frame in _frames(path, tick):
        if frame.text("videoName", "") != chosen.key:
            others += 1
            continue
        _check_size(frame, video)
        name = frame.text("name")
        boxes.begin_image(name)
        has_indices &= "frameIndex" in frame
        if "frameIndex" in frame:
            indices[name] = numbers.index(frame.whole("frameIndex"))
        for label in frame.objects("labels", may_miss=True):
            _take(boxes, label, video, place)
            place += 1
    if others:
        boxes.report.note(f"Frames of other videos in the file, which were not read: {others:,}.")
    is_by_index = has_indices and video.image_names is None
    if is_by_index:
        numbers.finish(boxes.report)
    return boxes.labels(video, options, tick, indices if is_by_index else None)


def _take(boxes: ImageBoxes, label: JsonObject, video: AnnotatedVideo, place: int) -> None:
    shape, mask = _polygons(label), None
    if shape is None and "rle" in label:
        counts = counts_in(label.object_at("rle").members, video)
        mask = None if counts is None else coco_box(counts, video.height)
    if "box2d" in label:
        box = label.object_at("box2d")
        x1, y1, x2, y2 = (box.number(name) for name in ("x1", "y1", "x2", "y2"))
        xywh = (x1, y1, x2 - x1 + 1, y2 - y1 + 1)
    elif shape is not None:
        xywh = shape.around()
        boxes.report.converted[POLYGON] += 1
    elif mask is not None:
        xywh = mask
        boxes.report.converted[MASK] += 1
    else:
        boxes.report.skip("labels without a box, polygon or mask are not read", f"first: {label.place}")
        return
    kept: Mapping[str, str] = NO_ATTRIBUTES
    if shape is not None:
        is_straight = all(set(each.text("types", "")) <= {"L"} for each in label.objects("poly2d"))
        kept = boxes.shapes.keep(shape.in_box(xywh)) if is_straight else boxes.shapes.only_box("curved polygon")
    elif mask is not None and counts is not None:
        kept = boxes.shapes.keep_coco(counts, video.height, mask, xywh)
    elif "rle" in label:
        kept = boxes.shapes.only_box(MASK)
    track_id = boxes.track_of(_text_of(label, "id"))
    attributes = label.texts("attributes")
    score = label.number("score") if "score" in label else math.nan
    said = {**kept, "iscrowd": "1"} if attributes.get("crowd") == "true" else kept
    if attributes.keys() - _OWN:
        said = {**said, **others_of(attributes, _OWN)}
    boxes.add(
        xywh,
        label.text("category", ""),
        place=place,
        track_id=track_id,
        score=score,
        is_occluded=attributes.get("occluded") == "true",
        attributes=said or None,
    )


def _polygons(label: JsonObject) -> OriginalShape | None:
    """The polygons or lines of a label; None where it has none."""
    if "poly2d" not in label:
        return None
    parts = [polygon.pairs("vertices") for polygon in label.objects("poly2d")]
    if not any(parts):
        raise label.error("expected vertices, there are none")
    closed = {polygon.truth("closed", default=True) for polygon in label.objects("poly2d")}
    flat = tuple(tuple(number for pair in part for number in pair) for part in parts if part)
    return OriginalShape(POLYLINE if closed == {False} else POLYGON, flat)


def _text_of(label: JsonObject, name: str) -> str:
    """An id, which is a text or a number."""
    return "" if name not in label else label.plain(name)


def _check_size(frame: JsonObject, video: AnnotatedVideo) -> None:
    if "size" in frame:
        size = frame.object_at("size")
        found = size.whole("width"), size.whole("height")
        if found != (video.width, video.height):
            raise frame.error(video.other_size(*found))


def _frames(path: Path, tick: Tick) -> Iterator[JsonObject]:
    """The frames, of a list or of an object that has it."""
    stream = JsonStream(path, tick)
    if stream.begins_with() == "[":
        yield from _objects(stream, "frames")
    else:
        is_there = False
        for name in stream.names("top level"):
            if name == "frames":
                is_there = True
                yield from _objects(stream, name)
        if not is_there:
            raise FormatError(path, "there is no 'frames'", "top level")
    stream.finish()


def _objects(stream: JsonStream, name: str) -> Iterator[JsonObject]:
    for first, values in stream.values(name):
        for at, value in enumerate(values, start=first):
            yield JsonObject(stream.path, f"{name}[{at}]", value)


def _looks_like(path: Path, tick: Tick = untold) -> bool:
    unlike = {"images", "annotations", "shapes", "result", "items"}
    found = lists_named(path, {"labels", "frames"}, without=unlike, tick=tick)
    if "labels" not in found:
        return False
    try:
        # A list of frames has no name; what is in its labels has.
        return "frames" in found or JsonStream(path).begins_with() == "["
    except (FormatError, UnicodeDecodeError):
        return False


def _image_paths(labels: LabelSet, position: int, options: WriteOptions) -> tuple[str, ...]:
    return (f"images/{file_stem(labels.video.name)}/{exported_image(labels, position, options)}",)


SCALABEL = Format(
    name="scalabel",
    title="Scalabel, BDD100K",
    suffix=".json",
    convention=Convention(
        0,
        Shape.INCLUSIVE_CORNERS,
        Unit.PIXELS,
        "counted from 0",
        "no label",
        "a ten-thousandth of a pixel",
    ),
    can_hold=Capabilities(
        Identity.IDS,
        labels=True,
        absence=False,
        occlusion=True,
        sub_pixel=True,
        attributes=True,
        shapes=frozenset({POLYGON, POLYLINE, MASK}),
    ),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: 1e-4 if options.sub_pixel else 0.5,
    image_paths=_image_paths,
)
