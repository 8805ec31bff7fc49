"""Records as rows of plain values: the columns of the tables, and the same as JSON arrays in the journal.

Reading trusts nothing: a value of the wrong type or out of range raises ValueError.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TypeVar
from urllib.parse import quote, unquote_to_bytes

from dlst_gui import limits
from dlst_gui.project.attributes import Attribute, AttributeKind, AttributeScope
from dlst_gui.project.labels import Label, TrackInfo
from dlst_gui.project.review import ReviewMark, ReviewSpan
from dlst_gui.project.tracks import LAST_FRAME, BoxOrigin, Keyframe, Visibility
from dlst_gui.project.video_identity import Fingerprint, VideoIdentity
from tracker_core import Box

Scalar = str | int | float
Row = tuple[Scalar, ...]
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def _refuse_constant(name: str) -> float:
    raise ValueError(f"expected finite numbers, got {name}")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
LARGEST_NUMBER = 2**63 - 1  # of SQLite
_ADDRESS = "file://"
_UNTRACKED = {"dlst:tracker": "none"}
"""Stands for `TrackInfo.is_interpolated` among a track's attributes in the file, where it has no column."""
Member = TypeVar("Member", bound=Enum)


def video_row(video: VideoIdentity) -> Row:
    """Columns of `video`."""
    prints = json.dumps([[each.frame_index, each.digest] for each in video.fingerprints])
    return _path_text(video.path), video.frame_count, video.width, video.height, video.byte_count, prints


def video_from(row: Sequence[object]) -> VideoIdentity:
    """The inverse of `video_row`."""
    path, frame_count, width, height, byte_count, prints = _columns(row, 6)
    pairs = [_columns(each, 2) for each in _array(parsed_json(text(prints, "fingerprints")), "fingerprints")]
    return VideoIdentity(
        _path_from(text(path, "the video's path")),
        whole_number(frame_count, "the number of frames", most=LAST_FRAME + 1),
        whole_number(width, "the width"),
        whole_number(height, "the height"),
        whole_number(byte_count, "the number of bytes", most=LARGEST_NUMBER),
        tuple(
            Fingerprint(whole_number(index, "a frame index"), text(digest, "a hash")) for index, digest in pairs
        ),
    )


def _path_text(path: str) -> str:
    """The path, as an address where it holds bytes that are no UTF-8, which SQLite and JSON have no text for."""
    is_text = not any("\ud800" <= character <= "\udfff" for character in path)
    return path if is_text else _ADDRESS + quote(os.fsencode(path))


def _path_from(written: str) -> str:
    """The inverse of `_path_text`: no absolute path begins like an address."""
    return os.fsdecode(unquote_to_bytes(written[len(_ADDRESS) :])) if written.startswith(_ADDRESS) else written


def label_row(label: Label) -> Row:
    """Columns of `label`."""
    return label.name, label.color, label.hotkey


def label_from(row: Sequence[object]) -> Label:
    """The inverse of `label_row`."""
    name, color, hotkey = _columns(row, 3)
    return Label(text(name, "a label's name"), text(color, "a colour"), text(hotkey, "a hotkey"))


def attribute_row(attribute: Attribute) -> Row:
    """Columns of `attribute`."""
    bounds = json.dumps([attribute.least, attribute.most, attribute.step], allow_nan=False)
    return (
        attribute.attribute_id,
        attribute.name,
        attribute.kind.name.lower(),
        attribute.scope.name.lower(),
        _texts_json(attribute.choices),
        bounds,
        attribute.default,
        int(attribute.is_required),
        _texts_json(attribute.labels),
        attribute.hotkey,
    )


def attribute_from(row: Sequence[object]) -> Attribute:
    """The inverse of `attribute_row`."""
    attribute_id, name, kind, scope, choices, bounds, default, is_required, labels, hotkey = _columns(row, 10)
    least, most, step = _columns(parsed_array(text(bounds, "limits"), "limits"), 3)
    return Attribute(
        whole_number(attribute_id, "an attribute's id"),
        text(name, "an attribute's name"),
        _named(AttributeKind, kind),
        _named(AttributeScope, scope),
        _texts(choices, "choices"),
        text(default, "a default"),
        bool(whole_number(is_required, "a flag", most=1)),
        _texts(labels, "labels"),
        text(hotkey, "a hotkey"),
        *(None if each is None else _number(each, "a limit") for each in (least, most, step)),
    )


def track_row(info: TrackInfo) -> Row:
    """Columns of `track`."""
    flags = int(info.is_hidden), int(info.is_locked), int(info.is_pinned)
    attributes = {**info.attributes, **_UNTRACKED} if info.is_interpolated else info.attributes
    return info.track_id, info.label, info.color, _attributes_json(attributes), *flags


def track_from(row: Sequence[object]) -> TrackInfo:
    """The inverse of `track_row`."""
    track_id, label, color, attributes, *flags = _columns(row, 7)
    is_hidden, is_locked, is_pinned = (bool(whole_number(flag, "a flag", most=1)) for flag in flags)
    said = _attributes(attributes)
    is_interpolated = said.items() >= _UNTRACKED.items()
    return TrackInfo(
        whole_number(track_id, "a track's id"),
        text(label, "a track's label"),
        text(color, "a colour"),
        {name: value for name, value in said.items() if name not in _UNTRACKED} if is_interpolated else said,
        is_hidden,
        is_locked,
        is_pinned,
        is_interpolated,
    )


def keyframe_row(keyframe: Keyframe) -> Row:
    """Columns of `keyframe`, but for the track's id."""
    box, said = keyframe.box, (keyframe.visibility.value, keyframe.origin.value)
    return keyframe.frame_index, box.x, box.y, box.width, box.height, *said, _attributes_json(keyframe.attributes)


def keyframe_from(row: Sequence[object]) -> Keyframe:
    """The inverse of `keyframe_row`."""
    frame_index, x, y, width, height, visibility, origin, attributes = _columns(row, 8)
    return Keyframe(
        whole_number(frame_index, "a frame index"),
        Box(*(_number(value, "a box") for value in (x, y, width, height))),
        _member(Visibility, visibility),
        _member(BoxOrigin, origin),
        _attributes(attributes),
    )


def span_row(span: ReviewSpan) -> Row:
    """Columns of `review_mark`, but for the track's id."""
    return span.first, span.last, span.mark.value


def span_from(row: Sequence[object]) -> ReviewSpan:
    """The inverse of `span_row`."""
    first, last, mark = _columns(row, 3)
    return ReviewSpan(
        whole_number(first, "a frame index"), whole_number(last, "a frame index"), _member(ReviewMark, mark)
    )


def attributes_from(parsed: Json) -> dict[str, str]:
    """Attributes that were parsed from JSON."""
    if not isinstance(parsed, dict):
        raise ValueError(f"attributes: expected names and texts, got {_shortly(parsed)}")
    return {name: text(each, f"the attribute {name!r}") for name, each in parsed.items()}


def parsed_json(data: str) -> Json:
    """JSON without NaN and infinities; ValueError for anything else."""
    try:
        parsed: Json = _DECODER.decode(data)
    except RecursionError as error:
        raise ValueError("JSON that is nested too deep") from error
    return parsed


def parsed_array(data: str, what: str) -> list[Json]:
    """A JSON array."""
    return _array(parsed_json(data), what)


def text(value: object, what: str) -> str:
    """A text of sensible length."""
    most = limits.LONGEST_PROJECT_TEXT
    if not isinstance(value, str) or len(value) > most:
        raise ValueError(f"{what}: expected a string of at most {most} characters, got {_shortly(value)}")
    return value


def whole_number(value: object, what: str, *, most: int = LAST_FRAME) -> int:
    """A whole number from 0 to `most`."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError(f"{what}: expected a whole number of 0 to {most}, got {_shortly(value)}")
    return value


def _number(value: object, what: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not -1e300 < value < 1e300:
        raise ValueError(f"{what}: expected finite numbers, got {_shortly(value)}")
    return float(value)


def _member(vocabulary: type[Member], value: object) -> Member:
    try:
        return vocabulary(value)
    except ValueError as error:
        raise ValueError(f"expected a {vocabulary.__name__}, got {_shortly(value)}") from error


def _named(vocabulary: type[Member], value: object) -> Member:
    """The member of this name, written small."""
    found = next((member for member in vocabulary if member.name.lower() == value), None)
    if found is None:
        raise ValueError(f"expected a {vocabulary.__name__}, got {_shortly(value)}")
    return found


def _texts_json(texts: Sequence[str]) -> str:
    return json.dumps(list(texts), ensure_ascii=False)


def _texts(value: object, what: str) -> tuple[str, ...]:
    return tuple(text(each, what) for each in parsed_array(text(value, what), what))


def _columns(row: object, count: int) -> Sequence[object]:
    if not isinstance(row, list | tuple) or len(row) != count:
        raise ValueError(f"expected {count} values, got {_shortly(row)}")
    return row


def _array(value: Json, what: str) -> list[Json]:
    if not isinstance(value, list):
        raise ValueError(f"{what}: expected an array, got {_shortly(value)}")
    return value


def _attributes_json(attributes: Mapping[str, str]) -> str:
    return json.dumps(dict(attributes), ensure_ascii=False)


def _attributes(value: object) -> dict[str, str]:
    return attributes_from(parsed_json(text(value, "attributes")))


def _shortly(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:60]}..."
