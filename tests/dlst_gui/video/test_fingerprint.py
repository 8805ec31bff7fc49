"""Frames that stand for a whole video."""

from __future__ import annotations

from pathlib import Path

from dlst_gui.video.fingerprint import frame_digests
from tests.dlst_gui.window_fakes import SyntheticSource
from tests.fakes import SyntheticVideo


def source(**changes: float) -> SyntheticSource:
    return SyntheticSource(Path("clip.mp4"), SyntheticVideo(**changes))  # type: ignore[arg-type]


def test_frame_digests_then_are_of_the_first_the_middle_and_the_last_frame() -> None:
    digests = frame_digests(source(frame_count=30))
    assert [index for index, _ in digests] == [0, 15, 29]
    assert len({digest for _, digest in digests}) == 3
    assert digests == frame_digests(source(frame_count=30))


def test_frame_digests_when_one_pixel_differs_then_differ() -> None:
    assert frame_digests(source(side=24))[0] != frame_digests(source(side=25))[0]


def test_frame_digests_when_there_is_one_frame_then_one_is_enough() -> None:
    assert len(frame_digests(source(frame_count=1))) == 1


def test_frame_digests_when_the_end_is_damaged_then_the_rest_is_told() -> None:
    damaged = SyntheticSource(Path("clip.mp4"), SyntheticVideo(), broken_from=20)
    assert [index for index, _ in frame_digests(damaged)] == [0, 15]
