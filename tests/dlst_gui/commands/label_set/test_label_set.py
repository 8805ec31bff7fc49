"""`dlst label-set`: from a project or a file to a project or a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlst_gui import cli
from dlst_gui.label_set.label_set_file import LabelSetFormat, read_label_set
from dlst_gui.project.history import EditHistory
from dlst_gui.project.label_set_edits import OfferedLabels, take_label_set
from dlst_gui.project.labels import Label
from dlst_gui.project.store import ProjectStore
from tests.dlst_gui.label_set.test_label_set_files import OFFERED
from tests.dlst_gui.project.random_edits import VIDEO


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4.dlst"
    with ProjectStore.create(path, VIDEO) as store:
        made = store.read_project()
        EditHistory(made, store).do(take_label_set(made, OFFERED))
    return path


def offered_in(path: Path) -> OfferedLabels:
    with ProjectStore.open(path, read_only=True) as store:
        return OfferedLabels.of(store.read_project())


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("team.json", [], LabelSetFormat.SHARED),
        ("team.json", ["--format", "cvat"], LabelSetFormat.CVAT),
        ("team.xml", [], LabelSetFormat.LABEL_STUDIO),
    ],
)
def test_label_set_when_written_then_is_of_the_format(
    project: Path, tmp_path: Path, name: str, given: list[str], expected: LabelSetFormat
) -> None:
    out = tmp_path / name
    for _ in range(2):
        assert cli.main(["label-set", str(project), "--to", str(out), *given]) == 0
    assert read_label_set(out).label_set_format is expected


def test_label_set_when_taken_into_a_project_then_it_is_one_step(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    team = tmp_path / "team.json"
    assert cli.main(["label-set", str(project), "--to", str(team)]) == 0
    other = tmp_path / "other.dlst"
    with ProjectStore.create(other, VIDEO) as store:
        made = store.read_project()
        EditHistory(made, store).do(take_label_set(made, OfferedLabels((Label("tree", "#00ff00"),))))
    assert cli.main(["label-set", str(team), "--to", str(other), "--json"]) == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (len(said["labels"]), len(said["attributes"]), said["to"]) == (3, 4, str(other))
    assert [label.name for label in offered_in(other).labels] == ['<dog> & "é"', "car", "tree", "van"]
    assert cli.main(["label-set", str(team), "--to", str(other), "--replace"]) == 0
    assert offered_in(other).attributes == OFFERED.attributes
    assert set(offered_in(other).labels) == set(OFFERED.labels)
    with ProjectStore.open(other) as store:
        assert [step.title for step in store.steps()][1:] == ["Take label set", "Replace label set"]


def test_label_set_when_only_shown_then_says_what_it_holds(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["label-set", str(project)]) == 0
    out = capsys.readouterr().out
    assert "3 labels, 4 attributes" in out
    assert "model of car, van: a, b, c (the whole object, required)" in out


def test_label_set_when_the_target_is_another_file_then_it_stays(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "notes.json"
    out.write_text("my notes", encoding="utf-8")
    assert cli.main(["label-set", str(project), "--to", str(out)]) == cli.BAD_INPUT
    assert out.read_text(encoding="utf-8") == "my notes"
    assert "choose another name" in capsys.readouterr().err
