"""Decodes exactly the frame that is asked for.

A jump seeks the last keyframe at or before the frame and decodes until exactly its timestamp appears; a seek that
lands too late is repeated one keyframe earlier. Damaged places therefore raise: they never give a neighbour.

From the moment where a file proves damaged, one thread decodes it, and each group of frames by itself, from its
keyframe and from nothing before it, wherever a seek lands: the same file gives the same frames, in whatever order
they are read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import av
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from dlst_gui.video.ffv1_checksums import is_as_written
from dlst_gui.video.frame_index import FrameIndex, damage_notice, place_of
from dlst_gui.video.index_cache import known_index
from dlst_gui.video.media_file import new_decoder, open_stream, reason, undecodable
from dlst_gui.video.video_source import UNWATCHED, OpeningWatch, VideoError

_RECENT_BYTES = 64 * 2**20
_FEWEST_RECENT = 2

_REMEMBERING = ("vp8", "libvpx")
"""Decoders whose damage cannot be told, and shows what lies in memory: that of earlier groups, even once they are
emptied. A new one for each group makes the same of the same damage."""


class _Doubtful(Exception):  # noqa: N818 - perhaps nothing is wrong
    """A file looks damaged, though nothing has raised an error."""


class FrameDecoder:
    """An open video file, its index, and the frame decoded last.

    Raises:
        VideoError: the file cannot be opened or not one of its frames can be decoded.
    """

    def __init__(self, path: Path, watch: OpeningWatch = UNWATCHED) -> None:
        self._path = path
        self._watch = watch
        self._index = known_index(path, watch)
        self._container, self._stream = open_stream(path)
        self._is_fast = self._index.is_sound
        self._is_opened_fast = self._is_untouched = True
        self._frames: Iterator[tuple[int, VideoFrame]] = iter(())
        self._is_running = False
        self._recent: dict[int, VideoFrame] = {}
        self._position = -1
        self._is_settled = True
        self._loss = self._index.shortfall
        self._doubt: str | None = None
        self.time_base = self._stream.time_base
        self.average_rate = self._stream.average_rate
        self.codec_rate = self._stream.codec_context.framerate
        try:
            if not self._starts_sound():
                self._drop_undecodable_start()
            if self._index.trouble:
                self._drop_lost_end(self._index.trouble)
        except BaseException:
            self._container.close()
            raise
        if not self._is_fast:
            self._stop()
            self._recent.clear()
            self._is_fast = self._index.is_sound  # only the ends are known to be damaged

    @property
    def index(self) -> FrameIndex:
        return self._index

    @property
    def damage(self) -> str | None:
        """What is known to be missing or damaged; reading can find out more."""
        return self._loss or self._doubt

    def decode(self, frame_index: int) -> VideoFrame:
        """The frame, as stored: not yet rotated.

        Raises:
            VideoError: it is damaged, or missing because of damage before it.
        """
        frame = self._recent.get(frame_index)
        if frame is not None:
            return frame
        cause, error = "data is missing", None
        try:
            frame = self._search(frame_index)
        except (av.FFmpegError, _Doubtful) as caught:
            cause, error = reason(caught), caught
        if frame is not None:
            return frame
        if self._is_fast:
            self._decode_singly()
            self._doubt = f"damaged inside ({cause}): some frames may be shown only in part"
            return self.decode(frame_index)
        raise self._lost(frame_index, cause) from error

    def close(self) -> None:
        """Let go of the file."""
        self._stop()
        self._recent.clear()
        self._container.close()

    def _decode_singly(self) -> None:
        self._stop()
        self._is_fast = False

    def _starts_sound(self) -> bool:
        if not self._is_fast:
            return False
        self._start_at(None)
        try:
            place, first = next(self._frames, (-1, None))
        except (av.FFmpegError, _Doubtful):
            return False
        if first is None or place != 0:
            return False
        self._make_first(first)
        return True

    def _drop_undecodable_start(self) -> None:
        """A recording that starts between two keyframes has packets that no decoder can show."""
        self._decode_singly()
        cause = "no frame can be decoded"
        for keyframe in (None, *self._index.keyframes.tolist()):
            try:
                first = next((frame for frame in self._frames_from(keyframe) if self._is_sound(frame)), None)
            except (av.FFmpegError, _Doubtful) as error:
                cause = reason(error)
                continue
            if first is not None:
                self._make_first(first)
                return
        raise undecodable(self._path, cause)

    def _is_sound(self, frame: VideoFrame) -> bool:
        return not self._index.is_timed or (self._index.find(frame.pts) is not None and not frame.is_corrupt)

    def _make_first(self, frame: VideoFrame) -> None:
        index = self._index
        lost_count = (index.find(frame.pts) or 0) if index.is_timed else 0
        if lost_count:
            timestamps, announced_count = index.timestamps[lost_count:], index.announced_count - lost_count
            self._index = replace(index, timestamps=timestamps, announced_count=announced_count)
            self._loss = f"cut or damaged at its start: {lost_count} frames there cannot be decoded"
        self._is_settled, self._position = True, 0
        self._remember(frame)

    def _drop_lost_end(self, trouble: str) -> None:
        """Keep the frames up to the last that decodes; the announced rest is told as damage."""
        self._decode_singly()
        index = self._index
        if index.is_timed:
            for keyframe in self._starting_points(index.frame_count - 1):
                self._start_at(keyframe)
                with suppress(av.FFmpegError, _Doubtful):
                    self._advance_to(index.frame_count)
                if self._position >= 0:
                    break
            index = replace(index, timestamps=index.timestamps[: self._position + 1])
            self._stop()
        if index.frame_count < index.announced_count:
            total_count = index.announced_count
            self._loss = damage_notice(usable_count=index.frame_count, total_count=total_count, cause=trouble)
        self._index = index

    def _search(self, frame_index: int) -> VideoFrame | None:
        if self._is_ahead_without_jump(frame_index):
            frame = self._advance_to(frame_index)
            if frame is not None:
                return frame
        for keyframe in self._starting_points(frame_index):
            self._start_at(keyframe)
            frame = self._advance_to(frame_index)
            if frame is not None or self._position >= 0:
                return frame
        return None

    def _is_ahead_without_jump(self, frame_index: int) -> bool:
        """Whether decoding on is no slower than a jump, as no keyframe lies between here and the frame."""
        if not self._is_running or frame_index <= self._position:
            return False
        if not self._index.is_timed:
            return True
        keyframes_up_to = self._index.keyframes_up_to
        begin = self._position + 1 if self._is_fast else max(0, self._position)
        return keyframes_up_to(begin) == keyframes_up_to(frame_index)

    def _starting_points(self, frame_index: int) -> Iterator[int | None]:
        """Keyframe timestamps, nearest first; in the end None, the start of the file."""
        if self._index.is_timed:
            for i in reversed(range(self._index.keyframes_up_to(frame_index))):
                yield int(self._index.keyframes[i])
        yield None

    def _start_at(self, keyframe: int | None) -> None:
        self._stop()
        self._is_settled = keyframe is None
        self._frames, self._is_running = self._placed_frames(self._frames_from(keyframe)), True

    def _frames_from(self, keyframe: int | None) -> Iterator[VideoFrame]:
        decoder: VideoCodecContext | None = None
        for packet in self._packets_from(keyframe):
            if self._index.is_checksummed and packet.size and not is_as_written(memoryview(packet)):
                raise _Doubtful("its checksum is another one")
            own = self._stream.codec_context
            if own.name not in _REMEMBERING or (decoder is None and keyframe is None):
                decoder = own
            elif decoder is None or packet.is_keyframe:
                if decoder is not None:
                    yield from decoder.decode(None)  # what it still holds, where several threads decode
                decoder = new_decoder(own)
            try:
                yield from decoder.decode(packet)
            except av.FFmpegError:
                # Shown before the keyframe, it may lean on frames that a jump has left out.
                if keyframe is None or packet.pts is None or packet.pts >= keyframe:
                    raise

    def _packets_from(self, keyframe: int | None) -> Iterator[Packet[VideoStream]]:
        # Emptied after an error, a decoder gives other pixels than a new one, of H.264 even for a sound keyframe.
        if keyframe is None or not self._is_fast or not self._is_opened_fast:
            self._open()
        packets = self._container.demux(self._stream)
        if keyframe is not None:
            self._seek(keyframe)
            start = self._passed_to(keyframe, packets, is_after_seek=True)
            if start is None and not self._is_fast:
                self._open()
                packets = self._container.demux(self._stream)
                start = self._passed_to(keyframe, packets, is_after_seek=False)
            if start is None:
                return
            yield start
        self._is_untouched = False
        yield from packets

    def _passed_to(
        self, keyframe: int, packets: Iterator[Packet[VideoStream]], *, is_after_seek: bool
    ) -> Packet[VideoStream] | None:
        """Read on to a keyframe; None where it does not come.

        A seek may land anywhere in a damaged file, and in one without a list of its frames also where FFmpeg goes
        on to count other times.
        """
        self._is_untouched = False
        place = self._index.keyframe_place(keyframe)
        with suppress(av.FFmpegError):
            for packet in packets:
                if packet.is_keyframe and packet.pts is not None:
                    if packet.pts == keyframe and place_of(packet) == place:
                        return packet
                    if is_after_seek and packet.pts > keyframe:
                        break
        return None

    def _open(self) -> None:
        """Open the file once more, unless nothing has been read of it."""
        if self._is_untouched and self._is_fast == self._is_opened_fast:
            return
        self._container.close()
        self._container, self._stream = open_stream(self._path, is_fast=self._is_fast)
        self._is_opened_fast, self._is_untouched = self._is_fast, True

    def _seek(self, keyframe: int) -> None:
        self._is_untouched = False
        with suppress(av.FFmpegError):  # wherever that leaves it: what follows is looked at
            self._container.seek(keyframe, stream=self._stream)

    def _advance_to(self, frame_index: int) -> VideoFrame | None:
        """Decode on to the frame; None where the decoder skips it or ends before."""
        last = self._position
        while self._position < frame_index:
            last = self._position
            if self._next_frame() is None:
                break
        if self._position == frame_index:
            return self._recent[frame_index]
        self._is_running, self._position = False, last
        return None

    def _next_frame(self) -> VideoFrame | None:
        place, frame = next(self._frames, (-1, None))
        if frame is not None:
            self._position = place
            self._remember(frame)
        return frame

    def _placed_frames(self, frames: Iterator[VideoFrame]) -> Iterator[tuple[int, VideoFrame]]:
        """Frames with their indices, from a start on to the first that is damaged.

        At first, damage shows as an error, a mark, or a frame that is left out, and often only after frames that
        lean on the damaged one. Each frame is therefore held back until all those are there that
        are stored before it.

        Raises:
            _Doubtful: damage shows.
        """
        index, held, last = self._index, deque[tuple[int, VideoFrame]](), None
        for frame in frames:
            self._watch.check()
            place = index.find(frame.pts) if index.is_timed else (-1 if last is None else last) + 1
            # What appears before the first keyframe after a jump leans on frames that the jump left out.
            self._is_settled = self._is_settled or index.is_keyframe(frame.pts)
            if place is None or not self._is_settled:
                continue
            if not self._is_sound(frame):
                self._doubt_if_fast()
                return
            if last is not None and place != last + 1:
                self._doubt_if_fast()
                # Whoever reads forwards has gone past it; or its time is damaged, and it lies in another group.
                if place < last or self._is_behind_missing_keyframe(last, place):
                    continue
            last = place
            held.append((place, frame))
            if not self._is_fast or len(held) > index.reach:
                yield held.popleft()
        if last not in (None, index.frame_count - 1):
            self._doubt_if_fast()
        yield from held

    def _is_behind_missing_keyframe(self, last: int, place: int) -> bool:
        index = self._index
        if not index.is_timed or index.is_keyframe(int(index.timestamps[place])):
            return False
        return index.keyframes_up_to(place) > index.keyframes_up_to(last)

    def _doubt_if_fast(self) -> None:
        if self._is_fast:
            raise _Doubtful("data is missing")

    def _remember(self, frame: VideoFrame) -> None:
        """Keep the last few, so that stepping back does not decode a whole group for every step."""
        self._recent.pop(self._position, None)
        self._recent[self._position] = frame
        limit = max(_FEWEST_RECENT, _RECENT_BYTES // (frame.width * frame.height * 3))
        while len(self._recent) > limit:
            del self._recent[next(iter(self._recent))]

    def _stop(self) -> None:
        self._frames, self._is_running = iter(()), False
        self._position = -1

    def _lost(self, frame_index: int, cause: str) -> VideoError:
        """The error to raise; the first one is noted as the file's damage."""
        usable_count = self._position + 1 or frame_index
        self._stop()
        notice = damage_notice(usable_count=usable_count, total_count=self._index.frame_count, cause=cause)
        restart = self._next_keyframe(frame_index)
        if restart is not None:
            notice += f"; it can start again at frame {restart}"
        self._loss = self._loss or notice
        return VideoError(f"{self._path}: frame {frame_index} cannot be decoded. The file is {notice}")

    def _next_keyframe(self, frame_index: int) -> int | None:
        if not self._index.is_timed:
            return None
        later = self._index.keyframes[self._index.keyframes_up_to(frame_index) :]
        return self._index.find(later[0]) if len(later) else None
