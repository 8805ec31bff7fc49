"""Label Studio's video JSON: one `videorectangle` per track, with a sequence of keyframes.

Left, top, width, height in **percent of the image, 0 to 100**, with a rotation, which is 0 here; frames are
counted **from 1** by their place in the video, `time` is seconds. Between keyframes lies a straight line.
`enabled: false` on a keyframe hides the object **after** that keyframe's frame: Label Studio's editor still
draws it there. So the last box of each visible span is a keyframe that is not enabled, and every span is closed,
also at the end of the video: older converters looked for `frameCount` where the file has `framesCount`, and lost
an open end.

Label Studio assumes 24 frames per second: put `frameRate="$fps"` into the `<Video>` tag of the labelling
configuration, which reads `fps` from `data`.

Sources: HumanSignal/label-studio `tags/videorectangle.md`, `VideoRegion.js`; label-studio-sdk
`label_studio_tools/postprocessing/video.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.json_input import JsonObject, lists_named
from dlst_gui.formats.json_output import json_text
from dlst_gui.formats.json_stream import JsonStream
from dlst_gui.formats.label_builder import LabelBuilder
from dlst_gui.formats.model import (
    UNNAMED,
    AnnotatedVideo,
    BoxColumns,
    BoxSource,
    Gaps,
    LabelledBox,
    LabelSet,
    ObjectTrack,
)
from dlst_gui.formats.numbers_out import written_boxes
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.spans import lines_between, needed_rows, visible_spans
from dlst_gui.formats.windows import ROWS_AT_ONCE, share_of
from dlst_gui.project.tracks import Visibility
from tracker_core import Box

_ON_LINE_PX = 1e-4
_DECIMALS = 9

_UPRIGHT_DEGREES = 0.01
"""A larger rotation is intended."""


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    data = json_text({"video": labels.video.name, "fps": labels.video.fps})
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'[{{"id": 1, "data": {data}, "annotations": [{{"id": 1, "result": [')
        for number, track in enumerate(labels.tracks):
            before, sequence, after = _result(labels.video, track).partition('"sequence": [')
            file.write(f"{', ' if number else ''}{before}{sequence}")
            parts = _keyframes(labels, track, options, share_of(tick, number, len(labels.tracks)))
            file.writelines(f"{', ' if at else ''}{part}" for at, part in enumerate(parts))
            file.write(after)
        file.write("]}]}]\n")


def _result(video: AnnotatedVideo, track: ObjectTrack) -> str:
    return json_text(
        {
            "id": f"track_{track.track_id}",
            "type": "videorectangle",
            "from_name": "box",
            "to_name": "video",
            "origin": "manual",
            "value": {
                "framesCount": video.frame_count,
                "duration": round(video.frame_count / video.fps, 6),
                "sequence": [],
                "labels": [track.label],
            },
        }
    )


def _keyframes(labels: LabelSet, track: ObjectTrack, options: WriteOptions, tick: Tick) -> Iterator[str]:
    for span in visible_spans(track.columns, labels.video, labels.gaps):
        kept = span.columns.where(needed_rows(span.columns, _ON_LINE_PX))
        for low in range(0, len(kept), ROWS_AT_ONCE):
            piece = kept.rows(low, low + ROWS_AT_ONCE)
            tick(int(piece.frame_indices[0]), labels.video.frame_count)
            yield from _keyframe_texts(piece, labels.video, options, last=int(kept.frame_indices[-1]))


def _keyframe_texts(
    columns: BoxColumns, video: AnnotatedVideo, options: WriteOptions, *, last: int
) -> Iterator[str]:
    size = np.array([video.width, video.height] * 2)
    percent = 100 * written_boxes(columns.boxes_xywh, is_sub_pixel=options.sub_pixel) / size
    for index, numbers in zip(columns.frame_indices.tolist(), percent.tolist(), strict=True):
        x, y, width, height = (round(number, _DECIMALS) for number in numbers)
        yield (
            f'{{"frame": {index + 1}, "enabled": {"false" if index == last else "true"}, "rotation": 0, '
            f'"x": {x}, "y": {y}, "width": {width}, "height": {height}, '
            f'"time": {round(video.timestamp_s(index), 6)}}}'
        )


def _read(path: Path, video: AnnotatedVideo, tick: Tick = untold) -> LabelSet:
    built = LabelBuilder(path, video, "result")
    stream = JsonStream(path, tick)
    tasks, annotations = 0, 0
    for task in stream.members("tasks"):
        tasks += 1
        if task == 0:
            annotations = _take_task(built, stream, video)
    stream.finish()
    if tasks != 1:
        raise FormatError(path, f"expected one task, there are {tasks}; one video is imported at a time")
    if not annotations:
        raise FormatError(path, "the task has no annotations")
    others = () if annotations == 1 else (f"Only the first of {annotations} annotations was read.",)
    return built.labels(Gaps.UNSAID, notices=others)


def _take_task(built: LabelBuilder, stream: JsonStream, video: AnnotatedVideo) -> int:
    """Takes the first annotation; returns how many there are."""
    count: int | None = None
    for name in stream.names("tasks[0]"):
        if name == "annotations":
            count = 0
            for number in stream.members("tasks[0], annotations"):
                count += 1
                if number == 0:
                    _take_annotation(built, stream, video)
    if count is None:
        raise FormatError(stream.path, "there is no 'annotations'", "tasks[0]")
    return count


def _take_annotation(built: LabelBuilder, stream: JsonStream, video: AnnotatedVideo) -> None:
    place = "tasks[0], annotations[0]"
    is_there = False
    number = 0
    for name in stream.names(place):
        if name != "result":
            continue
        is_there = True
        for first, values in stream.values(f"{place}, result"):
            for at, value in enumerate(values, start=first):
                result = JsonObject(stream.path, f"{place}, result[{at}]", value)
                if result.text("type", "") == "videorectangle":
                    number += 1
                    _take_track(built, result, number, video)
    if not is_there:
        raise FormatError(stream.path, "there is no 'result'", place)


def _take_track(built: LabelBuilder, result: JsonObject, number: int, video: AnnotatedVideo) -> None:
    value = result.object_at("value")
    if "framesCount" in value and abs(value.number("framesCount") - video.frame_count) >= 1:
        frames = value.number("framesCount")
        raise value.error(f"was made for a video with {frames:g} frames, but this one has {video.frame_count}")
    _, _, given = result.text("id", "").partition("track_")
    track_id = int(given) if given.isdecimal() and given.isascii() and len(given) < 10 else number
    built.begin_track(track_id, _label(value), place=number)
    keyframes = sorted(value.objects("sequence"), key=lambda keyframe: keyframe.number("frame"))
    boxes = [_box(keyframe, video) for keyframe in keyframes]
    enabled = [keyframe.truth("enabled", default=True) for keyframe in keyframes]
    for each in boxes:
        built.add(track_id, each, place=number)
    last = LabelledBox(video.frame_count, Box(0, 0, 1, 1))
    for (one, following), is_on in zip(pairwise([*boxes, last]), enabled, strict=True):
        low, high = np.searchsorted(video.frames, [one.frame_index + 1, following.frame_index])
        between = video.frames[low:high]
        if is_on and following is not last:
            _add_between(built, track_id, (one, following), between, place=number)
        elif is_on:
            # An open end: the object stays where it is, as the editor shows it.
            _add_between(built, track_id, (one,), between, place=number)
        elif one.frame_index + 1 < following.frame_index and one.frame_index + 1 < video.frame_count:
            gone = LabelledBox(one.frame_index + 1, one.box, visibility=Visibility.OUTSIDE)
            built.add(track_id, gone, place=number)


def _add_between(
    built: LabelBuilder,
    track_id: int,
    ends: tuple[LabelledBox, ...],
    frames: NDArray[np.int32],
    *,
    place: int,
) -> None:
    if not len(frames):
        return
    known = BoxColumns.of(ends)
    boxes = lines_between(known.frame_indices, known.boxes_xywh, frames)
    # Beyond the last keyframe nothing is to be drawn between, so the boxes there count as given.
    source = BoxSource.IMPORTED if len(ends) == 1 else BoxSource.INTERPOLATED
    built.add_between(track_id, frames, boxes, source, place=place)


def _label(value: JsonObject) -> str:
    return value.first_text("labels") or UNNAMED


def _box(keyframe: JsonObject, video: AnnotatedVideo) -> LabelledBox:
    if abs(keyframe.number("rotation", 0)) > _UPRIGHT_DEGREES:
        raise keyframe.error("the box is rotated; only axis-aligned boxes are supported")
    x, y, w, h = (keyframe.number(name) / 100 for name in ("x", "y", "width", "height"))
    box = Box(x * video.width, y * video.height, w * video.width, h * video.height)
    return LabelledBox(keyframe.whole("frame") - 1, box)


def _looks_like(path: Path, tick: Tick = untold) -> bool:
    return lists_named(path, {"annotations", "result"}, without={"images"}, tick=tick) == {"annotations", "result"}


LABEL_STUDIO = Format(
    name="label-studio",
    title="Label Studio video JSON",
    suffix=".json",
    convention=Convention(
        0,
        Shape.LEFT_TOP_SIZE,
        Unit.PERCENT,
        "counted from 1",
        "after a keyframe that is not enabled",
        "nine decimals",
    ),
    can_hold=Capabilities(
        Identity.IDS, labels=True, absence=True, occlusion=False, sub_pixel=True, keyframes=True
    ),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda video, options: (
        1e-4 + max(video.width, video.height) * 1e-11 if options.sub_pixel else 0.5
    ),
)
