"""Indices of large video files, kept in the user's cache folder: a file is read to its end once.

A kept index is found by what the file is: size, time of its last change, and the content of places spread over it;
with the version of what reads it. Only indices of undamaged files are kept, and nothing depends on them: where
one cannot be read or written, the file is indexed again.
"""

from __future__ import annotations

import json
import logging
import os
import time
import zlib
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import av
import numpy as np

from dlst_gui import limits
from dlst_gui.files import replaced_whole
from dlst_gui.video.frame_index import FrameIndex, build_index
from dlst_gui.video.video_source import UNWATCHED, OpeningWatch

SMALLEST_BYTES = 32 * 2**20  # ours: below, a file is indexed within a second
MOST_BYTES = 128 * 2**20  # ours: of all kept indices; 20 hours take between some KB and 5 MB
MOST_KEPT = 200  # ours
SETTLED_S = 3.0
"""Ours. A file that was changed a moment ago may change again within the same tick of its file system's clock."""

_SUFFIX = ".index"
_FORMAT = 1
"""To be counted up with every change of what `build_index` finds, or of how it is written here."""

_SAMPLES, _SAMPLE_BYTES = 17, 2**16
_NUMBER_BYTES, _CHECKSUM_BYTES = 8, 20
_LARGEST_HEADER = 10_000

_log = logging.getLogger(__name__)


def known_index(path: Path, watch: OpeningWatch = UNWATCHED) -> FrameIndex:
    """As `build_index`, which is asked where no index of the file is kept."""
    key = _FileKey.of(path)
    if key is None:
        return build_index(path, watch)
    kept = _kept(key)
    if kept is not None:
        return kept
    index = build_index(path, watch)
    if index.is_sound and index.trouble is None and index.shortfall is None and _FileKey.of(path) == key:
        _keep(key, index)
    return index


def cache_folder() -> Path:
    """Where indices are kept; anybody may empty it at any time."""
    import platformdirs  # noqa: PLC0415 - small files need none

    return platformdirs.user_cache_path("dlst-studio", appauthor=False) / "video-index"


@dataclass(frozen=True, slots=True)
class _FileKey:
    """By which a file is known again."""

    digest: str

    @classmethod
    def of(cls, path: Path) -> _FileKey | None:
        """None for small files, those that were just changed, and those that cannot be read."""
        try:
            if not path.is_file():  # opening a pipe would wait for somebody who writes into it
                return None
            with path.open("rb") as file:
                found = os.fstat(file.fileno())
                if found.st_size < SMALLEST_BYTES or time.time() - found.st_mtime < SETTLED_S:
                    return None
                libraries = sorted(av.library_versions.items())
                facts = [_FORMAT, av.__version__, libraries, found.st_size, found.st_mtime_ns]
                sums = blake2b(json.dumps(facts).encode(), digest_size=20)
                for number in range(_SAMPLES):
                    file.seek(number * max(0, found.st_size - _SAMPLE_BYTES) // (_SAMPLES - 1))
                    sums.update(file.read(_SAMPLE_BYTES))
        except OSError:
            return None
        return cls(sums.hexdigest())

    @property
    def file(self) -> Path:
        return cache_folder() / f"{self.digest}{_SUFFIX}"


def _kept(key: _FileKey) -> FrameIndex | None:
    try:
        with key.file.open("rb") as file:
            index = _unpacked(file.read(MOST_BYTES), key)
        os.utime(key.file)  # used last
    except (OSError, ValueError, KeyError, TypeError, zlib.error) as error:
        if not isinstance(error, FileNotFoundError):
            _log.info("a kept index is not used: %s", error)
        return None
    return index


def _keep(key: _FileKey, index: FrameIndex) -> None:
    try:
        with replaced_whole(key.file) as new:
            new.write_bytes(_packed(index, key))
        _forget_oldest(key.file.parent)
    except OSError as error:
        _log.info("no index is kept: %s", error)


def _forget_oldest(folder: Path) -> None:
    found = [(path, path.stat()) for path in folder.glob(f"*{_SUFFIX}")]
    found.sort(key=lambda each: each[1].st_mtime, reverse=True)
    total = 0
    for number, (path, facts) in enumerate(found):
        total += facts.st_size
        if number >= MOST_KEPT or total > MOST_BYTES:
            path.unlink(missing_ok=True)


def _packed(index: FrameIndex, key: _FileKey) -> bytes:
    """A checksum, a line of JSON, and the arrays' differences: of equal steps nothing is left once compressed."""
    arrays = (index.timestamps, index.keyframes, index.keyframe_places)
    numbers = np.concatenate([np.diff(each, prepend=0) for each in arrays]).astype("<i8").tobytes()
    header = {
        "frames": len(index.timestamps),
        "keyframes": len(index.keyframes),
        "announced_count": index.announced_count,
        "is_timed": index.is_timed,
        "reach": index.reach,
        "is_checksummed": index.is_checksummed,
    }
    content = json.dumps(header).encode() + b"\n" + zlib.compress(numbers, 1)
    return _checksum(content, key) + content


def _checksum(content: bytes, key: _FileKey) -> bytes:
    return blake2b(content, key=key.digest.encode(), digest_size=_CHECKSUM_BYTES).digest()


def _unpacked(content: bytes, key: _FileKey) -> FrameIndex:
    """Raises ValueError and its like for what is no index of this file."""
    checksum, content = content[:_CHECKSUM_BYTES], content[_CHECKSUM_BYTES:]
    if checksum != _checksum(content, key):
        raise ValueError("it is not of this file, or damaged")
    line, _, packed = content.partition(b"\n")
    header = json.loads(line[:_LARGEST_HEADER])
    frames, keyframes, announced, reach = (
        _count(header[name]) for name in ("frames", "keyframes", "announced_count", "reach")
    )
    expected = (frames + 2 * keyframes) * _NUMBER_BYTES
    numbers = zlib.decompressobj().decompress(packed, expected + 1)
    steps = np.frombuffer(numbers, "<i8", frames + 2 * keyframes).astype(np.int64)
    parts = np.split(steps, [frames, frames + keyframes])
    timestamps, key_times, places = (np.cumsum(part) for part in parts)
    if not frames or (np.diff(timestamps) <= 0).any() or (np.diff(key_times) < 0).any():
        raise ValueError("times that do not increase")
    return FrameIndex(
        timestamps,
        key_times,
        places,
        announced,
        is_timed=bool(header["is_timed"]),
        reach=reach,
        is_checksummed=bool(header["is_checksummed"]),
    )


def _count(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value <= limits.MOST_FRAMES:
        raise ValueError(f"a count of {value!r:.40}")
    return value
