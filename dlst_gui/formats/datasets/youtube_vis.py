"""YouTube-VIS: one JSON file of many videos; read only, and its masks as boxes.

A video has `file_names` of its images, and a `length`. An annotation is one object: a list `bboxes` with left,
top, width, height in pixels for each frame, the first pixel being 0, and null where the object is absent. Where
a frame has a polygon or mask in `segmentations` and no box, that of a polygon is the enclosing one, and a mask
is skipped.

Source: youtubevos/cocoapi `PythonAPI/pycocotools/ytvos.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Convention, LabelReader, Shape, Unit
from dlst_gui.formats.labels.model import UNNAMED, AnnotatedVideo, Gaps, LabelledBox, LabelSet
from dlst_gui.formats.labels.original_shape import enclosing_points
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.file_parts import FilePart, chosen_part
from dlst_gui.formats.reading.frame_numbers import frames_of_numbers
from dlst_gui.formats.reading.image_names import found_in_folder
from dlst_gui.formats.reading.label_builder import LabelBuilder, covering
from dlst_gui.formats.reading_report import ReadingReport
from dlst_gui.formats.syntax.json_input import Json, JsonObject, lists_named
from dlst_gui.formats.syntax.json_stream import JsonStream, take_members
from tracker_core import Box


def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    report = ReadingReport()
    categories: dict[int, str] = {}
    parts: list[FilePart] = []
    files: dict[str, list[str]] = {}
    built: list[LabelBuilder] = []
    covered: list[AnnotatedVideo] = []

    def take_categories(stream: JsonStream, name: str) -> None:
        categories.update((each.whole("id"), each.text("name")) for each in _objects(stream, name))

    def take_videos(stream: JsonStream, name: str) -> None:
        for each in _objects(stream, name):
            key = str(each.whole("id"))
            files[key] = each.all_texts("file_names")
            folder = files[key][0].replace("\\", "/").rpartition("/")[0] if files[key] else ""
            size = each.whole("width", video.width), each.whole("height", video.height)
            parts.append(FilePart(key, (folder,), size, each.whole("length", len(files[key]))))
            if len(parts) > limits.MOST_TRACKS:
                raise FormatError(path, f"more than {limits.MOST_TRACKS} videos")

    def take_annotations(stream: JsonStream, name: str) -> None:
        chosen = chosen_part(path, parts, video, options, report)
        if chosen.size != (video.width, video.height):
            width, height = chosen.size or (0, 0)
            raise FormatError(
                path, f"is {width}x{height} pixels, the video's frames are {video.width}x{video.height}"
            )
        built[:] = [LabelBuilder(path, video, "annotation", options=options, report=report)]
        named = found_in_folder(path, files[chosen.key], video, report)
        names = files[chosen.key]
        if named is None and options.first_frame is None and options.step == 1:
            named = _by_number(names, video, report)
        places = np.arange(len(names), dtype=np.int64)
        placed = frames_of_numbers(places, options.first_frame or 0, options.step).tolist()
        frames = placed if named is None else [named[file] for file in names]
        covered[:] = [covering(video, np.array([at for at in frames if 0 <= at < video.frame_count], np.int32))]
        others = 0
        for each in _objects(stream, name):
            if str(each.whole("video_id")) == chosen.key:
                _take(built[0], each, frames, categories)
            else:
                others += 1
        if others:
            report.note(f"Objects of other videos in the file, which were not read: {others:,}.")

    first = {"categories": take_categories, "videos": take_videos}
    take_members(path, first, "annotations", take_annotations, tick=tick)
    return built[0].labels(Gaps.ABSENT, video=covered[0], tick=tick)


def _by_number(names: list[str], video: AnnotatedVideo, report: ReadingReport) -> dict[str, int] | None:
    """Frames by the numbers of images where the benchmark has every n-th of the video; None where not."""
    stems = [PurePosixPath(name).stem for name in names]
    numbers = [int(stem) for stem in stems if stem.isascii() and stem.isdecimal()]
    is_every_nth = len(numbers) == len(names) > 1 and bool((np.diff(numbers) > 1).all())
    if not is_every_nth or numbers[-1] >= video.frame_count:
        return None
    report.assume("Frames were found by the numbers of images, because these are further apart than one.")
    return dict(zip(names, numbers, strict=True))


def _take(built: LabelBuilder, annotation: JsonObject, frames: list[int], categories: dict[int, str]) -> None:
    track_id = annotation.whole("id")
    category = annotation.whole("category_id")
    if category not in categories:
        raise annotation.error(f"there is no category {category}")
    built.begin_track(track_id, categories[category] or UNNAMED, place=track_id)
    boxes = annotation.values_of("bboxes")
    shapes = annotation.values_of("segmentations")
    for at in range(max(len(boxes), len(shapes))):
        box = boxes[at] if at < len(boxes) else None
        shape = shapes[at] if at < len(shapes) else None
        if at >= len(frames):
            raise annotation.error(f"has {at + 1} frames or more, the video has {len(frames)}")
        if box is None and shape is None:
            built.report.absent += 1
            continue
        made = _box(built, annotation, box, shape)
        if made is not None:
            built.add(track_id, LabelledBox(frames[at], made), place=track_id)


def _box(built: LabelBuilder, annotation: JsonObject, box: Json, shape: Json) -> Box | None:
    if box is not None:
        return Box(*JsonObject(annotation.path, annotation.place, {"bboxes": box}).numbers("bboxes", 4))
    if isinstance(shape, list) and shape:
        inner = JsonObject(annotation.path, annotation.place, {"polygon": shape[0]})
        points = [*inner.all_numbers("polygon")]
        for each in shape[1:]:
            points += JsonObject(annotation.path, annotation.place, {"polygon": each}).all_numbers("polygon")
        if points and len(points) % 2 == 0:
            built.report.converted["polygon"] += 1
            return Box(*enclosing_points(np.array(points).reshape(-1, 2)))
    built.report.skip("masks without a box are not read", f"first: {annotation.place}")
    return None


def _objects(stream: JsonStream, name: str) -> Iterator[JsonObject]:
    for first, values in stream.values(name):
        for at, value in enumerate(values, start=first):
            yield JsonObject(stream.path, f"{name}[{at}]", value)


def _looks_like(path: Path, tick: Tick = untold) -> bool:
    known = {"videos", "annotations", "categories", "file_names"}
    return lists_named(path, known, without={"images"}, tick=tick) == known


YOUTUBE_VIS = LabelReader(
    name="youtube-vis",
    title="YouTube-VIS",
    convention=Convention(
        0, Shape.LEFT_TOP_SIZE, Unit.PIXELS, "by their place in file_names", "null", "as it is written"
    ),
    read=_read,
    looks_like=_looks_like,
)
