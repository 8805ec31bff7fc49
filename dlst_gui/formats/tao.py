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
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits
from dlst_gui.formats.coco import (
    CocoHead,
    box_fields,
    check_sizes,
    object_rows,
    occluded_words,
    score_fields,
)
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.image_names import exported_image, image_stem
from dlst_gui.formats.json_input import lists_named
from dlst_gui.formats.json_output import json_list, json_text
from dlst_gui.formats.json_rows import JsonRows
from dlst_gui.formats.json_stream import JsonStream, take_members
from dlst_gui.formats.label_builder import LabelBuilder
from dlst_gui.formats.model import OCCLUDED_CODE, UNNAMED, AnnotatedVideo, Gaps, LabelSet
from dlst_gui.formats.numbers_out import file_stem
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.row_blocks import coded
from dlst_gui.formats.track_columns import BoxRows
from dlst_gui.formats.windows import ROWS_AT_ONCE, frame_windows

_VIDEO_ID = 1

_UNSAID = -(2**53)
"""Stands for a category that is not named."""


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


def _read(path: Path, video: AnnotatedVideo, tick: Tick = untold) -> LabelSet:
    head = _TaoHead(path, video)
    built: list[LabelBuilder] = []

    def take_annotations(stream: JsonStream, name: str) -> None:
        built.append(LabelBuilder(path, head.covered(), "annotation"))
        count = 0
        for rows in object_rows(stream, name):
            places = np.arange(count, count + rows.count)
            count += rows.count
            built[0].add_rows(_found(head, rows, places))

    first = {
        "videos": head.take_videos,
        "categories": head.take_categories,
        "images": head.take_images,
        "tracks": head.take_tracks,
    }
    take_members(path, first, "annotations", take_annotations, may_miss="tracks", tick=tick)
    return built[0].labels(Gaps.ABSENT)


class _TaoHead(CocoHead):
    """What the file says of its one video, and of tracks.

    Attributes:
        category_of: category ids by track id.
    """

    def __init__(self, path: Path, video: AnnotatedVideo) -> None:
        super().__init__(path, video)
        self.category_of: dict[int, int] = {}
        self._frames: dict[int, int] = {}
        self.frames = self._frames

    def take_videos(self, stream: JsonStream, name: str) -> None:
        """FormatError unless there is one, of the right size."""
        count = 0
        for rows in object_rows(stream, name):
            count += rows.count
            check_sizes(rows, self.video)
        if count != 1:
            problem = f"expected one video, there are {count}; one video is imported at a time"
            raise FormatError(self.path, problem, "top level")

    def take_tracks(self, stream: JsonStream, name: str) -> None:
        """Categories of whole tracks."""
        for rows in object_rows(stream, name):
            said = rows.whole("category_id", _UNSAID)
            found = zip(rows.whole("id").tolist(), said.tolist(), strict=False)
            self.category_of.update((track_id, category) for track_id, category in found if category != _UNSAID)
            if len(self.category_of) > limits.MOST_TRACKS:
                raise FormatError(self.path, f"more than {limits.MOST_TRACKS} tracks")

    def take_images(self, stream: JsonStream, name: str) -> None:
        """Frames by image id."""
        count = self.video.frame_count
        for rows in object_rows(stream, name):
            check_sizes(rows, self.video)
            frames = _either(rows, "frame_index", "frame_id")
            for row in np.flatnonzero((frames < 0) | (frames >= count))[:1].tolist():
                rows.refuse(row, f"frame {frames[row]} is not in the video, which has {count} frames")
            self._frames.update(zip(rows.whole("id").tolist(), frames.tolist(), strict=False))
            if len(self._frames) > count:
                raise FormatError(self.path, f"there are more images than the video's {count} frames")

    def labels_of(self, rows: JsonRows) -> list[str]:
        """(n,) labels of annotations: their own, else those of their tracks, else none."""
        if rows.has("category_id").all():
            return super().labels_of(rows)
        track_ids = _either(rows, "track_id", "instance_id").tolist()
        said = rows.whole("category_id", _UNSAID).tolist()
        ids = [
            self.category_of.get(track_id, _UNSAID) if category == _UNSAID else category
            for track_id, category in zip(track_ids, said, strict=False)
        ]
        unknown = [row for row, each in enumerate(ids) if each != _UNSAID and each not in self.categories]
        if unknown:
            rows.refuse(unknown[0], f"there is no category {ids[unknown[0]]}")
        return [self.categories.get(each, UNNAMED) for each in ids[: rows.count]]


def _found(head: _TaoHead, rows: JsonRows, places: NDArray[np.int64]) -> BoxRows:
    track_ids = _either(rows, "track_id", "instance_id")
    frames = head.frames_of(rows)
    names, labels = coded(head.labels_of(rows))
    visibilities = np.where(rows.truths("occluded", default=False), OCCLUDED_CODE, 0).astype(np.uint8)
    boxes = rows.lists("bbox", 4)
    scores = rows.numbers_if_any("score")
    return BoxRows(track_ids, labels, names, frames, boxes, places, visibilities, scores).first(rows.count)


def _either(rows: JsonRows, name: str, other: str) -> NDArray[np.int64]:
    """(n,) whole numbers of the first name, or of the other where an object does not have that."""
    has_name = rows.has(name)
    if has_name.all():
        return rows.whole(name)
    if not has_name.any():
        return rows.whole(other)
    both = rows.whole(name, 0), rows.whole(other, 0)
    missing = ~has_name & ~rows.has(other)[: len(has_name)]
    for row in np.flatnonzero(missing)[:1].tolist():
        rows.refuse(row, f"there is no {other!r}")
    return np.where(has_name[: rows.count], both[0][: rows.count], both[1][: rows.count])


def _looks_like(path: Path, tick: Tick = untold) -> bool:
    known = {"videos", "images", "annotations", "categories"}
    return lists_named(path, known, tick=tick) == known


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
