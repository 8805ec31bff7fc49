"""The header of a weight file: which tensors it holds, and its metadata. See `safetensors_file`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from tracker_core.backbone_weights import CONVOLUTION_SHAPES, ResponseNormalization, WeightsError

FORMAT_VERSION = "1"

_REQUIRED = ("name", "source", "licence", "normalization", "input_mean", "relu1_gain", "relu3_gain", "sha256")
_FIELDS = ("format_version", "name", "normalization", "input_mean", "relu1_gain", "relu3_gain")
_MAX_HEADER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class WeightFileHeader:
    """What a weight file says about its tensors; `metadata` holds the rest, `sha256` is empty in old files."""

    name: str
    normalization: ResponseNormalization | None
    input_mean: float
    relu1_gain: float
    relu3_gain: float
    sha256: str
    metadata: Mapping[str, str]


def read_header(path: Path) -> WeightFileHeader:
    """Read and check the header alone: cheap, and without a look at the tensors' values."""
    header = _json_header(path)
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise WeightsError("expected metadata of strings")
    _check_tensors(header)
    return _parse_metadata(metadata, default_name=path.stem)


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


def _check_tensors(specifications: Mapping[str, object]) -> None:
    expected: dict[str, list[int]] = {}
    for layer, kernel in CONVOLUTION_SHAPES.items():
        expected[f"{layer}.weight"], expected[f"{layer}.bias"] = list(kernel), [kernel[0]]
    if specifications.keys() != expected.keys():
        found = ", ".join(specifications)[:200] or "none"
        raise WeightsError(f"expected the tensors {', '.join(expected)}; got {found}")
    for name, shape in expected.items():
        specification = specifications[name]
        if not isinstance(specification, dict):
            raise WeightsError(f"{name}: expected a JSON object in the header, got {specification!r:.40}")
        if specification.get("dtype") not in ("F16", "F32"):
            raise WeightsError(f"{name}: expected float16 or float32, got {specification.get('dtype')!r:.40}")
        if specification.get("shape") != shape:
            raise WeightsError(f"{name}: expected shape {shape}, got {specification.get('shape')!r:.60}")


def _parse_metadata(metadata: Mapping[str, str], default_name: str) -> WeightFileHeader:
    version = metadata.get("format_version")
    if version not in (None, FORMAT_VERSION):
        raise WeightsError(f"expected format_version {FORMAT_VERSION}, got {version:.20}; update the program")
    missing = [key for key in _REQUIRED if key not in metadata]
    if version is not None and missing:
        raise WeightsError(f"its metadata lacks {', '.join(missing)}")
    return WeightFileHeader(
        name=metadata.get("name", default_name),
        normalization=_parse_normalization(metadata),
        input_mean=_number(metadata, "input_mean", "128"),
        relu1_gain=_gain(metadata, "relu1_gain"),
        relu3_gain=_gain(metadata, "relu3_gain"),
        sha256=metadata.get("sha256", ""),
        metadata={key: value for key, value in metadata.items() if key not in _FIELDS},
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


def normalization_text(normalization: ResponseNormalization | None) -> str:
    """The `normalization` key's value."""
    if normalization is None:
        return "none"
    return json.dumps(asdict(normalization))


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
    check_normalization(normalization)
    return normalization


def check_normalization(normalization: ResponseNormalization) -> None:
    """Raise WeightsError for numbers that no local response normalisation can have."""
    numbers = (normalization.alpha, normalization.beta, normalization.k)
    if not (normalization.size >= 1 and normalization.k > 0 and all(math.isfinite(value) for value in numbers)):
        raise WeightsError(f"expected finite numbers, size 1 or more and k above 0, got {normalization}")
