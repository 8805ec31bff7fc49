"""Whom to name where weights are shipped that were trained on known pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class KnownData:
    """A public set of pictures, found by its folder's name."""

    folder: str
    title: str
    attribution: str
    licence: str


KNOWN_DATA = (
    KnownData(
        "caltech101",
        "Caltech-101",
        "Caltech-101: Li, Andreetto, Ranzato, Perona, CaltechDATA 2022, doi 10.22002/D1.20086.",
        "CC BY 4.0",
    ),
    KnownData(
        "davis",
        "DAVIS 2016",
        "DAVIS 2016: Perazzi et al., A Benchmark Dataset and Evaluation Methodology for Video Object "
        "Segmentation, CVPR 2016.",
        "CC BY 4.0",
    ),
)


@dataclass(frozen=True, slots=True)
class Credit:
    """What a weight file says of its pictures; one line each."""

    data: str
    attribution: str
    licence: str


def credit_for(folders: Sequence[Path]) -> Credit:
    """What is known of the pictures in some folders and right below them."""
    names = {path.name for root in folders for path in (root, *root.iterdir())}
    known = [entry for entry in KNOWN_DATA if entry.folder in names]
    if not known:
        unknown = ", ".join(folder.name for folder in folders)
        return Credit(f"pictures of {unknown}", "unknown: state the source of these pictures", "unknown")
    titles = " and ".join(entry.title for entry in known)
    licences = ", ".join(sorted({entry.licence for entry in known}))
    return Credit(
        titles,
        " ".join(entry.attribution for entry in known),
        f"MIT, trained on {titles} ({licences}): see NOTICE",
    )
