"""A head's training in one file, and the head's own file: plain convolutions and what is to be said of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from tracker_core.pretraining.attribution import Credit
from tracker_core.pretraining.errors import PretrainingError
from tracker_core.pretraining.matching.config import MatchingConfig
from tracker_core.pretraining.matching.trainer import HeadTrainer, averaged_head
from tracker_core.pretraining.matching.trunk import FrozenTrunk
from tracker_core.pretraining.matching.trunk_tail import TrunkTail
from tracker_core.pretraining.state_file import (
    CHECKPOINT_NAME,
    TrainingLength,
    check_unchanged,
    damaged,
    read_state,
    write_state,
)
from tracker_core.studio.matching_head import FINE_LAYER
from tracker_core.weights.safetensors_file import save_backbone


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
        before: what the training began with; "" for random weights.
    """

    config: str
    trunk: str
    length: TrainingLength
    step: int
    seconds: float
    credit: Credit
    pictures: str
    before: str = ""

    def check_same(self, config: MatchingConfig, trunk: str) -> None:
        """Raise PretrainingError unless the training resumes with the settings it started with."""
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

    def trainer(self, config: MatchingConfig, tail: TrunkTail | None) -> HeadTrainer:
        """That goes on from here."""
        return HeadTrainer.restored(config, self.tensors, self.state.step, tail)

    def check_begins(self, trunk: FrozenTrunk) -> None:
        """Raise PretrainingError where a training that tunes the trunk's tail cannot begin with this head."""
        self._check_trunk(trunk)
        if self._is_tuned:
            raise PretrainingError("expected the training of a head alone to begin with, got one with its trunk")

    @property
    def told(self) -> str:
        """What is to be said of it where another training begins with it."""
        batch, minutes = json.loads(self.state.config)["batch"], self.state.seconds / 60
        return f"{self.state.step:,} steps of {batch} pairs in {minutes:.0f} minutes"

    @property
    def _is_tuned(self) -> bool:
        return json.loads(self.state.config).get("tail_rate") is not None

    def _check_trunk(self, trunk: FrozenTrunk) -> None:
        if trunk.source != self.state.trunk:
            raise PretrainingError(f"expected the trunk of this training ({self.state.trunk}), got {trunk.source}")

    def export(self, trunk: FrozenTrunk, output: Path) -> None:
        """Write trunk and moving average as plain convolutions; WeightsError where it cannot be written."""
        self._check_trunk(trunk)
        head = averaged_head(self.tensors, TrunkTail(trunk.weights) if self._is_tuned else None)
        weights = trunk.weights if head.tail is None else head.tail.tuned(trunk.weights)
        tensors = {name: x.numpy() for name, x in head.folded_tensors().items()}
        metadata = {**weights.metadata, **self._metadata(weights.metadata)}
        finished = replace(weights, name=output.stem, extra_tensors=tensors, metadata=metadata)
        save_backbone(finished, output, "float16")

    def _metadata(self, trunk: Mapping[str, str]) -> dict[str, str]:
        state, settings = self.state, json.loads(self.state.config)
        before = f"{state.before}; then, with the trunk's last blocks, " if state.before else ""
        trunk_now = "the trunk is as it was"
        if self._is_tuned:
            trunk_now = f"the trunk's layers behind {FINE_LAYER} were trained with it"
        return {
            "source": f"{trunk.get('source', 'unknown')}; matching head trained for DLST Studio on "
            f"{state.credit.data}",
            "licence": f"{trunk.get('licence', 'unknown')}; matching head {state.credit.licence}",
            "attribution": " ".join([trunk.get("attribution", ""), state.credit.attribution]).strip(),
            "data": state.pictures,
            "trunk": state.trunk,
            "architecture": "matching head: template 128 px and search 256 px of one trunk, 16 x 16 cells 16 px "
            "apart, the first centre at 15.5; batch norms and standardisation folded in; see docs/pretraining.md",
            "input": "features of stride 8 in the cells (0, 0), (0, 1), (1, 0), (1, 1), then those of stride 16",
            "output": "confidence: logit of the expected IoU; distances: left, top, right, bottom = 32 exp(r) px",
            "training": f"{before}{self.told}; moving average of the weights",
            "provenance": f"the head started from random weights; {trunk_now}",
            "seed": str(settings["seed"]),
            "steps": str(state.step),
            "seconds": f"{state.seconds:.0f}",
            "settings": state.config,
        }
