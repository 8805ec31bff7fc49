"""Tensors from PyTorch's files of unknown origin: nothing else is unpickled.

torch is loaded when such a file is read: who lists weights or reads the shipped ones need not wait for it.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracker_core.backbone_weights import WeightsError

StateDict = Mapping[object, object]


def load_state(path: Path) -> StateDict:
    """The mapping a file holds; WeightsError (without its name) where it is none, or holds more than tensors."""
    import torch

    _check_members(path)
    try:
        state: object = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsError(
            "expected tensors only; it is damaged or holds other Python objects, which are not loaded because "
            "that can run code. Save the state_dict alone"
        ) from error
    except Exception as error:  # what the unpickler of a damaged file raises is not documented
        raise WeightsError(f"damaged PyTorch file: {type(error).__name__}: {error!s:.200}") from error
    if not isinstance(state, Mapping):
        raise WeightsError(f"expected a mapping of names to tensors, got {type(state).__name__}")
    return state


def _check_members(path: Path) -> None:
    """WeightsError where a file of PyTorch 1.6 or later, a zip, unpacks to more than it is; torch packs none."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise WeightsError(f"damaged PyTorch file: {error}") from error
    if unpacked > path.stat().st_size:
        raise WeightsError(f"expected tensors that are not compressed; it unpacks to {unpacked} bytes")


def tensor_of(state: StateDict, key: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """A tensor of a known shape, as float32; WeightsError where it is something else."""
    import torch

    value = state.get(key)
    if not isinstance(value, torch.Tensor) or not value.is_floating_point() or value.layout != torch.strided:
        raise WeightsError(f"{key}: expected a tensor of floating point numbers, got {type(value).__name__}")
    if tuple(value.shape) != shape:
        raise WeightsError(f"{key}: expected shape {shape}, got {tuple(value.shape)}")
    return np.array(value.detach().to(torch.float32).numpy())
