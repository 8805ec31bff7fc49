from __future__ import annotations

from dataclasses import dataclass


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
    guide_overlap_power: float = 2.0  # how quickly a guide's box speaks less for one that it overlaps less
    guide_sharpness: float = 4.0  # exponent of confidences: how quickly the surer of two boxes has the edges alone
