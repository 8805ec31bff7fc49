"""Gradient descent, mining and sample order, against programs written out by hand."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from numpy.typing import NDArray

from tracker_core import PRESETS, DLSTConfig, TrainingConfig, training
from tracker_core.call_monitor import CallMonitor
from tracker_core.config import Decision, with_details
from tracker_core.head_pass import HeadPass
from tracker_core.networks import Dropout, Head, localizer_head
from tracker_core.row_store import Rows
from tracker_core.training import Trainer, draw_in_turn, target_scores

CODE = replace(PRESETS["dlst"], training=TrainingConfig(dropout=0.0))
PAPER = with_details(CODE, "paper")


def trainer(config: DLSTConfig, seed: int = 0) -> Trainer:
    generator = torch.Generator().manual_seed(seed)
    return Trainer(config, rng=np.random.default_rng(seed), dropout=Dropout(config.training.dropout, generator))


def small_head(seed: int = 0, *, size: int = 6) -> Head:
    head = Head((size, 5, 4), reads="pooled windows")
    head.reset(torch.Generator().manual_seed(seed), sigma=0.5, hidden_bias=0.1)
    return head


def samples(n: int, *, seed: int, size: int = 6) -> torch.Tensor:
    return torch.randn(n, 9, size, generator=torch.Generator().manual_seed(seed))


@dataclass(frozen=True)
class Shown:
    """What a head is shown: pools to mine in, and batches to learn from, with their dropout."""

    pools: list[torch.Tensor]
    batches: list[torch.Tensor]
    dropouts: list[Dropout | None]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    found, real = Shown([], [], []), Head.forward

    class RecordingPass(HeadPass):
        def __init__(self, head: Head, x: torch.Tensor, dropout: Dropout | None) -> None:
            found.batches.append(x)
            found.dropouts.append(dropout)
            super().__init__(head, x, dropout)

    def recorded(head: Head, x: torch.Tensor) -> torch.Tensor:
        found.pools.append(x)
        return real(head, x)

    monkeypatch.setattr(training, "HeadPass", RecordingPass)
    monkeypatch.setattr(Head, "forward", recorded)
    return found


def rates(config: DLSTConfig, head: Head) -> Iterator[tuple[torch.nn.Parameter, float, float]]:
    """(parameter, learning rate, weight decay) of the four groups, from the specification's table."""
    is_code = not config.training.decays_biases
    for layers, rate in ((list(head.hidden), 0.003), ([head.last], 0.03)):
        for layer in layers:
            yield layer.weight, rate, 5e-4
            yield layer.bias, (2 * rate if is_code else rate), (0.0 if is_code else 5e-4)


@pytest.mark.parametrize("config", [CODE, PAPER], ids=["code", "paper"])
def test_train_classifier_then_follows_momentum_descent_written_out_by_hand(config: DLSTConfig) -> None:
    """32 positives and exactly 96 negatives: every batch holds all of them, so order does not matter."""
    config = replace(config, classifier=replace(config.classifier, mining_pool=96))
    positives, negatives = samples(32, seed=1), samples(96, seed=2)
    trained, by_hand = small_head(), small_head()
    losses = trainer(config).train_classifier(
        trained, Rows.of(positives), Rows.of(negatives), iterations=30, rate=0.003, watch=CallMonitor()
    )
    velocities = {parameter: torch.zeros_like(parameter) for parameter in by_hand.parameters()}
    for found_loss in losses:
        by_hand.zero_grad()
        logits = torch.cat([by_hand(positives), by_hand(negatives)])
        log_p = logits - logits.logsumexp(dim=1, keepdim=True)
        loss = -(log_p[:32, 1].sum() + log_p[32:, 0].sum()) / 128
        loss.backward()
        assert found_loss == pytest.approx(loss.item(), rel=1e-4)
        with torch.no_grad():
            for parameter, rate, decay in rates(config, by_hand):
                assert parameter.grad is not None
                velocity = velocities[parameter]
                velocity.mul_(0.9).sub_(parameter.grad + decay * parameter)  # V <- 0.9 V - g
                parameter.add_(rate * velocity)
    for found, expected in zip(trained.parameters(), by_hand.parameters(), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)


def test_train_classifier_then_every_call_starts_without_momentum() -> None:
    """Two calls of one step: each moves by rate times its own gradient only."""
    config = replace(
        CODE,
        classifier=replace(CODE.classifier, mining_pool=96),
        training=replace(CODE.training, weight_decay=0.0),
    )
    positives, negatives, head = samples(32, seed=1), samples(96, seed=2), small_head()
    for _ in range(2):
        logits = torch.cat([head(positives), head(negatives)])
        labels = torch.tensor([1] * 32 + [0] * 96)
        head.zero_grad()
        F.cross_entropy(logits, labels).backward()
        assert head.last.weight.grad is not None
        expected = (head.last.weight - 0.03 * head.last.weight.grad).detach()
        trainer(config).train_classifier(
            head, Rows.of(positives), Rows.of(negatives), iterations=1, rate=0.003, watch=CallMonitor()
        )
        torch.testing.assert_close(head.last.weight.detach(), expected)


def test_train_classifier_then_the_96_hardest_of_the_next_1024_meet_the_next_32_positives(
    shown: Shown,
) -> None:
    positives, negatives = Rows.of(samples(70, seed=1)), Rows.of(samples(2100, seed=2))
    config, head = PRESETS["dlst"], small_head()
    trainer(config).train_classifier(head, positives, negatives, iterations=4, rate=1e-9, watch=CallMonitor())
    pools = list(torch.cat(shown.pools).split(1024))
    batches = shown.batches
    assert all(dropout is not None for dropout in shown.dropouts)
    for pool, batch in zip(pools, batches, strict=True):
        assert len(pool) == 1024
        assert len(batch) == 32 + 96
        with torch.no_grad():
            hardness = head(pool)[:, 1]
        hardest = pool[hardness.argsort(descending=True)[:96]]
        assert {x.sum().item() for x in batch[32:]} == {x.sum().item() for x in hardest}
    of_first_round = torch.cat(pools[:2]).flatten(1)
    assert len(of_first_round.unique(dim=0)) == 2048  # 2100 are used up before any repeats
    seen_positives = torch.cat([batch[:32] for batch in batches[:2]]).flatten(1)
    assert len(seen_positives.unique(dim=0)) == 64


def test_train_classifier_when_negatives_are_few_then_repeats_them(shown: Shown) -> None:
    head = small_head()
    positives, negatives = Rows.of(samples(3, seed=1)), Rows.of(samples(5, seed=2))
    trainer(CODE).train_classifier(head, positives, negatives, iterations=1, rate=0.003, watch=CallMonitor())
    pool, (batch,) = torch.cat(shown.pools), shown.batches
    assert len(pool) == 1024
    assert len(batch) == 128
    assert len(pool.flatten(1).unique(dim=0)) == 5


@pytest.mark.parametrize(("decision", "expected"), [("logit", 3.0), ("probability", 4.0)])
def test_target_scores_then_are_the_logit_or_the_log_odds(decision: Decision, expected: float) -> None:
    assert target_scores(torch.tensor([[-1.0, 3.0]]), decision).item() == expected


def test_target_scores_when_probability_then_are_above_zero_where_softmax_is_above_a_half() -> None:
    logits = torch.randn(500, 2, generator=torch.Generator().manual_seed(0))
    is_above = target_scores(logits, "probability") > 0
    assert torch.equal(is_above, logits.softmax(dim=1)[:, 1] > 0.5)


@pytest.mark.parametrize(("population", "draws"), [(10, 25), (10, 10), (7, 3), (1, 5)])
def test_draw_in_turn_then_uses_all_before_any_repeats(population: int, draws: int) -> None:
    drawn = draw_in_turn(np.random.default_rng(0), population, draws)
    assert len(drawn) == draws
    for start in range(0, draws, population):
        turn = drawn[start : start + population].tolist()
        assert len(set(turn)) == len(turn)
        assert set(turn) <= set(range(population))


def test_draw_in_turn_then_each_turn_has_an_order_of_its_own() -> None:
    first, second = draw_in_turn(np.random.default_rng(0), 50, 100).reshape(2, 50).tolist()
    assert first != second != sorted(second)


class Regions:
    """Made-up maps; remembers which rows were asked for."""

    def __init__(self, n: int, weights: torch.Tensor | None = None) -> None:
        generator = torch.Generator().manual_seed(0)
        self.features = torch.rand(n, 51, 51, 96, generator=generator)
        self.labels = torch.zeros(n, 51, 51, dtype=torch.long)
        self.labels[:, 20:30, 20:30] = 1
        self.weights = torch.where(self.labels == 1, 0.5 / 100, 0.5 / 2501) if weights is None else weights
        self.asked: list[list[int]] = []

    def __len__(self) -> int:
        return len(self.features)

    def batch(self, rows: NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        self.asked.append(rows.tolist())
        features, labels, weights = self.features[rows], self.labels[rows], self.weights[rows]
        return features.flatten(0, 2), labels.flatten(), weights.flatten()


def test_train_localizer_when_the_head_knows_nothing_then_the_loss_is_log_2() -> None:
    """Every region weighs one, whatever the batch."""
    head = localizer_head(96, 8)
    head.reset(torch.Generator(), sigma=0.0, hidden_bias=0.0)
    losses = trainer(CODE).train_localizer(head, Regions(3), iterations=1, batch=2, rate=0.0, watch=CallMonitor())
    assert losses == pytest.approx([math.log(2)])


def test_train_localizer_then_loss_is_the_weighted_cross_entropy_over_the_batch() -> None:
    weights = torch.rand(2, 51, 51, generator=torch.Generator().manual_seed(1))
    regions, head = Regions(2, weights), localizer_head(96, 8)
    head.reset(torch.Generator().manual_seed(0), sigma=0.1, hidden_bias=0.0)
    log_p = head(regions.features).log_softmax(dim=-1)
    expected = -(torch.where(regions.labels == 1, log_p[..., 1], log_p[..., 0]) * weights).sum().item() / 2
    losses = trainer(CODE).train_localizer(head, regions, iterations=1, batch=2, rate=0.0, watch=CallMonitor())
    assert losses == pytest.approx([expected], rel=1e-5)


def test_train_localizer_then_uses_every_region_before_any_repeats() -> None:
    regions, head = Regions(5), localizer_head(96, 8)
    head.reset(torch.Generator().manual_seed(0), sigma=0.1, hidden_bias=0.0)
    losses = trainer(CODE).train_localizer(head, regions, iterations=5, batch=2, rate=0.003, watch=CallMonitor())
    assert [len(rows) for rows in regions.asked] == [2] * 5
    order = [row for rows in regions.asked for row in rows]
    assert sorted(order[:5]) == sorted(order[5:]) == [0, 1, 2, 3, 4]
    assert len(losses) == 5


def test_train_localizer_then_shows_dropout_to_the_head() -> None:
    """Two trainers that differ in the dropout's seed alone part after a step."""
    heads = [localizer_head(96, 8) for _ in range(2)]
    for seed, head in enumerate(heads):
        head.reset(torch.Generator().manual_seed(0), sigma=0.1, hidden_bias=0.0)
        dropping = Trainer(
            PRESETS["dlst"],
            rng=np.random.default_rng(0),
            dropout=Dropout(0.5, torch.Generator().manual_seed(seed)),
        )
        dropping.train_localizer(head, Regions(2), iterations=1, batch=2, rate=0.1, watch=CallMonitor())
    assert not torch.equal(heads[0].last.weight, heads[1].last.weight)
