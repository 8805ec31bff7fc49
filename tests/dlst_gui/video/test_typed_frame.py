"""Frames as people type them."""

from __future__ import annotations

import pytest

from dlst_gui.video.typed_frame import typed_frame
from dlst_gui.views.frame_bar.frame_bar import clock_text


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ("250", 250),
        (" 7 ", 7),
        ("0:12.5", 312),
        ("0:12,5", 312),
        ("1:00", 1500),
        ("1:00:00", 4999),
        ("12.5s", 312),
        ("12.5 S", 312),
        ("50%", 2500),
        ("50 %", 2500),
        ("0%", 0),
        ("100%", 4999),
        ("250%", 4999),
        ("+10", 110),
        ("-10", 90),
        ("-500", 0),
        ("99999", 4999),
    ],
)
def test_typed_frame_when_it_says_one_then_that_is_meant(text: str, frame: int) -> None:
    assert typed_frame(text, here=100, last=4999, fps=25.0) == frame


@pytest.mark.parametrize("text", ["", "abc", "1:", ":5", "%", "1.5", "+", "1:2:3:4", "s", "--3", "5%%"])
def test_typed_frame_when_it_says_none_then_nothing_is_meant(text: str) -> None:
    assert typed_frame(text, here=100, last=4999, fps=25.0) is None


@pytest.mark.parametrize("fps", [24000 / 1001, 25.0, 29.97, 50.0, 59.94, 120.0])
def test_typed_frame_when_the_time_shown_for_a_frame_is_typed_then_that_frame_is_meant(fps: float) -> None:
    for frame in (0, 1, 2, 7, 999, 12_345):
        shown = typed_frame(clock_text(frame / fps), here=0, last=20_000, fps=fps)
        assert shown is not None
        assert abs(shown - frame) <= 1  # three decimals may round a time down to just before its frame
