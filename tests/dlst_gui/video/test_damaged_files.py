"""A damaged file gives the same frames every time, in whatever order they are read."""

from __future__ import annotations

import random
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

import av
import pytest

from dlst_gui.video import VideoError, VideoSource, media_file, open_source
from dlst_gui.video.frame_decoder import FrameDecoder
from tests.made_videos import FRAME_COUNT, GROUP_OF_12, painted_index, write_video

Answer = tuple[int, dict[int, bytes | None]]


def answer(path: Path, order: Callable[[int], list[int]]) -> Answer:
    """How many frames there are, and the hash of each; None where it cannot be read."""
    with open_source(path) as source:
        return source.frame_count, {i: read(source, i) for i in order(source.frame_count)}


def read(source: VideoSource, frame_index: int) -> bytes | None:
    try:
        return blake2b(source.read(frame_index).tobytes()).digest()
    except VideoError:
        return None


def shuffled(seed: int) -> Callable[[int], list[int]]:
    return lambda count: random.Random(seed).sample(range(count), count)


def damaged(path: Path, seed: int) -> Path:
    """A few bits turned over behind the header."""
    places = random.Random(seed)
    data = bytearray(path.read_bytes())
    for _ in range(places.choice((1, 4))):
        data[places.randrange(1500, len(data) - 500)] ^= 1 << places.randrange(8)
    path.write_bytes(data)
    return path


def with_a_gap(path: Path) -> Path:
    """Zeros in the third keyframe, and nowhere else, wherever an encoder has put it."""
    with av.open(str(path)) as container:
        keyframe = [packet for packet in container.demux(video=0) if packet.is_keyframe][2]
    assert keyframe.pos is not None
    data = bytearray(path.read_bytes())
    start, length = keyframe.pos + keyframe.size // 4, keyframe.size // 2
    data[start : start + length] = bytes(length)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("seed", [0, 1, 5])
@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mkv", "libx264", {"x264-params": GROUP_OF_12}),
        ("a.ts", "libx264", {"x264-params": GROUP_OF_12 + ":open-gop=1"}),
        ("a.avi", "mpeg4", {}),
        ("a.webm", "libvpx-vp9", {"deadline": "realtime", "cpu-used": "8"}),
        ("a.webm", "libvpx", {"deadline": "realtime", "cpu-used": "8", "g": "12"}),
        ("a.mkv", "ffv1", {"g": "5"}),
        ("a.h264", "libx264", {"x264-params": GROUP_OF_12}),
    ],
    ids=["mkv", "ts", "avi", "vp9", "vp8", "ffv1", "no times"],
)
def test_read_when_bits_are_turned_over_then_every_order_gives_the_same(
    tmp_path: Path, name: str, codec: str, options: dict[str, str], seed: int
) -> None:
    path = damaged(write_video(tmp_path / name, codec, options=options), seed)

    try:
        expected = answer(path, lambda count: list(range(count)))
    except VideoError:
        for _ in range(2):
            with pytest.raises(VideoError):
                open_source(path)
        return
    for order in (lambda count: list(range(count)), shuffled(1), shuffled(2)):
        assert answer(path, order) == expected


@pytest.mark.parametrize("landed", [0, -1], ids=["at the first keyframe", "at the last"])
def test_read_when_seeks_of_a_damaged_file_land_elsewhere_then_gives_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, landed: int
) -> None:
    path = with_a_gap(write_video(tmp_path / "a.mkv", options={"x264-params": GROUP_OF_12}))
    expected = answer(path, lambda count: list(range(count)))
    assert None in expected[1].values()
    seek = FrameDecoder._seek
    monkeypatch.setattr(FrameDecoder, "_seek", lambda self, _: seek(self, int(self.index.keyframes[landed])))

    for order in (lambda count: list(range(count)), shuffled(1), lambda count: list(reversed(range(count)))):
        assert answer(path, order) == expected


def test_read_when_an_ffv1_frame_is_damaged_then_nothing_is_shown_in_its_place(tmp_path: Path) -> None:
    path = with_a_gap(write_video(tmp_path / "a.mkv", "ffv1", options={"g": "1"}))

    with open_source(path) as source:
        lost = [i for i in range(source.frame_count) if read(source, i) is None]
        kept = [i for i in range(source.frame_count) if i not in lost]
        assert len(lost) == 1
        assert [painted_index(source.read(i)) for i in kept] == kept
        assert "damaged" in (source.notice or "")


def test_read_when_ffv1_has_no_checksums_then_every_frame_is_shown(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", "ffv1", options={"level": "1"})

    with open_source(path) as source:
        assert [painted_index(source.read(i)) for i in range(source.frame_count)] == list(range(FRAME_COUNT))
        assert source.notice is None


def test_read_when_large_frames_are_damaged_then_one_thread_takes_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = with_a_gap(write_video(tmp_path / "a.mkv", options={"x264-params": GROUP_OF_12}))
    expected = answer(path, lambda count: list(range(count)))
    monkeypatch.setattr("dlst_gui.video.media_file._THREADED_FROM", 1)

    for order in (lambda count: list(range(count)), shuffled(1), shuffled(2)):
        assert answer(path, order) == expected


def test_read_when_a_frame_has_the_time_of_the_last_one_then_it_is_not_shown_in_its_place(tmp_path: Path) -> None:
    """It is found where it is stored by who reads past it, and not by who looks for the last frame alone."""
    sound, path = write_video(tmp_path / "sound.ts", options={"g": "12", "bf": "0"}), tmp_path / "late.ts"
    with av.open(str(sound)) as container, av.open(str(path), "w") as output:
        stream = output.add_stream_from_template(container.streams.video[0])
        packets = [packet for packet in container.demux(video=0) if packet.size]
        step = sorted(packet.pts for packet in packets)[1] - packets[0].pts
        packets[15].pts = max(packet.pts for packet in packets) + step
        for packet in packets:
            packet.stream = stream
            output.mux(packet)

    forwards = answer(path, lambda count: list(range(count)))
    backwards = answer(path, lambda count: list(reversed(range(count))))
    assert forwards[0] == FRAME_COUNT
    assert forwards == backwards
    assert forwards[1][FRAME_COUNT - 1] is None


def test_notice_when_a_frame_is_damaged_then_says_so(tmp_path: Path) -> None:
    path = with_a_gap(write_video(tmp_path / "a.mkv", options={"x264-params": GROUP_OF_12}))

    with open_source(path) as source:
        assert source.notice is None
        for i in range(source.frame_count):
            read(source, i)
        assert "damaged" in (source.notice or "")


def test_read_when_several_threads_decode_vp8_then_no_frame_is_missed_at_a_keyframe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_file, "_THREADED_FROM", 0)
    options = {"deadline": "realtime", "cpu-used": "8", "g": "12"}
    with open_source(write_video(tmp_path / "a.webm", "libvpx", options=options)) as source:
        assert [painted_index(source.read(i)) for i in range(source.frame_count)] == list(range(FRAME_COUNT))
        assert source.notice is None
