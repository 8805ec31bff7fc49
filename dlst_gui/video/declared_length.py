"""How long a file says it is, against where its frames end: what tells that a recording or a copy was cut off.

A video may be shorter than its sound, and its last picture may stand for long. What proves a cut is the file's
build: Matroska's outermost element and RIFF's chunk say how large they are, an MP4 consists of boxes that do,
and a download that was never finished ends in zeros. How much is missing is then told by the time that the file
names.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

_TAIL_BYTES = 4096
"""One page: what a program that reserves a file's size beforehand leaves empty, it leaves in whole pages."""

_SEGMENT = b"\x18\x53\x80\x67"
_LATEST_SEGMENT = 4096
"""Bytes from the start of the file: before its segment, Matroska has a header of some 40 bytes."""

_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_LATEST_PROPERTIES = 65536
"""ASF's file properties object, and bytes from the start of the file up to which it is looked for."""

_REGULAR = 0.2
"""Share of a frame's time by which one may be off its place for the rate to count as constant."""

_FILE_SIZE = b"\x00\x08filesize\x00"
_LATEST_FILE_SIZE = 4096
"""FLV's first tag: a name of eight characters, then the mark of a number; and bytes in which it is looked for."""

_MOST_BOXES = 200_000
"""A fragmented MP4 of 55 hours has as many, at two a second."""


@dataclass(frozen=True, slots=True)
class DeclaredLength:
    """What a file whose end is missing says of its length.

    Attributes:
        end_s: when its frames end, in the time of its timestamps; None where it does not say so.
        frame_s: how long a frame is shown, on average; None where it does not say so.
        seconds_per_tick: of its timestamps.
    """

    end_s: float | None
    frame_s: float | None
    seconds_per_tick: float

    def shortfall(self, timestamps: NDArray[np.int64]) -> str | None:
        """What to say of the frames that lack; None where none do."""
        times_s = timestamps * self.seconds_per_tick
        frame_s = self.frame_s or (float(np.median(np.diff(times_s))) if len(times_s) > 1 else 0.0)
        mean_s = float(times_s[-1] - times_s[0]) / max(1, len(times_s) - 1) or frame_s
        present_s = float(times_s[-1]) + frame_s
        if self.end_s is None or not frame_s:
            return f"cut off at its end: the frames end at {present_s:.4g} s; it is not known how many are missing"
        count = round((self.end_s - present_s) / mean_s)
        steps = np.diff(times_s) / frame_s
        if np.abs(steps - np.rint(steps)).max(initial=0) < _REGULAR:
            # Frames are stored out of order: of the last ones some that come before others can lack too.
            count = round((self.end_s - float(times_s[0])) / frame_s) - len(times_s)
        if count < 1:
            return None
        return (
            f"cut off at its end: the file says {self.end_s:.4g} s, its frames end at {present_s:.4g} s;"
            f" about {count} frame{'s are' if count > 1 else ' is'} missing"
        )


def declared_length(path: Path, container: InputContainer, stream: VideoStream) -> DeclaredLength | None:
    """What an open file says of its length; None where its end is not missing."""
    kind = container.format.name.partition(",")[0]
    is_cut = _BUILD_CHECKS.get(kind, _nothing_proves)
    with path.open("rb") as file:
        size = path.stat().st_size
        if not is_cut(file, size) and not _ends_in_zeros(file, size):
            return None
        # Of fragments FFmpeg adds up those whose heads are whole.
        is_told = kind != "mov" or _cut_box(file, size) in (None, b"mdat")
    frame_s = float(1 / stream.average_rate) if stream.average_rate else None
    end_s = _declared_end_s(kind, container, stream) if is_told else None
    return DeclaredLength(end_s, frame_s, float(stream.time_base or 0))


def _declared_end_s(kind: str, container: InputContainer, stream: VideoStream) -> float | None:
    if kind == "matroska":
        # Both count from 0, whenever the first frame is shown.
        tag = re.fullmatch(r"(\d+):(\d\d):(\d\d\.\d+)", stream.metadata.get("DURATION", ""))
        if tag:
            return int(tag[1]) * 3600 + int(tag[2]) * 60 + float(tag[3])
        return container.duration / av.time_base if container.duration else None
    if kind in _NAMING_NO_LENGTH or not container.duration:
        return None
    return ((container.start_time or 0) + container.duration) / av.time_base


def _segment_is_cut(file: BinaryIO, size: int) -> bool:
    """Matroska (RFC 9559): its segment says its size in 1 to 8 bytes; all ones stand for unknown."""
    head = _read_at(file, 0, _LATEST_SEGMENT)
    at = head.find(_SEGMENT) + len(_SEGMENT)
    if at < len(_SEGMENT) or at >= len(head) or not head[at]:
        return False
    length = 9 - head[at].bit_length()
    value = int.from_bytes(head[at : at + length], "big") - (1 << 7 * length)
    return value != (1 << 7 * length) - 1 and at + length + value > size


def _boxes_are_cut(file: BinaryIO, size: int) -> bool:
    return _cut_box(file, size) is not None


def _cut_box(file: BinaryIO, size: int) -> bytes | None:
    """MP4 (ISO 14496-12, 4.2): boxes one after the other, each with its size; 0 stands for up to the end.

    Returns:
        which box is cut, nothing where it ends before it says so; None where none is.
    """
    at, has_fragments = 0, False
    for _ in range(_MOST_BOXES):
        head = _read_at(file, at, 16)
        if len(head) < 8:
            return b"" if head and has_fragments else None
        length, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8:
            return None
        has_fragments |= kind == b"moof"
        at += length
        if at >= size:
            return kind if at > size and kind in (b"moof", b"mdat") else None
    return None


def _chunks_are_cut(file: BinaryIO, size: int) -> bool:
    """AVI: RIFF chunks one after the other, each with its size."""
    at = 0
    while at + 8 <= size:
        head = _read_at(file, at, 8)
        if head[:4] != b"RIFF":
            return False
        at += 8 + int.from_bytes(head[4:8], "little")
    return at > size


def _tag_is_cut(file: BinaryIO, size: int) -> bool:
    """FLV: each tag is followed by its size, so the last four bytes lead back to the last tag.

    A cut between two tags shows only where the first one names the file's size, which recorders that cannot go
    back leave at 0.
    """
    head = _read_at(file, 0, _LATEST_FILE_SIZE)
    at = head.find(_FILE_SIZE) + len(_FILE_SIZE)
    if len(_FILE_SIZE) <= at <= len(head) - 8 and struct.unpack(">d", head[at : at + 8])[0] > size:
        return True
    length = int.from_bytes(_read_at(file, size - 4, 4), "big")
    if not 11 <= length <= size - 4:
        return True
    head = _read_at(file, size - 4 - length, 4)
    return int.from_bytes(head[1:4], "big") + 11 != length


def _properties_say_more(file: BinaryIO, size: int) -> bool:
    """ASF: the file's properties, found by their identifier, hold the file's size."""
    head = _read_at(file, 0, _LATEST_PROPERTIES)
    at = head.find(_PROPERTIES) + 40
    return at >= 40 and int.from_bytes(head[at : at + 8], "little") > size


def _packets_are_cut(file: BinaryIO, size: int) -> bool:
    """MPEG-TS (ISO 13818-1): packets of 188 bytes, of 192 on discs, each beginning with the same byte."""
    head = _read_at(file, 0, 1000)
    for start, length in ((0, 188), (4, 192)):
        if len(head) == 1000 and set(head[start::length]) == {0x47}:
            return size % length != 0
    return False


def _nothing_proves(file: BinaryIO, size: int) -> bool:
    return False


def _ends_in_zeros(file: BinaryIO, size: int) -> bool:
    return size > 2 * _TAIL_BYTES and not any(_read_at(file, size - _TAIL_BYTES, _TAIL_BYTES))


def _read_at(file: BinaryIO, at: int, length: int) -> bytes:
    file.seek(max(0, at))
    return file.read(length)


_BUILD_CHECKS: dict[str, Callable[[BinaryIO, int], bool]] = {
    "matroska": _segment_is_cut,
    "mov": _boxes_are_cut,
    "avi": _chunks_are_cut,
    "flv": _tag_is_cut,
    "asf": _properties_say_more,
    "mpegts": _packets_are_cut,
}

_NAMING_NO_LENGTH = ("mpegts", "mpeg", "ogg")
"""Of these FFmpeg works the length out from what is there."""
