"""Numbers in an ONNX graph that are known before it runs: exporters compute paddings from them, step by step."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tracker_core.backbone_weights import WeightsError
from tracker_core.weights.onnx_model import MOST_NUMBERS, Node, Numbers, OnnxModel, Tensor

_INT64 = 7  # TensorProto.DataType
_FOLDED = ("ConstantOfShape", "Concat", "Reshape", "Slice", "Transpose", "Cast")


class Constants:
    """Tensors of a file, and what its nodes make of them."""

    def __init__(self, model: OnnxModel) -> None:
        self._tensors = dict(model.tensors)
        self._folded: dict[str, Numbers] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._tensors or name in self._folded

    def array(self, name: str) -> Numbers:
        """The numbers of a name; WeightsError where they are not known or not readable."""
        if name in self._folded:
            return self._folded[name]
        if name not in self._tensors:
            raise WeightsError(f"{name!r:.80}: expected numbers that are in the file, got computed ones")
        return self._tensors[name].array()

    def scalar(self, name: str) -> float:
        """A single number; WeightsError where there are more."""
        numbers = self.array(name)
        if numbers.size != 1:
            raise WeightsError(f"{name!r:.80}: expected a single number, got shape {numbers.shape!s:.80}")
        return float(numbers.reshape(-1)[0])

    def integers(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        return tuple(int(number) for number in _whole_numbers(name, self.array(name)).reshape(-1))

    def take(self, node: Node) -> bool:
        """Keep what a node makes, where it is made of known numbers alone; False where it is not."""
        if len(node.outputs) != 1:
            return False
        output = node.outputs[0]
        if node.operator == "Constant":
            self._keep(output, node)
            return True
        if not node.inputs or not all(name in self for name in node.inputs if name):
            return False
        if node.operator == "Identity":
            name = node.inputs[0]
            if name in self._folded:
                self._folded[output] = self._folded[name]
            else:
                self._tensors[output] = self._tensors[name]
            return True
        if node.operator not in _FOLDED:
            return False
        numbers = [self.integers(name) for name in node.inputs if name]
        try:
            self._folded[output] = self._made(node, numbers)
        except (ValueError, IndexError, TypeError, OverflowError) as error:
            raise WeightsError(f"{node.operator} {output!r:.80}: cannot be computed: {error!s:.120}") from error
        return True

    def _keep(self, output: str, node: Node) -> None:
        for value in node.attributes.values():
            if isinstance(value, Tensor):
                self._tensors[output] = value
            elif not isinstance(value, str):
                numbers = np.asarray(value)
                is_whole = numbers.dtype.kind == "i"
                self._folded[output] = numbers.astype(np.int64) if is_whole else numbers.astype(np.float32)

    def _made(self, node: Node, numbers: list[tuple[int, ...]]) -> NDArray[np.int64]:
        """What a node makes of lists of whole numbers."""
        arrays = [_whole_numbers(name, self.array(name)) for name in node.inputs if name]
        first = arrays[0]
        if first.size > MOST_NUMBERS:
            raise ValueError("too many numbers")
        attributes, operator = node.attributes, node.operator
        if operator == "ConstantOfShape":
            value = attributes.get("value")
            if not isinstance(value, Tensor):
                raise TypeError("expected whole numbers")
            if not 0 <= math.prod(numbers[0]) <= MOST_NUMBERS or min(numbers[0], default=0) < 0:
                raise ValueError("a shape of too many numbers")
            return np.broadcast_to(_whole_numbers("value", value.array()), numbers[0])
        if operator == "Concat":
            if sum(array.size for array in arrays) > MOST_NUMBERS:
                raise ValueError("too many numbers")
            return np.concatenate(arrays, axis=_whole(attributes.get("axis")))
        if operator == "Transpose":
            order = attributes.get("perm")
            return first.transpose(None if order is None else _list(order))
        if operator == "Cast":
            if attributes.get("to") != _INT64:
                raise ValueError("to another type")
            return first
        if operator == "Slice":
            return first[_slices(first.ndim, numbers)]
        return first.reshape(numbers[1])


def _whole_numbers(name: str, numbers: Numbers) -> NDArray[np.int64]:
    if numbers.dtype != np.int64:
        raise WeightsError(f"{name!r:.80}: expected whole numbers, got others")
    return numbers.astype(np.int64, copy=False)


def _slices(dimensions: int, numbers: list[tuple[int, ...]]) -> tuple[slice, ...]:
    """Slice's inputs behind the first: starts, ends, and perhaps axes and steps."""
    starts, ends, *rest = numbers[1:]
    axes = rest[0] if rest else tuple(range(len(starts)))
    steps = rest[1] if len(rest) > 1 else (1,) * len(starts)
    found = [slice(None)] * dimensions
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        found[axis] = slice(start, end, step)
    return tuple(found)


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("expected a whole number")
    return value


def _list(value: object) -> tuple[int, ...]:
    if not isinstance(value, tuple):
        raise TypeError("expected a list")
    return value
