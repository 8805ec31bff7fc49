"""Which candidates are worth scoring one by one: all are ranked by a score map they share. Ours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray
from tracker_core.call_monitor import CallMonitor
from tracker_core.config import PatchConfig
from tracker_core.feature_map import MapRegion, read_between
from tracker_core.learner import Learner
from tracker_core.tracker import AnyFrame


def scores_by_map(
    frame: AnyFrame,
    box: Box,
    boxes: BoxArray,
    origins: NDArray[np.uint8],
    *,
    patches: PatchConfig,
    learner: Learner,
    watch: CallMonitor,
) -> NDArray[np.float32]:
    """Scores of all candidates, read between the windows of one or two maps.

    Args:
        frame: where they are.
        box: gives the maps their scale, so sizes of candidates make no difference.
        boxes: (n, 4) the candidates.
        origins: (n,) `CandidateOrigin` of each.
        patches: what a window is.
        learner: judges.
        watch: asked before every map.
    """
    scores = np.empty(len(boxes), dtype=np.float32)
    with watch.measure("score map"):
        for rows, region in _parts(patches, box, boxes, origins):
            score_map = learner.score_map(frame, region, watch)
            scores[rows] = read_between(score_map, region.grid_positions(boxes[rows]))
    return scores


def best_places(boxes: BoxArray, scores: NDArray[np.float32], n: int) -> NDArray[np.int64]:
    """Rows of the `n` best different boxes; equal ones further down where there are too few different."""
    order = np.argsort(-scores, kind="stable")
    _, first = np.unique(boxes[order], axis=0, return_index=True)
    is_repeated = np.ones(len(order), dtype=np.bool_)
    is_repeated[first] = False
    return order[np.argsort(is_repeated, kind="stable")][:n]


def _parts(
    patches: PatchConfig, box: Box, boxes: BoxArray, origins: NDArray[np.uint8]
) -> list[tuple[NDArray[np.int64], MapRegion]]:
    """Rows of candidates and the region that holds them: one for all, or one per origin where that is smaller."""

    def region_of(rows: NDArray[np.int64]) -> MapRegion:
        return MapRegion.covering(
            boxes[rows], box, stride=8, patch_size=patches.size, patch_padding=patches.padding
        )

    every = np.arange(len(boxes))
    whole = region_of(every)
    groups = [every[origins == origin] for origin in np.unique(origins)]
    regions = [region_of(rows) for rows in groups]
    if sum(region.area for region in regions) < whole.area:
        return list(zip(groups, regions, strict=True))
    return [(every, whole)]
