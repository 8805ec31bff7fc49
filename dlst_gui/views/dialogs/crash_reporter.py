"""Faults of the program's own: into the log, and to the user as a report to copy."""

from __future__ import annotations

import logging
import platform
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from dlst_gui.project.errors import DamagedProjectError
from dlst_gui.views.dialogs.problem_dialog import CrashDialog

_REPORTED_PACKAGES = ("PySide6_Essentials", "pyqtgraph", "torch", "numpy", "av")

_log = logging.getLogger(__name__)


class CrashReporter(QObject):
    """Takes over `sys.excepthook`; an exception of any thread is shown by the window's."""

    _crashed = Signal(str)

    damage_found = Signal(object)  # DamagedProjectError: no fault of the program, wherever it is noticed

    def __init__(self, window: QWidget, log_file: Path, is_work_saved: Callable[[], bool] = lambda: False) -> None:
        """`is_work_saved` is asked in the window's thread at the time of a fault, and must not fail itself."""
        super().__init__(window)
        self._is_work_saved = is_work_saved
        self._window = window
        self._log_file = log_file
        self._crashed.connect(self._on_crashed, Qt.ConnectionType.QueuedConnection)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Report faults until the block is left."""
        before = sys.excepthook
        sys.excepthook = self.report
        try:
            yield
        finally:
            sys.excepthook = before

    def report(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Log a fault and show it; may be called in any thread."""
        if issubclass(kind, KeyboardInterrupt):
            self._window.close()
            return
        if isinstance(error, DamagedProjectError):
            self.damage_found.emit(error)
            return
        _log.error("unexpected error", exc_info=(kind, error, trace))
        self._crashed.emit(report_text(kind, error, trace))

    @Slot(str)
    def _on_crashed(self, report: str) -> None:
        # A fault in a redraw would come thirty times a second: one dialog is enough, the log has them all.
        if self._window.findChild(CrashDialog) is None:
            is_saved = self._is_work_saved()
            CrashDialog(report, self._log_file, self._window, is_work_saved=is_saved).open()


def report_text(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> str:
    """Versions and traceback, ready to be pasted into an issue."""
    versions = "\n".join(f"{name} {version(name)}" for name in _REPORTED_PACKAGES)
    where = "".join(traceback.format_exception(kind, error, trace))
    return f"Python {platform.python_version()} on {platform.platform()}\n{versions}\n\n{where}"
