"""VGG-M's weights described otherwise."""

from __future__ import annotations

from dataclasses import replace

from tracker_core import BackboneWeights
from tracker_core.vgg_m import vgg_m_description


def described(weights: BackboneWeights, **changes: object) -> BackboneWeights:
    """The same weights with another `normalization`, `input_mean`, `relu1_gain` or `relu3_gain`."""
    numbers = numbers_of(weights) | changes
    return replace(weights, description=vgg_m_description(numbers.pop("normalization"), **numbers))


def numbers_of(weights: BackboneWeights) -> dict[str, object]:
    description = weights.description
    return {
        "normalization": description.normalization,
        "input_mean": description.input_mean,
        "relu1_gain": description.localizer.gain,
        "relu3_gain": description.classifier[0].gain,
    }


def scaling_of(weights: BackboneWeights) -> tuple[str, object, object, object]:
    """Name, input mean, and the gains of localiser and classifier."""
    numbers = numbers_of(weights)
    return weights.name, numbers["input_mean"], numbers["relu1_gain"], numbers["relu3_gain"]
