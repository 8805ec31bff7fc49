"""What a panel of evidence is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from PySide6.QtWidgets import QWidget

from dlst_gui.session.editing import Editing
from dlst_gui.session.memory_watch import MemoryWatch
from dlst_gui.session.session import Session
from dlst_gui.session.what_ifs import WhatIfs
from dlst_gui.settings.keymap import Keys
from dlst_gui.views.evidence.shown_evidence import ShownEvidence


class Place(Enum):
    """Where a panel lies."""

    TAB = "a tab beside the video"
    DOCK = "below the tabs; can be moved, and taken out of the window"


@dataclass(frozen=True, slots=True)
class PanelContext:
    """What a panel may look at and ask.

    Attributes:
        shown: the shown frame; a panel follows it with `Following`.
        memory: what the selected object's tracker has learned from.
        what_ifs: objects tracked again beside their real boxes.
        ask_what_if: asks a person for another one.
    """

    session: Session
    editing: Editing
    shown: ShownEvidence
    memory: MemoryWatch
    what_ifs: WhatIfs
    ask_what_if: Callable[[], object]


@dataclass(frozen=True, slots=True)
class PanelSpec:
    """A panel and its command in the menu *View, Evidence*.

    Attributes:
        name: of its command, by which its keys and whether it is shown are kept.
        title: on its tab.
        text: of the menu entry, with a letter (&) that no other panel has.
        tip: of the menu entry.
        make: called once, when the panel is first seen; the widget has an accessible name.
    """

    name: str
    title: str
    text: str
    tip: str
    make: Callable[[PanelContext], QWidget]
    keys: Keys = ()
    place: Place = Place.TAB
