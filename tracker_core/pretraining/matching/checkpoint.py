"""A head's training in one file, and the head's own file: plain convolutions and what is to be said of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import safetensors.torch
import torch

from tracker_core.pretraining.attribution import Credit
from tracker_core.pretraining.matching.config import MatchingConfig
from tracker_core.pretraining.matching.trainer import HeadTrainer, averaged_head
from tracker_core.pretraining.state_file import (
    CHECKPOINT_NAME,
    TrainingLength,
    check_unchanged,
    damaged,
    read_state,
    write_state,
)
from tracker_core.weights.safetensors_file import write_atomically

_FORMAT_VERSION = "1"


@dataclass(frozen=True, slots=True)
class HeadState:
    """Where a training is, beside its tensors.

    Attributes:
        config: as JSON; a training goes on with the one it began with.
        trunk: whose features.
        length: where it ends unless told otherwise.
        step: steps done.
        seconds: trained, in all runs.
        credit: whose pictures.
        pictures: how many of which kind.
    """

    config: str
    trunk: str
    length: TrainingLength
    step: int
    seconds: float
    credit: Credit
    pictures: str

    def check_same(self, config: MatchingConfig, trunk: str) -> None:
        """Raise PretrainingError unless the training goes on as it began."""
        check_unchanged({**json.loads(self.config), "trunk": self.trunk}, {**asdict(config), "trunk": trunk})


@dataclass(frozen=True, slots=True, eq=False)
class HeadCheckpoint:
    """State and a trainer's tensors."""

    state: HeadState
    tensors: dict[str, torch.Tensor]

    def save(self, folder: Path) -> None:
        """Replace the folder's checkpoint, all or nothing; WeightsError where it cannot be written."""
        write_state(folder / CHECKPOINT_NAME, json.dumps(asdict(self.state)), self.tensors)

    @classmethod
    def load(cls, folder: Path) -> HeadCheckpoint:
        """Read the folder's checkpoint.

        Raises:
            PretrainingError: there is none, or it is damaged, or another training's.
        """
        path = folder / CHECKPOINT_NAME
        text, tensors = read_state(path)
        try:
            fields = json.loads(text)
            length, credit = TrainingLength(**fields["length"]), Credit(**fields["credit"])
            state = HeadState(**{**fields, "length": length, "credit": credit})
            averaged_head(tensors)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise damaged(path, error) from error
        return cls(state, tensors)

    def trainer(self, config: MatchingConfig) -> HeadTrainer:
        """That goes on from here."""
        return HeadTrainer.restored(config, self.tensors, self.state.step)

    def export(self, output: Path) -> None:
        """Write the moving average as plain convolutions; WeightsError where it cannot be written."""
        tensors = averaged_head(self.tensors).folded_tensors()
        write_atomically(output, safetensors.torch.save(tensors, self._metadata(output.stem)))

    def _metadata(self, name: str) -> dict[str, str]:
        state, settings = self.state, json.loads(self.state.config)
        minutes = f"{state.seconds / 60:.0f}"
        return {
            "format_version": _FORMAT_VERSION,
            "name": name,
            "source": f"trained for DLST Studio on {state.credit.data}",
            "licence": state.credit.licence,
            "attribution": state.credit.attribution,
            "data": state.pictures,
            "trunk": state.trunk,
            "architecture": "matching head: template 128 px and search 256 px of one trunk, 16 x 16 cells 16 px "
            "apart, the first centre at 15.5; batch norms and standardisation folded in; see docs/pretraining.md",
            "input": "features of stride 8 in the cells (0, 0), (0, 1), (1, 0), (1, 1), then those of stride 16",
            "output": "confidence: logit of the expected IoU; distances: left, top, right, bottom = 32 exp(r) px",
            "training": f"{state.step:,} steps of {settings['batch']} pairs in {minutes} minutes; moving average "
            "of the weights",
            "provenance": "started from random weights",
            "seed": str(settings["seed"]),
            "steps": str(state.step),
            "seconds": f"{state.seconds:.0f}",
            "settings": state.config,
        }
