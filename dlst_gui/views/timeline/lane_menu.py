"""The timeline's menu on the right mouse button: about one frame of one track."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from dlst_gui.session.session import Session
from dlst_gui.views.actions.action_set import ActionSet

_FROM_FRAME = ("track", "track-backward", "track-between", "split", "swap", "delete")
_OF_TRACK = ("merge", "rename", "hide", "lock", "pin")


def lane_menu(session: Session, action_set: ActionSet, frame_index: int, parent: QWidget) -> QMenu:
    """Commands about the selected track; those about a frame mean `frame_index`, and go there first."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    to_here = menu.addAction(f"Track to He&re (Frame {frame_index})")
    to_here.setEnabled(action_set["track-to-frame"].isEnabled())
    to_here.triggered.connect(lambda: session.tracking.track_to(frame_index))
    menu.addAction("&Go Here").triggered.connect(lambda: session.seek(frame_index))
    menu.addSeparator()
    for name in _FROM_FRAME:
        _add_from_frame(menu, action_set[name], session, frame_index)
    menu.addSeparator()
    menu.addActions([action_set[name] for name in _OF_TRACK])
    return menu


def _add_from_frame(menu: QMenu, action: QAction, session: Session, frame_index: int) -> None:
    """An entry that looks like `action`, and goes to the frame before it does the same."""
    key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    entry = menu.addAction(action.icon(), f"{action.text()}\t{key}")
    entry.setEnabled(action.isEnabled())

    def trigger() -> None:
        session.seek(frame_index)
        action.trigger()

    entry.triggered.connect(trigger)
