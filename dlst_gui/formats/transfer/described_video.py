"""A video as labels speak about it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np

from dlst_gui.formats.labels.model import AnnotatedVideo
from dlst_gui.video.sequence_folder import read_folder
from dlst_gui.video.video_source import VideoSource


def described(source: VideoSource) -> AnnotatedVideo:
    """All frames of an open video, with their timestamps, and the names of images where it is a folder of them."""
    times = np.array([source.timestamp_s(index) for index in range(source.frame_count)], dtype=np.float64)
    made = AnnotatedVideo.whole(
        _as_text(source.name),
        size=(source.width, source.height),
        frame_count=source.frame_count,
        fps=source.nominal_fps,
        timestamps_s=times,
        image_names=_image_names(source),
    )
    return replace(made, shown_range=source.shown_range)


def _image_names(source: VideoSource) -> tuple[str, ...] | None:
    """None where it is no folder, or where a name without its ending does not say which image it is."""
    if not source.path.is_dir():
        return None
    names = tuple(map(_as_text, read_folder(source.path).names))
    is_told = len({PurePosixPath(name).stem.casefold() for name in names}) == len(names)
    return names if is_told and len(names) == source.frame_count else None


def _as_text(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
