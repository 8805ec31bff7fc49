"""YouTube-VIS: one JSON file of many videos; read only, and its masks as boxes.

A video has `file_names` of its images, and a `length`. An annotation is one object: a list `bboxes` with left,
top, width, height in pixels for each frame, the first pixel being 0, and null where the object is absent. Where
a frame has polygons or a mask (COCO's counts, compressed or not) in `segmentations` and no box, it is the one
around them.

Source: youtubevos/cocoapi `PythonAPI/pycocotools/ytvos.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np

from dlst_gui import limits
from dlst_gui.formats.datasets.coco_shapes import segmented
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Convention, LabelReader, Shape, Unit
from dlst_gui.formats.labels.model import NO_ATTRIBUTES, UNNAMED, AnnotatedVideo, Gaps, LabelledBox, LabelSet
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.file_parts import FilePart, chosen_part
from dlst_gui.formats.reading.frame_numbers import frames_of_numbers
from dlst_gui.formats.reading.image_names import found_in_folder
from dlst_gui.formats.reading.kept_shapes import KeptShapes
from dlst_gui.formats.reading.label_builder import LabelBuilder, covering
from dlst_gui.formats.reading_report import ReadingReport
from dlst_gui.formats.syntax.json_input import JsonObject, lists_named
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
            raise FormatError(path, video.other_size(*(chosen.size or (0, 0))))
        built[:] = [LabelBuilder(path, video, "annotation", options=options, report=report)]
        kept = KeptShapes(report)
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
                _take(built[0], kept, each, frames=frames, categories=categories, video=video)
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


def _take(
    built: LabelBuilder,
    kept: KeptShapes,
    annotation: JsonObject,
    *,
    frames: list[int],
    categories: dict[int, str],
    video: AnnotatedVideo,
) -> None:
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
        found = segmented(shape, video)
        if box is not None:
            numbers = JsonObject(annotation.path, annotation.place, {"bboxes": box}).numbers("bboxes", 4)
        elif found is not None:
            numbers = [*found.around]
            built.report.converted[found.kind] += 1
        else:
            built.report.skip("what stands in `segmentations` cannot be read", f"first: {annotation.place}")
            continue
        said = NO_ATTRIBUTES if found is None else found.kept(kept, numbers, video.height)
        built.add(track_id, LabelledBox(frames[at], Box(*numbers), attributes=said), place=track_id)


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
