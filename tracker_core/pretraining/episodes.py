"""From two scenes to numbers: maps of both, and which of their windows are the object.

Windows are numbered through an episode: those of the small maps first (on the object, then one elsewhere in the
query scene), then those of the large ones (elsewhere in the support scene, then around the object in the query
scene). Geometry, padding and labels are the tracker's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray, iou_with_box
from tracker_core.config import DLSTConfig, RegressionConfig
from tracker_core.feature_map import MapRegion, Stride
from tracker_core.pretraining.config import PretrainingConfig
from tracker_core.pretraining.scenes import Scene, ScenePair

Rows = NDArray[np.int64]

_TRACKER, _REGRESSION = DLSTConfig(), RegressionConfig()
_STRIDE: Stride = 8
_MDNET_PADDING = 128
_RIVAL_IOU = 0.45


@dataclass(frozen=True, slots=True, eq=False)
class Episode:
    """One object: what is seen of it, and what is asked.

    Attributes:
        small: (maps, side, side, 3) uint8.
        large: (2, side, side, 3) uint8.
        support_rows: windows a classifier learns from.
        support_labels: 1 on the object, -1 off it.
        query_rows: windows of the query scene.
        query_iou: their overlap with the object.
        box_support_rows, box_query_rows: windows that a box regressor learns from and is judged on.
        box_support_targets, box_query_targets: (n, 4) centre offsets over the size, and log size ratios.
        anchor_rows, key_rows: windows on the object in the query and in the support scene.
        rival_rows: windows off it in both.
    """

    small: NDArray[np.uint8]
    large: NDArray[np.uint8]
    support_rows: Rows
    support_labels: NDArray[np.float32]
    query_rows: Rows
    query_iou: NDArray[np.float32]
    box_support_rows: Rows
    box_support_targets: NDArray[np.float32]
    box_query_rows: Rows
    box_query_targets: NDArray[np.float32]
    anchor_rows: Rows
    key_rows: Rows
    rival_rows: Rows


@dataclass(frozen=True, slots=True, eq=False)
class _Windows:
    """Some windows of one scene: numbers in the episode, boxes, and overlap with the object."""

    numbers: Rows
    boxes: BoxArray
    iou: NDArray[np.float64]
    target: Box

    @classmethod
    def of(cls, regions: list[MapRegion], numbers: list[Rows], target: Box) -> _Windows:
        boxes = np.concatenate([region.boxes() for region in regions])
        return cls(np.concatenate(numbers), boxes, iou_with_box(boxes, target), target)

    def on(self, rng: np.random.Generator, n: int, *, above: float) -> Rows:
        """`n` on the object; the best one again and again where none is above the bound."""
        places = np.flatnonzero(self.iou > min(above, float(self.iou.max()) - 1e-9))
        return np.asarray(rng.choice(places, n, replace=len(places) < n))

    def off(self, rng: np.random.Generator, n: int, *, below: float) -> Rows:
        """`n` off the object; the worst one again and again where it is everywhere."""
        places = np.flatnonzero(self.iou < max(below, float(self.iou.min()) + 1e-9))
        return np.asarray(rng.choice(places, n, replace=len(places) < n))

    def offsets(self, places: Rows) -> NDArray[np.float32]:
        """What a box regressor should say of these windows."""
        boxes = self.boxes[places]
        size = boxes[:, 2:4]
        centers = (np.array(self.target.center) - (boxes[:, 0:2] + size / 2)) / size
        ratios = np.log(self.target.xywh[2:4] / size)
        return np.concatenate([centers, ratios], axis=1).astype(np.float32)


def make_episode(pair: ScenePair, config: PretrainingConfig, rng: np.random.Generator) -> Episode:
    """Cut both scenes' maps and choose what is learned from and judged on."""
    support, query = pair.support, pair.query
    near = [
        _region(_shaped(rng, support.box, low=-4, high=6, aspect=2, shift=0.1), config.small_windows)
        for _ in range(config.support_maps)
    ]
    aside = _region(_elsewhere(rng, query), config.small_windows)
    context = _region(_elsewhere(rng, support), config.large_windows)
    around = _region(_shaped(rng, query.box, low=-3, high=3, aspect=1, shift=0.3), config.large_windows)
    numbers = np.split(
        np.arange(config.windows), np.cumsum([config.near_windows, len(aside.boxes()), len(context.boxes())])
    )
    seen = _Windows.of([*near, context], [numbers[0], numbers[2]], support.box)
    on_object = _Windows.of(near, [numbers[0]], support.box)
    asked = _Windows.of([around, aside], [numbers[3], numbers[1]], query.box)
    around_object = _Windows.of([around], [numbers[3]], query.box)

    positives = seen.on(rng, config.support_positives, above=_TRACKER.samples.positive_iou)
    negatives = seen.off(rng, config.support_negatives, below=_TRACKER.samples.first.negative_iou)
    taught = on_object.on(rng, config.box_support, above=_REGRESSION.iou)
    judged = around_object.on(rng, config.box_query, above=_REGRESSION.iou)
    rivals = [windows.numbers[windows.off(rng, config.rivals // 2, below=_RIVAL_IOU)] for windows in (seen, asked)]
    pad_value = _MDNET_PADDING if rng.random() < config.grey_padding else _TRACKER.patches.pad_value
    small = [region.cut(support.frame, pad_value=pad_value) for region in near]
    small.append(aside.cut(query.frame, pad_value=pad_value))
    large = [context.cut(support.frame, pad_value=pad_value), around.cut(query.frame, pad_value=pad_value)]
    return Episode(
        small=np.stack(small),
        large=np.stack(large),
        support_rows=seen.numbers[np.concatenate([positives, negatives])],
        support_labels=np.repeat(np.array([1, -1], np.float32), [len(positives), len(negatives)]),
        query_rows=asked.numbers,
        query_iou=asked.iou.astype(np.float32),
        box_support_rows=on_object.numbers[taught],
        box_support_targets=on_object.offsets(taught),
        box_query_rows=around_object.numbers[judged],
        box_query_targets=around_object.offsets(judged),
        anchor_rows=asked.numbers[asked.on(rng, config.pairs, above=_TRACKER.samples.positive_iou)],
        key_rows=seen.numbers[seen.on(rng, config.pairs, above=_TRACKER.samples.positive_iou)],
        rival_rows=np.concatenate(rivals),
    )


def _region(box: Box, windows: int) -> MapRegion:
    return MapRegion.around(
        box,
        columns=windows,
        rows=windows,
        stride=_STRIDE,
        patch_size=_TRACKER.patches.size,
        patch_padding=_TRACKER.patches.padding,
    )


def _shaped(rng: np.random.Generator, box: Box, *, low: float, high: float, aspect: float, shift: float) -> Box:
    """The box in another size and shape, in powers of the tracker's scale step, moved by parts of its sides."""
    exponents = rng.uniform(low, high) + rng.uniform(-aspect, aspect, 2)
    width, height = np.array([box.width, box.height]) * _TRACKER.drawing.scale_step**exponents
    x, y = np.array(box.center) + rng.uniform(-shift, shift, 2) * (box.width, box.height)
    return Box(float(x - width / 2), float(y - height / 2), float(width), float(height))


def _elsewhere(rng: np.random.Generator, scene: Scene) -> Box:
    """A box of about the object's size: on what is like it, close by, or anywhere."""
    box = scene.box
    height, width = scene.frame.shape[:2]
    kind = rng.random()
    if scene.distractor is not None and kind < 0.6:
        x, y = scene.distractor.center
    elif kind < 0.8:
        angle, distance = rng.uniform(0, 2 * np.pi), rng.uniform(0.5, 1.8)
        x = box.center[0] + distance * box.width * np.cos(angle)
        y = box.center[1] + distance * box.height * np.sin(angle)
    else:
        x, y = rng.uniform(0, width), rng.uniform(0, height)
    x, y = np.clip([x, y], 0, [width, height])
    moved = Box(float(x) - box.width / 2, float(y) - box.height / 2, box.width, box.height)
    return _shaped(rng, moved, low=-5, high=5, aspect=1, shift=0.1)
