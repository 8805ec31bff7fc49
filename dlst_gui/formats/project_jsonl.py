"""The project's own JSON Lines: everything about tracks and boxes, exactly. docs/formats.md has the records.

Left, top, width, height in pixels, the first pixel is 0; frames are counted from 0 by their place in the video.
The first line describes the video, a line with `label` begins a track, every other line is a box. `"outside"`
says that the object is gone from this frame on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.json_input import JsonObject, parsed
from dlst_gui.formats.json_output import json_text
from dlst_gui.formats.label_builder import LabelBuilder, covering
from dlst_gui.formats.model import (
    SOURCES,
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
from dlst_gui.formats.text_input import first_line, lines_of
from dlst_gui.formats.windows import track_pieces
from dlst_gui.project.keyframe_series import VISIBILITY_CODES
from dlst_gui.project.prediction_pages import spans_of
from dlst_gui.project.tracks import Visibility
from tracker_core import Box

KIND = "dlst-labels"
VERSION = 1

_VISIBILITIES = np.array([each.value for each in VISIBILITY_CODES], dtype=object)
_SOURCES = np.array([each.value for each in SOURCES], dtype=object)
_MAGIC = "dlst-labels"
_KNOWN_VERSION = 1


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"{json_text(_header(labels))}\n")
        for track, pieces in track_pieces(labels, tick):
            file.write(f"{json_text(_described(track))}\n")
            for piece in pieces:
                file.writelines(_lines(piece, track.track_id, options))


def _header(labels: LabelSet) -> dict[str, object]:
    video = labels.video
    return {
        "format": KIND,
        "version": VERSION,
        "gaps": labels.gaps.value,
        "video": {
            "name": video.name,
            "width": video.width,
            "height": video.height,
            "frame_count": video.frame_count,
            "fps": video.fps,
            "frames": [list(span) for span in spans_of(video.frames)],
        },
    }


def _described(track: ObjectTrack) -> dict[str, object]:
    described: dict[str, object] = {"track": track.track_id, "label": track.label}
    if track.color:
        described["color"] = track.color
    if track.attributes:
        described["attributes"] = dict(track.attributes)
    return described


def _lines(columns: BoxColumns, track_id: int, options: WriteOptions) -> Iterator[str]:
    boxes = columns.boxes_xywh
    if not options.sub_pixel:
        boxes = written_boxes(boxes, is_sub_pixel=False).astype(np.int64)
    rows = zip(
        columns.frame_indices.tolist(),
        boxes.tolist(),
        _VISIBILITIES[columns.visibilities].tolist(),
        _SOURCES[columns.sources].tolist(),
        columns.scores.tolist(),
        columns.run_ids.tolist(),
        strict=True,
    )
    for frame, box, visibility, source, score, run_id in rows:
        scored = "" if math.isnan(score) else f', "score": {score!r}'
        run = f', "run": {run_id}' if run_id else ""
        said = columns.attributes.get(frame)
        more = f', "attributes": {json_text(dict(said))}' if said else ""
        yield (
            f'{{"frame": {frame}, "track": {track_id}, "box": {box}, '
            f'"visibility": "{visibility}", "source": "{source}"{scored}{run}{more}}}\n'
        )


def _read(path: Path, video: AnnotatedVideo, _tick: Tick = untold) -> LabelSet:
    lines = lines_of(path)
    number, text = next(lines, (1, ""))
    header = JsonObject(path, "line 1", parsed(path, text, line=number))
    if header.text("format", "") != _MAGIC:
        raise header.error(f'expected "format": "{_MAGIC}" on the first line')
    if header.whole("version") != _KNOWN_VERSION:
        raise header.error(f"version {header.whole('version')} is not supported; update the program")
    said = header.object_at("video")
    if said.whole("frame_count") != video.frame_count:
        raise said.error(
            f"was made for a video with {said.whole('frame_count')} frames, but this one has {video.frame_count}"
        )
    built = LabelBuilder(path, video)
    begun: set[int] = set()
    for number, text in lines:
        record = JsonObject(path, f"line {number}", parsed(path, text, line=number))
        track_id = record.whole("track")
        if "frame" not in record:
            built.begin_track(
                track_id,
                record.text("label"),
                place=number,
                color=record.text("color", ""),
                attributes=record.texts("attributes"),
            )
            begun.add(track_id)
        elif track_id not in begun:
            raise record.error(f"track {track_id} was not declared on an earlier line")
        else:
            built.add(track_id, _box(record), place=number)
    return built.labels(_gaps(header), video=_covered(said, video))


def _box(record: JsonObject) -> LabelledBox:
    try:
        source = BoxSource(record.text("source", "imported"))
        visibility = Visibility(record.text("visibility", "visible"))
    except ValueError as error:
        raise record.error(f"unknown value: {error}") from None
    run_id = record.whole("run", 0)
    if not 0 <= run_id < 2**31:
        raise record.error(f"expected a run of 0 to {2**31 - 1}, got {run_id}")
    score = record.number("score") if "score" in record else math.nan
    box = Box(*record.numbers("box", 4))
    return LabelledBox(record.whole("frame"), box, source, visibility, score, run_id, record.texts("attributes"))


def _gaps(header: JsonObject) -> Gaps:
    try:
        return Gaps(header.text("gaps", Gaps.UNSAID.value))
    except ValueError:
        raise header.error('expected "gaps" to be "absent" or "unsaid"') from None


def _covered(said: JsonObject, video: AnnotatedVideo) -> AnnotatedVideo:
    if "frames" not in said:
        return video
    spans = [(int(first), int(last)) for first, last in said.pairs("frames")]
    if any(not 0 <= first <= last < video.frame_count for first, last in spans):
        raise said.error(f"expected spans of frames from 0 to {video.frame_count - 1}")
    covered = np.zeros(video.frame_count, dtype=bool)
    for first, last in spans:
        covered[first : last + 1] = True
    return covering(video, np.flatnonzero(covered).astype(np.int32))


def _looks_like(path: Path) -> bool:
    return path.is_file() and f'"{_MAGIC}"' in first_line(path)


JSONL = Format(
    name="jsonl",
    title="JSON Lines with the source of every box",
    suffix=".jsonl",
    convention=Convention(
        0,
        Shape.LEFT_TOP_SIZE,
        Unit.PIXELS,
        "counted from 0",
        "a box with visibility outside, from that frame on",
        "exact",
    ),
    can_hold=Capabilities(
        Identity.IDS,
        labels=True,
        absence=True,
        occlusion=True,
        sub_pixel=True,
        scores=True,
        keyframes=True,
        sources=True,
        attributes=True,
    ),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: 0.0 if options.sub_pixel else 0.5,
)
