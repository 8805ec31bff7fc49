"""Folders that a command fills: whether it may replace what lies there.

A command that has a folder of its own leaves `dlst-studio.json` in it before anything else. Where that is, files
of the command's names are its own; in any other folder they are somebody else's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.writable_files import check_writable
from dlst_gui.exchange.made_files import PROGRAM
from dlst_gui.exchange.targets import is_project
from dlst_gui.files import replaced_whole

MARKER = "dlst-studio.json"


def claim_folder(
    folder: Path, command: str, names: Iterable[str], *, inputs: Iterable[Path] = (), is_forced: bool
) -> None:
    """Make a folder the command's own; nothing else is written.

    Args:
        folder: made where there is none.
        command: its name.
        names: of files and folders that the command writes into it.
        inputs: files and folders that the same call reads.
        is_forced: the user has said that they may be replaced.

    Raises:
        CommandError: it cannot be written, or holds files of these names that the command has not made.
    """
    check_writable(folder / MARKER)
    there = [folder / name for name in (*names, MARKER) if (folder / name).exists()]
    for path in there:
        read = [given for given in inputs if given.exists() and _overlap(given.resolve(), path.resolve())]
        if is_project(path) or read:
            raise CommandError(
                f"{path}: this is read by the same call, or a project; give another folder with --out"
            )
    is_own = _command_of(folder) == command
    if there and not is_own and not is_forced:
        raise CommandError(
            f"{there[0]} exists, and `dlst {command}` has not made it; give another folder with --out, or allow "
            "to replace it (--force)"
        )
    if not is_own:
        with replaced_whole(folder / MARKER) as new:
            content = {"program": PROGRAM, "command": command, "note": "files in this folder may be replaced"}
            new.write_text(f"{json.dumps(content)}\n", "utf-8")


def _overlap(given: Path, written: Path) -> bool:
    return given == written or written in given.parents


def _command_of(folder: Path) -> str | None:
    try:
        content: object = json.loads((folder / MARKER).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or content.get("program") != PROGRAM:
        return None
    command = content.get("command")
    return command if isinstance(command, str) else None
