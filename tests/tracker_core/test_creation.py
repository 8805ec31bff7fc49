"""Which tracker a config gets, and which backbones it takes."""

from __future__ import annotations

import pytest

from tests.tracker_core.conftest import TABLE_1
from tracker_core import PRESETS, BackboneWeights, create_tracker
from tracker_core.backbone_weights import WeightsError
from tracker_core.dlst import DLSTTracker
from tracker_core.studio.studio_tracker import StudioTracker


@pytest.mark.parametrize("preset", TABLE_1)
def test_create_tracker_when_a_system_of_the_paper_then_any_backbone_serves(
    random_weights: BackboneWeights, studio_weights: BackboneWeights, preset: str
) -> None:
    for weights in (random_weights, studio_weights):
        assert isinstance(create_tracker(PRESETS[preset], weights), DLSTTracker)


def test_create_tracker_when_boxes_come_from_a_matching_head_then_is_the_default_system(
    studio_weights: BackboneWeights,
) -> None:
    assert isinstance(create_tracker(PRESETS["dlst-studio"], studio_weights), StudioTracker)


def test_create_tracker_when_the_backbone_has_no_matching_head_then_says_so(
    random_weights: BackboneWeights, shipped_weights: BackboneWeights
) -> None:
    for weights in (random_weights, shipped_weights):
        with pytest.raises(WeightsError, match="has no matching head, and dlst-studio needs one"):
            create_tracker(PRESETS["dlst-studio"], weights)
