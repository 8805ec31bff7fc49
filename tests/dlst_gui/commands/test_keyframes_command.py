"""`dlst keyframes`, and the same from Python."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlst_gui import cli
from dlst_gui.api import make_keyframes, open_project
from dlst_gui.project.edit_parts import EditError
from dlst_gui.project.edits import change_track
from dlst_gui.project.history import EditHistory
from dlst_gui.project.labels import TrackInfo
from dlst_gui.project.store import ProjectStore
from tests.dlst_gui.exchange.made_projects import made_project


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """1 is tracked on 1 to 5 and interpolated on 6 to 9, 2 is tracked on 5."""
    return made_project(tmp_path)


def manual(path: Path, track_id: int) -> list[int]:
    with ProjectStore.open(path, read_only=True) as store:
        return [each.frame_index for each in store.read_project().keyframes(track_id)]


def titles(path: Path) -> tuple[str, ...]:
    with ProjectStore.open(path) as store:
        return EditHistory(store.read_project(), store).titles()


def test_keyframes_when_run_then_all_objects_are_one_step_of_undo(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = titles(path)
    assert cli.main(["keyframes", str(path)]) == 0
    assert manual(path, 1) == [0, 5, 10, 15]
    assert manual(path, 2) == [2, 4, 5]
    assert titles(path) == (*before, "Make keyframes")
    out = capsys.readouterr().out
    assert "object 1: 5 tracked boxes become 1 keyframe." in out
    assert "2 keyframes; one Undo takes them back" in out
    with ProjectStore.open(path) as store:
        EditHistory(store.read_project(), store).undo()
    assert (manual(path, 1), manual(path, 2)) == ([0, 10, 15], [2, 4])


def test_keyframes_when_dry_then_tells_and_changes_nothing(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = path.read_bytes()
    assert cli.main(["keyframes", str(path), "--iou", "0.9", "--objects", "1", "--dry-run", "--json"]) == 0
    assert path.read_bytes() == before
    told = json.loads(capsys.readouterr().out)
    assert told["is_done"] is False
    (made,) = told["objects"]
    assert (made["object"], made["tracked_boxes"], made["keyframes"]) == (1, 5, 1)
    assert made["least_iou"] >= 0.9


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--objects", "9"], "there is no object 9; there are 1, 2"),
        (["--objects", "a"], "expected numbers of objects"),
        (["--within", "-1"], "expected pixels, 0 to 1000"),
        (["--iou", "1.5"], "expected an IoU of 0 to 1"),
        (["--iou", "0.9", "--within", "1"], "not allowed with"),
    ],
)
def test_keyframes_when_asked_wrongly_then_says_what_was_expected(
    path: Path, capsys: pytest.CaptureFixture[str], given: list[str], said: str
) -> None:
    assert cli.main(["keyframes", str(path), *given]) == 2
    assert said in capsys.readouterr().err


def test_make_keyframes_when_objects_are_locked_or_done_then_says_so(path: Path) -> None:
    with ProjectStore.open(path) as store:
        project = store.read_project()
        info = project.track(2)
        locked = TrackInfo(2, info.label, info.color, info.attributes, is_locked=True)
        EditHistory(project, store).do(change_track(project, locked))
    with pytest.raises(EditError, match="object 2 is locked"):
        make_keyframes(path, within_px=2, track_ids=[2])
    assert [each.track_id for each in make_keyframes(path, within_px=2)] == [1]
    with pytest.raises(EditError, match="no object has tracked boxes"):
        make_keyframes(path, within_px=2)
    with open_project(path) as project:
        box = project.track(1).box(3)
    assert box is not None
    assert box.source.value == "interpolated"


@pytest.mark.parametrize("given", [{}, {"within_px": 1.0, "least_iou": 0.9}, {"least_iou": 1.5}])
def test_make_keyframes_when_the_tolerance_makes_no_sense_then_is_refused(
    path: Path, given: dict[str, float]
) -> None:
    with pytest.raises(ValueError, match="expected"):
        make_keyframes(path, **given)
