"""Folders of images: plain ones and those of the tracking benchmarks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dlst_gui.video import VideoError, open_source, picture_file
from dlst_gui.video.sequence_folder import natural_key
from tracker_core import Box

SIZE = (40, 30)  # width, height


def write_images(folder: Path, names: Sequence[str], *, size: tuple[int, int] = SIZE) -> Path:
    """Grey images; the n-th in `names` has the value 10 + n everywhere."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        Image.new("RGB", size, (10 + number,) * 3).save(folder / name)
    return folder


def values(folder: Path) -> list[int]:
    with open_source(folder) as source:
        return [int(source.read(i)[0, 0, 0]) - 10 for i in range(source.frame_count)]


def numbered(count: int, pattern: str, first: int = 1) -> list[str]:
    return [pattern % i for i in range(first, first + count)]


@pytest.mark.parametrize(
    ("names", "order"),
    [
        (["img10.png", "img2.png", "img1.png"], [2, 1, 0]),
        (["a9b10.png", "a9b9.png", "a10b1.png"], [1, 0, 2]),
        (["B.png", "a.png", "c.png"], [1, 0, 2]),
        (["10.png", "é.png", "9.png"], [1, 2, 0]),
    ],
)
def test_frames_when_names_hold_numbers_then_come_in_natural_order(
    tmp_path: Path, names: list[str], order: list[int]
) -> None:
    assert values(write_images(tmp_path / "ordner ü", names)) == order


def test_natural_key_when_names_differ_by_leading_zeros_only_then_order_is_fixed() -> None:
    assert sorted(["1.png", "01.png"], key=natural_key) == sorted(["01.png", "1.png"], key=natural_key)


def test_folder_when_other_files_lie_in_it_then_they_are_no_frames(tmp_path: Path) -> None:
    write_images(tmp_path, ["1.png", "2.PNG", "3.jpg", "._1.png"])
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "4.png").mkdir()

    assert values(tmp_path) == [0, 1, 2]


def test_source_when_opened_then_tells_its_measures(tmp_path: Path) -> None:
    folder = write_images(tmp_path / "walk", numbered(3, "%04d.png"))

    with open_source(folder) as source:
        assert (source.name, source.path, source.width, source.height) == ("walk", folder, *SIZE)
        assert (source.nominal_fps, source.timestamp_s(2)) == (25.0, 0.08)
        assert source.ground_truth is None
        assert source.notice is None
        assert source.read(1).shape == (30, 40, 3)
        with pytest.raises(VideoError, match=r"walk has frames 0\.\.2"):
            source.read(3)
    with pytest.raises(VideoError, match="closed"):
        source.read(0)


@pytest.mark.parametrize(
    ("mode", "pixel", "expected"),
    [
        ("L", 77, [77, 77, 77]),
        ("RGBA", (10, 20, 30, 5), [10, 20, 30]),
        ("I;16", 77 << 8, [77, 77, 77]),
        ("1", 1, [255, 255, 255]),
        ("LA", (9, 0), [9, 9, 9]),
    ],
)
def test_read_when_image_is_not_rgb_then_it_is_converted(
    tmp_path: Path, mode: str, pixel: int | tuple[int, ...], expected: list[int]
) -> None:
    Image.new(mode, SIZE, pixel).save(tmp_path / "1.png")

    with open_source(tmp_path) as source:
        frame = source.read(0)
    assert frame.dtype == np.uint8
    assert frame.shape == (30, 40, 3)
    assert frame[3, 4].tolist() == expected


def test_read_when_exif_notes_an_orientation_then_image_stands_upright(tmp_path: Path) -> None:
    picture = np.zeros((30, 40, 3), np.uint8)
    picture[:8, :8] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to show
    Image.fromarray(picture).save(tmp_path / "1.jpg", exif=exif)

    with open_source(tmp_path) as source:
        frame = source.read(0)
        assert (source.width, source.height) == (30, 40)
    assert frame.shape == (40, 30, 3)
    assert frame[3, -3].min() > 200
    assert frame[3, 3].max() < 50


def test_open_when_sizes_are_mixed_then_error_names_the_first_odd_image(tmp_path: Path) -> None:
    write_images(tmp_path, ["1.png", "2.png", "5.png"])
    write_images(tmp_path, ["3.png", "4.png"], size=(41, 30))

    with pytest.raises(VideoError, match=r"3\.png is 41x30, but 1\.png is 40x30.*a folder of their own"):
        open_source(tmp_path)


def test_open_when_folder_has_no_images_then_error_proposes_a_folder_that_has(tmp_path: Path) -> None:
    write_images(tmp_path / "Walking" / "img", ["0001.png"])

    with pytest.raises(VideoError, match=r"holds no images.*such as Walking"):
        open_source(tmp_path)


def test_read_when_one_image_is_damaged_then_only_that_frame_fails(tmp_path: Path) -> None:
    write_images(tmp_path, numbered(3, "%d.jpg"))
    (tmp_path / "2.jpg").write_bytes((tmp_path / "2.jpg").read_bytes()[:-12])
    (tmp_path / "4.jpg").write_bytes(b"")

    with open_source(tmp_path) as source:
        assert source.frame_count == 4
        assert "damaged: 1 of 4 images cannot be read, the first is 4.jpg" in (source.notice or "")
        assert source.read(2)[0, 0, 0] == pytest.approx(12, abs=2)
        for damaged in (1, 3):
            with pytest.raises(VideoError, match=rf"{damaged + 1}\.jpg \(frame {damaged}\) cannot be read"):
                source.read(damaged)


def test_open_when_no_image_can_be_read_then_error_says_so(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(b"not an image")

    with pytest.raises(VideoError, match="none of its 1 images can be read"):
        open_source(tmp_path)


@pytest.mark.parametrize("row", ["11,21,8,9", "11\t21\t8\t9", "11 21 8 9", " 11, 21, 8, 9 ", "11.0,21.0,8.0,9.0"])
@pytest.mark.parametrize("name", ["groundtruth_rect.txt", "groundtruth_rect.1.txt", "groundtruth.txt"])
def test_otb_when_rows_count_from_one_then_boxes_count_from_zero(tmp_path: Path, name: str, row: str) -> None:
    write_images(tmp_path / "img", numbered(3, "%04d.jpg"))
    (tmp_path / name).write_text(f"{row}\n0,0,0,0\nNaN,NaN,NaN,NaN\n")

    with open_source(tmp_path) as source:
        assert source.ground_truth == (Box(10, 20, 8, 9), None, None)
        assert source.notice is None


def test_otb_when_the_image_folder_itself_is_chosen_then_the_sequence_opens(tmp_path: Path) -> None:
    write_images(tmp_path / "Deer" / "img", numbered(2, "%04d.jpg"))
    (tmp_path / "Deer" / "groundtruth_rect.txt").write_text("1,1,5,5\n1,1,5,5\n")

    with open_source(tmp_path / "Deer" / "img") as source:
        assert source.name == "Deer"
        assert source.ground_truth == (Box(0, 0, 5, 5),) * 2


def test_otb_when_a_stray_image_is_numbered_zero_then_it_is_left_out(tmp_path: Path) -> None:
    write_images(tmp_path / "img", ["00000000.png", *numbered(3, "%08d.png")])
    (tmp_path / "groundtruth_rect.txt").write_text("1,1,5,5\n" * 3)

    with open_source(tmp_path) as source:
        assert "00000000.png left out" in (source.notice or "")
    assert values(tmp_path) == [1, 2, 3]


def test_otb_when_numbering_starts_at_zero_with_a_row_each_then_all_images_are_frames(tmp_path: Path) -> None:
    write_images(tmp_path / "img", numbered(3, "%05d.png", first=0))
    (tmp_path / "groundtruth_rect.txt").write_text("1,1,5,5\n" * 3)

    assert values(tmp_path) == [0, 1, 2]


def test_otb_when_rows_begin_late_as_in_david_then_frames_are_the_labelled_images(tmp_path: Path) -> None:
    folder = write_images(tmp_path / "David" / "img", numbered(302, "%04d.png"), size=(4, 4)).parent
    (folder / "groundtruth_rect.txt").write_text("1,1,2,2\n2,2,2,2\n3,3,2,2\n")

    with open_source(folder) as source:
        assert source.frame_count == 3
        assert "0300.png to 0302.png" in (source.notice or "")
        assert source.ground_truth == (Box(0, 0, 2, 2), Box(1, 1, 2, 2), Box(2, 2, 2, 2))


def test_otb_when_rows_are_missing_at_the_end_then_those_frames_have_no_box(tmp_path: Path) -> None:
    write_images(tmp_path / "img", numbered(3, "%04d.jpg"))
    (tmp_path / "groundtruth_rect.txt").write_text("1,1,5,5\n")

    with open_source(tmp_path) as source:
        assert source.ground_truth == (Box(0, 0, 5, 5), None, None)
        assert "groundtruth_rect.txt has 1 rows for 3 frames" in (source.notice or "")


@pytest.mark.parametrize("bad", ["1,2,3", "a,b,c,d", "1,2,3,4,5"])
def test_otb_when_a_row_is_no_box_then_sequence_opens_with_a_notice(tmp_path: Path, bad: str) -> None:
    write_images(tmp_path / "img", numbered(2, "%04d.jpg"))
    (tmp_path / "groundtruth_rect.txt").write_text(f"1,1,5,5\n{bad}\n")

    with open_source(tmp_path) as source:
        assert source.ground_truth is None
        assert f"line 2: expected x,y,width,height or corners, got '{bad}'" in (source.notice or "")


@pytest.mark.parametrize("layout", ["color folder", "polygons", "sequence file", "list file"])
def test_vot_when_told_by_any_mark_then_boxes_are_taken_as_they_are(tmp_path: Path, layout: str) -> None:
    images = tmp_path / "color" if layout == "color folder" else tmp_path
    write_images(images, numbered(2, "%08d.jpg"))
    row = "10,20,18,20,18,29,10,29" if layout == "polygons" else "10,20,8,9"
    (tmp_path / "groundtruth.txt").write_text(f"{row}\nnan,nan,nan,nan\n")
    if layout.endswith("file"):
        (tmp_path / layout.replace(" file", ".txt" if layout == "list file" else "")).write_text("fps=30\n")

    with open_source(tmp_path) as source:
        assert source.ground_truth == (Box(10, 20, 8, 9), None)


def test_vot_when_polygon_is_rotated_then_box_encloses_it(tmp_path: Path) -> None:
    write_images(tmp_path, ["00000001.jpg"])
    (tmp_path / "groundtruth.txt").write_text("5,0,10,5,5,10,0,5\n")

    with open_source(tmp_path) as source:
        assert source.ground_truth == (Box(0, 0, 10, 10),)


def test_got10k_when_frames_are_marked_absent_then_they_have_no_box(tmp_path: Path) -> None:
    write_images(tmp_path, numbered(3, "%08d.jpg"))
    (tmp_path / "groundtruth.txt").write_text("11.0000,21.0000,8.0000,9.0000\n" * 3)
    (tmp_path / "absence.label").write_text("0\n1\n0\n")

    with open_source(tmp_path) as source:
        assert source.ground_truth == (Box(10, 20, 8, 9), None, Box(10, 20, 8, 9))


def test_source_when_taken_as_a_sequence_then_has_a_length_places_and_an_order(tmp_path: Path) -> None:
    with open_source(write_images(tmp_path, numbered(4, "%d.png"))) as source:
        assert len(source) == 4
        assert [int(frame[0, 0, 0]) for frame in source] == [10, 11, 12, 13]
        assert [int(source[index][0, 0, 0]) for index in (0, -1)] == [10, 13]
        for index in (4, -5):
            with pytest.raises(IndexError, match=f"there are 4 frames, no frame {index}"):
                source[index]
        with pytest.raises(TypeError, match="frames are taken one by one"):
            source[0:2]


def slow_key(name: str) -> tuple[list[tuple[int, str]], str]:
    """What `natural_key` means, part by part."""
    parts = re.findall(r"\d+|\D+", name)
    return [(int(part), "") if part.isdecimal() else (-1, part.casefold()) for part in parts], name


@given(st.lists(st.text("ab.B_-019٣é ", max_size=8), max_size=12))
def test_natural_key_when_names_are_any_then_orders_them_part_by_part(names: list[str]) -> None:
    assert sorted(names, key=natural_key) == sorted(names, key=slow_key)


def test_timestamps_when_of_a_folder_then_are_those_of_each_frame(tmp_path: Path) -> None:
    write_images(tmp_path, numbered(7, "%d.png"))
    with open_source(tmp_path) as source:
        assert source.timestamps_s().tolist() == [source.timestamp_s(i) for i in range(7)]


def write_values(folder: Path, values: Sequence[np.ndarray], suffix: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, each in enumerate(values):
        Image.fromarray(each).save(folder / f"{number:03d}{suffix}")
    return folder


def ramp(first: float, last: float, dtype: type[np.generic]) -> np.ndarray:
    """(30, 40) from one value at the left to another at the right."""
    return np.repeat(np.linspace(first, last, SIZE[0])[None], SIZE[1], axis=0).astype(dtype)


def test_read_when_12_bits_lie_in_16_then_one_rule_shows_all_frames_and_is_told(data_root: Path) -> None:
    with open_source(data_root / "imports" / "png12") as source:
        stored = [np.array(Image.open(source.path / f"{index:04d}.png")) for index in range(source.frame_count)]
        assert max(each.max() for each in stored) == 3760
        for frame, each in zip(source, stored, strict=True):
            assert np.array_equal(frame, np.repeat((each // 16)[:, :, None], 3, axis=2))
        assert source.notice == "values scaled: up to 3760, taken for 12 bits and shown by the upper 8"


@pytest.mark.parametrize(
    ("dtype", "first", "last", "suffix", "shown", "told"),
    [
        (np.uint16, 0, 1023, ".png", (0, 255), "taken for 10 bits"),
        (np.uint16, 0, 4095, ".tif", (0, 255), "taken for 12 bits"),
        (np.uint16, 0, 65535, ".png", (0, 255), None),
        (np.uint16, 0, 200, ".png", (0, 200), "taken for 8 bits"),
        (np.uint16, 29000, 31000, ".tif", (0, 255), "values scaled: 29000 to 31000 are shown"),
        (np.int32, 0, 10_000_000, ".tif", (0, 152), "taken for 24 bits"),
        (np.int32, 0, 100_000, ".tif", (0, 255), "values scaled: 0 to 100000 are shown"),
        (np.int32, -500, 1500, ".tif", (0, 255), "values scaled: -500 to 1500 are shown"),
        (np.float32, 0, 1, ".tif", (0, 255), "values scaled: 0 to 1 are shown"),
        (np.float32, 0, 255, ".tif", (0, 255), "values scaled: 0 to 255 are shown"),
        (np.float32, 290.5, 310.25, ".tif", (0, 255), "values scaled: 290.5 to 310.25 are shown"),
    ],
)
def test_read_when_values_have_over_8_bits_then_their_real_range_is_shown(
    tmp_path: Path,
    dtype: type[np.generic],
    first: float,
    last: float,
    suffix: str,
    shown: tuple[int, int],
    told: str | None,
) -> None:
    write_values(tmp_path, [ramp(first, last, dtype)] * 2, suffix)

    with open_source(tmp_path) as source:
        row = source.read(1)[7, :, 0].astype(int)
        notice = source.notice
    assert (row[0], row[-1]) == shown
    assert (np.diff(row) >= 0).all()
    assert notice is None if told is None else told in (notice or "")


def test_read_when_frames_differ_in_brightness_then_one_rule_holds_for_all(
    tmp_path: Path,
) -> None:
    dark, bright = np.full((30, 40), 160, np.uint16), np.full((30, 40), 3200, np.uint16)
    write_values(tmp_path, [dark, dark, bright], ".png")

    with open_source(tmp_path) as source:
        assert [int(frame[0, 0, 0]) for frame in source] == [10, 10, 200]


def test_read_when_floats_hold_no_numbers_then_they_are_black_and_the_others_are_shown(tmp_path: Path) -> None:
    picture = ramp(0, 1, np.float32)
    picture[0, 0], picture[0, 1] = np.nan, np.inf
    write_values(tmp_path, [picture], ".tif")

    with open_source(tmp_path) as source:
        assert source.read(0)[0, [0, 1, -1], 0].tolist() == [0, 255, 255]


def write_colours(path: Path, pixels: np.ndarray) -> None:
    """A PNG with colours of 16 bits."""
    encoder = av.CodecContext.create("png", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = *SIZE, "rgb48be"
    encoder.time_base = Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb48be")
    path.write_bytes(b"".join(bytes(packet) for packet in encoder.encode(frame)))


def test_open_when_colours_use_the_lower_of_16_bits_then_the_same_rule_shows_them(tmp_path: Path) -> None:
    write_colours(tmp_path / "1.png", np.full((30, 40, 3), 3000, np.uint16))
    with open_source(tmp_path) as source:
        assert "taken for 12 bits" in (source.notice or "")
        assert source[0].max() == source[0].min() == 3000 >> 4


def test_open_when_colours_of_16_bits_cannot_be_read_whole_then_the_notice_says_why_they_are_dark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_file, "deep_colours", lambda *_: None)
    write_colours(tmp_path / "1.png", np.full((30, 40, 3), 3000, np.uint16))
    with open_source(tmp_path) as source:
        assert "dark: colours of 16 bits" in (source.notice or "")
        assert source.shown_range is None


SEQUENCE_INFO = "[Sequence]\nname=dance\nimDir=img1\nframeRate=20\nseqLength=3\nimExt=.png\n"


def motchallenge(folder: Path, info: str = SEQUENCE_INFO, *, images: str = "img1") -> Path:
    write_images(folder / images, numbered(3, "%08d.png"))
    (folder / "seqinfo.ini").write_text(info, encoding="utf-8")
    return folder


@pytest.mark.parametrize("chosen", [".", "img1"])
def test_open_when_folder_is_of_motchallenge_then_it_is_a_sequence_at_its_own_rate(
    data_root: Path, chosen: str
) -> None:
    folder = data_root / "imports" / "seq" / "MOT17-02-FRCNN"
    with open_source(folder / chosen) as source:
        assert (source.path, source.name, source.frame_count) == (folder, folder.name, 5)
        assert (source.nominal_fps, source.timestamp_s(3)) == (30.0, 0.1)
        assert source.timestamps_s()[3] == 0.1
        assert source.ground_truth is None
        assert source.notice == (
            "labels to import: import this folder as labels to see the boxes of many objects in gt/gt.txt"
        )
        assert np.array_equal(source.read(4), np.array(Image.open(folder / "img1" / "000005.jpg")))


def test_open_when_folder_is_of_dancetrack_without_labels_then_nothing_is_to_be_told(tmp_path: Path) -> None:
    with open_source(motchallenge(tmp_path)) as source:
        assert (source.nominal_fps, source.frame_count, source.notice) == (20.0, 3, None)


@pytest.mark.parametrize(
    ("info", "images", "fps", "told"),
    [
        (SEQUENCE_INFO.replace("img1", "frames"), "frames", 20.0, None),
        (SEQUENCE_INFO.replace("20", "29.97"), "img1", 29.97, None),
        (SEQUENCE_INFO.replace("20", "-3"), "img1", 25.0, "gives no frame rate that can be used ('-3')"),
        (SEQUENCE_INFO.replace("20", "nan"), "img1", 25.0, "gives no frame rate"),
        (SEQUENCE_INFO.replace("=3", "=7"), "img1", 20.0, "promises 7 images, there are 3"),
        (SEQUENCE_INFO.replace("img1", "../img1"), "img1", 20.0, None),
        ("frameRate=20\n", "img1", 25.0, "seqinfo.ini not used: File contains no section headers."),
        ("", "img1", 25.0, "no section [Sequence]"),
    ],
)
def test_open_when_sequence_info_is_unusual_then_what_can_be_used_is(
    tmp_path: Path, info: str, images: str, fps: float, told: str | None
) -> None:
    with open_source(motchallenge(tmp_path, info, images=images)) as source:
        assert (source.nominal_fps, source.frame_count) == (fps, 3)
        assert source.notice is None if told is None else told in (source.notice or "")


def test_open_when_folder_holds_sequences_of_motchallenge_then_error_proposes_one(tmp_path: Path) -> None:
    motchallenge(tmp_path / "dancetrack0001")

    with pytest.raises(VideoError, match="such as dancetrack0001"):
        open_source(tmp_path)


@pytest.mark.parametrize("suffix", [".jp2", ".j2k", ".pgm", ".ppm", ".pnm"])
def test_open_when_images_are_jpeg_2000_or_netpbm_then_they_are_frames(tmp_path: Path, suffix: str) -> None:
    grey = suffix == ".pgm"
    options = {"irreversible": False} if suffix in (".jp2", ".j2k") else {}
    for number in range(3):
        picture = Image.new("L" if grey else "RGB", SIZE, 60 + number if grey else (60 + number, 5, 200))
        picture.save(tmp_path / f"{number}{suffix}", **options)

    with open_source(tmp_path) as source:
        colours = [frame[3, 4].tolist() for frame in source]
    assert colours == [[60 + n] * 3 if grey else [60 + n, 5, 200] for n in range(3)]
    with open_source(tmp_path / f"1{suffix}") as source:
        assert source.read(0)[3, 4].tolist() == colours[1]
