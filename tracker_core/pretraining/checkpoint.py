"""A training's state in one file, from which it resumes exactly: tensors, and the rest as JSON in the metadata."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from tracker_core.backbone_weights import BackboneWeights
from tracker_core.pretraining.attribution import Credit
from tracker_core.pretraining.config import PretrainingConfig
from tracker_core.pretraining.errors import PretrainingError
from tracker_core.pretraining.network import exported
from tracker_core.pretraining.state_file import (
    CHECKPOINT_NAME,
    TrainingLength,
    check_unchanged,
    damaged,
    read_state,
    write_state,
)

_RELU1_SIZE, _RELU3_SIZE = 10.0, 7.0  # root mean squares with which the paper's learning rates work, all heads'
_AVERAGE = "average."


@dataclass(frozen=True, slots=True)
class TrainingState:
    """Where a training is, beside its tensors.

    Attributes:
        config: as JSON; a training goes on with the one it began with.
        length: where it ends unless told otherwise.
        start: the backbone it began from, "" for none.
        step: steps done.
        seconds: trained, in all runs.
        relu1_power, relu3_power: mean squares of the moving average's features on held-out pictures.
        credit: whose pictures.
        pictures: how many of which kind.
    """

    config: str
    length: TrainingLength
    start: str
    step: int
    seconds: float
    relu1_power: float
    relu3_power: float
    credit: Credit
    pictures: str


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """State and tensors; those that begin with "average." are the moving average's."""

    state: TrainingState
    tensors: dict[str, torch.Tensor]

    def save(self, folder: Path) -> None:
        """Replace the folder's checkpoint, all or nothing; WeightsError where it cannot be written."""
        write_state(folder / CHECKPOINT_NAME, json.dumps(asdict(self.state)), self.tensors)

    @classmethod
    def load(cls, folder: Path) -> Checkpoint:
        """Read the folder's checkpoint.

        Raises:
            PretrainingError: there is none, or it is damaged.
        """
        path = folder / CHECKPOINT_NAME
        text, tensors = read_state(path)
        try:
            fields = json.loads(text)
            length, credit = TrainingLength(**fields["length"]), Credit(**fields["credit"])
            state = TrainingState(**{**fields, "length": length, "credit": credit})
        except (KeyError, TypeError, ValueError) as error:
            raise damaged(path, error) from error
        return cls(state, tensors)

    def backbone(self) -> BackboneWeights:
        """The moving average as weights for a tracker, with all that is to be said of them."""
        state = self.state
        if min(state.relu1_power, state.relu3_power) <= 0:
            raise PretrainingError("expected features above 0, got none: the training has diverged; start again")
        config = json.loads(state.config)
        average = {
            name.removeprefix(_AVERAGE): tensor
            for name, tensor in self.tensors.items()
            if name.startswith(_AVERAGE)
        }
        minutes = f"{state.seconds / 60:.0f}"
        return exported(
            average,
            relu1_gain=round(_RELU1_SIZE / math.sqrt(state.relu1_power), 4),
            relu3_gain=round(_RELU3_SIZE / math.sqrt(state.relu3_power), 4),
            metadata={
                "source": f"trained for DLST Studio on {state.credit.data}",
                "licence": state.credit.licence,
                "attribution": state.credit.attribution,
                "data": state.pictures,
                "architecture": "VGG-M conv1-3, no LRN: conv1 96x7x7/2, relu, maxpool 3/2, conv2 256x5x5/2, relu, "
                "maxpool 3/2, conv3 512x3x3, relu; no padding",
                "input": "RGB, 0..255, minus 128, not scaled",
                "gain_note": f"with the gains the root mean squares of relu1 and relu3 are about {_RELU1_SIZE:g} "
                f"and {_RELU3_SIZE:g}",
                "training": f"{state.step:,} steps of {config['episodes']} episodes in {minutes} minutes, losses "
                f"{', '.join(config['losses'])}; moving average of the weights; see docs/pretraining.md",
                "provenance": f"started from {state.start or 'random weights'}",
                "seed": str(config["seed"]),
                "steps": str(state.step),
                "minutes": minutes,
                "settings": state.config,
            },
        )


def config_text(config: PretrainingConfig) -> str:
    """The settings as JSON."""
    return json.dumps(asdict(config))


def check_same(state: TrainingState, config: PretrainingConfig, start: str) -> None:
    """Raise PretrainingError unless the training resumes with the settings it started with."""
    before = {**json.loads(state.config), "start": state.start}
    now = {**json.loads(config_text(config)), "start": start}
    check_unchanged(before, now)
