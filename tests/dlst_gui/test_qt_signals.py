from __future__ import annotations

import sys

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot
from pytestqt.qtbot import QtBot


class _Sender(QObject):
    sent = Signal(object)
    flagged = Signal(bool)

    @Slot(int)
    def send(self, count: int) -> None:
        for i in range(count):
            self.sent.emit(("tracked", i))
            self.flagged.emit(True)


class _Receiver(QObject):
    start = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    @Slot(object)
    def on_sent(self, _message: object) -> None:
        self.count += 1

    @Slot(bool)
    def on_flagged(self, _flag: bool) -> None:
        self.count += 1


def test_signals_when_3000_cross_threads_then_no_reference_to_true_is_lost(qtbot: QtBot) -> None:
    """PySide6 6.12.0 on Python 3.11 drops one per delivered signal, until the process dies."""
    thread, sender, receiver = QThread(), _Sender(), _Receiver()
    sender.moveToThread(thread)
    queued = Qt.ConnectionType.QueuedConnection
    receiver.start.connect(sender.send, queued)
    sender.sent.connect(receiver.on_sent, queued)
    sender.flagged.connect(receiver.on_flagged, queued)
    thread.start()
    before = sys.getrefcount(True)
    receiver.start.emit(1500)
    qtbot.waitUntil(lambda: receiver.count == 3000, timeout=10000)
    after = sys.getrefcount(True)
    thread.quit()
    thread.wait()
    assert abs(after - before) < 300
