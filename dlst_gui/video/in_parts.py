"""A source's frames for a tracker that is in the same process: converted where it looks, where the source can."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from dlst_gui.video.video_source import VideoSource
from tracker_core import AnyFrame


@runtime_checkable
class _ReadsInParts(Protocol):
    def read_in_parts(self, frame_index: int) -> AnyFrame: ...


class InParts:
    """The frames of a source, with the same pixels. The source is closed by whoever has opened it."""

    def __init__(self, source: VideoSource) -> None:
        self._read = source.read_in_parts if isinstance(source, _ReadsInParts) else source.read
        self._source = source

    @property
    def frame_count(self) -> int:
        """How many frames there are."""
        return self._source.frame_count

    def read(self, frame_index: int) -> AnyFrame:
        """Frame `frame_index`, 0-based; raises `VideoError` as the source does."""
        return self._read(frame_index)
