"""How much memory the process holds."""

from __future__ import annotations

import sys
from pathlib import Path

from dlst_gui.commands.running.errors import CommandError

_STATUS = Path("/proc/self/status")


def resident_mib() -> float:
    """Resident size of this process in MiB; where the system tells only the largest so far, that one.

    Raises:
        CommandError: the system tells neither.
    """
    if _STATUS.exists():
        return _resident_kib(_STATUS.read_text(encoding="ascii", errors="replace")) / 1024
    return _largest_kib() / 1024


def _resident_kib(status: str) -> int:
    """From the text of Linux's `/proc/self/status`; see proc(5)."""
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


def _largest_kib() -> float:
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError as error:
        raise CommandError("this system does not report the memory of a process; use Linux or macOS") from error
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest / 1024 if sys.platform == "darwin" else float(largest)  # macOS counts bytes
