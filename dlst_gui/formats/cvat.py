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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.label_builder import LabelBuilder
from dlst_gui.formats.model import (
    NO_ATTRIBUTES,
    OCCLUDED_CODE,
    OUTSIDE_CODE,
    SOURCES,
    AnnotatedVideo,
    BoxColumns,
    BoxSource,
    Gaps,
    LabelSet,
    ObjectTrack,
)
from dlst_gui.formats.numbers_out import edges_of, written_boxes
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.shared_texts import SharedTexts
from dlst_gui.formats.spans import needed_rows, visible_spans
from dlst_gui.formats.text_input import number_in
from dlst_gui.formats.track_columns import BoxRows
from dlst_gui.formats.windows import ROWS_AT_ONCE, share_of
from dlst_gui.formats.xml_input import Element, XmlWalk, root_of
from dlst_gui.formats.xml_output import xml_attribute, xml_text
from dlst_gui.formats.xml_rows import XmlRows

_ON_LINE_PX = 0.005
"""Half of the last digit that is written."""

_INTERPOLATED = SOURCES.index(BoxSource.INTERPOLATED)
_BY_A_TRACKER = ' source="auto"'
_META = "annotations/meta/"
_TRACK = "annotations/track"
_BOX = f"{_TRACK}/box"
_ATTRIBUTE = f"{_BOX}/attribute"
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
        names.setdefault(track.label, set()).update(*track.boxes.noted().attributes.values())
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
    return "".join(
        f"<attribute><name>{xml_text(key)}</name><mutable>{key in changing}</mutable><input_type>text</input_type>"
        "<default_value></default_value><values></values></attribute>"
        for key in sorted(fixed | changing)
    )


def _write_track(file: TextIO, labels: LabelSet, track: ObjectTrack, options: WriteOptions, tick: Tick) -> None:
    file.write(f'  <track id="{track.track_id}" label={xml_attribute(track.label)} source="manual">\n')
    for span in visible_spans(track.columns, labels.video, labels.gaps):
        needed = needed_rows(span.columns, _ON_LINE_PX)
        for low in range(0, len(needed), ROWS_AT_ONCE):
            piece = span.columns.rows(low, low + ROWS_AT_ONCE)
            tick(int(piece.frame_indices[0]), labels.video.frame_count)
            file.writelines(_box_texts(piece, needed[low : low + ROWS_AT_ONCE], track, options))
        if span.gone_on is not None:
            gone = replace(
                span.columns.rows(len(needed) - 1, len(needed)),
                frame_indices=np.array([span.gone_on], dtype=np.int32),
                attributes={span.gone_on: span.columns.attributes.get(int(span.columns.frame_indices[-1]), {})},
            )
            file.writelines(_box_texts(gone, needed[-1:], track, options, is_outside=True))
    file.write("  </track>\n")


def _box_texts(
    columns: BoxColumns,
    is_keyframe: NDArray[np.bool_],
    track: ObjectTrack,
    options: WriteOptions,
    *,
    is_outside: bool = False,
) -> Iterator[str]:
    own = {index: _body({**track.attributes, **said}) for index, said in columns.attributes.items()}
    body = _body(track.attributes)
    rows = zip(
        columns.frame_indices.tolist(),
        (columns.visibilities == OCCLUDED_CODE).tolist(),
        is_keyframe.tolist(),
        (columns.is_human | (columns.sources == _INTERPOLATED)).tolist(),
        *edges_of(written_boxes(columns.boxes_xywh, is_sub_pixel=options.sub_pixel)).T.tolist(),
        strict=True,
    )
    for frame, occluded, needed, unsaid, left, top, right, bottom in rows:
        yield (
            f'    <box frame="{frame}" outside="{is_outside:d}" occluded="{occluded:d}" keyframe="{needed:d}" '
            f'xtl="{left:.2f}" ytl="{top:.2f}" xbr="{right:.2f}" ybr="{bottom:.2f}" z_order="0"'
            f"{'' if unsaid else _BY_A_TRACKER}{own.get(frame, body)}"
        )


def _body(said: Mapping[str, str]) -> str:
    texts = "".join(
        f"      <attribute name={xml_attribute(name)}>{xml_text(value)}</attribute>\n"
        for name, value in said.items()
    )
    return f">\n{texts}    </box>\n" if texts else "></box>\n"


def _read(path: Path, video: AnnotatedVideo, tick: Tick = untold) -> LabelSet:
    walk = _Tracks(path, video, tick)
    for _ in walk.parts():
        pass
    return walk.built.labels(Gaps.UNSAID).counted_from_one()


class _Tracks(XmlWalk):
    """Builds labels from tracks, each once it has ended."""

    def __init__(self, path: Path, video: AnnotatedVideo, tick: Tick) -> None:
        super().__init__(path, tick)
        self.built = LabelBuilder(path, video)
        self._meta = _Meta(video)
        self._texts_of_boxes = SharedTexts(path)
        self._track: _OpenTrack | None = None
        self._said: dict[str, str] = {}
        self._latest: Mapping[str, str] = {}
        self._attribute = ""

    def has_text(self, path: str) -> bool:
        return path == _ATTRIBUTE or path.startswith(_META)

    def started(self, path: str, attributes: dict[str, str]) -> None:
        if path == _BOX:
            if self._track is not None:
                self._track.add(attributes, self.line)
        elif path == _ATTRIBUTE:
            name = attributes.get("name")
            if name is None:
                raise Element(self.path, path, attributes, self.line).error("there is no attribute 'name'")
            self._attribute = name
        elif path == _TRACK:
            self._track = _OpenTrack(Element(self.path, path, attributes, self.line))
        elif path == "annotations/image/box":
            element = Element(self.path, path, attributes, self.line)
            raise element.error("is of CVAT for images; export the task as CVAT for video")

    def ended(self, path: str, text: str) -> None:
        if path == _BOX:
            if self._said and self._track is not None:
                # As a rule a box says what the one before says.
                if self._said != self._latest:
                    self._latest = self._texts_of_boxes.shared(self._said, f"line {self.line}")
                self._track.say(self._latest)
                self._said = {}
        elif path == _ATTRIBUTE:
            self._said[self._attribute] = text
        elif path == _TRACK and self._track is not None:
            self._track.put_into(self.built, self._meta)
            self._track = None
        elif path.startswith(_META):
            self._meta.take(Element(self.path, path, {}, self.line, True, text))


class _OpenTrack:
    """The boxes of a track: the latest as they are in the file, those before as columns."""

    def __init__(self, begun: Element) -> None:
        self._begun = begun
        self._is_auto = begun.attribute("source", "manual") in _MACHINE
        self._boxes: list[dict[str, str]] = []
        self._lines: list[int] = []
        self._parts: list[_Boxes] = []
        self._count = 0
        self._said: list[Mapping[str, str]] = []

    def add(self, attributes: dict[str, str], line: int) -> None:
        """A box begins."""
        self._boxes.append(attributes)
        self._lines.append(line)
        self._said.append(NO_ATTRIBUTES)
        if len(self._boxes) == _BOXES_AT_ONCE:
            self._pack()

    def say(self, said: Mapping[str, str]) -> None:
        """Attributes of the latest box."""
        self._said[-1] = said

    def put_into(self, built: LabelBuilder, meta: _Meta) -> None:
        """The track is complete."""
        self._pack()
        begun = self._begun
        # CVAT counts tracks from 0, this project from 1: one more, which `_read` takes back where no id is 0.
        track_id, label = begun.whole("id") + 1, begun.attribute("label")
        first = self._said[0] if self._said else NO_ATTRIBUTES
        fixed = {name: value for name, value in first.items() if (label, name) in meta.immutable}
        built.begin_track(track_id, label, place=begun.line, color=meta.colors.get(label, ""), attributes=fixed)
        if not self._count:
            return
        boxes = _Boxes.joined(self._parts)
        order = np.argsort(boxes.frames, kind="stable")
        is_here = boxes.visibilities[order] != OUTSIDE_CODE
        # An object is outside before its first box, and after that which said so, without being told again.
        chosen = order[is_here | np.concatenate([[False], is_here[:-1]])] if len(order) else order
        built.add_rows(
            BoxRows(
                np.full(len(chosen), track_id),
                np.zeros(len(chosen), dtype=np.intp),
                (label,),
                boxes.frames[chosen],
                boxes.xywh[chosen],
                boxes.lines[chosen],
                boxes.visibilities[chosen],
                sources=boxes.sources[chosen],
                attributes=self._changing(chosen, fixed) or None,
            )
        )

    def _changing(self, chosen: NDArray[np.intp], fixed: Mapping[str, str]) -> dict[int, Mapping[str, str]]:
        """What is said of the chosen boxes and not of the track, by their place among the chosen."""
        # Each different set of attributes is one object; see `SharedTexts`.
        made = {id(said): _without(said, fixed) for said in {id(each): each for each in self._said}.values()}
        if not any(made.values()):
            return {}
        found = (made[id(self._said[at])] for at in chosen.tolist())
        return {row: said for row, said in enumerate(found) if said}

    def _pack(self) -> None:
        self._count += len(self._boxes)
        if self._count > limits.MOST_BOXES:
            raise self._begun.error(f"expected at most {limits.MOST_BOXES} boxes, there are more")
        if self._boxes:
            self._parts.append(_packed(self._begun.file, self._boxes, self._lines, is_auto=self._is_auto))
            self._boxes, self._lines = [], []


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

    @classmethod
    def joined(cls, parts: list[_Boxes]) -> _Boxes:
        """One after the other."""
        return cls(
            np.concatenate([np.empty(0, dtype=np.int64), *(part.frames for part in parts)]),
            np.concatenate([np.empty((0, 4)), *(part.xywh for part in parts)]),
            np.concatenate([np.empty(0, dtype=np.int64), *(part.lines for part in parts)]),
            np.concatenate([np.empty(0, dtype=np.uint8), *(part.visibilities for part in parts)]),
            np.concatenate([np.empty(0, dtype=np.uint8), *(part.sources for part in parts)]),
        )


def _packed(path: Path, boxes: list[dict[str, str]], lines: list[int], *, is_auto: bool) -> _Boxes:
    rows = XmlRows(path, _BOX, boxes, lines)
    left, top, right, bottom = (rows.numbers(name) for name in ("xtl", "ytl", "xbr", "ybr"))
    occluded, outside = rows.flags("occluded"), rows.flags("outside")
    keyframe = rows.flags("keyframe", default=True)
    frames = rows.whole("frame")
    rows.finish()
    visibilities = np.where(outside, OUTSIDE_CODE, np.where(occluded, OCCLUDED_CODE, 0)).astype(np.uint8)
    found = np.array([is_auto or each.get("source", "manual") in _MACHINE for each in boxes], dtype=bool)
    given = np.where(found, SOURCES.index(BoxSource.TRACKED), SOURCES.index(BoxSource.IMPORTED))
    sources = np.where(keyframe, given, SOURCES.index(BoxSource.INTERPOLATED)).astype(np.uint8)
    xywh = np.stack([left, top, right - left, bottom - top], axis=1)
    return _Boxes(frames, xywh, np.array(lines, dtype=np.int64), visibilities, sources)


class _Meta:
    """What the file's head says, as far as it is of use; FormatError where it is about another video."""

    def __init__(self, video: AnnotatedVideo) -> None:
        self._video = video
        self._label = ""
        self._color = ""
        self._attribute = ""
        self.immutable: set[tuple[str, str]] = set()
        self.colors: dict[str, str] = {}

    def take(self, element: Element) -> None:
        name = element.path.split("/meta/", 1)[-1].split("/", 1)[-1]
        if name == "labels/label/name":
            self._label = element.text
        elif name == "labels/label/color":
            self.colors[self._label] = element.text.lower() if _is_color(element.text) else ""
        elif name == "labels/label/attributes/attribute/name":
            self._attribute = element.text
        elif name == "labels/label/attributes/attribute/mutable" and element.text.lower() == "false":
            self.immutable.add((self._label, self._attribute))
        elif name in {"original_size/width", "original_size/height"}:
            expected = self._video.width if name.endswith("width") else self._video.height
            if number_in(element.file, element.place, element.text, name) != expected:
                raise element.error(f"was made for a video of {element.text} pixels, but this one has {expected}")


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
    ),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: 0.0051 if options.sub_pixel else 0.5,
)
