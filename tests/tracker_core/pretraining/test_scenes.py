from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tracker_core import Box
from tracker_core.pretraining.config import PretrainingConfig
from tracker_core.pretraining.disturbances import STRONG, Disturber
from tracker_core.pretraining.pictures import Pictures, box_of_mask
from tracker_core.pretraining.scenes import SceneMaker
from tracker_core.pretraining.warping import CutOut, Motion, moved_frame, pasted

KINDS = [
    pytest.param(1.0, 0.0, id="clip"),
    pytest.param(0.0, 1.0, id="pasted"),
    pytest.param(0.0, 0.0, id="photograph"),
]


def test_moved_frame_when_closer_and_aside_then_box_lies_around_the_object() -> None:
    frame = np.zeros((100, 120, 3), np.uint8)
    frame[40:60, 30:50] = 255
    moved, box = moved_frame(frame, Box(30, 40, 20, 20), Motion(0.0, 1.5, 1.2, (70.0, 52.0)))
    assert box == Box(55, 40, 30, 24)
    assert box_of_mask(moved[:, :, 0]) == box


def test_pasted_when_half_outside_then_box_is_around_what_is_seen() -> None:
    cut_out = CutOut(np.full((20, 30, 3), 200, np.uint8), np.full((20, 30), 255, np.uint8))
    frame, box = pasted(np.zeros((80, 90, 3), np.uint8), cut_out, Motion(0.0, 1.0, 1.0, (90.0, 40.0)))
    assert box == Box(75, 30, 15, 20)
    assert frame[40, 80].tolist() == [200, 200, 200]
    assert frame[40, 60].tolist() == [0, 0, 0]


@pytest.mark.parametrize(("clip_share", "pasted_share"), KINDS)
def test_make_when_the_same_generator_then_the_same_pair(
    pictures: Pictures, tiny: PretrainingConfig, clip_share: float, pasted_share: float
) -> None:
    maker = SceneMaker(pictures, replace(tiny, clip_share=clip_share, pasted_share=pasted_share))
    one, two = (maker.make(np.random.default_rng(3)) for _ in range(2))
    other = maker.make(np.random.default_rng(4))
    for first, second in ((one.support, two.support), (one.query, two.query)):
        assert first.box == second.box
        assert np.array_equal(first.frame, second.frame)
    assert other.support.box != one.support.box or not np.array_equal(other.query.frame, one.query.frame)


@pytest.mark.parametrize(("clip_share", "pasted_share"), KINDS)
def test_make_when_drawn_often_then_objects_lie_in_their_frames(
    pictures: Pictures, tiny: PretrainingConfig, clip_share: float, pasted_share: float
) -> None:
    maker = SceneMaker(pictures, replace(tiny, clip_share=clip_share, pasted_share=pasted_share))
    for seed in range(30):
        pair = maker.make(np.random.default_rng(seed))
        for scene in (pair.support, pair.query):
            height, width = scene.frame.shape[:2]
            assert scene.frame.dtype == np.uint8
            assert scene.box.intersects_frame(frame_width=width, frame_height=height)
            assert 0 < scene.box.center[0] < width
            assert 0 < scene.box.center[1] < height


def test_disturbed_when_every_disturbance_happens_then_size_and_type_stay_and_pixels_change() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    always = replace(STRONG, blur=1, motion=1, noise=1, coarse=1, shade=1, occluder=1)
    disturber = Disturber(0, longest_side=128)
    changed = disturber.disturbed(np.random.default_rng(1), frame, Box(20, 20, 30, 30), always, frame)
    assert (changed.shape, changed.dtype) == (frame.shape, frame.dtype)
    assert np.abs(changed.astype(int) - frame).mean() > 10
