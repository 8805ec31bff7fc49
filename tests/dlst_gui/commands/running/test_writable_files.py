from pathlib import Path

import pytest

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.writable_files import check_writable


def test_check_when_folders_are_missing_then_they_still_are_afterwards(tmp_path: Path) -> None:
    check_writable(tmp_path / "a" / "b" / "file.txt")
    assert list(tmp_path.iterdir()) == []


def test_check_when_the_folder_is_there_then_it_stays(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    check_writable(tmp_path / "a" / "file.txt")
    assert (tmp_path / "a").is_dir()


def test_check_when_a_file_is_in_the_way_then_says_so(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(CommandError, match=r"file\.txt cannot be written"):
        check_writable(tmp_path / "a" / "b" / "file.txt")
