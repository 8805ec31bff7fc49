"""The project's own weight file: a `.safetensors` with six tensors and string metadata.

Tensors, float16 or float32 (float32 once read), kernels as (out, in, rows, columns), RGB in:

    conv1.weight (96, 3, 7, 7)      conv1.bias (96,)
    conv2.weight (256, 96, 5, 5)    conv2.bias (256,)
    conv3.weight (512, 256, 3, 3)   conv3.bias (512,)

Metadata, all required in a file of `format_version` 1:

    format_version  "1"
    name            short name a user types
    source          who made the weights, or where they were taken from
    licence         under which terms they may be used
    normalization   "none", or the four numbers as JSON: {"size": 5, "alpha": 0.0005, "beta": 0.75, "k": 2.0}
    input_mean      subtracted from 0..255 RGB values
    relu1_gain      factor on the localiser's features
    relu3_gain      factor on the classifier's features
    sha256          of the tensors above in that order, as little-endian float32

Further keys are kept as free text: `provenance`, `training`, `data`, `attribution`, `source_file`,
`source_sha256`.

A file without `format_version` is read with input_mean 128 and gains of 1 where it names none; what cannot be
assumed is the normalisation: it needs a `normalization` key, or an `architecture` that says "no LRN".
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from safetensors import SafetensorError

from tracker_core.backbone_weights import CONVOLUTION_SHAPES, BackboneWeights, WeightsError
from tracker_core.weights.header import FORMAT_VERSION, normalization_text, read_header

StorageType = Literal["float16", "float32"]

_MAX_FILE_BYTES = 16 << 20  # the six tensors take 7.2 MB as float32


def read_safetensors(path: Path) -> BackboneWeights:
    """Read a whole file; WeightsError (without the file's name) where it is not what the module describes."""
    header = read_header(path)
    size = path.stat().st_size
    if size > _MAX_FILE_BYTES:
        raise WeightsError(f"expected at most {_MAX_FILE_BYTES} bytes, got {size}")
    try:
        tensors = safetensors.numpy.load(path.read_bytes())
    except SafetensorError as error:
        raise WeightsError(f"damaged or incomplete ({error}); copy or download it again") from error
    weights = BackboneWeights(
        kernels={layer: tensors[f"{layer}.weight"].astype(np.float32) for layer in CONVOLUTION_SHAPES},
        biases={layer: tensors[f"{layer}.bias"].astype(np.float32) for layer in CONVOLUTION_SHAPES},
        normalization=header.normalization,
        input_mean=header.input_mean,
        relu1_gain=header.relu1_gain,
        relu3_gain=header.relu3_gain,
        name=header.name,
        metadata=header.metadata,
    )
    found = tensor_sha256(weights)
    if header.sha256 and header.sha256 != found:
        raise WeightsError(f"damaged: its tensors should have sha256 {header.sha256}, but have {found}")
    return weights


def save_backbone(weights: BackboneWeights, path: Path, storage: StorageType = "float32") -> None:
    """Write `weights` in this module's format; `path` appears complete or not at all.

    `source` and `licence` are taken from `weights.metadata`, "unknown" where it has none.

    Raises:
        WeightsError: a value too large for float16, or the file cannot be written.
    """
    tensors = _stored_tensors(weights, path, storage)
    stored = {name: tensor.astype(np.float32) for name, tensor in tensors.items()}
    metadata = {
        "source": "unknown",
        "licence": "unknown",
        **weights.metadata,
        "format_version": FORMAT_VERSION,
        "name": weights.name or path.stem,
        "normalization": normalization_text(weights.normalization),
        "input_mean": repr(weights.input_mean),
        "relu1_gain": repr(weights.relu1_gain),
        "relu3_gain": repr(weights.relu3_gain),
        "sha256": _sha256(stored),
    }
    write_atomically(path, safetensors.numpy.save(tensors, metadata))


def tensor_sha256(weights: BackboneWeights) -> str:
    """Fingerprint of the six tensors alone, the same however they are stored."""
    return _sha256(_named_tensors(weights))


def _named_tensors(weights: BackboneWeights) -> dict[str, NDArray[np.float32]]:
    named = {}
    for layer in CONVOLUTION_SHAPES:
        named[f"{layer}.weight"] = weights.kernels[layer]
        named[f"{layer}.bias"] = weights.biases[layer]
    return named


def _sha256(named: Mapping[str, NDArray[np.float32]]) -> str:
    digest = hashlib.sha256()
    for tensor in named.values():
        digest.update(np.ascontiguousarray(tensor, dtype="<f4").tobytes())
    return digest.hexdigest()


def _stored_tensors(weights: BackboneWeights, path: Path, storage: StorageType) -> dict[str, NDArray[np.floating]]:
    stored: dict[str, NDArray[np.floating]] = {}
    for name, tensor in _named_tensors(weights).items():
        with np.errstate(over="ignore"):
            stored[name] = np.ascontiguousarray(tensor, dtype=storage)
        if not np.isfinite(stored[name]).all():
            largest = float(np.abs(tensor).max())
            raise WeightsError(f"{path}: {name} holds {largest:g}, too large for {storage}; store it as float32")
    return stored


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file that appears complete or not at all; WeightsError where it cannot be written."""
    partial = path.with_name(f"{path.name}.part")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise WeightsError(f"{path}: cannot be written: {error.strerror or error}") from error
