"""Attributes as CVAT declares them, in its label constructor and in the head of its XML: an input type and values.

CVAT has no required ones, and each has a value from the beginning: where ours have no default, that is the first
choice, "false", the least number, or the empty text. Of a number, `values` are least, most and step, all of which
it wants, and all of which have to differ as texts.

Source: CVAT's `cvat-ui/src/components/labels-editor/common.ts`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from dlst_gui import limits
from dlst_gui.formats.syntax.text_input import finite
from dlst_gui.project.attributes import NO, Attribute, AttributeKind, AttributeScope

FARTHEST = 1_000_000
"""Ours: stands for a limit that a number does not have."""

_INPUT_TYPES = {
    AttributeKind.TEXT: "text",
    AttributeKind.NUMBER: "number",
    AttributeKind.CHOICE: "select",
    AttributeKind.YES_NO: "checkbox",
}
_KINDS = {name: kind for kind, name in _INPUT_TYPES.items()} | {"radio": AttributeKind.CHOICE}
_LEAST_MOST_STEP = 3


@dataclass(frozen=True, slots=True)
class CvatAttribute:
    """What CVAT says of an attribute of one label."""

    name: str
    input_type: str
    is_mutable: bool = False
    values: tuple[str, ...] = ()
    default: str = ""


def as_in_cvat(attribute: Attribute) -> CvatAttribute:
    """What CVAT is to say of it."""
    if attribute.kind is AttributeKind.NUMBER:
        values: tuple[str, ...] = _limits_of(attribute)
        default = attribute.default or values[0]
    elif attribute.kind is AttributeKind.TEXT:
        values, default = (attribute.default,), attribute.default
    else:
        default = attribute.default or (attribute.choices[0] if attribute.choices else NO)
        values = attribute.choices or (default,)
    return CvatAttribute(attribute.name, _INPUT_TYPES[attribute.kind], attribute.is_of_frames, values, default)


def from_cvat(said: CvatAttribute, attribute_id: int) -> Attribute:
    """The attribute that CVAT declares; ValueError where it makes no sense."""
    kind = _KINDS.get(said.input_type.lower())
    if kind is None:
        raise ValueError(f"expected an input type of {', '.join(_KINDS)}, got {said.input_type!r:.60}")
    if len(said.values) > limits.MOST_OFFERED_ATTRIBUTES:
        raise ValueError(f"expected at most {limits.MOST_OFFERED_ATTRIBUTES} values, got {len(said.values)}")
    choices = tuple(dict.fromkeys(filter(None, said.values))) if kind is AttributeKind.CHOICE else ()
    if kind is AttributeKind.CHOICE and not choices:
        kind = AttributeKind.TEXT
    least, most, step = _numbers(said.values) if kind is AttributeKind.NUMBER else (None, None, None)
    made = Attribute(
        attribute_id,
        said.name,
        kind,
        AttributeScope.UNTIL_CHANGED if said.is_mutable else AttributeScope.OBJECT,
        choices,
        least=least,
        most=most,
        step=step,
    )
    default = said.default.lower() if kind is AttributeKind.YES_NO else said.default
    is_fitting = bool(default) and not made.problem(default)
    return replace(made, default=default) if is_fitting else made


def grouped(found: Iterable[tuple[str, Attribute]], labels: Collection[str]) -> tuple[Attribute, ...]:
    """Attributes of labels, each label's on its own, as attributes of several labels, or of all of them."""
    labels_of: dict[Attribute, list[str]] = {}
    for label, attribute in found:
        labels_of.setdefault(replace(attribute, attribute_id=1), []).append(label)
    return tuple(
        replace(each, attribute_id=number, labels=() if set(of) >= set(labels) else tuple(of))
        for number, (each, of) in enumerate(labels_of.items(), start=1)
    )


def _limits_of(attribute: Attribute) -> tuple[str, str, str]:
    least = -FARTHEST if attribute.least is None else attribute.least
    most = FARTHEST if attribute.most is None else attribute.most
    words = [f"{number:.15g}" for number in (least, most, attribute.step or 1)]
    if words[2] in words[:2]:
        words[2] = f"{float(words[2])!r}" if "." not in words[2] else f"{words[2]}0"
    return words[0], words[1], words[2]


def _numbers(values: Sequence[str]) -> tuple[float | None, float | None, float | None]:
    found = [finite(word) for word in values]
    if len(found) != _LEAST_MOST_STEP:
        return None, None, None
    least, most, step = found
    if least is not None and most is not None and least > most:
        return None, None, None
    return (
        None if least == -FARTHEST else least,
        None if most == FARTHEST else most,
        step if step is not None and step > 0 and step != 1 else None,
    )
