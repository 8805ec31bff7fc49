"""How much work first-frame learning still does after someone has asked it to stop."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from tracker_core import PRESETS, BackboneWeights, Box, TrainingConfig, create_tracker
from tracker_core.networks import Backbone

MOST_BATCHES = 6
"""Between two looks, in batches of samples through the backbone; about two, where this was written."""
REAL_BATCHES = 5


@pytest.mark.parametrize(
    ("size", "box"),
    [((120, 160), Box(60, 40, 30, 24)), ((1080, 1920), Box(600, 300, 500, 400))],
    ids=["small", "large"],
)
def test_initialize_when_watched_then_no_more_than_a_few_batches_lie_between_two_looks(
    shipped_weights: BackboneWeights, size: tuple[int, int], box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gap is measured in batches of the same run, so that a slow or busy machine changes nothing.

    After some real batches the features are repeated: the other four hundred take just as long.
    """
    real = Backbone.classifier_cells
    seen: list[torch.Tensor] = []
    batch_s: list[float] = []
    looks_s: list[float] = []

    def soon_repeated(backbone: Backbone, pixels: torch.Tensor) -> torch.Tensor:
        if len(seen) < REAL_BATCHES:
            started = time.thread_time()
            seen.append(real(backbone, pixels))
            batch_s.append(time.thread_time() - started)
        return seen[-1][: len(pixels)]

    def look() -> bool:
        looks_s.append(time.thread_time())
        return False

    monkeypatch.setattr(Backbone, "classifier_cells", soon_repeated)
    frame = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    # Every step has its full size; there are only fewer of them.
    config = replace(PRESETS["dlst"], training=TrainingConfig(iterations_first=2))
    tracker = create_tracker(config, shipped_weights)
    look()
    tracker.initialize(frame, box, should_cancel=look)
    look()
    gaps = np.diff(looks_s) / np.median(batch_s)
    assert gaps.max() <= MOST_BATCHES
