"""Every constant of the tracker, by name, with its unit, its default and where it comes from.

Sources: "paper" is Yang et al., ACM Multimedia 2017; "authors" is what their published Matlab program does where
it says more, or something else, than the paper. `details="code"` (the default) follows the authors,
`details="paper"` the text. "ours" marks what neither has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

Details = Literal["code", "paper"]
CandidateMode = Literal["both", "previous", "localized"]

DEFAULT_PRESET = "dlst-studio"


@dataclass(frozen=True, slots=True)
class MatchingConfig:
    """How the matching head's boxes and the online classifier make up one answer. All of it is ours.

    An answer is the proposal with the largest sum of: logarithm of its confidence, less `change_penalty` for a
    jump in size or shape, plus `window_weight` times the logarithm of a cosine window, plus `score_weight` times
    the classifier's score.
    """

    proposals: int = 6  # different boxes of the match map that are judged
    change_penalty: float = 0.1
    window_weight: float = 0.25
    window_floor: float = 0.02
    score_weight: float = 0.4
    score_limit: float = 8.0  # scores beyond it, either way, count as it
    size_rate: float = 0.6  # part of the way from the old size to a sure proposal's
    sure_confidence: float = 0.6  # a confidence from which a proposal's size counts fully
    found_confidence: float = 0.27  # with a score of 0, a target is found above it
    found_score_weight: float = 0.25
    learned_confidence: float = 0.35  # frames below it are not learned from
    stay_below: float = -1.5  # result's score at or below which the search stays where it is
    search_growth: float = 1.1  # of the search region, per lost frame ...
    search_limit: float = 1.5  # ... up to so much
    templates: int = 2  # of manual boxes: the first, and the latest others
    recent_interval: int = 10  # frames until a template of the tracker's own is taken anew; 0: never any
    recent_confidence: float = 0.6  # from which an answer is sure enough to be a template
    recent_advantage: float = 2.4  # how many times as sure it has to be to count as much as those of manual boxes
    recent_sharpness: float = 4.0  # exponent: how quickly the one takes over from the other
    far_looks: int = 4  # places of a first frame off the target that negatives come from
    hidden: tuple[int, ...] = (256, 64)  # layers of the online classifier


@dataclass(frozen=True, slots=True)
class DLSTConfig:
    """How one tracker works. Lengths are pixels, scale exponents are powers of `scale_step`."""

    preset: str = "dlst"
    backbone: str = "default"  # weights it sees with, by name, unless others are asked for

    # Patches cut for the classifier
    patch_size: int = 107  # side of the network's input (paper 3.1)
    patch_padding: int = 16  # context around the target inside the patch, input pixels (MDNet)
    pad_value: int = 0  # grey level outside the frame; authors 0, MDNet 128
    precision: Literal["auto", "float32", "bfloat16"] = "auto"  # of the frozen convolutions; ours

    # Localiser (paper 3.1)
    has_localizer: bool = True
    localizer_feature: Literal["norm1", "relu1"] = "norm1"  # authors norm1, paper relu1
    search_factor: float = 4.0  # search region's side over the target's, per axis
    label_radius: float = 8.0  # cells of the localiser's map (paper 4.1, R)
    localizer_hidden: int = 256
    response_upsampling: int = 2
    geometry: Literal["exact", "authors"] = "exact"  # the authors' label and peak are 2 patch px off
    localizer_batch_first: int = 8
    localizer_batch_online: int = 4  # authors 4, paper 8
    localizer_training_center: Literal["positives", "target"] = "positives"  # paper: manual boxes where there are
    localizer_sample_stride: int = 10  # every 10th positive becomes a search region

    # Candidates, S_comb (paper 3.1)
    candidate_mode: CandidateMode = "both"
    candidate_count: int = 256  # halved between the two centres where both are used
    translation_factor: float = 0.6  # times the mean side; clipped normal of sigma 0.5, so sigma = 0.3 sides
    translation_growth: float = 1.1  # per failing frame, around the previous box (authors)
    translation_limit: float = 1.5
    candidate_scale_exponent: float = 1.0
    scale_step: float = 1.05
    scale_base: Literal["previous", "initial"] = "previous"  # authors previous, paper initial size
    clips_normal: bool = True  # draws beyond two sigma are put on the limit (authors)
    rounds_boxes: bool = True  # sampled boxes are whole pixels (authors)
    min_side: float = 10.0
    frame_margin: float = 10.0  # largest side is the frame's minus this
    top_k: int = 5  # authors 5, paper 1
    decision: Literal["logit", "probability"] = "logit"  # found: logit > 0 (authors), softmax > 0.5 (paper)

    # Training samples
    is_iou_strict: bool = True  # authors > and <, paper >= and <=
    positive_iou: float = 0.7
    positive_translation: float = 0.1
    positive_scale_exponent: float = 5.0
    first_positives: int = 500
    first_positive_draws: int = 1000
    first_negatives: int = 5000
    first_negative_draws: int = 5000  # of each kind: uniform around the target, and whole frame
    first_negative_iou: float = 0.5
    first_negative_translation: float = 1.0
    first_negative_scale_exponent: float = 10.0
    memorizes_first_negatives: bool = False  # paper True: keep the training negatives instead of fresh ones
    memory_negative_iou: float = 0.5  # of frame 1's fresh negatives
    online_positives: int = 50
    online_positive_draws: int = 100
    online_negatives: int = 200
    online_negative_draws: int = 400
    online_negative_iou: float = 0.3
    online_negative_translation: float = 2.0
    online_negative_scale_exponent: float = 5.0
    sample_center: Literal["regressed", "chosen"] = "regressed"  # authors regressed, paper chosen
    always_learned_frames: int = 3  # frames up to this one (1-based) are learned whatever their score

    # Classifier and its training (paper 3.2, 4.1)
    classifier_head: Literal["gap", "fully-connected"] = "gap"
    hidden_bias: float = 0.0  # MDNet 0.1
    weight_sigma: float = 0.01
    dropout: float = 0.5
    has_classifier_dropout: bool = True
    rate_first: float = 0.003
    rate_online: float = 0.003
    last_layer_factor: float = 10.0
    bias_rate_factor: float = 2.0  # authors 2, paper 1
    decays_biases: bool = False  # authors no, paper yes
    momentum: float = 0.9
    weight_decay: float = 5e-4
    iterations_first: int = 30
    iterations_online: int = 10
    batch_positives: int = 32
    batch_negatives: int = 96
    mining_pool: int = 1024
    head_seed: int = 0  # the heads start from the same draw for every video (authors)

    # When to learn (paper 3.3)
    long_term_frames: int = 100  # counted in learned frames
    short_term_frames: int = 20
    update_interval: int = 10

    # Bounding-box regression
    has_box_regression: bool = True
    regression_samples: int = 1000
    regression_draws: int = 10000
    regression_iou: float = 0.6
    regression_translation: float = 0.3
    regression_aspect_exponent: float = 2.0
    regression_scale_exponent: float = 10.0
    regression_lambda: float = 1000.0
    rounds_states: bool = False  # MDNet rounds target and result to whole pixels each frame

    # Corrections (ours)
    correction_positives: int = 200  # kept for good
    correction_positive_draws: int = 400
    correction_wrong_places: int = 32  # most target-like wrong candidates that become negatives, kept for good
    correction_iterations: int = 30
    correction_regression_samples: int = 200
    correction_regression_kept: int = 5  # of the latest corrections; the first frame's samples always stay

    # Speed (ours). The defaults are exact; `tracker_core.speed` names the steps that change them
    speed: Literal["exact", "fast"] = "exact"  # what a result says it was made with
    int8_convolutions: bool = False  # of the classifier, in whole numbers where the processor can
    candidate_look: Literal["all", "map"] = "all"  # cut every candidate, or those a shared score map ranks best
    second_look: int = 16  # candidates that are cut after a look at the map
    patch_edges: Literal["whole", "sub-pixel"] = "whole"  # frame pixels that a patch covers; authors whole
    negative_source: Literal["crops", "maps"] = "crops"  # negatives cut alone, or as windows of shared maps
    negative_tiles: int = 5  # maps of 7 x 7 windows that a frame's negatives are read from
    first_near_tiles: int = 8  # of the first frame's close surroundings, where the hardest negatives are
    first_far_tiles: int = 24  # anywhere in the first frame
    collection_interval: int = 1  # every n-th found frame gives training samples ...
    collection_start: int = 0  # ... but up to this frame (1-based) each does
    feature_precision: Literal["float32", "convolution"] = "float32"  # of remembered features and their training
    mining_interval: int = 1  # gradient steps that use the hardest negatives of one mining pass
    localizer_cells: int = 0  # background cells of a search region in one gradient step; 0: all
    lost_update_interval: int = 1  # while lost, train on every n-th frame
    last_seen_score: float | None = None  # at or below it half of the previous place's draws go where it was above
    size_feedback: float = 0.0  # power of box regression's change of size that the next search takes over
    matching: MatchingConfig | None = None  # the default system: boxes come from a matching head; ours
    update_delay: int = 0  # frames for which an update trains in the background before its weights are used

    def __post_init__(self) -> None:
        needs_localizer = self.candidate_mode != "previous" and self.matching is None
        if needs_localizer and not self.has_localizer:
            raise ValueError(f"candidate_mode={self.candidate_mode!r} needs has_localizer=True")
        if not 1 <= self.top_k <= self.candidate_count:
            raise ValueError(f"top_k must be 1..{self.candidate_count} (candidate_count), got {self.top_k}")
        if self.candidate_look == "map" and not self.top_k <= self.second_look <= self.candidate_count:
            raise ValueError(f"second_look must be {self.top_k}..{self.candidate_count}, got {self.second_look}")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout must be in [0, 1), got {self.dropout}")


_MDNET = DLSTConfig(
    has_localizer=False,
    candidate_mode="previous",
    classifier_head="fully-connected",
    hidden_bias=0.1,
    pad_value=128,
    rounds_states=True,
    sample_center="chosen",
    always_learned_frames=1,
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
        "dlst": DLSTConfig(),
        "dlst-sloc": DLSTConfig(preset="dlst-sloc", candidate_mode="localized"),
        "dlst-nloc": DLSTConfig(preset="dlst-nloc", has_localizer=False, candidate_mode="previous"),
        # The paper gives no rates for -fc; those of MDNet-NH, whose classifier it takes over.
        "dlst-fc": DLSTConfig(
            preset="dlst-fc",
            classifier_head="fully-connected",
            hidden_bias=0.1,
            rate_first=0.001,
        ),
        "mdnet-nh": replace(_MDNET, preset="mdnet-nh", rate_first=0.001, rate_online=0.003),
        "mdnet-nl": replace(_MDNET, preset="mdnet-nl", rate_first=0.0001, rate_online=0.0003),
        "dlst-studio": DLSTConfig(
            preset="dlst-studio",
            backbone="studio",
            has_localizer=False,  # the classifier over all cells of the search region takes its place
            has_box_regression=False,
            candidate_count=128,
            candidate_look="map",
            second_look=12,
            rounds_boxes=False,
            min_side=4.0,
            weight_sigma=0.05,
            first_positives=250,
            first_positive_draws=400,
            first_negatives=1600,
            online_positives=20,
            online_positive_draws=40,
            online_negatives=60,
            online_negative_draws=120,
            online_negative_translation=1.7,
            correction_positives=60,
            correction_positive_draws=120,
            iterations_first=40,
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
    return replace(
        config,
        localizer_feature="relu1",
        top_k=1,
        decision="probability",
        scale_base="initial",
        translation_growth=1.0,
        clips_normal=False,
        localizer_batch_online=8,
        localizer_training_center="target",
        is_iou_strict=False,
        bias_rate_factor=1.0,
        decays_biases=True,
        sample_center="chosen",
        memorizes_first_negatives=True,
        always_learned_frames=1,
    )
