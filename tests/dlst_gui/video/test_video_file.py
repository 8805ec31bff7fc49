"""Exact frames of video files that carry their frame index in their pixels."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition

from dlst_gui.video import VideoError, open_source
from dlst_gui.video.frame_decoder import FrameDecoder
from tests.made_videos import (
    FRAME_COUNT,
    GROUP_OF_12,
    HEIGHT,
    UNEVEN_TIMES_MS,
    VIDEO_KINDS,
    WIDTH,
    painted_frame,
    painted_index,
    write_video,
)
from tracker_core import Box


def indices_read(path: Path, order: list[int]) -> list[int]:
    with open_source(path) as source:
        return [painted_index(source.read(i)) for i in order]


@pytest.fixture
def grouped(tmp_path: Path) -> Path:
    return write_video(tmp_path / "grouped.mp4", options={"x264-params": GROUP_OF_12})


@pytest.mark.parametrize("remembered_bytes", [0, 2**20], ids=["jumping", "stepping back"])
@pytest.mark.parametrize("make", VIDEO_KINDS.values(), ids=VIDEO_KINDS.keys())
def test_read_when_in_any_order_then_each_frame_is_the_one_asked_for(
    make: Callable[[Path], Path], remembered_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlst_gui.video.frame_decoder._RECENT_BYTES", remembered_bytes)
    path = make(tmp_path)
    with open_source(path) as source:
        in_order = [source.read(i) for i in range(source.frame_count)]
    jumps = random.Random(0).sample(range(2, FRAME_COUNT), 20)

    assert [painted_index(frame) for frame in in_order] == list(range(FRAME_COUNT))
    with open_source(path) as source:
        for i in [j for jump in jumps for j in (jump, jump - 1, jump - 2)] + [FRAME_COUNT - 1, 0]:
            assert np.array_equal(source.read(i), in_order[i]), f"frame {i}"


def test_read_when_in_order_then_never_jumps(grouped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jumps: list[int | None] = []
    with open_source(grouped) as source:
        start_at = FrameDecoder._start_at
        monkeypatch.setattr(
            FrameDecoder, "_start_at", lambda self, keyframe: (jumps.append(keyframe), start_at(self, keyframe))
        )
        for i in range(FRAME_COUNT):
            source.read(i)
        in_order = len(jumps)
        source.read(0)

    assert in_order == 0
    assert len(jumps) <= 1


def test_read_when_the_same_frame_is_drawn_on_then_the_next_read_is_clean(grouped: Path) -> None:
    with open_source(grouped) as source:
        first = source.read(7)
        untouched = first.copy()
        first[:] = 0

        assert np.array_equal(source.read(7), untouched)
        assert first.dtype == np.uint8
        assert first.flags.c_contiguous


def test_read_when_two_threads_have_own_sources_then_both_get_their_frames(grouped: Path) -> None:
    order = list(range(0, FRAME_COUNT, 2))

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(indices_read, [grouped] * 2, [order, order[::-1]]))

    assert results == [order, order[::-1]]


@pytest.mark.parametrize("frame_index", [-1, FRAME_COUNT])
def test_read_when_there_is_no_such_frame_then_error_names_the_range(grouped: Path, frame_index: int) -> None:
    with (
        open_source(grouped) as source,
        pytest.raises(VideoError, match=rf"0\.\.{FRAME_COUNT - 1}.*{frame_index}"),
    ):
        source.read(frame_index)


def test_read_when_closed_then_error_says_so(grouped: Path) -> None:
    source = open_source(grouped)
    source.close()
    source.close()

    with pytest.raises(VideoError, match="closed"):
        source.read(0)


def test_source_when_opened_then_tells_its_measures(grouped: Path) -> None:
    with open_source(str(grouped)) as source:
        measures = (source.name, source.path, source.frame_count, source.width, source.height, source.nominal_fps)
        assert measures == ("grouped", grouped, FRAME_COUNT, WIDTH, HEIGHT, 25.0)
        assert source.timestamp_s(50) == pytest.approx(2.0)
        assert source.notice is None
        assert source.ground_truth is None


def test_timestamps_when_rate_varies_and_file_starts_late_then_count_from_the_first_frame(tmp_path: Path) -> None:
    path = write_video(tmp_path / "late.mkv", times_ms=[5000 + t for t in UNEVEN_TIMES_MS])

    with open_source(path) as source:
        times_s = [source.timestamp_s(i) for i in range(source.frame_count)]
        notice = source.notice or ""

    expected = (np.array(UNEVEN_TIMES_MS) - UNEVEN_TIMES_MS[0]) / 1000
    assert times_s == pytest.approx(expected, abs=1e-6)
    assert "variable frame rate" in notice


def test_notice_when_file_has_no_times_then_says_what_is_assumed(tmp_path: Path) -> None:
    path = write_video(tmp_path / "raw.h264")

    with open_source(path) as source:
        assert "no timestamps" in (source.notice or "")
        assert source.timestamp_s(50) == pytest.approx(50 / source.nominal_fps)


@pytest.mark.parametrize(
    ("rotation", "size", "marked"),
    [(90, (HEIGHT, WIDTH), (-8, 8)), (-90, (HEIGHT, WIDTH), (8, -8)), (180, (WIDTH, HEIGHT), (-8, -8))],
    ids=["counter-clockwise", "clockwise", "upside down"],
)
def test_read_when_file_notes_a_rotation_then_frames_are_turned(
    tmp_path: Path, rotation: int, size: tuple[int, int], marked: tuple[int, int]
) -> None:
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[:16, :16] = 255  # the top left corner as stored
    path = write_video(tmp_path / "turned.mp4", frames=[picture] * 3, rotation=rotation)

    with open_source(path) as source:
        frame = source.read(1)
        assert (source.width, source.height) == size
        assert frame.shape == (size[1], size[0], 3)
    row, column = marked
    assert frame[row, column].min() > 200
    assert frame.mean() < 60


def test_open_when_fragmented_file_is_cut_then_frames_before_the_cut_are_usable(tmp_path: Path) -> None:
    whole = write_video(
        tmp_path / "whole.mp4",
        options={"x264-params": GROUP_OF_12},
        container_options={"movflags": "frag_keyframe+empty_moov"},
    )
    content = whole.read_bytes()
    in_samples = content.rfind(b"mdat", 0, int(len(content) * 0.75)) + 100  # a cut in a fragment's head says so
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(content[:in_samples])

    with open_source(cut) as source:
        count = source.frame_count
    assert 24 <= count < FRAME_COUNT
    assert indices_read(cut, list(range(count))) == list(range(count))


def test_open_when_mp4_with_its_index_in_front_is_cut_then_lost_frames_are_not_counted(tmp_path: Path) -> None:
    whole = write_video(
        tmp_path / "whole.mp4", options={"x264-params": GROUP_OF_12}, container_options={"movflags": "faststart"}
    )
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])

    with open_source(cut) as source:
        count, notice = source.frame_count, source.notice or ""
    assert 12 <= count < FRAME_COUNT
    assert f"damaged: frames 0..{count - 1} of {FRAME_COUNT}" in notice
    assert indices_read(cut, [count - 1, 0, count // 2]) == [count - 1, 0, count // 2]


def test_open_when_recording_starts_inside_a_group_then_frames_start_at_the_next_keyframe(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.ts", options={"x264-params": GROUP_OF_12})
    cut = tmp_path / "cut.ts"
    packet_size = 188  # of a transport stream
    cut.write_bytes(whole.read_bytes()[whole.stat().st_size // 3 // packet_size * packet_size :])

    with open_source(cut) as source:
        first, count, notice = painted_index(source.read(0)), source.frame_count, source.notice or ""
    assert first % 12 == 0
    assert first > 0
    assert count == FRAME_COUNT - first
    assert "cut or damaged at its start" in notice
    assert indices_read(cut, [count - 1, 5, 1]) == [first + count - 1, first + 5, first + 1]


def test_read_when_a_group_is_garbage_then_it_raises_and_the_groups_around_stay_exact(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", options={"x264-params": GROUP_OF_12})
    with av.open(str(path)) as container:
        places = {
            packet.pts // 40: (packet.pos, packet.size) for packet in container.demux(video=0) if packet.size
        }
    data = bytearray(path.read_bytes())
    start, size = places[24]
    data[start + 40 : start + size] = bytes(size - 40)
    path.write_bytes(data)

    with open_source(path) as source:
        assert [painted_index(source.read(i)) for i in range(24)] == list(range(24))
        for i in (24, 30, 24):
            with pytest.raises(VideoError, match=rf"a\.mkv: frame {i} cannot be decoded.*again at frame 36"):
                source.read(i)
        assert "damaged: frames 0..23 of 60" in (source.notice or "")
        assert [painted_index(source.read(i)) for i in (36, 59, 12)] == [36, 59, 12]


def test_open_when_vp8_stores_hidden_frames_then_they_are_not_counted(tmp_path: Path) -> None:
    plain = write_video(tmp_path / "plain.webm", "libvpx", options={"deadline": "realtime", "cpu-used": "8"})
    path = tmp_path / "hidden.webm"
    hidden = {10, 11, 40}
    with av.open(str(plain)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(p for p in source.demux(video=0) if p.size):
            data = bytearray(bytes(packet))
            if number in hidden:
                data[0] &= ~0x10  # RFC 6386, 9.1: show_frame
            copy = av.Packet(bytes(data))
            copy.pts, copy.dts, copy.time_base = packet.pts, packet.dts, packet.time_base
            copy.is_keyframe, copy.stream = packet.is_keyframe, stream
            target.mux(copy)

    shown = [i for i in range(FRAME_COUNT) if i not in hidden]
    with open_source(path) as opened:
        assert opened.frame_count == len(shown)
        assert [painted_index(opened.read(i)) for i in range(len(shown))] == shown


def test_open_when_file_has_two_video_streams_then_takes_the_default_one(tmp_path: Path) -> None:
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as container:
        streams = [
            container.add_stream("libx264", rate=25, width=w, height=64, pix_fmt="yuv420p") for w in (96, 192)
        ]
        streams[0].disposition, streams[1].disposition = Disposition(0), Disposition.default
        for i in range(10):
            for stream in streams:
                picture = painted_frame(i, width=stream.width, height=64)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        for stream in streams:
            container.mux(stream.encode(None))

    with open_source(path) as source:
        assert (source.width, source.frame_count) == (192, 10)


def test_read_when_the_size_changes_inside_the_file_then_error_names_both(tmp_path: Path) -> None:
    small = write_video(tmp_path / "small.ts", "mpeg2video")
    pictures = [painted_frame(i, width=128) for i in range(10)]
    large = write_video(tmp_path / "large.ts", "mpeg2video", frames=pictures)
    joined = tmp_path / "joined.ts"
    joined.write_bytes(small.read_bytes() + large.read_bytes())

    with open_source(joined) as source:
        assert painted_index(source.read(3)) == 3
        with pytest.raises(VideoError, match=r"128x64.*96x64"):
            source.read(source.frame_count - 1)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.mp4", b"", "empty"),
        ("note.mp4", b"only a few words\n" * 50, "cannot be opened as a video"),
        ("note.txt", b"only a few words\n" * 50, "no video"),
        ("words.srt", b"1\n00:00:01,000 --> 00:00:02,000\nhello\n\n", "no video"),
    ],
)
def test_open_when_it_is_no_video_then_error_names_the_file(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(VideoError, match=words) as caught:
        open_source(path)
    assert name in str(caught.value)


def test_open_when_only_the_header_is_left_then_error_says_it_is_cut_off(grouped: Path) -> None:
    grouped.write_bytes(grouped.read_bytes()[:2000])

    with pytest.raises(VideoError, match="cut off"):
        open_source(grouped)


def test_open_when_file_is_missing_then_error_says_so(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="does not exist"):
        open_source(tmp_path / "nowhere.mp4")


@pytest.mark.parametrize("name", ["vidéo 视频.mp4", "12:30.mp4", "100%d.mp4"])
def test_open_when_the_name_is_unusual_then_it_opens(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_video(tmp_path / name)
    monkeypatch.chdir(tmp_path)

    assert indices_read(Path(name), [31]) == [31]


def test_ground_truth_when_a_text_lies_beside_the_video_then_boxes_count_from_zero(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4")
    rows = [f"{i + 1},11,20,30" for i in range(FRAME_COUNT - 2)]
    rows[5] = "0,0,0,0"
    (tmp_path / "a_groundtruth.txt").write_text("\n".join(rows) + "\n")

    with open_source(path) as source:
        boxes = source.ground_truth or ()
        notice = source.notice or ""
    assert len(boxes) == FRAME_COUNT
    assert boxes[3] == Box(3, 10, 20, 30)
    assert (boxes[5], boxes[-1]) == (None, None)
    assert f"58 rows for {FRAME_COUNT} frames" in notice


def test_ground_truth_when_the_text_is_not_boxes_then_video_opens_with_a_notice(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4")
    (tmp_path / "a_groundtruth_rect.txt").write_text("1,2,3,4\nleft right\n")

    with open_source(path) as source:
        assert source.ground_truth is None
        assert "line 2" in (source.notice or "")


def test_open_when_frames_are_quicker_than_the_files_clock_then_the_codecs_rate_counts(data_root: Path) -> None:
    with open_source(data_root / "imports" / "k2000.mkv") as source:
        assert (source.frame_count, source.nominal_fps) == (60, 2000.0)
        assert source.timestamp_s(59) == pytest.approx(59 / 2000)
        assert "timestamps too coarse to tell frames apart: 2000 frames/s assumed" in (source.notice or "")
