"""Label Studio's JSON of images, such as frames of a video: one task for each. Read by `label_studio.py`.

Shapes are in **percent of the image, 0 to 100**: `rectanglelabels` with left, top, width, height and a rotation
about the left top corner, `polygonlabels` with points, `ellipselabels` with a centre and radii. Which frame an
image is, its name says. Of several annotations of a task the first that was not skipped counts. JSON-MIN has the
shapes in the task itself.

Source: HumanSignal/label-studio `docs/source/guide/export.md`, `tags/rectanglelabels.md`, `tags/ellipselabels.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from dlst_gui.formats.labels.model import NO_ATTRIBUTES, UNNAMED, AnnotatedVideo, LabelSet
from dlst_gui.formats.labels.original_shape import ELLIPSE, POLYGON, OriginalShape
from dlst_gui.formats.labels.turned_boxes import (
    TURNED,
    UPRIGHT_DEGREES,
    enclosing_turned,
    rotation_attributes,
)
from dlst_gui.formats.progress import Tick
from dlst_gui.formats.read_options import ReadOptions
from dlst_gui.formats.reading.image_boxes import ImageBoxes
from dlst_gui.formats.syntax.json_input import JsonObject, lists_named
from dlst_gui.formats.syntax.json_stream import JsonStream

SHAPES_ON_IMAGES = ("rectanglelabels", "polygonlabels", "ellipselabels")
_LISTS = ("annotations", "completions", "predictions")
_IMAGE = re.compile(r"\.(?:jpe?g|png|bmp|webp|gif|tiff?)$", re.IGNORECASE)
_SAME_SHAPE = 0.01
"""How much the ratio of width and height may differ: images of the video's size, or scaled."""


def is_of_images(path: Path, tick: Tick) -> bool:
    """Whether a file of Label Studio has shapes on images, and no tracks in videos."""
    return not lists_named(path, SHAPES_ON_IMAGES, without={"sequence"}, tick=tick).isdisjoint(SHAPES_ON_IMAGES)


def read_images(path: Path, video: AnnotatedVideo, tick: Tick, options: ReadOptions) -> LabelSet:
    """Boxes of all images; those that are not of the video are counted in the report."""
    boxes = ImageBoxes(path, "result")
    stream = JsonStream(path, tick)
    others = cancelled = several = place = 0
    for first, values in stream.values("tasks"):
        for at, value in enumerate(values, start=first):
            task = JsonObject(path, f"tasks[{at}]", value)
            boxes.begin_image(_image_of(task))
            annotations = _annotations(task)
            kept = [each for each in annotations if not each.truth("was_cancelled", default=False)]
            cancelled += len(annotations) - len(kept)
            several += len(kept) > 1
            results = kept[0].objects("result") if kept else _own_shapes(task)
            for result in results:
                place += 1
                shape = result.object_at("value") if "value" in result else result
                kind = next((each for each in SHAPES_ON_IMAGES if each in shape), "")
                if kind:
                    _check_size(result, video)
                    _take(boxes, shape, kind, video, place)
                else:
                    others += 1
    stream.finish()
    if others:
        boxes.report.note(f"{others:,} results that are no shapes on images, such as choices, were passed over.")
    if cancelled:
        words = "annotation was" if cancelled == 1 else "annotations were"
        boxes.report.note(f"{cancelled} skipped {words} left out.")
    if several:
        boxes.report.note(f"Of {several:,} images with several annotations the first was read.")
    return boxes.labels(video, options, tick)


def _image_of(task: JsonObject) -> str:
    """The name of its image, without what follows a question mark."""
    data = task.object_at("data") if "data" in task else task
    values = map(data.member, data.names())
    texts = [value.partition("?")[0] for value in values if isinstance(value, str)]
    named = [text for text in texts if _IMAGE.search(text)]
    if not named:
        raise task.error("expected data with the name of an image, there is none")
    return named[0]


def _annotations(task: JsonObject) -> list[JsonObject]:
    """Those of people, or where there is none, of a model."""
    found = (list(task.objects(name, may_miss=True)) for name in _LISTS)
    return next((each for each in found if each), [])


def _own_shapes(task: JsonObject) -> Iterator[JsonObject]:
    """JSON-MIN: lists of shapes beside the image's name."""
    for name in task.names():
        value = task.member(name)
        if isinstance(value, list) and name not in _LISTS:
            shapes = [each for each in value if isinstance(each, dict)]
            yield from (JsonObject(task.path, f"{task.place}, {name}", each) for each in shapes)


def _check_size(result: JsonObject, video: AnnotatedVideo) -> None:
    if "original_width" not in result or "original_height" not in result:
        return
    width, height = result.number("original_width"), result.number("original_height")
    ratio = video.width / video.height
    if height <= 0 or abs(width / height / ratio - 1) > _SAME_SHAPE:
        raise result.error(video.other_size(width, height))


def _take(boxes: ImageBoxes, shape: JsonObject, kind: str, video: AnnotatedVideo, place: int) -> None:
    scale = np.array([video.width, video.height]) / 100
    degrees = 0.0
    attributes: Mapping[str, str] = NO_ATTRIBUTES
    if kind == "polygonlabels":
        corners = np.array(shape.pairs("points")).reshape(-1, 2)
        if not len(corners):
            raise shape.error("expected points of a polygon, there are none")
        polygon = OriginalShape(POLYGON, (tuple((corners * scale).ravel().tolist()),))
        xywh, attributes = polygon.around(), boxes.shapes.keep(polygon)
        boxes.report.converted[POLYGON] += 1
    elif kind == "ellipselabels":
        centre = np.array([shape.number("x"), shape.number("y")]) * scale
        radii = np.array([shape.number("radiusX"), shape.number("radiusY")]) * scale
        ellipse = OriginalShape(ELLIPSE, ((*centre.tolist(), *radii.tolist()),))
        is_turned = abs(shape.number("rotation", 0)) > UPRIGHT_DEGREES
        xywh = ellipse.around()
        attributes = boxes.shapes.only_box(ELLIPSE) if is_turned else boxes.shapes.keep(ellipse)
        boxes.report.converted[ELLIPSE] += 1
    else:
        numbers = [shape.number(name) for name in ("x", "y", "width", "height")]
        left, top, width, height = (np.array(numbers).reshape(2, 2) * scale).ravel().tolist()
        xywh = (left, top, width, height)
        degrees = shape.number("rotation", 0)
    if abs(degrees) > UPRIGHT_DEGREES:
        attributes = rotation_attributes(xywh, degrees)
        left, top, width, height = enclosing_turned(np.array([xywh]), np.array([degrees]), about="corner")[
            0
        ].tolist()
        xywh = (left, top, width, height)
        boxes.report.converted[TURNED] += 1
    boxes.add(xywh, shape.first_text(kind) or UNNAMED, place=place, attributes=attributes or None)
