"""Exact or fast: what `fast` does otherwise, step by step.

Every step can be left out by name, so that its cost in accuracy and its gain in time can be measured alone; what
they are is in docs/speed.md. All of this is ours; the paper's tracker is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from tracker_core.config import DLSTConfig, Speed


@dataclass(frozen=True, slots=True)
class FastStep:
    """One thing `fast` does otherwise.

    Attributes:
        summary: in plain words.
        apply: makes the config that does it.
        is_for_matching: whether it means something where boxes come from a matching head.
    """

    summary: str
    apply: Callable[[DLSTConfig], DLSTConfig]
    is_for_matching: bool = False


def _with_few_samples(config: DLSTConfig) -> DLSTConfig:
    samples = config.samples
    return replace(
        config,
        samples=replace(
            samples,
            first=replace(samples.first, positives=250, positive_draws=500),
            online=replace(samples.online, positives=20, positive_draws=40),
        ),
        regression=config.regression and replace(config.regression, samples=600, draws=6000),
        correction=replace(config.correction, positives=50, positive_draws=100),
        localizer=config.localizer and replace(config.localizer, sample_stride=4),
    )


FAST_STEPS: Mapping[str, FastStep] = MappingProxyType(
    {
        "score-map": FastStep(
            "candidates are ranked by one shared score map, and the best 16 are cut out and scored exactly",
            lambda config: replace(config, speed=replace(config.speed, candidate_look="map")),
        ),
        "int8-convolutions": FastStep(
            "the classifier's convolutions are computed in whole numbers of eight bits, where the processor can",
            lambda config: replace(config, speed=replace(config.speed, int8_convolutions=True)),
            is_for_matching=True,
        ),
        "sub-pixel-patches": FastStep(
            "patches are cut with sub-pixel edges, as maps are, so that both show the network the same",
            lambda config: replace(config, speed=replace(config.speed, patch_edges="sub-pixel")),
        ),
        "negative-maps": FastStep(
            "negatives are windows of shared maps, not patches cut one by one",
            lambda config: replace(config, speed=replace(config.speed, negative_source="maps")),
        ),
        "few-samples": FastStep(
            "fewer patches: from the first frame 250 positives, not 500, and 600 for box regression, not 1,000; "
            "from others 20 positives, not 50",
            _with_few_samples,
        ),
        "rare-samples": FastStep(
            "after the first 20 frames every fifth found one gives training samples",
            lambda config: replace(
                config, speed=replace(config.speed, collection_interval=5, collection_start=20)
            ),
            is_for_matching=True,
        ),
        "half-precision": FastStep(
            "features are remembered and trained in the precision of the convolutions",
            lambda config: replace(config, speed=replace(config.speed, feature_precision="convolution")),
            is_for_matching=True,
        ),
        "rare-mining": FastStep(
            "one search for hard negatives serves six gradient steps",
            lambda config: replace(config, speed=replace(config.speed, mining_interval=6)),
            is_for_matching=True,
        ),
        "short-updates": FastStep(
            "an update trains for 6 steps instead of 10, and the localiser's first batches are half as large",
            lambda config: replace(
                config,
                training=replace(config.training, iterations_online=6),
                localizer=config.localizer and replace(config.localizer, batch_first=4),
            ),
            is_for_matching=True,
        ),
        "few-cells": FastStep(
            "the localiser learns from 256 background cells of a search region instead of all",
            lambda config: replace(config, speed=replace(config.speed, localizer_cells=256)),
        ),
        "rare-lost-updates": FastStep(
            "while the target is lost, every third frame trains instead of each",
            lambda config: replace(config, speed=replace(config.speed, lost_update_interval=3)),
            is_for_matching=True,
        ),
        "size-feedback": FastStep(
            "the next search takes over a part of the size from box regression, to keep up with a growing target",
            lambda config: replace(config, speed=replace(config.speed, size_feedback=0.3)),
        ),
        "look-back": FastStep(
            "while the target is not seen, a quarter of the candidates is drawn where it was seen last",
            lambda config: replace(config, speed=replace(config.speed, last_seen_score=-1.0)),
        ),
        "short-correction": FastStep(
            "a correction trains for 6 steps instead of 30, and shows box regression 100 patches instead of 200",
            lambda config: replace(
                config, correction=replace(config.correction, iterations=6, regression_samples=100)
            ),
            is_for_matching=True,
        ),
    }
)
"""By the name a user types, in the order in which they save time; three save none and follow the target better."""


def fast_steps(config: DLSTConfig) -> Mapping[str, FastStep]:
    """The steps that mean something for a system, by name."""
    if config.matching is None:
        return FAST_STEPS
    return {name: step for name, step in FAST_STEPS.items() if step.is_for_matching}


_BACKGROUND_DELAY = 3  # frames; an update takes about as long


def with_background_updates(config: DLSTConfig) -> DLSTConfig:
    """The same system, whose updates train on a thread of their own while the next frames are tracked.

    Hardly a frame waits for an update then; on a processor it costs throughput, since both compete for its cores.
    The new weights are taken over a fixed number of frames later, so the same seed still gives the same boxes.
    """
    return replace(config, speed=replace(config.speed, update_delay=_BACKGROUND_DELAY))


def with_speed(config: DLSTConfig, speed: Speed, *, without: Collection[str] = ()) -> DLSTConfig:
    """The same system, exact or fast, without some of the fast steps.

    Raises:
        ValueError: a step that does not exist.
    """
    steps = fast_steps(config)
    unknown = sorted(set(without) - set(steps))
    if unknown:
        raise ValueError(f"no step of {config.preset} is named {', '.join(unknown)}; there are {', '.join(steps)}")
    if speed == "exact":
        return config
    for name, step in steps.items():
        if name not in without:
            config = step.apply(config)
    return replace(config, speed=replace(config.speed, name="fast"))
