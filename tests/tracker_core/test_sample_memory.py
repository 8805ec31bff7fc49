"""What is remembered and what has left: counted in learned frames, kept for corrections."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tracker_core import PRESETS
from tracker_core.localizer import RegionCrops
from tracker_core.sample_memory import FrameSamples, SampleMemory

CONFIG = PRESETS["dlst"]  # 100 and 20 frames


def frame_samples(mark: float, *, positives: int = 2, negatives: int = 3, regions: int = 1) -> FrameSamples:
    """Samples that all carry one number."""
    return FrameSamples(
        torch.full((positives, 9, 4), mark),
        torch.full((negatives, 9, 4), mark),
        RegionCrops(np.full((regions, 107, 107, 3), mark, np.float16), np.full((regions, 2), mark)),
    )


def learned(frames: int, memory: SampleMemory | None = None, *, first: int = 1) -> SampleMemory:
    memory = memory or SampleMemory()
    for number in range(first, first + frames):
        memory = memory.with_frame(frame_samples(number), CONFIG)
    return memory


def marks(samples: FrameSamples) -> tuple[list[int], list[int], list[int]]:
    """Frames whose positives, negatives and regions are in a training set."""
    assert samples.regions is not None
    return (
        [int(m) for m in samples.positives[:, 0, 0].unique()],
        [int(m) for m in samples.negatives[:, 0, 0].unique()],
        [int(m) for m in np.unique(samples.regions.origins)],
    )


@pytest.mark.parametrize(
    ("frames", "is_short_term", "oldest_positive", "oldest_negative"),
    [
        (1, False, 1, 1),
        (20, True, 1, 1),
        (21, True, 2, 2),
        (21, False, 1, 2),
        (100, False, 1, 81),
        (101, False, 2, 82),  # the first frame leaves like any other
        (101, True, 82, 82),
        (150, False, 51, 131),
    ],
)
def test_training_set_then_holds_the_windows_counted_in_learned_frames(
    frames: int, is_short_term: bool, oldest_positive: int, oldest_negative: int
) -> None:
    samples = learned(frames).training_set(CONFIG, is_short_term=is_short_term)
    positives = list(range(oldest_positive, frames + 1))
    negatives = list(range(oldest_negative, frames + 1))
    assert marks(samples) == (positives, negatives, positives)
    assert len(samples.positives) == 2 * len(positives)
    assert len(samples.negatives) == 3 * len(negatives)


def test_with_frame_then_samples_outside_the_windows_are_not_held() -> None:
    memory = learned(130)
    assert len(memory.recent) == 100
    assert [len(frame.negatives) for frame in memory.recent] == [0] * 80 + [3] * 20


@pytest.mark.parametrize("is_short_term", [True, False])
def test_correction_when_many_frames_were_learned_since_then_all_its_samples_stay(is_short_term: bool) -> None:
    memory = learned(5).with_correction(frame_samples(1000)).with_correction(frame_samples(2000))
    memory = learned(150, memory, first=6)
    for found in marks(memory.training_set(CONFIG, is_short_term=is_short_term)):
        assert {1000, 2000} <= set(found)
    assert len(memory.training_set(CONFIG, is_short_term=True).positives) == 2 * (20 + 2)


def test_memory_when_a_frame_is_added_then_the_older_value_is_unchanged() -> None:
    before = learned(25)
    expected = marks(before.training_set(CONFIG, is_short_term=False))
    learned(90, before, first=26).with_correction(frame_samples(1000))
    assert marks(before.training_set(CONFIG, is_short_term=False)) == expected


def test_training_set_when_the_variant_has_no_localizer_then_has_no_regions() -> None:
    samples = FrameSamples(torch.zeros(2, 9, 4), torch.zeros(3, 9, 4), None)
    assert SampleMemory().with_frame(samples, CONFIG).training_set(CONFIG, is_short_term=True).regions is None
