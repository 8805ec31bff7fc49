"""How long first-frame learning goes on after someone has asked it to stop."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from tracker_core import PRESETS, BackboneWeights, Box, Frame, create_tracker
from tracker_core.networks import Backbone

LIMIT_S = 0.2
REAL_BATCHES = 5


def longest_gap_s(weights: BackboneWeights, frame: Frame, box: Box) -> float:
    """Between two looks at `should_cancel`, in CPU time of this thread: other processes do not count."""
    moments = [time.thread_time()]

    def noted() -> bool:
        moments.append(time.thread_time())
        return False

    # Every step has its full size; there are only fewer of them.
    tracker = create_tracker(replace(PRESETS["dlst"], iterations_first=2), weights)
    tracker.initialize(frame, box, should_cancel=noted)
    moments.append(time.thread_time())
    return float(np.diff(moments).max())


@pytest.mark.parametrize(
    ("size", "box"),
    [((120, 160), Box(60, 40, 30, 24)), ((1080, 1920), Box(600, 300, 500, 400))],
    ids=["small", "large"],
)
def test_initialize_when_watched_then_asks_whether_to_stop_every_fifth_of_a_second(
    shipped_weights: BackboneWeights, size: tuple[int, int], box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some real batches the features are repeated: the other four hundred take just as long."""
    real = Backbone.classifier_cells
    seen: list[torch.Tensor] = []

    def soon_repeated(backbone: Backbone, pixels: torch.Tensor) -> torch.Tensor:
        if len(seen) < REAL_BATCHES:
            seen.append(real(backbone, pixels))
        return seen[-1][: len(pixels)]

    monkeypatch.setattr(Backbone, "classifier_cells", soon_repeated)
    frame = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    gaps = []
    while not gaps or (gaps[-1] >= LIMIT_S and len(gaps) < 3):  # a neighbour on the same core can double one
        gaps.append(longest_gap_s(shipped_weights, frame, box))
    assert min(gaps) < LIMIT_S
