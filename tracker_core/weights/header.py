"""The header of a weight file: which tensors it holds, and its metadata. See `safetensors_file`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tracker_core.backbone_weights import (
    EXTRA_PREFIX,
    BackboneDescription,
    ResponseNormalization,
    WeightsError,
)
from tracker_core.vgg_m import vgg_m_description
from tracker_core.weights.description_text import parse_description

FORMAT_VERSION = "2"
_FIRST_VERSION = "1"

_ALWAYS_REQUIRED = ("name", "source", "licence", "sha256")
_NUMBERS = (
    "normalization",
    "input_mean",
    "relu1_gain",
    "relu3_gain",
)  # of format 1, in the place of a description
_FIELDS = ("format_version", "name", "description", *_NUMBERS)
_MAX_HEADER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class WeightFileHeader:
    """What a weight file says about its tensors.

    Attributes:
        name: short name a user types.
        description: layers and their use.
        extras: names of tensors of other networks.
        sha256: of all tensors; empty in old files.
        metadata: the rest.
    """

    name: str
    description: BackboneDescription
    extras: tuple[str, ...]
    sha256: str
    metadata: Mapping[str, str]


def read_header(path: Path) -> WeightFileHeader:
    """Read and check the header alone: cheap, and without a look at the tensors' values."""
    header = _json_header(path)
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise WeightsError("expected metadata of strings")
    version = metadata.get("format_version")
    if version not in (None, _FIRST_VERSION, FORMAT_VERSION):
        raise WeightsError(
            f"expected format_version {_FIRST_VERSION} or {FORMAT_VERSION}, got {version:.20}; update the program"
        )
    if version == FORMAT_VERSION:
        _require(metadata, "description", *_ALWAYS_REQUIRED)
        description = parse_description(metadata["description"])
        extras = _check_tensors(header, description)
    else:
        _check_tensors(header, vgg_m_description(None), has_extras=False)
        if version is not None:
            _require(metadata, *_NUMBERS, *_ALWAYS_REQUIRED)
        description, extras = _first_description(metadata), ()
    return WeightFileHeader(
        name=metadata.get("name", path.stem),
        description=description,
        extras=extras,
        sha256=metadata.get("sha256", ""),
        metadata={key: value for key, value in metadata.items() if key not in _FIELDS},
    )


def _json_header(path: Path) -> dict[str, object]:
    with path.open("rb") as file:
        prefix = file.read(8)
        length = int.from_bytes(prefix, "little")
        if len(prefix) < 8 or not 2 <= length <= _MAX_HEADER_BYTES:
            raise WeightsError(f"expected a header of 2 to {_MAX_HEADER_BYTES} bytes, got a length of {length}")
        raw = file.read(length)
    if len(raw) < length:
        raise WeightsError(f"cut off: expected a header of {length} bytes, got {len(raw)}")
    try:
        header: object = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"expected a JSON header, got something else ({error})") from error
    if not isinstance(header, dict):
        raise WeightsError(f"expected a JSON object as header, got {type(header).__name__}")
    return header


def _check_tensors(
    specifications: Mapping[str, object], description: BackboneDescription, *, has_extras: bool = True
) -> tuple[str, ...]:
    """Raise WeightsError unless the file has the description's tensors; gives the names of others."""
    expected: dict[str, list[int]] = {}
    for layer, kernel in description.graph.kernel_shapes().items():
        expected[f"{layer}.weight"], expected[f"{layer}.bias"] = list(kernel), [kernel[0]]
    extras = tuple(sorted(name for name in specifications if has_extras and name.startswith(EXTRA_PREFIX)))
    if specifications.keys() - set(extras) != expected.keys():
        found = ", ".join(specifications)[:200] or "none"
        raise WeightsError(f"expected the tensors {', '.join(expected):.400}; got {found}")
    for name, specification in specifications.items():
        if not isinstance(specification, dict):
            raise WeightsError(f"{name}: expected a JSON object in the header, got {specification!r:.40}")
        if specification.get("dtype") not in ("F16", "F32"):
            raise WeightsError(f"{name}: expected float16 or float32, got {specification.get('dtype')!r:.40}")
        if name in expected and specification.get("shape") != expected[name]:
            raise WeightsError(f"{name}: expected shape {expected[name]}, got {specification.get('shape')!r:.60}")
    return extras


def _require(metadata: Mapping[str, str], *keys: str) -> None:
    missing = [key for key in keys if key not in metadata]
    if missing:
        raise WeightsError(f"its metadata lacks {', '.join(missing)}")


def _first_description(metadata: Mapping[str, str]) -> BackboneDescription:
    """What a file of format 1, or before it, says of VGG-M's three convolutions."""
    return vgg_m_description(
        _parse_normalization(metadata),
        input_mean=_number(metadata, "input_mean", "128"),
        relu1_gain=_gain(metadata, "relu1_gain"),
        relu3_gain=_gain(metadata, "relu3_gain"),
    )


def _number(metadata: Mapping[str, str], key: str, default: str) -> float:
    text = metadata.get(key, default)
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise WeightsError(f"{key}: expected a number, got {text!r:.40}")
    return value


def _gain(metadata: Mapping[str, str], key: str) -> float:
    value = _number(metadata, key, "1")
    if value <= 0:
        raise WeightsError(f"{key}: expected a number above 0, got {value}")
    return value


def _parse_normalization(metadata: Mapping[str, str]) -> ResponseNormalization | None:
    text = metadata.get("normalization")
    if text is None and "no LRN" in metadata.get("architecture", ""):
        return None
    if text is None:
        raise WeightsError('its metadata lacks "normalization" ("none", or size, alpha, beta and k as JSON)')
    if text == "none":
        return None
    try:
        values = json.loads(text)
        size, alpha, beta, k = (values[key] for key in ("size", "alpha", "beta", "k"))
        normalization = ResponseNormalization(int(size), float(alpha), float(beta), float(k))
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
        raise WeightsError(
            f'normalization: expected "none" or size, alpha, beta and k as JSON, got {text!r:.80}'
        ) from error
    normalization.check()
    return normalization
