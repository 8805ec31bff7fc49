"""Where the project of a video lies."""

from __future__ import annotations

import tempfile
from hashlib import blake2b
from pathlib import Path

SUFFIX = ".dlst"


def project_path_for(video_path: Path, data_folder: Path, *, may_be_beside: bool = True) -> Path:
    """Beside the video where files can be written or a project is already, else in `data_folder`.

    The video's whole name is kept ("clip.mp4.dlst"): "clip.avi" beside it is another video. In `data_folder` a
    hash of the video's path sets videos of one name apart.
    """
    video = video_path.resolve()
    beside = video.with_name(video.name + SUFFIX)
    if may_be_beside and (beside.exists() or _takes_files(video.parent)):
        return beside
    place = blake2b(str(video).encode(errors="surrogateescape"), digest_size=8).hexdigest()
    return data_folder / f"{video.name}-{place}{SUFFIX}"


def _takes_files(folder: Path) -> bool:
    # Permissions alone do not tell: a file system can be mounted to read only.
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
