"""The names of what is labelled, and what is known about a track besides its boxes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_COLOR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Label:
    """A name that is offered for tracks, its colour "#rrggbb", and the key that chooses it ("" for none)."""

    name: str
    color: str
    hotkey: str = ""

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a label needs a name")
        _check_color(self.color)


@dataclass(frozen=True, slots=True)
class TrackInfo:
    """One object through the video, without its boxes. `label` may be a name that is no longer offered.

    Attributes:
        is_interpolated: all its boxes are a person's, and lie on straight lines between: no tracker gives any.
    """

    track_id: int
    label: str
    color: str
    attributes: Mapping[str, str] = field(default_factory=dict, hash=False)
    is_hidden: bool = False
    is_locked: bool = False
    is_pinned: bool = False
    is_interpolated: bool = False

    def __post_init__(self) -> None:
        if self.track_id < 1:
            raise ValueError(f"a track's id counts from 1, got {self.track_id}")
        _check_color(self.color)
        object.__setattr__(self, "attributes", MappingProxyType(dict(self.attributes)))


def _check_color(color: str) -> None:
    if _COLOR.fullmatch(color) is None:
        raise ValueError(f'a colour is "#" and six digits 0-9 a-f, got {color!r}')
