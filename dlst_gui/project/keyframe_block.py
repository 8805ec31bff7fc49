"""Manual boxes of one track on some frames, as arrays: a track may have one on every frame.

As bytes (little endian, no padding): the header `HEADER` (magic, version, bytes per row, number of rows), the
frame indices as int32, the rows as `KEYFRAME_ROW` says, and, where there are any, the attributes as JSON:
[[frame, {...}], ...].
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from struct import Struct
from struct import error as StructError  # noqa: N812 - a class, by its looks
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from dlst_gui.project.rows import attributes_from, parsed_array, whole_number
from dlst_gui.project.tracks import LAST_FRAME, BoxOrigin, Keyframe, Visibility
from tracker_core import Box

KEYFRAME_ROW = np.dtype(
    [
        ("box", "<f8", (4,)),  # x, y, width, height; pixels
        ("visibility", "u1"),  # position in VISIBILITY_CODES
        ("origin", "u1"),  # position in ORIGIN_CODES
    ]
)
HEADER = Struct("<4sHHI")
MAGIC = b"DLKB"
VERSION = 1
VISIBILITY_CODES = tuple(Visibility)  # positions are written to files: new ones go to the end
ORIGIN_CODES = tuple(BoxOrigin)  # likewise

Attributes = Mapping[int, Mapping[str, str]]
"""Of single boxes, by frame index; most have none."""


@dataclass(frozen=True, slots=True, eq=False)
class KeyframeBlock:
    """Manual boxes by ascending frame index.

    Attributes:
        frame_indices: (n,) int32, strictly ascending.
        rows: (n,) of `KEYFRAME_ROW`.
        attributes: see there.
    """

    frame_indices: NDArray[np.int32]
    rows: NDArray[np.void]
    attributes: Attributes = field(default_factory=dict)

    def __post_init__(self) -> None:
        indices = np.array(self.frame_indices, dtype="<i4")
        rows = np.array(self.rows, dtype=KEYFRAME_ROW)
        _check(indices, rows, self.attributes)
        for name, values in (("frame_indices", indices), ("rows", rows)):
            values.setflags(write=False)
            object.__setattr__(self, name, values)
        object.__setattr__(self, "attributes", {index: each for index, each in self.attributes.items() if each})

    @classmethod
    def of(cls, keyframes: Iterable[Keyframe]) -> KeyframeBlock:
        """Pack manual boxes, in any order; ValueError for two of one frame."""
        ordered = sorted(keyframes, key=lambda keyframe: keyframe.frame_index)
        rows = np.zeros(len(ordered), dtype=KEYFRAME_ROW)
        if ordered:
            rows["box"] = [tuple(each.box) for each in ordered]
            rows["visibility"] = [VISIBILITY_CODES.index(each.visibility) for each in ordered]
            rows["origin"] = [ORIGIN_CODES.index(each.origin) for each in ordered]
        indices = np.array([each.frame_index for each in ordered], dtype=np.int32)
        return cls(indices, rows, {each.frame_index: each.attributes for each in ordered if each.attributes})

    @classmethod
    def empty(cls) -> KeyframeBlock:
        """No manual boxes."""
        return _EMPTY

    @classmethod
    def from_bytes(cls, data: bytes) -> KeyframeBlock:
        """Read what `to_bytes` wrote; ValueError where sizes, numbers or attributes are wrong."""
        try:
            magic, version, row_size, count = HEADER.unpack_from(data)
        except StructError as error:
            raise ValueError(f"manual boxes need a header of {HEADER.size} bytes, got {len(data)}") from error
        if (magic, version, row_size) != (MAGIC, VERSION, KEYFRAME_ROW.itemsize):
            raise ValueError(
                f"manual boxes of an unknown kind: {magic!r}, version {version}, {row_size} bytes per row"
            )
        end = HEADER.size + count * (4 + KEYFRAME_ROW.itemsize)
        if len(data) < end:
            raise ValueError(f"{count} manual boxes take {end} bytes, got {len(data)}")
        indices = np.frombuffer(data, dtype="<i4", count=count, offset=HEADER.size)
        rows = np.frombuffer(data, dtype=KEYFRAME_ROW, count=count, offset=HEADER.size + 4 * count)
        attributes = _attributes_from(data[end:])
        _check(indices, rows, attributes)
        return _checked(indices, rows, attributes)

    def to_bytes(self) -> bytes:
        """The module's docstring says how."""
        header = HEADER.pack(MAGIC, VERSION, KEYFRAME_ROW.itemsize, len(self))
        pairs = [[index, dict(self.attributes[index])] for index in sorted(self.attributes)]
        attributes = json.dumps(pairs, ensure_ascii=False).encode() if pairs else b""
        return header + self.frame_indices.tobytes() + self.rows.tobytes() + attributes

    def keyframes(self) -> tuple[Keyframe, ...]:
        """One record per row: for a few rows, not for a whole track that has one on every frame."""
        return tuple(self)

    def keyframe(self, position: int) -> Keyframe:
        """The record of one row."""
        index, (box, visibility, origin) = int(self.frame_indices[position]), self.rows[position].item()
        return Keyframe(
            index,
            Box(*box.tolist()) if isinstance(box, np.ndarray) else Box(*box),
            VISIBILITY_CODES[visibility],
            ORIGIN_CODES[origin],
            self.attributes.get(index, {}),
        )

    def where(self, mask: NDArray[np.bool_]) -> KeyframeBlock:
        """The rows that an (n,) mask picks."""
        return self._taken(self.frame_indices[mask], self.rows[mask])

    def between(self, first: int, last: int) -> KeyframeBlock:
        """The rows on frames `first` to `last`."""
        return self.rows_from(*np.searchsorted(self.frame_indices, [first, last + 1]).tolist())

    def rows_from(self, low: int, high: int) -> KeyframeBlock:
        """Rows `low` to `high`, the last one not included."""
        if low == 0 and high >= len(self):
            return self
        return self._taken(self.frame_indices[low:high], self.rows[low:high])

    def joined(self, other: KeyframeBlock) -> KeyframeBlock:
        """Both blocks as one; ValueError where they share a frame."""
        if not len(self) or not len(other):
            return self if len(self) else other
        return joined_blocks((self, other))

    def without(self, frame_indices: NDArray[np.int32]) -> KeyframeBlock:
        """All but the rows on these frames."""
        if not len(self):
            return self
        return self.where(~np.isin(self.frame_indices, frame_indices))

    @property
    def shows_object(self) -> NDArray[np.bool_]:
        """(n,) whether a row is not of an object outside."""
        shows: NDArray[np.bool_] = self.rows["visibility"] != VISIBILITY_CODES.index(Visibility.OUTSIDE)
        return shows

    def __len__(self) -> int:
        return len(self.frame_indices)

    def __iter__(self) -> Iterator[Keyframe]:
        return (self.keyframe(position) for position in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, KeyframeBlock):
            return NotImplemented
        return (
            np.array_equal(self.frame_indices, other.frame_indices)
            and (self.rows.tobytes() == other.rows.tobytes() or bool(_same(self.rows, other.rows).all()))
            and self.attributes == other.attributes
        )

    def __hash__(self) -> int:
        return hash(self.frame_indices.tobytes())

    def _taken(self, frame_indices: NDArray[np.int32], rows: NDArray[np.void]) -> KeyframeBlock:
        attributes = self.attributes
        if attributes:
            kept = attributes.keys() & set(frame_indices.tolist())
            attributes = {index: attributes[index] for index in kept}
        return _checked(frame_indices, rows, attributes)


def joined_blocks(blocks: Iterable[KeyframeBlock]) -> KeyframeBlock:
    """All blocks as one; ValueError where they share a frame."""
    parts = [block for block in blocks if len(block)]
    if len(parts) < 2:
        return parts[0] if parts else KeyframeBlock.empty()
    indices = np.concatenate([part.frame_indices for part in parts])
    rows = np.concatenate([part.rows for part in parts])
    steps = np.diff(indices)
    if not (steps > 0).all():
        order = np.argsort(indices, kind="stable")
        indices, rows = indices[order], rows[order]
        if not (np.diff(indices) > 0).all():
            raise ValueError("expected manual boxes of different frames")
    return _checked(indices, rows, {i: each for part in parts for i, each in part.attributes.items()})


def split_differing(one: KeyframeBlock, other: KeyframeBlock) -> tuple[KeyframeBlock, KeyframeBlock]:
    """Both blocks without the rows they have in common."""
    frames, at_one, at_other = np.intersect1d(
        one.frame_indices, other.frame_indices, assume_unique=True, return_indices=True
    )
    same = _same(one.rows[at_one], other.rows[at_other])
    if one.attributes or other.attributes:
        same &= np.array([one.attributes.get(i) == other.attributes.get(i) for i in frames.tolist()], dtype=bool)
    return one.without(frames[same]), other.without(frames[same])


def _same(one: NDArray[np.void], other: NDArray[np.void]) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = (one["box"] == other["box"]).all(axis=1)
    for name in ("visibility", "origin"):
        same &= one[name] == other[name]
    return same


def _checked(frame_indices: NDArray[np.int32], rows: NDArray[np.void], attributes: Attributes) -> KeyframeBlock:
    """From parts of other blocks: nothing is copied or checked."""
    block = object.__new__(KeyframeBlock)
    for name, values in (("frame_indices", frame_indices), ("rows", rows)):
        values.setflags(write=False)
        object.__setattr__(block, name, values)
    object.__setattr__(block, "attributes", attributes)
    return block


def _attributes_from(data: bytes) -> dict[int, Mapping[str, str]]:
    if not data:
        return {}
    found: dict[int, Mapping[str, str]] = {}
    for pair in parsed_array(data.decode(), "attributes"):  # bytes that are no UTF-8 raise a ValueError, too
        if not isinstance(pair, list) or len(pair) != 2:
            raise ValueError("attributes: expected pairs of a frame index and names with texts")
        found[whole_number(pair[0], "a frame index")] = MappingProxyType(attributes_from(pair[1]))
    return {index: each for index, each in found.items() if each}


def _check(indices: NDArray[np.int32], rows: NDArray[np.void], attributes: Attributes) -> None:
    if indices.ndim != 1 or indices.shape != rows.shape:
        raise ValueError(f"expected (n,) frame indices and (n,) rows, got {indices.shape} and {rows.shape}")
    if attributes and not np.isin(list(attributes), indices).all():
        raise ValueError("expected attributes of frames that have a manual box")
    if not len(indices):
        return
    boxes = rows["box"]
    problems = (
        ("frame indices that ascend", bool((indices[1:] > indices[:-1]).all())),
        (f"frame indices of 0 to {LAST_FRAME}", indices[0] >= 0 and indices[-1] <= LAST_FRAME),
        ("finite boxes of positive size", bool(np.isfinite(boxes).all() and boxes[:, 2:].min() > 0)),
        ("known visibilities", rows["visibility"].max() < len(VISIBILITY_CODES)),
        ("known origins", rows["origin"].max() < len(ORIGIN_CODES)),
    )
    for expected, is_met in problems:
        if not is_met:
            raise ValueError(f"expected {expected} in the manual boxes of frames {indices[0]} to {indices[-1]}")


_EMPTY = KeyframeBlock(np.empty(0, dtype=np.int32), np.empty(0, dtype=KEYFRAME_ROW))
