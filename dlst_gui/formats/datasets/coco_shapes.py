"""Shapes in annotations of COCO and its kin: polygons, masks, keypoints, and boxes that are turned.

`segmentation` is a list of polygons x, y, x, y, ... in pixels, or a mask in `counts` (whole numbers, or a
compressed text) of an image of `size` height, width. `keypoints` are x, y and 0 (not labelled), 1 (hidden) or 2
for each name that the category lists. `attributes.rotation` turns `bbox` about its centre, clockwise, as CVAT and
datumaro write it. An annotation without a `bbox` has the box around its shape. What cannot be read of a shape
costs the shape, not its box.

Source: the format page of cocodataset; pycocotools `mask.py`; CVAT and datumaro for `rotation`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.format import WriteOptions
from dlst_gui.formats.labels.model import NO_ATTRIBUTES, AnnotatedVideo, LabelSet
from dlst_gui.formats.labels.original_shape import (
    MASK,
    POINT_STATES,
    POLYGON,
    SKELETON,
    OriginalShape,
    SkeletonPoint,
    shapes_of,
)
from dlst_gui.formats.labels.turned_boxes import (
    TURNED,
    UPRIGHT_DEGREES,
    enclosing_turned,
    rotation_attributes,
    turned_of,
)
from dlst_gui.formats.reading.kept_shapes import KeptShapes, counts_in, numbers_in
from dlst_gui.formats.reading_report import ReadingReport
from dlst_gui.formats.syntax.json_input import Json
from dlst_gui.formats.syntax.json_rows import JsonRows
from dlst_gui.formats.syntax.masks import Xywh, coco_box, coco_from_mask

KEYPOINTS = "keypoints"
SHAPES = frozenset({POLYGON, MASK, TURNED})
"""Kinds that COCO and its kin hold."""
NO_SEGMENTATION = '"segmentation": []'
"""What an annotation says that has a box alone."""
CROWD = "iscrowd"
"""The attribute of boxes around many objects, as COCO calls it."""

_KEYPOINT_STATES = (2, 1, 0)
"""COCO's visibility of a point, by position in `POINT_STATES`."""
_NO_BOX: list[Json] = [0, 0, 0, 0]


class CocoShapes:
    """Reads the shapes of one file.

    Args:
        video: whose size masks must have.
        report: counts what becomes of them.
    """

    def __init__(self, video: AnnotatedVideo, report: ReadingReport) -> None:
        self._video = video
        self._report = report
        self._kept = KeptShapes(report)

    def boxes(
        self, rows: JsonRows, is_here: NDArray[np.bool_], keypoint_names: Sequence[Sequence[str]] = ()
    ) -> tuple[NDArray[np.float64], dict[int, Mapping[str, str]]]:
        """(n, 4) the boxes of annotations, and by row what is kept of shapes and crowds.

        Args:
            rows: the annotations.
            is_here: (n,) whether each is of the video; of others only the boxes are looked at. May be shorter.
            keypoint_names: for each of them, the names of its category's keypoints; may be shorter.
        """
        shapes = self._shapes(rows, is_here, keypoint_names)
        boxes = rows.lists("bbox", 4)
        attributes: dict[int, Mapping[str, str]] = {}
        for row, found in shapes.items():
            if row >= len(boxes):
                continue
            attributes[row] = found.kept(self._kept, boxes[row].tolist(), self._video.height)
        return self._upright(rows, boxes, {row: said for row, said in attributes.items() if said})

    def _shapes(
        self, rows: JsonRows, is_here: NDArray[np.bool_], keypoint_names: Sequence[Sequence[str]]
    ) -> dict[int, Segmentation]:
        """By row the shapes; where an annotation has no box, it gets the one around its shape."""
        has_shape = rows.has("segmentation") | rows.has(KEYPOINTS)
        found: dict[int, Segmentation] = {}
        for row in np.flatnonzero(has_shape).tolist():
            segmentation, box = rows.value(row, "segmentation"), rows.value(row, "bbox")
            if row >= len(is_here) or not is_here[row]:
                if box is None or box == []:
                    rows.put(row, "bbox", _NO_BOX)
                continue
            names = keypoint_names[row] if row < len(keypoint_names) else ()
            shape = segmented(segmentation, self._video) or _skeleton(rows.value(row, KEYPOINTS), names)
            if shape is not None:
                found[row] = shape
            elif segmentation:
                self._kept.only_box(MASK if isinstance(segmentation, dict) else POLYGON)
            if box is None or box == []:
                if shape is not None:
                    self._report.converted[shape.kind] += 1
                    rows.put(row, "bbox", [*shape.around])
                elif segmentation:
                    rows.put(row, "bbox", _NO_BOX)
        return found

    def _upright(
        self, rows: JsonRows, boxes: NDArray[np.float64], attributes: dict[int, Mapping[str, str]]
    ) -> tuple[NDArray[np.float64], dict[int, Mapping[str, str]]]:
        degrees = rows.inside("attributes").numbers("rotation", 0)[: len(boxes)]
        crowds = rows.truths(CROWD, default=False)[: len(boxes)]
        for row in np.flatnonzero(crowds).tolist():
            attributes[row] = {**attributes.get(row, NO_ATTRIBUTES), CROWD: "1"}
        turned = np.flatnonzero(np.abs(degrees) > UPRIGHT_DEGREES)
        if len(turned):
            for row in turned.tolist():
                said = rotation_attributes(boxes[row].tolist(), float(degrees[row]))
                attributes[row] = {**attributes.get(row, NO_ATTRIBUTES), **said}
            boxes = boxes.copy()
            boxes[turned] = enclosing_turned(boxes[turned], degrees[turned])
            self._report.converted[TURNED] += len(turned)
        if crowds.any():
            self._report.converted["crowd"] += int(crowds.sum())
        return boxes, attributes


@dataclass(frozen=True, slots=True)
class Segmentation:
    """A shape of an annotation, and the box around it; a mask as its counts."""

    kind: str
    around: Xywh
    shape: OriginalShape | None = None
    counts: list[int] | None = None

    def kept(self, kept: KeptShapes, box: Sequence[float], height: int) -> Mapping[str, str]:
        """What stays beside the annotation's box."""
        if self.counts is not None:
            left, top, wide, high = box
            return kept.keep_coco(self.counts, height, self.around, (left, top, wide, high))
        return NO_ATTRIBUTES if self.shape is None else kept.keep(self.shape.in_box(box))


def segmented(value: Json, video: AnnotatedVideo) -> Segmentation | None:
    """What is in `segmentation`; None where it is empty, or nothing that can be read."""
    if isinstance(value, dict):
        counts = counts_in(value, video)
        around = None if counts is None else coco_box(counts, video.height)
        return None if counts is None or around is None else Segmentation(MASK, around, counts=counts)
    if not isinstance(value, list) or not value:
        return None
    polygons = value if isinstance(value[0], list) else [value]
    parts = tuple(part for each in polygons if (part := numbers_in(each)))
    if not parts or any(len(part) % 2 for part in parts) or len(parts) < len(polygons):
        return None
    shape = OriginalShape(POLYGON, parts)
    return Segmentation(POLYGON, shape.around(), shape)


def _skeleton(value: Json, names: Sequence[str]) -> Segmentation | None:
    numbers = numbers_in(value)
    if not numbers or len(numbers) % 3:
        return None
    triples = zip(numbers[0::3], numbers[1::3], numbers[2::3], strict=True)
    points = tuple(
        SkeletonPoint(
            names[at] if at < len(names) else str(at + 1),
            x,
            y,
            POINT_STATES[_KEYPOINT_STATES.index(int(seen)) if seen in _KEYPOINT_STATES else 0],
        )
        for at, (x, y, seen) in enumerate(triples)
    )
    if all(point.state == POINT_STATES[2] for point in points):
        return None
    shape = OriginalShape(SKELETON, points=points)
    return Segmentation(SKELETON, shape.around(), shape)


class WrittenShapes:
    """The members of annotations that hold a box or a shape.

    Args:
        labels: that are written.
        options: whole pixels are those of boxes, so no shapes are written.
    """

    def __init__(self, labels: LabelSet, options: WriteOptions) -> None:
        noted = [track.boxes.noted() for track in labels.tracks]
        self._shapes = [shapes_of(columns) if options.sub_pixel else {} for columns in noted]
        self._turned = [turned_of(columns) if options.sub_pixel else {} for columns in noted]
        self._crowds = [
            {index for index, said in columns.attributes.items() if said.get(CROWD) == "1"} for columns in noted
        ]
        self._video = labels.video

    def keypoint_names(self, labels: LabelSet) -> dict[str, list[str]]:
        """By label, the names of all points of its skeletons."""
        names: dict[str, list[str]] = {}
        for track, shapes in zip(labels.tracks, self._shapes, strict=True):
            for shape in shapes.values():
                known = names.setdefault(track.label, []) if shape.points else []
                known += [point.name for point in shape.points if point.name not in known]
        return names

    def fields(
        self, track: int, frame: int, bbox: str, area: str, *, names: Sequence[str] = ()
    ) -> tuple[str, str]:
        """Box, area and shape as members of an annotation, and where it is turned its member of `attributes`.

        Args:
            track: its position.
            frame: its index.
            bbox: of the box alone.
            area: of the box alone.
            names: of keypoints that its category has.
        """
        members, rotation = NO_SEGMENTATION, ""
        shape, turned = self._shapes[track].get(frame), self._turned[track].get(frame)
        if shape is not None:
            members, shape_area = self._members(shape, names)
            area = shape_area or area
        if turned is not None:
            xywh, degrees = turned
            bbox, rotation = json.dumps([round(value, 8) for value in xywh]), f'"rotation": {round(degrees, 8)}'
        crowd = int(frame in self._crowds[track])
        return f'"bbox": {bbox}, "area": {area}, "iscrowd": {crowd}, {members}', rotation

    def _members(self, shape: OriginalShape, names: Sequence[str]) -> tuple[str, str]:
        if shape.kind == POLYGON:
            area = sum(map(_area, shape.parts))
            return f'"segmentation": {json.dumps([list(part) for part in shape.parts])}', repr(round(area, 4))
        if shape.kind == MASK:
            width, height = self._video.width, self._video.height
            counts = coco_from_mask([int(value) for value in shape.parts[0]], (width, height))
            text = json.dumps({"size": [height, width], "counts": counts})
            return f'"segmentation": {text}', str(sum(counts[1::2]))
        if shape.kind == SKELETON and names:
            return f"{NO_SEGMENTATION}, {_keypoints(shape, names)}", ""
        return NO_SEGMENTATION, ""


def _keypoints(shape: OriginalShape, names: Sequence[str]) -> str:
    by_name = {point.name: point for point in shape.points}
    numbers: list[float] = []
    for name in names:
        point = by_name.get(name)
        state = 2 if point is None else POINT_STATES.index(point.state)
        numbers += [0, 0, 0] if point is None else [point.x, point.y, _KEYPOINT_STATES[state]]
    seen = sum(point.state != POINT_STATES[2] for point in shape.points)
    return f'"keypoints": {json.dumps(numbers)}, "num_keypoints": {seen}'


def _area(polygon: Sequence[float]) -> float:
    x, y = np.asarray(polygon).reshape(-1, 2).T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)
