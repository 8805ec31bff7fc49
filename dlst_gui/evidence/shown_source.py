"""Opens what the window shows: a video, or a file of evidence without its video."""

from __future__ import annotations

from pathlib import Path

from dlst_gui.evidence.trace_name import is_trace_name
from dlst_gui.video import open_source
from dlst_gui.video.video_source import UNWATCHED, OpeningWatch, VideoSource

OPENER = "dlst_gui.evidence.shown_source:open_shown"
"""For an `IsolatedOpener`."""


def open_shown(path: Path, watch: OpeningWatch = UNWATCHED) -> VideoSource:
    """As `open_source`, but a `.dlsttrace` is opened, too; raises as that does."""
    if is_trace_name(path):
        # Decoders' processes load it when it is needed, which is seldom.
        from dlst_gui.evidence.trace_frames import TraceFrames  # noqa: PLC0415

        return TraceFrames(path, watch)
    return open_source(path, watch)
