"""Ways in which a project file is taken away from the program that has it open."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from dlst_gui.project.store import ProjectStore
from dlst_gui.project.video_identity import VideoIdentity

OTHER_VIDEO = VideoIdentity("/videos/other.mp4", 50, 320, 240, 99)


def _delete(path: Path) -> None:
    path.unlink()


def _delete_all(path: Path) -> None:
    for part in path.parent.glob(f"{path.name}*"):
        part.unlink()


def _replace(path: Path) -> None:
    other_project(path).replace(path)


def _overwrite(path: Path) -> None:
    other = other_project(path)
    path.write_bytes(other.read_bytes())
    other.unlink()


def _cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _empty(path: Path) -> None:
    os.truncate(path, 0)


def _remove_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def _rename_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


def _delete_log(path: Path) -> None:
    path.with_name(path.name + "-wal").unlink()


def _replace_log(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"of another program" * 1000)
    other.replace(path.with_name(path.name + "-wal"))


def _cut_log(path: Path) -> None:
    log = path.with_name(path.name + "-wal")
    os.truncate(log, log.stat().st_size // 2)


def _delete_index(path: Path) -> None:
    path.with_name(path.name + "-shm").unlink()


def other_project(path: Path) -> Path:
    """Another program's version of the file, as a synchronised folder brings it."""
    other = path.with_name("other.dlst")
    ProjectStore.create(other, OTHER_VIDEO).close()
    return other


LOSSES: Mapping[str, Callable[[Path], None]] = {
    "deleted": _delete,
    "deleted with its logs": _delete_all,
    "replaced": _replace,
    "overwritten": _overwrite,
    "cut short": _cut_short,
    "emptied": _empty,
    "folder removed": _remove_folder,
    "folder renamed": _rename_folder,
    "log deleted": _delete_log,
    "log replaced": _replace_log,
    "log cut short": _cut_log,
    "index deleted": _delete_index,
}
"""By name; each takes the path of an open project."""
