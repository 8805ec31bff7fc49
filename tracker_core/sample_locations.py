"""Which places of a frame are learned from: drawn boxes, or windows of shared maps. Source: paper 3.3, 4.1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker_core.box import Box, BoxArray
from tracker_core.config import DLSTConfig, RegressionConfig
from tracker_core.features import Places
from tracker_core.map_sampling import MapSampler
from tracker_core.sampling import BoxSampler, keep_distant, keep_overlapping

_FEWEST = 10
"""Boxes are drawn where maps give less than one part in so many: the target fills the frame."""


@dataclass(frozen=True, slots=True)
class SampleLocations:
    """Chooses places for one target.

    Attributes:
        config: how many, how near, from where.
        sampler: draws boxes.
        rng: of all draws.
    """

    config: DLSTConfig
    sampler: BoxSampler
    rng: np.random.Generator

    def for_regression(self, box: Box, regression: RegressionConfig, n: int) -> BoxArray:
        """At most `n` boxes near the box, in many shapes."""
        drawn = self.sampler.uniform_aspect(self.rng, box, regression)
        return self._overlapping(drawn, box, above=regression.iou, n=n)

    def positives(self, box: Box, draws: int, n: int) -> BoxArray:
        """At least one and at most `n` boxes on the target, of so many draws."""
        samples = self.config.samples
        drawn = self.sampler.normal(
            self.rng,
            box,
            draws,
            translation=samples.positive_translation,
            scale_exponent=samples.positive_scale_exponent,
        )
        kept = self._overlapping(drawn, box, above=samples.positive_iou, n=n)
        return kept if len(kept) > 0 else box.xywh[None]  # a tiny box may be missed by every draw

    def first_negatives(self, box: Box) -> tuple[Places, ...]:
        """Places around the target and over the whole frame; both kinds in one where they are drawn (authors)."""
        first, speed = self.config.samples.first, self.config.speed
        sampler, rng = self.sampler, self.rng
        if speed.negative_source == "maps":
            half = first.negatives // 2
            near = self._maps.negatives(
                box,
                speed.first_near_tiles,
                half,
                below=first.negative_iou,
                translation=first.negative_translation,
                scale_exponent=first.negative_scale_exponent,
            )
            far = self._maps.whole_frame(box, speed.first_far_tiles, half, below=first.negative_iou)
            if len(near) + len(far) > self.config.classifier.batch_negatives:
                return near, far
        drawn = np.concatenate(
            [
                sampler.uniform(
                    rng,
                    box,
                    first.negative_draws,
                    translation=first.negative_translation,
                    scale_exponent=first.negative_scale_exponent,
                ),
                sampler.whole_frame(rng, box, first.negative_draws),
            ]
        )
        return (self._distant(drawn, box, below=first.negative_iou, n=first.negatives),)

    def surrounding(self, box: Box, *, below: float) -> Places:
        """Places off the target, up to some sides away."""
        online, speed = self.config.samples.online, self.config.speed
        if speed.negative_source == "maps":
            windows = self._maps.negatives(
                box,
                speed.negative_tiles,
                online.negatives,
                below=below,
                translation=online.negative_translation,
                scale_exponent=online.negative_scale_exponent,
            )
            if len(windows) > online.negatives // _FEWEST:
                return windows
        drawn = self.sampler.uniform(
            self.rng,
            box,
            online.negative_draws,
            translation=online.negative_translation,
            scale_exponent=online.negative_scale_exponent,
        )
        return self._distant(drawn, box, below=below, n=online.negatives)

    @property
    def _maps(self) -> MapSampler:
        return MapSampler(self.sampler, self.config.patches, self.rng)

    def _overlapping(self, drawn: BoxArray, box: Box, *, above: float, n: int) -> BoxArray:
        return keep_overlapping(
            self.rng, drawn, box, above=above, n=n, is_strict=self.config.samples.is_iou_strict
        )

    def _distant(self, drawn: BoxArray, box: Box, *, below: float, n: int) -> BoxArray:
        return keep_distant(self.rng, drawn, box, below=below, n=n, is_strict=self.config.samples.is_iou_strict)
