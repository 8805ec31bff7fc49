"""A backbone's description as JSON text, and back with suspicion. `safetensors_file` tells of the keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TypeVar, cast

from tracker_core.backbone_graph import (
    Activation,
    Convolution,
    Layer,
    LayerGraph,
    MaxPool,
    Normalization,
    Padding,
    ResponseNormalization,
    Sum,
)
from tracker_core.backbone_weights import BackboneDescription, Tap, WeightsError

_KINDS: Mapping[str, type[Layer]] = {
    "convolution": Convolution,
    "max pool": MaxPool,
    "sum": Sum,
    "normalization": Normalization,
}
_LARGEST_TEXT = 1 << 20
_Value = TypeVar("_Value")


def description_text(description: BackboneDescription) -> str:
    """JSON with "layers", "localizer", "classifier" and the numbers beside them."""
    record = {
        **{entry.name: getattr(description, entry.name) for entry in fields(description)},
        "layers": [_layer_record(layer) for layer in description.graph],
        "localizer": asdict(description.localizer),
        "classifier": [asdict(tap) for tap in description.classifier],
    }
    del record["graph"]
    return json.dumps(record)


def parse_description(text: str) -> BackboneDescription:
    """What `description_text` wrote.

    Raises:
        WeightsError: it is something else, or describes no possible backbone; says what was expected and found.
    """
    if len(text) > _LARGEST_TEXT:
        raise WeightsError(f"expected a description of at most {_LARGEST_TEXT} characters, got {len(text)}")
    try:
        record: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"description: expected JSON, got something else ({error})") from error
    reader = _Record("description", record)
    reader.expect("layers", "localizer", "classifier", "margin", "input_mean", "input_scale", "uses_int8")
    return BackboneDescription(
        LayerGraph(tuple(_parse_layer(layer) for layer in reader.list("layers"))),
        localizer=_parse_tap(reader.value("localizer")),
        classifier=tuple(_parse_tap(tap) for tap in reader.list("classifier")),
        margin=reader.typed("margin", int),
        input_mean=reader.number("input_mean"),
        input_scale=reader.number("input_scale"),
        uses_int8=reader.typed("uses_int8", bool),
    )


class _Record:
    """A JSON object of unknown origin."""

    def __init__(self, what: str, value: object) -> None:
        if not isinstance(value, dict):
            raise WeightsError(f"{what}: expected a JSON object, got {value!r:.60}")
        self._values = value
        self.what = f"{what} {value['name']!r:.60}" if isinstance(value.get("name"), str) else what

    def expect(self, *keys: str) -> None:
        """Raise WeightsError unless it has these keys and no other."""
        if self._values.keys() != set(keys):
            found = ", ".join(map(str, self._values))
            raise WeightsError(f"{self.what}: expected {', '.join(keys)}; got {found:.200}")

    def value(self, key: str) -> object:
        """As it is."""
        if key not in self._values:
            raise WeightsError(f"{self.what}: expected {key}, got none")
        return self._values[key]

    def typed(self, key: str, kind: type[_Value]) -> _Value:
        """A value of exactly a type: true is no number."""
        value = self.value(key)
        if type(value) is not kind:
            raise WeightsError(f"{self.what}: expected {key} of {kind.__name__}, got {value!r:.60}")
        return value

    def number(self, key: str) -> float:
        """A number, whole or not."""
        return _number(f"{self.what} {key}", self.value(key))

    def list(self, key: str) -> list[object]:
        """A list."""
        value = self.value(key)
        if not isinstance(value, list):
            raise WeightsError(f"{self.what}: expected a list of {key}, got {value!r:.60}")
        return value


def _layer_record(layer: Layer) -> dict[str, object]:
    kind = next(name for name, known in _KINDS.items() if isinstance(layer, known))
    return {"kind": kind, **asdict(layer)}


def _parse_layer(value: object) -> Layer:
    reader = _Record("layer", value)
    kind = reader.typed("kind", str)
    if kind not in _KINDS:
        raise WeightsError(f"{reader.what}: expected a kind of {', '.join(_KINDS)}; got {kind!r:.60}")
    reader.expect("kind", *(entry.name for entry in fields(_KINDS[kind])))
    name = reader.typed("name", str)
    if kind == "sum":
        inputs = reader.list("inputs")
        if not all(isinstance(part, str) for part in inputs):
            raise WeightsError(f"{reader.what}: expected inputs of names, got {inputs!r:.60}")
        return Sum(name, tuple(map(str, inputs)), _activation(reader))
    reads = reader.typed("input", str)
    if kind == "normalization":
        return Normalization(name, reads, _parse_response(reader.what, reader.value("response")))
    kernel, stride = reader.typed("kernel", int), reader.typed("stride", int)
    padding = cast("Padding", reader.typed("padding", str))  # LayerGraph checks which
    if kind == "max pool":
        return MaxPool(name, reads, kernel, stride, padding)
    channels, groups = reader.typed("channels", int), reader.typed("groups", int)
    return Convolution(name, reads, channels, kernel, stride, groups, padding, _activation(reader))


def _activation(reader: _Record) -> Activation:
    return cast("Activation", reader.typed("activation", str))  # LayerGraph checks which


def _parse_response(what: str, value: object) -> ResponseNormalization:
    reader = _Record(f"{what} response", value)
    reader.expect("size", "alpha", "beta", "k")
    return ResponseNormalization(
        reader.typed("size", int), reader.number("alpha"), reader.number("beta"), reader.number("k")
    )


def _parse_tap(value: object) -> Tap:
    reader = _Record("tap", value)
    reader.expect(*(entry.name for entry in fields(Tap)))
    layer = reader.typed("layer", str)
    return Tap(
        layer,
        reader.number("gain"),
        mean=tuple(_number(f"tap {layer:.60} mean", part) for part in reader.list("mean")),
        deviation=tuple(_number(f"tap {layer:.60} deviation", part) for part in reader.list("deviation")),
        is_smoothed=reader.typed("is_smoothed", bool),
    )


def _number(what: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WeightsError(f"{what}: expected a number, got {value!r:.60}")
    try:
        return float(value)
    except OverflowError as error:
        raise WeightsError(f"{what}: expected a number, got a whole one of {len(str(value)):,} digits") from error
