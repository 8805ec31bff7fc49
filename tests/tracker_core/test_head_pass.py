"""Gradients written out, against those of torch's own graph."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from tracker_core.head_pass import HeadPass, cross_entropy
from tracker_core.networks import Dropout, Head

LABELS = torch.tensor([1, 0, 0, 1, 0])
WEIGHTS = torch.tensor([0.1, 0.2, 0.3, 0.4, 0.5])

HEADS = {
    "pooled windows": (Head((6, 7, 4), reads="pooled windows"), torch.randn(5, 9, 6)),
    "flat windows": (Head((54, 7, 4), reads="flat windows"), torch.randn(5, 9, 6)),
    "cells": (Head((6, 7), reads="cells"), torch.randn(5, 6)),
}


def graph_of(head: Head, x: torch.Tensor, factors: list[torch.Tensor]) -> torch.Tensor:
    """Logits, as torch differentiates them."""
    x = x.flatten(1) if head.reads == "flat windows" else x
    for layer, factor in zip(head.hidden, factors, strict=True):
        x = F.relu(layer(x)) * factor.view(*x.shape[:-1], -1)
    return torch.as_tensor(head.last(x.mean(-2) if head.reads == "pooled windows" else x))


@pytest.mark.parametrize("reads", HEADS)
@pytest.mark.parametrize("probability", [None, 0.5, 0.2])
def test_gradients_then_are_those_of_the_graph(reads: str, probability: float | None) -> None:
    head, x = HEADS[reads]
    rows = 5 * 9 if reads == "pooled windows" else 5
    shapes = [(rows, layer.out_features) for layer in head.hidden if isinstance(layer, torch.nn.Linear)]
    factors = [torch.ones(shape) for shape in shapes]
    dropout = None
    if probability is not None:
        dropout, alike = (Dropout(probability, torch.Generator().manual_seed(1)) for _ in range(2))
        factors = [alike.apply_(factor) for factor in factors]
    expected = graph_of(head, x, factors)
    loss = (F.cross_entropy(expected, LABELS, reduction="none") * WEIGHTS).sum()
    seen = HeadPass(head, x, dropout)
    found_loss, of_logits = cross_entropy(seen.logits, LABELS, WEIGHTS)
    torch.testing.assert_close(seen.logits, expected.detach())
    torch.testing.assert_close(found_loss, loss.detach())
    torch.testing.assert_close(seen.gradients(of_logits), list(torch.autograd.grad(loss, [*head.parameters()])))


def test_logits_without_dropout_then_are_those_of_the_head() -> None:
    for head, x in HEADS.values():
        torch.testing.assert_close(HeadPass(head, x, None).logits, head(x).detach())


def test_gradients_in_bfloat16_then_are_near_and_in_float32() -> None:
    head, x = HEADS["pooled windows"]
    exact, rounded = HeadPass(head, x, None), HeadPass(head, x.bfloat16(), None)
    _, of_logits = cross_entropy(exact.logits, LABELS, WEIGHTS)
    for found, expected in zip(rounded.gradients(of_logits), exact.gradients(of_logits), strict=True):
        assert found.dtype == torch.float32
        torch.testing.assert_close(found, expected, rtol=0.1, atol=0.05)
