"""The window's layout when it was closed: position, size, what of the View menu was shown, where panels lay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QWidget

from dlst_gui.views.actions.action_set import ActionSet
from dlst_gui.views.evidence.explain import Explain

_GEOMETRY, _SHOWN, _EXPLAINED = "geometry", "shown", "explained"
_PANELS, _IN_FRONT = "panels", "in_front"


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Where panels lie and how large they are.

    Attributes:
        state: as `Docks.state` gives it, in base 64; "" where that is not known.
        in_front: the panel beside the video that one sees; "" likewise.
    """

    state: str = ""
    in_front: str = ""


def arrangement_in(layout: Mapping[str, object]) -> Arrangement:
    """What a kept layout says of panels, believed only by its types."""
    state, in_front = layout.get(_PANELS), layout.get(_IN_FRONT)
    return Arrangement(state if isinstance(state, str) else "", in_front if isinstance(in_front, str) else "")


def layout_of(
    window: QWidget, actions: ActionSet, explain: Explain, arrangement: Arrangement
) -> Mapping[str, object]:
    """As a JSON object."""
    return {
        _PANELS: arrangement.state,
        _IN_FRONT: arrangement.in_front,
        _GEOMETRY: bytes(window.saveGeometry().toBase64().data()).decode("ascii"),
        _EXPLAINED: sorted(explain.chosen),
        _SHOWN: {name: actions[name].isChecked() for name in actions.view_switches},
    }


def restore_layout(window: QWidget, actions: ActionSet, explain: Explain, layout: Mapping[str, object]) -> None:
    """Make the window look as `layout` says; what it does not say, or what makes no sense, stays."""
    geometry, shown = layout.get(_GEOMETRY), layout.get(_SHOWN)
    if isinstance(geometry, str):
        window.restoreGeometry(QByteArray.fromBase64(geometry.encode()))
    explained = layout.get(_EXPLAINED)
    if isinstance(explained, list):
        explain.choose(name for name in explained if isinstance(name, str))
    if isinstance(shown, Mapping):
        for name in actions.view_switches:
            is_shown = shown.get(name)
            if isinstance(is_shown, bool):
                actions[name].setChecked(is_shown)
