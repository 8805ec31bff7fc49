"""TAO and COCO-video: one JSON file of videos, tracks, images, annotations and categories.

`bbox` is left, top, width, height in pixels as in COCO: **the first pixel is 0**, boxes go from edge to edge.
`frame_index` of an image counts **from 0** by its place in the video. An annotation names its `track_id`; an
image without the object has none. `neg_category_ids` and `not_exhaustive_category_ids` are empty: this program
does not know whether everything of a label was labelled. Occlusion is written beside the standard's fields as
`occluded`. Files of mmtracking's CocoVID, with `frame_id` and `instance_id`, are read as well, and ByteTrack's,
whose `frame_id` counts from 1; of several videos the one that is open.

Source: TrackEval `docs/TAO-format.txt`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits
from dlst_gui.formats.datasets.coco import (
    CocoHead,
    annotation_rows,
    object_rows,
)
from dlst_gui.formats.datasets.coco_shapes import SHAPES, WrittenShapes
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import OCCLUDED_CODE, UNNAMED, AnnotatedVideo, Gaps, LabelSet
from dlst_gui.formats.labels.windows import ROWS_AT_ONCE, frame_windows
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.file_parts import FilePart, chosen_part
from dlst_gui.formats.reading.frame_numbers import FrameNumbers, read_by_evidence
from dlst_gui.formats.reading.image_names import exported_image, found_in_folder, image_file
from dlst_gui.formats.reading.label_builder import LabelBuilder, covering
from dlst_gui.formats.reading.track_columns import BoxRows
from dlst_gui.formats.reading_report import ReadingReport
from dlst_gui.formats.syntax.json_input import lists_named
from dlst_gui.formats.syntax.json_output import json_list, json_text
from dlst_gui.formats.syntax.json_rows import JsonRows
from dlst_gui.formats.syntax.json_stream import JsonStream, take_members
from dlst_gui.formats.syntax.numbers_out import file_stem
from dlst_gui.formats.syntax.row_blocks import coded

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
                "file_name": f"{folder}/{image_file(video, index, options)}",
                "width": video.width,
                "height": video.height,
                "frame_index": index,
            }
        )


def _annotations(labels: LabelSet, options: WriteOptions, tick: Tick) -> Iterator[str]:
    names = labels.label_names()
    known = [(track.track_id, names.index(track.label) + 1) for track in labels.tracks]
    shapes = WrittenShapes(labels, options)
    number = 1
    for window in frame_windows(labels.tracks, labels.video.frames, tick):
        rows = annotation_rows(window, options)
        for at, (image_id, frame, track, box, occluded, score) in enumerate(rows, start=number):
            track_id, category_id = known[track]
            fields, rotation = shapes.fields(track, frame, *box)
            attributes = f'"attributes": {{{rotation}}}, ' if rotation else ""
            yield (
                f'{{"id": {at}, "image_id": {image_id}, "video_id": {_VIDEO_ID}, "track_id": {track_id}, '
                f'"category_id": {category_id}, {fields}, {attributes}"occluded": {occluded}{score}}}'
            )
        number += len(window)


@read_by_evidence
def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    report = ReadingReport()
    head = _TaoHead(path, video, options)
    built: list[LabelBuilder] = []

    def take_annotations(stream: JsonStream, name: str) -> None:
        head.finish(report)
        covered = covering(video, head.frames_in_video())
        built[:] = [LabelBuilder(path, covered, "annotation", options=options, report=report)]
        count, others = 0, 0
        for rows in object_rows(stream, name):
            found, other = _found(head, rows, count, report)
            count += rows.count
            others += other
            built[0].add_rows(found)
        if others:
            report.note(f"Boxes of other videos in the file, which were not read: {others:,}.")

    first = {
        "videos": head.take_videos,
        "categories": head.take_categories,
        "images": head.take_images,
        "tracks": head.take_tracks,
    }
    take_members(path, first, "annotations", take_annotations, may_miss="tracks", tick=tick)
    return built[0].labels(Gaps.ABSENT, tick=tick)


class _TaoHead(CocoHead):
    """What the file says of its videos, and of tracks.

    Attributes:
        category_of: category ids by track id.
        other_images: ids of images of other videos.
    """

    def __init__(self, path: Path, video: AnnotatedVideo, options: ReadOptions) -> None:
        super().__init__(path, video)
        self._options = options
        self.category_of: dict[int, int] = {}
        self._videos: list[FilePart] = []
        self._images: list[_Images] = []
        self._own: dict[int, int] = {}
        self.other_images: set[int] = set()

    def take_videos(self, stream: JsonStream, name: str) -> None:
        """Each video of the file."""
        for rows in object_rows(stream, name):
            ids = rows.ids("id", 0).tolist()
            names, files = rows.words("name", ""), rows.words("file_name", "")
            sizes = zip(rows.whole("width", 0).tolist(), rows.whole("height", 0).tolist(), strict=False)
            for video_id, title, file, size in zip(ids, names, files, sizes, strict=False):
                known = tuple(each for each in (title, file) if each)
                self._videos.append(FilePart(str(video_id), known, size if all(size) else None))
            if len(self._videos) > limits.MOST_TRACKS:
                raise FormatError(self.path, f"more than {limits.MOST_TRACKS} videos")

    def take_tracks(self, stream: JsonStream, name: str) -> None:
        """Categories of whole tracks."""
        for rows in object_rows(stream, name):
            said = rows.ids("category_id", _UNSAID)
            found = zip(rows.ids("id").tolist(), said.tolist(), strict=False)
            self.category_of.update((track_id, category) for track_id, category in found if category != _UNSAID)
            if len(self.category_of) > limits.MOST_TRACKS:
                raise FormatError(self.path, f"more than {limits.MOST_TRACKS} tracks")

    def take_images(self, stream: JsonStream, name: str) -> None:
        """Images of all videos, as the file has them."""
        count = 0
        for rows in object_rows(stream, name):
            count += rows.count
            if count > limits.MOST_FRAMES:
                raise FormatError(self.path, f"more than {limits.MOST_FRAMES:,} images")
            self._images.append(
                _Images(
                    rows.ids("id"),
                    rows.ids("video_id", _UNSAID),
                    _either(rows, "frame_index", "frame_id"),
                    rows.whole("width", self.video.width),
                    rows.whole("height", self.video.height),
                    rows.words("file_name", ""),
                )
            )

    def finish(self, report: ReadingReport) -> None:
        """Choose the video, and find the frames of its images, once videos and images are known.

        Raises:
            FormatError: there is no video, another one, or images of another size.
        """
        if not self._videos:
            raise FormatError(self.path, "expected one video, there are 0", "top level")
        chosen = chosen_part(self.path, self._videos, self.video, self._options, report)
        self._check_size(chosen)
        numbers = FrameNumbers(0, self.video.frame_count, self._options, is_defined=False)
        is_alone = len(self._videos) == 1
        frames: dict[int, int] = {}
        for images in self._images:
            is_here = np.array(
                [is_alone or str(each) == chosen.key for each in images.video_ids.tolist()], dtype=bool
            )
            self._check_sizes(images, is_here)
            ids = images.ids[is_here].tolist()
            frames.update(zip(ids, numbers.indices(images.frames[is_here]).tolist(), strict=True))
            self.other_images.update(images.ids[~is_here].tolist())
        is_asked = self._options.first_frame is not None or self._options.step != 1
        if self.video.image_names is not None and not is_asked:
            frames = self._frames_by_name(frames, report) or frames
        else:
            numbers.finish(report)
        self._own = frames
        # Annotations on images of other videos are told apart by their images.
        self.frames = {**dict.fromkeys(self.other_images, 0), **frames}

    def frames_in_video(self) -> NDArray[np.int32]:
        """(n,) those of the images."""
        inside = (frame for frame in self._own.values() if 0 <= frame < self.video.frame_count)
        return np.fromiter(inside, np.int32)

    def _frames_by_name(self, frames: Mapping[int, int], report: ReadingReport) -> dict[int, int] | None:
        """Frames by image id where the open folder has images of these names."""
        named = {
            image_id: name
            for images in self._images
            for image_id, name in zip(images.ids.tolist(), images.names, strict=True)
            if image_id in frames and name
        }
        found = found_in_folder(self.path, [*named.values()], self.video, report)
        return None if found is None else {image_id: found[name] for image_id, name in named.items()}

    def _check_size(self, chosen: FilePart) -> None:
        if chosen.size is not None and chosen.size != (self.video.width, self.video.height):
            raise FormatError(self.path, self.video.other_size(*chosen.size), f"the video {chosen.title}")

    def _check_sizes(self, images: _Images, is_here: NDArray[np.bool_]) -> None:
        is_other = (images.widths != self.video.width) | (images.heights != self.video.height)
        for row in np.flatnonzero(is_other & is_here)[:1].tolist():
            size = int(images.widths[row]), int(images.heights[row])
            raise FormatError(self.path, self.video.other_size(*size), f"the image {images.ids[row]}")

    def labels_of(self, rows: JsonRows) -> list[str]:
        """(n,) labels of annotations: their own, else those of their tracks, else none."""
        if rows.has("category_id").all():
            return super().labels_of(rows)
        track_ids = _either(rows, "track_id", "instance_id").tolist()
        said = rows.ids("category_id", _UNSAID).tolist()
        ids = [
            self.category_of.get(track_id, _UNSAID) if category == _UNSAID else category
            for track_id, category in zip(track_ids, said, strict=False)
        ]
        unknown = [row for row, each in enumerate(ids) if each != _UNSAID and each not in self.categories]
        if unknown:
            rows.refuse(unknown[0], f"there is no category {ids[unknown[0]]}")
        return [self.categories.get(each, UNNAMED) for each in ids[: rows.count]]


@dataclass(frozen=True, slots=True, eq=False)
class _Images:
    """Some images, column by column."""

    ids: NDArray[np.int64]
    video_ids: NDArray[np.int64]
    frames: NDArray[np.int64]
    widths: NDArray[np.int64]
    heights: NDArray[np.int64]
    names: list[str]


def _found(head: _TaoHead, rows: JsonRows, first: int, report: ReadingReport) -> tuple[BoxRows, int]:
    """Some annotations of this video, the first of them of this number, and how many are of others."""
    image_ids = rows.ids("image_id").tolist()
    is_here = np.array([each not in head.other_images for each in image_ids], dtype=bool)
    track_ids = _either(rows, "track_id", "instance_id")
    frames = head.frames_of(rows)
    names, labels = coded(head.labels_of(rows))
    boxes, attributes = head.shapes(report).boxes(rows, is_here)
    visibilities = np.where(rows.truths("occluded", default=False), OCCLUDED_CODE, 0).astype(np.uint8)
    scores = rows.numbers_if_any("score")
    places = np.arange(first, first + rows.count)
    found = BoxRows(
        track_ids, labels, names, frames, boxes, places, visibilities, scores, attributes=attributes or None
    ).first(rows.count)
    is_here = is_here[: len(found)]
    return (found if is_here.all() else found.rows(np.flatnonzero(is_here))), int((~is_here).sum())


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
    can_hold=Capabilities(
        Identity.IDS, labels=True, absence=False, occlusion=True, sub_pixel=True, scores=True, shapes=SHAPES
    ),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: 1e-4 if options.sub_pixel else 0.5,
    image_paths=_image_paths,
)
