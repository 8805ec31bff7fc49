"""Zips of unknown origin: only files of labels are taken out, to places of our own choosing, up to a limit."""

from __future__ import annotations

import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path, PurePosixPath

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.syntax.input_files import is_there, open_regular, size_of

_LABEL_SUFFIXES = {".txt", ".xml", ".json", ".jsonl", ".csv", ".yaml", ".ini", ".label", ".tag", ".names", ".data"}
_LABEL_NAMES = {"sequence"}  # says that a folder is VOT's
_BYTES_AT_ONCE = 1 << 20
_MAC_FOLDER, _MAC_COPY, _RECEIPT = "__MACOSX", "._", ".export.json"
"""What macOS puts into its zips besides the files, and what lies beside an export of ours."""

# PKWARE's APPNOTE 6.3.10, 4.3.14 to 4.3.16: the record at the end of a zip, and a comment after it.
_END, _END_SIZE, _LONGEST_COMMENT = b"PK\x05\x06", 22, 1 << 16
_END_64 = b"PK\x06\x06"
_LISTED_BYTES = 400
"""Of a file in the list of a zip: 46 and its name, on average."""


@contextmanager
def unpacked(path: Path, tick: Tick = untold) -> Iterator[Path]:
    """The file or folder itself; for a zip, its labels in a folder that lives as long as the block.

    A zip with a single file in it, such as CVAT's, gives that file. Errors inside name the zip.

    Raises:
        FormatError: a zip that is damaged, too large, or has names that lead out of it; what is no regular file.
    """
    _check_name(path)
    if not is_there(path) or path.is_dir():
        yield path
        return
    with open_regular(path) as file:
        is_zip = zipfile.is_zipfile(file)
    if not is_zip:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="dlst-labels-") as name:
        folder = Path(name)
        _extract(path, folder, tick)
        try:
            yield _root(folder)
        except FormatError as error:
            inner = error.path.relative_to(folder) if error.path.is_relative_to(folder) else error.path
            raise FormatError(path / inner, error.problem, error.place) from error


def _check_name(path: Path) -> None:
    if len(str(path)) > limits.LONGEST_PATH:
        raise FormatError(path, f"expected a path of at most {limits.LONGEST_PATH} characters")
    if len(path.parts) > limits.LONGEST_PATH // 2:
        raise FormatError(path, "expected a path of fewer folders")


def _extract(path: Path, folder: Path, tick: Tick) -> None:
    try:
        with open_regular(path) as file:
            _check_list(path, file)
            with zipfile.ZipFile(file) as archive:
                _take_all(path, archive, folder, size_of(file), tick)
    # ValueError: a name that says it is UTF-8 and is not, a date that is none.
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError) as error:
        said = error.strerror if isinstance(error, OSError) else None
        raise FormatError(path, f"the zip cannot be read ({said or error})") from error


def _check_list(path: Path, file: BufferedReader) -> None:
    """Refuse a list of files that is too long before it is read into memory; what is damaged, zipfile says."""
    size = size_of(file)
    file.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT))
    tail = file.read(_END_SIZE + _LONGEST_COMMENT)
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_SIZE:
        return
    listed_bytes = struct.unpack_from("<I", tail, at + 12)[0]
    at_64 = tail.rfind(_END_64)
    if listed_bytes == 0xFFFFFFFF and 0 <= at_64 <= len(tail) - 56:
        listed_bytes = struct.unpack_from("<Q", tail, at_64 + 40)[0]
    if min(listed_bytes, size) > limits.MOST_FILES * _LISTED_BYTES:
        raise FormatError(path, f"expected at most {limits.MOST_FILES} files, there are more")


def _take_all(path: Path, archive: zipfile.ZipFile, folder: Path, size: int, tick: Tick) -> None:
    # As `is_dir`, which an empty name ends.
    members = [member for member in archive.infolist() if not member.filename.endswith("/")]
    if len(members) > limits.MOST_FILES:
        raise FormatError(path, f"expected at most {limits.MOST_FILES} files, there are {len(members)}")
    # Against the size of the zip itself: members may lie over each other, and each is told its own size.
    times = limits.MOST_UNPACKED_TIMES
    most = min(limits.MOST_UNPACKED_BYTES, max(limits.SMALL_UNPACKED_BYTES, size * times))
    left = most
    for member in members:
        tick(most - left, most)
        parts = _safe_parts(path, member.filename)
        if _is_label_file(parts):
            most_of_it = max(limits.SMALL_UNPACKED_BYTES, member.compress_size * times)
            taken = 0
            with archive.open(member) as packed, _made(folder.joinpath(*parts)).open("xb") as file:
                while part := packed.read(_BYTES_AT_ONCE):
                    tick(most - left, most)
                    left -= len(part)
                    taken += len(part)
                    # The sizes that the zip declares are not trusted: bytes are counted as they come.
                    if left < 0:
                        raise FormatError(path, f"the zip unpacks to more than {most} bytes")
                    if taken > most_of_it:
                        name = shortly(member.filename)
                        raise FormatError(path, f"{name} in the zip unpacks to more than {most_of_it} bytes")
                    file.write(part)


def _is_label_file(parts: tuple[str, ...]) -> bool:
    name = parts[-1]
    if _MAC_FOLDER in parts or name.startswith(_MAC_COPY) or name.endswith(_RECEIPT):
        return False
    return PurePosixPath(name).suffix.lower() in _LABEL_SUFFIXES or name in _LABEL_NAMES


def _made(target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _safe_parts(path: Path, name: str) -> tuple[str, ...]:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or ".." in parts or parts[0] == "/" or any(":" in part or "\0" in part for part in parts):
        raise FormatError(path, f"the zip has a path that leads outside it: {shortly(name)}")
    if len(name) > limits.LONGEST_PATH:
        problem = f"the zip has a path of more than {limits.LONGEST_PATH} characters: {shortly(name)}"
        raise FormatError(path, problem)
    if len(parts) > limits.DEEPEST_FOLDER:
        problem = f"the zip has folders nested more than {limits.DEEPEST_FOLDER} deep: {shortly(name)}"
        raise FormatError(path, problem)
    return parts


def _root(folder: Path) -> Path:
    """The folder, without outer folders that hold one thing only."""
    while True:
        inner = list(folder.iterdir())
        if len(inner) != 1 or inner[0].name in {"gt", "labels", "Annotations", "train"}:
            return folder
        if inner[0].is_file():
            return inner[0]
        folder = inner[0]
