"""Label Studio's video JSON: one `videorectangle` per track, with a sequence of keyframes.

Left, top, width, height in **percent of the image, 0 to 100**, with a rotation in degrees; frames are
counted **from 1** by their place in the video, `time` is seconds. Between keyframes lies a straight line.
`enabled: false` on a keyframe hides the object **after** that keyframe's frame: Label Studio's editor still
draws it there. So the last box of each visible span is a keyframe that is not enabled, and every span is closed,
also at the end of the video: older converters looked for `frameCount` where the file has `framesCount`, and lost
an open end.

After a last keyframe that is enabled the object stays where it is to the end of the video, in the editor and in
the SDK's interpolation (`frameCount - frame + 1` frames). Here boxes lie between keyframes, so the last frame gets
one.

Read are also exports with interpolated frames (`auto: true`), JSON-MIN, predictions, of a project the task of this
video, and files whose `framesCount` is another: `time` is the frame's number over the frames per second that Label
Studio assumed, which says where in the video a keyframe lies. Boxes are turned about their left top corner.

Images, such as frames of a video, are read by `label_studio_images.py`.

Label Studio assumes 24 frames per second: put `frameRate="$fps"` into the `<Video>` tag of the labelling
configuration, which reads `fps` from `data`.

What is said of a region by controls per region is said of the whole track. Label Studio has no place for what is
said of single frames.

Sources: HumanSignal/label-studio `tags/videorectangle.md`, `VideoRegion.js`; label-studio-sdk
`label_studio_tools/postprocessing/video.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import (
    NO_ATTRIBUTES,
    UNNAMED,
    AnnotatedVideo,
    BoxColumns,
    BoxSource,
    Gaps,
    LabelledBox,
    LabelSet,
    ObjectTrack,
)
from dlst_gui.formats.labels.said_values import typed
from dlst_gui.formats.labels.spans import needed_rows, visible_spans
from dlst_gui.formats.labels.turned_boxes import (
    TURNED,
    UPRIGHT_DEGREES,
    about_corner,
    enclosing_turned,
    rotation_attributes,
    turned_of,
)
from dlst_gui.formats.labels.windows import ROWS_AT_ONCE, share_of
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.file_parts import FilePart, chosen_part
from dlst_gui.formats.reading.label_builder import LabelBuilder
from dlst_gui.formats.reading_report import ReadingReport
from dlst_gui.formats.syntax.json_input import JsonObject, lists_named
from dlst_gui.formats.syntax.json_output import json_text
from dlst_gui.formats.syntax.json_stream import JsonStream
from dlst_gui.formats.syntax.numbers_out import written_boxes
from dlst_gui.formats.tools.label_studio_images import SHAPES_ON_IMAGES, is_of_images, read_images
from dlst_gui.project.attributes import AttributeKind
from dlst_gui.project.keyframing.thinning import lines_between
from dlst_gui.project.tracks import Visibility
from tracker_core import Box

_ON_LINE_PX = 1e-4
_DECIMALS = 9

_PREDICTIONS = "predictions"
_LISTS = ("annotations", _PREDICTIONS)
_SAID_IN = {"choices": "choices", "textarea": "text", "number": "number", "rating": "rating"}
"""By type of a result that is said of a region, the member of its value."""
_KEYFRAMES = "sequence"
_PLAIN = frozenset({"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "meta"})
"""Members of a task that name no video."""

_SAME_LENGTH = 0.02
_LEAST_SECONDS = 0.1
"""How much a video may last longer than Label Studio says: as a share, and in seconds."""


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
            file.writelines(f", {json_text(each)}" for each in _said_of(labels, track))
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


def _said_of(labels: LabelSet, track: ObjectTrack) -> Iterator[dict[str, object]]:
    """What is said of a track, as results of controls per region; what is said of single boxes has no place."""
    kinds = {each.name: each.kind for each in labels.offered if each.applies_to(track.label)}
    for name, value in track.attributes.items():
        made = typed(value, kinds.get(name))
        inner: dict[str, object] = {"text": [value]}
        kind = "textarea"
        if kinds.get(name) in (AttributeKind.CHOICE, AttributeKind.YES_NO):
            kind, inner = "choices", {"choices": [value]}
        elif kinds.get(name) is AttributeKind.NUMBER and not isinstance(made, str):
            kind, inner = "number", {"number": made}
        yield {
            "id": f"track_{track.track_id}",
            "type": kind,
            "from_name": name,
            "to_name": "video",
            "origin": "manual",
            "value": inner,
        }


def _keyframes(labels: LabelSet, track: ObjectTrack, options: WriteOptions, tick: Tick) -> Iterator[str]:
    for span in visible_spans(track.columns, labels.video, labels.gaps):
        kept = span.columns.where(needed_rows(span.columns, _ON_LINE_PX, options.keyframes_within_px))
        for low in range(0, len(kept), ROWS_AT_ONCE):
            piece = kept.rows(low, low + ROWS_AT_ONCE)
            tick(int(piece.frame_indices[0]), labels.video.frame_count)
            yield from _keyframe_texts(piece, labels.video, options, last=int(kept.frame_indices[-1]))


def _keyframe_texts(
    columns: BoxColumns, video: AnnotatedVideo, options: WriteOptions, *, last: int
) -> Iterator[str]:
    size = np.array([video.width, video.height] * 2)
    boxes = written_boxes(columns.boxes_xywh, is_sub_pixel=options.sub_pixel)
    turned = turned_of(columns) if options.sub_pixel else {}
    for index, (xywh, degrees) in turned.items():
        boxes[np.searchsorted(columns.frame_indices, index)] = about_corner(xywh, degrees)
    percent = 100 * boxes / size
    for index, numbers in zip(columns.frame_indices.tolist(), percent.tolist(), strict=True):
        rotation = round(turned[index][1], _DECIMALS) if index in turned else 0
        x, y, width, height = (round(number, _DECIMALS) for number in numbers)
        yield (
            f'{{"frame": {index + 1}, "enabled": {"false" if index == last else "true"}, "rotation": {rotation}, '
            f'"x": {x}, "y": {y}, "width": {width}, "height": {height}, '
            f'"time": {round(video.timestamp_s(index), 6)}}}'
        )


def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    if is_of_images(path, tick):
        return read_images(path, video, tick, options)
    report = ReadingReport()
    tasks = _tasks_of(path, tick)
    if not tasks:
        raise FormatError(path, "expected a task, there is none")
    task = tasks[int(chosen_part(path, [each.part for each in tasks], video, options, report).key)]
    wanted = task.wanted(path, report)
    built = LabelBuilder(path, video, "result", options=options, report=report)
    reader = _Reader(built, video, options, is_predicted=wanted.list_name == _PREDICTIONS)
    reader.read(path, task.number, wanted, tick)
    labels = built.labels(Gaps.UNSAID, tick=tick)
    tracks = (replace(each, attributes=reader.said_of(each.track_id) or each.attributes) for each in labels.tracks)
    return replace(labels, tracks=tuple(tracks))


@dataclass(frozen=True, slots=True)
class _Annotation:
    """One list of results in a task: of an annotation, a prediction, or of a task in JSON-MIN.

    Attributes:
        list_name: "annotations" or "predictions"; of JSON-MIN, the name of the control.
        number: of the annotation in that list.
    """

    list_name: str
    number: int


@dataclass(slots=True)
class _Task:
    """What a first look at a task finds."""

    number: int
    names: list[str] = field(default_factory=list)
    found: list[_Annotation] = field(default_factory=list)
    cancelled: int = 0
    is_listed: bool = False

    @property
    def part(self) -> FilePart:
        # Its length is Label Studio's guess, which `_index_of` can put right: it decides nothing here.
        return FilePart(str(self.number), tuple(self.names))

    def wanted(self, path: Path, report: ReadingReport) -> _Annotation:
        """The one to be read; FormatError where there is none."""
        if self.cancelled:
            words = "annotation was" if self.cancelled == 1 else "annotations were"
            report.note(f"{self.cancelled} skipped {words} left out.")
        given = [each for each in self.found if each.list_name != _PREDICTIONS]
        chosen = given or self.found
        if not chosen:
            what = "no annotations" if self.is_listed or self.cancelled else "no 'annotations'"
            raise FormatError(path, f"the task has {what}", f"tasks[{self.number}]")
        if len(chosen) > 1:
            report.note(f"Only the first of {len(chosen)} annotations was read.")
        return chosen[0]


def _tasks_of(path: Path, tick: Tick) -> list[_Task]:
    """What the file holds; no keyframe is looked at."""
    stream = JsonStream(path, tick)
    tasks = []
    for number in stream.members("tasks"):
        task = _Task(number)
        tasks.append(task)
        if len(tasks) > limits.MOST_TRACKS:
            raise FormatError(path, f"expected at most {limits.MOST_TRACKS:,} tasks, there are more")
        for name in stream.names(f"tasks[{number}]"):
            if name in _LISTS:
                task.is_listed = True
                _take_outline(task, stream, name)
            elif name == "data":
                for _ in stream.names(f"tasks[{number}], data"):
                    value = stream.value()
                    task.names += [value] if isinstance(value, str) else []
            elif name not in _PLAIN:
                value = stream.value()
                if isinstance(value, str):
                    task.names.append(value)
                elif isinstance(value, list) and any(
                    isinstance(each, dict) and _KEYFRAMES in each for each in value
                ):
                    task.found.append(_Annotation(name, 0))
    stream.finish()
    return tasks


def _take_outline(task: _Task, stream: JsonStream, name: str) -> None:
    for number in stream.members(f"tasks[{task.number}], {name}"):
        is_cancelled = False
        for inner in stream.names(f"tasks[{task.number}], {name}[{number}]"):
            if inner == "was_cancelled":
                is_cancelled = stream.value() is True
        if is_cancelled:
            task.cancelled += 1
        else:
            task.found.append(_Annotation(name, number))


class _Reader:
    """Puts the results of one annotation on tracks."""

    def __init__(
        self, built: LabelBuilder, video: AnnotatedVideo, options: ReadOptions, *, is_predicted: bool
    ) -> None:
        self._built = built
        self._video = video
        self._first = 1 if options.first_frame is None else options.first_frame
        self._is_asked = options.first_frame is not None
        self._given = BoxSource.TRACKED if is_predicted else BoxSource.IMPORTED
        self._count = 0
        self._other_kinds = 0
        self._regions: dict[int, str] = {}
        self._said: dict[str, dict[str, str]] = {}
        self._to_the_end = 0

    def read(self, path: Path, task: int, wanted: _Annotation, tick: Tick) -> None:
        """Go through the file again, to the annotation that is wanted."""
        stream = JsonStream(path, tick)
        for number in stream.members("tasks"):
            if number != task:
                continue
            for name in stream.names(f"tasks[{task}]"):
                if name == wanted.list_name:
                    place = f"tasks[{task}], {name}"
                    if name in _LISTS:
                        self._take_annotation(stream, place, wanted.number)
                    else:
                        self._take_results(stream, place, is_bare=True)
        known = frozenset(self._regions.values())
        self._other_kinds += sum(len(said) for region, said in self._said.items() if region not in known)
        if self._other_kinds:
            self._built.report.skip(
                "regions that are no boxes of a video are not read", "the first annotation", self._other_kinds
            )
        if self._to_the_end:
            words = "object lasts" if self._to_the_end == 1 else "objects last"
            said = f"{self._to_the_end:,} {words} to the end without a keyframe there"
            self._built.report.note(f"{said}; a box was put on the last frame.")

    def _take_annotation(self, stream: JsonStream, place: str, wanted: int) -> None:
        is_there = False
        for number in stream.members(place):
            if number != wanted:
                continue
            for name in stream.names(f"{place}[{number}]"):
                if name == "result":
                    is_there = True
                    self._take_results(stream, f"{place}[{number}], result", is_bare=False)
        if not is_there:
            raise FormatError(stream.path, "there is no 'result'", f"{place}[{wanted}]")

    def _take_results(self, stream: JsonStream, place: str, *, is_bare: bool) -> None:
        for first, values in stream.values(place):
            for at, value in enumerate(values, start=first):
                result = JsonObject(stream.path, f"{place}[{at}]", value)
                if is_bare:
                    self._take_track(result, "")
                elif result.text("type", "") == "videorectangle":
                    self._take_track(result.object_at("value"), result.text("id", ""))
                elif result.text("type", "") in _SAID_IN and "id" in result and "from_name" in result:
                    self._take_said(result)
                else:
                    self._other_kinds += 1

    def _take_said(self, result: JsonObject) -> None:
        """What is said of a region, of which nothing need be known yet."""
        kind, value = result.text("type"), result.object_at("value")
        is_number = kind in ("number", "rating")
        text = f"{value.number(kind):.15g}" if is_number else value.first_text(_SAID_IN[kind])
        said = self._said.setdefault(result.text("id"), {})
        said[result.text("from_name")] = text
        if len(said) > limits.MOST_ATTRIBUTES or len(self._said) > limits.MOST_TRACKS:
            raise result.error("more is said of regions than any file should say")

    def said_of(self, track_id: int) -> dict[str, str]:
        """What is said of the region that a track is from."""
        return self._said.get(self._regions.get(track_id, ""), {})

    def _take_track(self, value: JsonObject, name: str) -> None:
        self._count += 1
        place = self._count
        _, _, given = name.partition("track_")
        track_id = int(given) if given.isdecimal() and given.isascii() and len(given) < 10 else self._count
        self._regions[track_id] = name
        self._built.begin_track(track_id, value.first_text("labels") or UNNAMED, place=place)
        keyframes = sorted(value.objects(_KEYFRAMES), key=lambda keyframe: keyframe.number("frame"))
        indices = self._indices(value, keyframes)
        known = [self._keyframe(each, index) for each, index in zip(keyframes, indices, strict=True)]
        # Several keyframes may come to lie on one frame, where the rate was another: the first of them counts.
        known = [each for at, each in enumerate(known) if not at or each.index > known[at - 1].index]
        self._skip_wrong(known, place)
        known = [each for each in known if each.is_sound]
        for one, following in pairwise([*known, None]):
            if one is not None:
                self._put(track_id, one, following, place)

    def _put(self, track_id: int, one: _Keyframe, following: _Keyframe | None, place: int) -> None:
        """A keyframe, and what follows from it up to the next."""
        count = self._video.frame_count
        attributes = rotation_attributes(one.xywh, one.degrees) if one.is_turned else NO_ATTRIBUTES
        is_between = one.is_auto and following is not None
        source = BoxSource.INTERPOLATED if is_between else self._given
        if one.is_turned:
            self._built.report.converted[TURNED] += 1
        made = LabelledBox(one.index, one.enclosing(), source, attributes=attributes)
        self._built.add(track_id, made, place=place)
        end = count if following is None else following.index
        if not one.is_enabled:
            if one.index + 1 < end:
                gone = LabelledBox(one.index + 1, one.enclosing(), visibility=Visibility.OUTSIDE)
                self._built.add(track_id, gone, place=place, is_given=False)
            return
        if following is None:
            if one.index + 1 >= count:
                return
            # An open end: the object stays where it is, as the editor shows it.
            self._to_the_end += 1
            following = replace(one, index=count - 1)
            made = LabelledBox(count - 1, one.enclosing(), self._given)
            self._built.add(track_id, made, place=place, is_given=False)
        low, high = np.searchsorted(self._video.frames, [one.index + 1, following.index])
        frames = self._video.frames[low:high]
        if len(frames):
            boxes = _between(one, following, frames)
            self._built.add_between(track_id, frames, boxes, BoxSource.INTERPOLATED, place=place)

    def _skip_wrong(self, known: list[_Keyframe], place: int) -> None:
        for each in known:
            if not each.is_sound:
                numbers = ", ".join(f"{value:g}" for value in each.xywh)
                problem = f"expected a box with finite numbers and a positive size, got ({numbers})"
                self._built.skip("a width or height is not above 0", place, problem)

    def _keyframe(self, keyframe: JsonObject, index: int) -> _Keyframe:
        x, y, w, h = (keyframe.number(name) / 100 for name in ("x", "y", "width", "height"))
        width, height = self._video.width, self._video.height
        return _Keyframe(
            index,
            (x * width, y * height, w * width, h * height),
            keyframe.number("rotation", 0),
            keyframe.truth("enabled", default=True),
            keyframe.truth("auto", default=False),
        )

    def _indices(self, value: JsonObject, keyframes: list[JsonObject]) -> list[int]:
        """The frame of each keyframe: by number where the file knows the video's length, else by time."""
        count = self._video.frame_count
        said = value.number("framesCount") if "framesCount" in value else float(count)
        numbers = [keyframe.whole("frame") for keyframe in keyframes]
        if self._is_asked or abs(said - count) < 1:
            return [number - self._first for number in numbers]
        if not all("time" in keyframe for keyframe in keyframes) or not self._is_as_long(value):
            raise value.error(f"was made for a video with {said:g} frames, but this one has {count}")
        # `time` is the number over Label Studio's frames per second, 24 unless its user says otherwise, and frames
        # count from 1: frame 1 has the time of one frame, and is shown at 0.
        times = [keyframe.number("time") for keyframe in keyframes]
        shown_s = [
            time * (number - 1) / number if number else 0.0 for time, number in zip(times, numbers, strict=True)
        ]
        self._built.report.assume(
            f"Label Studio counted {said:g} frames and the video has {count}, "
            "so frames were found by the time of each keyframe."
        )
        known = np.array([self._video.timestamp_s(index) for index in range(count)])
        after = np.clip(np.searchsorted(known, shown_s), 0, count - 1)
        before = np.maximum(after - 1, 0)
        is_before = np.abs(known[before] - shown_s) < np.abs(known[after] - shown_s)
        found: list[int] = np.where(is_before, before, after).tolist()
        return found

    def _is_as_long(self, value: JsonObject) -> bool:
        """Whether the video lasts as long as the file says."""
        lasts = self._video.timestamp_s(self._video.frame_count - 1) + 1 / self._video.fps
        return abs(value.number("duration", lasts) - lasts) <= max(_LEAST_SECONDS, _SAME_LENGTH * lasts)


@dataclass(frozen=True, slots=True)
class _Keyframe:
    """A box on a frame, before it is turned about its left top corner."""

    index: int
    xywh: tuple[float, float, float, float]
    degrees: float
    is_enabled: bool
    is_auto: bool

    @property
    def is_sound(self) -> bool:
        return self.xywh[2] > 0 and self.xywh[3] > 0

    @property
    def is_turned(self) -> bool:
        return abs(self.degrees) > UPRIGHT_DEGREES

    def enclosing(self) -> Box:
        """The upright box around it."""
        if not self.is_turned:
            return Box(*self.xywh)
        turned = enclosing_turned(np.array([self.xywh]), np.array([self.degrees]), about="corner")
        return Box(*turned[0].tolist())


def _between(one: _Keyframe, following: _Keyframe, frames: NDArray[np.int32]) -> NDArray[np.float64]:
    """(n, 4) boxes on the frames between two keyframes, as the editor draws them."""
    known = np.array([one.index, following.index], dtype=np.int32)
    boxes = lines_between(known, np.array([one.xywh, following.xywh]), frames)
    if not (one.is_turned or following.is_turned):
        return boxes
    degrees = np.interp(frames, known, [one.degrees, following.degrees])
    return enclosing_turned(boxes, degrees, about="corner")


def _looks_like(path: Path, tick: Tick = untold) -> bool:
    known = {*_LISTS, "result", _KEYFRAMES, *SHAPES_ON_IMAGES}
    found = lists_named(path, known, without={"images", "tracks", "videos"}, tick=tick)
    is_whole = "result" in found and not found.isdisjoint(_LISTS)
    return is_whole or found == {_KEYFRAMES} or (bool(found) and found <= {*SHAPES_ON_IMAGES})


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
        Identity.IDS,
        labels=True,
        absence=True,
        occlusion=False,
        sub_pixel=True,
        keyframes=True,
        attributes=True,
        box_attributes=False,
        shapes=frozenset({TURNED}),
    ),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda video, options: (
        options.keyframes_within_px + (1e-4 + max(video.width, video.height) * 1e-11 if options.sub_pixel else 0.5)
    ),
    interpolates=True,
)
