"""Folders that a command fills, and those of others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.output_folder import claim_folder
from dlst_gui.exchange.made_files import FOLDER_MARK

NAMES = ("results.json", "dlst")


def claim(
    folder: Path, command: str = "evaluate", *, is_forced: bool = False, inputs: tuple[Path, ...] = ()
) -> None:
    claim_folder(folder, command, NAMES, inputs=inputs, is_forced=is_forced)


def test_claim_when_made_again_then_the_commands_own_files_may_be_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "new/out"
    claim(folder)
    (folder / "results.json").write_text("{}", "utf-8")
    claim(folder)
    assert json.loads((folder / FOLDER_MARK).read_text("utf-8"))["command"] == "evaluate"


@pytest.mark.parametrize("name", [*NAMES, FOLDER_MARK])
def test_claim_when_the_folder_holds_a_file_of_somebody_else_then_only_force_allows_it(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text("mine", "utf-8")
    (tmp_path / "other.txt").write_text("mine", "utf-8")
    with pytest.raises(CommandError, match=f"{name} exists.*--force"):
        claim(tmp_path)
    claim(tmp_path, is_forced=True)
    claim(tmp_path)


def test_claim_when_another_command_has_it_then_is_refused(tmp_path: Path) -> None:
    claim(tmp_path, "effort")
    with pytest.raises(CommandError, match="`dlst evaluate` has not made it"):
        claim(tmp_path)


def test_claim_when_only_other_names_are_there_then_they_stay(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("mine", "utf-8")
    claim(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [FOLDER_MARK, "other.txt"]


@pytest.mark.parametrize("is_forced", [True, False])
def test_claim_when_what_is_read_lies_there_then_nothing_helps(is_forced: bool, tmp_path: Path) -> None:
    read = tmp_path / "dlst/results"
    read.mkdir(parents=True)
    with pytest.raises(CommandError, match="read by the same call"):
        claim(tmp_path, is_forced=is_forced, inputs=(read,))
