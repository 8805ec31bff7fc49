"""Takes a model apart: what one of its inputs has no part in is computed once, the rest for each of its values.

Source: the field numbers of `onnx.proto3` (ONNX 1.17).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tracker_core.backbone_weights import WeightsError
from tracker_core.engine.onnx_encoding import TYPES, entry
from tracker_core.engine.protobuf import Message, as_bytes

_MOST_FIELDS = 100_000  # some twenty times what networks of this size have
_GRAPH = 7
_NODE, _NAME, _TENSOR, _INPUT, _OUTPUT = 1, 2, 5, 11, 12
_NODE_INPUT, _NODE_OUTPUT = 1, 2
_TENSOR_NAME, _VALUE_NAME = 8, 1


@dataclass(frozen=True, slots=True)
class SplitModel:
    """Two models that make one.

    Attributes:
        early: is given all inputs but the late one. It gives what `late` reads of it, and outputs of the whole
            that do not depend on the late input; None where that is nothing.
        late: gives the other outputs.
        late_reads: what it is given beside the late input: values that `early` gives, and inputs.
    """

    early: bytes | None
    late: bytes
    late_reads: tuple[str, ...]


@dataclass(slots=True)
class _Part:
    """A graph in the making.

    Attributes:
        nodes: as they are encoded.
        read: names of what they read.
        made: names of what they make, and of what the part is given.
    """

    made: set[str]
    nodes: list[bytes] = field(default_factory=list)
    read: set[str] = field(default_factory=set)

    def take(self, node: bytes, reads: Iterable[str], makes: Iterable[str]) -> None:
        self.nodes.append(node)
        self.read.update(reads)
        self.made.update(makes)


def split_model(model: bytes, late_input: str) -> SplitModel:
    """Take apart a model in which what varies and is handed on is float32.

    Raises:
        WeightsError: a damaged file, or no such input.
    """
    whole = Message.of(model, most_fields=_MOST_FIELDS)
    graph = next((whole.inside(value) for number, value in whole.fields() if number == _GRAPH), None)
    if graph is None:
        raise WeightsError("expected an ONNX file with a graph")
    fields = [(number, as_bytes(value)) for number, value in graph.fields()]

    def named(kind: int, name: int) -> dict[str, bytes]:
        found = (graph.inside(value) for number, value in fields if number == kind)
        return {"".join(_names(message, name)): bytes(message.data) for message in found}

    tensors, outputs = named(_TENSOR, _TENSOR_NAME), named(_OUTPUT, _VALUE_NAME)
    inputs = {name: value for name, value in named(_INPUT, _VALUE_NAME).items() if name not in tensors}
    if late_input not in inputs:
        raise WeightsError(f"expected an input {late_input!r}, got {', '.join(inputs)}")
    first = {name: value for name, value in inputs.items() if name != late_input}
    early, late = _Part(set(first)), _Part({late_input})
    for node in (graph.inside(value) for number, value in fields if number == _NODE):
        reads, makes = _names(node, _NODE_INPUT), _names(node, _NODE_OUTPUT)
        if late.made.intersection(reads):
            late.take(bytes(node.data), reads, makes)
        elif early.made.intersection(reads):
            early.take(bytes(node.data), reads, makes)
        else:  # it makes a constant, which either may read
            for part in (early, late):
                part.nodes.append(bytes(node.data))
                part.read.update(reads)
    late_reads = sorted(late.read & early.made)
    early_gives = {name: _float(name) for name in late_reads if name not in first}
    early_gives |= {name: value for name, value in outputs.items() if name not in late.made}
    late_gives = [value for name, value in outputs.items() if name in late.made]
    late_given = [inputs[late_input], *(first.get(name) or _float(name) for name in late_reads)]
    around = b"".join(entry(number, value) for number, value in whole.fields() if number != _GRAPH)
    return SplitModel(
        around + _graph(early, tensors, first.values(), early_gives.values()) if early_gives else None,
        around + _graph(late, tensors, late_given, late_gives),
        tuple(late_reads),
    )


def _graph(part: _Part, tensors: Mapping[str, bytes], inputs: Iterable[bytes], outputs: Iterable[bytes]) -> bytes:
    kept = [tensor for name, tensor in tensors.items() if name in part.read]
    messages = ((_NODE, part.nodes), (_TENSOR, kept), (_INPUT, inputs), (_OUTPUT, outputs))
    graph = entry(_NAME, "part") + b"".join(entry(number, one) for number, every in messages for one in every)
    return entry(_GRAPH, graph)


def _float(name: str) -> bytes:
    """A value of any shape."""
    return entry(_VALUE_NAME, name) + entry(2, entry(1, entry(1, TYPES["float32"])))


def _names(message: Message, number: int) -> list[str]:
    return [
        bytes(as_bytes(value)).decode(errors="replace") for found, value in message.fields() if found == number
    ]
