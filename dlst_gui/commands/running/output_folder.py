"""Folders that a command fills: whether it may replace what lies there.

A command that has a folder of its own leaves `dlst-studio.json` in it before anything else. Where that is, files
of the command's names are its own; in any other folder they are somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.writable_files import check_writable
from dlst_gui.exchange.made_files import FOLDER_MARK, FolderMark, folder_mark
from dlst_gui.exchange.targets import is_project
from dlst_gui.files import replaced_whole


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
    check_writable(folder / FOLDER_MARK)
    made = tuple(names)
    there = [folder / name for name in (*made, FOLDER_MARK) if (folder / name).exists()]
    for path in there:
        read = [given for given in inputs if given.exists() and _overlap(given.resolve(), path.resolve())]
        if is_project(path) or read:
            raise CommandError(
                f"{path}: this is read by the same call, or a project; give another folder with --out"
            )
    mark = folder_mark(folder)
    is_own = mark is not None and mark.command == command
    if there and not is_own and not is_forced:
        raise CommandError(
            f"{there[0]} exists, and `dlst {command}` has not made it; give another folder with --out, or allow "
            "to replace it (--force)"
        )
    before = mark.names if mark is not None and is_own else frozenset()
    wanted = FolderMark(command, before.union(made))
    if mark != wanted:
        with replaced_whole(folder / FOLDER_MARK) as new:
            new.write_bytes(wanted.to_bytes())


def _overlap(given: Path, written: Path) -> bool:
    return given == written or written in given.parents
