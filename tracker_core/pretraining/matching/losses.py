"""What is asked of the head: a confidence that is the box's overlap, and boxes that are the target's."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from tracker_core.pretraining.matching.config import MatchingConfig
from tracker_core.pretraining.matching.features import PairFeatures
from tracker_core.pretraining.matching.geometry import (
    CELL_STRIDE,
    DISTANCE_UNIT,
    cell_centers,
    decoded,
    distances_to,
    limited,
)

_INNER, _OUTER = 0.55, 0.9  # of the half box: ellipses of cells on the target, and of those that are not asked
_NEAREST = CELL_STRIDE / 2 + 0.01  # pixels: the cells nearest to the middle are asked, however small the box is
_FOCUS = 1.5  # quality focal loss's exponent. Source: Li et al., NeurIPS 2020, with 2
_LEAST_WEIGHT = 0.1  # of a cell on the target, however well it does
_SMOOTH = 0.1  # of the logarithms' loss: below it is quadratic


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """Losses of a batch, and what its best cells' boxes are worth.

    Attributes:
        losses: by name, weighted as in `total`.
        best_iou: (m,) of the most confident cell, for the pairs with a target.
    """

    losses: dict[str, torch.Tensor]
    total: torch.Tensor
    best_iou: torch.Tensor


@dataclass(frozen=True, slots=True, eq=False)
class CellRoles:
    """(n, 16, 16) bool each: cells on the target, and those that are asked nothing."""

    is_on_target: torch.Tensor
    is_ignored: torch.Tensor

    @classmethod
    def of(cls, edges: torch.Tensor, has_target: torch.Tensor) -> CellRoles:
        """For boxes (n, 4) of which some are not there."""
        left, top, right, bottom = edges.unbind(1)
        centers, has = cell_centers(), has_target[:, None, None]
        dx = (centers[None, :] - ((left + right) / 2)[:, None]).abs()[:, None, :]
        dy = (centers[None, :] - ((top + bottom) / 2)[:, None]).abs()[:, :, None]
        half_width = ((right - left) / 2).clamp(1)[:, None, None]
        half_height = ((bottom - top) / 2).clamp(1)[:, None, None]
        radius = (dx / half_width) ** 2 + (dy / half_height) ** 2
        is_near = (dx <= _NEAREST) & (dy <= _NEAREST)
        is_on_target = ((radius < _INNER**2) | is_near) & has
        return cls(is_on_target, (radius < _OUTER**2) & ~is_on_target & has)


def judged(
    confidence: torch.Tensor, distances: torch.Tensor, pairs: PairFeatures, config: MatchingConfig
) -> Judgement:
    """What the head's outputs are worth; losses are sums over cells, per cell on a target."""
    roles = CellRoles.of(pairs.edges, pairs.has_target)
    count = roles.is_on_target.sum().clamp(1)
    iou, generalized = overlaps(decoded(distances), pairs.edges[:, :, None, None])
    losses = {
        "confidence": _quality_focal(confidence, iou.detach().clamp(0, 1), roles).sum() / count,
        "box": config.box_weight * ((1 - generalized) * roles.is_on_target).sum() / count,
        "distances": config.distance_weight
        * (_distance_errors(distances, pairs.edges) * roles.is_on_target).sum()
        / count,
    }
    best = confidence.detach().flatten(1).argmax(1, keepdim=True)
    best_iou = iou.detach().flatten(1).gather(1, best)[:, 0]
    return Judgement(losses, torch.stack(list(losses.values())).sum(), best_iou[pairs.has_target])


def overlaps(boxes: torch.Tensor, others: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """IoU and generalised IoU of edges along dimension 1. Source: Rezatofighi et al., CVPR 2019."""
    (left, top, right, bottom), (x0, y0, x1, y1) = boxes.unbind(1), others.unbind(1)
    width = (torch.minimum(right, x1) - torch.maximum(left, x0)).clamp(0)
    height = (torch.minimum(bottom, y1) - torch.maximum(top, y0)).clamp(0)
    shared = width * height
    union = (right - left).clamp(0) * (bottom - top).clamp(0) + (x1 - x0) * (y1 - y0) - shared
    hull = (torch.maximum(right, x1) - torch.minimum(left, x0)) * (
        torch.maximum(bottom, y1) - torch.minimum(top, y0)
    )
    iou = shared / union.clamp(1e-6)
    return iou, iou - (hull - union) / hull.clamp(1e-6)


def _quality_focal(confidence: torch.Tensor, iou: torch.Tensor, roles: CellRoles) -> torch.Tensor:
    wanted = torch.where(roles.is_on_target, iou, torch.zeros_like(iou))
    weight = (torch.sigmoid(confidence.detach()) - wanted).abs().pow(_FOCUS)
    weight = torch.where(roles.is_on_target, weight.clamp(_LEAST_WEIGHT), weight)
    errors = F.binary_cross_entropy_with_logits(confidence, wanted, reduction="none")
    return errors * weight * ~roles.is_ignored


def _distance_errors(distances: torch.Tensor, edges: torch.Tensor) -> torch.Tensor:
    """(n, 16, 16): of the logarithms, a gradient where boxes do not touch too."""
    wanted = torch.log(distances_to(edges).clamp(1) / DISTANCE_UNIT)
    return F.smooth_l1_loss(limited(distances), wanted, reduction="none", beta=_SMOOTH).mean(1)
