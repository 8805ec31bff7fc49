"""Frozen networks are made once for all targets that look with the same weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from tests.tracker_core.moving_squares import path, scene
from tests.tracker_core.studio.conftest import CPU, StudioConfig
from tracker_core import BackboneWeights, create_tracker
from tracker_core.studio.networks import StudioNetworks


def test_networks_when_weights_and_settings_are_the_same_then_are_shared(
    studio_config: StudioConfig, studio_weights: BackboneWeights
) -> None:
    assert StudioNetworks.of(studio_config(), studio_weights, CPU) is StudioNetworks.of(
        studio_config(), studio_weights, CPU
    )


def test_networks_when_weights_precision_or_threads_differ_then_are_others(
    studio_config: StudioConfig, studio_weights: BackboneWeights
) -> None:
    config, threads = studio_config(), torch.get_num_threads()
    first = StudioNetworks.of(config, studio_weights, CPU)
    assert StudioNetworks.of(config, replace(studio_weights), CPU) is not first
    assert StudioNetworks.of(replace(config, precision="bfloat16"), studio_weights, CPU) is not first
    torch.set_num_threads(threads + 1)
    try:
        assert StudioNetworks.of(config, studio_weights, CPU) is not first
    finally:
        torch.set_num_threads(threads)


def test_trackers_that_share_networks_then_find_what_each_finds_alone(
    studio_config: StudioConfig, studio_weights: BackboneWeights
) -> None:
    def made(weights: BackboneWeights, seed: int) -> list[np.ndarray]:
        tracker = create_tracker(studio_config(), weights, seed=seed)
        boxes = [path(number) for number in range(4)]
        tracker.initialize(scene(boxes[0]), boxes[0])
        return [tracker.track(scene(box)).box.xywh for box in boxes[1:]]

    alone = [made(replace(studio_weights), seed) for seed in (0, 1)]
    np.testing.assert_array_equal([made(studio_weights, seed) for seed in (0, 1)], alone)
