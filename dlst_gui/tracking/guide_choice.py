"""Which guides a person may choose from, and how to get the others."""

from __future__ import annotations

from dataclasses import dataclass

from dlst_gui.tracking.tracker_factory import follows_guides
from tracker_core.weights import GUIDE_NAMES, GuideEntry, list_guides


@dataclass(frozen=True, slots=True)
class GuideChoice:
    """A guide as it is offered.

    Attributes:
        name: of `GUIDE_NAMES`.
        title: as its authors write it.
        how_to_get: what to do where its networks are not here; "" where they are.
    """

    name: str
    title: str
    how_to_get: str

    @property
    def is_here(self) -> bool:
        return not self.how_to_get


def guide_choices() -> tuple[GuideChoice, ...]:
    """All guides there are; looks at the store anew, as one may fetch some while the window is open."""
    return tuple(
        GuideChoice(name, entry.description.title, _how_to_get(entry) if entry.missing else "")
        for name, entry in zip(GUIDE_NAMES, list_guides(), strict=True)
    )


def usual_guide(name: str, preset: str) -> str:
    """The guide of a user's preferences, where the preset can follow it and it is here; else ""."""
    is_here = any(choice.name == name and choice.is_here for choice in guide_choices())
    return name if is_here and follows_guides(preset) else ""


def _how_to_get(entry: GuideEntry) -> str:
    files = entry.description.networks.values()
    if all(file.address for file in files):
        return f"Not here. Run in a terminal: dlst weights fetch {entry.description.family}"
    names = " and ".join(file.file for file in files)
    return f"Not here. Run in a terminal: dlst weights import FOLDER, with a folder that has {names}"
