"""Tightens a box: ridge regression from the classifier's features to the box's error.

Source: paper 3.3, R-CNN, MDNet.

The samples are fewer than the features, so the ridge is solved in its dual form, in float64.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import compress
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray
from tracker_core.call_monitor import CallMonitor

_GRAM_ROWS = 128  # rows per step between two looks at the watch


@dataclass(frozen=True, slots=True)
class RegressionSamples:
    """Boxes near a manual box and what they should have been.

    Attributes:
        features: (n, 9 * channels) float32 features of the classifier.
        targets: (n, 4) float64: centre offsets over the size, and log size ratios.
    """

    features: NDArray[np.float32]
    targets: NDArray[np.float64]

    @classmethod
    def toward(cls, box: Box, boxes_xywh: BoxArray, features: torch.Tensor) -> RegressionSamples:
        """Samples that all lead to one manual box; features are (n, 9, channels)."""
        size = boxes_xywh[:, 2:4]
        offsets = (np.array(box.center) - (boxes_xywh[:, 0:2] + size / 2)) / size
        ratios = np.log(np.array([box.width, box.height]) / size)
        return cls(features.flatten(1).float().cpu().numpy(), np.concatenate([offsets, ratios], axis=1))


@dataclass(frozen=True, slots=True)
class RegressionMemory:
    """Samples of several manual boxes and the products of their features, each of which is computed once.

    Attributes:
        parts: the samples of one manual box each; the first part stays for good.
        gram: (n, n) float64, products of all n samples with each other; 1 is added for the bias.
        product_dtype: products of features, most of the work, are computed in it.
    """

    parts: tuple[RegressionSamples, ...] = ()
    gram: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))
    product_dtype: type[np.float32 | np.float64] = np.float64

    def with_part(self, part: RegressionSamples, *, keep: int, watch: CallMonitor) -> RegressionMemory:
        """One more part; beside the first, the latest `keep` parts stay, at least this one.

        The watch is asked every 128 samples.
        """
        known = self._with_latest(keep - 1)
        parts = (*known.parts, part)
        features = part.features.astype(self.product_dtype, copy=False)
        products = np.concatenate([self._products(each.features, features, watch) for each in parts])
        count = len(known.gram)
        gram = np.block([[known.gram, products[:count]], [products[:count].T, products[count:]]])
        return RegressionMemory(parts, gram, self.product_dtype)

    def _with_latest(self, keep: int) -> RegressionMemory:
        """Forget all parts between the first and the latest `keep`."""
        is_kept = [index == 0 or index >= len(self.parts) - keep for index in range(len(self.parts))]
        if all(is_kept):
            return self
        rows = np.repeat(is_kept, [len(part.targets) for part in self.parts])
        parts = tuple(compress(self.parts, is_kept))
        return RegressionMemory(parts, self.gram[np.ix_(rows, rows)], self.product_dtype)

    def _products(
        self, features: NDArray[np.float32], others: NDArray[Any], watch: CallMonitor
    ) -> NDArray[np.float64]:
        products = np.ones((len(features), len(others)))
        for start in range(0, len(features), _GRAM_ROWS):
            watch.advance()
            rows = slice(start, start + _GRAM_ROWS)
            products[rows] += features[rows].astype(self.product_dtype, copy=False) @ others.T
        return products


@dataclass(frozen=True, slots=True)
class BoxRegressor:
    """Fitted coefficients.

    Attributes:
        coefficients: (9 * channels, 4) float64.
        intercept: (4,) float64.
    """

    coefficients: NDArray[np.float64]
    intercept: NDArray[np.float64]

    @classmethod
    def fit(cls, memory: RegressionMemory, *, ridge: float, watch: CallMonitor) -> BoxRegressor:
        """Fit to all parts, at least one; the bias column is penalised like the others (authors).

        The authors also whiten the targets, which changes nothing: a ridge is linear in its targets.
        """
        targets = np.concatenate([part.targets for part in memory.parts])
        mean = targets.mean(axis=0)
        gram = memory.gram.copy()
        gram[np.diag_indices_from(gram)] += ridge
        watch.advance()
        weights = np.linalg.solve(gram, targets - mean)
        ends = np.cumsum([len(part.targets) for part in memory.parts])
        coefficients = sum(
            (part.features.T @ own.astype(memory.product_dtype)).astype(np.float64)
            for part, own in zip(memory.parts, np.split(weights, ends[:-1]), strict=True)
        )
        return cls(coefficients, weights.sum(axis=0) + mean)

    def refine(self, boxes_xywh: BoxArray, features: torch.Tensor) -> BoxArray:
        """Tightened boxes for (n, 9, channels) features; neither clipped to the frame nor rounded."""
        change = features.flatten(1).cpu().double().numpy() @ self.coefficients + self.intercept
        size = boxes_xywh[:, 2:4]
        center = boxes_xywh[:, 0:2] + size / 2 + change[:, 0:2] * size
        refined_size = np.exp(change[:, 2:4]) * size
        return np.concatenate([center - refined_size / 2, refined_size], axis=1)
