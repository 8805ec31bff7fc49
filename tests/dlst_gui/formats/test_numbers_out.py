"""Numbers as text, many at once: the same as one by one."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from dlst_gui.formats.syntax.numbers_out import (
    PIXEL_DECIMALS,
    csv_cell,
    pixel_texts,
    plain,
    rounded_pixels,
    rounded_texts,
    whole_pixels,
    written_boxes,
)
from tracker_core import Box

HALVES = st.integers(-(10**8), 10**8).map(lambda number: number / 20_000)
"""What lies halfway between two numbers of four decimals, or as near as a float comes."""

NUMBERS = st.lists(st.one_of(HALVES, st.floats(-1e7, 1e7), st.floats(-1e-3, 1e-3)), max_size=30)


@given(NUMBERS)
@example([0.0, -0.0, -0.00004, 0.00005, 1e9, 1e15, 0.99999, 2.00005])
def test_pixel_texts_when_asked_then_are_as_plain_writes_each(numbers: list[float]) -> None:
    assert pixel_texts(np.array(numbers, dtype=np.float64)) == [plain(each, PIXEL_DECIMALS) for each in numbers]


@given(NUMBERS)
@example([0.0, -0.0, -0.00004, 0.00005, 1e9, 0.99999, 2.00005])
def test_rounded_texts_when_asked_then_are_as_json_writes_each(numbers: list[float]) -> None:
    written = [json.dumps(round(each, PIXEL_DECIMALS)) for each in numbers]
    assert rounded_texts(np.array(numbers, dtype=np.float64)) == written


@given(NUMBERS)
def test_rounded_pixels_when_asked_then_are_as_round_gives_each(numbers: list[float]) -> None:
    rounded = rounded_pixels(np.array(numbers, dtype=np.float64))
    assert rounded.tolist() == [round(each, PIXEL_DECIMALS) for each in numbers]


@given(st.lists(st.tuples(*[st.floats(-1e4, 1e4)] * 2, *[st.floats(1e-3, 1e4)] * 2), max_size=10))
def test_written_boxes_when_whole_pixels_are_wanted_then_are_as_whole_pixels_gives_each(
    boxes: list[tuple[float, float, float, float]],
) -> None:
    found = written_boxes(np.array(boxes, dtype=np.float64).reshape(-1, 4), is_sub_pixel=False)
    assert found.tolist() == [list(whole_pixels(Box(*each))) for each in boxes]


def test_csv_cell_when_a_text_needs_quotes_then_has_them() -> None:
    assert [csv_cell(text) for text in ("dog", "a,b", 'so "big"', "")] == ["dog", '"a,b"', '"so ""big"""', ""]
