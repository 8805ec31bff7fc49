"""How much work first-frame learning still does after someone has asked it to stop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tracker_core import PRESETS, BackboneWeights, Box, TrainingConfig, create_tracker
from tracker_core.head_pass import HeadPass
from tracker_core.networks import Backbone

MOST_PIECES = 1
"""Of work between two looks: batches of samples through the backbone, and steps of training."""
REAL_BATCHES = 5


@pytest.mark.parametrize(
    ("size", "box"),
    [((120, 160), Box(60, 40, 30, 24)), ((1080, 1920), Box(600, 300, 500, 400))],
    ids=["small", "large"],
)
def test_initialize_when_watched_then_no_more_than_a_few_pieces_of_work_lie_between_two_looks(
    shipped_weights: BackboneWeights, size: tuple[int, int], box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted, not timed: after some real batches the features are repeated, so that it is quick."""
    real, real_gradients = Backbone.classifier_cells, HeadPass.gradients
    seen: list[torch.Tensor] = []
    pieces = [0]

    def soon_repeated(backbone: Backbone, pixels: torch.Tensor) -> torch.Tensor:
        pieces[-1] += 1
        if len(seen) < REAL_BATCHES:
            seen.append(real(backbone, pixels))
        return seen[-1][: len(pixels)]

    def counted_gradients(seen: HeadPass, of_logits: torch.Tensor) -> list[torch.Tensor]:
        pieces[-1] += 1
        return real_gradients(seen, of_logits)

    def look() -> bool:
        pieces.append(0)
        return False

    monkeypatch.setattr(Backbone, "classifier_cells", soon_repeated)
    monkeypatch.setattr(HeadPass, "gradients", counted_gradients)
    frame = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    # Every step has its full size; there are only fewer of them.
    config = replace(PRESETS["dlst"], training=TrainingConfig(iterations_first=2))
    create_tracker(config, shipped_weights).initialize(frame, box, should_cancel=look)
    assert sum(pieces) > 300
    assert max(pieces) <= MOST_PIECES
