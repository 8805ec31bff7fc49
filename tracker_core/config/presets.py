"""The systems there are: those of the paper's Table 1, and the default one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from tracker_core.config.candidates import CandidateConfig
from tracker_core.config.classifier import ClassifierConfig
from tracker_core.config.correction import CorrectionConfig
from tracker_core.config.dlst import DLSTConfig
from tracker_core.config.drawing import DrawingConfig
from tracker_core.config.matching import MatchingConfig
from tracker_core.config.patches import PatchConfig
from tracker_core.config.samples import SampleConfig
from tracker_core.config.speed import SpeedConfig
from tracker_core.config.training import TrainingConfig

Details = Literal["code", "paper"]

DEFAULT_PRESET = "dlst-studio"

_DLST = DLSTConfig()

_MDNET = DLSTConfig(
    patches=PatchConfig(pad_value=128),
    localizer=None,
    candidates=CandidateConfig(mode="previous", rounds_states=True),
    samples=SampleConfig(center="chosen", always_learned_frames=1),
    classifier=ClassifierConfig(head="fully-connected", hidden_bias=0.1),
)


class _Presets(Mapping[str, DLSTConfig]):
    """Says which there are when asked for another."""

    def __init__(self, presets: dict[str, DLSTConfig]) -> None:
        self._presets = presets

    def __getitem__(self, name: str) -> DLSTConfig:
        if name not in self._presets:
            raise KeyError(f"no preset is called {name!r}; there are {', '.join(self)}")
        return self._presets[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._presets)

    def __len__(self) -> int:
        return len(self._presets)


PRESETS: Mapping[str, DLSTConfig] = _Presets(
    {
        "dlst": _DLST,
        "dlst-sloc": DLSTConfig(preset="dlst-sloc", candidates=CandidateConfig(mode="localized")),
        "dlst-nloc": DLSTConfig(preset="dlst-nloc", localizer=None, candidates=CandidateConfig(mode="previous")),
        # The paper gives no rates for -fc; those of MDNet-NH, whose classifier it takes over.
        "dlst-fc": DLSTConfig(
            preset="dlst-fc",
            classifier=ClassifierConfig(head="fully-connected", hidden_bias=0.1),
            training=TrainingConfig(rate_first=0.001),
        ),
        "mdnet-nh": replace(
            _MDNET, preset="mdnet-nh", training=TrainingConfig(rate_first=0.001, rate_online=0.003)
        ),
        "mdnet-nl": replace(
            _MDNET, preset="mdnet-nl", training=TrainingConfig(rate_first=0.0001, rate_online=0.0003)
        ),
        "dlst-studio": DLSTConfig(
            preset="dlst-studio",
            backbone="studio",
            localizer=None,  # the classifier over all cells of the search region takes its place
            regression=None,
            candidates=CandidateConfig(count=128),
            drawing=DrawingConfig(rounds_boxes=False, min_side=4.0),
            samples=SampleConfig(
                first=replace(_DLST.samples.first, positives=250, positive_draws=400, negatives=1600),
                online=replace(
                    _DLST.samples.online,
                    positives=20,
                    positive_draws=40,
                    negatives=60,
                    negative_draws=120,
                    negative_translation=1.7,
                ),
            ),
            training=TrainingConfig(weight_sigma=0.05, iterations_first=40),
            correction=CorrectionConfig(positives=60, positive_draws=120),
            speed=SpeedConfig(candidate_look="map", second_look=12),
            matching=MatchingConfig(),
        ),
    }
)
"""The systems of the paper's Table 1 by the name a user types, and the default one, `dlst-studio`."""


def with_details(config: DLSTConfig, details: Details) -> DLSTConfig:
    """The same system as the authors programmed it ("code") or as the paper words it ("paper").

    Raises:
        ValueError: the paper has no words for a system whose boxes come from a matching head.
    """
    if details == "code":
        return config
    if config.matching is not None:
        raise ValueError(
            f"details apply to the systems of the paper's Table 1, and {config.preset} is none of them"
        )
    localizer = config.localizer
    if localizer is not None:
        localizer = replace(localizer, feature="relu1", batch_online=8, training_center="target")
    return replace(
        config,
        localizer=localizer,
        candidates=replace(config.candidates, top_k=1, scale_base="initial", translation_growth=1.0),
        drawing=replace(config.drawing, clips_normal=False),
        samples=replace(
            config.samples,
            is_iou_strict=False,
            center="chosen",
            memorizes_first_negatives=True,
            always_learned_frames=1,
        ),
        classifier=replace(config.classifier, decision="probability"),
        training=replace(config.training, bias_rate_factor=1.0, decays_biases=True),
    )
