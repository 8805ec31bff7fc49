"""Reads protocol buffers from untrusted bytes: fields of messages, every size checked against the bytes at hand.

Source: the wire format of protocol buffers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tracker_core.backbone_weights import WeightsError

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


@dataclass(slots=True)
class Message:
    """The fields of one message.

    Attributes:
        data: its bytes.
        budget: how many fields may yet be read, and how many in all; shared by all messages of a file.
    """

    data: memoryview
    budget: list[int]

    @classmethod
    def of(cls, file: bytes, *, most_fields: int) -> Message:
        """The outermost message of a file."""
        return cls(memoryview(file), [most_fields, most_fields])

    def fields(self) -> Iterator[tuple[int, int | memoryview]]:
        """Number and value, as they come: a varint as int, else bytes."""
        at = 0
        while at < len(self.data):
            self.budget[0] -= 1
            if self.budget[0] < 0:
                raise WeightsError(f"expected at most {self.budget[1]:,} fields, got more")
            key, at = read_varint(self.data, at)
            if key < 8:
                raise WeightsError("damaged ONNX file: a field without a number")
            wire = key & 7
            if wire == _VARINT:
                value, at = read_varint(self.data, at)
                yield key >> 3, value
                continue
            length = {_FIXED64: 8, _FIXED32: 4}.get(wire, -1)
            if wire == _BYTES:
                length, at = read_varint(self.data, at)
            if length < 0:
                raise WeightsError(f"damaged ONNX file: wire type {wire}")
            if length > len(self.data) - at:
                raise WeightsError(
                    f"damaged ONNX file: a field of {length:,} bytes where {len(self.data) - at:,} are left"
                )
            yield key >> 3, self.data[at : at + length]
            at += length

    def inside(self, value: int | memoryview) -> Message:
        """A field's value as a message."""
        return Message(as_bytes(value), self.budget)


def read_varint(data: memoryview, at: int) -> tuple[int, int]:
    """The number that begins at `at`, and where it ends; WeightsError where it does not."""
    value = 0
    for index, byte in enumerate(data[at : at + 10]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value & (1 << 64) - 1, at + index + 1
    raise WeightsError("damaged ONNX file: a number without an end")


def as_bytes(value: int | memoryview) -> memoryview:
    """A field's value, if it is bytes; else WeightsError."""
    if isinstance(value, int):
        raise WeightsError("damaged ONNX file: a number in place of bytes")
    return value
