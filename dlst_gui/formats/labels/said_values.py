"""What is said of boxes, as writers of JSON put it: numbers and truths as such where they are declared so."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping

from dlst_gui.formats.labels.model import NO_ATTRIBUTES, LabelSet
from dlst_gui.formats.labels.turned_boxes import given_attributes
from dlst_gui.formats.labels.windows import FrameWindow
from dlst_gui.project.attributes import NO, YES, AttributeKind

_MOST_KNOWN = 10_000
"""Different texts that are kept, so that they need not be put together for every box."""

Typed = str | float | bool


class SaidValues:
    """Of the boxes of some labels; what is said of a track is said of each of its boxes.

    Args:
        labels: whose boxes are written.
        without: names that the format has for something else.
    """

    def __init__(self, labels: LabelSet, without: Collection[str] = ()) -> None:
        self._without = frozenset(without)
        self._of_track = [track.attributes for track in labels.tracks]
        self._kinds = [
            {each.name: each.kind for each in labels.offered if each.applies_to(track.label)}
            for track in labels.tracks
        ]
        self._texts: dict[tuple[object, ...], str] = {}

    def of(self, window: FrameWindow, track: int, frame: int) -> dict[str, str]:
        """What is said of a box of the window, by the position of its track and the frame's index."""
        said = given_attributes(window.attributes.get((track, frame), NO_ATTRIBUTES))
        both = {**self._of_track[track], **said}
        return {name: value for name, value in both.items() if name not in self._without}

    def typed(self, window: FrameWindow, track: int, frame: int) -> dict[str, Typed]:
        """The same, with numbers and truths as such."""
        kinds = self._kinds[track]
        return {name: typed(value, kinds.get(name)) for name, value in self.of(window, track, frame).items()}

    def members(self, window: FrameWindow, track: int, frame: int) -> str:
        """The same as members of a JSON object, each after a comma; "" for nothing."""
        said = window.attributes.get((track, frame), NO_ATTRIBUTES)
        if not said and not self._of_track[track]:
            return ""
        key = (track, *said.items())
        text = self._texts.get(key)
        if text is None:
            made = json.dumps(self.typed(window, track, frame), ensure_ascii=False)[1:-1]
            text = f", {made}" if made else ""
            if len(self._texts) < _MOST_KNOWN:
                self._texts[key] = text
        return text


def typed(value: str, kind: AttributeKind | None) -> Typed:
    """A value as JSON has it; one that does not fit its kind stays a text."""
    if kind is AttributeKind.YES_NO and value in (YES, NO):
        return value == YES
    if kind is AttributeKind.NUMBER:
        try:
            number = json.loads(value)
        except ValueError:
            return value
        is_number = isinstance(number, int | float) and not isinstance(number, bool)
        return number if is_number and math.isfinite(number) else value
    return value


def others_of(said: Mapping[str, str], own: Collection[str]) -> dict[str, str]:
    """What a file says besides what its format has these names for."""
    return {name: value for name, value in said.items() if name not in own}
