"""Which processor a tracker computes on, and with how many threads. Loads torch and OpenCV when asked."""

# ruff: noqa: PLC0415

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, get_args

from tracker_core import Speed

DeviceName = Literal["auto", "cpu", "cuda"]


LEAST_FREE_BYTES = 2 * 2**30
"""Of a GPU's memory: the sample memories take half a GiB, a batch of patches about as much (computed)."""


class DeviceError(Exception):
    """A device that was asked for and cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class ResolvedDevice:
    """A device that is there: its torch name, and why it was taken, in a few words."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name} ({self.reason})"


def resolve_device(wanted: DeviceName) -> ResolvedDevice:
    """The device to use; "auto" takes CUDA where there is one.

    Raises:
        DeviceError: CUDA is wanted and cannot be used, or there is no such device.
    """
    if wanted not in get_args(DeviceName):
        raise DeviceError(f"expected a device of {', '.join(get_args(DeviceName))}, got {wanted!r}")
    if wanted == "cpu":
        return ResolvedDevice("cpu", "as requested")
    import torch

    if torch.cuda.is_available():
        free_bytes, _ = torch.cuda.mem_get_info()
        if free_bytes >= LEAST_FREE_BYTES:
            return ResolvedDevice("cuda", torch.cuda.get_device_name())
        reason = (
            f"{torch.cuda.get_device_name()} has only {free_bytes / 2**30:.1f} GiB of free memory, "
            f"{LEAST_FREE_BYTES / 2**30:.0f} GiB are needed"
        )
        if wanted == "cuda":
            raise DeviceError(f"--device cuda: {reason}; close other programs that use it, or use --device cpu")
        return ResolvedDevice("cpu", reason)
    if torch.version.cuda is None:
        reason = f"torch {torch.__version__} is built without CUDA"
    else:
        reason = f"torch {torch.__version__} finds no CUDA device"
    if wanted == "cuda":
        raise DeviceError(f"--device cuda: {reason}; use --device cpu, or see README, torch with or without CUDA")
    return ResolvedDevice("cpu", reason)


def default_speed(device: str) -> Speed:
    """The speed where none was chosen: on a CPU alone the exact tracker is too slow to work with."""
    return "fast" if device == "cpu" else "exact"


def core_count() -> int:
    """CPU cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def cpu_threads(count: int) -> Iterator[None]:
    """Let torch and OpenCV compute with `count` threads in the meantime."""
    import cv2
    import torch

    torch_before, opencv_before = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(count)
    cv2.setNumThreads(count)
    try:
        yield
    finally:
        torch.set_num_threads(torch_before)
        cv2.setNumThreads(opencv_before)


def compute_here_with(threads: int) -> None:
    """Let torch compute with so many threads for the thread that calls this: torch keeps the number per thread."""
    import torch

    torch.set_num_threads(threads)
