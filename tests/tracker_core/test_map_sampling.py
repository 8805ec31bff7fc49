"""Negatives as windows of maps: off the target, centred in the frame, repeatable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tracker_core import Box, DrawingConfig, PatchConfig, iou_with_box
from tracker_core.feature_map import MapWindows
from tracker_core.map_sampling import MapSampler
from tracker_core.sampling import BoxSampler

DRAWING = DrawingConfig()
WIDTH, HEIGHT = 320, 240
TARGETS = {
    "usual": Box(140, 100, 40, 30),
    "elongated": Box(150, 60, 10, 100),
    "lying": Box(100, 120, 100, 10),
    "tiny": Box(160.3, 120.7, 4, 4),
    "one-pixel": Box(160.3, 120.7, 1, 1),
    "over-the-corner": Box(-15, -10, 40, 30),
    "fills-the-frame": Box(0, 0, WIDTH, HEIGHT),
}
Choose = Callable[[MapSampler, Box, int], MapWindows]
KINDS: dict[str, tuple[Choose, Callable[[NDArray[np.float64]], NDArray[np.bool_]]]] = {
    "near": (
        lambda sampler, box, n: sampler.negatives(
            box, 8, n, below=0.5, translation=1.0, scale_exponent=10.0
        ),
        lambda iou: iou < 0.5,
    ),
    "wide": (
        lambda sampler, box, n: sampler.negatives(box, 5, n, below=0.3, translation=2.0, scale_exponent=5.0),
        lambda iou: iou < 0.3,
    ),
    "whole-frame": (lambda sampler, box, n: sampler.whole_frame(box, 24, n, below=0.5), lambda iou: iou < 0.5),
}  # fmt: skip


def sampler(box: Box, seed: int = 0) -> MapSampler:
    boxes = BoxSampler.for_target(DRAWING, box, frame_width=WIDTH, frame_height=HEIGHT)
    return MapSampler(boxes, PatchConfig(), np.random.default_rng(seed))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("box", TARGETS.values(), ids=TARGETS)
def test_windows_when_any_target_then_obey_the_bounds_and_lie_in_the_frame(box: Box, kind: str) -> None:
    choose, is_wanted = KINDS[kind]
    for seed in range(5):
        windows = choose(sampler(box, seed), box, 50)
        boxes = windows.boxes
        assert len(boxes) == len(windows) <= 50
        assert (np.diff(windows.numbers) > 0).all()  # ascending, none twice
        assert is_wanted(iou_with_box(boxes, box)).all()
        centers = boxes[:, :2] + boxes[:, 2:] / 2
        assert ((centers >= 0) & (centers <= (WIDTH, HEIGHT))).all()
        grids = {(region.columns, region.rows, region.stride) for region in windows.regions}
        assert len(grids) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["usual", "elongated", "lying", "tiny"])
def test_windows_when_the_frame_has_room_then_there_are_as_many_as_asked_for(name: str, kind: str) -> None:
    choose, _ = KINDS[kind]
    box = TARGETS[name]
    assert {len(choose(sampler(box, seed), box, 30)) for seed in range(5)} == {30}


@pytest.mark.parametrize("kind", ["near", "wide", "whole-frame"])
def test_windows_off_the_target_when_it_is_long_and_thin_then_are_found_by_every_draw(kind: str) -> None:
    """A map of the target's shape covers little of the frame: it has to lie inside."""
    choose, _ = KINDS[kind]
    box = Box(60, 100, 200, 4)
    found = [len(choose(sampler(box, seed), box, 50)) for seed in range(20)]
    assert min(found) > 0


@pytest.mark.parametrize("kind", KINDS)
def test_windows_when_the_seed_is_the_same_then_are_the_same_and_otherwise_others(kind: str) -> None:
    choose, _ = KINDS[kind]
    box = TARGETS["usual"]
    first, again, other = (choose(sampler(box, seed), box, 40).boxes for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or not np.isclose(first, other).all(axis=1).any()


def test_windows_when_drawn_again_from_one_sampler_then_are_others() -> None:
    box = TARGETS["usual"]
    one = sampler(box)
    first, second = (one.whole_frame(box, 5, 50, below=0.5).boxes for _ in range(2))
    assert first.shape != second.shape or not np.isclose(first, second).all(axis=1).any()


@pytest.mark.parametrize("name", ["usual", "elongated", "lying"])
def test_negatives_then_surround_the_target_up_to_the_translation(name: str) -> None:
    """In a frame wide enough to hold them all; a tile of larger or longer boxes reaches further."""
    box = replace(TARGETS[name], x=1000, y=1000)
    boxes = BoxSampler.for_target(DRAWING, box, frame_width=2200, frame_height=2200)
    chosen = [
        MapSampler(boxes, PatchConfig(), np.random.default_rng(seed))
        .negatives(box, 4, 500, below=0.5, translation=1.0, scale_exponent=10.0)
        .boxes
        for seed in range(8)
    ]
    found = np.concatenate(chosen)
    offsets = (found[:, :2] + found[:, 2:] / 2 - box.center) / ((box.width + box.height) / 2)
    assert offsets.min(axis=0).max() < -0.5
    assert offsets.max(axis=0).min() > 0.5
    assert np.abs(offsets).max() <= 1.2 * DRAWING.scale_step**10


def test_whole_frame_then_reaches_every_quarter_in_several_sizes() -> None:
    box = TARGETS["usual"]
    boxes = sampler(box).whole_frame(box, 24, 2500, below=0.5).boxes
    quarters = (boxes[:, :2] + boxes[:, 2:] / 2 > (WIDTH / 2, HEIGHT / 2)).astype(int) @ [1, 2]
    assert (np.bincount(quarters, minlength=4) > 100).all()
    assert len({round(width, 6) for width in boxes[:, 2]}) > 10
