"""A video as labels speak about it."""

from __future__ import annotations

import numpy as np

from dlst_gui.formats.model import AnnotatedVideo
from dlst_gui.video.video_source import VideoSource


def described(source: VideoSource) -> AnnotatedVideo:
    """All frames of an open video, with their timestamps."""
    times = np.array([source.timestamp_s(index) for index in range(source.frame_count)], dtype=np.float64)
    return AnnotatedVideo.whole(
        source.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
        size=(source.width, source.height),
        frame_count=source.frame_count,
        fps=source.nominal_fps,
        timestamps_s=times,
    )
