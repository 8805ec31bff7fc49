"""One step after another: gradient descent on episodes, a moving average of the weights, and its judgement."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from tracker_core.backbone_weights import BackboneWeights
from tracker_core.features import choose_dtype
from tracker_core.pretraining.batches import Batch
from tracker_core.pretraining.config import PretrainingConfig
from tracker_core.pretraining.losses import Features, Judgement, Losses
from tracker_core.pretraining.network import TrainableBackbone, power_of

_LOWEST_RATE = 0.01  # of the highest


@dataclass(frozen=True, slots=True)
class StepReport:
    """What a step, or a judgement of several batches, was like; means.

    Attributes:
        losses: by name; "total" is what descends.
        relu1_power, relu3_power: mean squares of features; 0 where they were not asked for.
    """

    losses: dict[str, float]
    hit_rate: float
    best_iou: float
    box_error: float
    relu1_power: float
    relu3_power: float

    @classmethod
    def mean_of(cls, reports: list[StepReport]) -> StepReport:
        """Of at least one."""
        n = len(reports)
        losses = {name: sum(report.losses[name] for report in reports) / n for name in reports[0].losses}
        rest = (
            sum(getattr(report, name) for report in reports) / n
            for name in ("hit_rate", "best_iou", "box_error", "relu1_power", "relu3_power")
        )
        return cls(losses, *rest)


class PretrainingStep:
    """The backbone, its losses and their optimiser.

    Attributes:
        step: steps done.
    """

    def __init__(
        self, config: PretrainingConfig, device: torch.device, start: BackboneWeights | None = None
    ) -> None:
        generator = torch.Generator().manual_seed(config.seed)
        self._config = config
        self._device = device
        self._dtype = choose_dtype("auto", device)
        self._backbone = TrainableBackbone(generator)
        if start is not None:
            self._backbone.take(start)
        self._backbone.to(device)
        self._average = TrainableBackbone(generator).to(device)
        self._average.load_state_dict(self._backbone.state_dict())
        self._losses = Losses(config, generator).to(device)
        self._named = dict(torch.nn.ModuleList([self._backbone, self._losses]).named_parameters())
        decayed = [parameter for parameter in self._named.values() if parameter.ndim > 1]
        others = [parameter for parameter in self._named.values() if parameter.ndim <= 1]
        self._optimizer = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": config.weight_decay}, {"params": others, "weight_decay": 0.0}],
            lr=config.rate,
        )
        self.step = 0

    def train(self, batch: Batch, progress: float) -> StepReport:
        """One step, `progress` (0..1) of the way to the end."""
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate(progress)
        judgement, _ = self._judged(self._backbone, batch.to(self._device))
        self._optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(judgement.total)
        torch.nn.utils.clip_grad_norm_(list(self._named.values()), self._config.largest_gradient)
        self._optimizer.step()
        self.step += 1
        self._follow()
        return _report(judgement)

    @torch.no_grad()
    def judge(self, batch: Batch) -> StepReport:
        """How the moving average does."""
        on_device = batch.to(self._device)
        judgement, large = self._judged(self._average, on_device)
        relu1_power = self._average.relu1_power(on_device.large.flatten(0, 1), self._dtype)
        return _report(judgement, relu1_power=float(relu1_power), relu3_power=float(power_of(large)))

    def average(self) -> dict[str, torch.Tensor]:
        """The moving average's tensors by name."""
        return self._average.state_dict()

    def tensors(self) -> dict[str, torch.Tensor]:
        """All that the next step depends on, by name."""
        state = {f"now.{name}": parameter.detach() for name, parameter in self._named.items()}
        state |= {f"average.{name}": tensor for name, tensor in self._average.state_dict().items()}
        for name, parameter in self._named.items():
            for key, value in self._optimizer.state.get(parameter, {}).items():
                state[f"adam.{name}.{key}"] = value
        return state

    @torch.no_grad()
    def restore(self, tensors: dict[str, torch.Tensor], step: int) -> None:
        """Go on from what `tensors` gave after `step` steps."""
        for name, parameter in self._named.items():
            parameter.copy_(tensors[f"now.{name}"])
            self._optimizer.state[parameter] = {
                key: tensors[f"adam.{name}.{key}"].clone().to(self._device if key != "step" else "cpu")
                for key in ("step", "exp_avg", "exp_avg_sq")
                if f"adam.{name}.{key}" in tensors
            }
        for name, tensor in self._average.state_dict().items():
            tensor.copy_(tensors[f"average.{name}"])
        self.step = step

    def _rate(self, progress: float) -> float:
        cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, max(0.0, progress))))
        warm_up = min(1.0, (self.step + 1) / self._config.warm_up_steps)
        return self._config.rate * warm_up * max(_LOWEST_RATE, cosine)

    def _judged(self, backbone: TrainableBackbone, batch: Batch) -> tuple[Judgement, torch.Tensor]:
        """The judgement, and the large maps' features."""
        small = backbone(batch.small.flatten(0, 1), self._dtype)
        large = backbone(batch.large.flatten(0, 1), self._dtype)
        return self._losses(Features.of(small, large, batch, self._config), batch), large

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the average; young ones move faster, so that they forget how they began."""
        decay = min(self._config.average_decay, self.step / (self.step + 10))
        for average, now in zip(self._average.parameters(), self._backbone.parameters(), strict=True):
            average.lerp_(now, 1 - decay)


def _report(judgement: Judgement, *, relu1_power: float = 0.0, relu3_power: float = 0.0) -> StepReport:
    losses = {str(name): float(value.detach()) for name, value in judgement.losses.items()}
    return StepReport(
        {"total": float(judgement.total.detach()), **losses},
        hit_rate=float(judgement.hit_rate),
        best_iou=float(judgement.best_iou.detach()),
        box_error=float(judgement.box_error.detach()),
        relu1_power=relu1_power,
        relu3_power=relu3_power,
    )
