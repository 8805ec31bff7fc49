"""`dlst salvage`: what is left, what is not, and where earlier states are."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dlst_gui import cli
from dlst_gui.commands.salvage import run as salvage_run
from dlst_gui.project.backups import BACKUPS_FOLDER, BackupLimits, Backups
from dlst_gui.project.store import ProjectStore
from tests.dlst_gui.project.mutation_trials import made_project
from tests.dlst_gui.project.random_edits import contents


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(salvage_run, "projects_folder", lambda: tmp_path / "data")
    path = tmp_path / "clip.mp4.dlst"
    made_project(path)
    return path


def read(path: Path) -> tuple[object, ...]:
    with ProjectStore.open(path) as store:
        return contents(store.read_project())


def damage(path: Path, part: slice) -> None:
    data = bytearray(path.read_bytes())
    data[part] = b"\xff" * len(data[part])
    path.write_bytes(data)


def test_salvage_when_only_the_first_page_is_damaged_then_all_is_there_and_the_status_is_0(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = read(project)
    damage(project, slice(0, 4096))
    assert cli.main(["salvage", str(project)]) == 0
    salvaged = project.with_name("clip.mp4 salvaged.dlst")
    assert capsys.readouterr().out.startswith(f"{salvaged}: ")
    assert read(salvaged) == expected


def test_salvage_when_part_is_lost_then_says_which_and_names_the_earlier_state(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = Backups(tmp_path / "data" / BACKUPS_FOLDER).make(project, datetime.now(UTC), BackupLimits())
    assert state is not None
    with sqlite3.connect(project) as raw:
        (page,) = raw.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'prediction_page'").fetchone()
    raw.close()
    damage(project, slice((page - 1) * 4096, page * 4096))
    out = tmp_path / "new.dlst"
    assert cli.main(["salvage", str(project), "--out", str(out)]) == salvage_run.PARTLY
    told = capsys.readouterr()
    assert "not read to the end: tracked boxes" in told.err
    assert str(state.path) in told.err
    assert " 0 tracked boxes" in told.out


def test_salvage_when_json_is_asked_for_then_says_the_same_as_one_object(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["salvage", str(project), "--out", str(tmp_path / "new.dlst"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["whole"] is True
    assert told["project"] == str(tmp_path / "new.dlst")


@pytest.mark.parametrize("is_there", [True, False], ids=["the-new-file-exists", "no-project"])
def test_salvage_when_it_cannot_be_done_then_changes_nothing_and_the_status_is_2(
    project: Path, tmp_path: Path, is_there: bool
) -> None:
    out = tmp_path / "new.dlst"
    if is_there:
        out.write_text("mine")
    else:
        project.write_bytes(b"not a database" * 1000)
    assert cli.main(["salvage", str(project), "--out", str(out)]) == 2
    assert out.read_text() == "mine" if is_there else not out.exists()
