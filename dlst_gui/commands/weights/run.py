"""Lists, imports and fetches the backbones the tracker sees with."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from dlst_gui.commands.weights.command import WeightsOptions
from tracker_core.weights import (
    RANDOM_NAME,
    VGG_M_NAME,
    BackboneEntry,
    fetch_vgg_m,
    import_weights,
    list_backbones,
)


def run_weights(options: WeightsOptions) -> int:
    """List, import or fetch; returns the exit status.

    Raises:
        WeightsError: what cannot be read, stored or fetched.
    """
    if options.action == "list":
        entries = list_backbones(options.folder)
        sys.stdout.write(_table(entries))
        sys.stdout.write('With "default" a preset takes its own: dlst-studio takes "studio".\n')
        sys.stdout.write(f'"{RANDOM_NAME}" is always available: untrained, for comparison.\n')
        if not any(entry.description.normalization for entry in entries):
            sys.stdout.write("To get the paper's backbone: weights fetch vgg-m\n")
        return 0
    if options.action == "import":
        assert options.file is not None
        entry = import_weights(options.file, name=options.name, folder=options.folder)
    else:
        entry = _fetch(options.folder)
    sys.stdout.write(
        f'Stored as "{entry.name}": {entry.location}\nSource: {entry.source}\nLicence: {entry.licence}\n'
    )
    return 0


def _fetch(folder: Path | None) -> BackboneEntry:
    with tqdm(desc=VGG_M_NAME, unit="B", unit_scale=True, file=sys.stderr) as bar:

        def show(received: int, total: int | None) -> None:
            bar.total = total
            bar.update(received - bar.n)

        return fetch_vgg_m(folder, on_progress=show)


def _table(entries: Sequence[BackboneEntry]) -> str:
    header = ("name", "origin", "size", "taps", "head", "normalisation", "gains", "sha256", "licence")
    rows = [header, *(_row(entry) for entry in entries)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    lines = ("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in rows)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _row(entry: BackboneEntry) -> tuple[str, ...]:
    normalization = entry.description.normalization
    scaling = "none"
    if normalization is not None:
        scaling = f"{normalization.size}, {normalization.alpha:g}, {normalization.beta:g}, {normalization.k:g}"
    taps = (entry.description.localizer, *entry.description.classifier)
    layers = " / ".join(tap.layer for tap in taps)
    gains = " / ".join(f"{tap.gain:.4g}" for tap in taps)
    head = "matching" if entry.has_matching_head else "none"
    size = f"{entry.size_bytes / 1e6:.1f} MB"
    licence = textwrap.shorten(entry.licence.partition(": ")[0], 60, placeholder=" ...")
    return entry.name, entry.origin.value, size, layers, head, scaling, gains, entry.sha256[:12], licence
