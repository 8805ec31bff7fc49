"""Where the program keeps what a user need not read: warnings and tracebacks."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path

import platformdirs

LOGGED_PACKAGES = ("dlst_gui", "tracker_core")
MAX_BYTES = 1_000_000


def log_path() -> Path:
    """The log file; it exists once there was something to write."""
    return platformdirs.user_log_path("dlst-studio", appauthor=False) / "dlst.log"


@contextmanager
def logging_to_file() -> Iterator[None]:
    """Send the packages' warnings to stderr in one line each, and with their tracebacks to the log file."""
    handlers: list[logging.Handler] = [_terminal_handler()]
    file_handler = _file_handler()
    if file_handler is not None:
        handlers.append(file_handler)
    for package in LOGGED_PACKAGES:
        for handler in handlers:
            logging.getLogger(package).addHandler(handler)
    try:
        yield
    finally:
        for package in LOGGED_PACKAGES:
            for handler in handlers:
                logging.getLogger(package).removeHandler(handler)
        for handler in handlers:
            handler.close()


def _terminal_handler() -> logging.Handler:
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    # An error with a traceback is told to the user by whoever caught it.
    handler.addFilter(lambda record: record.exc_info is None)
    return handler


def _file_handler() -> logging.Handler | None:
    path = log_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None  # a home folder that cannot be written to is no reason not to track
    handler = RotatingFileHandler(
        path, maxBytes=MAX_BYTES, backupCount=2, encoding="utf-8", errors="backslashreplace", delay=True
    )
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    return handler
