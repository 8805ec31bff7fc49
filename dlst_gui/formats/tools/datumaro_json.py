"""Datumaro's own JSON: a list of items, each an image or frame with its annotations.

`bbox` is left, top, width, height in pixels, edge to edge, **the first pixel is 0**. An item's `id` is the
image's name without its ending; `attr.frame` counts **from 0**. A box has its `label_id` among
`categories.label.labels`, and `attributes` such as `track_id`, `occluded` and `rotation`: degrees, clockwise
about the centre, and then the enclosing box is read. Polygons, lines, points, ellipses (as left, top, right,
bottom) and masks (`rle`, COCO's compressed counts) become the enclosing box; labels of whole images are skipped.
An item without objects has no annotations.

Attributes are among the others, by name; those that are declared as numbers or as yes or no are such.

Source: datumaro `plugins/data_formats/datumaro/exporter.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from dlst_gui import limits
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import NO_BOXES, OCCLUDED_CODE, UNNAMED, AnnotatedVideo, LabelSet
from dlst_gui.formats.labels.original_shape import (
    ELLIPSE,
    MASK,
    POINTS,
    POLYGON,
    POLYLINE,
    OriginalShape,
    shapes_of,
)
from dlst_gui.formats.labels.said_values import SaidValues, others_of
from dlst_gui.formats.labels.turned_boxes import (
    TURNED,
    UPRIGHT_DEGREES,
    enclosing_turned,
    given_attributes,
    rotation_attributes,
    turned_of,
)
from dlst_gui.formats.labels.windows import FrameWindow, frame_windows
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.frame_numbers import FrameNumbers, read_by_evidence
from dlst_gui.formats.reading.image_boxes import ImageBoxes
from dlst_gui.formats.reading.image_names import exported_image, image_file, image_stem
from dlst_gui.formats.reading.kept_shapes import counts_in
from dlst_gui.formats.syntax.json_input import JsonObject, lists_named
from dlst_gui.formats.syntax.json_stream import JsonStream, take_members
from dlst_gui.formats.syntax.masks import Xywh, coco_from_mask, coco_text
from dlst_gui.formats.syntax.numbers_out import pixel_texts, written_boxes

_OWN = frozenset({"occluded", "track_id", "rotation", "keyframe", "outside"})
"""Attributes that stand for something else."""
_POINTS = frozenset({POLYGON, POLYLINE, POINTS})
_Known = tuple[int, int, Mapping[int, OriginalShape], Mapping[int, tuple[list[float], float]]]


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    video = labels.video
    names = labels.label_names()
    known: list[_Known] = []
    for track in labels.tracks:
        noted = track.boxes.noted() if options.sub_pixel else NO_BOXES
        known.append((names.index(track.label), track.track_id, shapes_of(noted), turned_of(noted)))
    said = SaidValues(labels, _OWN)
    declared = json.dumps(["occluded", *_names_of(labels)], ensure_ascii=False)
    listed = ", ".join(
        json.dumps({"name": name, "parent": "", "attributes": []}, ensure_ascii=False) for name in names
    )
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(
            '{"dm_format_version": "1.0", "media_type": 2, "infos": {}, "categories": {"label": {"labels": '
            f'[{listed}], "attributes": {declared}}}}}, "items": ['
        )
        between = "\n"
        number = 0
        for window in frame_windows(labels.tracks, video.frames, tick):
            texts = [*_annotation_texts(window, known, video, options, number, values=said)]
            number += len(texts)
            for index, low, high in window.of_each_frame():
                stem = json.dumps(image_stem(video, index), ensure_ascii=False)
                image = json.dumps(image_file(video, index, options), ensure_ascii=False)
                file.write(
                    f'{between}{{"id": {stem}, "annotations": [{", ".join(texts[low:high])}], '
                    f'"attr": {{"frame": {index}}}, '
                    f'"image": {{"path": {image}, "size": [{video.height}, {video.width}]}}}}'
                )
                between = ",\n"
        file.write("\n]}\n")


def _names_of(labels: LabelSet) -> list[str]:
    """Of the attributes that the labels have, whether declared or not."""
    names = {each.name for each in labels.offered}
    for track in labels.tracks:
        names.update(track.attributes)
        for said in {id(each): each for each in track.boxes.noted().attributes.values()}.values():
            names.update(given_attributes(said))
    return sorted(names - _OWN)


def _annotation_texts(
    window: FrameWindow,
    known: list[_Known],
    video: AnnotatedVideo,
    options: WriteOptions,
    first: int,
    *,
    values: SaidValues,
) -> Iterator[str]:
    boxes = written_boxes(window.boxes_xywh, is_sub_pixel=options.sub_pixel)
    rows = zip(
        window.tracks.tolist(),
        window.frame_indices.tolist(),
        (window.visibilities == OCCLUDED_CODE).tolist(),
        *map(pixel_texts, boxes.T),
        strict=True,
    )
    for at, (track, frame, is_occluded, x, y, width, height) in enumerate(rows, start=first):
        label_id, track_id, shapes, turned = known[track]
        said = f'"occluded": {"true" if is_occluded else "false"}, "track_id": {track_id}'
        said += values.members(window, track, frame)
        kind, members = "bbox", f'"bbox": [{x}, {y}, {width}, {height}]'
        shape = shapes.get(frame)
        if shape is not None and (text := _shape_text(shape, video)):
            kind, members = shape.kind, text
        elif frame in turned:
            xywh, degrees = turned[frame]
            members = f'"bbox": {json.dumps([round(value, 8) for value in xywh])}'
            said += f', "rotation": {round(degrees, 8)}'
        yield (
            f'{{"id": {at}, "type": "{kind}", "attributes": {{{said}}}, '
            f'"group": 0, "label_id": {label_id}, "z_order": 0, {members}}}'
        )


def _shape_text(shape: OriginalShape, video: AnnotatedVideo) -> str:
    """The members of an annotation that hold a shape; nothing where Datumaro has none, or its box is another."""
    if shape.box is not None or len(shape.parts) != 1:
        return ""
    numbers = shape.parts[0]
    if shape.kind == MASK:
        counts = coco_from_mask([int(value) for value in numbers], (video.width, video.height))
        return f'"rle": {json.dumps({"counts": coco_text(counts), "size": [video.height, video.width]})}'
    if shape.kind == ELLIPSE:
        x, y, across, down = numbers
        return f'"points": {json.dumps([x - across, y - down, x + across, y + down])}'
    if shape.kind not in _POINTS:
        return ""
    seen = f', "visibility": {[2] * (len(numbers) // 2)}' if shape.kind == POINTS else ""
    return f'"points": {json.dumps(list(numbers))}{seen}'


@read_by_evidence
def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    boxes = ImageBoxes(path, "annotation")
    numbers = FrameNumbers(0, video.frame_count, options)
    labels: list[str] = []
    indices: dict[str, int] = {}
    counts = [0, 0]  # items, and annotations

    def take_categories(stream: JsonStream, _name: str) -> None:
        labels[:] = _labels(JsonObject(path, "categories", stream.value()))

    def take_items(stream: JsonStream, name: str) -> None:
        for first, values in stream.values(name):
            for at, value in enumerate(values, start=first):
                item = JsonObject(path, f"{name}[{at}]", value)
                _check_size(item, video)
                image = item.text("id")
                boxes.begin_image(image)
                counts[0] += 1
                if "attr" in item and "frame" in item.object_at("attr"):
                    indices[image] = numbers.index(item.object_at("attr").whole("frame"))
                for annotation in item.objects("annotations", may_miss=True):
                    _take(boxes, annotation, labels, video, counts[1])
                    counts[1] += 1

    take_members(path, {"categories": take_categories}, "items", take_items, tick=tick)
    is_by_index = len(indices) == counts[0] and video.image_names is None
    if is_by_index:
        numbers.finish(boxes.report)
    return boxes.labels(video, options, tick, indices if is_by_index else None)


def _labels(categories: JsonObject) -> list[str]:
    if "label" not in categories:
        return []
    names = [each.text("name") for each in categories.object_at("label").objects("labels", may_miss=True)]
    if len(names) > limits.MOST_TRACKS:
        raise categories.error(f"more than {limits.MOST_TRACKS} labels")
    return names


def _take(boxes: ImageBoxes, annotation: JsonObject, labels: list[str], video: AnnotatedVideo, place: int) -> None:
    kind = annotation.text("type", "")
    said = annotation.object_at("attributes") if "attributes" in annotation else JsonObject(boxes.path, "", {})
    attributes: dict[str, str] = {}
    if kind == "bbox":
        xywh = annotation.numbers("bbox", 4)
        degrees = said.number("rotation", 0)
        if abs(degrees) > UPRIGHT_DEGREES:
            attributes = rotation_attributes(xywh, degrees)
            xywh = enclosing_turned(np.array([xywh]), np.array([degrees]))[0].tolist()
            boxes.report.converted[TURNED] += 1
    else:
        found = _shape(boxes, annotation, kind, video)
        if found is None:
            reason = "annotations that are no boxes, polygons, lines, points, ellipses or masks are not read"
            boxes.report.skip(reason, f"first: {annotation.place}, {kind}")
            return
        xywh, attributes = [*found[0]], dict(found[1])
        boxes.report.converted[kind] += 1
    if said.members.keys() - _OWN:
        attributes |= others_of(annotation.texts("attributes"), _OWN)
    number = annotation.whole("label_id", -1)
    if number >= len(labels):
        raise annotation.error(f"there is no label {number}")
    track_id = boxes.track_of(said.plain("track_id")) if "track_id" in said else boxes.track_of("")
    label = labels[number] if number >= 0 else UNNAMED
    is_occluded = said.truth("occluded", default=False)
    boxes.add(xywh, label, place=place, track_id=track_id, is_occluded=is_occluded, attributes=attributes or None)


def _shape(
    boxes: ImageBoxes, annotation: JsonObject, kind: str, video: AnnotatedVideo
) -> tuple[Xywh, Mapping[str, str]] | None:
    """The box around a shape, and what is kept of it; None where it is of another kind, or an empty mask."""
    if kind == MASK and "rle" in annotation:
        counts = counts_in(annotation.object_at("rle").members, video)
        return None if counts is None else boxes.shapes.keep_mask(counts, video.height)
    if kind not in {*_POINTS, ELLIPSE}:
        return None
    points = annotation.all_numbers("points")
    if not points or len(points) % 2 or (kind == ELLIPSE and len(points) != 4):
        raise annotation.error("expected points x, y, x, y")
    if kind == ELLIPSE:
        left, top, right, bottom = points
        points = [(left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2]
    shape = OriginalShape(kind, (tuple(points),))
    return shape.around(), boxes.shapes.keep(shape)


def _check_size(item: JsonObject, video: AnnotatedVideo) -> None:
    if "image" in item and "size" in item.object_at("image"):
        height, width = item.object_at("image").numbers("size", 2)
        if (width, height) != (video.width, video.height):
            raise item.error(video.other_size(width, height))


def _looks_like(path: Path, tick: Tick = untold) -> bool:
    found = lists_named(path, {"items", "labels"}, without={"images", "result", "shapes", "frames"}, tick=tick)
    return found == {"items", "labels"}


def _image_paths(labels: LabelSet, position: int, options: WriteOptions) -> tuple[str, ...]:
    return (f"images/{exported_image(labels, position, options)}",)


DATUMARO = Format(
    name="datumaro",
    title="Datumaro JSON",
    suffix=".json",
    convention=Convention(
        0,
        Shape.LEFT_TOP_SIZE,
        Unit.PIXELS,
        "by image name, and counted from 0",
        "no annotation",
        "a ten-thousandth of a pixel",
    ),
    can_hold=Capabilities(
        Identity.IDS,
        labels=True,
        absence=False,
        occlusion=True,
        sub_pixel=True,
        attributes=True,
        shapes=frozenset({*_POINTS, ELLIPSE, MASK, TURNED}),
    ),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: 1e-4 if options.sub_pixel else 0.5,
    image_paths=_image_paths,
)
