"""Lists, imports and fetches the backbones the tracker sees with, and guides."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.weights.command import WeightsOptions
from tracker_core.weights import (
    RANDOM_NAME,
    VGG_M_NAME,
    BackboneEntry,
    GuideEntry,
    OnBytes,
    fetch_guide,
    fetch_vgg_m,
    guides_of,
    import_guides,
    import_weights,
    is_guide_network,
    list_backbones,
    list_guides,
)


def run_weights(options: WeightsOptions) -> int:
    """List, import or fetch; returns the exit status.

    Raises:
        WeightsError: what cannot be read, stored or fetched.
        CommandError: a name for guides, which have their own.
    """
    if options.action == "list":
        _list(options.folder)
    elif options.action == "import":
        _import(options)
    elif options.fetched == VGG_M_NAME:
        with _bar(VGG_M_NAME) as show:
            _say_backbone(fetch_vgg_m(options.folder, on_progress=show))
    else:
        _fetch_guides(options.fetched, options.folder)
    return 0


def _list(folder: Path | None) -> None:
    entries = list_backbones(folder)
    header = ("name", "origin", "size", "taps", "head", "normalisation", "gains", "sha256", "licence")
    _print_table([header, *(_backbone_row(entry) for entry in entries)])
    sys.stdout.write('With "default" a preset takes its own: dlst-studio takes "studio".\n')
    sys.stdout.write(f'"{RANDOM_NAME}" is always available: untrained, for comparison.\n')
    if not any(entry.description.normalization for entry in entries):
        sys.stdout.write("To get the paper's backbone: weights fetch vgg-m\n")
    sys.stdout.write("\nGuides, which propose boxes:\n")
    _print_table([("name", "here", "size", "sha256", "licence", "files"), *map(_guide_row, list_guides(folder))])


def _import(options: WeightsOptions) -> None:
    assert options.file is not None
    is_folder = options.file.is_dir()
    if not is_folder and not (options.file.is_file() and is_guide_network(options.file)):
        _say_backbone(import_weights(options.file, name=options.name, folder=options.folder))
        return
    if options.name is not None:
        raise CommandError("--name is for backbones; guides have names of their own")
    for entry in import_guides(options.file, options.folder):
        _say_guide(entry)


def _fetch_guides(family: str, folder: Path | None) -> None:
    guides = guides_of(family)
    for guide in guides:
        sys.stdout.write(f"{guide.title}: licence {guide.licence}, from {guide.homepage}\n")
    sys.stdout.flush()
    for guide in guides:
        with _bar(guide.name) as show:
            entry = fetch_guide(guide, folder, on_progress=show)
        _say_guide(entry)


@contextmanager
def _bar(name: str) -> Iterator[OnBytes]:
    with tqdm(desc=name, unit="B", unit_scale=True, file=sys.stderr) as bar:

        def show(received: int, total: int | None) -> None:
            bar.total = total
            bar.update(received - bar.n)

        yield show


def _say_backbone(entry: BackboneEntry) -> None:
    sys.stdout.write(
        f'Stored as "{entry.name}": {entry.location}\nSource: {entry.source}\nLicence: {entry.licence}\n'
    )


def _say_guide(entry: GuideEntry) -> None:
    guide = entry.description
    if entry.missing:
        sys.stdout.write(f'"{guide.name}" still misses {", ".join(entry.missing)}\n')
    else:
        sys.stdout.write(f'Ready as "{guide.name}". Source: {guide.homepage}. Licence: {guide.licence}\n')


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in rows)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in lines))


def _backbone_row(entry: BackboneEntry) -> tuple[str, ...]:
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


def _guide_row(entry: GuideEntry) -> tuple[str, ...]:
    guide, files = entry.description, ", ".join(file.file for file in entry.description.networks.values())
    here = "no" if entry.missing else "yes"
    return guide.name, here, f"{entry.size_bytes / 1e6:.1f} MB", entry.sha256[:12], guide.licence, files
