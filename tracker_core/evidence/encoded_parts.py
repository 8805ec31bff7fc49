"""Numbers, texts and arrays one after the other as bytes, and back with every length checked.

Little-endian throughout. Nothing is believed: a reader hands out what lies inside of the bytes, is finite and is
within the bounds it is told, or raises `EvidenceError`.
"""

from __future__ import annotations

import math
import struct

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray

_LONGEST_TEXT = 255  # bytes
_FARTHEST = 2.0**24  # pixels; no frame is nearly as large


class EvidenceError(ValueError):
    """Evidence that cannot be written, or bytes that hold none."""


class PartWriter:
    """Collects bytes."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def bytes(self) -> bytes:
        """All that was written."""
        return b"".join(self._parts)

    def numbers(self, layout: str, *values: float) -> None:
        """Numbers by a `struct` layout without byte order.

        Raises:
            EvidenceError: one does not fit its place.
        """
        try:
            self._parts.append(struct.pack("<" + layout, *values))
        except (struct.error, OverflowError) as error:
            raise EvidenceError(f"{values} cannot be kept: {error}") from error

    def text(self, text: str) -> None:
        """At most 255 bytes of UTF-8."""
        content = text.encode()
        if len(content) > _LONGEST_TEXT:
            raise EvidenceError(f"{text!r:.60} is longer than {_LONGEST_TEXT} bytes")
        self._parts.append(bytes([len(content)]) + content)

    def box(self, box: Box) -> None:
        """As float32."""
        self.boxes(box.xywh[None])

    def boxes(self, boxes_xywh: BoxArray) -> None:
        """(n, 4) as float32.

        Raises:
            EvidenceError: one is too far off to be drawn, or has numbers that are none.
        """
        if not (np.abs(boxes_xywh) <= _FARTHEST).all():
            raise EvidenceError("a box lies nowhere near a frame")
        self.planes(boxes_xywh.astype(np.float32))

    def planes(self, values: NDArray[np.float32]) -> None:
        """Floats, the first byte of all, then the second of all: like bytes side by side pack well."""
        if not np.isfinite(values).all():
            raise EvidenceError("a number is infinite or none at all")
        raw = np.ascontiguousarray(values, "<f4").reshape(-1).view(np.uint8)
        self._parts.append(raw.reshape(-1, 4).T.tobytes())

    def array(self, values: NDArray[np.generic]) -> None:
        """An array's bytes, of a type that is the same everywhere."""
        self._parts.append(values.tobytes())


class PartReader:
    """Takes from bytes what a `PartWriter` put there."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def numbers(self, layout: str) -> tuple[int | float, ...]:
        """By a `struct` layout; floats may be infinite."""
        layout = "<" + layout
        return struct.unpack(layout, self._taken(struct.calcsize(layout)))

    def count(self, layout: str, most: int) -> int:
        """A whole number from 0 to `most`."""
        (found,) = self.numbers(layout)
        if not 0 <= found <= most:
            raise EvidenceError(f"{found} is not between 0 and {most}")
        return int(found)

    def finite(self, layout: str) -> tuple[float, ...]:
        """Floats that are finite."""
        found = self.numbers(layout)
        if not all(map(math.isfinite, found)):
            raise EvidenceError("a number is infinite or none at all")
        return tuple(map(float, found))

    def text(self) -> str:
        """See `PartWriter.text`."""
        try:
            return self._taken(self.count("B", _LONGEST_TEXT)).decode()
        except UnicodeDecodeError as error:
            raise EvidenceError("a text is no UTF-8") from error

    def box(self) -> Box:
        """See `PartWriter.box`."""
        return Box.from_xywh(self.boxes(1)[0])

    def boxes(self, n: int) -> BoxArray:
        """See `PartWriter.boxes`: (n, 4) float64."""
        boxes = self.planes(4 * n).reshape(n, 4).astype(np.float64)
        if not (np.abs(boxes) <= _FARTHEST).all():
            raise EvidenceError("a box lies nowhere near a frame")
        return boxes

    def planes(self, n: int) -> NDArray[np.float32]:
        """See `PartWriter.planes`: (n,) float32, finite."""
        raw = np.frombuffer(self._taken(4 * n), np.uint8).reshape(4, n)
        values = np.ascontiguousarray(raw.T).view("<f4").reshape(n).astype(np.float32)
        if not np.isfinite(values).all():
            raise EvidenceError("a number is infinite or none at all")
        return values

    def array(self, n: int, dtype: str) -> NDArray[np.generic]:
        """See `PartWriter.array`: (n,), to be read only."""
        return np.frombuffer(self._taken(n * np.dtype(dtype).itemsize), dtype)

    def end(self) -> None:
        """Raise `EvidenceError` where something is left."""
        if self._at != len(self._content):
            raise EvidenceError(f"{len(self._content) - self._at} bytes too many")

    def _taken(self, n: int) -> bytes:
        start, self._at = self._at, self._at + n
        if self._at > len(self._content):
            raise EvidenceError("it ends too early")
        return self._content[start : self._at]
