"""What an export has made, told by the receipt beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from dlst_gui.formats.progress import Tick, untold

PROGRAM = "DLST Studio"
"""What receipts and other files name as their program."""

_BYTES_AT_ONCE = 1 << 20


def made_by_export(receipt: Path, folder: Path) -> Callable[[Path], bool]:
    """Gives what tells whether a file is as the export has made it to which a receipt belongs.

    Args:
        receipt: of the export; there may be none.
        folder: in which its target lies.
    """
    listed = _listed(receipt)

    def is_made(path: Path) -> bool:
        name = path.relative_to(folder).as_posix()
        return name in listed and _is_as_listed(path, listed[name])

    return is_made


def is_made_receipt(path: Path) -> bool:
    """Whether a file is a receipt."""
    return _content(path) is not None


def strangers(receipt: Path, target: Path) -> list[str]:
    """What lies in a folder that the export before has not put there."""
    listed = _listed(receipt)
    return sorted(
        path.relative_to(target).as_posix()
        for path in target.rglob("*")
        if not path.is_dir() and path.relative_to(target.parent).as_posix() not in listed
    )


def changed_labels(receipt: Path, target: Path) -> str | None:
    """A file in a folder that is no longer as the export before has written it; None where there is none."""
    for name, digest in _listed(receipt).items():
        path = target.parent / name
        if target in path.parents and path.is_file() and not _is_as_listed(path, digest):
            return path.relative_to(target).as_posix()
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
