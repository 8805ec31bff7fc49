"""What the tracker remembers of past frames. Source: paper 3.3, with the authors' counting.

A memory is a value: adding a frame gives a new one that shares all samples with the old. Going back to an earlier
memory is keeping a reference to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tracker_core.config import ScheduleConfig
from tracker_core.localizer import RegionCrops
from tracker_core.row_store import Rows
from tracker_core.sample_view import SampleSource

BoxRows = NDArray[np.float32]
"""(n, 4) image boxes as they are remembered; nothing is computed from them."""

NO_BOXES: BoxRows = np.empty((0, 4), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where samples come from.

    Attributes:
        call: of the tracker, which gave their frame; see `SampleMemoryView`.
        source: why it was learned.
        first_update: number of the first update that can learn from them.
    """

    call: int
    source: SampleSource
    first_update: int


@dataclass(frozen=True, slots=True)
class FrameSamples:
    """Samples of one learned frame.

    Attributes:
        positives: features (9, channels) of places on the target.
        negatives: of places off it; None where they have left the short window.
        regions: search regions for the localiser; None where the variant has none.
        provenance: of all of them.
        positive_boxes: the places on the target.
        negative_boxes: those off it; empty where they have left.
        example_of: checksum of the frame they are an example of; None for samples learned while tracking.
    """

    positives: Rows
    negatives: Rows | None
    regions: RegionCrops | None
    provenance: Provenance
    positive_boxes: BoxRows
    negative_boxes: BoxRows
    example_of: int | None = None


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """What one update learns from."""

    positives: Rows
    negatives: Rows
    regions: RegionCrops | None


@dataclass(frozen=True, slots=True)
class SampleMemory:
    """Samples of the last learned frames, and those of human corrections, which never leave.

    Attributes:
        recent: oldest first; frames that were learned, not calendar frames (authors).
        kept: samples of manual boxes, in the order they came.
    """

    recent: tuple[FrameSamples, ...] = ()
    kept: tuple[FrameSamples, ...] = ()

    def with_frame(self, samples: FrameSamples, schedule: ScheduleConfig) -> SampleMemory:
        """Remember a learned frame and drop what has left the windows."""
        recent = [*self.recent, samples][-schedule.long_term_frames :]
        leaving = len(recent) - schedule.short_term_frames - 1
        if leaving >= 0:
            recent[leaving] = replace(recent[leaving], negatives=None, negative_boxes=NO_BOXES)
        return replace(self, recent=tuple(recent))

    @property
    def frames(self) -> tuple[FrameSamples, ...]:
        """All of them, those that are kept first: their rows are in the order of a long-term training set."""
        return *self.kept, *self.recent

    def with_correction(self, samples: FrameSamples) -> SampleMemory:
        """Remember a manual box for good."""
        return replace(self, kept=(*self.kept, samples))

    def without_example(self, checksum: int) -> SampleMemory:
        """Forget the example of a frame, if there is one."""
        return replace(self, kept=tuple(samples for samples in self.kept if samples.example_of != checksum))

    def training_set(self, schedule: ScheduleConfig, *, is_short_term: bool) -> TrainingSet:
        """All samples an update learns from; negatives are always those of the short window."""
        window = schedule.short_term_frames if is_short_term else schedule.long_term_frames
        used = [*self.kept, *self.recent[-window:]]
        regions = [samples.regions for samples in used if samples.regions is not None]
        with_negatives = [*self.kept, *self.recent[-schedule.short_term_frames :]]
        return TrainingSet(
            Rows.joined([samples.positives for samples in used]),
            Rows.joined([samples.negatives for samples in with_negatives if samples.negatives is not None]),
            RegionCrops.joined(regions) if regions else None,
        )
