"""Small pictures of videos: decoded in a process of their own, and kept in the user's cache folder."""

from __future__ import annotations

import json
import logging
import math
import os
import tempfile
import zlib
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from hashlib import blake2b
from pathlib import Path

import numpy as np
import platformdirs

from dlst_gui.files import replaced_whole
from dlst_gui.jobs.thumbnail_frame import FRAME_SHAPE, Thumbnail, thumbnail_from
from dlst_gui.video.isolation.decoder_process import DecoderProcess
from dlst_gui.video.isolation.frame_crashes import FrameCrashes
from dlst_gui.video.isolation.isolated_source import IsolatedSource, Patience
from dlst_gui.video.video_source import ClosedOnExit, VideoError

OPENER = "dlst_gui.jobs.thumbnail_sheet:open_sheet"
MOST_KEPT = 4000  # ours
MOST_BYTES = 64 * 2**20  # ours: of all kept pictures; one takes 10 to 50 KB
PATIENCE = Patience(opening_s=60, frame_s=20)  # ours: nobody waits for one that takes longer

_SUFFIX = ".picture"
_FORMAT = 1
"""To be counted up with every change of what is kept."""
_CHECKSUM_BYTES = 20

_log = logging.getLogger(__name__)


class ThumbnailMaker(ClosedOnExit):
    """Makes pictures of some videos, in any order. Belongs to one thread, and its process ends with that.

    A video that crashes the process costs its own picture: the next one is made by another process.
    """

    def __init__(self, videos: Sequence[Path]) -> None:
        handle, name = tempfile.mkstemp(prefix="dlst-", suffix=".json")
        self._list = Path(name)
        try:
            os.close(handle)
            self._list.write_text(json.dumps([str(video) for video in videos]), "utf-8")
            start = partial(DecoderProcess.start, OPENER)
            self._source = IsolatedSource(self._list, start, FrameCrashes(), PATIENCE)
            self._source.open()
        except BaseException:
            self._list.unlink(missing_ok=True)
            raise

    def make(self, number: int) -> Thumbnail:
        """The picture of the video of this number, from 0; raises VideoError where there is none."""
        try:
            return thumbnail_from(self._source.read(number))
        except ValueError as error:
            raise VideoError(f"the decoder's process gave what cannot be: {error}") from error

    def interrupt(self) -> None:
        """End the process, in whatever it does; any thread."""
        self._source.close()

    def close(self) -> None:
        """End the process; may be called twice."""
        self._source.close()
        self._list.unlink(missing_ok=True)


class ThumbnailCache:
    """Pictures by what the video's file is: its path, size and time of change. Nothing depends on them.

    Args:
        folder: made when the first one is kept; anybody may empty it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, video: Path) -> Thumbnail | None:
        """The kept picture; None where there is none of this version of the file."""
        file = self._file_of(video)
        if file is None:
            return None
        try:
            with file.open("rb") as opened:
                thumbnail = _unpacked(opened.read(MOST_BYTES), file.stem)
            os.utime(file)  # used last
        except (OSError, ValueError, zlib.error) as error:
            if not isinstance(error, FileNotFoundError):
                _log.info("a kept picture is not used: %s", error)
            return None
        return thumbnail

    def keep(self, video: Path, thumbnail: Thumbnail) -> None:
        """Keep a picture; where that is not possible it is made again the next time."""
        file = self._file_of(video)
        if file is None:
            return
        try:
            with replaced_whole(file) as new:
                new.write_bytes(_packed(thumbnail, file.stem))
        except OSError as error:
            _log.info("no picture is kept: %s", error)

    def forget_oldest(self) -> None:
        """Remove what has not been used for longest, down to the limits."""
        with suppress(OSError):
            found = [(path, path.stat()) for path in self._folder.glob(f"*{_SUFFIX}")]
            found.sort(key=lambda each: each[1].st_mtime, reverse=True)
            total = 0
            for number, (path, facts) in enumerate(found):
                total += facts.st_size
                if number >= MOST_KEPT or total > MOST_BYTES:
                    path.unlink(missing_ok=True)

    def _file_of(self, video: Path) -> Path | None:
        try:
            found = video.stat()
        except OSError:
            return None
        facts = [_FORMAT, str(video.absolute()), found.st_size, found.st_mtime_ns]
        return self._folder / f"{blake2b(json.dumps(facts).encode(), digest_size=20).hexdigest()}{_SUFFIX}"


def thumbnail_folder() -> Path:
    """Where this user's pictures are."""
    return platformdirs.user_cache_path("dlst-studio", appauthor=False) / "thumbnails"


def _packed(thumbnail: Thumbnail, key: str) -> bytes:
    """A checksum, and a frame, compressed."""
    content = zlib.compress(thumbnail.as_frame().tobytes(), 6)
    return _checksum(content, key) + content


def _unpacked(data: bytes, key: str) -> Thumbnail:
    checksum, content = data[:_CHECKSUM_BYTES], data[_CHECKSUM_BYTES:]
    if checksum != _checksum(content, key):
        raise ValueError("it is of another file, or damaged")
    byte_count = math.prod(FRAME_SHAPE)
    pixels = zlib.decompressobj().decompress(content, byte_count + 1)
    if len(pixels) != byte_count:
        raise ValueError(f"it has not {byte_count} bytes")
    return thumbnail_from(np.frombuffer(pixels, np.uint8).reshape(FRAME_SHAPE))


def _checksum(content: bytes, key: str) -> bytes:
    return blake2b(content, key=key.encode(), digest_size=_CHECKSUM_BYTES).digest()
