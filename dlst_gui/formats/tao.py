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
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from dlst_gui.formats.coco import box_fields, category_names, check_size, json_list, named_category
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.image_names import exported_image, image_stem
from dlst_gui.formats.json_input import JsonObject, document, lists_named
from dlst_gui.formats.label_builder import LabelBuilder, covering
from dlst_gui.formats.model import UNNAMED, AnnotatedVideo, Gaps, LabelledBox, LabelSet
from dlst_gui.formats.numbers_out import file_stem
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.project.tracks import Visibility
from tracker_core import Box

_VIDEO_ID = 1


def _write(labels: LabelSet, path: Path, options: WriteOptions, _tick: Tick = untold) -> None:
    names = labels.label_names()
    described: dict[str, object] = {
        "id": _VIDEO_ID,
        "name": file_stem(labels.video.name),
        "width": labels.video.width,
        "height": labels.video.height,
        "neg_category_ids": [],
        "not_exhaustive_category_ids": [],
        "metadata": {},
    }
    tracks: Iterator[dict[str, object]] = (
        {"id": track.track_id, "category_id": names.index(track.label) + 1, "video_id": _VIDEO_ID}
        for track in labels.tracks
    )
    categories: Iterator[dict[str, object]] = (
        {"id": number, "name": name} for number, name in enumerate(names, start=1)
    )
    lists = {
        "videos": iter([described]),
        "categories": categories,
        "tracks": tracks,
        "images": _images(labels, options),
        "annotations": _annotations(labels, names, options),
    }
    with path.open("w", encoding="utf-8", newline="\n") as file:
        title = json.dumps(labels.video.name, ensure_ascii=False)
        file.write(f'{{"info": {{"description": {title}}},\n"licenses": []')
        for name, records in lists.items():
            file.write(",\n")
            file.writelines(json_list(name, records))
        file.write("}\n")


def _images(labels: LabelSet, options: WriteOptions) -> Iterator[dict[str, object]]:
    video = labels.video
    folder = file_stem(video.name)
    for image_id, index in enumerate(video.frames.tolist(), start=1):
        yield {
            "id": image_id,
            "video_id": _VIDEO_ID,
            "video": folder,
            "file_name": f"{folder}/{image_stem(video, index)}{options.image_suffix}",
            "width": video.width,
            "height": video.height,
            "frame_index": index,
        }


def _annotations(labels: LabelSet, names: tuple[str, ...], options: WriteOptions) -> Iterator[dict[str, object]]:
    number = 0
    for image_id, (_, boxes) in enumerate(labels.by_frame(), start=1):
        for track, each in boxes:
            number += 1
            annotation: dict[str, object] = {
                "id": number,
                "image_id": image_id,
                "video_id": _VIDEO_ID,
                "track_id": track.track_id,
                "category_id": names.index(track.label) + 1,
                **box_fields(each.box, options),
                "iscrowd": 0,
                "segmentation": [],
                "occluded": each.visibility is Visibility.OCCLUDED,
            }
            if not math.isnan(each.score):
                annotation["score"] = each.score
            yield annotation


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
