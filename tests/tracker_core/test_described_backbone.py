"""A backbone that is nothing like VGG-M, through all that reads features."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.tracker_core.conftest import TABLE_1, ReducedConfig
from tests.tracker_core.moving_squares import scene
from tests.tracker_core.tiny_backbone import tiny_weights, with_description
from tracker_core import (
    FAST_STEPS,
    BackboneWeights,
    Box,
    Frame,
    PatchConfig,
    Speed,
    WeightsError,
    create_tracker,
    int8_rounding,
)
from tracker_core.backbone_weights import Tap
from tracker_core.call_monitor import CallMonitor
from tracker_core.cutting import Cutter, DeviceCutter, HostCutter
from tracker_core.feature_map import MapRegion
from tracker_core.features import FeatureExtractor
from tracker_core.int8_backbone import Int8Backbone
from tracker_core.int8_convolution import largest_weight
from tracker_core.int8_rounding import UnfitForInt8Error
from tracker_core.networks import Backbone

CPU = torch.device("cpu")
BOX = Box(50, 40, 30, 24)
needs_int8 = pytest.mark.skipif(
    largest_weight() == 0, reason="this torch or processor has no eight-bit convolutions"
)


@pytest.fixture(scope="module")
def tiny() -> BackboneWeights:
    return tiny_weights()


@pytest.fixture(scope="module")
def pixels() -> torch.Tensor:
    noise = torch.rand(2, 3, 24, 24, generator=torch.Generator().manual_seed(0))
    smooth = torch.nn.functional.interpolate(noise, size=(171, 171), mode="bicubic") * 255
    return smooth.clamp(0, 255).permute(0, 2, 3, 1).to(torch.uint8).contiguous()


@pytest.mark.parametrize("speed", ["exact", "fast"])
@pytest.mark.parametrize("preset", TABLE_1)
def test_tracker_when_its_backbone_is_made_up_then_initializes_tracks_and_corrects(
    tiny: BackboneWeights, reduced: ReducedConfig, preset: str, speed: Speed
) -> None:
    tracker = create_tracker(reduced(preset, speed=speed), tiny)
    tracker.initialize(scene(Box(40, 30, 24, 24)), Box(40, 30, 24, 24))
    for step in range(1, 4):
        frame = scene(Box(40 + 2 * step, 30 + step, 24, 24))
        result = tracker.track(frame)
        assert result.box.is_valid
        assert np.isfinite(result.score)
    assert tracker.correct(frame, Box(46, 33, 24, 24)).is_found


def test_extractor_then_shapes_follow_from_the_description(
    tiny: BackboneWeights, reduced: ReducedConfig, noise_frame: Frame
) -> None:
    extractor = FeatureExtractor(reduced(precision="float32"), tiny, CPU)
    assert extractor.feature_shape == (9, 12)
    assert extractor.localizer_shape == (53, 53, 6)
    assert extractor.classifier_features(noise_frame, BOX.xywh[None], CallMonitor()).shape == (1, 9, 12)
    region = MapRegion.around(BOX, columns=5, rows=3, stride=8, patch_size=107, patch_padding=16)
    assert extractor.map_cells(noise_frame, [region], CallMonitor()).shape == (1, 7, 9, 12)
    regions = torch.zeros(2, 107, 107, 3, dtype=torch.uint8)
    assert extractor.localizer_features(regions, is_normalized=True).shape == (2, 53, 53, 6)


@pytest.mark.parametrize("layer", ["stem", "down1"], ids=["reads pixels", "reads a layer"])
def test_localizer_cells_when_layers_pad_then_are_those_of_the_whole_map(
    tiny: BackboneWeights, layer: str
) -> None:
    weights = with_description(tiny, localizer=Tap(layer))
    backbone = Backbone(weights, device=CPU, dtype=torch.float32)
    views = torch.randint(0, 256, (2, 107, 107, 3), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    numbers = torch.tensor([0, 1, 1, 0])
    last = backbone.description.graph.sides(107)[layer] - 1
    places = torch.tensor([[0, 0], [last, last], [3, 9], [last, 0]])
    with torch.no_grad():
        cells = backbone.localizer_map(views, is_normalized=True)
        found = backbone.localizer_cells(views, numbers, places, is_normalized=True)
    torch.testing.assert_close(found, cells[numbers, places[:, 0], places[:, 1]], rtol=1e-5, atol=1e-5)


def test_outputs_then_only_what_they_need_is_computed(
    tiny: BackboneWeights, pixels: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    backbone = Backbone(tiny, device=CPU, dtype=torch.float32)
    computed = []
    real = Backbone._computed
    monkeypatch.setattr(
        Backbone, "_computed", lambda self, layer, *rest: computed.append(layer.name) or real(self, layer, *rest)
    )
    found = backbone.outputs(pixels, ["down2", "stem"])
    assert computed == ["stem", "down1", "down2"]
    assert {name: tuple(x.shape) for name, x in found.items()} == {
        "down2": (2, 6, 21, 21),
        "stem": (2, 6, 85, 85),
    }
    with pytest.raises(WeightsError, match='expected a layer, got "conv9"; there are stem, down1'):
        backbone.outputs(pixels, ["conv9"])


def test_outputs_when_a_tap_has_a_gain_then_come_without_it(
    random_weights: BackboneWeights, pixels: torch.Tensor
) -> None:
    backbone = Backbone(random_weights, device=CPU, dtype=torch.float32)
    with torch.no_grad():
        scaled = backbone.classifier_cells(pixels).permute(0, 3, 1, 2)
    plain = backbone.outputs(pixels, ["conv3"])["conv3"]
    torch.testing.assert_close(scaled, plain * random_weights.description.classifier[0].gain)


@needs_int8
@pytest.mark.parametrize("stride", [16, 8])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=["float32", "bfloat16"])
def test_int8_then_is_close_to_the_float_backbone(
    tiny: BackboneWeights, pixels: torch.Tensor, stride: int, dtype: torch.dtype
) -> None:
    """0.02 was measured without VNNI, over ten layers; sums of kernels are kept."""
    expected = Backbone(tiny, device=CPU, dtype=torch.float32).classifier_cells(pixels, stride=stride)
    found = Int8Backbone(Backbone(tiny, device=CPU, dtype=dtype), pixels[:1]).classifier_cells(
        pixels, stride=stride
    )
    assert found.dtype == dtype
    assert float((found.float() - expected).norm() / expected.norm()) < 0.05


@needs_int8
def test_int8_when_features_come_out_otherwise_then_refuses(
    tiny: BackboneWeights, pixels: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = int8_rounding.kernel_scales
    monkeypatch.setattr(int8_rounding, "kernel_scales", lambda *given: 100 * real(*given))
    with pytest.raises(UnfitForInt8Error, match=r"within 0\.25 of those in floating point, got"):
        Int8Backbone(Backbone(tiny, device=CPU, dtype=torch.float32), pixels)


def test_int8_when_the_input_mean_is_no_whole_number_then_refuses(
    tiny: BackboneWeights, pixels: torch.Tensor
) -> None:
    weights = with_description(tiny, input_mean=123.68)
    with pytest.raises(UnfitForInt8Error, match=r"expected a whole input mean of 0 to 255, got 123\.68"):
        Int8Backbone(Backbone(weights, device=CPU, dtype=torch.float32), pixels)


@needs_int8
@pytest.mark.logs_warnings
def test_extractor_when_eight_bits_are_unfit_then_warns_and_stays_exact(
    tiny: BackboneWeights, reduced: ReducedConfig, noise_frame: Frame, caplog: pytest.LogCaptureFixture
) -> None:
    config = FAST_STEPS["int8-convolutions"].apply(reduced(precision="float32"))
    extractor = FeatureExtractor(config, with_description(tiny, input_mean=123.68), CPU)
    exact = extractor.classifier_features(noise_frame, BOX.xywh[None], CallMonitor())
    extractor = extractor.fitted(noise_frame, BOX)
    assert torch.equal(extractor.classifier_features(noise_frame, BOX.xywh[None], CallMonitor()), exact)
    assert "convolutions stay in floating point: expected a whole input mean" in caplog.text


def test_extractor_when_the_description_says_no_eight_bits_then_stays_exact(
    tiny: BackboneWeights, reduced: ReducedConfig, noise_frame: Frame
) -> None:
    config = FAST_STEPS["int8-convolutions"].apply(reduced(precision="float32"))
    extractor = FeatureExtractor(config, with_description(tiny, uses_int8=False), CPU)
    exact = extractor.classifier_features(noise_frame, BOX.xywh[None], CallMonitor())
    extractor = extractor.fitted(noise_frame, BOX)
    assert torch.equal(extractor.classifier_features(noise_frame, BOX.xywh[None], CallMonitor()), exact)


@pytest.mark.parametrize("kind", ["host", "device"])
def test_cutter_when_it_has_a_margin_then_shows_the_same_and_more_around(noise_frame: Frame, kind: str) -> None:
    patches = PatchConfig()

    def cutter(margin: int) -> Cutter:
        if kind == "host":
            return HostCutter(patches, edges="sub-pixel", margin=margin)
        return DeviceCutter(patches, CPU, edges="sub-pixel", margin=margin)

    boxes = BOX.xywh[None]
    narrow, wide = cutter(0).patches(noise_frame, boxes), cutter(32).patches(noise_frame, boxes)
    assert wide.shape == (1, 171, 171, 3)
    # OpenCV reads between pixels to a 32nd of one.
    difference = (wide[:, 32:-32, 32:-32].float() - narrow.float()).abs()
    assert difference.mean() < 1
    assert HostCutter(patches, margin=32).patches(noise_frame, boxes).shape == (1, 171, 171, 3)
