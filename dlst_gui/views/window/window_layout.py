"""The window's layout when it was closed: position and size, and what of the View menu was shown."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QWidget

from dlst_gui.views.actions.action_set import ActionSet
from dlst_gui.views.evidence.explain import Explain

_GEOMETRY, _SHOWN, _EXPLAINED = "geometry", "shown", "explained"


def layout_of(window: QWidget, actions: ActionSet, explain: Explain) -> Mapping[str, object]:
    """As a JSON object."""
    return {
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
