"""EfficientNet-Lite0's first eleven blocks as a backbone, described as data.

Source: Tan and Le, ICML 2019, and the "lite" variants of the same authors: no squeeze-excitation, ReLU6. Means and
deviations of its taps are in `efficientnet_lite_statistics`.
"""

from __future__ import annotations

from dataclasses import dataclass

from tracker_core.backbone_graph import PIXELS, Convolution, Layer, LayerGraph, Sum
from tracker_core.backbone_weights import BackboneDescription, Tap
from tracker_core.efficientnet_lite_statistics import (
    BLOCK4_DEVIATION,
    BLOCK4_MEAN,
    BLOCK10_DEVIATION,
    BLOCK10_MEAN,
    STEM_GAIN,
)

EFFICIENTNET_LITE0_NAME = "efficientnet-lite0"

_FEATURE_SIZE = 5.0  # deviation of every channel: the paper's learning rates suit features of this size
_MARGIN = 32  # block 4 then sees no padding; of block 10, whose view is wider, a seventh differs (measured)
_MEAN, _SCALE = 127.0, 1 / 128  # source: the published models' preprocessing


@dataclass(frozen=True, slots=True)
class Block:
    """An inverted residual: expand (unless by 1), convolve each channel alone, project."""

    expansion: int
    kernel: int
    stride: int
    channels_in: int
    channels_out: int

    @property
    def is_residual(self) -> bool:
        """Whether its input is added to what comes out."""
        return self.stride == 1 and self.channels_in == self.channels_out


STEM_CHANNELS = 32
BLOCKS = (
    Block(1, 3, 1, 32, 16),
    Block(6, 3, 2, 16, 24),
    Block(6, 3, 1, 24, 24),
    Block(6, 5, 2, 24, 40),
    Block(6, 5, 1, 40, 40),
    Block(6, 3, 2, 40, 80),
    Block(6, 3, 1, 80, 80),
    Block(6, 3, 1, 80, 80),
    Block(6, 5, 1, 80, 112),
    Block(6, 5, 1, 112, 112),
    Block(6, 5, 1, 112, 112),
)
"""The blocks that are kept, to stride 16. Source: EfficientNet-B0's table, which Lite0 shares."""


def efficientnet_lite0_description() -> BackboneDescription:
    """Stem for the localiser; blocks 4 (stride 8) and 10 (stride 16) for the classifier, 152 channels."""
    layers: list[Layer] = [Convolution("stem", PIXELS, STEM_CHANNELS, 3, 2, padding="same", activation="relu6")]
    for number, block in enumerate(BLOCKS):
        layers += block_layers(number, block, before=layers[-1].name)
    return BackboneDescription(
        LayerGraph(tuple(layers)),
        localizer=Tap("stem", STEM_GAIN),
        classifier=(
            Tap("block4", _FEATURE_SIZE, BLOCK4_MEAN, BLOCK4_DEVIATION, is_smoothed=True),
            Tap("block10", _FEATURE_SIZE, BLOCK10_MEAN, BLOCK10_DEVIATION),
        ),
        margin=_MARGIN,
        input_mean=_MEAN,
        input_scale=_SCALE,
    )


def block_layers(number: int, block: Block, *, before: str) -> list[Layer]:
    """The layers of one block; the last one is named after it, like `block4`."""
    name = f"block{number}"
    wide = block.channels_in * block.expansion
    layers: list[Layer] = []
    inside = before
    if block.expansion > 1:
        layers.append(Convolution(f"{name}_expand", before, wide, 1, activation="relu6"))
        inside = f"{name}_expand"
    layers.append(
        Convolution(
            f"{name}_depthwise", inside, wide, block.kernel, block.stride, wide, padding="same", activation="relu6"
        )
    )
    projected = f"{name}_project" if block.is_residual else name
    layers.append(Convolution(projected, f"{name}_depthwise", block.channels_out, 1))
    if block.is_residual:
        layers.append(Sum(name, (projected, before)))
    return layers
