"""Which frames a video file holds and when each is shown, learned by reading its packets once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

from dlst_gui import limits
from dlst_gui.video.declared_length import declared_length
from dlst_gui.video.ffv1_checksums import is_as_written
from dlst_gui.video.media_file import open_stream, reason, undecodable
from dlst_gui.video.video_source import UNWATCHED, OpeningWatch, VideoError

Timestamps = NDArray[np.int64]
"""(n,) int64, in units of the stream's time base."""

_PACKETS_PER_LOOK = 256

_MOST_REORDERED = 16
"""Frames by which H.264 and HEVC may reorder."""

_TRIED_FRAMES = 2 * _MOST_REORDERED


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """The frames of a file in the order they are shown.

    Attributes:
        timestamps: one per frame, strictly increasing; mere counts where `is_timed` is False.
        keyframes: timestamps at which decoding can start, increasing.
        keyframe_places: (n,) int64, where each keyframe lies in the file, in bytes; -1 where that is not said.
        is_timed: whether the decoder names frames by these timestamps, so that a jump can be checked. Otherwise
            the only exact way to a frame is to count from the first.
        announced_count: how many frames the file promises.
        trouble: what makes the last frames doubtful, so that they should be tried; None for a sound file.
        reach: by how many places at most a frame is shown earlier than one that is stored before it.
        is_sound: False where decoding it as a whole has shown damage.
        is_checksummed: whether packets have a checksum that FFmpeg does not insist on; see `ffv1_checksums`.
        shortfall: what to say of a file that ends before the time it names itself; None where nothing is missing.
    """

    timestamps: Timestamps
    keyframes: Timestamps
    keyframe_places: NDArray[np.int64]
    announced_count: int
    is_timed: bool = True
    trouble: str | None = None
    reach: int = 0
    is_sound: bool = True
    is_checksummed: bool = False
    shortfall: str | None = None

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

    def keyframe_place(self, keyframe: int) -> int:
        """Where a keyframe, named by its timestamp, lies in the file; see `keyframe_places`."""
        return int(self.keyframe_places[np.searchsorted(self.keyframes, keyframe)])

    def keyframes_up_to(self, frame_index: int) -> int:
        """How many keyframes are shown at or before the frame."""
        return int(np.searchsorted(self.keyframes, self.timestamps[frame_index], side="right"))


def build_index(path: Path, watch: OpeningWatch = UNWATCHED) -> FrameIndex:
    """List the frames of `path`; decodes them only where the packets do not name their times.

    Raises:
        VideoError: the file cannot be opened or holds no frame.
        OpeningStopped: `watch` said so.
    """
    container, stream = open_stream(path)
    with container:
        packets = _read_packets(container, stream, watch)
        lost_count = max(0, stream.frames - packets.count)
        is_avi = container.format.name == "avi"
        is_reordered = bool(stream.codec_context.has_b_frames)
        declared = declared_length(path, container, stream)
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
        announced_count = packets.count + lost_count
        return _index_by_decoding(path, packets, announced_count, can_be_timed=not is_avi, watch=watch)
    timestamps = _sorted(times)
    shortfall = None if lost_count or declared is None else declared.shortfall(timestamps)
    return FrameIndex(
        timestamps,
        *packets.sorted_keyframes(),
        len(times) + lost_count,
        trouble=packets.error,
        reach=_reach(times, timestamps),
        is_checksummed=packets.is_checksummed,
        shortfall=shortfall,
    )


def damage_notice(*, usable_count: int, total_count: int, cause: str) -> str:
    """The words for a file of which only the first `usable_count` frames can be decoded."""
    usable = (
        f"frames 0..{usable_count - 1} of {total_count} can be used" if usable_count else "no frame can be used"
    )
    return f"damaged: {usable}; decoding ends there because of: {cause}"


def place_of(packet: Packet[VideoStream]) -> int:
    """Where a packet lies in its file, in bytes; -1 where the file does not say."""
    return -1 if packet.pos is None else packet.pos


@dataclass(slots=True)
class _Packets:
    """What reading all packets of a stream tells."""

    timestamps: list[int]
    keyframes: list[int]
    places: list[int]
    count: int = 0
    has_untimed: bool = False
    is_checksummed: bool = False
    error: str | None = None

    def sorted_keyframes(self) -> tuple[Timestamps, NDArray[np.int64]]:
        """Timestamps of the keyframes, and where each lies in the file."""
        order = np.argsort(np.array(self.keyframes, np.int64), kind="stable")
        return np.array(self.keyframes, np.int64)[order], np.array(self.places, np.int64)[order]


def _read_packets(container: InputContainer, stream: VideoStream, watch: OpeningWatch) -> _Packets:
    packets = _Packets([], [], [])
    is_vp8 = stream.codec_context.name in ("vp8", "libvpx")
    is_ffv1 = stream.codec_context.name == "ffv1"
    size = max(1, container.size)
    try:
        for packet in container.demux(stream):
            if packet.size:
                _note(packets, packet, is_vp8=is_vp8)
                if is_ffv1 and not packets.is_checksummed:
                    packets.is_checksummed = is_as_written(memoryview(packet))
            if packets.count % _PACKETS_PER_LOOK == 0:
                watch.tell((packet.pos or 0) / size)
            if packets.count > limits.MOST_FRAMES:
                raise VideoError(f"{container.name} has over {limits.MOST_FRAMES:,} frames; cut it into parts")
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
        packets.places.append(place_of(packet))


def _first_times_increase(path: Path) -> bool:
    times, trouble = _decoded_times(path, lambda done: None, is_fast=False, most=_TRIED_FRAMES)
    return not trouble and all(a is not None and b is not None and a < b for a, b in pairwise(times))


def _index_by_decoding(
    path: Path, packets: _Packets, announced_count: int, *, can_be_timed: bool, watch: OpeningWatch
) -> FrameIndex:
    def look(done: int) -> None:
        watch.tell(min(1.0, done / packets.count))

    decoded, trouble = _decoded_times(path, look, is_fast=True)
    is_sound = not trouble and not packets.error and len(decoded) == announced_count
    if not is_sound:
        decoded, trouble = _decoded_times(path, look, is_fast=False)
    if not decoded:
        raise undecodable(path, trouble or packets.error or "the stream is empty")
    times = [time for time in decoded if time is not None]
    is_timed = can_be_timed and len(times) == len(decoded) and all(a < b for a, b in pairwise(times))
    timestamps = _sorted(times if is_timed else range(len(decoded)))
    return FrameIndex(
        timestamps,
        *packets.sorted_keyframes(),
        announced_count,
        is_timed,
        trouble=trouble or packets.error,
        reach=_MOST_REORDERED,
        is_sound=is_sound,
        is_checksummed=packets.is_checksummed,
    )


def _decoded_times(
    path: Path, look: Callable[[int], None], *, is_fast: bool, most: int | None = None
) -> tuple[list[int | None], str | None]:
    """The times of up to `most` frames, and what ended them early."""
    times: list[int | None] = []
    container, stream = open_stream(path, is_fast=is_fast)
    with container:
        try:
            for frame in islice(container.decode(stream), most):
                if is_fast and frame.is_corrupt:
                    return times, "data is missing inside the file"
                times.append(frame.pts)
                look(len(times))
        except av.FFmpegError as error:
            return times, reason(error)
    return times, None


def _reach(stored: list[int], shown: Timestamps) -> int:
    places = np.searchsorted(shown, stored)
    return int((np.maximum.accumulate(places) - places).max())


def _sorted(times: Iterable[int]) -> Timestamps:
    return np.array(sorted(times), np.int64)
