"""CVAT for video 1.1: one `annotations.xml`; a zip with one in it is read too.

Left, top, right, bottom **edges in pixels, to a hundredth, the first pixel is 0**; frames are counted **from 0**
by their place in the video. Every box of a track is written, `keyframe="1"` where it must be exact: CVAT's
import takes keyframes alone and draws straight lines between them (cvat#7498), so boxes from such lines get 0,
all others 1. A box with `outside="1" keyframe="1"` on the frame after the last one ends the visible span;
without it the object stays. Attributes of a track are repeated in each of its boxes. Boxes that a tracker found
say `source="auto"`, which CVAT passes over and this reader knows.

Sources: CVAT's `format-xml.md` and `formats/cvat.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import (
    NO_ATTRIBUTES,
    OCCLUDED_CODE,
    OUTSIDE_CODE,
    SOURCES,
    UNNAMED,
    AnnotatedVideo,
    BoxColumns,
    BoxSource,
    Gaps,
    LabelSet,
    ObjectTrack,
)
from dlst_gui.formats.labels.original_shape import (
    ATTRIBUTE,
    CUBOID,
    ELLIPSE,
    KINDS,
    MASK,
    POINT_STATES,
    SKELETON,
    OriginalShape,
    SkeletonPoint,
    shapes_of,
    without_shape,
)
from dlst_gui.formats.labels.spans import needed_rows, on_lines, visible_spans
from dlst_gui.formats.labels.turned_boxes import (
    TURNED,
    enclosing_turned,
    given_attributes,
    rotation_attributes,
    turned_of,
)
from dlst_gui.formats.labels.windows import ROWS_AT_ONCE, share_of
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.file_parts import FilePart, chosen_part
from dlst_gui.formats.reading.frame_numbers import frames_of_numbers
from dlst_gui.formats.reading.image_names import frames_covered, frames_of_images
from dlst_gui.formats.reading.kept_shapes import KeptShapes
from dlst_gui.formats.reading.label_builder import LabelBuilder, covering
from dlst_gui.formats.reading.shared_texts import SharedTexts
from dlst_gui.formats.reading.track_columns import BoxRows
from dlst_gui.formats.reading_report import ReadingReport
from dlst_gui.formats.syntax.masks import is_mask, mask_box
from dlst_gui.formats.syntax.numbers_out import edges_of, written_boxes
from dlst_gui.formats.syntax.row_blocks import coded
from dlst_gui.formats.syntax.text_input import finite, number_in
from dlst_gui.formats.syntax.xml_input import Element, XmlWalk, root_of
from dlst_gui.formats.syntax.xml_output import xml_attribute, xml_text
from dlst_gui.formats.syntax.xml_rows import XmlRows
from dlst_gui.formats.tools.cvat_attributes import CvatAttribute, as_in_cvat, from_cvat, grouped
from dlst_gui.project.attributes import Attribute
from dlst_gui.project.keyframing.thinning import lines_between

_SAME_BOX_PX = 0.02
"""The ends of a line are rounded to a hundredth of a pixel, and so is a box on it."""
_ON_LINE_PX = 0.005
"""Half of the last digit that is written."""

_INTERPOLATED = SOURCES.index(BoxSource.INTERPOLATED)
_BY_A_TRACKER = ' source="auto"'
_META = "annotations/meta/"
_TRACK = "annotations/track"
_IMAGE = "annotations/image"
_BOX = f"{_TRACK}/box"
_ATTRIBUTE = "labels/label/attributes/attribute"
_SHAPES = frozenset({"box", "polygon", "polyline", "points", "ellipse", "cuboid", "mask", "skeleton"})
_CUBOID = ("tl1", "bl1", "tr1", "br1", "tl2", "bl2", "tr2", "br2")
_UPRIGHT = ("0", "0.0", "0.00")
_SIDES = ("xtl", "ytl", "xbr", "ybr", "rotation")
_NO_TRACK = -1
_BOXES_AT_ONCE = 4096

_MACHINE = ("auto", "semi-auto")


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write('<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n')
        file.write(_meta(labels, _changing_attributes(labels, tick)))
        for number, track in enumerate(labels.tracks):
            _write_track(file, labels, track, options, share_of(tick, number, len(labels.tracks)))
        file.write("</annotations>\n")


def _changing_attributes(labels: LabelSet, tick: Tick) -> dict[str, set[str]]:
    """Names of what is said of single boxes, by label."""
    names: dict[str, set[str]] = {}
    for track in labels.tracks:
        tick(0, len(labels.tracks))
        said = names.setdefault(track.label, set())
        said.update(*(given_attributes(each) for each in track.boxes.noted().attributes.values()))
    return names


def _meta(labels: LabelSet, changing: Mapping[str, set[str]]) -> str:
    video = labels.video
    last = video.frame_count - 1
    described = "".join(
        f"        <label><name>{xml_text(name)}</name><color>{_color(labels, name)}</color><type>any</type>"
        f"<attributes>{_declared(labels, name, changing[name])}</attributes></label>\n"
        for name in labels.label_names()
    )
    return (
        f"  <meta>\n    <task>\n      <id>1</id>\n      <name>{xml_text(video.name)}</name>\n"
        f"      <size>{video.frame_count}</size>\n      <mode>interpolation</mode>\n      <overlap>0</overlap>\n"
        f"      <flipped>False</flipped>\n      <start_frame>0</start_frame>\n"
        f"      <stop_frame>{last}</stop_frame>\n"
        f"      <frame_filter></frame_filter>\n      <labels>\n{described}      </labels>\n"
        f"      <segments><segment><id>1</id><start>0</start><stop>{last}</stop><url></url></segment></segments>\n"
        f"      <original_size><width>{video.width}</width><height>{video.height}</height></original_size>\n"
        f"      <source>{xml_text(video.name)}</source>\n    </task>\n  </meta>\n"
    )


def _color(labels: LabelSet, name: str) -> str:
    return next((track.color for track in labels.tracks if track.label == name and track.color), "#808080")


def _declared(labels: LabelSet, name: str, changing: set[str]) -> str:
    fixed = {key for track in labels.tracks if track.label == name for key in track.attributes}
    offered = {each.name: each for each in labels.offered if each.applies_to(name)}
    return "".join(
        _declaration(as_in_cvat(offered[key]) if key in offered else CvatAttribute(key, "text"), key in changing)
        for key in sorted(fixed | changing | offered.keys())
    )


def _declaration(said: CvatAttribute, is_changing: bool) -> str:
    values = "\n".join(said.values)
    return (
        f"<attribute><name>{xml_text(said.name)}</name><mutable>{said.is_mutable or is_changing}</mutable>"
        f"<input_type>{said.input_type}</input_type><default_value>{xml_text(said.default)}</default_value>"
        f"<values>{xml_text(values)}</values></attribute>"
    )


def _write_track(file: TextIO, labels: LabelSet, track: ObjectTrack, options: WriteOptions, tick: Tick) -> None:
    file.write(f'  <track id="{track.track_id}" label={xml_attribute(track.label)} source="manual">\n')
    boxes = track.columns
    is_alone = int(boxes.is_present.sum()) == 1
    for span in visible_spans(boxes, labels.video, labels.gaps):
        within_px = options.keyframes_within_px
        needed = needed_rows(span.columns, _ON_LINE_PX, within_px)
        # What is no keyframe is written where its readers will show it.
        columns = on_lines(span.columns, needed) if within_px > 0 else span.columns
        shapes = _written_shapes(columns, needed, is_alone=is_alone) if options.sub_pixel else {}
        for low in range(0, len(needed), ROWS_AT_ONCE):
            piece = columns.rows(low, low + ROWS_AT_ONCE)
            tick(int(piece.frame_indices[0]), labels.video.frame_count)
            file.writelines(_box_texts(piece, needed[low : low + ROWS_AT_ONCE], track, options, shapes))
        if span.gone_on is not None:
            last = int(span.columns.frame_indices[-1])
            gone = replace(
                span.columns.rows(len(needed) - 1, len(needed)),
                frame_indices=np.array([span.gone_on], dtype=np.int32),
                attributes={span.gone_on: span.columns.attributes.get(last, {})},
            )
            kept = {span.gone_on: shapes[last]} if last in shapes else {}
            file.writelines(_box_texts(gone, needed[-1:], track, options, kept, is_outside=True))
    file.write("  </track>\n")


def _written_shapes(columns: BoxColumns, needed: NDArray[np.bool_], *, is_alone: bool) -> dict[int, OriginalShape]:
    """By frame, the shapes that are written for the boxes of a visible span: for all of them, or none.

    CVAT interpolates between keyframes of one kind alone, and refuses others. So every keyframe must have a shape
    of one kind; between them, where CVAT's import passes over what is written, the shape before is stretched into
    the box. Of a track of masks its import takes the first one, so there must be one.
    """
    shapes = shapes_of(columns)
    frames = columns.frame_indices.tolist()
    kinds = {shapes[frame].layout if frame in shapes else None for frame in columns.frame_indices[needed].tolist()}
    if None in kinds or len(kinds) != 1 or (shapes[frames[0]].kind == MASK and not is_alone):
        return {}
    if any(len(shape.parts) > 1 or shape.box is not None for shape in shapes.values()):
        return {}
    latest = shapes[frames[0]]
    for frame, xywh in zip(frames, columns.boxes_xywh.tolist(), strict=True):
        latest = shapes[frame] if frame in shapes else latest.fitted(xywh)
        shapes[frame] = latest
    return shapes


def _box_texts(
    columns: BoxColumns,
    is_keyframe: NDArray[np.bool_],
    track: ObjectTrack,
    options: WriteOptions,
    shapes: Mapping[int, OriginalShape],
    *,
    is_outside: bool = False,
) -> Iterator[str]:
    turned = turned_of(columns) if options.sub_pixel else {}
    said_of = columns.attributes.items()
    own = {index: _texts({**track.attributes, **given_attributes(said)}) for index, said in said_of}
    body = _texts(track.attributes)
    edges = edges_of(written_boxes(columns.boxes_xywh, is_sub_pixel=options.sub_pixel))
    for row, frame in enumerate(columns.frame_indices.tolist()):
        if frame in turned:
            edges[row] = edges_of(np.array([turned[frame][0]]))[0]
    rows = zip(
        columns.frame_indices.tolist(),
        (columns.visibilities == OCCLUDED_CODE).tolist(),
        is_keyframe.tolist(),
        (columns.is_human | (columns.sources == _INTERPOLATED)).tolist(),
        *edges.T.tolist(),
        strict=True,
    )
    for frame, occluded, needed, unsaid, left, top, right, bottom in rows:
        name, place, inner = "box", f'xtl="{left:.2f}" ytl="{top:.2f}" xbr="{right:.2f}" ybr="{bottom:.2f}"', ""
        flags = f'outside="{is_outside:d}" occluded="{occluded:d}" keyframe="{needed:d}"'
        if frame in shapes:
            shape = shapes[frame]
            name, place = shape.kind, _place_text(shape)
            inner = "".join(_point_text(point, flags) for point in shape.points)
        elif frame in turned:
            values = (left, top, right, bottom, turned[frame][1])
            place = " ".join(f'{side}="{_exact(value)}"' for side, value in zip(_SIDES, values, strict=True))
        texts = inner + own.get(frame, body)
        said = "" if unsaid else _BY_A_TRACKER
        lines = f"\n{texts}    " if texts else ""
        yield f'    <{name} frame="{frame}" {flags} {place} z_order="0"{said}>{lines}</{name}>\n'


def _exact(value: float) -> str:
    """A number of a box that is turned: the box around it is further off than its numbers are."""
    return f"{value:.2f}" if abs(round(value, 2) - value) < 1e-9 else f"{value:.6f}"


def _place_text(shape: OriginalShape) -> str:
    """Where a shape is, as the attributes of its element."""
    if shape.kind == SKELETON:
        return ""
    numbers = shape.parts[0]
    if shape.kind == MASK:
        left, top, width, height, *runs = (int(value) for value in numbers)
        return f'rle="{", ".join(map(str, runs))}" left="{left}" top="{top}" width="{width}" height="{height}"'
    if shape.kind in {ELLIPSE, CUBOID}:
        corners = [f"{axis}{corner}" for corner in _CUBOID for axis in "xy"]
        names = corners if shape.kind == CUBOID else ["cx", "cy", "rx", "ry"]
        return " ".join(f'{name}="{value:.2f}"' for name, value in zip(names, numbers, strict=True))
    pairs = zip(numbers[0::2], numbers[1::2], strict=True)
    return f'points="{";".join(f"{x:.2f},{y:.2f}" for x, y in pairs)}"'


def _point_text(point: SkeletonPoint, flags: str) -> str:
    outside, occluded, keyframe = flags.split()
    if point.state != POINT_STATES[0]:
        outside, occluded = (f'{name}="{int(point.state == name)}"' for name in ("outside", "occluded"))
    return (
        f"      <points label={xml_attribute(point.name)} {keyframe} {outside} {occluded} "
        f'points="{point.x:.2f},{point.y:.2f}"></points>\n'
    )


def _texts(said: Mapping[str, str]) -> str:
    return "".join(
        f"      <attribute name={xml_attribute(name)}>{xml_text(value)}</attribute>\n"
        for name, value in said.items()
    )


def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    walk = _Tracks(path, video, tick, options)
    try:
        for _ in walk.parts():
            pass
    except FormatError:
        walk.ended_tracks.settle()  # of several errors the first one counts
        raise
    return walk.labels()


class _Tracks(XmlWalk):
    """Builds labels from tracks, each once it has ended; boxes of images together, once all images are known."""

    def __init__(self, path: Path, video: AnnotatedVideo, tick: Tick, options: ReadOptions) -> None:
        super().__init__(path, tick)
        self._video = video
        self._options = options
        self._built = LabelBuilder(path, video, options=options, first_id=0)
        self._meta = _Meta()
        self.ended_tracks = _EndedTracks(path, self._built, self._meta, options)
        self._texts_of_boxes = SharedTexts(path)
        self._track: _OpenTrack | None = None
        self._images = _Images(path)
        self._said: dict[str, str] = {}
        self._latest: Mapping[str, str] = {}
        self._attribute = ""
        self._skeleton: _Skeleton | None = None
        self._shapes = KeptShapes(self._built.report)
        self._kept: Mapping[str, str] = NO_ATTRIBUTES
        self._task: str | None = None
        self._is_task_known = False
        self._others = 0

    def labels(self) -> LabelSet:
        """Everything."""
        self.ended_tracks.settle()
        self._choose_task()
        report = self._built.report
        if self._others:
            report.note(f"Tracks of other videos in the file, which were not read: {self._others:,}.")
        if not self._images.names:
            labels = self._built.labels(Gaps.UNSAID, tick=self._tick)
        else:
            labels = self._images.labels(self._video, self._options, self._built, self._tick)
        return replace(labels, offered=self._meta.offered())

    def has_text(self, path: str) -> bool:
        return path.endswith("/attribute") or path.startswith(_META)

    def started(self, path: str, attributes: dict[str, str]) -> None:
        outer, _, name = path.rpartition("/")
        if name in _SHAPES and outer in {_TRACK, _IMAGE}:
            self._start_shape(outer, name, attributes)
        elif name == "points" and self._skeleton is not None:
            self._skeleton.add(Element(self.path, path, attributes, self.line))
        elif name == "attribute" and not path.startswith(_META):
            self._attribute = Element(self.path, path, attributes, self.line).attribute("name")
        elif path == _TRACK:
            self._choose_task()
            if self._task is None or attributes.get("task_id", self._task) == self._task:
                begun = Element(self.path, path, attributes, self.line)
                self._track = _OpenTrack(begun)
            else:
                self._others += 1
        elif path == _IMAGE:
            self._images.begin(Element(self.path, path, attributes, self.line), self._video)

    def on_start(self, name: str, attributes: dict[str, str]) -> None:
        # Nearly all elements of a large file.
        track = self._track
        if name == "box" and track is not None and self.inside == _TRACK:
            self.enter(_BOX)
            self._kept = NO_ATTRIBUTES
            if len(track.boxes) == _BOXES_AT_ONCE:
                self.ended_tracks.make_room(track)
            track.add(attributes, self.line)
        else:
            super().on_start(name, attributes)

    def on_end(self, name: str) -> None:
        if self.inside == _BOX and not self._said and not self._kept:
            self.leave()
        else:
            super().on_end(name)

    def _start_shape(self, outer: str, name: str, attributes: dict[str, str]) -> None:
        if outer == _TRACK and self._track is None:
            return
        element = Element(self.path, f"{outer}/{name}", attributes, self.line)
        if name == "skeleton":
            self._skeleton = _Skeleton(element)
        elif name == "box":
            self._add(outer, dict(attributes))
        else:
            self._add_shape(outer, element, _shape(element, name))

    def _add_shape(self, outer: str, element: Element, shape: OriginalShape | None) -> None:
        """The box around a shape; an empty one is nowhere."""
        if shape is None:
            self._add(outer, {**_with_edges(element.attributes, (0, 0, 1, 1)), "outside": "1"})
        elif element.flag("outside"):
            self._add(outer, _with_edges(element.attributes, shape.around()))
        else:
            self._built.report.converted[shape.kind] += 1
            attributes = {**_with_edges(element.attributes, shape.around()), "outside": "0"}
            self._add(outer, attributes, self._shapes.keep(shape))

    def _add(self, outer: str, attributes: dict[str, str], said: Mapping[str, str] = NO_ATTRIBUTES) -> None:
        self._kept = said
        if outer == _IMAGE:
            self._images.add(attributes, self.line)
        elif self._track is not None:
            self.ended_tracks.make_room(self._track)
            self._track.add(attributes, self.line)

    def ended(self, path: str, text: str) -> None:
        outer, _, name = path.rpartition("/")
        if name in _SHAPES and outer in {_TRACK, _IMAGE}:
            self._end_shape(outer, name)
        elif name == "attribute" and (outer.startswith((f"{_TRACK}/", f"{_IMAGE}/"))):
            if self._skeleton is None or outer.endswith("/skeleton"):
                self._said[self._attribute] = text
        elif path == _TRACK and self._track is not None:
            self.ended_tracks.add(self._track)
            self._track = None
        elif path.startswith(_META):
            self.ended_tracks.settle()
            self._meta.take(Element(self.path, path, {}, self.line, True, text))

    def _end_shape(self, outer: str, name: str) -> None:
        if name == "skeleton" and self._skeleton is not None:
            skeleton, self._skeleton = self._skeleton, None
            self._add_shape(outer, skeleton.begun, skeleton.shape())
        said, self._said = {**self._said, **self._kept} if self._kept else self._said, {}
        if not said:
            return
        # As a rule a box says what the one before says.
        if said != self._latest:
            self._latest = self._texts_of_boxes.shared(said, f"line {self.line}")
        if outer == _IMAGE:
            self._images.say(self._latest)
        elif self._track is not None:
            self._track.say(self._latest)

    def _choose_task(self) -> None:
        """Once the head of the file is known."""
        if self._is_task_known:
            return
        self._is_task_known = True
        tasks = self._meta.tasks()
        if not tasks:
            return
        task = chosen_part(self.path, tasks, self._video, self._options, self._built.report)
        self._task = task.key
        if task.size is not None and task.size != (self._video.width, self._video.height):
            width, height = task.size
            raise FormatError(
                self.path,
                f"{shortly(task.title)} was made for a video of {width}x{height} pixels, "
                f"but this one has {self._video.width}x{self._video.height}",
            )


def _shape(element: Element, name: str) -> OriginalShape | None:
    """A shape that is neither box nor skeleton; None where it is empty."""
    if name == MASK:
        return _mask(element)
    if name == ELLIPSE:
        return OriginalShape(name, (tuple(element.number(each) for each in ("cx", "cy", "rx", "ry")),))
    if name == CUBOID:
        corners = (element.number(f"{axis}{corner}") for corner in _CUBOID for axis in "xy")
        return OriginalShape(name, (tuple(corners),))
    return OriginalShape(name, (tuple(_points(element).ravel().tolist()),))


def _mask(element: Element) -> OriginalShape | None:
    """A mask; None where nothing is in it."""
    head = [element.whole(each) for each in ("left", "top", "width", "height")]
    text = element.attribute("rle")
    runs = [int(value) for word in text.split(",") if (value := finite(word)) is not None and value == int(value)]
    if len(runs) != text.count(",") + 1 or not is_mask((*head, *runs)):
        raise element.error(f"expected runs of pixels in a rectangle for rle, got {shortly(text)}")
    return OriginalShape(MASK, ((*head, *runs),)) if mask_box((*head, *runs)) is not None else None


def _with_edges(attributes: Mapping[str, str], xywh: tuple[float, float, float, float]) -> dict[str, str]:
    left, top, width, height = xywh
    edges = {"xtl": left, "ytl": top, "xbr": left + width, "ybr": top + height}
    return {**attributes, **{name: repr(value) for name, value in edges.items()}}


def _points(element: Element) -> NDArray[np.float64]:
    """(n, 2) of `x,y;x,y`."""
    text = element.attribute("points")
    values = [finite(word) for pair in text.split(";") for word in pair.split(",")]
    numbers = [value for value in values if value is not None]
    if len(numbers) != len(values) or len(numbers) % 2:
        raise element.error(f"expected points x,y;x,y, got {shortly(text)}")
    return np.array(numbers).reshape(-1, 2)


class _Skeleton:
    """The points of a skeleton.

    Attributes:
        begun: its element.
    """

    def __init__(self, begun: Element) -> None:
        self.begun = begun
        self._points: list[SkeletonPoint] = []

    def add(self, element: Element) -> None:
        """One of its points."""
        is_hidden, is_occluded = element.flag("outside"), element.flag("occluded")
        state = POINT_STATES[2 if is_hidden else int(is_occluded)]
        for x, y in _points(element).tolist():
            self._points.append(SkeletonPoint(element.attributes.get("label", ""), x, y, state))

    def shape(self) -> OriginalShape | None:
        """All of it; None where no point is in sight."""
        if all(point.state == POINT_STATES[2] for point in self._points):
            return None
        return OriginalShape(SKELETON, points=tuple(self._points))


class _Images:
    """Boxes of CVAT for images: without tracks, unless an attribute `track_id` names them.

    Args:
        path: the file.

    Attributes:
        names: of images, in the order of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.names: list[str] = []
        self._boxes: list[dict[str, str]] = []
        self._lines: list[int] = []
        self._image_of: list[int] = []
        self._said: dict[int, Mapping[str, str]] = {}

    def begin(self, element: Element, video: AnnotatedVideo) -> None:
        """An image; FormatError where it has another size than the video."""
        for name, expected in (("width", video.width), ("height", video.height)):
            if name in element.attributes and element.number(name) != expected:
                said = f"has {name} {element.attributes[name]}, the video's frames have {expected}"
                raise element.error(f"{said}; open what was labelled")
        self.names.append(element.attribute("name"))
        if len(self.names) > limits.MOST_FILES:
            raise element.error(f"expected at most {limits.MOST_FILES:,} images, there are more")

    def add(self, attributes: dict[str, str], line: int) -> None:
        """A box of the latest image."""
        if len(self._boxes) == limits.MOST_BOXES:
            problem = f"expected at most {limits.MOST_BOXES} boxes, there are more"
            raise FormatError(self._path, problem, f"line {line}")
        self._boxes.append(attributes)
        self._lines.append(line)
        self._image_of.append(len(self.names) - 1)

    def say(self, said: Mapping[str, str]) -> None:
        """Attributes of the latest box."""
        self._said[len(self._boxes) - 1] = said

    def labels(self, video: AnnotatedVideo, options: ReadOptions, tracks: LabelBuilder, tick: Tick) -> LabelSet:
        """Boxes by the names of their images; FormatError where the file has tracks too."""
        report = tracks.report
        frame_of = frames_of_images(self._path, self.names, video, options, report)
        indices = np.array([frame_of[name] for name in self.names], dtype=np.int64)
        covered = covering(video, frames_covered(frame_of, video))
        built = LabelBuilder(self._path, covered, options=options, report=report)
        if self._boxes:
            for attributes in self._boxes:
                attributes["frame"] = "0"
            labels = [each.get("label", "") for each in self._boxes]
            names, codes = coded([label or UNNAMED for label in labels])
            packed, turned = _packed(
                self._path, self._boxes, self._lines, is_auto=np.zeros(len(labels), dtype=bool), report=report
            )
            said = {row: {**self._said.get(row, {}), **turned.get(row, {})} for row in {*self._said, *turned}}
            track_ids = np.full(len(labels), _NO_TRACK)
            for row, each in said.items():
                given = finite(each.get("track_id", ""))
                if given is not None and given == int(given) and given >= 0:
                    track_ids[row] = int(given)
                    del each["track_id"]
            built.add_rows(
                BoxRows(
                    track_ids,
                    codes,
                    names,
                    indices[np.array(self._image_of, dtype=np.intp)],
                    packed.xywh,
                    packed.lines,
                    packed.visibilities,
                    sources=packed.sources,
                    attributes={row: each for row, each in said.items() if each} or None,
                )
            )
        return built.labels(Gaps.ABSENT, tick=tick)


class _OpenTrack:
    """A track while its boxes are read.

    Attributes:
        boxes: the latest, as they are in the file.
        lines: where these are.
        parts: those before, as columns.
        said: of each box.
    """

    def __init__(self, begun: Element) -> None:
        self.begun = begun
        self.is_auto = begun.attribute("source", "manual") in _MACHINE
        self.boxes: list[dict[str, str]] = []
        self.lines: list[int] = []
        self.parts: list[_Boxes] = []
        self.said: list[Mapping[str, str]] = []

    def add(self, attributes: dict[str, str], line: int) -> None:
        """A box begins."""
        self.boxes.append(attributes)
        self.lines.append(line)
        self.said.append(NO_ATTRIBUTES)

    def say(self, said: Mapping[str, str]) -> None:
        """Attributes of the latest box."""
        self.said[-1] = said

    def sources(self, boxes: _Boxes, chosen: NDArray[np.intp]) -> NDArray[np.uint8]:
        """(n,) where the chosen boxes come from.

        CVAT interpolates shapes themselves, so the boxes around those between keyframes need not lie on a line.
        Where one does not, all up to the next keyframe are given like keyframes; the shapes of the others follow.
        """
        sources = boxes.sources[chosen]
        between = [
            at for at in np.flatnonzero(sources == _INTERPOLATED).tolist() if ATTRIBUTE in self.said[chosen[at]]
        ]
        anchors = np.flatnonzero(sources != _INTERPOLATED)
        if not between or not len(anchors):
            return sources
        xywh, frames = boxes.xywh[chosen], boxes.frames[chosen].astype(np.int32)
        on_line = lines_between(frames[anchors], xywh[anchors], frames)
        gaps = np.searchsorted(anchors, between).tolist()
        off_px = np.abs(on_line - xywh)[between].max(axis=1).tolist()
        bent = {gap for gap, off in zip(gaps, off_px, strict=True) if off > _SAME_BOX_PX}
        for at, gap in zip(between, gaps, strict=True):
            if gap in bent:
                sources[at] = SOURCES.index(BoxSource.TRACKED if self.is_auto else BoxSource.IMPORTED)
            else:
                self.said[chosen[at]] = without_shape(self.said[chosen[at]])
        return sources

    def changing(self, chosen: NDArray[np.intp], fixed: Mapping[str, str]) -> dict[int, Mapping[str, str]]:
        """What is said of the chosen boxes and not of the track, by their place among the chosen."""
        # Each different set of attributes is one object; see `SharedTexts`.
        made = {id(said): _without(said, fixed) for said in {id(each): each for each in self.said}.values()}
        if not any(made.values()):
            return {}
        found = (made[id(self.said[at])] for at in chosen.tolist())
        return {row: said for row, said in enumerate(found) if said}


class _EndedTracks:
    """Tracks that have ended; small ones are put into the labels many at a time.

    Args:
        path: the file.
        built: takes them.
        meta: of the file, as far as it was read.
        options: how frames are numbered.
    """

    def __init__(self, path: Path, built: LabelBuilder, meta: _Meta, options: ReadOptions) -> None:
        self._path = path
        self._built = built
        self._meta = meta
        self._options = options
        self._tracks: list[_OpenTrack] = []
        self._count = 0

    def make_room(self, track: _OpenTrack) -> None:
        """Keep the boxes of an open track as columns, where there are many of them."""
        if len(track.boxes) == _BOXES_AT_ONCE:
            self.settle()
            track.parts.append(self._packed([track]))

    def add(self, track: _OpenTrack) -> None:
        """A track is complete."""
        if track.parts:
            self.settle()
        self._tracks.append(track)
        self._count += len(track.said)
        if self._count >= _BOXES_AT_ONCE or len(self._tracks) == _BOXES_AT_ONCE:
            self.settle()

    def settle(self) -> None:
        """Put all of them into the labels."""
        tracks, self._tracks, self._count = self._tracks, [], 0
        try:
            self._put(tracks)
        except FormatError:
            # Of several errors the first one counts.
            for each in tracks if len(tracks) > 1 else ():
                self._put([each])
            raise

    def _put(self, tracks: list[_OpenTrack]) -> None:
        """All of them at once; only one alone has parts."""
        if not tracks:
            return
        boxes = _Boxes.joined([*tracks[0].parts, self._packed(tracks)])
        ids = [each.begun.whole("id") for each in tracks]
        labels = [each.begun.attribute("label") for each in tracks]
        fixed = [self._begin(*facts) for facts in zip(tracks, ids, labels, strict=True)]
        starts = np.cumsum([0, *(len(each.said) for each in tracks)])
        of_tracks = np.repeat(np.arange(len(tracks)), np.diff(starts))
        order = np.lexsort((boxes.frames, of_tracks))
        is_here = boxes.visibilities[order] != OUTSIDE_CODE
        # An object is outside before its first box, and after that which said so, without being told again.
        is_after = np.zeros(len(order), dtype=bool)
        is_after[1:] = is_here[:-1] & (of_tracks[1:] == of_tracks[:-1])
        chosen = order[is_here | is_after]
        of_chosen = of_tracks[chosen]
        sources = boxes.sources[chosen]
        attributes: dict[int, Mapping[str, str]] = {}
        for number in [number for number, each in enumerate(tracks) if any(each.said)]:
            low, high = np.searchsorted(of_chosen, [number, number + 1]).tolist()
            start, end = starts[number : number + 2].tolist()
            own = chosen[low:high] - start
            sources[low:high] = tracks[number].sources(boxes.rows(start, end), own)
            changing = tracks[number].changing(own, fixed[number])
            attributes |= {low + row: said for row, said in changing.items()}
        xywh = boxes.xywh[chosen]
        is_gone = boxes.visibilities[chosen] == OUTSIDE_CODE
        for row in np.flatnonzero(is_gone & (xywh[:, 2:] <= 0).any(axis=1)).tolist():
            # It says that the object is gone, whatever its box has become.
            xywh[row] = xywh[row - 1]
        names, codes = coded(labels)
        self._built.add_rows(
            BoxRows(
                np.array(ids, dtype=np.int64)[of_chosen],
                codes[of_chosen],
                names,
                frames_of_numbers(boxes.frames[chosen], self._options.first_frame or 0, self._options.step),
                xywh,
                boxes.lines[chosen],
                boxes.visibilities[chosen],
                sources=sources,
                attributes=attributes or None,
            )
        )

    def _begin(self, track: _OpenTrack, track_id: int, label: str) -> Mapping[str, str]:
        """Begin a track in the labels; returns what is said of the whole of it."""
        first = track.said[0] if track.said else NO_ATTRIBUTES
        fixed = {name: value for name, value in first.items() if (label, name) in self._meta.immutable}
        color = self._meta.colors.get(label, "")
        self._built.begin_track(track_id, label, place=track.begun.line, color=color, attributes=fixed)
        return fixed

    def _packed(self, tracks: list[_OpenTrack]) -> _Boxes:
        """The boxes of tracks that are no columns yet, one track after the other."""
        for each in tracks:
            if len(each.said) > limits.MOST_BOXES:
                raise each.begun.error(f"expected at most {limits.MOST_BOXES} boxes, there are more")
        counts = [len(each.boxes) for each in tracks]
        packed, turned = _packed(
            self._path,
            [attributes for each in tracks for attributes in each.boxes],
            [line for each in tracks for line in each.lines],
            is_auto=np.repeat([each.is_auto for each in tracks], counts),
            report=self._built.report,
        )
        ends = np.cumsum(counts)
        for row, said in turned.items():
            number = int(np.searchsorted(ends, row, side="right"))
            track = tracks[number]
            at = row - int(ends[number]) + len(track.said)
            track.said[at] = {**track.said[at], **said}
        for each in tracks:
            each.boxes, each.lines = [], []
        return packed


def _without(said: Mapping[str, str], fixed: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in said.items() if fixed.get(name) != value}


@dataclass(frozen=True, slots=True, eq=False)
class _Boxes:
    """Columns of the boxes of a track, in the order of the file."""

    frames: NDArray[np.int64]
    xywh: NDArray[np.float64]
    lines: NDArray[np.int64]
    visibilities: NDArray[np.uint8]
    sources: NDArray[np.uint8]

    def rows(self, low: int, high: int) -> _Boxes:
        """Rows `low` to `high`, the last one not included."""
        part = slice(low, high)
        return _Boxes(
            self.frames[part], self.xywh[part], self.lines[part], self.visibilities[part], self.sources[part]
        )

    @classmethod
    def joined(cls, parts: list[_Boxes]) -> _Boxes:
        """One after the other; there is at least one."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            np.concatenate([part.frames for part in parts]),
            np.concatenate([part.xywh for part in parts]),
            np.concatenate([part.lines for part in parts]),
            np.concatenate([part.visibilities for part in parts]),
            np.concatenate([part.sources for part in parts]),
        )


def _packed(
    path: Path, boxes: list[dict[str, str]], lines: list[int], *, is_auto: NDArray[np.bool_], report: ReadingReport
) -> tuple[_Boxes, dict[int, Mapping[str, str]]]:
    """The boxes, and by row what is kept of those that are turned: the enclosing ones stand for them."""
    rows = XmlRows(path, _BOX, boxes, lines)
    left, top, right, bottom = (rows.numbers(name) for name in ("xtl", "ytl", "xbr", "ybr"))
    occluded, outside = rows.flags("occluded"), rows.flags("outside")
    keyframe = rows.flags("keyframe", default=True)
    frames = rows.whole("frame")
    turned = [row for row, each in enumerate(boxes[: rows.count]) if each.get("rotation", "0") not in _UPRIGHT]
    degrees = XmlRows(path, _BOX, [boxes[row] for row in turned], [lines[row] for row in turned]).numbers(
        "rotation"
    )
    rows.finish()
    visibilities = np.where(outside, OUTSIDE_CODE, np.where(occluded, OCCLUDED_CODE, 0)).astype(np.uint8)
    found = is_auto | np.array([each.get("source", "manual") in _MACHINE for each in boxes], dtype=bool)
    given = np.where(found, SOURCES.index(BoxSource.TRACKED), SOURCES.index(BoxSource.IMPORTED))
    sources = np.where(keyframe, given, SOURCES.index(BoxSource.INTERPOLATED)).astype(np.uint8)
    xywh = np.stack([left, top, right - left, bottom - top], axis=1)
    kept: dict[int, Mapping[str, str]] = {}
    if turned:
        kept = {
            row: rotation_attributes(xywh[row].tolist(), angle)
            for row, angle in zip(turned, degrees.tolist(), strict=True)
        }
        xywh[turned] = enclosing_turned(xywh[turned], degrees)
        report.converted[TURNED] += int((visibilities[turned] != OUTSIDE_CODE).sum())
    return _Boxes(frames, xywh, np.array(lines, dtype=np.int64), visibilities, sources), kept


class _Meta:
    """What the file's head says, as far as it is of use."""

    def __init__(self) -> None:
        self._label = ""
        self._color = ""
        self._task: dict[str, str] = {}
        self._tasks: list[dict[str, str]] = []
        self._declared: dict[str, str] = {}
        self._found: list[tuple[str, Attribute]] = []
        self.immutable: set[tuple[str, str]] = set()
        self.colors: dict[str, str] = {}

    def offered(self) -> tuple[Attribute, ...]:
        """What the file declares."""
        return grouped(self._found, self.colors.keys())

    def tasks(self) -> list[FilePart]:
        """The videos that the file is about, as far as it says; of one alone its length does not matter."""
        described = [*self._tasks, *([self._task] if self._task else [])]
        is_alone = len(described) == 1
        return [
            FilePart(
                each.get("id", str(number)),
                tuple(each[name] for name in ("source", "name") if name in each),
                _size_of(each),
                None if is_alone else _whole(each.get("size", "")),
            )
            for number, each in enumerate(described)
        ]

    def take(self, element: Element) -> None:
        name = element.path.split("/meta/", 1)[-1].split("/", 1)[-1]
        if name == "labels/label/name":
            self._label = element.text
            self.colors[self._label] = ""
        elif name == "labels/label/color":
            self.colors[self._label] = element.text.lower() if _is_color(element.text) else ""
        elif name == _ATTRIBUTE:
            self._take_attribute()
        elif name.startswith(f"{_ATTRIBUTE}/"):
            self._declared[name.rpartition("/")[2]] = element.text
        elif name == "tasks/task":  # of a project
            if len(self._tasks) == limits.MOST_TRACKS:
                raise element.error(f"expected at most {limits.MOST_TRACKS} tasks, there are more")
            self._tasks.append(self._task)
            self._task = {}
        elif element.path.split("/")[-2:-1] != ["project"]:
            said = name.removeprefix("tasks/task/")
            if said in {"id", "name", "size", "source", "original_size/width", "original_size/height"}:
                if said.startswith("original_size"):
                    number_in(element.file, element.place, element.text, said)
                self._task[said] = element.text

    def _take_attribute(self) -> None:
        said, self._declared = self._declared, {}
        name, is_mutable = said.get("name", ""), said.get("mutable", "").lower() != "false"
        if not is_mutable:
            self.immutable.add((self._label, name))
        values = tuple(said.get("values", "").split("\n"))
        declared = CvatAttribute(
            name, said.get("input_type", ""), is_mutable, values, said.get("default_value", "")
        )
        if len(self._found) < limits.MOST_OFFERED_ATTRIBUTES:
            with suppress(ValueError):  # what it says makes no sense here; values are read all the same
                self._found.append((self._label, from_cvat(declared, 1)))


def _size_of(task: Mapping[str, str]) -> tuple[int, int] | None:
    width, height = (_whole(task.get(f"original_size/{name}", "")) for name in ("width", "height"))
    return None if width is None or height is None else (width, height)


def _whole(text: str) -> int | None:
    value = finite(text)
    return int(value) if value is not None and value == int(value) else None


def _is_color(text: str) -> bool:
    return len(text) == 7 and text[0] == "#" and all(letter in "0123456789abcdef" for letter in text[1:].lower())


def _looks_like(path: Path, _tick: Tick = untold) -> bool:
    return path.is_file() and path.suffix.lower() == ".xml" and root_of(path) == "annotations"


CVAT = Format(
    name="cvat",
    title="CVAT for video 1.1",
    suffix=".xml",
    convention=Convention(
        0,
        Shape.EDGES,
        Unit.PIXELS,
        "counted from 0",
        "a box marked outside, on the frame after the last one",
        "a hundredth of a pixel",
    ),
    can_hold=Capabilities(
        Identity.IDS,
        labels=True,
        absence=True,
        occlusion=True,
        sub_pixel=True,
        keyframes=True,
        attributes=True,
        shapes=frozenset({*KINDS, TURNED}),
    ),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: options.keyframes_within_px + (0.0051 if options.sub_pixel else 0.5),
    interpolates=True,
)
