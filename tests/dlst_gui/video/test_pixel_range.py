"""Ranges of values that a person chooses: the same pixels wherever images are opened, and the same identity."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from dlst_gui.api import ImageChoice, choose_range, import_labels, open_project
from dlst_gui.project.opening import identity_of
from dlst_gui.video import chosen_ranges, open_source
from dlst_gui.video.chosen_ranges import chosen_range
from dlst_gui.video.isolation.isolated_opener import IsolatedOpener
from dlst_gui.video.pixel_range import AUTO, RangeChoice, RangeKind

VALUES = np.repeat(np.linspace(1000, 3000, 41)[None], 30, axis=0).astype(np.uint16)


def folder_of(path: Path, pixels: np.ndarray = VALUES) -> Path:
    path.mkdir(exist_ok=True)
    for number in range(3):
        assert cv2.imwrite(str(path / f"f_{number}.png"), pixels)
    return path


@pytest.mark.parametrize("text", ["auto", "full", "real", "0.1%..99.9%", "300..4200", "-10..50.5"])
def test_choice_when_typed_then_it_is_written_the_same(text: str) -> None:
    assert RangeChoice.parsed(f" {text.upper()} ").text == text


@pytest.mark.parametrize(
    "text", ["", "some", "5", "5..4", "1..1", "1%..2", "-1%..50%", "1%..101%", "nan..5", "1e400..2"]
)
def test_choice_when_it_makes_no_sense_then_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        RangeChoice.parsed(text)


@pytest.mark.parametrize(
    ("text", "black", "white"),
    [
        ("auto", 0, 4096),
        ("full", 0, 65536),
        ("real", 1000, 3001),
        ("10%..90%", 1200, 2801),
        ("1500..2499", 1500, 2500),
    ],
)
@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "colour"])
def test_read_when_a_range_was_chosen_then_it_is_shown_and_said(
    text: str, black: float, white: float, channels: int, tmp_path: Path
) -> None:
    pixels = VALUES if channels == 1 else np.dstack([VALUES] * 3)
    folder = folder_of(tmp_path / "a", pixels)
    choose_range(folder, text)
    with open_source(folder) as source:
        shown = source.shown_range
        assert shown is not None
        assert (shown.black, shown.white, shown.choice) == (black, white, text)
        expected = np.floor((VALUES - float(black)) * 256 / (white - black)).clip(0, 255).astype(np.uint8)
        assert np.array_equal(source[1], np.dstack([expected] * 3))
        assert "values scaled" in (source.notice or "")


def test_read_when_colours_have_16_bits_then_each_channel_keeps_its_values(tmp_path: Path) -> None:
    rgb = np.random.default_rng(5).integers(0, 2**16, (30, 41, 3)).astype(np.uint16)
    folder = folder_of(tmp_path / "a", rgb[:, :, ::-1])
    with open_source(folder) as source:
        assert np.array_equal(source[0], rgb >> 8)
    choose_range(folder, "0..255")
    with open_source(folder) as source:
        assert np.array_equal(source[0], rgb.clip(0, 255).astype(np.uint8))


def test_read_when_colours_of_16_bits_lie_sideways_then_they_are_turned_upright(tmp_path: Path) -> None:
    rgb = np.random.default_rng(6).integers(0, 2**12, (30, 41, 3)).astype(np.uint16)
    folder = folder_of(tmp_path / "a", rgb[:, :, ::-1])
    exif = Image.Exif()
    exif[0x0112] = 6
    chunk = exif.tobytes().removeprefix(b"Exif\0\0")
    for path in folder.iterdir():
        data = path.read_bytes()
        made = len(chunk).to_bytes(4, "big") + b"eXIf" + chunk
        checksum = zlib.crc32(made[4:]).to_bytes(4, "big")
        path.write_bytes(data[:33] + made + checksum + data[33:])
    with open_source(folder) as source:
        assert (source.width, source.height) == (30, 41)
        assert np.array_equal(source[0], np.rot90(rgb >> 4, -1))


def test_identity_when_a_range_is_chosen_then_the_images_are_known_again(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "a")
    with open_source(folder) as source:
        before, pixels = identity_of(source, folder), source[0]
    choose_range(folder, "1500..2000")
    with open_source(folder) as source:
        assert not np.array_equal(source[0], pixels)
        assert identity_of(source, folder) == before


def test_choice_when_it_is_auto_then_what_was_chosen_is_forgotten(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "a")
    choose_range(folder, "real")
    assert chosen_range(tmp_path / "b" / ".." / "a") == RangeChoice(RangeKind.REAL)
    choose_range(folder, "auto")
    assert chosen_range(folder) == AUTO


def test_choice_when_the_images_have_8_bits_then_is_refused(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "a", (VALUES // 16).astype(np.uint8))
    with pytest.raises(ValueError, match="no images of over 8 bits"):
        choose_range(folder, "real")
    assert chosen_range(folder) == AUTO


@pytest.mark.logs_warnings
@pytest.mark.parametrize("content", ["", "[]", '{"%s": "often"}', '{"%s": 7}', "\x00"])
def test_choice_when_its_file_is_spoilt_then_images_are_shown_as_usual(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(tmp_path / "a")
    file = tmp_path / "ranges.json"
    file.write_text(content.replace("%s", str(folder.resolve())), "utf-8")
    monkeypatch.setattr(chosen_ranges, "_file", lambda: file)
    with open_source(folder) as source:
        assert source.shown_range is not None
        assert source.shown_range.choice == "auto"
    choose_range(folder, "real")
    assert chosen_range(folder).kind is RangeKind.REAL


def test_choice_when_there_are_many_then_those_chosen_last_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chosen_ranges, "_file", lambda: tmp_path / "ranges.json")
    monkeypatch.setattr(chosen_ranges, "MOST_REMEMBERED", 2)
    for name in "abc":
        chosen_ranges.choose_range(tmp_path / name, RangeChoice(RangeKind.FULL))
    assert [chosen_range(tmp_path / name).kind for name in "abc"] == [
        RangeKind.AUTO,
        RangeKind.FULL,
        RangeKind.FULL,
    ]


def test_stack_when_a_range_was_chosen_then_all_pages_are_shown_by_it(tmp_path: Path) -> None:
    pages = [Image.fromarray(VALUES + 100 * number) for number in range(3)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    choose_range(tmp_path / "a.tif", "1000..3099")
    with open_source(tmp_path / "a.tif") as source:
        assert len(source) == 3
        assert [int(frame[0, 0, 0]) for frame in source] == [0, 12, 24]
        assert source.shown_range is not None
        assert source.shown_range.usual_digests is not None


def test_source_in_a_process_of_its_own_when_a_range_was_chosen_then_pixels_range_and_identity_are_the_same(
    tmp_path: Path,
) -> None:
    folder = folder_of(tmp_path / "a")
    choose_range(folder, "2%..98%")
    with IsolatedOpener() as opener, opener(folder) as there, open_source(folder) as here:
        assert there.shown_range == here.shown_range
        assert np.array_equal(there[2], here[2])
        assert identity_of(there, folder) == identity_of(here, folder)


def test_export_when_a_range_was_chosen_then_images_show_it_and_the_receipt_says_it(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "a")
    (tmp_path / "boxes.csv").write_text("frame,id,x,y,w,h\n0,1,2,3,4,5\n", "utf-8")
    report = import_labels(tmp_path / "boxes.csv", folder)
    assert report.project is not None
    with open_project(report.project) as project:
        project.choose_range("1500..2499")
        project.export("coco", tmp_path / "out" / "a.json", images=ImageChoice())
    image = np.array(Image.open(tmp_path / "out" / "images" / "f_1.png"))
    assert image[0, [0, 10, 20, 40], 0].tolist() == [0, 0, 128, 255]
    receipt = json.loads((tmp_path / "out" / "a.json.export.json").read_text("utf-8"))
    assert receipt["video"]["shown_values"] == {"black": 1500, "white": 2500, "choice": "1500..2499"}
