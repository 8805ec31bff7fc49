"""The project's own JSON Lines: everything about tracks and boxes, exactly. docs/formats.md has the records.

Left, top, width, height in pixels, the first pixel is 0; frames are counted from 0 by their place in the video.
The first line describes the video, a line with `label` begins a track, every other line is a box. `"outside"`
says that the object is gone from this frame on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import (
    SOURCES,
    AnnotatedVideo,
    BoxColumns,
    BoxSource,
    Gaps,
    LabelSet,
    ObjectTrack,
)
from dlst_gui.formats.labels.original_shape import KINDS
from dlst_gui.formats.labels.turned_boxes import TURNED
from dlst_gui.formats.labels.windows import track_pieces
from dlst_gui.formats.own.attribute_json import attribute_json, attribute_of
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.label_builder import LabelBuilder, covering
from dlst_gui.formats.reading.track_columns import BoxRows
from dlst_gui.formats.syntax.json_input import Json, JsonObject, parsed
from dlst_gui.formats.syntax.json_output import json_text
from dlst_gui.formats.syntax.json_rows import JsonRows
from dlst_gui.formats.syntax.numbers_out import written_boxes
from dlst_gui.formats.syntax.text_input import first_line, line_blocks
from dlst_gui.project.keyframe_block import VISIBILITY_CODES
from dlst_gui.project.prediction_pages import spans_of
from dlst_gui.project.tracks import Visibility

KIND = "dlst-labels"
VERSION = 1

_VISIBILITY_WORDS = np.array([each.value for each in VISIBILITY_CODES], dtype=object)
_SOURCE_WORDS = np.array([each.value for each in SOURCES], dtype=object)
_MAGIC = "dlst-labels"
_KNOWN_VERSION = 1
_UNKNOWN = 255
_SOURCES = {source.value: code for code, source in enumerate(SOURCES)}
_VISIBILITIES = {visibility.value: code for code, visibility in enumerate(VISIBILITY_CODES)}


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"{json_text(_header(labels))}\n")
        for track, pieces in track_pieces(labels, tick):
            file.write(f"{json_text(_described(track))}\n")
            for piece in pieces:
                file.writelines(_lines(piece, track.track_id, options))


def _header(labels: LabelSet) -> dict[str, object]:
    video = labels.video
    offered = {"attributes": [attribute_json(each) for each in labels.offered]} if labels.offered else {}
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
        **offered,
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
        _VISIBILITY_WORDS[columns.visibilities].tolist(),
        _SOURCE_WORDS[columns.sources].tolist(),
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


def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    reading: _Reading | None = None
    for first, lines in line_blocks(path, tick):
        if reading is None:
            reading = _Reading(path, video, options, lines[0])
            first, lines = first + 1, lines[1:]  # noqa: PLW2901 - the header is no record
        reading.take(first, lines)
    return (reading or _Reading(path, video, options, "")).labels()


class _Reading:
    """Builds labels from records; what is wrong with the header is raised at once."""

    def __init__(self, path: Path, video: AnnotatedVideo, options: ReadOptions, header: str) -> None:
        self._path = path
        self._video = video
        self._header = JsonObject(path, "line 1", parsed(path, header, line=1))
        if self._header.text("format", "") != _MAGIC:
            raise self._header.error(f'expected "format": "{_MAGIC}" on the first line')
        version = self._header.whole("version")
        if version != _KNOWN_VERSION:
            raise self._header.error(f"version {version} is not supported; update the program")
        said = self._header.object_at("video")
        count = said.whole("frame_count")
        if count != video.frame_count:
            raise said.error(f"was made for a video with {count} frames, but this one has {video.frame_count}")
        declared = self._header.objects("attributes", may_miss=True)
        declared = islice(declared, limits.MOST_OFFERED_ATTRIBUTES)
        self._offered = tuple(attribute_of(each, number) for number, each in enumerate(declared, start=1))
        self._built = LabelBuilder(path, video, options=options)
        self._names: list[str] = []
        self._name_of: dict[int, int] = {}

    def take(self, first: int, lines: list[str]) -> None:
        """Some lines, of which the first has this number."""
        records, error = _decoded(self._path, first, lines)
        begins = [row for row, each in enumerate(records) if isinstance(each, dict) and each.get("frame") is None]
        for start, end in pairwise([-1, *begins, len(records)]):
            if start >= 0:
                self._begin(first + start, records[start])
            if end > start + 1:
                self._add(first + start + 1, records[start + 1 : end])
        if error is not None:
            raise error

    def labels(self) -> LabelSet:
        """Everything."""
        covered = _covered(self._header.object_at("video"), self._video)
        return replace(self._built.labels(_gaps(self._header), video=covered), offered=self._offered)

    def _begin(self, line: int, value: Json) -> None:
        record = JsonObject(self._path, f"line {line}", value)
        track_id, label = record.whole("track"), record.text("label")
        color, attributes = record.text("color", ""), record.texts("attributes")
        self._built.begin_track(track_id, label, place=line, color=color, attributes=attributes)
        if track_id not in self._name_of:
            self._name_of[track_id] = len(self._names)
            self._names.append(label)

    def _add(self, first: int, values: list[Json]) -> None:
        rows = JsonRows(self._path, values, lambda row: f"line {first + row}")
        track_ids = rows.whole("track")
        known = [self._name_of.get(track_id, -1) for track_id in track_ids.tolist()]
        if -1 in known:
            row = known.index(-1)
            rows.refuse(row, f"track {track_ids[row]} was not declared on an earlier line")
        sources = _codes(rows, rows.words("source", "imported"), _SOURCES, BoxSource.__name__)
        visibilities = _codes(rows, rows.words("visibility", "visible"), _VISIBILITIES, Visibility.__name__)
        run_ids = rows.whole("run", 0)
        for row in np.flatnonzero((run_ids < 0) | (run_ids >= 2**31))[:1].tolist():
            rows.refuse(row, f"expected a run of 0 to {2**31 - 1}, got {run_ids[row]}")
        scores = rows.numbers_if_any("score")
        boxes = rows.lists("box", 4)
        frames = rows.whole("frame")
        said = rows.texts("attributes")
        places = np.arange(first, first + rows.count)
        found = BoxRows(
            track_ids,
            np.array(known, dtype=np.intp),
            tuple(self._names),
            frames,
            boxes,
            places,
            visibilities,
            scores,
            sources,
            run_ids,
            said or None,
        )
        self._built.add_rows(found.first(rows.count))
        rows.finish()


def _decoded(path: Path, first: int, lines: list[str]) -> tuple[list[Json], FormatError | None]:
    """What the lines hold, up to the first that is wrong, and what is wrong with that."""
    records: list[Json] = []
    for number, line in enumerate(lines, start=first):
        try:
            records.append(parsed(path, line, line=number))
        except FormatError as error:
            return records, error
    return records, None


def _codes(rows: JsonRows, words: list[str], known: Mapping[str, int], kind: str) -> NDArray[np.uint8]:
    codes = [known.get(word, _UNKNOWN) for word in words]
    if _UNKNOWN in codes:
        row = codes.index(_UNKNOWN)
        rows.refuse(row, f"unknown value: {shortly(words[row])} is not a valid {kind}")
    return np.array(codes[: rows.count], dtype=np.uint8)


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


def _looks_like(path: Path, _tick: Tick = untold) -> bool:
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
        shapes=frozenset({*KINDS, TURNED}),
    ),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: 0.0 if options.sub_pixel else 0.5,
)
