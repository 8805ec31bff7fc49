"""COCO detection: one JSON file of images, annotations and categories.

`bbox` is left, top, width, height in pixels; **the first pixel is 0** and boxes go from edge to edge ("[0 0 1 1]
encloses the first pixel"). Images are named `<video>_<frame>` with the frame counted from 0 in the video; an
image without the object has no annotation. Which boxes are one object, occlusion and scores are written beside
the standard fields (`attributes`, `score`), as CVAT and datumaro do, and the first of these once more as the
annotation's own `track_id`, where kwcoco and sleap-io look for it; plain readers pass over them.

Source: the format page of cocodataset, pycocotools' `mask.py`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits
from dlst_gui.formats.datasets.coco_shapes import KEYPOINTS, SHAPES, CocoShapes, WrittenShapes
from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import NO_FRAME, OCCLUDED_CODE, OTHER_VIDEO, AnnotatedVideo, Gaps, LabelSet
from dlst_gui.formats.labels.original_shape import SKELETON
from dlst_gui.formats.labels.windows import ROWS_AT_ONCE, FrameWindow, frame_windows
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.image_names import exported_image, frames_covered, frames_of_images, image_file
from dlst_gui.formats.reading.label_builder import LabelBuilder, covering
from dlst_gui.formats.reading.track_columns import BoxRows
from dlst_gui.formats.reading_report import ReadingReport
from dlst_gui.formats.syntax.json_input import lists_named
from dlst_gui.formats.syntax.json_output import json_list, json_text
from dlst_gui.formats.syntax.json_rows import JsonRows
from dlst_gui.formats.syntax.json_stream import JsonStream, take_members
from dlst_gui.formats.syntax.numbers_out import rounded_pixels, rounded_texts, written_boxes
from dlst_gui.formats.syntax.row_blocks import coded

_FIRST_ID = 1
_NO_TRACK = -1
_NO_IMAGE = NO_FRAME - 9


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    names = labels.label_names()
    shapes = WrittenShapes(labels, options)
    points = shapes.keypoint_names(labels)
    categories = (
        json_text(
            {"id": number, "name": name, "supercategory": ""}
            | ({"keypoints": points[name], "skeleton": []} if points.get(name) else {})
        )
        for number, name in enumerate(names, start=_FIRST_ID)
    )
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(
            '{"info": {"description": '
            + json.dumps(labels.video.name, ensure_ascii=False)
            + '},\n"licenses": [],\n'
        )
        # Before the annotations, which name them: a reader that goes through the file need not do so twice.
        file.writelines(json_list("categories", categories))
        file.write(",\n")
        file.writelines(json_list("images", _images(labels, options, tick)))
        file.write(",\n")
        file.writelines(json_list("annotations", _annotations(labels, options, tick, shapes, points)))
        file.write("}\n")


def _images(labels: LabelSet, options: WriteOptions, tick: Tick) -> Iterator[str]:
    video = labels.video
    for position, index in enumerate(video.frames.tolist()):
        if position % ROWS_AT_ONCE == 0:
            tick(0, len(video.frames))
        yield json_text(
            {
                "id": position + _FIRST_ID,
                "file_name": image_file(video, index, options),
                "width": video.width,
                "height": video.height,
            }
        )


def _annotations(
    labels: LabelSet,
    options: WriteOptions,
    tick: Tick,
    shapes: WrittenShapes,
    points: Mapping[str, Sequence[str]],
) -> Iterator[str]:
    names = labels.label_names()
    known = [(names.index(track.label) + _FIRST_ID, track.track_id, track.label) for track in labels.tracks]
    number = _FIRST_ID
    for window in frame_windows(labels.tracks, labels.video.frames, tick):
        rows = annotation_rows(window, options)
        for at, (image_id, frame, track, box, occluded, score) in enumerate(rows, start=number):
            category_id, track_id, label = known[track]
            fields, rotation = shapes.fields(track, frame, *box, names=points.get(label, ()))
            attributes = f'"occluded": {occluded}, "track_id": {track_id}{f", {rotation}" if rotation else ""}'
            yield (
                f'{{"id": {at}, "image_id": {image_id}, "category_id": {category_id}, "track_id": {track_id}, '
                f'{fields}, "attributes": {{{attributes}}}{score}}}'
            )
        number += len(window)


def annotation_rows(
    window: FrameWindow, options: WriteOptions
) -> Iterator[tuple[int, int, int, tuple[str, str], str, str]]:
    """For each box the id of its image, its frame and the place of its track; box, occlusion and score as text."""
    return zip(
        (window.positions + _FIRST_ID).tolist(),
        window.frame_indices.tolist(),
        window.tracks.tolist(),
        _box_fields(window.boxes_xywh, options),
        _occluded_words(window),
        _score_fields(window),
        strict=True,
    )


def _box_fields(boxes_xywh: NDArray[np.float64], options: WriteOptions) -> Iterator[tuple[str, str]]:
    """The values of `bbox` and `area` of (n, 4) boxes as COCO and its kin have them."""
    boxes = written_boxes(boxes_xywh, is_sub_pixel=options.sub_pixel)
    texts: Iterator[list[str]]
    if options.sub_pixel:
        boxes = rounded_pixels(boxes)
        texts = map(rounded_texts, (*boxes.T, boxes[:, 2] * boxes[:, 3]))
    else:
        whole = boxes.astype(np.int64)
        texts = ([*map(str, column.tolist())] for column in (*whole.T, whole[:, 2] * whole[:, 3]))
    for x, y, width, height, area in zip(*texts, strict=True):
        yield f"[{x}, {y}, {width}, {height}]", area


def _occluded_words(window: FrameWindow) -> list[str]:
    """For each box true or false."""
    return ["true" if occluded else "false" for occluded in (window.visibilities == OCCLUDED_CODE).tolist()]


def _score_fields(window: FrameWindow) -> list[str]:
    """The last member of each annotation; nothing where a box has no score."""
    return ["" if math.isnan(score) else f', "score": {score!r}' for score in window.scores.tolist()]


def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    head = CocoHead(path, video)
    ids: dict[str, int] = {}
    other_sizes: dict[str, _OtherSize] = {}
    built: list[LabelBuilder] = []

    def take_images(stream: JsonStream, name: str) -> None:
        for rows in object_rows(stream, name):
            _take_images(rows, ids, other_sizes, video)

    def take_annotations(stream: JsonStream, name: str) -> None:
        report = ReadingReport()
        own = [name for name in ids if name not in other_sizes]
        if other_sizes and not own:
            size, place = next(iter(other_sizes.values()))
            raise FormatError(path, video.other_size(*size), place)
        if other_sizes:
            report.assume(f"Images of another size are of other videos: {len(other_sizes):,}.")
        frames = {**frames_of_images(path, own, video, options, report), **dict.fromkeys(other_sizes, OTHER_VIDEO)}
        head.frames = {image_id: frames[file_name] for file_name, image_id in ids.items()}
        covered = covering(video, frames_covered(frames, video))
        built[:] = [LabelBuilder(path, covered, "annotation", options=options, report=report)]
        count = 0
        for rows in object_rows(stream, name):
            built[0].add_rows(_found(head, rows, count, report))
            count += rows.count

    first = {"images": take_images, "categories": head.take_categories}
    take_members(path, first, "annotations", take_annotations, tick=tick)
    return built[0].labels(Gaps.ABSENT, tick=tick)


def object_rows(stream: JsonStream, name: str) -> Iterator[JsonRows]:
    """The objects of a list, some hundred at a time; raises what is wrong with them in between."""
    for first, values in stream.values(name):
        rows = JsonRows(stream.path, values, lambda row, first=first: f"{name}[{first + row}]")  # type: ignore[misc]
        yield rows
        rows.finish()


class CocoHead:
    """What COCO and its kin say before the annotations, by ids.

    Attributes:
        frames: frame indices by image id.
        categories: labels by category id; ids are free, and need not begin with 1.
    """

    def __init__(self, path: Path, video: AnnotatedVideo) -> None:
        self.path = path
        self.video = video
        self.frames: Mapping[int, int] = {}
        self.categories: dict[int, str] = {}
        self._keypoints: dict[int, tuple[str, ...]] = {}
        self._shapes: CocoShapes | None = None

    def take_categories(self, stream: JsonStream, name: str) -> None:
        """The categories' names, and those of their keypoints."""
        for rows in object_rows(stream, name):
            ids = rows.ids("id").tolist()
            self.categories.update(zip(ids, rows.words("name"), strict=False))
            for row in np.flatnonzero(rows.has(KEYPOINTS)).tolist():
                names = rows.value(row, KEYPOINTS)
                self._keypoints[ids[row]] = tuple(map(str, names)) if isinstance(names, list) else ()
            if len(self.categories) > limits.MOST_TRACKS:
                raise FormatError(self.path, f"more than {limits.MOST_TRACKS} categories")

    def shapes(self, report: ReadingReport) -> CocoShapes:
        """The reader of shapes, one for the whole file."""
        if self._shapes is None:
            self._shapes = CocoShapes(self.video, report)
        return self._shapes

    def keypoints_of(self, rows: JsonRows) -> list[tuple[str, ...]]:
        """(n,) names of the keypoints that annotations may have; nothing where no category has some."""
        if not self._keypoints:
            return []
        return [self._keypoints.get(category_id, ()) for category_id in rows.ids("category_id").tolist()]

    def frames_of(self, rows: JsonRows) -> NDArray[np.int64]:
        """(n,) frame indices of annotations."""
        ids = rows.ids("image_id").tolist()
        found = [self.frames.get(image_id, _NO_IMAGE) for image_id in ids]
        if _NO_IMAGE in found:
            row = found.index(_NO_IMAGE)
            rows.refuse(row, f"there is no image {ids[row]}")
        return np.array(found[: rows.count], dtype=np.int64)

    def labels_of(self, rows: JsonRows) -> list[str]:
        """(n,) labels of annotations or tracks."""
        ids = rows.ids("category_id").tolist()
        found = [self.categories.get(category_id) for category_id in ids]
        if None in found:
            row = found.index(None)
            rows.refuse(row, f"there is no category {ids[row]}")
        return [label for label in found[: rows.count] if label is not None]


def _found(head: CocoHead, rows: JsonRows, first: int, report: ReadingReport) -> BoxRows:
    """Some annotations, of which the first has this number."""
    frames = head.frames_of(rows)
    names, labels = coded(head.labels_of(rows))
    said = rows.inside("attributes")
    boxes, attributes = head.shapes(report).boxes(rows, frames != OTHER_VIDEO, head.keypoints_of(rows))
    visibilities = np.where(said.truths("occluded", default=False), OCCLUDED_CODE, 0).astype(np.uint8)
    scores = rows.numbers_if_any("score")
    # The id of a track is among the attributes, as CVAT and datumaro have it, or beside them.
    outside, inside = rows.ids("track_id", _NO_TRACK), said.ids("track_id", _NO_TRACK)
    track_ids = np.where(inside[: rows.count] == _NO_TRACK, outside[: rows.count], inside[: rows.count])
    places = np.arange(first, first + rows.count)
    found = BoxRows(
        track_ids, labels, names, frames, boxes, places, visibilities, scores, attributes=attributes or None
    )
    return found.first(rows.count)


class _OtherSize(NamedTuple):
    """The size of an image, and where in the file it is."""

    size: tuple[int, int]
    place: str


def _take_images(
    rows: JsonRows, ids: dict[str, int], other_sizes: dict[str, _OtherSize], video: AnnotatedVideo
) -> None:
    names = rows.words("file_name")
    widths, heights = rows.whole("width", video.width), rows.whole("height", video.height)
    both = min(len(widths), len(heights))
    is_other = (widths[:both] != video.width) | (heights[:both] != video.height)
    for row in np.flatnonzero(is_other[: len(names)]).tolist():
        size = int(widths[row]), int(heights[row])
        other_sizes[names[row]] = _OtherSize(size, rows.object_at(row).place)
    for row, (name, image_id) in enumerate(zip(names, rows.ids("id").tolist(), strict=False)):
        if name in ids:
            rows.refuse(row, f"a second image {shortly(name)}")
        elif len(ids) == limits.MOST_FRAMES:
            rows.refuse(row, f"there are more than {limits.MOST_FRAMES:,} images")
        if row >= rows.count:
            break
        ids[name] = image_id


def _looks_like(path: Path, tick: Tick = untold) -> bool:
    known = {"images", "annotations", "categories"}
    return lists_named(path, known, without={"videos"}, tick=tick) == known


def _image_paths(labels: LabelSet, position: int, options: WriteOptions) -> tuple[str, ...]:
    return (f"images/{exported_image(labels, position, options)}",)


COCO = Format(
    name="coco",
    title="COCO detection",
    suffix=".json",
    convention=Convention(
        0,
        Shape.LEFT_TOP_SIZE,
        Unit.PIXELS,
        "by image name, which ends with the frame counted from 0",
        "no annotation",
        "a ten-thousandth of a pixel",
    ),
    can_hold=Capabilities(
        Identity.IDS,
        labels=True,
        absence=False,
        occlusion=True,
        sub_pixel=True,
        scores=True,
        shapes=SHAPES | {SKELETON},
    ),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: 1e-4 if options.sub_pixel else 0.5,
    image_paths=_image_paths,
)
