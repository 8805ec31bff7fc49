"""Changes to and from the rows of the file's journal: records as JSON, predictions as bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from dlst_gui.project.changes import (
    AttributeChange,
    Change,
    KeyframeChange,
    KeyframesChange,
    LabelChange,
    PredictionChange,
    ReviewChange,
    SupersedeChange,
    TrackChange,
    VideoChange,
)
from dlst_gui.project.keyframe_block import KeyframeBlock
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.prediction_pages import FrameSpans
from dlst_gui.project.review import ReviewSpan
from dlst_gui.project.rows import (
    Row,
    attribute_from,
    attribute_row,
    keyframe_from,
    keyframe_row,
    label_from,
    label_row,
    parsed_array,
    span_from,
    span_row,
    text,
    track_from,
    track_row,
    video_from,
    video_row,
    whole_number,
)

Record = TypeVar("Record")
Stored = str | bytes | int | None


@dataclass(frozen=True, slots=True)
class JournalRow:
    """Columns of `change` from `kind` on."""

    kind: str
    track_id: int | None
    spans: str | None
    before: Stored
    after: Stored

    @property
    def columns(self) -> tuple[Stored, ...]:
        return self.kind, self.track_id, self.spans, self.before, self.after


def journal_row(change: Change) -> JournalRow:
    """One change as a row. What could not be read again raises ValueError here, before it is written."""
    row = _row_of(change)
    if change_from(row.columns) != change:
        raise ValueError(f"a change cannot be written to a project file as it is: {change}")
    return row


def _row_of(change: Change) -> JournalRow:
    match change:
        case VideoChange():
            sides = _json(change.before, video_row), _json(change.after, video_row)
            row = JournalRow("video", None, None, *sides)
        case LabelChange():
            row = JournalRow("label", None, None, _json(change.before, label_row), _json(change.after, label_row))
        case AttributeChange():
            sides = _json(change.before, attribute_row), _json(change.after, attribute_row)
            row = JournalRow("attribute", None, None, *sides)
        case TrackChange():
            row = JournalRow("track", None, None, _json(change.before, track_row), _json(change.after, track_row))
        case KeyframeChange():
            sides = _json(change.before, keyframe_row), _json(change.after, keyframe_row)
            row = JournalRow("keyframe", change.track_id, None, *sides)
        case KeyframesChange():
            row = JournalRow("keyframes", change.track_id, None, _bytes(change.before), _bytes(change.after))
        case PredictionChange():
            row = JournalRow("predictions", change.track_id, None, _bytes(change.before), _bytes(change.after))
        case SupersedeChange():
            spans = json.dumps(change.spans)
            row = JournalRow("supersede", change.track_id, spans, int(change.before), int(change.after))
        case ReviewChange():
            marks = [json.dumps([span_row(span) for span in side]) for side in (change.before, change.after)]
            row = JournalRow("review", change.track_id, None, *marks)
    return row


def change_from(columns: Sequence[object]) -> Change:
    """The change a row stands for; ValueError where it makes no sense."""
    kind, owner, spans, before, after = columns
    change: Change
    if kind == "video":
        change = VideoChange(video_from(_columns(before)), video_from(_columns(after)))
    elif kind == "label":
        change = LabelChange(_record(before, label_from), _record(after, label_from))
    elif kind == "attribute":
        change = AttributeChange(_record(before, attribute_from), _record(after, attribute_from))
    elif kind == "track":
        change = TrackChange(_record(before, track_from), _record(after, track_from))
    else:
        change = _change_on_track(kind, whole_number(owner, "a track's id"), spans, before, after)
    return change


def _change_on_track(kind: object, track_id: int, spans: object, before: object, after: object) -> Change:
    change: Change
    if kind == "keyframe":
        change = KeyframeChange(_record(before, keyframe_from), _record(after, keyframe_from), track_id)
    elif kind == "keyframes":
        was, is_ = (_block(side, KeyframeBlock.from_bytes) for side in (before, after))
        change = KeyframesChange(was, is_, track_id)
    elif kind == "predictions":
        gone, come = (_block(side, PredictionBlock.from_bytes) for side in (before, after))
        change = PredictionChange(gone, come, track_id)
    elif kind == "supersede":
        did, does = (bool(whole_number(flag, "a flag", most=1)) for flag in (before, after))
        change = SupersedeChange(did, does, track_id, _spans(spans))
    elif kind == "review":
        change = ReviewChange(_review(before), _review(after), track_id)
    else:
        raise ValueError(f"a change of an unknown kind: {kind!r:.60}")
    return change


def _json(record: Record | None, row_of: Callable[[Record], Row]) -> str | None:
    return None if record is None else json.dumps(row_of(record), allow_nan=False)


def _record(data: object, record_from: Callable[[Sequence[object]], Record]) -> Record | None:
    return None if data is None else record_from(_columns(data))


def _columns(data: object) -> Sequence[object]:
    return parsed_array(text(data, "a change"), "a change")


def _bytes(block: KeyframeBlock | PredictionBlock | None) -> bytes | None:
    return None if block is None else block.to_bytes()


def _block(data: object, block_from: Callable[[bytes], Record]) -> Record | None:
    if data is None:
        return None
    if not isinstance(data, bytes):
        raise ValueError(f"boxes: expected bytes, got {type(data).__name__}")
    return block_from(data)


def _review(data: object) -> tuple[ReviewSpan, ...]:
    rows = parsed_array(text(data, "review marks"), "review marks")
    return tuple(span_from(row if isinstance(row, list) else ()) for row in rows)


def _spans(data: object) -> FrameSpans:
    spans = []
    for pair in parsed_array(text(data, "spans"), "spans"):
        if not isinstance(pair, list) or len(pair) != 2:
            raise ValueError("spans: expected pairs of frame indices")
        spans.append((whole_number(pair[0], "a frame index"), whole_number(pair[1], "a frame index")))
    if any(first > last for first, last in spans) or any(one[1] >= other[0] for one, other in pairwise(spans)):
        raise ValueError("spans: expected frame indices that ascend")
    return tuple(spans)
