"""Makes the window's actions from `COMMANDS`, and its menus and toolbar from them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QToolButton

from dlst_gui.session.session import Session
from dlst_gui.settings.keymap import KeyMap
from dlst_gui.views.actions import COMMANDS
from dlst_gui.views.actions.action_specs import ActionSpec, ActionTarget, Need, ToggleSpec
from dlst_gui.views.actions.peek_action import PeekAction
from dlst_gui.views.style.icons import icon
from dlst_gui.views.style.theme import Theme
from dlst_gui.views.window.fitting_toolbar import FittingToolBar

WIDEST_BUTTON = 122  # pixels: its text changes, its position must not
_TOOLBAR = ("open-file", "|", "track", "step", "stop", "|", "new-box", "fit", "zoom-object", "|", "explain")
_WITH_TEXT = ("open-file", "track", "step", "stop", "explain")
_TEXT_IF_ROOM = ("open-file", "step", "stop")
_WIDEST = "track"


class ActionSet:
    """All actions of one window, by name."""

    def __init__(self, window: QMainWindow, target: ActionTarget) -> None:
        self._window = window
        self._icons: dict[str, QIcon] = {}
        self._menus: dict[str, QMenu] = {}
        self._actions: dict[str, QAction] = {}
        self._waiting: dict[Need, list[QAction]] = {}
        self._met: dict[Need, bool] = {}
        self._going: dict[str, bool] = {}
        for spec in COMMANDS:
            if isinstance(spec, ActionSpec):
                self._make(spec, target)
            else:
                self._make_toggle(spec, target)
        self._make_toolbar()

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    @property
    def view_switches(self) -> tuple[str, ...]:
        """Names of what the View menu shows and hides, and what is kept of it."""
        return tuple(
            spec.name
            for spec in COMMANDS
            if isinstance(spec, ToggleSpec) and spec.menu.startswith("&View") and spec.is_kept
        )

    def menu(self, title: str) -> QMenu:
        """A menu by the title that its commands name."""
        return self._menus[title]

    def set_checked(self, name: str, is_checked: bool) -> None:
        """Show a toggle as it is, without setting it off."""
        action = self._actions[name]
        blocker = QSignalBlocker(action)
        action.setChecked(is_checked)
        blocker.unblock()

    def show_keys(self, keymap: KeyMap) -> None:
        """Let commands be given by the keys of a map, and name the first one in the tooltip."""
        for spec in COMMANDS:
            action = self._actions[spec.name]
            action.setShortcuts([QKeySequence(key) for key in keymap.keys(spec.name)])
            shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{spec.tip}  ({shown})" if shown else spec.tip)

    def unmet_need(self, key: str, keymap: KeyMap) -> Need | None:
        """What the command waits for that a key would give; None where no command of this key waits."""
        waiting = (spec.need for spec in COMMANDS if key in keymap.keys(spec.name))
        return next((need for need in waiting if self._met.get(need) is False), None)

    def show_theme(self, theme: Theme) -> None:
        """Draw the icons in the colours of a theme."""
        self._icons = {name: icon(name, theme) for name in ("track", "pause", "play")}
        self._going.clear()
        for spec in COMMANDS:
            if spec.icon:
                self._actions[spec.name].setIcon(icon(spec.icon, theme))

    def refresh(self, session: Session) -> None:
        """Enable what can be done now, and name the keys that toggle after what they would do."""
        for need, actions in self._waiting.items():
            is_met = need.is_met(session)
            if is_met is not self._met.get(need):
                self._met[need] = is_met
                for action in actions:
                    action.setEnabled(is_met)
        self.set_checked("follow", session.tracking.follows_tracker)
        self.set_checked("done", session.current_project.is_done)
        self.set_checked("interpolate-only", session.selection.is_interpolated)
        history = session.current_project.history
        undo = (None, None) if history is None else (history.undo_title, history.undo_frame)
        redo = (None, None) if history is None else (history.redo_title, history.redo_frame)
        self._actions["undo"].setText(_step_text("&Undo", *undo))
        self._actions["redo"].setText(_step_text("Re&do", *redo))
        self._show_toggle("track", session.state.is_busy, "&Pause", _track_text(session))
        self._show_toggle("play", session.playhead.is_playing, "&Halt", "&Play")

    def _show_toggle(self, name: str, is_going: bool, text_if_going: str, text: str) -> None:
        action = self._actions[name]
        action.setText(text_if_going if is_going else text)
        if is_going is not self._going.get(name):
            self._going[name] = is_going
            action.setIcon(self._icons["pause" if is_going else name])

    def _make(self, spec: ActionSpec, target: ActionTarget) -> None:
        action = QAction(spec.text, self._window)
        action.triggered.connect(lambda: spec.trigger(target))
        if spec.is_everywhere:
            action.setShortcutContext(Qt.ShortcutContext.ApplicationShortcut)
        self._add(spec, action)

    def _make_toggle(self, spec: ToggleSpec, target: ActionTarget) -> None:
        make = PeekAction if spec.is_peeked else partial(QAction, checkable=True)
        action = make(spec.text, self._window)
        action.setChecked(spec.is_on_at_start)
        action.setIconVisibleInMenu(False)  # in its place is whether it is on
        action.toggled.connect(lambda is_on: spec.toggle(target, is_on))
        self._add(spec, action)

    def _add(self, spec: ActionSpec | ToggleSpec, action: QAction) -> None:
        menu = self._menu(spec.menu)
        if spec.begins_group:
            menu.addSeparator()
        menu.addAction(action)
        action.setObjectName(spec.name)
        self._actions[spec.name] = action
        self._waiting.setdefault(spec.need, []).append(action)

    def _menu(self, title: str) -> QMenu:
        if title not in self._menus:
            outer, _, own = title.rpartition("/")
            self._menus[title] = self._menu(outer).addMenu(own) if outer else self._window.menuBar().addMenu(own)
            self._menus[title].setToolTipsVisible(True)
        return self._menus[title]

    def _make_toolbar(self) -> None:
        toolbar = FittingToolBar("Toolbar")
        toolbar.setObjectName("toolbar")
        toolbar.setMovable(False)
        toolbar.toggleViewAction().setVisible(False)
        for name in _TOOLBAR:
            if name == "|":
                toolbar.addSeparator()
            else:
                toolbar.addAction(self._actions[name])
        for name in _WITH_TEXT:
            button = toolbar.widgetForAction(self._actions[name])
            if isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
                button.setObjectName("primary" if name == _WIDEST else "")
                button.setMinimumWidth(WIDEST_BUTTON if name == _WIDEST else 0)
                if name in _TEXT_IF_ROOM:
                    toolbar.add_shrinking(button)
        self._window.addToolBar(toolbar)


def _track_text(session: Session) -> str:
    return "&Continue" if session.selection.is_paused else "&Track"


def _step_text(word: str, title: str | None, frame_index: int | None) -> str:
    """What would be undone or done again, and on which frame."""
    if title is None:
        return word
    return f"{word}: {title}" + ("" if frame_index is None else f" (frame {frame_index})")
