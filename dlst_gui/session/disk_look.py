"""Looks at the disk that the window does not wait for: a network folder may take minutes to answer, or fail to."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot

_log = logging.getLogger(__name__)

Look = Callable[[], object]
"""Runs in a thread that nobody waits for: it changes nothing, and is not asked to end."""


class _Messenger(QObject):
    """Belongs to the window's thread; the thread of a look keeps it, so that it outlives whoever asked."""

    arrived = Signal(object, object)  # the look, and its answer


class DiskLook(QObject):
    """One look at a time. No thread can be woken from a call that hangs, so it is left behind and not joined."""

    answered = Signal(object)  # what the latest look returned

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._going: Look | None = None
        self._next: Look | None = None
        self._messenger = _Messenger()
        self._messenger.arrived.connect(self._on_arrived, Qt.ConnectionType.QueuedConnection)

    @property
    def is_waiting(self) -> bool:
        """Whether an answer is still to come."""
        return self._going is not None

    def request(self, look: Look) -> None:
        """Look now, or after the look that is going on; of several that wait only the latest is done."""
        if self._going is None:
            self._begin(look)
        else:
            self._next = look

    def hurry(self) -> None:
        """Have the look that waits done now, if one does; what the one that held it up finds is not told."""
        following, self._next = self._next, None
        if following is not None:
            self._begin(following)

    def drop(self) -> None:
        """Nobody wants to know any more; nothing that was requested is told."""
        self._going = self._next = None

    def _begin(self, look: Look) -> None:
        self._going = look
        threading.Thread(target=_look, args=(look, self._messenger), name=self._name, daemon=True).start()

    @Slot(object, object)
    def _on_arrived(self, look: Look, answer: object) -> None:
        if look is not self._going:
            return
        self._going, following = None, self._next
        self._next = None
        if following is not None:
            self._begin(following)
        elif not isinstance(answer, Exception):
            self.answered.emit(answer)


def _look(look: Look, messenger: _Messenger) -> None:
    try:
        answer = look()
    except Exception as error:
        _log.exception("a look at the disk failed")
        answer = error
    messenger.arrived.emit(look, answer)
