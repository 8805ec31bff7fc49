"""A small tracker that learns in a second, and pictures whose answer is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from tracker_core import PRESETS, BackboneWeights, DLSTConfig, Frame, Speed, with_speed
from tracker_core.config import Details, with_details
from tracker_core.weights import load_backbone, random_backbone

torch.set_num_threads(1)  # OMP_NUM_THREADS alone comes too late where torch was imported first

ReducedConfig = Callable[..., DLSTConfig]

TABLE_1 = tuple(name for name, config in PRESETS.items() if config.matching is None)
"""The systems of the paper's Table 1; none has a matching head."""


@pytest.fixture(scope="session")
def reduced() -> ReducedConfig:
    """Gives a preset that learns from few samples in few steps; other fields may be changed as well."""

    def reduce(
        preset: str = "dlst", details: Details = "code", speed: Speed = "exact", **changes: object
    ) -> DLSTConfig:
        config = replace(
            with_speed(with_details(PRESETS[preset], details), speed),
            candidate_count=24,
            first_positives=30,
            first_positive_draws=100,
            first_negatives=40,
            first_negative_draws=200,
            online_positives=10,
            online_positive_draws=20,
            online_negatives=15,
            online_negative_draws=60,
            regression_samples=20,
            regression_draws=300,
            iterations_first=10,
            iterations_online=4,
            batch_positives=16,
            batch_negatives=32,
            mining_pool=64,
            localizer_hidden=32,
            localizer_batch_first=4,
            localizer_batch_online=2,
            correction_positives=20,
            correction_positive_draws=40,
            correction_wrong_places=8,
            correction_iterations=10,
            correction_regression_samples=10,
            second_look=8,
            first_near_tiles=1,
            first_far_tiles=4,
        )
        return replace(config, **changes)

    return reduce


@pytest.fixture(scope="session")
def random_weights() -> BackboneWeights:
    return random_backbone(0)


@pytest.fixture(scope="session")
def shipped_weights() -> BackboneWeights:
    return load_backbone("default")


@pytest.fixture(scope="session")
def studio_weights() -> BackboneWeights:
    """The trunk with its matching head."""
    return load_backbone("studio")


@pytest.fixture(scope="session")
def noise_frame() -> Frame:
    """160 x 120 pixels, no two neighbours alike, so that a crop off by one pixel shows."""
    return np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
