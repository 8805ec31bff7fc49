"""What may be written, and what replaced: one rule for every file that a user names.

Never replaced: what the same call reads, projects and what belongs to them, the video of a project, and what is
neither file nor folder. A file that is there already is replaced where this program has made it and nobody has
changed it since, or where nothing is in it; any other only where the user says so (`--force`). A folder is
replaced where nothing lies in it but what an export has put there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from dlst_gui.exchange.errors import ForeignFileError, TargetError, disk_errors_named
from dlst_gui.exchange.made_files import changed_labels, is_made_receipt, made_by_export, strangers
from dlst_gui.exchange.plan import ExportPlan
from dlst_gui.files import followed, settle
from dlst_gui.project.opening import projects_folder
from dlst_gui.project.placement import SUFFIX, project_path_for
from dlst_gui.project.schema import APPLICATION_ID

IsMade = Callable[[Path], bool]
"""Whether this program has written a file, told by what is in it."""

_NEVER = "this is a project or its video, which is never replaced; choose another name"
_READ = "this is read by the same call, and never replaced; choose another name"
_LONGEST_NAME = 255
"""Bytes, where the system does not say: that of ext4, XFS, btrfs, APFS and NTFS."""

_BESIDE_PROJECT = re.compile(r"(-wal|-shm|-journal|\.lock|\.damaged|\.v[0-9]+\.bak)$")
_SQLITE = b"SQLite format 3\0"
_ID_AT = slice(68, 72)
"""Where a database names its program. Source: sqlite.org/fileformat.html, 1.3."""


def check_file(target: Path, *, inputs: Iterable[Path] = (), is_made: IsMade, is_forced: bool = False) -> None:
    """Whether a single file may be written: an annotated video, a trace.

    Args:
        target: of the file.
        inputs: files and folders that the same call reads.
        is_made: asked where there is a file of this name.
        is_forced: the user has said that the file may be replaced.

    Raises:
        TargetError: it must not be written (`ForeignFileError`: not without force), or cannot.
    """
    _check_name(target, target.name)
    with disk_errors_named(target):
        if target.is_dir():
            raise TargetError(target, "is a folder; give the name of a file in it")
        _check_replaceable(target, inputs, is_made, is_forced=is_forced)


def check_export(plan: ExportPlan, inputs: Iterable[Path] = (), images: Iterable[Path] = ()) -> None:
    """Whether an export may be written; sets that were interrupted beside it are completed first.

    Args:
        plan: of the export.
        inputs: files and folders that the same call reads.
        images: where images of a format of one file go.

    Raises:
        TargetError: as `check_file`.
    """
    # What a link leads to is replaced, and the receipt lies beside that.
    with disk_errors_named(plan.target):
        if plan.target.is_symlink() and not is_project(plan.target):
            plan = replace(plan, target=followed(plan.target))
    target, inputs = plan.target, tuple(inputs)
    _check_name(target, plan.receipt.name if target.name else "")
    with disk_errors_named(target):
        settle(target.parent)
        if plan.label_format.is_folder_at(target):
            _check_folder(plan, inputs)
        elif target.is_dir():
            title = plan.label_format.title
            raise TargetError(target, f"is a folder, but {title} is one file; give the name of a file")
        else:
            is_made = made_by_export(plan.receipt, target.parent)
            for path in (target, *images):
                if path is not target:
                    _check_not_among(path, inputs)
                _check_replaceable(path, inputs, is_made, is_forced=plan.is_forced)
        _check_replaceable(plan.receipt, inputs, is_made_receipt, is_forced=plan.is_forced)


def check_copy(target: Path) -> None:
    """Whether a copy of a project may be written to a file that a person has chosen in a dialog.

    Raises:
        TargetError: a project or its video is there.
    """
    with disk_errors_named(target):
        real = followed(target)
        if real.exists() and (is_project(real) or _has_project(real)):
            raise TargetError(target, _NEVER)


def is_project(path: Path) -> bool:
    """Whether a file is a project, by its name or by what is in it, or belongs to one."""
    if path.suffix.lower() == SUFFIX or _has_project_in_it(path):
        return True
    base = _BESIDE_PROJECT.sub("", path.name)
    return base not in ("", path.name) and is_project(path.with_name(base))


def _has_project_in_it(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            header = file.read(_ID_AT.stop)
    except OSError:
        return False
    return header.startswith(_SQLITE) and header[_ID_AT] == APPLICATION_ID.to_bytes(4, "big")


def _has_project(video: Path) -> bool:
    """Whether a file or folder is the video of a project, beside it or in the user's data folder."""
    places = [video.with_name(f"{video.name}{SUFFIX}")]
    if video.exists():
        places.append(project_path_for(video, projects_folder(), may_be_beside=False))
    # A longer name than there can be is no error to `os.path`.
    return any(os.path.exists(place) for place in places)  # noqa: PTH110


def _check_name(target: Path, longest: str) -> None:
    if not target.name:
        raise TargetError(target, "expected the name of a file or folder to write")
    folder = next((parent for parent in target.absolute().parents if parent.is_dir()), None)
    limit = _LONGEST_NAME
    if folder is not None and hasattr(os, "pathconf"):
        limit = os.pathconf(folder, "PC_NAME_MAX")
    spare = limit - len(os.fsencode(longest))
    if spare < 0:
        raise TargetError(target, f"the name is {-spare} bytes too long for its folder; choose a shorter one")


def _check_replaceable(path: Path, inputs: Iterable[Path], is_made: IsMade, *, is_forced: bool) -> None:
    real = followed(path)
    if is_project(real) or _has_project(real) or is_project(path):
        raise TargetError(path, _NEVER)
    if not real.exists():
        return
    if not real.is_file():
        raise TargetError(path, "this is a device or a pipe, which would be replaced; name a file")
    is_foreign = real.stat().st_size > 0 and not is_made(path)
    for given in inputs:
        is_same = given.exists() and given.samefile(real)
        if is_same or (is_foreign and given.is_dir() and followed(given) in real.parents):
            raise TargetError(path, _READ)
    if is_foreign and not is_forced:
        raise ForeignFileError(path)


def _check_not_among(image: Path, inputs: Iterable[Path]) -> None:
    """Refuse an image that would come to lie among the images that are read: they would be more the next time."""
    real = followed(image)
    for given in inputs:
        if given.is_dir() and followed(given) in real.parents:
            problem = f"its images would go into {image.parent}, which is read by the same call"
            raise TargetError(
                image, f"{problem}; write the labels into a folder of their own, such as out/labels.json"
            )


def _check_folder(plan: ExportPlan, inputs: Iterable[Path]) -> None:
    target, real = plan.target, followed(plan.target)
    if is_project(real) or _has_project(real) or is_project(target):
        raise TargetError(target, _NEVER)
    if not real.exists():
        return
    if not real.is_dir():
        title = plan.label_format.title
        raise TargetError(target, f"is a file, but {title} is a folder; give another name")
    for given in map(followed, inputs):
        if given == real or real in given.parents:
            raise TargetError(target, _READ)
    if others := strangers(plan.receipt, target):
        raise TargetError(
            target,
            f"the folder holds files that no export has put there ({others[0]}), which would be lost; "
            "choose another name, or move them away",
        )
    if (changed := changed_labels(plan.receipt, target)) and not plan.is_forced:
        raise ForeignFileError(target / changed)
