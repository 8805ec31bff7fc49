from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Speed = Literal["exact", "fast"]
PatchEdges = Literal["whole", "sub-pixel"]


@dataclass(frozen=True, slots=True)
class SpeedConfig:
    """What is done otherwise to save time. All of it is ours.

    The defaults are exact; `tracker_core.speed` names the steps that change them.
    """

    name: Speed = "exact"  # what a result says it was made with
    int8_convolutions: bool = False  # of the classifier, in whole numbers where the processor can
    candidate_look: Literal["all", "map"] = "all"  # cut every candidate, or those a shared score map ranks best
    second_look: int = 16  # candidates that are cut after a look at the map
    patch_edges: PatchEdges = "whole"  # frame pixels that a patch covers; authors whole
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
    update_delay: int = 0  # frames for which an update trains in the background before its weights are used
