"""Zips of unknown origin: only files of labels are taken out, to places of our own choosing, up to a limit."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError, shortly

_LABEL_SUFFIXES = {".txt", ".xml", ".json", ".jsonl", ".csv", ".yaml", ".ini", ".label", ".tag", ".names", ".data"}
_LABEL_NAMES = {"sequence"}  # says that a folder is VOT's
_BYTES_AT_ONCE = 1 << 20


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The file or folder itself; for a zip, its labels in a folder that lives as long as the block.

    A zip with a single file in it, such as CVAT's, gives that file. Errors inside name the zip.

    Raises:
        FormatError: a zip that is damaged, too large, or has names that lead out of it.
    """
    if not (path.is_file() and zipfile.is_zipfile(path)):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="dlst-labels-") as name:
        folder = Path(name)
        _extract(path, folder)
        try:
            yield _root(folder)
        except FormatError as error:
            inner = error.path.relative_to(folder) if error.path.is_relative_to(folder) else error.path
            raise FormatError(path / inner, error.problem, error.place) from error


def _extract(path: Path, folder: Path) -> None:
    left = limits.MOST_UNPACKED_BYTES
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) > limits.MOST_FILES:
                raise FormatError(path, f"expected at most {limits.MOST_FILES} files, there are {len(members)}")
            for member in members:
                parts = _safe_parts(path, member.filename)
                if Path(parts[-1]).suffix.lower() in _LABEL_SUFFIXES or parts[-1] in _LABEL_NAMES:
                    left -= _take_out(path, archive, member, folder.joinpath(*parts), left)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise FormatError(path, f"the zip cannot be read ({error})") from error


def _safe_parts(path: Path, name: str) -> tuple[str, ...]:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or ".." in parts or parts[0] == "/" or any(":" in part or "\0" in part for part in parts):
        raise FormatError(path, f"the zip has a path that leads outside it: {shortly(name)}")
    return parts


def _take_out(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, left: int) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    taken = 0
    # The sizes that the zip declares are not trusted: bytes are counted as they come.
    most = min(left, max(limits.SMALL_UNPACKED_BYTES, member.compress_size * limits.MOST_UNPACKED_TIMES))
    with archive.open(member) as packed, target.open("xb") as file:
        while part := packed.read(_BYTES_AT_ONCE):
            taken += len(part)
            if taken > most:
                raise FormatError(path, f"{shortly(member.filename)} in the zip unpacks to more than {most} bytes")
            file.write(part)
    return taken


def _root(folder: Path) -> Path:
    """The folder, without outer folders that hold one thing only."""
    while True:
        inner = list(folder.iterdir())
        if len(inner) != 1 or inner[0].name in {"gt", "labels", "Annotations", "train"}:
            return folder
        if inner[0].is_file():
            return inner[0]
        folder = inner[0]
