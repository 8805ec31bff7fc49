"""Fetches the networks of guides from their authors' addresses."""

from __future__ import annotations

from pathlib import Path

from tracker_core.backbone_weights import WeightsError
from tracker_core.guides.description import GuideDescription, GuideNetworkFile
from tracker_core.guides.names import GUIDE_NAMES
from tracker_core.weights.guide_store import (
    GuideEntry,
    checked_network,
    guide_description,
    guide_entry,
    is_network,
    is_offered,
    stored_network,
)
from tracker_core.weights.resumable_download import OnBytes, download


def guides_of(family: str) -> tuple[GuideDescription, ...]:
    """The guides that are fetched at once.

    Raises:
        WeightsError: an unknown family, or one whose authors offer it in another format only.
    """
    guides = tuple(guide for guide in map(guide_description, GUIDE_NAMES) if guide.family == family)
    if not guides:
        raise WeightsError(f'no guide is of the family "{family}"')
    for guide in guides:
        if not is_offered(guide):
            files = ", ".join(file.file for file in guide.networks.values())
            raise WeightsError(
                f"{guide.title}: its authors ({guide.homepage}) offer no ONNX files, so nothing can be fetched; "
                f"`weights import FOLDER` takes converted ones ({files})"
            )
    return guides


def fetch_guide(
    guide: GuideDescription, folder: Path | None = None, on_progress: OnBytes | None = None
) -> GuideEntry:
    """Fetch what of a guide is not here, or damaged; a transfer that broke off goes on where it stopped.

    Args:
        guide: one of `guides_of`.
        folder: the store.
        on_progress: told the bytes of all its files together.

    Raises:
        WeightsError: see `download`; also where a file has another size or SHA-256 than described.
    """
    wanted = [file for file in guide.networks.values() if not is_network(file, stored_network(file, folder))]
    whole, before = sum(file.size for file in wanted), 0

    def told(received: int, _size: int | None) -> None:
        if on_progress is not None:
            on_progress(before + received, whole)

    for file in wanted:
        _fetch(file, stored_network(file, folder), told)
        before += file.size
    return guide_entry(guide, folder)


def _fetch(file: GuideNetworkFile, target: Path, on_progress: OnBytes) -> None:
    arriving = target.with_name(f"{target.name}.fetched")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WeightsError(f"{target.parent}: cannot be created: {error.strerror or error}") from error
    download(file.address, arriving, on_progress)
    try:
        checked_network(file, arriving)
        arriving.replace(target)
    except OSError as error:
        raise WeightsError(f"{target}: cannot be written: {error.strerror or error}") from error
    except WeightsError as error:
        arriving.unlink(missing_ok=True)
        raise WeightsError(
            f"{file.address}: expected {file.size:,} bytes with the SHA-256 {file.sha256[:12]}..., got another "
            "file, which is not kept; its authors may have changed it, or the network answers in their place"
        ) from error
