"""Guides by name: their descriptions, which are shipped, and their networks, which a user fetches or imports.

Networks lie in the folder `guides` beside the imported backbones, under the names of their descriptions. Only the
very files that a description names by size and SHA-256 are taken and run.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tracker_core.backbone_weights import WeightsError
from tracker_core.guides.description import GuideDescription, GuideNetworkFile, read_description
from tracker_core.guides.names import GUIDE_NAMES
from tracker_core.shipped import shipped_file
from tracker_core.staging import replaced_whole
from tracker_core.weights.store import default_folder

if TYPE_CHECKING:
    from tracker_core.guides.network import GuideNetwork


@dataclass(frozen=True, slots=True)
class GuideEntry:
    """One guide, and what of it is here.

    Attributes:
        description: of the guide.
        missing: files that are not in the store, by their names.
    """

    description: GuideDescription
    missing: tuple[str, ...]

    @property
    def size_bytes(self) -> int:
        """Of all its files."""
        return sum(file.size for file in self.description.networks.values())

    @property
    def sha256(self) -> str:
        """Of the SHA-256 of all its files, in the order of the description."""
        joined = "".join(file.sha256 for file in self.description.networks.values())
        return hashlib.sha256(joined.encode()).hexdigest()


def guide_description(name: str) -> GuideDescription:
    """The description that is shipped; WeightsError for an unknown name or a damaged file."""
    if name not in GUIDE_NAMES:
        raise WeightsError(f'no guide is named "{name}"; known are {", ".join(GUIDE_NAMES)}')
    path = shipped_file(f"guides/{name}.toml")
    try:
        return read_description(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, WeightsError) as error:
        raise WeightsError(f"{path}: {error}; install the program again") from error


def list_guides(folder: Path | None = None) -> tuple[GuideEntry, ...]:
    """All guides, whether their networks are here or not."""
    return tuple(guide_entry(guide_description(name), folder) for name in GUIDE_NAMES)


def guide_entry(description: GuideDescription, folder: Path | None = None) -> GuideEntry:
    """What of a guide is here; files are told by their size, `load_guide` looks at their content."""
    missing = [
        file.file
        for file in description.networks.values()
        if not _has_size(stored_network(file, folder), file.size)
    ]
    return GuideEntry(description, tuple(missing))


def load_guide(name: str, folder: Path | None = None, *, threads: int) -> GuideNetwork:
    """The guide of this name, ready to be asked.

    Raises:
        WeightsError: an unknown name, or networks that are not here; the message says how to get them.
    """
    # Only here: guides are listed before a window opens, and what runs them takes long to load.
    from tracker_core.guides.network import GuideNetwork  # noqa: PLC0415

    description = guide_description(name)
    if guide_entry(description, folder).missing:
        raise WeightsError(_how_to_get(description))
    paths = stored_networks(description, folder)
    files = {key: checked_network(file, paths[key]) for key, file in description.networks.items()}
    return GuideNetwork(description, files, threads=threads)


def import_guides(path: Path, folder: Path | None = None) -> tuple[GuideEntry, ...]:
    """Store the networks that a folder has, or that a file is, whatever they are called there.

    Returns:
        The guides that got a file; they may still miss another one.

    Raises:
        WeightsError: there is none, or one cannot be read or stored.
    """
    if not path.exists():
        raise WeightsError(f"{path}: there is no such file or folder; check its name")
    try:
        found = sorted(path.iterdir()) if path.is_dir() else [path]
        sizes = {file: file.stat().st_size for file in found if file.is_file()}
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read: {error.strerror or error}") from error
    changed = []
    for name in GUIDE_NAMES:
        description = guide_description(name)
        taken = [_imported(network, sizes, folder) for network in description.networks.values()]
        if any(taken):
            changed.append(guide_entry(description, folder))
    if not changed:
        raise WeightsError(
            f"{path}: expected a network of {', '.join(GUIDE_NAMES)}, told by its content, got none; "
            "`weights list` names their files"
        )
    return tuple(changed)


def is_guide_network(path: Path) -> bool:
    """Whether a file has the size and content of a guide's network."""
    networks = [file for name in GUIDE_NAMES for file in guide_description(name).networks.values()]
    return any(is_network(file, path) for file in networks)


def is_network(file: GuideNetworkFile, path: Path) -> bool:
    """Whether it lies there, whole."""
    return _has_size(path, file.size) and _is_content(file, path.read_bytes())


def stored_network(file: GuideNetworkFile, folder: Path | None = None) -> Path:
    """Where it lies, or would."""
    return (folder or default_folder()) / "guides" / file.file


def stored_networks(description: GuideDescription, folder: Path | None = None) -> dict[str, Path]:
    """Where all of a guide's networks lie, by their names in the description."""
    return {name: stored_network(file, folder) for name, file in description.networks.items()}


def checked_network(file: GuideNetworkFile, path: Path) -> bytes:
    """Its bytes; WeightsError where they are others than the description says."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not _is_content(file, content):
        raise WeightsError(
            f"{path}: expected {file.size:,} bytes with the SHA-256 {file.sha256[:12]}..., got {len(content):,} "
            f"with {hashlib.sha256(content).hexdigest()[:12]}...; get it again"
        )
    return content


def _imported(network: GuideNetworkFile, sizes: dict[Path, int], folder: Path | None) -> bool:
    """Whether one of the files is this network, which is then in the store."""
    target = stored_network(network, folder)
    for path, size in sizes.items():
        if size != network.size:
            continue
        try:
            content = path.read_bytes()
            if _is_content(network, content):
                with replaced_whole(target) as new:
                    new.write_bytes(content)
                return True
        except OSError as error:
            raise WeightsError(f"{path}: cannot be stored as {target}: {error.strerror or error}") from error
    return False


def _how_to_get(description: GuideDescription) -> str:
    files = ", ".join(file.file for file in description.networks.values())
    fetched = f"`weights fetch {description.family}` gets it, or " if is_offered(description) else ""
    return f"{description.title} is not here: {fetched}`weights import FOLDER` takes its files ({files})"


def is_offered(description: GuideDescription) -> bool:
    """Whether its authors offer its networks as they are needed here."""
    return all(file.address for file in description.networks.values())


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False


def _is_content(file: GuideNetworkFile, content: bytes) -> bool:
    return len(content) == file.size and hashlib.sha256(content).hexdigest() == file.sha256
