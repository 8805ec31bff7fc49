import importlib.resources
import shutil
from pathlib import Path

import pytest

from dlst_gui.commands.sequence_runs.systems import program_sha256


@pytest.mark.parametrize(
    "name", ["heads.py", "config/training.py", "engine/session.py", "guides/answer.py", "studio/habit.py"]
)
def test_program_sha256_when_a_part_of_the_tracker_changes_then_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    core = tmp_path / "tracker_core"
    shutil.copytree(str(importlib.resources.files("tracker_core")), core)
    monkeypatch.setattr("importlib.resources.files", lambda package: core)
    before = program_sha256()
    (core / "evaluation" / "otb.py").write_text("# other measures, the same boxes\n")
    assert program_sha256() == before
    (core / name).write_text("# another program\n")
    assert program_sha256() != before
