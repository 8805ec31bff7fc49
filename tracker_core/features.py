"""Features of many places of one frame, exactly: every box is cut and goes through the network by itself."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from tracker_core.backbone_weights import BackboneWeights
from tracker_core.box import BoxArray
from tracker_core.config import DLSTConfig
from tracker_core.cropping import cut_patches
from tracker_core.networks import Backbone
from tracker_core.tracker import Frame
from tracker_core.watch import Watch

_CPU_BATCH = 16  # larger batches leave the processor's cache (measured: 8 to 16 are fastest)
_DEVICE_BATCH = 512
_RELU3_SHAPE = (9, 512)  # positions, channels


def choose_dtype(config: DLSTConfig, device: torch.device) -> torch.dtype:
    """Precision of the frozen convolutions: bfloat16 where the processor computes in it, unless told otherwise."""
    if config.precision != "auto":
        return torch.bfloat16 if config.precision == "bfloat16" else torch.float32
    is_native = device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()
    return torch.bfloat16 if is_native else torch.float32


class FeatureExtractor:
    """relu3 and conv1 features in float32 on the tracker's device."""

    def __init__(self, config: DLSTConfig, weights: BackboneWeights, device: torch.device) -> None:
        self._config = config
        self._backbone = Backbone(weights, device=device, dtype=choose_dtype(config, device))
        self._batch = _CPU_BATCH if device.type == "cpu" else _DEVICE_BATCH

    @torch.no_grad()
    def classifier_features(self, frame: Frame, boxes_xywh: BoxArray, watch: Watch) -> torch.Tensor:
        """(n, 4) boxes -> (n, 9, 512) relu3 features; equal boxes are computed once."""
        unique, inverse = np.unique(boxes_xywh, axis=0, return_inverse=True)
        features = torch.empty(len(boxes_xywh), *_RELU3_SHAPE, device=self._backbone.device)
        for start in range(0, len(unique), self._batch):
            boxes = unique[start : start + self._batch]
            watch.advance(len(boxes))
            with watch.measure("crop"):
                patches = cut_patches(
                    frame,
                    boxes,
                    size=self._config.patch_size,
                    padding=self._config.patch_padding,
                    pad_value=self._config.pad_value,
                )
            with watch.measure("convolve"):
                computed = self._backbone.relu3_features(torch.from_numpy(patches))
                rows = np.flatnonzero((inverse >= start) & (inverse < start + len(boxes)))
                features[rows] = computed[inverse[rows] - start]
        return features

    @torch.no_grad()
    def localizer_features(self, pixels: NDArray[np.float16]) -> torch.Tensor:
        """(n, 107, 107, 3) search regions -> (n, 51, 51, 96) features, not yet windowed."""
        is_normalized = self._config.localizer_feature == "norm1"
        return self._backbone.conv1_features(torch.from_numpy(pixels).float(), is_normalized=is_normalized)
