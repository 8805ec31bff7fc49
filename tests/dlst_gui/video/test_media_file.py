"""Which files are opened as videos, and what is said of those that are not."""

from __future__ import annotations

import os
import struct
import sys
import zlib
from pathlib import Path

import pytest

from dlst_gui import limits
from dlst_gui.video import OpeningStopped, OpeningWatch, VideoError, open_source
from dlst_gui.video.media_file import open_stream
from tests.made_videos import FRAME_COUNT, GROUP_OF_12, write_video

PLAYLISTS = {
    "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na.ts\n#EXT-X-ENDLIST\n",
    "list.txt": "ffconcat version 1.0\nfile a.ts\n",
    "call.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
    "a=rtpmap:96 H264/90000\n",
}


@pytest.mark.parametrize("name", PLAYLISTS)
def test_open_when_a_file_leads_to_others_then_it_is_refused(tmp_path: Path, name: str) -> None:
    write_video(tmp_path / "a.ts")
    (tmp_path / name).write_text(PLAYLISTS[name])

    with pytest.raises(VideoError, match=f"{name} contains no video, or is of a kind that is not opened"):
        open_source(tmp_path / name)


def test_open_when_a_name_is_a_pattern_of_pictures_then_it_is_refused(tmp_path: Path) -> None:
    for name in ("a1.png", "a%d.png"):
        (tmp_path / name).write_bytes(png(width=8, height=8))

    with pytest.raises(VideoError, match="of a kind that is not opened"):
        open_source(tmp_path / "a%d.png")
    with open_source(tmp_path / "a1.png") as picture:
        assert picture.frame_count == 1


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")
def test_open_when_it_is_a_pipe_or_a_device_then_it_is_refused_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.mp4"
    os.mkfifo(pipe)

    with pytest.raises(VideoError, match="is a named pipe"):
        open_source(pipe)
    with pytest.raises(VideoError, match="is a device"):
        open_source(Path("/dev/null"))


@pytest.mark.parametrize(
    ("name", "codec", "known", "unknown"),
    [
        ("a.mp4", "libx264", b"avc1", b"zzz1"),
        ("a.mkv", "libx264", b"V_MPEG4/ISO/AVC", b"V_ZZZZZ/ISO/ZZZ"),
        ("a.avi", "mpeg4", b"FMP4", b"ZZZ1"),
    ],
)
def test_open_when_there_is_no_decoder_then_the_codec_is_named(
    tmp_path: Path, name: str, codec: str, known: bytes, unknown: bytes
) -> None:
    path = write_video(tmp_path / name, codec)
    path.write_bytes(path.read_bytes().replace(known, unknown))

    with pytest.raises(VideoError, match=f"{name} is compressed with the codec {unknown.decode()}"):
        open_source(path)


def test_open_when_the_pictures_are_encrypted_then_error_says_so(tmp_path: Path) -> None:
    keys = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "76" * 16, "encryption_kid": "a7" * 16}
    path = write_video(tmp_path / "a.mp4", container_options=keys)

    with pytest.raises(VideoError, match=r"a\.mp4 is encrypted"):
        open_source(path)


def test_open_when_frames_are_larger_than_the_limit_then_error_tells_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_video(tmp_path / "a.mp4")
    monkeypatch.setattr(limits, "MOST_FRAME_PIXELS", 96 * 64 - 1)

    with pytest.raises(VideoError, match=r"a\.mp4 claims frames of 96x64; at most 6,143 pixels"):
        open_source(path)


def test_open_when_there_are_more_frames_than_the_limit_then_error_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_video(tmp_path / "a.mp4")
    monkeypatch.setattr(limits, "MOST_FRAMES", FRAME_COUNT - 1)

    with pytest.raises(VideoError, match="has over 59 frames"):
        open_source(path)


def test_open_when_the_path_is_longer_than_the_limit_then_error_is_short() -> None:
    with pytest.raises(VideoError, match="at most 1,000 characters") as caught:
        open_source("x" * 100_000)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("error", [ValueError("x"), MemoryError(), OverflowError("y"), AttributeError("z")])
def test_source_when_a_decoder_raises_an_error_of_its_own_then_it_is_a_video_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    path = write_video(tmp_path / "a.mp4")

    def fail(*_: object, **__: object) -> None:
        raise error

    with open_source(path) as source:
        monkeypatch.setattr("dlst_gui.video.frame_decoder.FrameDecoder.decode", fail)
        with pytest.raises(VideoError, match=r"a\.mp4, frame 3,"):
            source.read(3)
        with pytest.raises(VideoError, match=r"a\.mp4"):
            open_source(path)


def test_open_when_the_watch_says_stop_then_it_stops_and_progress_never_falls(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.h264", options={"x264-params": GROUP_OF_12})
    told: list[float] = []

    open_source(path, OpeningWatch(on_progress=told.append)).close()
    assert len(told) >= FRAME_COUNT
    assert all(0 <= share <= 1 for share in told)

    with pytest.raises(OpeningStopped):
        open_source(path, OpeningWatch(should_stop=lambda: True))


def test_read_when_the_watch_says_stop_then_a_long_jump_stops(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4")
    is_stopped = False

    with open_source(path, OpeningWatch(should_stop=lambda: is_stopped)) as source:
        is_stopped = True
        with pytest.raises(OpeningStopped):
            source.read(50)
        is_stopped = False
        assert source.read(50).shape == (64, 96, 3)


def test_stream_when_frames_are_small_then_one_thread_decodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_video(tmp_path / "a.mp4")

    container, stream = open_stream(path)
    assert stream.codec_context.thread_count == 1
    container.close()
    monkeypatch.setattr("dlst_gui.video.media_file._THREADED_FROM", 1)
    container, stream = open_stream(path)
    assert stream.codec_context.thread_count != 1
    container.close()


def png(*, width: int, height: int) -> bytes:
    """A grey picture whose header may claim more than is there."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes((1 + 8) * 8))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(16_385, 8192), (40_000, 40_000), (2**31 - 1, 2**31 - 1)])
def test_folder_when_a_picture_claims_too_many_pixels_then_it_is_refused_unread(
    tmp_path: Path, width: int, height: int
) -> None:
    (tmp_path / "1.png").write_bytes(png(width=width, height=height))

    with pytest.raises(VideoError, match=r"1\.png claims .*at most 134,217,728 pixels"):
        open_source(tmp_path)
