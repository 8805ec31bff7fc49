"""Where a training is, as one file: tensors, and the rest as JSON in the metadata. Nothing in it is a pickle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open

from tracker_core.pretraining.errors import PretrainingError
from tracker_core.weights.safetensors_file import write_atomically

CHECKPOINT_NAME = "checkpoint.safetensors"


@dataclass(frozen=True, slots=True)
class TrainingLength:
    """Where a training ends, all its runs together; the learning rate falls over it.

    Attributes:
        minutes: of training.
        steps: end after so many instead, exactly repeatable; None for minutes.
    """

    minutes: float = 60.0
    steps: int | None = None

    def progress(self, *, step: int, seconds: float) -> float:
        """0..1, above 1 behind the end."""
        return seconds / (60 * self.minutes) if self.steps is None else step / self.steps


def write_state(path: Path, state: str, tensors: Mapping[str, torch.Tensor]) -> None:
    """Replace the file, all or nothing; `state` is JSON. WeightsError where it cannot be written."""
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_atomically(path, safetensors.torch.save(contiguous, {"state": state}))


def read_state(path: Path) -> tuple[str, dict[str, torch.Tensor]]:
    """What `write_state` has written.

    Raises:
        PretrainingError: there is no such file, or it is damaged.
    """
    if not path.is_file():
        raise PretrainingError(f"{path}: there is no checkpoint; start a training first")
    try:
        with safe_open(path, "pt") as file:
            state = (file.metadata() or {})["state"]
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    except (SafetensorError, KeyError, OSError) as error:
        raise damaged(path, error) from error
    return state, tensors


def damaged(path: Path, error: Exception) -> PretrainingError:
    """What to say of a checkpoint that cannot be gone on from."""
    return PretrainingError(f"{path}: damaged, or not a checkpoint ({error}); start the training again")


def check_unchanged(before: Mapping[str, object], now: Mapping[str, object]) -> None:
    """Raise PretrainingError unless a training resumes with the settings it started with."""
    changed = [
        f"{key} was {before.get(key)!r}, now {now.get(key)!r}"
        for key in sorted(before.keys() | now.keys())
        if before.get(key) != now.get(key)
    ]
    if changed:
        raise PretrainingError(
            f"a resumed training must keep the settings it started with, but {'; '.join(changed)}"
        )
