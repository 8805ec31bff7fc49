"""Tightens a box: ridge regression from relu3 features to the box's error. Source: paper 3.3, R-CNN, MDNet.

The samples are fewer than the features, so the ridge is solved in its dual form, in float64.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray
from tracker_core.watch import Watch

_GRAM_ROWS = 128  # rows per step between two looks at the watch


@dataclass(frozen=True, slots=True)
class RegressionSamples:
    """Boxes near a human box and what they should have been.

    Attributes:
        features: (n, 4608) float32 relu3 features.
        targets: (n, 4) float64: centre offsets over the size, and log size ratios.
    """

    features: NDArray[np.float32]
    targets: NDArray[np.float64]

    @classmethod
    def toward(cls, box: Box, boxes_xywh: BoxArray, features: torch.Tensor) -> RegressionSamples:
        """Samples that all lead to one human box; features are (n, 9, 512)."""
        size = boxes_xywh[:, 2:4]
        offsets = (np.array(box.center) - (boxes_xywh[:, 0:2] + size / 2)) / size
        ratios = np.log(np.array([box.width, box.height]) / size)
        return cls(features.flatten(1).float().cpu().numpy(), np.concatenate([offsets, ratios], axis=1))

    @classmethod
    def joined(cls, parts: list[RegressionSamples]) -> RegressionSamples:
        """All rows of all parts."""
        return cls(
            np.concatenate([part.features for part in parts]), np.concatenate([part.targets for part in parts])
        )


@dataclass(frozen=True, slots=True)
class BoxRegressor:
    """Fitted coefficients.

    Attributes:
        coefficients: (4608, 4) float64.
        intercept: (4,) float64.
    """

    coefficients: NDArray[np.float64]
    intercept: NDArray[np.float64]

    @classmethod
    def fit(
        cls,
        samples: RegressionSamples,
        *,
        ridge: float,
        watch: Watch,
        product_dtype: type[np.float32 | np.float64] = np.float64,
    ) -> BoxRegressor:
        """Fit; the bias column is penalised like the others (authors).

        Args:
            samples: at least one.
            ridge: its weight.
            watch: asked every 128 samples.
            product_dtype: of the products of features, most of the work; what follows is in float64.

        The authors also whiten the targets, which changes nothing: a ridge is linear in its targets.
        """
        targets, features = samples.targets, samples.features
        mean = targets.mean(axis=0)
        design = np.ones((len(features), features.shape[1] + 1), dtype=product_dtype)
        design[:, :-1] = features
        gram = np.empty((len(design), len(design)))
        for start in range(0, len(design), _GRAM_ROWS):
            watch.advance()
            gram[start : start + _GRAM_ROWS] = design[start : start + _GRAM_ROWS] @ design.T
        gram[np.diag_indices_from(gram)] += ridge
        watch.advance()
        weights = np.linalg.solve(gram, targets - mean).astype(product_dtype)
        solution = (design.T @ weights).astype(np.float64)
        return cls(solution[:-1], solution[-1] + mean)

    def refine(self, boxes_xywh: BoxArray, features: torch.Tensor) -> BoxArray:
        """Tightened boxes for (n, 9, 512) features; neither clipped to the frame nor rounded."""
        change = features.flatten(1).cpu().double().numpy() @ self.coefficients + self.intercept
        size = boxes_xywh[:, 2:4]
        center = boxes_xywh[:, 0:2] + size / 2 + change[:, 0:2] * size
        refined_size = np.exp(change[:, 2:4]) * size
        return np.concatenate([center - refined_size / 2, refined_size], axis=1)
