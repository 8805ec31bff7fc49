"""A default system that learns in a second, and a matching head of made-up numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tracker_core import (
    PRESETS,
    BackboneWeights,
    DLSTConfig,
    MatchingConfig,
    Speed,
    SpeedConfig,
    with_speed,
)
from tracker_core.studio.matching_head import MatchingHead
from tracker_core.studio.studio_tracker import StudioTracker

torch.set_num_threads(1)  # OMP_NUM_THREADS alone comes too late where torch was imported first

CPU = torch.device("cpu")

FINE_CHANNELS, COARSE_CHANNELS, CHANNELS, KEYS = 3, 5, 12, 6

HEAD_SHAPES = {
    "neck": (CHANNELS, 4 * FINE_CHANNELS + COARSE_CHANNELS, 1, 1),
    "key": (KEYS, CHANNELS, 1, 1),
    "gate": (CHANNELS, CHANNELS, 1, 1),
    "mix": (CHANNELS, 64 + 1 + CHANNELS, 1, 1),
    **{f"{block}.depthwise": (CHANNELS, 1, 3, 3) for block in ("body.0", "body.1", "body.2", "box")},
    **{f"{block}.pointwise": (CHANNELS, CHANNELS, 1, 1) for block in ("body.0", "body.1", "body.2", "box")},
    "distances": (4, CHANNELS, 1, 1),
    "confidence": (1, CHANNELS, 1, 1),
}

HeadTensors = dict[str, NDArray[np.float32]]
StudioConfig = Callable[..., DLSTConfig]
MakeStudio = Callable[..., StudioTracker]


@pytest.fixture
def head_tensors() -> HeadTensors:
    """Small random numbers under the names of a head."""
    rng = np.random.default_rng(0)
    tensors = {}
    for name, shape in HEAD_SHAPES.items():
        tensors[f"matcher.{name}.weight"] = (0.3 * rng.standard_normal(shape)).astype(np.float32)
        tensors[f"matcher.{name}.bias"] = (0.1 * rng.standard_normal(shape[0])).astype(np.float32)
    return tensors


@pytest.fixture
def head(head_tensors: HeadTensors) -> MatchingHead:
    return MatchingHead(head_tensors, CPU)


@pytest.fixture(scope="session")
def studio_config() -> StudioConfig:
    """Gives the default system with few samples and steps; whole groups may be others."""

    def reduce(
        speed: Speed | SpeedConfig = "exact",
        *,
        iterations_first: int = 8,
        iterations_online: int = 2,
        correction_iterations: int = 3,
        update_interval: int = 10,
        update_delay: int = 0,
        **groups: object,
    ) -> DLSTConfig:
        config = PRESETS["dlst-studio"]
        config = with_speed(config, speed) if isinstance(speed, str) else replace(config, speed=speed)
        samples = config.samples
        config = replace(
            config,
            candidates=replace(config.candidates, count=24),
            samples=replace(
                samples,
                first=replace(samples.first, positives=60, positive_draws=100, negatives=100),
                online=replace(samples.online, positives=8, positive_draws=16, negatives=15),
            ),
            training=replace(
                config.training, iterations_first=iterations_first, iterations_online=iterations_online
            ),
            classifier=replace(config.classifier, batch_positives=16, batch_negatives=32, mining_pool=64),
            schedule=replace(config.schedule, update_interval=update_interval),
            correction=replace(
                config.correction,
                positives=12,
                positive_draws=24,
                wrong_places=6,
                iterations=correction_iterations,
            ),
            speed=replace(config.speed, second_look=8, update_delay=update_delay),
            matching=MatchingConfig(far_looks=1),
        )
        return replace(config, **groups)

    return reduce


@pytest.fixture
def make_studio(studio_weights: BackboneWeights, studio_config: StudioConfig) -> MakeStudio:
    """Gives a tracker by what differs."""

    def make(*, seed: int = 0, **changes: object) -> StudioTracker:
        return StudioTracker(studio_config(**changes), studio_weights, device=CPU, seed=seed)

    return make
