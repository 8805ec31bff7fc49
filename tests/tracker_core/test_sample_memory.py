"""What is remembered and what has left: counted in learned frames, kept for corrections."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tracker_core import ScheduleConfig
from tracker_core.localizer import RegionCrops
from tracker_core.row_store import Rows, RowStore
from tracker_core.sample_memory import FrameSamples, Provenance, SampleMemory, TrainingSet
from tracker_core.sample_view import SampleSource

CPU = torch.device("cpu")
SCHEDULE = ScheduleConfig()  # 100 and 20 frames


class MarkedSamples:
    """Makes frames' samples that all carry one number, in stores with room for a frame of each kind."""

    def __init__(self) -> None:
        self.features = RowStore((9, 4), dtype=torch.float32, device=CPU, page_rows=2, pages=3)
        self._pixels = RowStore((2, 2, 3), dtype=torch.int16, device=CPU, page_rows=1, pages=1)

    def frame(self, mark: int) -> FrameSamples:
        """Two positives, three negatives, one region."""
        return FrameSamples(
            self.features.put(torch.full((2, 9, 4), float(mark))),
            self.features.put(torch.full((3, 9, 4), float(mark))),
            RegionCrops(self._pixels.put(torch.full((1, 2, 2, 3), mark)), np.full((1, 2), float(mark))),
            Provenance(mark, SampleSource.TRACKED, first_update=1),
            np.full((2, 4), mark, np.float32),
            np.full((3, 4), mark, np.float32),
        )

    def learned(self, frames: int, memory: SampleMemory | None = None, *, first: int = 1) -> SampleMemory:
        memory = memory or SampleMemory()
        for number in range(first, first + frames):
            memory = memory.with_frame(self.frame(number), SCHEDULE)
        return memory


@pytest.fixture
def samples() -> MarkedSamples:
    return MarkedSamples()


def values(rows: Rows) -> torch.Tensor:
    return rows.take(torch.arange(len(rows)))


def marks(training_set: TrainingSet) -> tuple[list[int], list[int], list[int]]:
    """Frames whose positives, negatives and regions are in a training set."""
    regions = training_set.regions
    assert regions is not None
    origins = regions.origins[:, 0].astype(int).tolist()
    assert values(regions.pixels)[:, 0, 0, 0].tolist() == origins
    return (
        [int(m) for m in values(training_set.positives).unique()],
        [int(m) for m in values(training_set.negatives).unique()],
        sorted(origins),
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
    samples: MarkedSamples, frames: int, is_short_term: bool, oldest_positive: int, oldest_negative: int
) -> None:
    training_set = samples.learned(frames).training_set(SCHEDULE, is_short_term=is_short_term)
    positives = list(range(oldest_positive, frames + 1))
    negatives = list(range(oldest_negative, frames + 1))
    assert marks(training_set) == (positives, negatives, positives)
    assert len(training_set.positives) == 2 * len(positives)
    assert len(training_set.negatives) == 3 * len(negatives)


def test_with_frame_then_samples_outside_the_windows_are_not_held(samples: MarkedSamples) -> None:
    memory = samples.learned(430)
    assert len(memory.recent) == 100
    assert [frame.negatives and len(frame.negatives) for frame in memory.recent] == [None] * 80 + [3] * 20
    needed = 101 * 2 + 21 * 4  # three negatives take two pages of two
    assert len(samples.features.values) <= 1.5 * needed


@pytest.mark.parametrize("is_short_term", [True, False])
def test_correction_when_many_frames_were_learned_since_then_all_its_samples_stay(
    samples: MarkedSamples, is_short_term: bool
) -> None:
    memory = samples.learned(5)
    for mark in (1000, 2000):
        memory = memory.with_correction(samples.frame(mark))
    memory = samples.learned(150, memory, first=6)
    for found in marks(memory.training_set(SCHEDULE, is_short_term=is_short_term)):
        assert {1000, 2000} <= set(found)
    assert len(memory.training_set(SCHEDULE, is_short_term=True).positives) == 2 * (20 + 2)


def test_memory_when_a_frame_is_added_then_the_older_value_is_unchanged(samples: MarkedSamples) -> None:
    before = samples.learned(25)
    expected = marks(before.training_set(SCHEDULE, is_short_term=False))
    samples.learned(90, before, first=26).with_correction(samples.frame(1000))
    assert marks(before.training_set(SCHEDULE, is_short_term=False)) == expected


def test_training_set_when_the_variant_has_no_localizer_then_has_no_regions(samples: MarkedSamples) -> None:
    without = replace(samples.frame(1), regions=None)
    assert SampleMemory().with_frame(without, SCHEDULE).training_set(SCHEDULE, is_short_term=True).regions is None
