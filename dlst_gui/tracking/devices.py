"""Which processor a tracker computes on, and with how many threads. Loads torch and OpenCV only where it must."""

# ruff: noqa: PLC0415

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
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
    if wanted == "auto" and "torch" not in sys.modules and (reason := _why_no_gpu()):
        return ResolvedDevice("cpu", reason)
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
            raise DeviceError(f"no device cuda: {reason}; close other programs that use it, or use the device cpu")
        return ResolvedDevice("cpu", reason)
    reason = _without_cuda(torch.__version__) if torch.version.cuda is None else _no_device(torch.__version__)
    if wanted == "cuda":
        raise DeviceError(
            f"no device cuda: {reason}; use the device cpu, or see README, torch with or without CUDA"
        )
    return ResolvedDevice("cpu", reason)


def _why_no_gpu() -> str:
    """Why torch, which takes seconds to load, would find no GPU; empty where only torch itself can tell."""
    build = _torch_build()
    if build is None or getattr(build, "hip", None) is not None:
        return ""
    if build.cuda is None:
        return _without_cuda(build.__version__)
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:  # no driver
        return _no_device(build.__version__)
    return ""


def _torch_build() -> ModuleType | None:
    """What torch says about itself in a small module of its own; None where there is no such module."""
    package = importlib.util.find_spec("torch")
    if package is None or package.origin is None:
        return None
    spec = importlib.util.spec_from_file_location("torch_build", Path(package.origin).parent / "version.py")
    if spec is None or spec.loader is None:
        return None
    build = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(build)
    except (OSError, ImportError):
        return None
    return build if hasattr(build, "cuda") and hasattr(build, "__version__") else None


def _without_cuda(version: str) -> str:
    return f"torch {version} is built without CUDA"


def _no_device(version: str) -> str:
    return f"torch {version} finds no CUDA device"


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
    """Let torch and OpenCV compute with `count` threads in the meantime.

    torch keeps the number per thread, OpenCV for the process: where such times overlap in several threads, the
    latest number holds, and once all are over it is what it was before. Results do not depend on OpenCV's.
    """
    import torch

    torch_before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        with _OPENCV_THREADS.during(count):
            yield
    finally:
        torch.set_num_threads(torch_before)


class _OpenCVThreads:
    """OpenCV's number of threads, changed for times that may overlap."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._before = 0

    @contextmanager
    def during(self, count: int) -> Iterator[None]:
        """Have it be `count`."""
        import cv2

        with self._lock:
            if not self._users:
                self._before = cv2.getNumThreads()
            self._users += 1
            cv2.setNumThreads(count)
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    cv2.setNumThreads(self._before)


_OPENCV_THREADS = _OpenCVThreads()


def compute_here_with(threads: int) -> None:
    """Let torch compute with so many threads for the thread that calls this: torch keeps the number per thread."""
    import torch

    torch.set_num_threads(threads)
