"""Which places of a frame are learned from: drawn boxes, or windows of shared maps. Source: paper 3.3, 4.1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker_core.box import Box, BoxArray
from tracker_core.config import DLSTConfig
from tracker_core.features import Places
from tracker_core.map_sampling import MapSampler
from tracker_core.sampling import BoxSampler, keep_distant, keep_overlapping

_FEWEST = 10
"""Boxes are drawn where maps give less than one part in so many: the target fills the frame."""


@dataclass(frozen=True, slots=True)
class SampleLocations:
    """Chooses places for one target.

    Attributes:
        sampler: draws boxes.
        rng: of all draws.
    """

    sampler: BoxSampler
    rng: np.random.Generator

    def for_regression(self, box: Box, n: int) -> BoxArray:
        """At most `n` boxes near the box, in many shapes."""
        config = self._config
        drawn = self.sampler.uniform_aspect(self.rng, box, config.regression_draws)
        return self._overlapping(drawn, box, above=config.regression_iou, n=n)

    def positives(self, box: Box, draws: int, n: int) -> BoxArray:
        """At least one and at most `n` boxes on the target, of so many draws."""
        config = self._config
        drawn = self.sampler.normal(
            self.rng,
            box,
            draws,
            translation=config.positive_translation,
            scale_exponent=config.positive_scale_exponent,
        )
        kept = self._overlapping(drawn, box, above=config.positive_iou, n=n)
        return kept if len(kept) > 0 else box.xywh[None]  # a tiny box may be missed by every draw

    def first_negatives(self, box: Box) -> tuple[Places, ...]:
        """Places around the target and over the whole frame; both kinds in one where they are drawn (authors)."""
        config, sampler, rng = self._config, self.sampler, self.rng
        if config.negative_source == "maps":
            half = config.first_negatives // 2
            near = self._maps.negatives(
                box,
                config.first_near_tiles,
                half,
                below=config.first_negative_iou,
                translation=config.first_negative_translation,
                scale_exponent=config.first_negative_scale_exponent,
            )
            far = self._maps.whole_frame(box, config.first_far_tiles, half, below=config.first_negative_iou)
            if len(near) + len(far) > config.batch_negatives:
                return near, far
        drawn = np.concatenate(
            [
                sampler.uniform(
                    rng,
                    box,
                    config.first_negative_draws,
                    translation=config.first_negative_translation,
                    scale_exponent=config.first_negative_scale_exponent,
                ),
                sampler.whole_frame(rng, box, config.first_negative_draws),
            ]
        )
        return (self._distant(drawn, box, below=config.first_negative_iou, n=config.first_negatives),)

    def surrounding(self, box: Box, *, below: float) -> Places:
        """Places off the target, up to some sides away."""
        config = self._config
        if config.negative_source == "maps":
            windows = self._maps.negatives(
                box,
                config.negative_tiles,
                config.online_negatives,
                below=below,
                translation=config.online_negative_translation,
                scale_exponent=config.online_negative_scale_exponent,
            )
            if len(windows) > config.online_negatives // _FEWEST:
                return windows
        drawn = self.sampler.uniform(
            self.rng,
            box,
            config.online_negative_draws,
            translation=config.online_negative_translation,
            scale_exponent=config.online_negative_scale_exponent,
        )
        return self._distant(drawn, box, below=below, n=config.online_negatives)

    @property
    def _config(self) -> DLSTConfig:
        return self.sampler.config

    @property
    def _maps(self) -> MapSampler:
        return MapSampler(self.sampler, self.rng)

    def _overlapping(self, drawn: BoxArray, box: Box, *, above: float, n: int) -> BoxArray:
        return keep_overlapping(self.rng, drawn, box, above=above, n=n, is_strict=self._config.is_iou_strict)

    def _distant(self, drawn: BoxArray, box: Box, *, below: float, n: int) -> BoxArray:
        return keep_distant(self.rng, drawn, box, below=below, n=n, is_strict=self._config.is_iou_strict)
