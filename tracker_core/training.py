"""Stochastic gradient descent for the heads, with fresh momentum in every call (authors). Source: paper 4.1.

Momentum, weight decay and rates follow the paper; doubled bias rates and undecayed biases follow the authors.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from tracker_core.call_monitor import CallMonitor
from tracker_core.config import Decision, DLSTConfig, TrainingConfig
from tracker_core.head_pass import HeadPass, cross_entropy
from tracker_core.networks import Dropout, Head
from tracker_core.row_store import Rows

STEP_WORK = 30.0  # one gradient step costs about as much as this many patches (measured)

_MINED_AT_ONCE = 128  # negatives: more of them leave the processor's cache


def target_scores(logits: torch.Tensor, decision: Decision) -> torch.Tensor:
    """(..., 2) logits -> (...) scores above 0 where the target is seen.

    The authors threshold the target's raw logit at 0; the paper's softmax above 0.5 is a log-odds above 0.
    """
    if decision == "logit":
        return logits[..., 1]
    return logits[..., 1] - logits[..., 0]


class MomentumDescent:
    """SGD with fresh momentum over the head's four parameter groups: hidden and last layers, weights and biases.

    Written out because the first of torch's own optimizers loads torch's compiler: seconds without a look at the
    watch.
    """

    def __init__(self, head: Head, config: TrainingConfig, *, rate: float) -> None:
        self._momentum = config.momentum
        self._parameters: list[torch.Tensor] = []
        self._rates_and_decays: list[tuple[float, float]] = []
        bias_decay = config.weight_decay if config.decays_biases else 0.0
        for layer in [*head.hidden, head.last]:
            layer_rate = rate * config.last_layer_factor if layer is head.last else rate
            self._parameters += [layer.weight, layer.bias]
            self._rates_and_decays += [
                (layer_rate, config.weight_decay),
                (layer_rate * config.bias_rate_factor, bias_decay),
            ]
        self._velocities = [torch.zeros_like(parameter) for parameter in self._parameters]

    @torch.no_grad()
    def step(self, seen: HeadPass, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Move against the gradient of a batch's weighted cross-entropy; gives that loss."""
        loss, of_logits = cross_entropy(seen.logits, labels, weights)
        for parameter, gradient, velocity, (rate, decay) in zip(
            self._parameters, seen.gradients(of_logits), self._velocities, self._rates_and_decays, strict=True
        ):
            velocity.mul_(self._momentum).add_(gradient).add_(parameter, alpha=decay)
            parameter.sub_(velocity, alpha=rate)
        return loss


def draw_in_turn(rng: np.random.Generator, population: int, draws: int) -> NDArray[np.int64]:
    """`draws` indices from concatenated random permutations: all are used before any repeats."""
    rounds = -(-draws // population)
    return np.concatenate([rng.permutation(population) for _ in range(rounds)])[:draws]


class LocalizerSamples(Protocol):
    """Search regions to learn from."""

    def __len__(self) -> int: ...

    def batch(self, rows: NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Some regions -> features (m, c) of their cells, labels (m,) int64 and weights (m,) float32."""
        ...


class Trainer:
    """Trains heads; owns the random streams of training.

    Attributes:
        config: rates, batches, mining.
        rng: order of the samples.
        dropout: the heads' dropout, with its own generator on the device.
    """

    def __init__(self, config: DLSTConfig, *, rng: np.random.Generator, dropout: Dropout) -> None:
        self.config = config
        self.rng = rng
        self.dropout = dropout

    def train_classifier(
        self,
        head: Head,
        positives: Rows,
        negatives: Rows,
        *,
        iterations: int,
        rate: float,
        watch: CallMonitor,
    ) -> tuple[float, ...]:
        """Batches of positives against the hardest of a pool of negatives; returns the losses.

        Args:
            head: learns in place.
            positives: features, as the head takes them.
            negatives: likewise.
            iterations: gradient steps; `SpeedConfig.mining_interval` of them share the negatives of a mining pass.
            rate: of the hidden weights.
            watch: asked twice in every step.
        """
        config, mining_interval = self.config.classifier, self.config.speed.mining_interval
        device = positives.places.device
        positive_order = torch.from_numpy(
            draw_in_turn(self.rng, len(positives), iterations * config.batch_positives)
        ).to(device)
        passes = -(-iterations // mining_interval)
        negative_order = torch.from_numpy(draw_in_turn(self.rng, len(negatives), passes * config.mining_pool)).to(
            device
        )
        labels = torch.zeros(config.batch_positives + config.batch_negatives, dtype=torch.long, device=device)
        labels[: config.batch_positives] = 1
        weights = torch.full(labels.shape, 1 / len(labels), device=device)
        dropout = self.dropout if config.has_dropout else None
        descent = MomentumDescent(head, self.config.training, rate=rate)
        losses = []
        hardest = negative_order[:0]
        for i in range(iterations):
            watch.advance(STEP_WORK / 2)
            if i % mining_interval == 0:
                first = i // mining_interval * config.mining_pool
                pool = negative_order[first : first + config.mining_pool]
                hardest = pool[self._hardest(head, negatives, pool)]
            watch.advance(STEP_WORK / 2)  # a whole step takes up to a fifth of a second on a busy processor
            chosen = positive_order[i * config.batch_positives : (i + 1) * config.batch_positives]
            batch = torch.cat([positives.take(chosen), negatives.take(hardest)])
            losses.append(descent.step(HeadPass(head, batch, dropout), labels, weights))
        return tuple(torch.stack(losses).tolist())

    @torch.no_grad()
    def _hardest(self, head: Head, negatives: Rows, pool: torch.Tensor) -> torch.Tensor:
        """Places in the pool of the negatives that look most like the target."""
        config = self.config.classifier
        logits = torch.cat([head(negatives.take(part)) for part in torch.split(pool, _MINED_AT_ONCE)])
        return target_scores(logits, config.decision).topk(config.batch_negatives).indices

    def train_localizer(
        self,
        head: Head,
        regions: LocalizerSamples,
        *,
        iterations: int,
        batch: int,
        rate: float,
        watch: CallMonitor,
    ) -> tuple[float, ...]:
        """Batches of search regions, cells of the map as weighted samples; returns the losses."""
        order = draw_in_turn(self.rng, len(regions), iterations * batch)
        descent = MomentumDescent(head, self.config.training, rate=rate)
        losses = []
        for i in range(iterations):
            watch.advance(STEP_WORK / 2)
            features, labels, weights = regions.batch(order[i * batch : (i + 1) * batch])
            watch.advance(STEP_WORK / 2)
            losses.append(descent.step(HeadPass(head, features, self.dropout), labels, weights / batch))
        return tuple(torch.stack(losses).tolist())
