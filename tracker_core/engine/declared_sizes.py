"""Lets a model take pictures of any size whose file declares one, as OpenCV does and onnxruntime refuses to.

A fully convolutional network that serves two sizes is exported with one of them. Only what is *declared* of
inputs, outputs and values between is taken out; nodes and numbers stay.

Source: the field numbers of `onnx.proto3` (ONNX 1.17).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tracker_core.engine.onnx_encoding import entry
from tracker_core.engine.protobuf import Message, as_bytes

_GRAPH, _INPUT, _OUTPUT, _VALUE_INFO = 7, 11, 12, 13
_VALUE_TYPE, _TENSOR_TYPE, _SHAPE, _DIMENSION = 2, 1, 2, 1
_MOST_FIELDS = 100_000  # some twenty times what networks of this size have
_ROWS = 2  # the first dimension that may vary: before it are pictures and channels

Change = Callable[[Message], bytes | None]


def without_declared_sizes(model: bytes) -> bytes:
    """The same model for any number of rows and columns; WeightsError for a damaged file."""
    return _changed(Message.of(model, most_fields=_MOST_FIELDS), {_GRAPH: _freed_graph})


def _freed_graph(graph: Message) -> bytes | None:
    return _changed(graph, {_INPUT: _freed_value, _OUTPUT: _freed_value, _VALUE_INFO: lambda _: None})


def _freed_value(value: Message) -> bytes | None:
    def tensor_type(message: Message) -> bytes | None:
        return _changed(message, {_SHAPE: _freed_shape})

    return _changed(value, {_VALUE_TYPE: lambda kind: _changed(kind, {_TENSOR_TYPE: tensor_type})})


def _freed_shape(shape: Message) -> bytes | None:
    sides = [as_bytes(side) for number, side in shape.fields() if number == _DIMENSION]
    return b"".join(entry(_DIMENSION, side if axis < _ROWS else b"") for axis, side in enumerate(sides))


def _changed(message: Message, changes: Mapping[int, Change]) -> bytes:
    """The message with some of its fields, which are messages, replaced; those changed to None are left out."""
    fields = []
    for number, value in message.fields():
        change = changes.get(number)
        new = value if change is None else change(message.inside(value))
        if new is not None:
            fields.append(entry(number, new))
    return b"".join(fields)
