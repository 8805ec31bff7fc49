"""What may be replaced: a file, or a folder in which nothing lies but what an export has put there."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

from dlst_gui.exchange.errors import ExportError
from dlst_gui.exchange.plan import ExportPlan
from dlst_gui.project.placement import SUFFIX
from dlst_gui.project.video_identity import VideoIdentity


def check_target(plan: ExportPlan, video: VideoIdentity) -> None:
    """Raise ExportError where the export would replace what it must not, or the target has the wrong kind."""
    target = plan.target
    check_not_ours(target, video)
    if target.exists() and not (target.is_file() or target.is_dir()):
        raise ExportError(target, "this is a device or a pipe, which an export would replace; name a file")
    if not plan.label_format.is_folder_at(target):
        if target.is_dir():
            raise ExportError(
                target, f"is a folder, but {plan.label_format.title} is one file; give the name of a file"
            )
        return
    if target.exists() and not target.is_dir():
        raise ExportError(target, f"is a file, but {plan.label_format.title} is a folder; give another name")
    strangers = _strangers(plan) if target.is_dir() else []
    if strangers:
        problem = (
            f"the folder holds files that no export has put there ({strangers[0]}), which would be lost; "
            "choose another name, or move them away"
        )
        raise ExportError(target, problem)


def check_not_ours(target: Path, video: VideoIdentity) -> None:
    """Raise ExportError where the target is a project or its video."""
    if not target.name:
        raise ExportError(target, "expected the name of a file or folder to write")
    has_project = target.with_name(f"{target.name}{SUFFIX}").exists()
    if target.suffix == SUFFIX or has_project or str(target.resolve()) == video.path:
        raise ExportError(
            target, "this is a project or its video, which an export must not replace; give another name"
        )


def _strangers(plan: ExportPlan) -> list[str]:
    known = _files_of_receipt(plan.receipt, plan.target.name)
    return sorted(
        path.relative_to(plan.target).as_posix()
        for path in plan.target.rglob("*")
        if not path.is_dir() and path.relative_to(plan.target) not in known
    )


def _files_of_receipt(receipt: Path, folder: str) -> set[Path]:
    """What the export before has put into the folder; nothing where there was none."""
    try:
        content: object = json.loads(receipt.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return set()
    files = content.get("files") if isinstance(content, dict) else None
    names = [each.get("path") for each in files if isinstance(each, dict)] if isinstance(files, list) else []
    paths = [PurePosixPath(name) for name in names if isinstance(name, str)]
    return {Path(*path.parts[1:]) for path in paths if path.parts[:1] == (folder,)}
