"""What an export has made, told by the receipt beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dlst_gui.formats.progress import Tick, untold

PROGRAM = "DLST Studio"
"""What receipts and other files name as their program."""

FOLDER_MARK = "dlst-studio.json"
"""In a folder that a command fills."""

_BYTES_AT_ONCE = 1 << 20
_LONGEST_MARK = 10_000_000


@dataclass(frozen=True, slots=True)
class FolderMark:
    """What a folder's mark says.

    Attributes:
        command: which fills it.
        names: of files and folders that it makes there.
    """

    command: str
    names: frozenset[str]

    def to_bytes(self) -> bytes:
        """As JSON."""
        note = "files in this folder may be replaced"
        content = {"program": PROGRAM, "command": self.command, "note": note, "names": sorted(self.names)}
        return f"{json.dumps(content)}\n".encode()


def folder_mark(folder: Path) -> FolderMark | None:
    """That of a folder; None where it has none that can be read."""
    try:
        with (folder / FOLDER_MARK).open("rb") as file:
            content: object = json.loads(file.read(_LONGEST_MARK))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or content.get("program") != PROGRAM:
        return None
    command, names = content.get("command"), content.get("names", [])
    if not isinstance(command, str) or not isinstance(names, list):
        return None
    return FolderMark(command, frozenset(map(str, names)))


def made_by_export(receipt: Path, folder: Path) -> Callable[[Path], bool]:
    """Gives what tells whether a file is as the export has made it to which a receipt belongs.

    Args:
        receipt: of the export; there may be none.
        folder: in which its target lies.
    """
    listed = _listed(receipt)
    digests = frozenset(digest for digest in listed.values() if digest is not None)

    def is_made(path: Path) -> bool:
        name = path.relative_to(folder).as_posix()
        if name in listed:
            return _is_as_listed(path, listed[name])
        return bool(digests) and file_sha256(path) in digests  # it was renamed, together with its receipt

    return is_made


def is_made_receipt(path: Path) -> bool:
    """Whether a file is a receipt."""
    return _content(path) is not None


def strangers(receipt: Path, target: Path) -> list[str]:
    """What lies in a folder that the export before has not put there."""
    listed = _listed_in(receipt, target)
    inside = (path.relative_to(target).as_posix() for path in target.rglob("*") if not path.is_dir())
    return sorted(name for name in inside if name not in listed)


def changed_labels(receipt: Path, target: Path) -> str | None:
    """A file in a folder that is no longer as the export before has written it; None where there is none."""
    for name, digest in _listed_in(receipt, target).items():
        path = target / name
        if path.is_file() and not _is_as_listed(path, digest):
            return name
    return None


def file_sha256(path: Path, tick: Tick = untold) -> str:
    """Of a file's content; raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_BYTES_AT_ONCE):
            tick(0, 1)
            digest.update(part)
    return digest.hexdigest()


def _is_as_listed(path: Path, digest: str | None) -> bool:
    """Images have no hash: they are many, and their names tell the frame."""
    return digest is None or file_sha256(path) == digest


def _listed(receipt: Path) -> Mapping[str, str | None]:
    """Hashes by name, with `/` between folders, relative to the receipt's folder; empty where it is none."""
    files = (_content(receipt) or {}).get("files")
    listed: dict[str, str | None] = {}
    for each in files if isinstance(files, list) else []:
        name, digest = (each.get("path"), each.get("sha256")) if isinstance(each, dict) else (None, None)
        if isinstance(name, str) and ".." not in PurePosixPath(name).parts:
            listed[name] = digest if isinstance(digest, str) else None
    return listed


def _listed_in(receipt: Path, target: Path) -> Mapping[str, str | None]:
    """Of a folder: hashes by name relative to it, also where it was renamed since, together with its receipt."""
    places = [(PurePosixPath(name), digest) for name, digest in _listed(receipt).items()]
    tops = {place.parts[0] for place, _ in places if len(place.parts) > 1}
    top = target.name if target.name in tops or len(tops) != 1 else tops.pop()
    return {place.relative_to(top).as_posix(): digest for place, digest in places if top in place.parts[:1]}


def _content(receipt: Path) -> Mapping[str, object] | None:
    """None where it is no receipt of this program."""
    if not receipt.is_file():
        return None
    try:
        content: object = json.loads(receipt.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    program = content.get("program") if isinstance(content, dict) else None
    is_ours = isinstance(program, dict) and program.get("name") == PROGRAM
    return content if isinstance(content, dict) and is_ours else None
