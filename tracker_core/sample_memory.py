"""What the tracker remembers of past frames. Source: paper 3.3, with the authors' counting.

A memory is a value: adding a frame gives a new one that shares all samples with the old. Going back to an earlier
memory is keeping a reference to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from tracker_core.config import DLSTConfig
from tracker_core.localizer import RegionCrops


@dataclass(frozen=True, slots=True)
class FrameSamples:
    """Samples of one learned frame.

    Attributes:
        positives: (n, 9, 512) float32 features of places on the target.
        negatives: (m, 9, 512) features of places off it.
        regions: search regions for the localiser; None where the variant has none.
    """

    positives: torch.Tensor
    negatives: torch.Tensor
    regions: RegionCrops | None


@dataclass(frozen=True, slots=True)
class SampleMemory:
    """Samples of the last learned frames, and those of human corrections, which never leave.

    Attributes:
        recent: oldest first; frames that were learned, not calendar frames (authors).
        kept: samples of human boxes, in the order they came.
    """

    recent: tuple[FrameSamples, ...] = ()
    kept: tuple[FrameSamples, ...] = ()

    def with_frame(self, samples: FrameSamples, config: DLSTConfig) -> SampleMemory:
        """Remember a learned frame and drop what has left the windows."""
        recent = [*self.recent, samples][-config.long_term_frames :]
        leaving = len(recent) - config.short_term_frames - 1
        if leaving >= 0 and len(recent[leaving].negatives) > 0:
            negatives = recent[leaving].negatives
            recent[leaving] = replace(recent[leaving], negatives=negatives.new_empty(0, *negatives.shape[1:]))
        return replace(self, recent=tuple(recent))

    def with_correction(self, samples: FrameSamples) -> SampleMemory:
        """Remember a human box for good."""
        return replace(self, kept=(*self.kept, samples))

    def training_set(self, config: DLSTConfig, *, is_short_term: bool) -> FrameSamples:
        """All samples an update learns from; negatives are always those of the short window."""
        window = config.short_term_frames if is_short_term else config.long_term_frames
        used = [*self.kept, *self.recent[-window:]]
        regions = [samples.regions for samples in used if samples.regions is not None]
        negatives = [*self.kept, *self.recent[-config.short_term_frames :]]
        return FrameSamples(
            torch.cat([samples.positives for samples in used]),
            torch.cat([samples.negatives for samples in negatives]),
            RegionCrops.joined(regions) if regions else None,
        )
