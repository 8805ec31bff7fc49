"""ONNX files as nodes and tensors, read from untrusted bytes.

Every size is checked against the bytes at hand, and nothing beside the file is opened. What is not needed here is
skipped: types of values, texts, metadata.

Source: the field numbers of `onnx.proto3` (ONNX 1.17).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tracker_core.backbone_weights import WeightsError
from tracker_core.engine.protobuf import Message, as_bytes, read_varint

MOST_NUMBERS = 64
"""More whole numbers than a padding, a shape or a stride has are not read."""

Numbers = NDArray[np.float32] | NDArray[np.int64]

_FLOAT, _INT64, _FLOAT16 = 1, 7, 10  # TensorProto.DataType
_MAX_FILE_BYTES = 1 << 28  # four times the most weights of any backbone here
_MAX_FIELDS = 400_000  # in the whole file; a classifier's has some 20,000
_MAX_DIMENSIONS = 8
_MAX_LISTED = 1024  # whole numbers in an attribute
_FIRST_OPSET = 7  # older ones broadcast otherwise


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor as it lies in the file; `array` checks and decodes it."""

    name: str
    shape: tuple[int, ...]
    type: int
    raw: memoryview | None
    packed: Mapping[int, list[int | memoryview]]
    is_elsewhere: bool

    def array(self) -> Numbers:
        """Numbers as float32, or a few whole ones as int64; WeightsError for anything else."""
        if self.is_elsewhere:
            raise WeightsError(f"{self.name!r:.80}: its numbers are in another file; export into a single one")
        if self.type not in (_FLOAT, _FLOAT16, _INT64):
            raise WeightsError(f"{self.name!r:.80}: expected float32 or float16 numbers, got type {self.type}")
        count = math.prod(self.shape)
        if self.type == _INT64 and count > MOST_NUMBERS:
            raise WeightsError(f"{self.name!r:.80}: expected few whole numbers, got shape {self.shape!s:.80}")
        size = {_FLOAT: 4, _FLOAT16: 2, _INT64: 8}[self.type]
        data: bytes | memoryview = self._unpacked(size, count) if self.raw is None else self.raw
        if len(data) != count * size:
            raise WeightsError(f"{self.name!r:.80}: expected {count * size:,} bytes, got {len(data):,}")
        if self.type == _INT64:
            return np.frombuffer(data, "<i8").reshape(self.shape).astype(np.int64)
        return np.frombuffer(data, f"<f{size}").reshape(self.shape).astype(np.float32)

    def _unpacked(self, size: int, count: int) -> bytes:
        """Of the fields for one type each: float_data, or int32_data and int64_data in varints."""
        values = self.packed.get({_FLOAT: 4, _FLOAT16: 5, _INT64: 7}[self.type], [])
        if self.type == _FLOAT:
            return b"".join(as_bytes(value) for value in values)
        return b"".join((number % (1 << 8 * size)).to_bytes(size, "little") for number in _integers(values, count))


Attribute = float | str | Tensor | tuple[int, ...] | tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """One operation; an output that is left out has an empty name."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Attribute]


@dataclass(slots=True)
class OnnxModel:
    """The graph of a file.

    Attributes:
        inputs: without those that are tensors of the file.
        nodes: each behind what it reads.
        tensors: by name.
    """

    inputs: tuple[str, ...] = ()
    nodes: list[Node] = field(default_factory=list)
    tensors: dict[str, Tensor] = field(default_factory=dict)


def read_model(file: bytes) -> OnnxModel:
    """Nodes and tensors of an ONNX file; WeightsError where it is damaged or too old."""
    if len(file) > _MAX_FILE_BYTES:
        raise WeightsError(f"expected at most {_MAX_FILE_BYTES:,} bytes, got {len(file):,}")
    message = Message.of(file, most_fields=_MAX_FIELDS)
    graphs, opset = [], 0
    for number, value in message.fields():
        if number == 7:
            graphs.append(_graph(message.inside(value)))
        elif number == 8:
            found = dict(message.inside(value).fields())
            if _text(found.get(1, memoryview(b""))) in ("", "ai.onnx"):
                opset = _integer(found.get(2, 0))
    if len(graphs) != 1:
        raise WeightsError(f"expected an ONNX file with one graph, got {len(graphs)}")
    if opset < _FIRST_OPSET:
        raise WeightsError(f"expected ONNX operators of version {_FIRST_OPSET} or later, got {opset or 'none'}")
    return graphs[0]


def _graph(message: Message) -> OnnxModel:
    model, inputs = OnnxModel(), []
    for number, value in message.fields():
        if number == 1:
            model.nodes.append(_node(message.inside(value)))
        elif number == 5:
            tensor = _tensor(message.inside(value))
            model.tensors[tensor.name] = tensor
        elif number == 11:
            inputs += [_text(name) for part, name in message.inside(value).fields() if part == 1]
    model.inputs = tuple(name for name in inputs if name not in model.tensors)
    return model


def _node(message: Message) -> Node:
    names: dict[int, list[str]] = {1: [], 2: []}
    texts, attributes = {4: "", 7: ""}, {}
    for number, value in message.fields():
        if number in names:
            names[number].append(_text(value))
        elif number in texts:
            texts[number] = _text(value)
        elif number == 5:
            name, attribute = _attribute(message.inside(value))
            attributes[name] = attribute
    domain = "" if texts[7] in ("", "ai.onnx") else f"{texts[7]}."
    return Node(domain + texts[4], tuple(names[1]), tuple(names[2]), attributes)


def _attribute(message: Message) -> tuple[str, Attribute]:
    """Told by its type; kinds that nothing here uses are kept as an empty text."""
    found: dict[int, list[int | memoryview]] = {}
    for number, value in message.fields():
        found.setdefault(number, []).append(value)
    name, kind = _text(found.get(1, [memoryview(b"")])[-1]), _integer(found.get(20, [0])[-1])
    value = found.get({1: 2, 2: 3, 3: 4, 4: 5}.get(kind, 0), [memoryview(b"")])[-1]
    if kind == 1:
        return name, _floats([value])[0] if len(as_bytes(value)) else 0.0
    if kind == 2:
        return name, _signed(value) if isinstance(value, int) else 0
    if kind == 4:
        return name, _tensor(message.inside(value))
    if kind == 6:
        return name, _floats(found.get(7, []))
    if kind == 7:
        return name, tuple(_signed(number) for number in _integers(found.get(8, []), _MAX_LISTED))
    return name, _text(value) if kind == 3 else ""


def _tensor(message: Message) -> Tensor:
    shape: list[int | memoryview] = []
    found: dict[int, int | memoryview] = {}
    packed: dict[int, list[int | memoryview]] = {}
    for number, value in message.fields():
        if number == 1:
            shape.append(value)
        elif number in (4, 5, 7):
            packed.setdefault(number, []).append(value)
        else:
            found[number] = value
    return Tensor(
        name=_text(found.get(8, memoryview(b""))),
        shape=tuple(_integers(shape, _MAX_DIMENSIONS)),
        type=_integer(found.get(2, 0)),
        raw=as_bytes(found[9]) if 9 in found else None,
        packed=packed,
        is_elsewhere=13 in found or found.get(14, 0) != 0,
    )


def _integers(values: list[int | memoryview], most: int) -> list[int]:
    """Varints, one by one or packed into bytes; refused where there are more."""
    found: list[int] = []
    for value in values:
        at = 0
        while at < (1 if isinstance(value, int) else len(value)):
            number, at = (value, 1) if isinstance(value, int) else read_varint(value, at)
            found.append(number)
            if len(found) > most:
                raise WeightsError(f"expected at most {most:,} whole numbers in a list, got more")
    return found


def _floats(values: list[int | memoryview]) -> tuple[float, ...]:
    data = b"".join(as_bytes(value) for value in values)
    if len(data) % 4 or len(data) > 4 * MOST_NUMBERS:
        raise WeightsError(f"expected an attribute of few float32 numbers, got {len(data):,} bytes")
    return struct.unpack(f"<{len(data) // 4}f", data)


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


def _integer(value: int | memoryview) -> int:
    if not isinstance(value, int):
        raise WeightsError("damaged ONNX file: bytes in place of a number")
    return value


def _text(value: int | memoryview) -> str:
    return bytes(as_bytes(value)).decode(errors="replace")
