"""A small tracker that learns in a second, and pictures whose answer is known."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

import numpy as np
import pytest
import torch

from tracker_core import PRESETS, BackboneWeights, Details, DLSTConfig, Frame, Speed, with_details, with_speed
from tracker_core.weights import load_backbone, random_backbone

torch.set_num_threads(1)  # OMP_NUM_THREADS alone comes too late where torch was imported first

ReducedConfig = Callable[..., DLSTConfig]

TABLE_1 = tuple(name for name, config in PRESETS.items() if config.matching is None)
"""The systems of the paper's Table 1; none has a matching head."""


@pytest.fixture(scope="session")
def reduced() -> ReducedConfig:
    """Gives a preset that learns from few samples in few steps; whole groups may be others."""

    def reduce(
        preset: str = "dlst",
        details: Details = "code",
        speed: Speed = "exact",
        *,
        without: Collection[str] = (),
        iterations_first: int = 10,
        iterations_online: int = 4,
        correction_iterations: int = 10,
        update_interval: int = 10,
        update_delay: int = 0,
        **groups: object,
    ) -> DLSTConfig:
        config = with_speed(with_details(PRESETS[preset], details), speed, without=without)
        samples = config.samples
        config = replace(
            config,
            candidates=replace(config.candidates, count=24),
            samples=replace(
                samples,
                first=replace(samples.first, positives=30, positive_draws=100, negatives=40, negative_draws=200),
                online=replace(samples.online, positives=10, positive_draws=20, negatives=15, negative_draws=60),
            ),
            regression=config.regression and replace(config.regression, samples=20, draws=300),
            training=replace(
                config.training, iterations_first=iterations_first, iterations_online=iterations_online
            ),
            classifier=replace(config.classifier, batch_positives=16, batch_negatives=32, mining_pool=64),
            localizer=config.localizer and replace(config.localizer, hidden=32, batch_first=4, batch_online=2),
            schedule=replace(config.schedule, update_interval=update_interval),
            correction=replace(
                config.correction,
                positives=20,
                positive_draws=40,
                wrong_places=8,
                iterations=correction_iterations,
                regression_samples=10,
            ),
            speed=replace(
                config.speed, second_look=8, first_near_tiles=1, first_far_tiles=4, update_delay=update_delay
            ),
        )
        return replace(config, **groups)

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
