"""A label set as it is read: labels and attributes checked one by one, and what could not be taken over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.own.attribute_json import HOTKEYS
from dlst_gui.label_set.colors import color_of
from dlst_gui.project.attributes import Attribute, AttributeKind, clash_in
from dlst_gui.project.label_set_edits import OfferedLabels
from dlst_gui.project.labels import Label
from dlst_gui.project.track_colors import TRACK_COLORS

NATIVE = ("occluded", "outside")
"""What the program marks itself, on every frame, and needs no attribute."""


class IncomingLabelSet:
    """Collects what a file says; FormatError for what makes no sense."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._labels: dict[str, Label] = {}
        self._attributes: list[Attribute] = []
        self._hotkeys: set[str] = set()
        self._notices: dict[str, None] = {}

    @property
    def notices(self) -> tuple[str, ...]:
        """A sentence each."""
        return tuple(self._notices)

    @property
    def next_id(self) -> int:
        """For the next attribute."""
        return len(self._attributes) + 1

    @property
    def names(self) -> tuple[str, ...]:
        """Of the labels so far."""
        return tuple(self._labels)

    def note(self, sentence: str) -> None:
        """Say what could not be taken over."""
        self._notices[sentence] = None

    def add_label(self, name: str, color: str, hotkey: str, place: str) -> None:
        """Take a label, under the name as it is; a colour that is none becomes one of the palette."""
        if not name.strip() or len(name) > limits.LONGEST_LABEL:
            raise FormatError(self._path, f"expected a label's name, got {shortly(name)}", place)
        if name in self._labels:
            raise FormatError(self._path, f"there are two labels {shortly(name)}", place)
        if len(self._labels) == limits.MOST_OFFERED_LABELS:
            raise FormatError(self._path, f"expected at most {limits.MOST_OFFERED_LABELS} labels, there are more")
        is_free = hotkey in HOTKEYS and hotkey not in self._hotkeys
        self._hotkeys |= {hotkey} if is_free else set()
        palette = TRACK_COLORS[len(self._labels) % len(TRACK_COLORS)]
        self._labels[name] = Label(name, color_of(color) or palette, hotkey if is_free else "")

    def add_attribute(self, attribute: Attribute, place: str) -> None:
        """Take an attribute; one that the program marks itself is left out."""
        if attribute.kind is AttributeKind.YES_NO and attribute.name.lower() in NATIVE:
            self.note(f"{attribute.name!r} is what the program marks itself, and was left out.")
            return
        if len(self._attributes) == limits.MOST_OFFERED_ATTRIBUTES:
            most = limits.MOST_OFFERED_ATTRIBUTES
            raise FormatError(self._path, f"expected at most {most} attributes, there are more")
        if any(attribute.hotkey == each.hotkey for each in self._attributes):
            attribute = replace(attribute, hotkey="")
        if problem := clash_in((*self._attributes, attribute)):
            raise FormatError(self._path, problem.rstrip("."), place)
        self._attributes.append(attribute)

    def offered(self) -> OfferedLabels:
        """Everything."""
        if not self._labels and not self._attributes:
            raise FormatError(self._path, "it holds no labels and no attributes")
        return OfferedLabels(tuple(self._labels.values()), tuple(self._attributes))
