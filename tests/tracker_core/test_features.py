"""Features of many boxes of one frame."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
import torch

from tests.tracker_core.conftest import ReducedConfig
from tests.tracker_core.test_cropping import reference_patch
from tracker_core import BackboneWeights, Box, Frame
from tracker_core.call_monitor import CallMonitor
from tracker_core.config import Precision
from tracker_core.features import FeatureExtractor, choose_dtype
from tracker_core.networks import Backbone
from tracker_core.tracker import TrackerInputError, TrackingCancelled

CPU = torch.device("cpu")


@pytest.fixture
def extractor(random_weights: BackboneWeights, reduced: ReducedConfig) -> FeatureExtractor:
    return FeatureExtractor(reduced(precision="float32"), random_weights, CPU)


def test_classifier_features_when_boxes_repeat_then_every_row_is_its_boxs_own(
    extractor: FeatureExtractor, random_weights: BackboneWeights, noise_frame: Frame
) -> None:
    """More than a batch, in no order, each box three times."""
    rng = np.random.default_rng(0)
    different = np.column_stack([rng.integers(-5, 120, 23), rng.integers(-5, 90, 23), [30] * 23, [24] * 23])
    boxes = np.repeat(different, 3, axis=0)[rng.permutation(69)].astype(np.float64)
    found = extractor.classifier_features(noise_frame, boxes, CallMonitor())
    patches = np.stack([reference_patch(noise_frame, Box.from_xywh(row), 0) for row in boxes])
    backbone = Backbone(random_weights, device=CPU, dtype=torch.float32)
    with torch.no_grad():
        expected = backbone.classifier_cells(torch.from_numpy(patches)).flatten(1, 2)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-3)


def test_classifier_features_when_boxes_repeat_then_each_is_computed_once(
    extractor: FeatureExtractor, noise_frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[int] = []

    def counted(self: Backbone, pixels: torch.Tensor) -> torch.Tensor:
        computed.append(len(pixels))
        return torch.zeros(len(pixels), 3, 3, 512)

    monkeypatch.setattr(Backbone, "classifier_cells", counted)
    boxes = np.tile([[10.0, 10, 20, 20], [30, 10, 20, 20]], (50, 1))
    assert extractor.classifier_features(noise_frame, boxes, CallMonitor()).shape == (100, 9, 512)
    assert sum(computed) == 2


def test_classifier_features_when_cancelled_then_stops_at_the_next_batch(
    extractor: FeatureExtractor, noise_frame: Frame
) -> None:
    answers = iter([False, True])
    boxes = np.column_stack([np.arange(40.0), np.arange(40.0), np.full(40, 30.0), np.full(40, 24.0)])
    with pytest.raises(TrackingCancelled):
        extractor.classifier_features(noise_frame, boxes, CallMonitor(lambda: next(answers)))


@pytest.mark.parametrize(("precision", "expected"), [("float32", torch.float32), ("bfloat16", torch.bfloat16)])
def test_choose_dtype_when_told_then_obeys(precision: Precision, expected: torch.dtype) -> None:
    assert choose_dtype(precision, CPU) is expected


def test_classifier_features_when_memory_runs_short_then_goes_on_in_smaller_batches(
    extractor: FeatureExtractor,
    noise_frame: Frame,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    boxes = np.column_stack([np.arange(20.0), np.arange(20.0), [30] * 20, [24] * 20])
    expected = extractor.classifier_features(noise_frame, boxes, CallMonitor())
    run_short_of_memory(monkeypatch, above=8)
    torch.testing.assert_close(extractor.classifier_features(noise_frame, boxes, CallMonitor()), expected)
    assert [record.message for record in caplog.records] == [
        "cpu is short of memory: continuing with 8 patches at a time"
    ]
    caplog.clear()


def test_classifier_features_when_there_is_no_memory_at_all_then_says_what_to_do(
    extractor: FeatureExtractor,
    noise_frame: Frame,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    run_short_of_memory(monkeypatch, above=0)
    with pytest.raises(TrackerInputError, match="the device cpu"):
        extractor.classifier_features(noise_frame, np.array([[10.0, 10, 30, 24]]), CallMonitor())
    caplog.clear()


def run_short_of_memory(monkeypatch: pytest.MonkeyPatch, *, above: int) -> None:
    """Let the network fail as a full GPU does for more patches than `above`."""
    real = Backbone.classifier_cells

    def classifier_cells(self: Backbone, pixels: torch.Tensor, **options: Literal[8, 16]) -> torch.Tensor:
        if len(pixels) > above:
            raise torch.OutOfMemoryError("out of memory")
        return real(self, pixels, **options)

    monkeypatch.setattr(Backbone, "classifier_cells", classifier_cells)
