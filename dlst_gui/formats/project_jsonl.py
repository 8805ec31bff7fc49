"""The project's own JSON Lines: everything about tracks and boxes, exactly. docs/formats.md has the records.

Left, top, width, height in pixels, the first pixel is 0; frames are counted from 0 by their place in the video.
The first line describes the video, a line with `label` begins a track, every other line is a box. `"outside"`
says that the object is gone from this frame on.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np

from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.json_input import JsonObject, parsed
from dlst_gui.formats.label_builder import LabelBuilder, covering
from dlst_gui.formats.model import AnnotatedVideo, BoxSource, Gaps, LabelledBox, LabelSet, ObjectTrack
from dlst_gui.formats.numbers_out import whole_pixels
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.text_input import first_line, lines_of
from dlst_gui.project.prediction_pages import spans_of
from dlst_gui.project.tracks import Visibility
from tracker_core import Box

KIND = "dlst-labels"
VERSION = 1

_MAGIC = "dlst-labels"
_KNOWN_VERSION = 1


def _write(labels: LabelSet, path: Path, options: WriteOptions, _tick: Tick = untold) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_line(_header(labels)))
        for track in labels.tracks:
            file.write(_line(_described(track)))
            for each in track.columns:
                file.write(_line(_record(track.track_id, each, options)))


def _line(record: dict[str, object]) -> str:
    return f"{json.dumps(record, ensure_ascii=False, allow_nan=False)}\n"


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


def _record(track_id: int, each: LabelledBox, options: WriteOptions) -> dict[str, object]:
    box = each.box if options.sub_pixel else whole_pixels(each.box)
    record: dict[str, object] = {
        "frame": each.frame_index,
        "track": track_id,
        "box": [box.x, box.y, box.width, box.height],
        "visibility": each.visibility.value,
        "source": each.source.value,
    }
    if not math.isnan(each.score):
        record["score"] = each.score
    if each.run_id:
        record["run"] = each.run_id
    if each.attributes:
        record["attributes"] = dict(each.attributes)
    return record


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
