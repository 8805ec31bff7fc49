"""Processes that tests start and end."""

from __future__ import annotations

import os
from pathlib import Path


def has_ended(pid: int) -> bool:
    """Whether the process is gone, or waits to be buried by whoever adopted it."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (ProcessLookupError, FileNotFoundError):
        return True
