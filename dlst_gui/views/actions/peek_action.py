"""A toggle that its key shows for as long as it is held; a tap stays."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

import time
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QShortcutEvent

HELD_S = 0.35  # ours: longer than a tap takes, shorter than a look

_ENDINGS = (QEvent.Type.ApplicationDeactivate, QEvent.Type.WindowDeactivate)


class PeekAction(QAction):
    """Toggled by its key as by a click; where the key is held, letting it go takes that back."""

    def __init__(self, text: str, parent: QObject) -> None:
        super().__init__(text, parent, checkable=True)
        self._key: Qt.Key | None = None
        self._pressed_s = 0.0
        self.setAutoRepeat(False)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QShortcutEvent) and self._key is None and event.key().count():
            keys: Any = event.key()  # a sequence, which Qt's stubs do not say
            self._key = keys[keys.count() - 1].key()
            self._pressed_s = time.monotonic()
            # Only while the key is down: every event of the program comes by.
            _application().installEventFilter(self)
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_release = isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyRelease
        if event.type() in _ENDINGS or (is_release and self._is_let_go(event)):
            self._key = None
            _application().removeEventFilter(self)
            if is_release and time.monotonic() - self._pressed_s >= HELD_S:
                self.toggle()
        return False

    def _is_let_go(self, event: QEvent) -> bool:
        return isinstance(event, QKeyEvent) and not event.isAutoRepeat() and event.key() == self._key


def _application() -> QCoreApplication:
    application = QCoreApplication.instance()
    assert application is not None, "actions live in a program with windows"
    return application
