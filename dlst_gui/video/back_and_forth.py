"""Makes a source as long as one likes: its frames forwards, backwards, forwards, without a jump."""

from __future__ import annotations

from pathlib import Path

from dlst_gui.video.video_source import FrameSequence, VideoSource, check_frame_index
from tracker_core import Box, Frame


class BackAndForth(FrameSequence):
    """A `VideoSource` of `frame_count` frames made of another source's; closes that one with itself."""

    def __init__(self, source: VideoSource, frame_count: int) -> None:
        self._source = source
        self._frame_count = frame_count

    @property
    def path(self) -> Path:
        return self._source.path

    @property
    def name(self) -> str:
        return self._source.name

    @property
    def frame_count(self) -> int:
        return self._frame_count

    @property
    def width(self) -> int:
        return self._source.width

    @property
    def height(self) -> int:
        return self._source.height

    @property
    def nominal_fps(self) -> float:
        return self._source.nominal_fps

    @property
    def ground_truth(self) -> tuple[Box | None, ...] | None:
        truth = self._source.ground_truth
        return None if truth is None else tuple(truth[self._turned(i)] for i in range(self._frame_count))

    @property
    def notice(self) -> str | None:
        return self._source.notice

    def read(self, frame_index: int) -> Frame:
        """See `VideoSource`."""
        check_frame_index(self.name, frame_index, self._frame_count)
        return self._source.read(self._turned(frame_index))

    def timestamp_s(self, frame_index: int) -> float:
        """As if every frame were shown equally long: time does not run backwards."""
        check_frame_index(self.name, frame_index, self._frame_count)
        return frame_index / self.nominal_fps

    def close(self) -> None:
        """See `VideoSource`."""
        self._source.close()

    def _turned(self, frame_index: int) -> int:
        """The frame of the other source: 0, 1, .., last, last - 1, .., 0, 1, .. and on."""
        last = self._source.frame_count - 1
        if last == 0:
            return 0
        return last - abs(last - frame_index % (2 * last))
