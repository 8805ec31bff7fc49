"""Shows how the tracker came to its box, and hides it again: overlays, and the inspector beside the frame."""

from __future__ import annotations

from collections.abc import Iterable

from dlst_gui.overlays import OVERLAYS
from dlst_gui.views.actions.action_set import ActionSet
from dlst_gui.views.window.docks import Docks

EXPLAINING = tuple(made.info.name for made in OVERLAYS if made.info.explains)
"""Names of the overlays that say how the tracker decided."""

_AT_FIRST = frozenset(made.info.name for made in OVERLAYS if made.info.is_explained_at_start)


class Explain:
    """Remembers which overlays a user wants to see together, and what was beside the frame before."""

    def __init__(self, actions: ActionSet, docks: Docks) -> None:
        self._actions = actions
        self._docks = docks
        self._chosen = _AT_FIRST
        self._is_on = False
        self._before: tuple[bool, str | None] | None = None  # whether the inspector was shown; what was in front

    @property
    def chosen(self) -> frozenset[str]:
        """The overlays that come with it."""
        return self._shown() if self._is_on else self._chosen

    def choose(self, names: Iterable[str]) -> None:
        """Let it show these the next time; names of other overlays are left aside."""
        self._chosen = frozenset(names) & set(EXPLAINING) or _AT_FIRST

    def set_on(self, is_on: bool) -> None:
        """Explain what the tracker did, or show the object alone."""
        if is_on == self._is_on:
            return
        if is_on:
            self._before = (self._actions["inspector"].isChecked(), self._docks.in_front)
            self._show(self._chosen)
            self._is_on = True
            self._actions["inspector"].setChecked(True)
            self._docks.bring_to_front("inspector")
            return
        self._chosen = self._shown() or _AT_FIRST
        self._is_on = False
        self._show(frozenset())
        self._put_back()

    def _put_back(self) -> None:
        (was_shown, in_front), self._before = self._before or (True, None), None
        self._actions["inspector"].setChecked(was_shown)
        if in_front is not None and self._actions[in_front].isChecked():
            self._docks.bring_to_front(in_front)

    def _shown(self) -> frozenset[str]:
        return frozenset(name for name in EXPLAINING if self._actions[name].isChecked())

    def _show(self, names: frozenset[str]) -> None:
        for name in EXPLAINING:
            self._actions[name].setChecked(name in names)
