"""MATLAB 5 to 7.2 files: the cells, structs, texts and numbers of a `.mat`, read from untrusted bytes.

Every size is checked against the bytes at hand, and nothing is executed. `scipy.io.loadmat` does not do here: some
damaged files end the process inside it (segmentation fault), and scipy is 215 MB to install.

Source: MathWorks, "MAT-File Format".
"""

from __future__ import annotations

import itertools
import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from tracker_core.backbone_weights import WeightsError

HEADER_BYTES = 128
_MAX_VARIABLE_BYTES = 512 << 20  # VGG-M's layers take 0.41 GB
_MAX_UNPACKED_TIMES = 32  # trained weights shrink by a tenth; stored as doubles, to a third
_SMALL_VARIABLE_BYTES = 16 << 20  # up to here, how much a variable shrank does not matter
_MAX_PARTS = 4096  # elements directly inside one array: fields, cells
_MAX_DIMENSIONS = 32
_MATRIX, _COMPRESSED = 14, 15  # element types miMATRIX, miCOMPRESSED
_NUMBER_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}


class MatKind(IntEnum):
    """The array classes told apart here; numbers are 6 (double) to 15 (uint64)."""

    CELL = 1
    STRUCT = 2
    OBJECT = 3
    CHAR = 4
    DOUBLE = 6
    UINT64 = 15
    OPAQUE = 17


@dataclass(frozen=True, slots=True)
class _Element:
    """One tagged piece of the file: its type number and its bytes."""

    type: int
    data: memoryview


@dataclass(frozen=True, slots=True)
class MatArray:
    """One MATLAB array; `parts` are its still undecoded contents, `byte_order` is "<" or ">"."""

    name: str
    kind: int
    shape: tuple[int, ...]
    parts: tuple[_Element, ...]
    byte_order: str

    @property
    def is_object(self) -> bool:
        """Whether this is an instance of a MATLAB class, which only MATLAB can read."""
        return self.kind in (MatKind.OBJECT, MatKind.OPAQUE)

    def cells(self) -> list[MatArray]:
        """The arrays in a cell array, column by column."""
        if self.kind != MatKind.CELL or len(self.parts) != math.prod(self.shape):
            raise WeightsError(f"expected a cell array, got {self.described}")
        return [_array(part, self.byte_order) for part in self.parts]

    def structs(self) -> list[dict[str, MatArray]]:
        """The elements of a struct array, column by column, each as its fields by name."""
        if self.kind != MatKind.STRUCT or len(self.parts) < 2:
            raise WeightsError(f"expected a struct, got {self.described}")
        width = int.from_bytes(self.parts[0].data, "little" if self.byte_order == "<" else "big")
        text = self.parts[1].data.tobytes()
        values = self.parts[2:]
        names = [text[at : at + width].split(b"\0")[0].decode("latin-1") for at in range(0, len(text), width or 1)]
        if len(values) != len(names) * math.prod(self.shape):
            raise WeightsError(f"damaged MATLAB file: {len(names)} fields and {len(values)} values in a struct")
        rows = (values[at : at + len(names)] for at in range(0, len(values), len(names) or 1))
        return [dict(zip(names, (_array(part, self.byte_order) for part in row), strict=True)) for row in rows]

    def text(self) -> str:
        """The characters of a char array."""
        if self.kind != MatKind.CHAR or len(self.parts) != 1:
            raise WeightsError(f"expected text, got {self.described}")
        encoding = {4: "utf-16", 17: "utf-16", 18: "utf-32"}.get(self.parts[0].type, "utf-8")
        if encoding != "utf-8":
            encoding += "-le" if self.byte_order == "<" else "-be"
        return self.parts[0].data.tobytes().decode(encoding, errors="replace")

    def numbers(self) -> NDArray[np.generic]:
        """The values of a numeric array in the array's shape, in the type they are stored in (column-major)."""
        is_numeric = MatKind.DOUBLE <= self.kind <= MatKind.UINT64
        if not is_numeric or len(self.parts) != 1 or self.parts[0].type not in _NUMBER_TYPES:
            raise WeightsError(f"expected real numbers, got {self.described}")
        data_type = np.dtype(self.byte_order + _NUMBER_TYPES[self.parts[0].type])
        data = self.parts[0].data
        if len(data) != math.prod(self.shape) * data_type.itemsize:
            raise WeightsError(f"damaged MATLAB file: {len(data)} bytes for numbers of shape {self.shape}")
        return np.frombuffer(data, data_type).reshape(self.shape, order="F")

    @property
    def described(self) -> str:
        """The kind and shape in words, for a message."""
        kinds = {1: "a cell array", 2: "a struct array", 3: "an object", 4: "text", 17: "an object"}
        numbers = "complex numbers" if len(self.parts) == 2 else "numbers"
        kind = numbers if MatKind.DOUBLE <= self.kind <= MatKind.UINT64 else kinds.get(self.kind, "another kind")
        return f"{kind} ({' x '.join(str(side) for side in self.shape)})"


def variables(file: bytes) -> Iterator[MatArray]:
    """The variables of a whole MATLAB 5 file, in order; WeightsError where its bytes do not make sense."""
    byte_order = {b"IM": "<", b"MI": ">"}.get(file[HEADER_BYTES - 2 : HEADER_BYTES])
    if byte_order is None:
        raise WeightsError("damaged MATLAB file: its byte order is not marked")
    for element in _elements(memoryview(file)[HEADER_BYTES:], byte_order):
        if element.type == _COMPRESSED:
            content = memoryview(_decompressed(element.data))
            yield from (_array(inner, byte_order) for inner in _elements(content, byte_order))
        else:
            yield _array(element, byte_order)


def _decompressed(data: memoryview) -> bytes:
    most = min(max(len(data) * _MAX_UNPACKED_TIMES, _SMALL_VARIABLE_BYTES), _MAX_VARIABLE_BYTES)
    stream = zlib.decompressobj()
    try:
        content = stream.decompress(data, most)
    except zlib.error as error:
        raise WeightsError(f"damaged MATLAB file: {error}") from error
    if not stream.eof:
        raise WeightsError(f"damaged MATLAB file: a variable is cut off, or unpacks to more than {most} bytes")
    return content


def _elements(data: memoryview, byte_order: str) -> Iterator[_Element]:
    position = 0
    while position < len(data):
        if len(data) - position < 8:
            raise WeightsError("damaged MATLAB file: it ends within an element")
        kind, size = struct.unpack_from(f"{byte_order}II", data, position)
        start, room = position + 8, len(data) - position - 8
        end = start + size if kind == _COMPRESSED else start + size + -size % 8
        if kind >> 16:  # small element: type, size and up to four bytes of data share eight bytes
            kind, size, start, room, end = kind & 0xFFFF, kind >> 16, position + 4, 4, position + 8
        if size > room:
            raise WeightsError(f"damaged or cut off MATLAB file: {size} bytes expected, {room} there")
        yield _Element(kind, data[start : start + size])
        position = end


def _array(element: _Element, byte_order: str) -> MatArray:
    if element.type != _MATRIX:
        raise WeightsError(f"damaged MATLAB file: expected an array, got an element of type {element.type}")
    parts = tuple(itertools.islice(_elements(element.data, byte_order), _MAX_PARTS + 1))
    if not parts:
        return MatArray("", MatKind.DOUBLE, (0, 0), (), byte_order)
    if len(parts) > _MAX_PARTS or len(parts[0].data) != 8:
        raise WeightsError("damaged MATLAB file: an array without its description")
    flags = struct.unpack_from(f"{byte_order}I", parts[0].data)[0]
    if flags & 0xFF == MatKind.OPAQUE:  # has no shape
        return MatArray("", MatKind.OPAQUE, (), (), byte_order)
    if len(parts) < 3 or len(parts[1].data) % 4 or not parts[1].data:
        raise WeightsError("damaged MATLAB file: an array without shape or name")
    shape = tuple(int(side) for side in np.frombuffer(parts[1].data, f"{byte_order}i4"))
    if min(shape) < 0 or len(shape) > _MAX_DIMENSIONS:
        raise WeightsError(f"damaged MATLAB file: an array of shape {shape!s:.80}")
    name = parts[2].data.tobytes().decode("latin-1")
    return MatArray(name, flags & 0xFF, shape, parts[3:], byte_order)
