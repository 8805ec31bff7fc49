"""What may be said about objects besides boxes and labels: attributes, each with its kind of value.

Values are texts, as label files hold them: a number as it is written, a choice by its words, yes and no as "true"
and "false". A value that does not fit its attribute is kept, and `Attribute.problem` says what is wrong with it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

YES, NO = "true", "false"

TRUNCATED = "truncated"
"""The name of what is shipped as an attribute, and what formats have a place of their own for."""


class AttributeKind(Enum):
    """What values there are; the value is what a person reads."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    YES_NO = "yes or no"


class AttributeScope(Enum):
    """What a value holds for; the value is what a person reads."""

    OBJECT = "the whole object"
    UNTIL_CHANGED = "from a frame on, until changed"
    FRAME = "a single frame"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute that is offered.

    Attributes:
        attribute_id: counts from 1 within a project.
        name: what its values are kept under.
        choices: of `AttributeKind.CHOICE`, in the order in which a person sees them.
        default: what holds where nothing is said; "" for nothing.
        is_required: whether an export reports objects that have no value.
        labels: of the objects that have it; empty for all objects.
        hotkey: the number (1 to 9) of the command that gives the next value; "" for none.
        least, most: of `AttributeKind.NUMBER`, both included; None for no limit.
        step: of `AttributeKind.NUMBER`: how far a step in its field goes; None for 1.
    """

    attribute_id: int
    name: str
    kind: AttributeKind = AttributeKind.TEXT
    scope: AttributeScope = AttributeScope.OBJECT
    choices: tuple[str, ...] = ()
    default: str = ""
    is_required: bool = False
    labels: tuple[str, ...] = ()
    hotkey: str = ""
    least: float | None = None
    most: float | None = None
    step: float | None = None

    def __post_init__(self) -> None:
        if self.attribute_id < 1:
            raise ValueError(f"an attribute's id counts from 1, got {self.attribute_id}")
        if not self.name.strip():
            raise ValueError("an attribute needs a name")
        self._check_choices()
        self._check_bounds()
        if self.default and (problem := self.problem(self.default)):
            raise ValueError(f"the default of {self.name!r} {problem}")

    @property
    def is_of_frames(self) -> bool:
        """Whether its values are said of single manual boxes."""
        return self.scope is not AttributeScope.OBJECT

    def applies_to(self, label: str) -> bool:
        """Whether objects with this label have it."""
        return not self.labels or label in self.labels

    def problem(self, value: str) -> str:
        """What is wrong with a value, as the end of a sentence about it; "" where nothing is."""
        if self.kind is AttributeKind.YES_NO and value not in (YES, NO):
            return f"is {value!r}; expected {YES} or {NO}"
        if self.kind is AttributeKind.CHOICE and value not in self.choices:
            return f"is {value!r}, which is none of its choices"
        return self._problem_of_number(value) if self.kind is AttributeKind.NUMBER else ""

    def next_value(self, value: str) -> str | None:
        """What follows a value where a key is pressed; None where values are written."""
        choices = (YES, NO) if self.kind is AttributeKind.YES_NO else self.choices
        if not choices:
            return None
        return choices[(choices.index(value) + 1) % len(choices)] if value in choices else choices[0]

    def _problem_of_number(self, value: str) -> str:
        number = _number_in(value)
        if number is None:
            return f"is {value!r}, which is not a number"
        if self.least is not None and number < self.least:
            return f"is {value}; the least is {self.least:g}"
        if self.most is not None and number > self.most:
            return f"is {value}; the most is {self.most:g}"
        return ""

    def _check_choices(self) -> None:
        if (self.kind is AttributeKind.CHOICE) != bool(self.choices):
            expected = "at least one choice" if self.kind is AttributeKind.CHOICE else "no choices"
            raise ValueError(f"the attribute {self.name!r} ({self.kind.value}) needs {expected}")
        if len(set(self.choices)) != len(self.choices) or not all(self.choices):
            raise ValueError(f"the choices of {self.name!r} are words that differ from each other")

    def _check_bounds(self) -> None:
        bounds = [each for each in (self.least, self.most, self.step) if each is not None]
        if bounds and self.kind is not AttributeKind.NUMBER:
            raise ValueError(f"only a number has limits, {self.name!r} is a {self.kind.value}")
        if not all(math.isfinite(each) for each in bounds) or (self.step is not None and self.step <= 0):
            raise ValueError(f"the limits of {self.name!r} are finite numbers, and its step is above 0")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError(f"the least value of {self.name!r} is above the most")


def clash_in(attributes: Iterable[Attribute]) -> str:
    """What makes these attributes hard to tell apart, as a sentence; "" where nothing does.

    A name may be used twice for different labels, and once more for single frames.
    """
    known: list[Attribute] = []
    for each in attributes:
        for other in known:
            same = (each.name, each.is_of_frames) == (other.name, other.is_of_frames)
            if same and (not each.labels or not other.labels or set(each.labels) & set(other.labels)):
                return f"There are two attributes {each.name!r} for the same objects; choose another name."
        known.append(each)
    return ""


def _number_in(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
