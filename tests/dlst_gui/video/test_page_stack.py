"""Pictures of several pages, whose pages are the frames; and single pictures that FFmpeg would show as black."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlst_gui.formats.transfer.described_video import described
from dlst_gui.video import OpeningStopped, OpeningWatch, VideoError, VideoSource, open_source

WIDTH, HEIGHT = 40, 30


def page(value: int, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image.Image:
    return Image.new("L", size, value)


def stack(path: Path, pages: list[Image.Image], **options: object) -> Path:
    pages[0].save(path, save_all=True, append_images=pages[1:], **options)
    return path


def values(source: VideoSource) -> list[int]:
    return [int(frame[3, 4, 0]) for frame in source]


def values_or_errors(source: VideoSource) -> list[int | str]:
    """A page that cannot be read is named."""
    found: list[int | str] = []
    for index in range(source.frame_count):
        try:
            found.append(int(source.read(index)[3, 4, 0]))
        except VideoError as error:
            found += re.findall(r"page \d+", str(error))
    return found


def number_in_bars(frame: np.ndarray) -> int:
    """What the ten bars in the test clip's upper third say; the lowest bit is on the left."""
    height, width, _ = frame.shape
    bars = frame[: height // 3, : width // 10 * 10].reshape(height // 3, 10, -1, 3)[:, :, 8:24]
    return sum(1 << bit for bit, level in enumerate(bars.mean(axis=(0, 2, 3))) if level > 128)


@pytest.mark.parametrize(
    ("path", "name", "count", "last_s"),
    [("stack.tif", "stack", 20, 0.76), ("stack", "stack", 20, 0.76), ("anim.webp", "anim", 60, 2.36)],
)
def test_open_when_a_picture_has_pages_then_they_are_frames_in_any_order(
    data_root: Path, path: str, name: str, count: int, last_s: float
) -> None:
    chosen = data_root / "imports" / path
    with open_source(chosen) as source:
        assert (source.path, source.name, source.frame_count) == (chosen, name, count)
        assert (source.width, source.height, source.nominal_fps, source.notice) == (320, 240, 25.0, None)
        assert [number_in_bars(frame) for frame in source] == [*range(count)]
        assert [number_in_bars(source.read(i)) for i in (count - 1, 0, 7, 3)] == [count - 1, 0, 7, 3]
        assert source.timestamps_s()[-1] == source.timestamp_s(count - 1) == pytest.approx(last_s)
        assert described(source).image_names is None
        with pytest.raises(VideoError, match=rf"there is no frame {count}"):
            source.read(count)
    with pytest.raises(VideoError, match="closed"):
        source.read(0)


def test_open_when_a_page_has_another_size_then_it_is_left_out_and_told(tmp_path: Path) -> None:
    pages = [page(10), page(99, (10, 8)), page(20)]

    with open_source(stack(tmp_path / "a.tif", pages)) as source:
        assert values(source) == [10, 20]
        assert source.notice == "1 of 3 pages left out: they are of another size than the first"


def test_open_when_pages_have_12_bits_then_one_rule_shows_all(tmp_path: Path) -> None:
    pages = [Image.fromarray(np.full((HEIGHT, WIDTH), value, np.uint16)) for value in (160, 1600, 3200)]

    with open_source(stack(tmp_path / "a.tiff", pages)) as source:
        assert values(source) == [10, 100, 200]
        assert "taken for 12 bits" in (source.notice or "")


def test_open_when_an_animation_is_irregular_then_times_are_its_own(tmp_path: Path) -> None:
    pages = [page(value).convert("RGB") for value in (10, 80, 150)]

    with open_source(stack(tmp_path / "a.webp", pages, duration=[100, 300, 200], lossless=True)) as source:
        assert source.timestamps_s() == pytest.approx([0.0, 0.1, 0.4])
        assert source.nominal_fps == pytest.approx(5)
        assert source.notice == "variable frame rate (3.33 to 10 frames/s)"
        assert values(source) == [10, 80, 150]


def test_open_when_a_stack_is_cut_off_then_it_says_so_and_shows_what_is_there(tmp_path: Path) -> None:
    whole = stack(tmp_path / "a.tif", [page(10), page(20), page(30)]).read_bytes()
    counts = set()
    for length in range(len(whole) // 3 + 20, len(whole) - 1000, 50):
        (tmp_path / "cut.tif").write_bytes(whole[:length])
        with open_source(tmp_path / "cut.tif") as source:
            count = source.frame_count
            missing = f"page {count + 1} and those after it are missing"
            assert count == 3 or missing in (source.notice or "")
            assert values_or_errors(source) in (
                [10],
                [10, "page 2"],
                [10, 20],
                [10, 20, "page 3"],
            )
        counts.add(count)
    assert counts == {1, 2, 3}


def test_open_when_it_is_stopped_then_the_stack_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(OpeningStopped):
        open_source(stack(tmp_path / "a.tif", [page(1), page(2)]), OpeningWatch(should_stop=lambda: True))


def test_open_when_a_folder_has_several_stacks_then_the_notice_says_to_open_one(tmp_path: Path) -> None:
    for name in ("a.tif", "b.tif"):
        stack(tmp_path / name, [page(10), page(20)])

    with open_source(tmp_path) as source:
        assert values(source) == [10, 10]
        assert "stacks of pages: of some images" in (source.notice or "")


@pytest.mark.parametrize("suffix", [".png", ".tif", ".pgm"])
def test_open_when_one_picture_has_12_bits_then_it_is_no_black_frame(tmp_path: Path, suffix: str) -> None:
    Image.fromarray(np.full((HEIGHT, WIDTH), 3200, np.uint16)).save(tmp_path / f"a{suffix}")

    with open_source(tmp_path / f"a{suffix}") as source:
        assert (source.name, source.frame_count) == ("a", 1)
        assert values(source) == [200]
