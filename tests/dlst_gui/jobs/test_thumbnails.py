from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlst_gui.jobs import thumbnails
from dlst_gui.jobs.thumbnail_frame import FRAME_SHAPE, HEIGHT, WIDTH, Thumbnail, thumbnail_from
from dlst_gui.jobs.thumbnails import ThumbnailCache, ThumbnailMaker
from dlst_gui.video import VideoError


@pytest.fixture
def clip(made_once: Path, tmp_path: Path) -> Path:
    """20 frames of 96 x 64 at 25 frames per second."""
    return Path(shutil.copy(made_once / "clip.mp4", tmp_path / "clip.mp4"))


def picture(value: int = 7) -> Thumbnail:
    return Thumbnail(np.full((20, 30, 3), value, np.uint8), 12, 3400)


def test_maker_when_given_many_videos_then_each_has_its_picture_and_a_bad_one_costs_itself_alone(
    clip: Path, tmp_path: Path
) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for number in range(3):
        Image.new("RGB", (50, 200), (200, 40 * number, 10)).save(images / f"{number}.png")
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"no video")
    with ThumbnailMaker([clip, bad, images, tmp_path / "gone.mp4"]) as maker:
        for number in (1, 3):
            with pytest.raises(VideoError):
                maker.make(number)
        of_images, of_clip = maker.make(2), maker.make(0)
    assert (of_clip.frame_count, of_clip.length_ms) == (20, 800)
    assert of_clip.pixels.shape == (HEIGHT, 162, 3)
    assert of_clip.pixels.any()
    assert (of_images.frame_count, of_images.length_ms) == (3, 0)
    assert of_images.pixels.shape == (HEIGHT, 27, 3)
    assert (of_images.pixels == (200, 0, 10)).all()


def test_maker_when_a_video_stands_on_its_side_then_its_picture_is_upright(videos: Path) -> None:
    with ThumbnailMaker([videos / "decord" / "video_0.mov", videos / "decord" / "video_90.mov"]) as maker:
        upright, turned = maker.make(0).pixels.shape, maker.make(1).pixels.shape
    assert upright[1] > upright[0]
    assert turned[1] < turned[0]


def test_cache_when_a_picture_was_kept_then_it_is_that_of_this_version_of_the_file(
    clip: Path, tmp_path: Path
) -> None:
    cache = ThumbnailCache(tmp_path / "cache")
    assert cache.get(clip) is None
    cache.keep(clip, picture())
    kept = cache.get(clip)
    assert kept is not None
    assert (kept.pixels == picture().pixels).all()
    assert (kept.frame_count, kept.length_ms) == (12, 3400)
    os.utime(clip, ns=(1, 1))
    assert cache.get(clip) is None
    assert cache.get(tmp_path / "gone.mp4") is None


def test_cache_when_a_kept_file_was_changed_then_it_is_not_used(clip: Path, tmp_path: Path) -> None:
    cache = ThumbnailCache(tmp_path / "cache")
    cache.keep(clip, picture())
    (file,) = (tmp_path / "cache").iterdir()
    for data in (b"", file.read_bytes()[:-1], file.read_bytes()[:25] + b"x" + file.read_bytes()[26:]):
        file.write_bytes(data)
        assert cache.get(clip) is None


def test_cache_when_it_is_full_then_what_was_not_used_for_longest_goes(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = ThumbnailCache(tmp_path / "cache")
    clips = [Path(shutil.copy(clip, tmp_path / f"{number}.mp4")) for number in range(4)]
    for number, each in enumerate(clips):
        cache.keep(each, picture(number))
        file = max((tmp_path / "cache").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        os.utime(file, (1000 + number, 1000 + number))
    assert cache.get(clips[0]) is not None, "and was used now"
    monkeypatch.setattr(thumbnails, "MOST_KEPT", 2)
    cache.forget_oldest()
    assert [cache.get(each) is not None for each in clips] == [True, False, False, True]
    monkeypatch.setattr(thumbnails, "MOST_BYTES", 10)
    cache.forget_oldest()
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize("numbers", [(0, 10, 1, 1), (WIDTH + 1, 10, 1, 1), (10, HEIGHT + 1, 1, 1), (9, 9, -1, 1)])
def test_frame_when_its_numbers_cannot_be_then_it_is_refused(numbers: tuple[int, ...]) -> None:
    frame = np.zeros(FRAME_SHAPE, np.uint8)
    frame[-1].reshape(-1)[:32] = np.array(numbers, "<i8").view(np.uint8)
    with pytest.raises(ValueError, match="a picture of"):
        thumbnail_from(frame)
    with pytest.raises(ValueError, match="a picture of"):
        thumbnail_from(frame[1:])
