"""What a decoder's process takes upon itself before it opens a foreign file."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from dlst_gui import limits

_PR_SET_PDEATHSIG = 1  # Linux' prctl.h
_FIRST_TO_GO = 500  # of 1,000, Linux' proc(5): whom the system ends when memory is short
_SEM_ALL_ERRORS_SILENT = 0x8003  # Windows' errhandlingapi.h: no dialogs about crashes


def memory_for(frame_bytes: int) -> int:
    """How many bytes a decoder may have whose frames are of that size, as RGB."""
    return limits.DECODER_BYTES_BESIDE_FRAMES + limits.DECODER_FRAMES * frame_bytes


def confine(parent_id: int) -> None:
    """End with the parent (Linux), leave Ctrl+C to it, be the first to go, leave no core file."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "win32":
        ctypes.windll.kernel32.SetErrorMode(_SEM_ALL_ERRORS_SILENT)
        return
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(str(_FIRST_TO_GO))
    if os.getppid() != parent_id:  # it ended before it could be asked to take this process along
        os._exit(0)
    import resource  # noqa: PLC0415 - not on every platform

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    allow_memory(limits.DECODER_BYTES_WHILE_OPENING)


def allow_memory(byte_count: int) -> None:
    """Fail allocations beyond so many bytes of private memory, on Linux; shared memory is not counted.

    What the machine has not got is not allowed either: three quarters of its memory at most.
    """
    if sys.platform != "linux":
        return
    import resource  # noqa: PLC0415 - not on every platform

    of_machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = min(byte_count, of_machine * 3 // 4)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
