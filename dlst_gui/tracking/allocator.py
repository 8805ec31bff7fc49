"""What a process settles before torch is loaded: how its threads wait, and who keeps large blocks of memory."""

from __future__ import annotations

import ctypes
import os
import platform

# Source: glibc's malloc.h
M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
M_ARENA_MAX = -8

KEPT_BYTES = 2**31 - 1
LARGEST_BLOCK_BYTES = 2**30


def prepare_for_torch() -> None:
    """Make tracking quick; what the environment says already stays. Too late once torch is loaded."""
    # Spinning threads take the cores from each other where anything else runs, the window included: measured 4
    # times slower than sleeping ones on a busy machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Some microseconds of spinning bridge the gaps between small steps: fast then does 1.4 times the frames.
    os.environ.setdefault("GOMP_SPINCOUNT", "5000")
    # Compiled convolutions, one per size of map: the library's own 1,024 let memory grow for thousands of frames.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")
    keep_freed_memory()


def keep_freed_memory() -> None:
    """Keep what this process frees, for its own next blocks; does nothing outside Linux with glibc.

    Left to itself, glibc returns each large tensor to the system when it is freed, and every page of the next one
    costs a fault. Measured, with the same boxes: one gradient step of the localizer took 70 ms instead of 143.
    One arena for all threads, because glibc bounds those of other threads, where the window's tracker lives, at
    64 MB: learning an exact first frame there costs 0.6 million faults untuned, 0.32 with arenas, 0.11 with one.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    c_library = ctypes.CDLL(None)
    c_library.mallopt(M_MMAP_THRESHOLD, LARGEST_BLOCK_BYTES)
    c_library.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
    c_library.mallopt(M_ARENA_MAX, 1)
