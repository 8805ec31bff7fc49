"""A QThread with one worker object and one owner, whose `close` waits."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot


class Worker(QObject):
    """Base of objects that live on an `OwnedThread`; `release` runs there as the last thing."""

    def release(self) -> None:
        """Let go of what belongs to the thread: decoders, trackers."""
        raise NotImplementedError

    @Slot()
    def on_close_requested(self) -> None:
        """Release, then leave the thread's event loop."""
        try:
            self.release()
        finally:
            QThread.currentThread().quit()


class OwnedThread(QObject):
    """Moves `worker` to a thread of its own and starts it; the owner calls `close` when done."""

    _close_requested = Signal()

    def __init__(self, worker: Worker, name: str) -> None:
        super().__init__()
        self._worker = worker
        self._thread = QThread()
        self._thread.setObjectName(name)
        worker.moveToThread(self._thread)
        self._close_requested.connect(worker.on_close_requested, Qt.ConnectionType.QueuedConnection)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        return self._thread.isRunning()

    def close(self) -> None:
        """Let the worker finish what it is doing, release its resources in its thread, and wait for the end."""
        if self._thread.isRunning():
            self._close_requested.emit()
            self._thread.wait()
