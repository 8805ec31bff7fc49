from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dlst_gui.commands.command_fakes import write_sequence
from tests.fakes import SyntheticVideo


@pytest.fixture(autouse=True)
def _log_in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlst_gui.settings.log_file.log_path", lambda: tmp_path / "log" / "dlst.log")
    monkeypatch.setattr("dlst_gui.cli.log_path", lambda: tmp_path / "log" / "dlst.log")


@pytest.fixture
def video() -> SyntheticVideo:
    return SyntheticVideo(frame_count=12)


@pytest.fixture
def sequence(tmp_path: Path, video: SyntheticVideo) -> Iterator[Path]:
    """One sequence folder with ground truth, followed perfectly by a fake with seed 0."""
    return write_sequence(tmp_path / "benchmark" / "Square", video)
