"""Attributes as JSON, in the program's own files: what may be said of objects, in full."""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

from dlst_gui import limits
from dlst_gui.formats.syntax.json_input import Json, JsonObject
from dlst_gui.project.attributes import Attribute, AttributeKind, AttributeScope

Member = TypeVar("Member", bound=Enum)


def attribute_json(attribute: Attribute) -> dict[str, Json]:
    """As it is written; what is not said of it is left out."""
    said: dict[str, Json] = {
        "name": attribute.name,
        "kind": attribute.kind.name.lower(),
        "scope": attribute.scope.name.lower(),
        "choices": list(attribute.choices),
        "default": attribute.default,
        "required": attribute.is_required,
        "labels": list(attribute.labels),
        "hotkey": attribute.hotkey,
        "least": attribute.least,
        "most": attribute.most,
        "step": attribute.step,
    }
    # A limit of 0 is said.
    return {name: value for name, value in said.items() if value is not False and value not in ([], "", None)}


def attribute_of(given: JsonObject, attribute_id: int) -> Attribute:
    """What was written, under another id; FormatError where it makes no sense."""
    choices = given.all_texts("choices")
    if len(choices) > limits.MOST_OFFERED_ATTRIBUTES:
        raise given.error(f"expected at most {limits.MOST_OFFERED_ATTRIBUTES} choices, there are more")
    hotkey = given.text("hotkey", "")
    try:
        return Attribute(
            attribute_id,
            given.text("name"),
            _member(given, "kind", AttributeKind.TEXT),
            _member(given, "scope", AttributeScope.OBJECT),
            tuple(choices),
            given.text("default", ""),
            given.truth("required", default=False),
            tuple(given.all_texts("labels")),
            hotkey if hotkey in HOTKEYS else "",
            *(given.number(name) if name in given else None for name in ("least", "most", "step")),
        )
    except ValueError as error:
        raise given.error(str(error)) from error


def _member(given: JsonObject, name: str, default: Member) -> Member:
    word = given.text(name, default.name.lower())
    members = {member.name.lower(): member for member in type(default)}
    if word not in members:
        raise given.error(f"expected one of {', '.join(members)} for {name!r}, got {word!r:.60}")
    return members[word]


HOTKEYS = tuple(map(str, range(1, 10)))
"""What a label's or an attribute's hotkey may be: the number of a command, whose keys a person chooses."""
