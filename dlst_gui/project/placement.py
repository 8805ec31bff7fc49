"""Where the project of a video lies."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from hashlib import blake2b
from itertools import count
from pathlib import Path

SUFFIX = ".dlst"


def project_path_for(video_path: Path, data_folder: Path, *, may_be_beside: bool = True) -> Path:
    """Beside the video where files can be written, else in `data_folder`, else where a project is already.

    The video's whole name is kept ("clip.mp4.dlst"): "clip.avi" beside it is another video.
    """
    video = video_path.resolve()
    beside, apart = places_of(video, data_folder)
    if not may_be_beside:
        return apart
    if takes_files(video.parent):
        return beside
    return beside if beside.exists() and not apart.exists() else apart


def places_of(video_path: Path, data_folder: Path) -> tuple[Path, Path]:
    """Where a video's project may lie: beside it, and in `data_folder`."""
    video = video_path.resolve()
    return video.with_name(video.name + SUFFIX), apart_path_for(video, data_folder)


def apart_path_for(video_path: Path, data_folder: Path) -> Path:
    """In `data_folder`, where a hash of the video's path sets videos of one name apart."""
    video = video_path.resolve()
    place = blake2b(str(video).encode(errors="surrogateescape"), digest_size=8).hexdigest()
    return data_folder / f"{video.name}-{place}{SUFFIX}"


def numbered(path: Path) -> Iterator[Path]:
    """The same name with 2, 3, 4 …, for where it is taken."""
    stem = path.name.removesuffix(SUFFIX)
    return (path.with_name(f"{stem} {number}{SUFFIX}") for number in count(2))


def logs_of(path: Path) -> tuple[Path, ...]:
    """The files that SQLite may keep beside a database."""
    return tuple(path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal"))


def takes_files(folder: Path) -> bool:
    """Whether a file can be made in the folder."""
    # Permissions alone do not tell: a file system can be mounted to read only.
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
