from __future__ import annotations

import pytest
import torch

from tracker_core.pretraining.losses import classification_loss, ranking_loss, ridge_predictions


def test_ridge_predictions_when_compared_with_the_primal_solution_then_equal() -> None:
    generator = torch.Generator().manual_seed(0)
    support, query = (torch.rand(2, n, 6, generator=generator, dtype=torch.float64) for n in (9, 4))
    targets = torch.randn(2, 9, 3, generator=generator, dtype=torch.float64)
    found = ridge_predictions(support, targets, query, strength=0.2)
    scale = support.square().mean(dim=(1, 2), keepdim=True).rsqrt() / 6**0.5

    def with_bias(rows: torch.Tensor) -> torch.Tensor:
        return torch.cat([rows * scale, torch.ones(2, rows.shape[1], 1, dtype=torch.float64)], dim=2)

    x = with_bias(support)
    coefficients = torch.linalg.solve(x.mT @ x + 0.2 * torch.eye(7, dtype=torch.float64), x.mT @ targets)
    torch.testing.assert_close(found, with_bias(query) @ coefficients)


def test_ridge_predictions_when_features_are_scaled_then_nothing_changes() -> None:
    support, query = torch.rand(1, 8, 5), torch.rand(1, 3, 5)
    targets = torch.randn(1, 8, 1)
    one, other = (ridge_predictions(s * support, targets, s * query, strength=0.1) for s in (1.0, 40.0))
    torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)


IOU = torch.tensor([[0.0, 0.1, 0.3, 0.9, 0.6, 0.2, 0.0, 0.1]])


@pytest.mark.parametrize("loss", [classification_loss, lambda s, iou: ranking_loss(s, iou, width=0.05)])
def test_losses_when_scores_follow_the_overlap_then_lower_than_when_they_do_not(loss) -> None:
    right = 10 * (IOU - 0.6)
    assert loss(right, IOU) < 0.8 * loss(torch.zeros_like(IOU), IOU) < 0.8 * loss(-right, IOU)


def test_classification_loss_when_no_window_fits_well_then_the_best_one_counts_as_the_object() -> None:
    poor = IOU * 0.6
    scores = torch.full_like(poor, -5.0)
    raised = scores.clone()
    raised[0, 3] = 5.0
    assert classification_loss(raised, poor) < classification_loss(scores, poor)
