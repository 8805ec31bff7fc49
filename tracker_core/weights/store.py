"""Backbones by name: those that are shipped, those a user imported, and an untrained one for comparison.

    weights = load_backbone("default")
    entry = import_weights(Path("imagenet-vgg-m.mat"), name="vgg-m")

Imported backbones lie as `<name>.safetensors` in the user's data folder; see `safetensors_file` for the format.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from types import MappingProxyType

from tracker_core.backbone_weights import BackboneDescription, BackboneWeights, WeightsError
from tracker_core.efficientnet_lite import EFFICIENTNET_LITE0_NAME
from tracker_core.shipped import shipped_file
from tracker_core.weights.files import WEIGHT_SUFFIXES, read_weight_file
from tracker_core.weights.header import WeightFileHeader, read_header
from tracker_core.weights.names import DEFAULT_NAME, RANDOM_NAME, STUDIO_NAME
from tracker_core.weights.safetensors_file import save_backbone, tensor_sha256

_SHIPPED_FILES: Mapping[str, str] = MappingProxyType(
    {DEFAULT_NAME: "backbone.safetensors", STUDIO_NAME: "studio.safetensors"}
)
_SUFFIX = ".safetensors"
_NAME_PATTERN = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_logger = logging.getLogger(__name__)


class BackboneOrigin(Enum):
    """Where a backbone comes from."""

    SHIPPED = "shipped"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class BackboneEntry:
    """One stored backbone, as its header describes it.

    Attributes:
        name: what `load_backbone` takes.
        location: the file, for a message.
        description: layers and their use.
        has_matching_head: whether it comes with one.
        sha256: of the tensors, not of the file.
        size_bytes: of the file.
    """

    name: str
    origin: BackboneOrigin
    location: str
    source: str
    licence: str
    description: BackboneDescription
    has_matching_head: bool
    sha256: str
    size_bytes: int


def default_folder() -> Path:
    """Where imported backbones lie unless a folder is given: `weights` in the user's data folder."""
    import platformdirs  # noqa: PLC0415 - the tracker alone runs without it

    return platformdirs.user_data_path("dlst-studio", appauthor=False) / "weights"


def list_backbones(folder: Path | None = None) -> tuple[BackboneEntry, ...]:
    """All stored backbones, the shipped ones first; a damaged file is logged as a warning and left out."""
    entries = list(shipped_entries())
    for path in sorted((folder or default_folder()).glob(f"*{_SUFFIX}")):
        try:
            entries.append(_entry(path.stem, BackboneOrigin.IMPORTED, path))
        except WeightsError as error:
            _logger.warning("left out of the list: %s", error)
    return tuple(entries)


def load_backbone(name_or_path: str | Path, folder: Path | None = None) -> BackboneWeights:
    """Read a backbone by its name, or from a weight file of any format `read_weight_file` knows.

    "default" and "studio" are shipped, "random" is an untrained one. Text is a path where it has a folder or a
    weight file's suffix.

    Raises:
        WeightsError: an unknown name (the message lists the known ones) or a file that cannot be used.
    """
    if isinstance(name_or_path, Path) or _looks_like_path(name_or_path):
        return read_weight_file(Path(name_or_path).expanduser())
    if name_or_path == RANDOM_NAME:
        from tracker_core.weights.untrained import random_backbone  # noqa: PLC0415 - loads torch

        return random_backbone()
    if name_or_path in _SHIPPED_FILES:
        return replace(read_weight_file(_shipped_backbone(name_or_path)), name=name_or_path)
    store = folder or default_folder()
    path = store / f"{name_or_path}{_SUFFIX}"
    if not path.is_file():
        imported = sorted(stored.stem for stored in store.glob(f"*{_SUFFIX}"))
        known = ", ".join((*_SHIPPED_FILES, RANDOM_NAME, *imported))
        raise WeightsError(f'no backbone is named "{name_or_path}"; known are {known}, or give a file')
    return replace(read_weight_file(path), name=name_or_path)


def import_weights(path: Path, name: str | None = None, folder: Path | None = None) -> BackboneEntry:
    """Convert a weight file of any known format and store it under `name`: by default the network's or the file's.

    Importing the same weights again changes nothing.

    Raises:
        WeightsError: the file cannot be used, or the name is taken by other weights.
    """
    weights = read_weight_file(path)
    metadata = {**weights.metadata, "source_file": path.name, "source_sha256": _file_sha256(path)}
    return store_backbone(replace(weights, metadata=metadata), name or _name_from(path, weights), folder)


def store_backbone(weights: BackboneWeights, name: str, folder: Path | None = None) -> BackboneEntry:
    """Keep `weights` under `name`; WeightsError where other weights have it already."""
    if not _NAME_PATTERN.fullmatch(name) or name in (*_SHIPPED_FILES, RANDOM_NAME) or _looks_like_path(name):
        raise WeightsError(
            f'"{name}" cannot be a backbone\'s name: use up to 64 of a-z, 0-9, ".", "_" and "-", '
            f"other than {', '.join(_SHIPPED_FILES)} and {RANDOM_NAME}"
        )
    store = folder or default_folder()
    path = store / f"{name}{_SUFFIX}"
    if path.exists():
        _check_same(read_weight_file(path), weights, path)
    else:
        try:
            store.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WeightsError(f"{store}: cannot be created: {error.strerror or error}") from error
        save_backbone(replace(weights, name=name), path)
    return _entry(name, BackboneOrigin.IMPORTED, path)


def shipped_entries() -> tuple[BackboneEntry, ...]:
    """The backbones that come with the program; WeightsError where a file is missing or damaged."""
    return tuple(_shipped_entry(name) for name in _SHIPPED_FILES)


def stored_entry(name: str, folder: Path | None = None) -> BackboneEntry | None:
    """The shipped or imported backbone of this name, None where there is none; WeightsError for a damaged file."""
    if name in _SHIPPED_FILES:
        return _shipped_entry(name)
    path = (folder or default_folder()) / f"{name}{_SUFFIX}"
    return _entry(name, BackboneOrigin.IMPORTED, path) if path.is_file() else None


def _check_same(stored: BackboneWeights, new: BackboneWeights, path: Path) -> None:
    if tensor_sha256(stored) == tensor_sha256(new) and stored.description == new.description:
        return
    source = stored.metadata.get("source_file", stored.metadata.get("source", "unknown"))
    raise WeightsError(
        f"{path}: this name is taken by other weights (sha256 {tensor_sha256(stored)[:12]}, from {source}; "
        f"the new ones have {tensor_sha256(new)[:12]}); import under another name, or delete the file first"
    )


def _shipped_entry(name: str) -> BackboneEntry:
    return _entry(name, BackboneOrigin.SHIPPED, _shipped_backbone(name))


def _shipped_backbone(name: str) -> Path:
    path = shipped_file(_SHIPPED_FILES[name])
    if not path.is_file():
        raise WeightsError(f"{path} is missing; install the program again")
    return path


def _entry(name: str, origin: BackboneOrigin, path: Path) -> BackboneEntry:
    header = _header(path)
    return BackboneEntry(
        name=name,
        origin=origin,
        location=str(path),
        source=header.metadata.get("source", "unknown"),
        licence=header.metadata.get("licence", "unknown"),
        description=header.description,
        has_matching_head=bool(header.extras),
        sha256=header.sha256,
        size_bytes=path.stat().st_size,
    )


def _header(path: Path) -> WeightFileHeader:
    try:
        return read_header(path)
    except WeightsError as error:
        raise WeightsError(f"{path}: {error}") from error
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read: {error.strerror or error}") from error


def _looks_like_path(text: str) -> bool:
    return "/" in text or "\\" in text or text.lower().endswith(WEIGHT_SUFFIXES)


def _name_from(path: Path, weights: BackboneWeights) -> str:
    if weights.name == EFFICIENTNET_LITE0_NAME:  # there is one, and its file's name ends in a checksum
        return weights.name
    return re.sub(r"[^a-z0-9._-]+", "-", path.stem.lower()).strip("-._")[:64]


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
