"""DIVE: its annotation JSON, version 2. VIAME's CSV, which DIVE writes too, is in `viame_csv.py`.

`tracks` are by id, from 0 or from 1; each has `features`, keyframes with `bounds` [left, top, right, bottom],
edges in pixels, the first pixel is 0, on a `frame` counted **from 0**. Where a feature says `interpolate`, a
straight line leads to the next; otherwise the object is not labelled in between. The best of `confidencePairs`
is the label. A `rotation` among a feature's attributes is in radians, counter-clockwise about the centre: read
is the enclosing box. Boxes that lie on a line between keyframes are not written.

Source: Kitware/dive `docs/DataFormats.md`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import (
    NO_ATTRIBUTES,
    UNNAMED,
    AnnotatedVideo,
    BoxSource,
    Gaps,
    LabelledBox,
    LabelSet,
    ObjectTrack,
)
from dlst_gui.formats.labels.original_shape import KINDS
from dlst_gui.formats.labels.spans import needed_rows, visible_spans
from dlst_gui.formats.labels.turned_boxes import TURNED, enclosing_turned, rotation_attributes
from dlst_gui.formats.labels.windows import share_of
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.frame_numbers import FrameNumbers, read_by_evidence
from dlst_gui.formats.reading.label_builder import LabelBuilder
from dlst_gui.formats.syntax.json_input import JsonObject, lists_named
from dlst_gui.formats.syntax.json_stream import JsonStream
from dlst_gui.formats.syntax.numbers_out import edges_of, pixel_texts, written_boxes
from dlst_gui.project.keyframing.thinning import lines_between
from dlst_gui.project.tracks import Visibility
from tracker_core import Box

_ON_LINE_PX = 1e-4
_LEAST_RADIANS = 0.001
"""DIVE stores no smaller rotation."""


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write('{"tracks": {')
        between = "\n"
        for number, track in enumerate(labels.tracks):
            features = [*_features(labels, track, options, share_of(tick, number, len(labels.tracks)))]
            if not features:
                continue
            first, last = features[0][0], features[-1][0]
            attributes = json.dumps(dict(track.attributes), ensure_ascii=False)
            label = json.dumps(track.label, ensure_ascii=False)
            track_id = track.track_id
            file.write(
                f'{between}"{track_id}": {{"id": {track_id}, "meta": {{}}, "attributes": {attributes}, '
                f'"confidencePairs": [[{label}, 1]], "begin": {first}, "end": {last}, "features": [\n'
            )
            file.writelines(f"{',' * bool(at)}{text}\n" for at, (_, text) in enumerate(features))
            file.write("]}")
            between = ",\n"
        file.write('\n}, "groups": {}, "version": 2}\n')


def _features(
    labels: LabelSet, track: ObjectTrack, options: WriteOptions, tick: Tick
) -> Iterator[tuple[int, str]]:
    """Frame and text of each keyframe."""
    for span in visible_spans(track.columns, labels.video, labels.gaps):
        tick(int(span.columns.frame_indices[0]), labels.video.frame_count)
        kept = span.columns.where(needed_rows(span.columns, _ON_LINE_PX, options.keyframes_within_px))
        frames = kept.frame_indices.tolist()
        edges = edges_of(written_boxes(kept.boxes_xywh, is_sub_pixel=options.sub_pixel))
        rows = zip(frames, [*frames[1:], None], *map(pixel_texts, edges.T), strict=True)
        for frame, following, left, top, right, bottom in rows:
            leads_on = following is not None and following > frame + 1
            said = kept.attributes.get(frame, NO_ATTRIBUTES)
            attributes = f', "attributes": {json.dumps(dict(said), ensure_ascii=False)}' if said else ""
            yield (
                frame,
                f'{{"frame": {frame}, "bounds": [{left}, {top}, {right}, {bottom}], "keyframe": true, '
                f'"interpolate": {"true" if leads_on else "false"}{attributes}}}',
            )


@read_by_evidence
def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    built = LabelBuilder(path, video, "feature", options=options, first_id=0)
    numbers = FrameNumbers(0, video.frame_count, options)
    stream = JsonStream(path, tick)
    is_there = False
    for name in stream.names("top level"):
        if name == "tracks":
            is_there = True
            for key in stream.names("tracks"):
                _take_track(built, JsonObject(path, f"tracks, {key}", stream.value()), video, numbers)
    stream.finish()
    if not is_there:
        raise FormatError(path, "there is no 'tracks'", "top level")
    numbers.finish(built.report)
    return built.labels(Gaps.UNSAID, tick=tick)


def _take_track(built: LabelBuilder, track: JsonObject, video: AnnotatedVideo, numbers: FrameNumbers) -> None:
    track_id = track.whole("id")
    label, score = _best(track)
    features = [each for each in track.objects("features") if "bounds" in each]
    features.sort(key=lambda each: each.number("frame"))
    built.begin_track(track_id, label, place=track_id, attributes=_plain(track))
    known: list[tuple[LabelledBox, bool]] = []
    for feature in features:
        frame = numbers.index(feature.whole("frame"))
        box, attributes = _box(built, feature)
        is_given = feature.truth("keyframe", default=True)
        source = BoxSource.IMPORTED if is_given else BoxSource.INTERPOLATED
        made = LabelledBox(frame, box, source, score=score, attributes=attributes)
        built.add(track_id, made, place=track_id)
        known.append((made, feature.truth("interpolate", default=False)))
    for (one, leads_on), following in zip(known, [*known[1:], None], strict=False):
        if one.frame_index + 1 >= (video.frame_count if following is None else following[0].frame_index):
            continue
        if following is not None and leads_on and one.box.is_valid and following[0].box.is_valid:
            _add_between(built, track_id, (one, following[0]), video)
        elif following is not None or not leads_on:
            gone = LabelledBox(one.frame_index + 1, one.box, visibility=Visibility.OUTSIDE)
            built.add(track_id, gone, place=track_id, is_given=False)


def _add_between(
    built: LabelBuilder, track_id: int, ends: tuple[LabelledBox, LabelledBox], video: AnnotatedVideo
) -> None:
    low, high = np.searchsorted(video.frames, [ends[0].frame_index + 1, ends[1].frame_index])
    frames = video.frames[low:high]
    if len(frames):
        known = np.array([each.frame_index for each in ends], dtype=np.int32)
        boxes = lines_between(known, np.array([each.box.xywh for each in ends]), frames)
        built.add_between(track_id, frames, boxes, BoxSource.INTERPOLATED, place=track_id)


def _best(track: JsonObject) -> tuple[str, float]:
    """The likeliest label, and how likely it is; a person's is certain and has no score."""
    pairs = track.labelled_numbers("confidencePairs")
    if not pairs:
        return UNNAMED, math.nan
    label, confidence = max(pairs, key=lambda pair: pair[1])
    return label or UNNAMED, math.nan if confidence >= 1 else confidence


def _plain(track: JsonObject) -> dict[str, str]:
    return {name: text for name, text in track.texts("attributes").items() if name != "userCreated"}


def _box(built: LabelBuilder, feature: JsonObject) -> tuple[Box, dict[str, str]]:
    left, top, right, bottom = feature.numbers("bounds", 4)
    xywh = (left, top, right - left, bottom - top)
    said = {name: text for name, text in feature.texts("attributes").items() if name != "userModified"}
    radians = feature.object_at("attributes").number("rotation", 0) if "rotation" in said else 0.0
    if abs(radians) <= _LEAST_RADIANS:
        return Box(*xywh), said
    del said["rotation"]
    degrees = -math.degrees(radians)
    built.report.converted["rotated box"] += 1
    turned = enclosing_turned(np.array([xywh]), np.array([degrees]))[0].tolist()
    return Box(*turned), {**said, **rotation_attributes(xywh, degrees)}


def _looks_like(path: Path, tick: Tick = untold) -> bool:
    known = {"features", "confidencePairs"}
    unlike = {"images", "annotations", "shapes", "items", "result", "labels"}
    return lists_named(path, known, without=unlike, tick=tick) == known


DIVE = Format(
    name="dive",
    title="DIVE annotation JSON",
    suffix=".json",
    convention=Convention(
        0,
        Shape.EDGES,
        Unit.PIXELS,
        "counted from 0",
        "no feature, and none that leads over it",
        "a ten-thousandth of a pixel",
    ),
    can_hold=Capabilities(
        Identity.IDS,
        labels=True,
        absence=True,
        occlusion=False,
        sub_pixel=True,
        keyframes=True,
        attributes=True,
        shapes=frozenset({*KINDS, TURNED}),
    ),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: options.keyframes_within_px + (2e-4 if options.sub_pixel else 0.5),
    interpolates=True,
)
