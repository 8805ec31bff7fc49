"""Memory that the program and a decoder's process share: a few slots of one frame each.

It has no name that outlives it, so nothing is left when both sides are gone, however they ended. On Linux it is
sealed against changing its size: the other side cannot take pages away while this one reads them.
"""

from __future__ import annotations

import mmap
import os
import secrets
import sys
import tempfile
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tracker_core import Frame


@dataclass(frozen=True, slots=True)
class SlotShape:
    """How many frames of which size."""

    slot_count: int
    height: int
    width: int

    @property
    def frame_bytes(self) -> int:
        return self.height * self.width * 3

    @property
    def total_bytes(self) -> int:
        return self.slot_count * self.frame_bytes


class FrameSlots:
    """Slots for frames of uint8 RGB. `make` creates the memory, `of_file` and `of_name` find it on the other side.

    Attributes:
        file: its descriptor; -1 on Windows, where `name` is what finds it.
    """

    def __init__(self, shape: SlotShape, memory: mmap.mmap, *, file: int = -1, name: str = "") -> None:
        self.shape = shape
        self.file = file
        self.name = name
        self._pixels: NDArray[np.uint8] = np.frombuffer(memory, np.uint8, shape.total_bytes).reshape(
            shape.slot_count, shape.height, shape.width, 3
        )

    @classmethod
    def make(cls, shape: SlotShape) -> Self:
        """New memory, which grows to its full size as it is used.

        Raises:
            OSError: there is not enough.
        """
        if sys.platform == "win32":
            return cls.of_name(shape, f"dlst-{secrets.token_hex(16)}")
        file = _new_file(shape.total_bytes)
        try:
            return cls(shape, mmap.mmap(file, shape.total_bytes), file=file)
        except BaseException:
            os.close(file)
            raise

    @classmethod
    def of_file(cls, shape: SlotShape, file: int) -> Self:
        """The memory behind a descriptor that was handed over; closes it."""
        try:
            return cls(shape, mmap.mmap(file, shape.total_bytes))
        finally:
            os.close(file)

    @classmethod
    def of_name(cls, shape: SlotShape, name: str) -> Self:
        """The memory of that name, which is gone with its last user; on Windows alone."""
        if sys.platform == "win32":
            return cls(shape, mmap.mmap(-1, shape.total_bytes, tagname=name), name=name)
        else:  # noqa: RET505 - so that types are checked for either platform
            raise NotImplementedError("memory is found by its descriptor here")

    def put(self, slot: int, frame: Frame) -> None:
        """Copy a frame in; it must have the size that was agreed."""
        self._pixels[slot] = frame

    def taken(self, slot: int) -> Frame:
        """A copy of what is in the slot."""
        return np.array(self._pixels[slot])

    def close_file(self) -> None:
        """Give the descriptor back once the other side has its own; the memory stays."""
        if self.file >= 0:
            os.close(self.file)
            self.file = -1


def _new_file(byte_count: int) -> int:
    """A file without a name, of that size; memory where the platform has such files."""
    if sys.platform == "linux":
        return _sealed_memory(byte_count)
    else:  # noqa: RET505 - so that types are checked for either platform
        return _nameless_file(byte_count)


def _sealed_memory(byte_count: int) -> int:
    import fcntl  # noqa: PLC0415 - not on every platform

    file = os.memfd_create("dlst-frames", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(file, byte_count)
    fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
    return file


def _nameless_file(byte_count: int) -> int:
    with tempfile.TemporaryFile(prefix="dlst-frames-") as made:
        os.ftruncate(made.fileno(), byte_count)
        return os.dup(made.fileno())
