"""Files whose end is missing: said on opening, with the number, and never of a whole file."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from dlst_gui.video import VideoError, open_source
from tests.made_videos import FRAME_COUNT, GROUP_OF_12, UNEVEN_TIMES_MS, VIDEO_KINDS, write_video

TELLING = {
    "mkv": ("a.mkv", "libx264", {}),
    "webm": ("a.webm", "libvpx", {}),
    "flv": ("a.flv", "libx264", {}),
    "fragmented mp4": ("a.mp4", "libx264", {"movflags": "frag_keyframe+empty_moov"}),
    "mp4 with its index in front": ("a.mp4", "libx264", {"movflags": "faststart"}),
    "asf": ("a.asf", "mpeg4", {}),
    "ts": ("a.ts", "libx264", {}),
}


def written(folder: Path, kind: str) -> Path:
    name, codec, options = TELLING[kind]
    encoder = {"x264-params": GROUP_OF_12} if codec == "libx264" else {}
    return write_video(folder / name, codec, options=encoder, container_options=options)


@pytest.mark.parametrize("kind", TELLING)
def test_open_when_a_file_is_cut_anywhere_then_lost_frames_are_not_passed_over(tmp_path: Path, kind: str) -> None:
    data = written(tmp_path, kind).read_bytes()
    cut = tmp_path / f"cut{Path(TELLING[kind][0]).suffix}"
    places = random.Random(1)

    opened = 0
    for _ in range(12):
        # A transport stream consists of packets of 188 bytes; cut between two, nothing shows it.
        cut.write_bytes(data[: places.randrange(len(data) // 4, len(data)) // 188 * 188 + 1])
        try:
            with open_source(cut) as source:
                count, notice = source.frame_count, source.notice or ""
        except VideoError:
            continue
        opened += 1
        assert count == FRAME_COUNT or "cut off at its end" in notice or "damaged" in notice, (count, notice)
    assert opened > 3


def test_notice_when_an_flv_is_cut_between_any_two_tags_then_says_so(tmp_path: Path) -> None:
    data = written(tmp_path, "flv").read_bytes()
    cut = tmp_path / "cut.flv"
    ends, at = [], 13
    while at < len(data):
        at += 11 + int.from_bytes(data[at + 1 : at + 4], "big") + 4
        ends.append(at)
    assert ends[-1] == len(data)

    told = 0
    for end in ends[10:-3]:  # the last three tags hold the last frame's end and the stream's
        cut.write_bytes(data[:end])
        with open_source(cut) as source:
            if source.frame_count < FRAME_COUNT:
                assert "cut off at its end" in (source.notice or ""), (end, source.frame_count)
                told += 1
    assert told > 30


@pytest.mark.parametrize("extra", [1, 4, 8, 20])
def test_notice_when_an_mp4_is_cut_in_the_head_of_a_fragment_then_says_so(tmp_path: Path, extra: int) -> None:
    """FFmpeg knows the length of whole fragments alone, so nothing else is missing to it."""
    data = written(tmp_path, "fragmented mp4").read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(data[: data.rindex(b"moof") - 4 + extra])
    with open_source(cut) as source:
        assert source.frame_count == FRAME_COUNT - 12
        assert source.notice is not None
        assert "cut off at its end: the frames end at 2 s; it is not known how many" in source.notice


@pytest.mark.parametrize("times_ms", [None, UNEVEN_TIMES_MS], ids=["constant rate", "variable rate"])
def test_notice_when_an_mkv_is_cut_then_tells_both_lengths_and_about_how_many(
    tmp_path: Path, times_ms: list[int] | None
) -> None:
    whole = write_video(tmp_path / "a.mkv", times_ms=times_ms, options={"x264-params": GROUP_OF_12})
    whole.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])

    with open_source(whole) as source:
        count, notice = source.frame_count, source.notice or ""
        end_s = source.timestamp_s(count - 1)
    told = re.search(
        r"the file says ([\d.]+) s, its frames end at ([\d.]+) s; about (\d+) frames are missing", notice
    )
    assert told is not None, notice
    assert float(told[1]) == pytest.approx(2.4 if times_ms is None else UNEVEN_TIMES_MS[-1] / 1000, abs=0.1)
    assert float(told[2]) == pytest.approx(end_s, abs=0.15)
    assert int(told[3]) == pytest.approx(FRAME_COUNT - count, abs=1 if times_ms is None else 8)


@pytest.mark.parametrize("kind", VIDEO_KINDS)
def test_notice_when_a_file_is_whole_then_nothing_is_missing(tmp_path: Path, kind: str) -> None:
    with open_source(VIDEO_KINDS[kind](tmp_path)) as source:
        assert "missing" not in (source.notice or "")
        assert "damaged" not in (source.notice or "")


def test_notice_when_a_whole_mkv_names_a_longer_time_then_nothing_is_said(tmp_path: Path) -> None:
    """Its sound may be longer, or its last picture stand for long."""
    path = write_video(tmp_path / "a.mkv")
    path.write_bytes(path.read_bytes().replace(b"00:00:02.4", b"00:00:09.4"))

    with open_source(path) as source:
        assert source.notice is None


def test_notice_when_a_live_recording_says_no_size_then_nothing_is_said(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", container_options={"live": "1"})

    with open_source(path) as source:
        assert source.frame_count == FRAME_COUNT
        assert source.notice is None


def test_notice_when_a_download_was_not_finished_then_its_empty_end_is_noticed(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", options={"x264-params": GROUP_OF_12, "qp": "1"})
    data = path.read_bytes()
    kept = int(len(data) * 0.5)
    path.write_bytes(data[:kept] + bytes(len(data) - kept))
    assert len(data) - kept > 4096

    with open_source(path) as source:
        assert source.frame_count < FRAME_COUNT
        assert "missing" in (source.notice or "")
