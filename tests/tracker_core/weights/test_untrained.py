from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as nn

from tests.tracker_core.described import numbers_of
from tests.tracker_core.weights.weight_samples import assert_same_tensors
from tracker_core.weights.untrained import random_backbone


def test_random_backbone_when_seeded_alike_is_alike_and_otherwise_not() -> None:
    assert_same_tensors(random_backbone(3), random_backbone(3))
    assert numbers_of(random_backbone(3))["relu3_gain"] == pytest.approx(
        numbers_of(random_backbone(3))["relu3_gain"], rel=1e-6
    )
    assert (random_backbone(4).kernels["conv1"] != random_backbone(3).kernels["conv1"]).any()


def test_random_backbone_when_drawn_has_the_spread_of_he_et_al() -> None:
    kernels = random_backbone(0).kernels
    for layer, inputs in (("conv1", 3 * 7 * 7), ("conv2", 96 * 5 * 5), ("conv3", 256 * 3 * 3)):
        assert kernels[layer].std() == pytest.approx((2 / inputs) ** 0.5, rel=0.02)  # 14,000 draws or more


def test_random_backbone_when_shown_a_picture_answers_with_about_5() -> None:
    weights = random_backbone(0)
    numbers = numbers_of(weights)
    rows, columns = np.mgrid[0:107, 0:107]
    picture = 128 + 60 * np.sin(columns / 9) * np.cos(rows / 13)
    x = torch.from_numpy(np.broadcast_to(picture - numbers["input_mean"], (1, 3, 107, 107)).astype(np.float32))
    conv1, conv2, conv3 = (torch.from_numpy(weights.kernels[f"conv{i}"]) for i in (1, 2, 3))
    relu1 = nn.conv2d(x, conv1, stride=2).relu()
    relu2 = nn.conv2d(nn.max_pool2d(relu1, 3, 2), conv2, stride=2).relu()
    relu3 = nn.conv2d(nn.max_pool2d(relu2, 3, 2), conv3).relu()
    # Contrast differs from picture to picture, so only the order of magnitude is fixed.
    assert 2 < float(relu1.mean()) * numbers["relu1_gain"] < 12
    assert 2 < float(relu3.mean()) * numbers["relu3_gain"] < 12
