"""Which frames a video file holds and when each is shown, learned by reading its packets once."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

from dlst_gui.video.video_source import VideoError

Timestamps = NDArray[np.int64]
"""(n,) int64, in units of the stream's time base."""

_TRIED_FRAMES = 32
"""More than the 16 frames by which H.264 and HEVC may reorder at most."""


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """The frames of a file in the order they are shown.

    Attributes:
        timestamps: one per frame, strictly increasing; mere counts where `is_timed` is False.
        keyframes: timestamps at which decoding can start, increasing.
        is_timed: whether the decoder names frames by these timestamps, so that a jump can be checked. Otherwise
            the only exact way to a frame is to count from the first.
        announced_count: how many frames the file promises.
        trouble: what makes the last frames doubtful, so that they should be tried; None for a sound file.
    """

    timestamps: Timestamps
    keyframes: Timestamps
    announced_count: int
    is_timed: bool = True
    trouble: str | None = None

    @property
    def frame_count(self) -> int:
        return len(self.timestamps)

    def find(self, timestamp: int | None) -> int | None:
        """The index of the frame shown at exactly `timestamp`."""
        if timestamp is None:
            return None
        i = int(np.searchsorted(self.timestamps, timestamp))
        return i if i < self.frame_count and self.timestamps[i] == timestamp else None

    def is_keyframe(self, timestamp: int | None) -> bool:
        """Whether decoding can start at the frame shown at `timestamp`."""
        return timestamp is not None and timestamp in self.keyframes

    def keyframes_up_to(self, frame_index: int) -> int:
        """How many keyframes are shown at or before the frame."""
        return int(np.searchsorted(self.keyframes, self.timestamps[frame_index], side="right"))


def open_stream(path: Path) -> tuple[InputContainer, VideoStream]:
    """Open a file's main picture stream, ready to decode.

    Raises:
        VideoError: not a file, empty, not a video, or without a picture stream.
    """
    if not path.is_file():
        raise VideoError(f"{path} does not exist or is not a file; choose a video file or a folder of images")
    if path.stat().st_size == 0:
        raise VideoError(f"{path} is empty (0 bytes); copy or record it again")
    try:
        # An absolute path, because FFmpeg takes "12:30.mp4" for a protocol.
        container = av.open(str(path.absolute()), "r", metadata_errors="replace")
    except (av.FFmpegError, UnicodeError) as error:
        raise VideoError(
            f"{path} cannot be opened as a video ({reason(error)}); it is cut off, damaged or not a video."
            " Copy it again, or convert it: ffmpeg -i INPUT OUTPUT.mp4"
        ) from error
    stream = container.streams.best("video")
    # FFmpeg draws plain text as a terminal would, in a format it calls tty.
    if not isinstance(stream, VideoStream) or container.format.name == "tty":
        container.close()
        raise VideoError(f"{path} contains no video; choose a video file or a folder of images")
    stream.thread_type = "AUTO"
    return container, stream


def build_index(path: Path) -> FrameIndex:
    """List the frames of `path`; decodes them only where the packets do not name their times.

    Raises:
        VideoError: the file cannot be opened or holds no frame.
    """
    container, stream = open_stream(path)
    with container:
        packets = _read_packets(container, stream)
        lost_count = max(0, stream.frames - packets.count)
        is_avi = container.format.name == "avi"
        is_reordered = bool(stream.codec_context.has_b_frames)
    if not packets.count:
        raise VideoError(f"{path} holds no frames ({packets.error or 'its video stream is empty'}); copy it again")
    if lost_count and not packets.error:
        packets.error = "the file ends early"
    times = packets.timestamps
    is_ambiguous = packets.has_untimed or len(set(times)) < len(times)
    # AVI stores no times but lets FFmpeg count packets, which goes wrong once one is lost.
    is_miscounted = is_avi and lost_count > 0
    # Frames that are reordered have times in another order than their packets, or else untrue ones.
    is_unlikely = is_reordered and times == sorted(times) and not _first_times_increase(path)
    if is_ambiguous or is_miscounted or is_unlikely:
        return _index_by_decoding(path, packets, packets.count + lost_count, can_be_timed=not is_avi)
    return FrameIndex(_sorted(times), _sorted(packets.keyframes), len(times) + lost_count, trouble=packets.error)


def reason(error: Exception) -> str:
    """FFmpeg's own words, without number and path."""
    text = error.strerror if isinstance(error, av.FFmpegError) else None
    return text or str(error)


def damage_notice(*, usable_count: int, total_count: int, cause: str) -> str:
    """The words for a file of which only the first `usable_count` frames can be decoded."""
    usable = (
        f"frames 0..{usable_count - 1} of {total_count} can be used" if usable_count else "no frame can be used"
    )
    return f"damaged: {usable}; decoding ends there because of: {cause}"


@dataclass(slots=True)
class _Packets:
    """What reading all packets of a stream tells."""

    timestamps: list[int]
    keyframes: list[int]
    count: int = 0
    has_untimed: bool = False
    error: str | None = None


def _read_packets(container: InputContainer, stream: VideoStream) -> _Packets:
    packets = _Packets([], [])
    is_vp8 = stream.codec_context.name in ("vp8", "libvpx")
    try:
        for packet in container.demux(stream):
            if packet.size:
                _note(packets, packet, is_vp8=is_vp8)
    except av.FFmpegError as error:
        packets.error = reason(error)
    return packets


def _note(packets: _Packets, packet: Packet[VideoStream], *, is_vp8: bool) -> None:
    packets.count += 1
    if packet.is_corrupt:
        packets.error = "data is missing inside the file"
    # VP8 stores frames that are only referred to; bit 4 marks the shown ones. Source: RFC 6386, 9.1.
    is_hidden = is_vp8 and not memoryview(packet)[0] & 0x10
    # Discarded packets are those that an edit list cuts away.
    if is_hidden or packet.is_discard:
        return
    if packet.pts is None:
        packets.has_untimed = True
        return
    packets.timestamps.append(packet.pts)
    if packet.is_keyframe:
        packets.keyframes.append(packet.pts)


def _first_times_increase(path: Path) -> bool:
    container, stream = open_stream(path)
    with container, suppress(av.FFmpegError):
        times = [frame.pts for frame in islice(container.decode(stream), _TRIED_FRAMES)]
        return all(a is not None and b is not None and a < b for a, b in pairwise(times))
    return False


def _index_by_decoding(path: Path, packets: _Packets, announced_count: int, *, can_be_timed: bool) -> FrameIndex:
    container, stream = open_stream(path)
    decoded: list[int | None] = []
    trouble = packets.error
    with container:
        try:
            decoded.extend(frame.pts for frame in container.decode(stream))
        except av.FFmpegError as error:
            trouble = reason(error)
    if not decoded:
        raise VideoError(f"{path}: no frame can be decoded ({trouble or 'the stream is empty'}); copy it again")
    times = [time for time in decoded if time is not None]
    is_timed = can_be_timed and len(times) == len(decoded) and all(a < b for a, b in pairwise(times))
    timestamps = _sorted(times if is_timed else range(len(decoded)))
    return FrameIndex(timestamps, _sorted(packets.keyframes), announced_count, is_timed, trouble)


def _sorted(times: Iterable[int]) -> Timestamps:
    return np.array(sorted(times), np.int64)
