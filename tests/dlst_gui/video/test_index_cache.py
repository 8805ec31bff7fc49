"""An index that was kept is that of the file, or it is not used."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from dlst_gui.video import index_cache, open_source
from dlst_gui.video.frame_index import FrameIndex, build_index
from dlst_gui.video.index_cache import cache_folder, known_index
from tests.made_videos import FRAME_COUNT, VIDEO_KINDS, painted_index, write_video


@pytest.fixture(autouse=True)
def built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
    """Every file counts as large and settled; the paths that were indexed are listed."""
    paths: list[Path] = []

    def build(path: Path, *rest: object) -> FrameIndex:
        paths.append(path)
        return build_index(path, *rest)

    monkeypatch.setattr(index_cache, "build_index", build)
    monkeypatch.setattr(index_cache, "SMALLEST_BYTES", 0)
    monkeypatch.setattr(index_cache, "SETTLED_S", 0.0)
    monkeypatch.setattr(index_cache, "cache_folder", lambda: tmp_path / "cache")
    return paths


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return write_video(tmp_path / "clip.mp4")


def kept(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache").glob("*"))


def assert_equal(index: FrameIndex, other: FrameIndex) -> None:
    for each in fields(FrameIndex):
        np.testing.assert_array_equal(getattr(index, each.name), getattr(other, each.name), each.name)


@pytest.mark.parametrize("make", VIDEO_KINDS.values(), ids=VIDEO_KINDS.keys())
def test_index_when_the_file_is_opened_again_then_it_is_the_one_that_was_kept(
    make: Callable[[Path], Path], tmp_path: Path, built: list[Path]
) -> None:
    path = make(tmp_path)
    first, again = known_index(path), known_index(path)
    assert_equal(first, again)
    assert_equal(first, build_index(path))
    is_kept = first.trouble is None and first.is_sound and first.shortfall is None
    assert built == [path] * (1 if is_kept else 2)


def test_index_when_kept_then_frames_are_read_by_it(video: Path, tmp_path: Path, built: list[Path]) -> None:
    for _ in range(2):
        with open_source(video) as source:
            assert [painted_index(source.read(i)) for i in (41, 3, FRAME_COUNT - 1)] == [41, 3, FRAME_COUNT - 1]
    assert built == [video]
    assert len(kept(tmp_path)) == 1


def test_index_when_the_file_was_moved_then_it_is_known(video: Path, built: list[Path]) -> None:
    known_index(video)
    known_index(video.rename(video.with_name("moved.mp4")))
    assert built == [video]


def test_index_when_the_file_was_touched_or_changed_then_it_is_made_anew(
    video: Path, tmp_path: Path, built: list[Path]
) -> None:
    known_index(video)
    times = video.stat()
    os.utime(video, ns=(times.st_atime_ns, times.st_mtime_ns - 10**9))
    known_index(video)
    assert len(built) == 2

    other = write_video(tmp_path / "other.mp4", options={"x264-params": "keyint=7:bframes=0"})
    content = other.read_bytes()
    video.write_bytes(content)
    os.utime(video, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert_equal(known_index(video), build_index(other))
    assert len(built) == 3

    last = bytearray(content)  # of the same size, at the same time
    last[-1] ^= 1
    video.write_bytes(last)
    os.utime(video, ns=(times.st_atime_ns, times.st_mtime_ns))
    known_index(video)
    assert len(built) == 4


@pytest.mark.parametrize(
    "harm",
    [
        lambda content: b"",
        lambda content: content[:-3],
        lambda content: content.replace(b'"frames": 60', b'"frames": 61'),
        lambda content: content.replace(b'"reach": ', b'"reach": 1'),
        lambda content: b"{}\n" + content,
        lambda content: content[:-9] + bytes([content[-9] ^ 4]) + content[-8:],
    ],
    ids=["empty", "cut", "another count", "another reach", "more before", "a bit"],
)
def test_index_when_what_was_kept_is_damaged_then_it_is_made_anew(
    harm: Callable[[bytes], bytes], video: Path, tmp_path: Path, built: list[Path]
) -> None:
    expected = known_index(video)
    (file,) = kept(tmp_path)
    file.write_bytes(harm(file.read_bytes()))
    assert_equal(known_index(video), expected)
    assert len(built) == 2
    known_index(video)
    assert len(built) == 2, "the damaged one was not replaced"


@pytest.mark.parametrize(
    ("name", "value"), [("frames", 61), ("frames", 10**11), ("frames", 0), ("reach", -1), ("keyframes", "2")]
)
def test_index_when_another_program_has_written_nonsense_then_it_is_made_anew(
    name: str, value: object, video: Path, tmp_path: Path, built: list[Path]
) -> None:
    """With a checksum that fits."""
    expected = known_index(video)
    (file,) = kept(tmp_path)
    key = index_cache._FileKey.of(video)
    assert key is not None
    line, _, packed = file.read_bytes()[index_cache._CHECKSUM_BYTES :].partition(b"\n")
    content = json.dumps({**json.loads(line), name: value}).encode() + b"\n" + packed
    file.write_bytes(index_cache._checksum(content, key) + content)
    assert_equal(known_index(video), expected)
    assert len(built) == 2


def test_index_when_the_file_was_just_changed_or_is_small_then_nothing_is_kept(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(index_cache, "SETTLED_S", 1000.0)
        known_index(video)
    with monkeypatch.context() as patch:
        patch.setattr(index_cache, "SMALLEST_BYTES", 2**20)
        known_index(video)
    assert kept(tmp_path) == []


def test_index_when_the_file_changes_while_it_is_read_then_nothing_is_kept(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(path: Path, *rest: object) -> FrameIndex:
        index = build_index(path, *rest)
        os.utime(path, (1, 1))
        return index

    monkeypatch.setattr(index_cache, "build_index", build)
    known_index(video)
    assert kept(tmp_path) == []


def test_index_when_the_file_is_cut_off_then_nothing_is_kept(video: Path, tmp_path: Path) -> None:
    path = write_video(tmp_path / "cut.mkv")
    path.write_bytes(path.read_bytes()[:-2000])
    assert known_index(path).shortfall or known_index(path).trouble
    assert kept(tmp_path) == []


def test_index_when_the_cache_takes_no_files_then_the_video_is_opened(
    video: Path, tmp_path: Path, built: list[Path]
) -> None:
    (tmp_path / "cache").write_text("in the way")
    for _ in range(2):
        assert known_index(video).frame_count == FRAME_COUNT
    assert len(built) == 2


def test_cache_when_it_is_full_then_what_was_not_used_for_longest_goes(
    video: Path, tmp_path: Path, built: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_cache, "MOST_KEPT", 2)
    for number in (1, 2):
        os.utime(video, (number, number))
        known_index(video)
        (newest,) = (path for path in kept(tmp_path) if path.stat().st_mtime > 100)
        os.utime(newest, (number, number))
    os.utime(video, (1, 1))
    known_index(video)  # used again
    os.utime(video, (3, 3))
    known_index(video)
    assert len(kept(tmp_path)) == 2
    assert len(built) == 3
    os.utime(video, (1, 1))
    known_index(video)
    assert len(built) == 3
    os.utime(video, (2, 2))
    known_index(video)
    assert len(built) == 4


def test_cache_when_nobody_says_where_then_lies_in_the_users_own() -> None:
    assert cache_folder().name == "video-index"
    assert "dlst-studio" in cache_folder().parts


def test_index_when_it_has_another_field_then_somebody_decides_whether_that_is_kept() -> None:
    """`_FORMAT` is counted up with it."""
    kept_ones = {
        "timestamps",
        "keyframes",
        "keyframe_places",
        "announced_count",
        "is_timed",
        "reach",
        "is_checksummed",
    }
    same_wherever_kept = {"trouble", "is_sound", "shortfall"}
    assert {each.name for each in fields(FrameIndex)} == kept_ones | same_wherever_kept
