"""The project's own weight file: a `.safetensors` with a backbone's tensors and string metadata.

Tensors, float16 or float32 (float32 once read): for every convolution `<layer>.weight` (out, in per group, rows,
columns), RGB in, and `<layer>.bias` (out,). Tensors named `matcher.<anything>` belong to other networks: they are
kept as `BackboneWeights.extra_tensors`, whatever their shape.

Metadata, all required in a file of `format_version` 2:

    format_version  "2"
    name            short name a user types
    source          who made the weights, or where they were taken from
    licence         under which terms they may be used
    description     the layers and their use as JSON, see below
    sha256          of the layers' tensors in the layers' order, each weight before its bias, as little-endian
                    float32; then of each further tensor in the order of their names, its name before it

Further keys are kept as free text: `provenance`, `training`, `data`, `attribution`, `source_file`,
`source_sha256`.

The description has `layers` (kind "convolution", "max pool", "sum" or "normalization", a name, what it reads, and
the fields of `tracker_core.backbone_graph`), `localizer` and `classifier` (taps), `margin`, `input_mean`,
`input_scale` and `uses_int8` (fields of `tracker_core.backbone_weights`). No key may be missing or be unknown.

Format 1, which is read but no longer written, holds VGG-M's conv1, conv2 and conv3 and in the place of the
description:

    normalization   "none", or the four numbers as JSON: {"size": 5, "alpha": 0.0005, "beta": 0.75, "k": 2.0}
    input_mean      subtracted from 0..255 RGB values
    relu1_gain      factor on the localiser's features
    relu3_gain      factor on the classifier's features

A file without `format_version` is read like format 1 with input_mean 128 and gains of 1 where it names none; what
cannot be assumed is the normalisation: it needs a `normalization` key, or an `architecture` that says "no LRN".
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from safetensors import SafetensorError

from tracker_core.backbone_weights import EXTRA_PREFIX, BackboneWeights, WeightsError
from tracker_core.staging import replaced_whole
from tracker_core.weights.description_text import description_text
from tracker_core.weights.header import FORMAT_VERSION, read_header

StorageType = Literal["float16", "float32"]

_MAX_FILE_BYTES = 128 << 20  # VGG-M's six tensors take 7.2 MB as float32; twice the largest trunk


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
    layers = header.description.graph.kernel_shapes()
    weights = BackboneWeights(
        header.description,
        kernels={layer: tensors[f"{layer}.weight"].astype(np.float32) for layer in layers},
        biases={layer: tensors[f"{layer}.bias"].astype(np.float32) for layer in layers},
        name=header.name,
        metadata=header.metadata,
        extra_tensors={name: tensors[name].astype(np.float32) for name in header.extras},
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
        "description": description_text(weights.description),
        "sha256": _sha256(stored),
    }
    write_atomically(path, safetensors.numpy.save(tensors, metadata))


def tensor_sha256(weights: BackboneWeights) -> str:
    """Fingerprint of the tensors alone, the same however they are stored."""
    return _sha256(_named_tensors(weights))


def _named_tensors(weights: BackboneWeights) -> dict[str, NDArray[np.float32]]:
    """In the order of the fingerprint."""
    named = {}
    for layer in weights.description.graph.kernel_shapes():
        named[f"{layer}.weight"] = weights.kernels[layer]
        named[f"{layer}.bias"] = weights.biases[layer]
    return named | {name: weights.extra_tensors[name] for name in sorted(weights.extra_tensors)}


def _sha256(named: Mapping[str, NDArray[np.float32]]) -> str:
    digest = hashlib.sha256()
    for name, tensor in named.items():
        if name.startswith(EXTRA_PREFIX):  # those of layers are told apart by their order, as in format 1
            digest.update(name.encode())
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
    try:
        with replaced_whole(path) as new:
            new.write_bytes(data)
    except OSError as error:
        raise WeightsError(f"{path}: cannot be written: {error.strerror or error}") from error
