"""One step after another: gradient descent on drawn pairs, a moving average of the head, and its judgement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import deepcopy

import numpy as np
import torch

from tracker_core.pretraining.matching.config import MatchingConfig
from tracker_core.pretraining.matching.features import PairFeatures, ReplayBuffer
from tracker_core.pretraining.matching.losses import Judgement, judged
from tracker_core.pretraining.matching.network import MatchingHead, Standardization
from tracker_core.pretraining.matching.trunk_tail import TrunkTail
from tracker_core.pretraining.training_log import Report

_DRAWS = 1  # tells a step's draws from a pair's, which follow from the seed and one number
_JUDGED_AT_ONCE = 64
_POOR, _GOOD = 0.3, 0.7  # IoU


class HeadTrainer:
    """The head and its optimiser.

    Attributes:
        step: steps done.
    """

    def __init__(
        self, config: MatchingConfig, standardization: Standardization, tail: TrunkTail | None = None
    ) -> None:
        generator = torch.Generator().manual_seed(config.seed)
        self._config = config
        self._head = MatchingHead(standardization, generator, tail)
        self._average = MatchingHead(standardization, generator, deepcopy(tail)).eval()
        self._average.load_state_dict(self._head.state_dict())
        self._named = dict(self._head.named_parameters())
        self._optimizer = torch.optim.AdamW(_groups(self._head, config), lr=config.rate)
        self.step = 0

    @classmethod
    def restored(
        cls, config: MatchingConfig, tensors: dict[str, torch.Tensor], step: int, tail: TrunkTail | None = None
    ) -> HeadTrainer:
        """Go on from what `tensors` gave after `step` steps; KeyError or RuntimeError for tensors of others."""
        trainer = cls(config, _standardization(tensors, "now."), tail)
        trainer._restore(tensors, step)
        return trainer

    @classmethod
    def tuning(cls, config: MatchingConfig, tensors: dict[str, torch.Tensor], tail: TrunkTail) -> HeadTrainer:
        """Begin with the moving average of a training without a tail, and with the trunk's own tail."""
        trainer = cls(config, _standardization(tensors, "average."), tail)
        untuned = {f"tail.{name}": tensor for name, tensor in tail.state_dict().items()}
        for head in (trainer._head, trainer._average):
            head.load_state_dict(untuned | _named(tensors, "average."))
        return trainer

    def train(self, buffer: ReplayBuffer, progress: float) -> Report:
        """One step, `progress` (0..1) of the way to the end."""
        rng = np.random.default_rng([self._config.seed, self.step, _DRAWS])
        batch = buffer.drawn(rng, self._config.batch)
        return self.train_on(batch.swapped() if rng.random() < self._config.swapped_share else batch, progress)

    def train_on(self, batch: PairFeatures, progress: float) -> Report:
        """One step on these pairs."""
        for group in self._optimizer.param_groups:
            group["lr"] = group["share"] * self._rate(progress)
        self._head.train()
        judgement = self._judged(self._head, batch)
        self._optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(judgement.total)
        torch.nn.utils.clip_grad_norm_(list(self._named.values()), self._config.largest_gradient)
        self._optimizer.step()
        self.step += 1
        self._follow()
        return _report([judgement])

    @torch.no_grad()
    def judge(self, pairs: PairFeatures) -> Report:
        """How the moving average does."""
        begins = range(0, len(pairs), _JUDGED_AT_ONCE)
        parts = (pairs.rows(begin, begin + _JUDGED_AT_ONCE).widened() for begin in begins)
        return _report([self._judged(self._average, part) for part in parts])

    def tensors(self) -> dict[str, torch.Tensor]:
        """All that the next step depends on, by name."""
        state = {f"now.{name}": tensor for name, tensor in self._head.state_dict().items()}
        state |= {f"average.{name}": tensor for name, tensor in self._average.state_dict().items()}
        for name, parameter in self._named.items():
            for key, value in self._optimizer.state.get(parameter, {}).items():
                state[f"adam.{name}.{key}"] = value
        return state

    def _restore(self, tensors: dict[str, torch.Tensor], step: int) -> None:
        for prefix, head in (("now.", self._head), ("average.", self._average)):
            head.load_state_dict(_named(tensors, prefix))
        for name, parameter in self._named.items():
            self._optimizer.state[parameter] = {
                key: tensors[f"adam.{name}.{key}"].clone()
                for key in ("step", "exp_avg", "exp_avg_sq")
                if f"adam.{name}.{key}" in tensors
            }
        self.step = step

    def _judged(self, head: MatchingHead, batch: PairFeatures) -> Judgement:
        confidence, distances = head(head.encoded(batch.template), batch.search)
        return judged(confidence, distances, batch, self._config)

    def _rate(self, progress: float) -> float:
        cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, max(0.0, progress))))
        return self._config.rate * min(1.0, (self.step + 1) / self._config.warm_up_steps) * cosine

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the average; young ones move faster, so that they forget how they began."""
        decay = min(self._config.average_decay, (self.step + 1) / (self.step + 10))
        now = self._head.state_dict()
        for name, average in self._average.state_dict().items():
            if average.is_floating_point():
                average.lerp_(now[name], 1 - decay)
            else:
                average.copy_(now[name])


def averaged_head(tensors: dict[str, torch.Tensor], tail: TrunkTail | None = None) -> MatchingHead:
    """The moving average of a trainer's tensors; KeyError or RuntimeError for tensors of others.

    Without a tail to fill, that of the tensors is left out.
    """
    average = _named(tensors, "average.")
    if tail is None:
        average = {name: tensor for name, tensor in average.items() if not name.startswith("tail.")}
    head = MatchingHead(_standardization(tensors, "average."), torch.Generator(), tail)
    head.load_state_dict(average)
    return head.eval()


def _standardization(tensors: dict[str, torch.Tensor], prefix: str) -> Standardization:
    mean, deviation = (tensors[f"{prefix}{name}"].flatten() for name in ("mean", "deviation"))
    return Standardization(mean, deviation)


def _groups(head: MatchingHead, config: MatchingConfig) -> list[dict[str, object]]:
    """What is descended on, each with its share of the rate: a tail's parameters step in parts of their size."""
    if head.tail is None or config.tail_rate is None:
        return [{"params": list(head.parameters()), "share": 1.0, "weight_decay": config.weight_decay}]
    own = [parameter for name, parameter in head.named_parameters() if not name.startswith("tail.")]
    groups: list[dict[str, object]] = [{"params": own, "share": 1.0, "weight_decay": config.weight_decay}]
    sizes, shares = head.tail.typical_sizes(), config.tail_rate / config.rate
    for name, parameter in head.tail.named_parameters():
        groups.append({"params": [parameter], "share": shares * sizes[name], "weight_decay": 0.0})
    return groups


def mean_report(reports: Sequence[Report]) -> Report:
    """Of at least one; uses are those of reports that have some: of steps in which there was something to find."""
    found = [report.uses for report in reports if report.uses]
    return Report(_means([report.losses for report in reports]), _means(found))


def _means(values: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: sum(value[name] for value in values) / len(values) for name in (values[0] if values else ())}


def _report(judgements: Sequence[Judgement]) -> Report:
    total = _means([{"total": float(judgement.total.detach())} for judgement in judgements])
    parts = [{name: float(loss.detach()) for name, loss in j.losses.items()} for j in judgements]
    best = torch.cat([judgement.best_iou for judgement in judgements])
    if not len(best):
        return Report(total | _means(parts), {})
    uses = {
        "IoU": float(best.mean()),
        f"below {_POOR}": float((best < _POOR).float().mean()),
        f"above {_GOOD}": float((best > _GOOD).float().mean()),
    }
    return Report(total | _means(parts), uses)


def _named(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
