"""What every source of frames offers, whatever it is read from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from tracker_core import Box, Frame

ASSUMED_FPS = 25.0
"""Frames per second of sources that carry no time: image folders and raw streams."""


class VideoError(Exception):
    """A video, image folder or frame that cannot be used; the message names it and says what to do."""


class OpeningStopped(VideoError):  # noqa: N818 - nothing went wrong
    """Opening was given up because whoever watches it said so."""


@dataclass(frozen=True, slots=True)
class OpeningWatch:
    """Told how far opening is, as a share of 1, and asked whether to give up; in the thread that opens.

    `should_stop` is also asked between frames while a jump is decoded.
    """

    on_progress: Callable[[float], None] = lambda share: None
    should_stop: Callable[[], bool] = lambda: False

    def tell(self, share: float) -> None:
        """Say how far it is; raises OpeningStopped where that is wanted."""
        self.on_progress(share)
        self.check()

    def check(self) -> None:
        """Raise OpeningStopped where that is wanted."""
        if self.should_stop():
            raise OpeningStopped("reading the video was stopped")


UNWATCHED = OpeningWatch()


class DecoderCrashError(VideoError):
    """The process that decoded has crashed or hung; whoever reads on gets another one."""


Digests = tuple[tuple[int, str], ...]
"""Indices and hashes of frames by which a video is known again."""


@dataclass(frozen=True, slots=True)
class ShownRange:
    """Which values of pictures with over 8 bits are black and white.

    Attributes:
        black: the lowest value that is told apart from those below.
        white: the first value beyond those that are.
        choice: what a person asked for, as it is typed; "auto" where nobody did.
        usual_digests: hashes of frames as they look without that choice, by which the pictures are known again;
            None where it changes nothing.
    """

    black: float
    white: float
    choice: str
    usual_digests: Digests | None = None


class VideoSource(Protocol):
    """Frames by exact index, 0-based. One instance belongs to one thread; open a second for a second thread."""

    @property
    def path(self) -> Path:
        """The file or folder it was opened from."""
        ...

    @property
    def name(self) -> str:
        """What a title bar shows: the file's stem or the folder's name."""
        ...

    @property
    def frame_count(self) -> int:
        """How many frames there are."""
        ...

    @property
    def width(self) -> int:
        """Pixels of a frame as `read` returns it, that is after rotation."""
        ...

    @property
    def height(self) -> int:
        """Pixels of a frame as `read` returns it, that is after rotation."""
        ...

    @property
    def nominal_fps(self) -> float:
        """Frames per second on average; `ASSUMED_FPS` where the source carries no time."""
        ...

    @property
    def ground_truth(self) -> tuple[Box | None, ...] | None:
        """One entry per frame where the source comes with boxes; None in it: absent or not labelled."""
        ...

    @property
    def notice(self) -> str | None:
        """What a user should know, such as "variable frame rate"; reading a damaged file can change it."""
        ...

    @property
    def shown_range(self) -> ShownRange | None:
        """Of pictures with over 8 bits; None for all other sources."""
        ...

    def read(self, frame_index: int) -> Frame:
        """Frame `frame_index` as a fresh uint8 RGB array (height, width, 3).

        Raises:
            VideoError: no such frame, the frame is damaged, or the source is closed.
        """
        ...

    def timestamp_s(self, frame_index: int) -> float:
        """When the frame is shown, in seconds since the source's first frame; strictly increasing.

        Raises:
            VideoError: no such frame.
        """
        ...

    def timestamps_s(self) -> NDArray[np.float64]:
        """(frame_count,) what `timestamp_s` says of each frame."""
        ...

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        ...

    def __len__(self) -> int:
        """`frame_count`."""
        ...

    def __getitem__(self, frame_index: int) -> Frame:
        """As `read`; -1 is the last frame, and IndexError says that there is no such frame."""
        ...

    def __iter__(self) -> Iterator[Frame]: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class ClosedOnExit:
    """What has a `close` is closed at the end of a with-block."""

    def close(self) -> None:
        """Let go of what is held."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class FrameSequence(ClosedOnExit):
    """What has `frame_count` and `read` is a sequence of frames."""

    @property
    def shown_range(self) -> ShownRange | None:
        """See `VideoSource.shown_range`."""
        return None

    @property
    def frame_count(self) -> int:
        raise NotImplementedError

    def read(self, frame_index: int) -> Frame:
        """See `VideoSource.read`."""
        raise NotImplementedError

    def timestamp_s(self, frame_index: int) -> float:
        """See `VideoSource.timestamp_s`."""
        raise NotImplementedError

    def timestamps_s(self) -> NDArray[np.float64]:
        """(frame_count,) what `timestamp_s` says of each frame."""
        times = (self.timestamp_s(frame_index) for frame_index in range(len(self)))
        return np.fromiter(times, np.float64, len(self))

    def __len__(self) -> int:
        return self.frame_count

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, frame_index: int) -> Frame:
        if not isinstance(frame_index, int | np.integer):
            raise TypeError(f"frames are taken one by one, by their index; got {frame_index!r:.40}")
        if not -len(self) <= frame_index < len(self):
            raise IndexError(f"there are {len(self)} frames, no frame {frame_index}")
        return self.read(int(frame_index) % len(self))

    def __iter__(self) -> Iterator[Frame]:
        return (self.read(frame_index) for frame_index in range(len(self)))


def check_frame_index(name: str, frame_index: int, frame_count: int) -> None:
    """Raise VideoError unless `frame_index` is one of `frame_count` frames."""
    if not 0 <= frame_index < frame_count:
        raise VideoError(f"{name} has frames 0..{frame_count - 1}; there is no frame {frame_index}")


def unreadable(name: str, error: Exception) -> VideoError:
    """The error for what a decoder did not expect: no memory, a number too large, a field that lacks."""
    if isinstance(error, OSError):
        return VideoError(f"{name} cannot be read: {error.strerror or error}")
    if isinstance(error, MemoryError):
        return VideoError(f"{name} needs more memory than there is; scale it down or cut it into parts")
    return VideoError(
        f"{name} is damaged or of a kind that cannot be read ({type(error).__name__}: {error});"
        " copy it again, or convert it: ffmpeg -i INPUT OUTPUT.mp4"
    )


def joined_notice(*notices: str | None) -> str | None:
    """The given notices as one, or None where there is none."""
    return "; ".join(notice for notice in notices if notice) or None
