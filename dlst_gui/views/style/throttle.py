"""Redraws at most so often; what is shown last is always the latest."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

REDRAW_INTERVAL_MS = 33  # about 30 a second


class Throttle(QObject):
    """Turns any number of `request` calls into `due` signals at least `interval_ms` apart; the first at once."""

    due = Signal()

    def __init__(self, parent: QObject, interval_ms: int = REDRAW_INTERVAL_MS) -> None:
        super().__init__(parent)
        self._interval_s = interval_ms / 1000
        self._last_s = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timeout)

    @Slot()
    def request(self) -> None:
        """Ask for a redraw."""
        if not self._timer.isActive():
            wait_s = self._last_s + self._interval_s - time.monotonic()
            self._timer.start(max(0, round(wait_s * 1000)))

    @Slot()
    def _on_timeout(self) -> None:
        self._last_s = time.monotonic()
        self.due.emit()
