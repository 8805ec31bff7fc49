"""Fetches VGG-M, the backbone of the paper, from MatConvNet's site and converts it.

No SHA-256 of the file is published, so the first fetch writes its own beside the backbone; later ones must match.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tracker_core.backbone_weights import WeightsError
from tracker_core.weights.files import read_weight_file
from tracker_core.weights.names import VGG_M_NAME
from tracker_core.weights.resumable_download import (
    OnBytes,
    RemoteFile,
    download,
    is_unchanged,
    read_record,
    write_record,
)
from tracker_core.weights.store import BackboneEntry, default_folder, store_backbone, stored_entry

VGG_M_URL = "https://www.vlfeat.org/matconvnet/models/imagenet-vgg-m.mat"

_FILE_NAME = "imagenet-vgg-m.mat"


def fetch_vgg_m(
    folder: Path | None = None, url: str = VGG_M_URL, on_progress: OnBytes | None = None
) -> BackboneEntry:
    """Fetch VGG-M (0.4 GB) and store its three convolutions (7 MB) as "vgg-m".

    A transfer that broke off goes on where it stopped; what is stored and unchanged is not fetched again. VGG-M
    comes under its authors' terms, which the entry's `licence` names.

    Raises:
        WeightsError: see `download`; also where the file is not VGG-M, or not the one of an earlier fetch.
    """
    store = folder or default_folder()
    entry, record_path = stored_entry(VGG_M_NAME, store), store / "imagenet-vgg-m.json"
    known = read_record(record_path)
    if entry is not None and known is None:
        raise WeightsError(f"{entry.location}: was not fetched; rename or delete it first, or use it as it is")
    if entry is not None and known is not None and known.url == url and is_unchanged(known):
        return entry
    try:
        store.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WeightsError(f"{store}: cannot be created: {error.strerror or error}") from error
    file = store / _FILE_NAME
    remote = download(url, file, on_progress)
    try:
        return _converted(file, remote, known, record_path)
    finally:
        file.unlink(missing_ok=True)


def _converted(file: Path, remote: RemoteFile, known: RemoteFile | None, record_path: Path) -> BackboneEntry:
    weights = read_weight_file(file)
    if known is not None and known.sha256 != remote.sha256:
        raise WeightsError(
            f"{remote.url}: the file is not the one fetched before (sha256 {known.sha256[:12]} then, "
            f"{remote.sha256[:12]} now); if you trust it, delete {record_path} and the stored {VGG_M_NAME}"
        )
    write_record(record_path, remote)
    metadata = {
        **weights.metadata,
        "source_file": _FILE_NAME,
        "source_sha256": remote.sha256,
        "provenance": f"fetched from {remote.url}",
    }
    return store_backbone(replace(weights, metadata=metadata), VGG_M_NAME, record_path.parent)
