"""What became of a file's boxes: read, turned into others, linked, skipped and why, and what was assumed.

Every reader writes into one of these, so that nothing is left out in silence: the boxes in a file are those read
and those skipped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dlst_gui.counting import counted

JsonValue = None | bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"]


@dataclass(slots=True)
class Skipped:
    """Boxes of a file that were left out, for one reason.

    Attributes:
        reason: what they are, as the end of "were skipped because".
        count: how many.
        first: where the first of them is, and what it says.
    """

    reason: str
    count: int
    first: str


@dataclass(slots=True)
class ReadingReport:
    """Grows while a file is read.

    Attributes:
        read: boxes of the file that were read; boxes that only follow from them, between keyframes, do not count.
        absent: rows that say of an object that it is not on a frame.
        linked: boxes without an id that were given to tracks by their overlap; part of `read`.
        alone: boxes without an id that became a track each; part of `read`.
        converted: kinds of shapes that the enclosing box stands for, and how many; part of `read`.
        kept: kinds of shapes that stay beside their boxes, as an attribute; part of `read`.
        only_boxes: kinds of shapes of which the box alone is kept, as they are too large or no format has them.
        skipped: by reason.
        assumptions: what the file does not say and was taken to be so, with the reason, as sentences.
        notes: what else there is to tell, as sentences.
    """

    read: int = 0
    absent: int = 0
    linked: int = 0
    alone: int = 0
    converted: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    only_boxes: Counter[str] = field(default_factory=Counter)
    skipped: dict[str, Skipped] = field(default_factory=dict)
    assumptions: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def skipped_count(self) -> int:
        """Boxes that were skipped."""
        return sum(each.count for each in self.skipped.values())

    @property
    def boxes_in_file(self) -> int:
        """Boxes that the file has."""
        return self.read + self.skipped_count

    def skip(self, reason: str, first: str, count: int = 1) -> None:
        """Some boxes are left out; `first` says where the first of them is."""
        if not count:
            return
        known = self.skipped.setdefault(reason, Skipped(reason, 0, first))
        known.count += count

    def assume(self, sentence: str) -> None:
        """Something is taken to be so that the file does not say."""
        if sentence not in self.assumptions:
            self.assumptions.append(sentence)

    def note(self, sentence: str) -> None:
        """Something is to be told."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def sentences(self) -> tuple[str, ...]:
        """Everything but what was read, in words for people."""
        said = [*self.assumptions, *self.notes]
        if self.converted:
            said.append(f"Shapes that the enclosing box stands for: {_listed(self.converted)}.")
        if self.kept:
            said.append(f"Shapes that are kept beside their boxes and written again: {_listed(self.kept)}.")
        if self.only_boxes:
            said.append(f"Shapes of which only the box is kept: {_listed(self.only_boxes)}.")
        if self.linked:
            one, many = "has no id; it was", "have no id; they were"
            words = many if self.linked != 1 else one
            said.append(f"{counted(self.linked, 'box', 'boxes')} {words} given to tracks by overlap.")
        if self.alone:
            words = "has no id; it is" if self.alone == 1 else "have no id; each is"
            said.append(f"{counted(self.alone, 'box', 'boxes')} {words} a track of its own.")
        for each in self.skipped.values():
            words = "box was" if each.count == 1 else "boxes were"
            said.append(f"{each.count:,} {words} skipped: {each.reason} ({each.first}).")
        return tuple(said)

    def as_json(self) -> dict[str, JsonValue]:
        """For the command line's JSON: counts and sentences by name."""
        return {
            "boxes_in_file": self.boxes_in_file,
            "read": self.read,
            "converted": dict(sorted(self.converted.items())),
            "kept": dict(sorted(self.kept.items())),
            "only_boxes": dict(sorted(self.only_boxes.items())),
            "linked": self.linked,
            "alone": self.alone,
            "absent": self.absent,
            "skipped": [
                {"reason": each.reason, "count": each.count, "first": each.first} for each in self.skipped.values()
            ],
            "assumptions": list(self.assumptions),
            "notes": list(self.notes),
        }


def _listed(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {count:,}" for kind, count in sorted(kinds.items()))
