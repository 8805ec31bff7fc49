"""Guides as data."""

from __future__ import annotations

import math

import pytest

from tests.tracker_core.guides.made_guide import DESCRIPTION, made_description
from tracker_core import Box, WeightsError, shipped_file
from tracker_core.guides.description import CropRule, read_description
from tracker_core.guides.names import GUIDE_FAMILIES, GUIDE_NAMES

SHIPPED = {name: shipped_file(f"guides/{name}.toml").read_text("utf-8") for name in GUIDE_NAMES}


def test_names_when_compared_with_the_shipped_files_then_are_theirs() -> None:
    assert sorted(path.stem for path in shipped_file("guides").iterdir()) == sorted(GUIDE_NAMES)
    described = {name: read_description(text) for name, text in SHIPPED.items()}
    assert {name: guide.name for name, guide in described.items()} == {name: name for name in GUIDE_NAMES}
    assert {guide.family for guide in described.values()} == set(GUIDE_FAMILIES)


@pytest.mark.parametrize("name", GUIDE_NAMES)
def test_shipped_description_when_read_then_names_its_files_fully(name: str) -> None:
    for file in read_description(SHIPPED[name]).networks.values():
        assert len(file.sha256) == 64
        assert file.size > 100_000
        assert file.address.startswith("https://") or name == "fear-xs"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('colours = "rgb"', 'colours = "cmyk"', "pixels: expected rgb or bgr as colours, got 'cmyk'"),
        ('colours = "rgb"\n', "", "pixels: missing 1 required positional argument: 'colours'"),
        ("factor = 8.0", "factor = 8.0\nzoom = 2", "search: got an unexpected keyword argument 'zoom'"),
        ('network = "whole"', 'network = "head"', "the file: expected a network called 'head', got whole"),
        ('distances = "distances"', 'sizes = "sizes"', "answer: expected either distances, or offsets and sizes"),
        ("[pixels]", "[pixels", "not a TOML file"),
    ],
    ids=["value", "missing", "unknown", "network", "boxes", "no TOML"],
)
def test_description_when_a_line_is_wrong_then_the_section_is_named(old: str, new: str, message: str) -> None:
    assert old in DESCRIPTION
    with pytest.raises(WeightsError, match=message.replace("(", r"\(")):
        read_description(DESCRIPTION.replace(old, new))


@pytest.mark.parametrize("text", ["pixels = 3", "networks = [1]", "[networks]\nwhole = 3"])
def test_description_when_a_section_is_a_value_then_it_is_named(text: str) -> None:
    with pytest.raises(WeightsError, match=r"^(pixels|networks|networks\.whole): expected a section, got "):
        read_description(text)


def test_square_when_it_has_context_then_is_siamfcs() -> None:
    rule = CropRule(127, "square", factor=2.0, context=0.5)
    area = rule.area(Box(10, 20, 30, 50), growth=1.5)
    assert area.center == (25, 45)
    assert (area.width, area.height) == pytest.approx([3 * math.sqrt(70 * 90)] * 2)


def test_stretched_area_when_asked_for_then_keeps_the_shape_of_the_box() -> None:
    assert tuple(CropRule(128, "stretched", factor=1.4).area(Box(10, 20, 30, 50))) == pytest.approx(
        (4, 10, 42, 70)
    )


def test_made_description_when_read_then_has_what_is_not_told_as_by_default() -> None:
    choice = made_description().choice
    assert (choice.window, choice.change_penalty, choice.size_rate, choice.found_confidence) == ("none", 0, 0, 0.5)
