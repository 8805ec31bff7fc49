"""What features are good for is learned by doing it: each loss is a small copy of a part of the tracker.

`ridge` and `rank` follow R2-D2 (Bertinetto et al., ICLR 2019), with a ridge on window means in the place of the
tracker's head; `nce` is InfoNCE (van den Oord et al. 2018); `box` is the tracker's own box regression.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import nn

from tracker_core.config import SampleConfig
from tracker_core.feature_map import window_features, window_means
from tracker_core.pretraining.batches import Batch
from tracker_core.pretraining.config import LossName, PretrainingConfig
from tracker_core.vgg_m import VGG_M_CHANNELS

_CHANNELS = VGG_M_CHANNELS  # what is trained here has VGG-M's layers
_TRACKER = SampleConfig()
_HARDEST = 0.25  # part of the negatives of a query that counts
_BOX_UNIT = 0.1  # of a box's side: errors below are squared, above are not


@dataclass(frozen=True, slots=True)
class Features:
    """Of E episodes: the mean of every window, and whole windows for box regression.

    Attributes:
        means: (E, windows, channels) float32.
        box_support, box_query: (E, n, 9 * channels) float32.
    """

    means: torch.Tensor
    box_support: torch.Tensor
    box_query: torch.Tensor

    @classmethod
    def of(cls, small: torch.Tensor, large: torch.Tensor, batch: Batch, config: PretrainingConfig) -> Features:
        """From relu3 cells of the small maps (E * maps, h, w, c) and the large ones (E * 2, h, w, c)."""
        episodes = len(batch.support_rows)
        means = [_window_means(cells).reshape(episodes, -1, _CHANNELS) for cells in (small, large)]
        first = torch.arange(episodes, device=small.device)[:, None]
        per_small, per_large = means[0].shape[1], means[1].shape[1]
        taught = (batch.box_support_rows + first * per_small).flatten()
        judged = (batch.box_query_rows - per_small + first * per_large).flatten()
        return cls(
            torch.cat(means, dim=1),
            window_features(small, taught, 8).float().reshape(episodes, config.box_support, -1),
            window_features(large, judged, 8).float().reshape(episodes, config.box_query, -1),
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    """How well features do on some episodes.

    Attributes:
        losses: by name.
        total: their weighted sum.
        hit_rate: episodes whose best place is on the object.
        best_iou: overlap of that place, mean.
        box_error: of a regressed box over a box left as it is; 1 is of no use.
    """

    losses: dict[LossName, torch.Tensor]
    total: torch.Tensor
    hit_rate: torch.Tensor
    best_iou: torch.Tensor
    box_error: torch.Tensor


class Losses(nn.Module):
    """The losses and the few parameters they have of their own."""

    def __init__(self, config: PretrainingConfig, generator: torch.Generator) -> None:
        super().__init__()
        self._config = config
        drawn = torch.empty(config.embedding_size, _CHANNELS).normal_(0, _CHANNELS**-0.5, generator=generator)
        self.projection = nn.Parameter(drawn)
        self.ridge_scale = nn.Parameter(torch.tensor(1.0))  # logarithms
        self.rank_scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, features: Features, batch: Batch) -> Judgement:
        """Judge features; `hit_rate` and the rest tell of all parts, also of those that are not trained for."""
        config = self._config
        weights = {"ridge": 1.0, "rank": 1.0, "nce": config.nce_weight, "box": config.box_weight}
        means = features.means
        scores = ridge_predictions(
            _taken(means, batch.support_rows),
            batch.support_labels[..., None],
            _taken(means, batch.query_rows),
            strength=config.ridge_strength,
        )[..., 0]
        predicted = ridge_predictions(
            features.box_support, batch.box_support_targets, features.box_query, strength=config.box_strength
        )
        losses: dict[LossName, torch.Tensor] = {
            "ridge": classification_loss(scores * self.ridge_scale.exp(), batch.query_iou),
            "rank": ranking_loss(scores * self.rank_scale.exp(), batch.query_iou, width=config.rank_width),
            "nce": self._instance_loss(means, batch),
            "box": F.smooth_l1_loss(predicted, batch.box_query_targets, beta=_BOX_UNIT) / _BOX_UNIT,
        }
        total = torch.stack([weights[name] * losses[name] for name in config.losses]).sum()
        best = batch.query_iou.gather(1, scores.argmax(dim=1, keepdim=True))
        error = (predicted - batch.box_query_targets).abs().mean() / batch.box_query_targets.abs().mean()
        return Judgement(losses, total, (best > 0.5).float().mean(), best.mean(), error)

    def _instance_loss(self, means: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Windows on one object in both scenes attract; those of other episodes and off the object repel."""
        episodes, pairs = batch.anchor_rows.shape
        rows = torch.cat([batch.anchor_rows, batch.key_rows, batch.rival_rows], dim=1)
        embedded = F.normalize(F.linear(_taken(means, rows), self.projection), dim=-1)
        anchors, keys, rivals = torch.tensor_split(embedded, (pairs, 2 * pairs), dim=1)
        anchors, keys = anchors.flatten(0, 1), keys.flatten(0, 1)
        others = torch.cat([keys, rivals.flatten(0, 1)])
        similarity = anchors @ others.T / self._config.nce_temperature
        episode = torch.arange(episodes, device=means.device).repeat_interleave(pairs)
        is_own = F.pad(episode[:, None] == episode, (0, len(others) - len(keys)))
        own = (anchors * keys).sum(dim=1, keepdim=True) / self._config.nce_temperature
        repelling = similarity.masked_fill(is_own, float("-inf"))
        loss: torch.Tensor = (torch.cat([own, repelling], dim=1).logsumexp(dim=1) - own[:, 0]).mean()
        return loss


def ridge_predictions(
    support: torch.Tensor, targets: torch.Tensor, query: torch.Tensor, *, strength: float
) -> torch.Tensor:
    """Ridge regression with a bias, in its dual form: what it says of (E, m, c) after (E, n, c) with (E, n, t).

    The strength is relative to the features' mean square, so that their scale does not matter.
    """
    scale = support.square().mean(dim=(1, 2), keepdim=True).clamp_min(1e-12).rsqrt()
    support, query = support * scale, query * scale
    channels = support.shape[-1]
    kernel = support @ support.mT / channels + 1
    ridge = strength * torch.eye(kernel.shape[-1], device=kernel.device)
    dual = torch.linalg.solve(kernel + ridge, targets)
    predictions: torch.Tensor = (query @ support.mT / channels + 1) @ dual
    return predictions


def classification_loss(logits: torch.Tensor, iou: torch.Tensor) -> torch.Tensor:
    """(E, n) scores of windows: above 0 on the object, below 0 off it; of those off it the hardest count."""
    is_on = iou > torch.minimum(torch.full_like(iou[:, :1], _TRACKER.positive_iou), iou.amax(1, True) - 1e-6)
    is_off = iou < _TRACKER.first.negative_iou
    on = (F.softplus(-logits) * is_on).sum(dim=1) / is_on.sum(dim=1).clamp_min(1)
    wrong = F.softplus(logits).masked_fill(~is_off, 0)
    hardest = wrong.topk(max(1, int(_HARDEST * iou.shape[1])), dim=1).values
    return (on + hardest.mean(dim=1)).mean() / 2


def ranking_loss(logits: torch.Tensor, iou: torch.Tensor, *, width: float) -> torch.Tensor:
    """(E, n) scores of windows: where the softmax over them puts its weight, the overlap is best."""
    wanted = torch.softmax(iou / width, dim=1)
    return F.kl_div(torch.log_softmax(logits, dim=1), wanted, reduction="batchmean")


def _window_means(cells: torch.Tensor) -> torch.Tensor:
    """(n, h, w, c) -> (n, windows, c) float32: as one product with a matrix, whose gradient is cheap."""
    _, height, width, _ = cells.shape
    unit = torch.eye(height * width, device=cells.device).reshape(1, height, width, height * width)
    averaging = window_means(unit, 8).flatten(0, 2).to(cells.dtype)  # (windows, cells)
    return (averaging @ cells.flatten(1, 2)).float()


def _taken(values: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """(E, n, c) at (E, m) rows -> (E, m, c)."""
    return values.gather(1, rows[..., None].expand(-1, -1, values.shape[-1]))
