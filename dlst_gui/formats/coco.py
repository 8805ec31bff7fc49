"""COCO detection: one JSON file of images, annotations and categories.

`bbox` is left, top, width, height in pixels; **the first pixel is 0** and boxes go from edge to edge ("[0 0 1 1]
encloses the first pixel"). Images are named `<video>_<frame>` with the frame counted from 0 in the video; an
image without the object has no annotation. Which boxes are one object, occlusion and scores are written beside
the standard fields (`attributes`, `score`), as CVAT and datumaro do; plain readers pass over them.

Source: the format page of cocodataset, pycocotools' `mask.py`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.image_names import exported_image, frame_indices, image_stem
from dlst_gui.formats.json_input import JsonObject, document, lists_named
from dlst_gui.formats.json_output import json_list, json_text
from dlst_gui.formats.label_builder import LabelBuilder, covering
from dlst_gui.formats.linking import LooseBox, linked
from dlst_gui.formats.model import OCCLUDED_CODE, AnnotatedVideo, Gaps, LabelledBox, LabelSet
from dlst_gui.formats.numbers_out import rounded_pixels, rounded_texts, written_boxes
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.windows import ROWS_AT_ONCE, FrameWindow, frame_windows
from dlst_gui.project.tracks import Visibility
from tracker_core import Box

_FIRST_ID = 1


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    names = labels.label_names()
    categories = (
        json_text({"id": number, "name": name, "supercategory": ""})
        for number, name in enumerate(names, start=_FIRST_ID)
    )
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(
            '{"info": {"description": '
            + json.dumps(labels.video.name, ensure_ascii=False)
            + '},\n"licenses": [],\n'
        )
        file.writelines(json_list("images", _images(labels, options, tick)))
        file.write(",\n")
        file.writelines(json_list("annotations", _annotations(labels, options, tick)))
        file.write(",\n")
        file.writelines(json_list("categories", categories))
        file.write("}\n")


def _images(labels: LabelSet, options: WriteOptions, tick: Tick) -> Iterator[str]:
    video = labels.video
    for position, index in enumerate(video.frames.tolist()):
        if position % ROWS_AT_ONCE == 0:
            tick(0, len(video.frames))
        yield json_text(
            {
                "id": position + _FIRST_ID,
                "file_name": f"{image_stem(video, index)}{options.image_suffix}",
                "width": video.width,
                "height": video.height,
            }
        )


def _annotations(labels: LabelSet, options: WriteOptions, tick: Tick) -> Iterator[str]:
    names = labels.label_names()
    known = [(names.index(track.label) + _FIRST_ID, track.track_id) for track in labels.tracks]
    number = _FIRST_ID
    for window in frame_windows(labels.tracks, labels.video.frames, tick):
        rows = zip(
            (window.positions + _FIRST_ID).tolist(),
            window.tracks.tolist(),
            box_fields(window.boxes_xywh, options),
            occluded_words(window),
            score_fields(window),
            strict=True,
        )
        for at, (image_id, track, fields, occluded, score) in enumerate(rows, start=number):
            category_id, track_id = known[track]
            yield (
                f'{{"id": {at}, "image_id": {image_id}, "category_id": {category_id}, {fields}, "iscrowd": 0, '
                f'"segmentation": [], "attributes": {{"occluded": {occluded}, "track_id": {track_id}}}{score}}}'
            )
        number += len(window)


def box_fields(boxes_xywh: NDArray[np.float64], options: WriteOptions) -> Iterator[str]:
    """`bbox` and `area` of (n, 4) boxes as COCO and its kin have them."""
    boxes = written_boxes(boxes_xywh, is_sub_pixel=options.sub_pixel)
    texts: Iterator[list[str]]
    if options.sub_pixel:
        boxes = rounded_pixels(boxes)
        texts = map(rounded_texts, (*boxes.T, boxes[:, 2] * boxes[:, 3]))
    else:
        whole = boxes.astype(np.int64)
        texts = ([*map(str, column.tolist())] for column in (*whole.T, whole[:, 2] * whole[:, 3]))
    for x, y, width, height, area in zip(*texts, strict=True):
        yield f'"bbox": [{x}, {y}, {width}, {height}], "area": {area}'


def occluded_words(window: FrameWindow) -> list[str]:
    """For each box true or false."""
    return ["true" if occluded else "false" for occluded in (window.visibilities == OCCLUDED_CODE).tolist()]


def score_fields(window: FrameWindow) -> list[str]:
    """The last member of each annotation; nothing where a box has no score."""
    return ["" if math.isnan(score) else f', "score": {score!r}' for score in window.scores.tolist()]


def _read(path: Path, video: AnnotatedVideo, _tick: Tick = untold) -> LabelSet:
    top = JsonObject(path, "top level", document(path))
    images, notice = _frames_of_images(path, top, video)
    covered = covering(video, np.array(sorted(images.values()), dtype=np.int32))
    categories = category_names(top)
    built = LabelBuilder(path, covered, "annotation")
    loose = []
    has_ids = False
    for number, annotation in enumerate(top.objects("annotations")):
        frame_index = images.get(annotation.whole("image_id"))
        if frame_index is None:
            raise annotation.error(f"there is no image {annotation.whole('image_id')}")
        label = named_category(annotation, categories)
        said = annotation.object_at("attributes") if "attributes" in annotation else annotation
        made = LabelledBox(
            frame_index,
            Box(*annotation.numbers("bbox", 4)),
            visibility=Visibility.OCCLUDED if said.truth("occluded", default=False) else Visibility.VISIBLE,
            score=annotation.number("score") if "score" in annotation else math.nan,
        )
        if "track_id" in said:
            has_ids = True
            track_id = said.whole("track_id")
            built.begin_track(track_id, label, place=number)
            built.add(track_id, made, place=number)
        else:
            loose.append(LooseBox(label, made, number))
    if loose and has_ids:
        raise FormatError(path, "expected a track_id in every annotation or in none")
    notices = (notice,) if notice else ()
    if loose:
        return linked(path, covered, loose, unit="annotation", notices=notices)
    return built.labels(Gaps.ABSENT, notices=notices)


def _frames_of_images(path: Path, top: JsonObject, video: AnnotatedVideo) -> tuple[Mapping[int, int], str | None]:
    names: dict[str, int] = {}
    for image in top.objects("images"):
        name = image.text("file_name")
        if name in names:
            raise image.error(f"a second image {shortly(name)}")
        check_size(image, video)
        names[name] = image.whole("id")
    frames, notice = frame_indices(path, list(names), video)
    for name, index in frames.items():
        if not index < video.frame_count:
            raise FormatError(path, f"the image {shortly(name)} is beyond the video's {video.frame_count} frames")
    return {image_id: frames[name] for name, image_id in names.items()}, notice


def check_size(image: JsonObject, video: AnnotatedVideo) -> None:
    """FormatError where an image, or a video, says that it has another size than this video."""
    size = image.whole("width", video.width), image.whole("height", video.height)
    if size != (video.width, video.height):
        problem = f"is {size[0]}x{size[1]} pixels, the video's frames are {video.width}x{video.height}"
        raise image.error(problem)


def category_names(top: JsonObject) -> Mapping[int, str]:
    """Names by id; ids are free, and need not begin with 1."""
    return {category.whole("id"): category.text("name") for category in top.objects("categories")}


def named_category(annotation: JsonObject, names: Mapping[int, str]) -> str:
    """The label of an annotation or a track."""
    name = names.get(annotation.whole("category_id"))
    if name is None:
        raise annotation.error(f"there is no category {annotation.whole('category_id')}")
    return name


def _looks_like(path: Path) -> bool:
    known = {"images", "annotations", "categories"}
    return lists_named(path, known | {"videos"}) == known


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
    can_hold=Capabilities(Identity.IDS, labels=True, absence=False, occlusion=True, sub_pixel=True, scores=True),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: 1e-4 if options.sub_pixel else 0.5,
    image_paths=_image_paths,
)
