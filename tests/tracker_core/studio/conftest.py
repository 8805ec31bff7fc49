"""A default system that learns in a second, and a matching head of made-up numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tracker_core import PRESETS, BackboneWeights, DLSTConfig, Speed, with_speed
from tracker_core.config import MatchingConfig
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
    """Gives the default system with few samples and steps; other fields may be changed as well."""

    def reduce(speed: Speed = "exact", **changes: object) -> DLSTConfig:
        config = replace(
            with_speed(PRESETS["dlst-studio"], speed),
            candidate_count=24,
            first_positives=60,
            first_positive_draws=100,
            first_negatives=100,
            online_positives=8,
            online_positive_draws=16,
            online_negatives=15,
            iterations_first=8,
            iterations_online=2,
            batch_positives=16,
            batch_negatives=32,
            mining_pool=64,
            correction_positives=12,
            correction_positive_draws=24,
            correction_wrong_places=6,
            correction_iterations=3,
            second_look=8,
            matching=MatchingConfig(far_looks=1),
        )
        return replace(config, **changes)

    return reduce


@pytest.fixture
def make_studio(studio_weights: BackboneWeights, studio_config: StudioConfig) -> MakeStudio:
    """Gives a tracker by the fields that differ."""

    def make(*, seed: int = 0, **changes: object) -> StudioTracker:
        return StudioTracker(studio_config(**changes), studio_weights, device=CPU, seed=seed)

    return make
