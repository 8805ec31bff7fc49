"""TAO and COCO-video: one JSON file of videos, tracks, images, annotations and categories.

`bbox` is left, top, width, height in pixels as in COCO: **the first pixel is 0**, boxes go from edge to edge.
`frame_index` of an image counts **from 0** by its place in the video. An annotation names its `track_id`; an
image without the object has none. `neg_category_ids` and `not_exhaustive_category_ids` are empty: this program
does not know whether everything of a label was labelled. Occlusion is written beside the standard's fields as
`occluded`. Files of mmtracking's CocoVID, with `frame_id` and `instance_id`, are read as well.

Source: TrackEval `docs/TAO-format.txt`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from dlst_gui.formats.coco import (
    box_fields,
    category_names,
    check_size,
    named_category,
    occluded_words,
    score_fields,
)
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.image_names import exported_image, image_stem
from dlst_gui.formats.json_input import JsonObject, document, lists_named
from dlst_gui.formats.json_output import json_list, json_text
from dlst_gui.formats.label_builder import LabelBuilder, covering
from dlst_gui.formats.model import UNNAMED, AnnotatedVideo, Gaps, LabelledBox, LabelSet
from dlst_gui.formats.numbers_out import file_stem
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.windows import ROWS_AT_ONCE, frame_windows
from dlst_gui.project.tracks import Visibility
from tracker_core import Box

_VIDEO_ID = 1


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    names = labels.label_names()
    described = {
        "id": _VIDEO_ID,
        "name": file_stem(labels.video.name),
        "width": labels.video.width,
        "height": labels.video.height,
        "neg_category_ids": [],
        "not_exhaustive_category_ids": [],
        "metadata": {},
    }
    tracks = (
        {"id": track.track_id, "category_id": names.index(track.label) + 1, "video_id": _VIDEO_ID}
        for track in labels.tracks
    )
    categories = ({"id": number, "name": name} for number, name in enumerate(names, start=1))
    lists: dict[str, Iterable[str]] = {
        "videos": [json_text(described)],
        "categories": map(json_text, categories),
        "tracks": map(json_text, tracks),
        "images": _images(labels, options, tick),
        "annotations": _annotations(labels, options, tick),
    }
    with path.open("w", encoding="utf-8", newline="\n") as file:
        title = json.dumps(labels.video.name, ensure_ascii=False)
        file.write(f'{{"info": {{"description": {title}}},\n"licenses": []')
        for name, texts in lists.items():
            file.write(",\n")
            file.writelines(json_list(name, texts))
        file.write("}\n")


def _images(labels: LabelSet, options: WriteOptions, tick: Tick) -> Iterator[str]:
    video = labels.video
    folder = file_stem(video.name)
    for position, index in enumerate(video.frames.tolist()):
        if position % ROWS_AT_ONCE == 0:
            tick(0, len(video.frames))
        yield json_text(
            {
                "id": position + 1,
                "video_id": _VIDEO_ID,
                "video": folder,
                "file_name": f"{folder}/{image_stem(video, index)}{options.image_suffix}",
                "width": video.width,
                "height": video.height,
                "frame_index": index,
            }
        )


def _annotations(labels: LabelSet, options: WriteOptions, tick: Tick) -> Iterator[str]:
    names = labels.label_names()
    known = [(track.track_id, names.index(track.label) + 1) for track in labels.tracks]
    number = 1
    for window in frame_windows(labels.tracks, labels.video.frames, tick):
        rows = zip(
            (window.positions + 1).tolist(),
            window.tracks.tolist(),
            box_fields(window.boxes_xywh, options),
            occluded_words(window),
            score_fields(window),
            strict=True,
        )
        for at, (image_id, track, fields, occluded, score) in enumerate(rows, start=number):
            track_id, category_id = known[track]
            yield (
                f'{{"id": {at}, "image_id": {image_id}, "video_id": {_VIDEO_ID}, "track_id": {track_id}, '
                f'"category_id": {category_id}, {fields}, "iscrowd": 0, "segmentation": [], '
                f'"occluded": {occluded}{score}}}'
            )
        number += len(window)


def _read(path: Path, video: AnnotatedVideo, _tick: Tick = untold) -> LabelSet:
    top = JsonObject(path, "top level", document(path))
    videos = list(top.objects("videos"))
    if len(videos) != 1:
        raise top.error(f"expected one video, there are {len(videos)}; one video is imported at a time")
    check_size(videos[0], video)
    categories = category_names(top)
    images = _frames_of_images(top, video)
    covered = covering(video, np.array(sorted(images.values()), dtype=np.int32))
    of_track = {
        track.whole("id"): named_category(track, categories)
        for track in top.objects("tracks", may_miss=True)
        if "category_id" in track
    }
    built = LabelBuilder(path, covered, "annotation")
    for number, annotation in enumerate(top.objects("annotations")):
        track_id = annotation.whole("track_id" if "track_id" in annotation else "instance_id")
        image_id = annotation.whole("image_id")
        if image_id not in images:
            raise annotation.error(f"there is no image {image_id}")
        has_category = "category_id" in annotation
        label = named_category(annotation, categories) if has_category else of_track.get(track_id, UNNAMED)
        built.begin_track(track_id, label, place=number)
        is_occluded = annotation.truth("occluded", default=False)
        made = LabelledBox(
            images[image_id],
            Box(*annotation.numbers("bbox", 4)),
            visibility=Visibility.OCCLUDED if is_occluded else Visibility.VISIBLE,
            score=annotation.number("score") if "score" in annotation else math.nan,
        )
        built.add(track_id, made, place=number)
    return built.labels(Gaps.ABSENT)


def _frames_of_images(top: JsonObject, video: AnnotatedVideo) -> Mapping[int, int]:
    frames = {}
    for image in top.objects("images"):
        check_size(image, video)
        index = image.whole("frame_index" if "frame_index" in image else "frame_id")
        if not 0 <= index < video.frame_count:
            raise image.error(f"frame {index} is not in the video, which has {video.frame_count} frames")
        frames[image.whole("id")] = index
    return frames


def _looks_like(path: Path) -> bool:
    known = {"videos", "images", "annotations", "categories"}
    return lists_named(path, known) == known


def _image_paths(labels: LabelSet, position: int, options: WriteOptions) -> tuple[str, ...]:
    return (f"frames/{file_stem(labels.video.name)}/{exported_image(labels, position, options)}",)


TAO = Format(
    name="tao",
    title="TAO / COCO video",
    suffix=".json",
    convention=Convention(
        0, Shape.LEFT_TOP_SIZE, Unit.PIXELS, "counted from 0", "no annotation", "a ten-thousandth of a pixel"
    ),
    can_hold=Capabilities(Identity.IDS, labels=True, absence=False, occlusion=True, sub_pixel=True, scores=True),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: 1e-4 if options.sub_pixel else 0.5,
    image_paths=_image_paths,
)
