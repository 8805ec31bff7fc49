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
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.label_builder import LabelBuilder
from dlst_gui.formats.model import (
    OCCLUDED_CODE,
    SOURCES,
    AnnotatedVideo,
    BoxColumns,
    BoxSource,
    Gaps,
    LabelledBox,
    LabelSet,
    ObjectTrack,
)
from dlst_gui.formats.numbers_out import edges_of, written_boxes
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.spans import needed_rows, visible_spans
from dlst_gui.formats.text_input import number_in
from dlst_gui.formats.windows import ROWS_AT_ONCE, share_of
from dlst_gui.formats.xml_input import Element, elements_of, root_of
from dlst_gui.formats.xml_output import xml_attribute, xml_text
from dlst_gui.project.tracks import Visibility
from tracker_core import Box

_ON_LINE_PX = 0.005
"""Half of the last digit that is written."""

_INTERPOLATED = SOURCES.index(BoxSource.INTERPOLATED)
_BY_A_TRACKER = ' source="auto"'
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
        names.setdefault(track.label, set()).update(*track.columns.attributes.values())
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


@dataclass(slots=True)
class _OpenBox:
    begun: Element
    said: dict[str, str] = field(default_factory=dict)
    attribute: str = ""


@dataclass(slots=True)
class _OpenTrack:
    begun: Element
    boxes: list[_OpenBox] = field(default_factory=list)


def _read(path: Path, video: AnnotatedVideo, _tick: Tick = untold) -> LabelSet:
    built = LabelBuilder(path, video)
    meta = _Meta(video)
    for track in _tracks(path, meta):
        _take_track(built, track, meta)
    return built.labels(Gaps.UNSAID).counted_from_one()


def _take_track(built: LabelBuilder, track: _OpenTrack, meta: _Meta) -> None:
    # CVAT counts tracks from 0, this project from 1: one more, which `_read` takes back where no id is 0.
    track_id = track.begun.whole("id") + 1
    label = track.begun.attribute("label")
    said = track.boxes[0].said if track.boxes else {}
    fixed = {name: value for name, value in said.items() if (label, name) in meta.immutable}
    color = meta.colors.get(label, "")
    built.begin_track(track_id, label, place=track.begun.line, color=color, attributes=fixed)
    is_auto = track.begun.attribute("source", "manual") in _MACHINE
    was_seen = False
    for box in sorted(track.boxes, key=lambda box: box.begun.whole("frame")):
        made = _made(box, fixed, is_auto=is_auto)
        # An object is outside before its first box, and after that which said so, without being told again.
        if made.is_present or was_seen:
            built.add(track_id, made, place=box.begun.line)
        was_seen = made.is_present


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


def _tracks(path: Path, meta: _Meta) -> Iterator[_OpenTrack]:
    track: _OpenTrack | None = None
    for element in elements_of(path):
        match element.path:
            case "annotations/track" if not element.is_end:
                track = _OpenTrack(element)
            case "annotations/track" if track is not None:
                yield track
            case "annotations/track/box" if track is not None and not element.is_end:
                track.boxes.append(_OpenBox(element))
            case "annotations/track/box/attribute" if track is not None:
                _take_attribute(track.boxes[-1], element)
            case "annotations/image/box":
                raise element.error("is of CVAT for images; export the task as CVAT for video")
            case _ if element.is_end and element.path.startswith("annotations/meta/"):
                meta.take(element)


def _take_attribute(box: _OpenBox, element: Element) -> None:
    if not element.is_end:
        box.attribute = element.attribute("name")
    else:
        box.said[box.attribute] = element.text


def _made(box: _OpenBox, fixed: dict[str, str], *, is_auto: bool) -> LabelledBox:
    begun = box.begun
    left, top, right, bottom = (begun.number(name) for name in ("xtl", "ytl", "xbr", "ybr"))
    visibility = Visibility.OCCLUDED if begun.flag("occluded") else Visibility.VISIBLE
    if begun.flag("outside"):
        visibility = Visibility.OUTSIDE
    source = BoxSource.IMPORTED
    if not begun.flag("keyframe", default=True):
        source = BoxSource.INTERPOLATED
    elif is_auto or begun.attribute("source", "manual") in _MACHINE:
        source = BoxSource.TRACKED
    said = {name: value for name, value in box.said.items() if fixed.get(name) != value}
    made = Box(left, top, right - left, bottom - top)
    return LabelledBox(begun.whole("frame"), made, source, visibility, attributes=said)


def _looks_like(path: Path) -> bool:
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
