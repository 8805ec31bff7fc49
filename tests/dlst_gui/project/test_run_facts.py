"""What runs were made with: kept, found again, and not believed blindly."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlst_gui.project import edits
from dlst_gui.project.errors import DamagedProjectError
from dlst_gui.project.history import EditHistory
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.project.run_facts import RunFacts, keep_run_facts, known_runs, next_run_id
from dlst_gui.project.store import ProjectStore
from dlst_gui.project.tracks import Prediction
from dlst_gui.session.current_project import CurrentProject
from dlst_gui.settings.program_version import program_version
from dlst_gui.tracking.tracker_factory import TrackerSettings, guide_sha256
from tests.dlst_gui.project.random_edits import VIDEO, block, keyframe
from tracker_core import Box, UpdateKind
from tracker_core.weights import stored_entry

FACTS = RunFacts("0.1.0", "dlst fast", "vgg-m", "ab" * 32, 7, "cpu")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A project whose boxes are from runs 1 and 2."""
    path = tmp_path / "clip.mp4.dlst"
    with ProjectStore.create(path, VIDEO) as store:
        project = store.read_project()
        history = EditHistory(project, store)
        history.do(edits.add_track(project, label="dog", color="#5cc8ff", keyframe=keyframe(0)))
        history.do(edits.record_predictions(project, 1, block(1, 3, run_id=1)))
        history.do(edits.record_predictions(project, 1, block(4, 6, run_id=2)))
    return path


def test_run_facts_when_kept_then_are_found_after_a_restart_and_only_for_their_run(path: Path) -> None:
    with ProjectStore.open(path) as store:
        keep_run_facts(store, 2, FACTS)
    with ProjectStore.open(path, read_only=True) as store:
        assert known_runs(store) == {2: FACTS}


def test_run_facts_when_their_boxes_are_gone_then_are_still_known(path: Path) -> None:
    with ProjectStore.open(path) as store:
        keep_run_facts(store, 10, FACTS)
        store.set_meta("view", {"frame": 3})
        assert known_runs(store) == {10: FACTS}


@pytest.mark.parametrize(
    "value",
    [
        3,
        {},
        {"program_version": "1", "system": 2, "weights": "", "weights_sha256": "", "seed": 0, "device": ""},
        {"program_version": "1", "system": "", "weights": "", "weights_sha256": "", "seed": -1, "device": ""},
        {
            **{"program_version": "1", "system": "", "weights": "", "weights_sha256": "", "seed": 0, "device": ""},
            "guide": 4,
        },
    ],
    ids=["a number", "empty", "a number for a name", "a negative seed", "a number for a guide"],
)
def test_run_facts_when_they_make_no_sense_then_the_project_is_damaged(path: Path, value: object) -> None:
    with ProjectStore.open(path) as store:
        store.set_meta("run 1", value)
        with pytest.raises(DamagedProjectError, match=path.name):
            known_runs(store)


def test_run_facts_when_it_is_unclear_of_which_run_then_the_project_is_damaged(path: Path) -> None:
    with ProjectStore.open(path) as store:
        keep_run_facts(store, 1, FACTS)
        store.set_meta("run one", store.meta("run 1"))
        with pytest.raises(DamagedProjectError, match=path.name):
            known_runs(store)


@pytest.mark.parametrize(("preset", "weights"), [("dlst-studio", "studio"), ("dlst", "default")])
def test_desk_when_a_run_is_remembered_then_has_system_weights_hash_and_seed(
    path: Path, preset: str, weights: str
) -> None:
    entry = stored_entry(weights)
    assert entry is not None
    opener = ProjectOpener(path.parent)
    current_project = CurrentProject(opener)
    current_project.take(opener.open_for(VIDEO, path=path))
    current_project.remember_run(1, TrackerSettings(preset, speed="fast", seed=5))
    assert current_project.run_facts() == {
        1: RunFacts(program_version(), f"{preset} fast", weights, entry.sha256, 5, "cpu"),
    }
    current_project.close()
    assert current_project.run_facts() == {}


def test_desk_when_weights_are_not_stored_then_their_hash_is_unknown(path: Path) -> None:
    opener = ProjectOpener(path.parent)
    current_project = CurrentProject(opener)
    current_project.take(opener.open_for(VIDEO, path=path))
    current_project.remember_run(1, TrackerSettings(backbone="some/weights.mat"))
    assert current_project.run_facts()[1].weights_sha256 == ""
    current_project.close()


def test_next_run_id_when_boxes_of_the_latest_run_are_gone_then_is_still_none_of_the_past(path: Path) -> None:
    """Undo may bring them back, and two runs of one id would share what they were made with."""
    with ProjectStore.open(path) as store:
        project = store.read_project()
        assert next_run_id(store) == 3
        keep_run_facts(store, 7, FACTS)
        EditHistory(project, store).do(edits.remove_track(project, 1))
        assert next_run_id(store) == 8


def test_run_facts_when_there_was_a_guide_then_it_is_kept_with_its_hash(path: Path) -> None:
    opener = ProjectOpener(path.parent)
    current_project = CurrentProject(opener)
    current_project.take(opener.open_for(VIDEO, path=path))
    current_project.remember_run(1, TrackerSettings(speed="fast", guide="fear-xs"))
    facts = current_project.run_facts()[1]
    current_project.close()
    assert (facts.system, facts.guide) == ("dlst-studio fast +fear-xs", "fear-xs")
    assert facts.guide_sha256 == guide_sha256("fear-xs") != ""


def test_run_facts_when_they_are_from_before_there_were_guides_then_there_was_none(path: Path) -> None:
    before = {"program_version": "0.1.0", "system": "dlst fast", "weights": "vgg-m"}
    with ProjectStore.open(path) as store:
        store.set_meta("run 1", {**before, "weights_sha256": "ab" * 32, "seed": 7, "device": "cpu"})
        assert known_runs(store) == {1: FACTS}
        keep_run_facts(store, 2, FACTS)
        assert store.meta("run 2") == store.meta("run 1")  # as before, where there is no guide


@pytest.mark.parametrize(
    ("settings", "is_measured"),
    [
        (TrackerSettings(speed="fast"), True),
        (TrackerSettings(), True),
        (TrackerSettings(backbone="some/weights.mat", speed="fast"), False),
        (TrackerSettings("dlst", speed="fast"), False),
    ],
    ids=["fast", "exact", "other-weights", "other-system"],
)
def test_wrong_share_when_system_and_weights_are_those_that_were_measured_then_is_known(
    path: Path, settings: TrackerSettings, is_measured: bool
) -> None:
    opener = ProjectOpener(path.parent)
    current_project = CurrentProject(opener)
    current_project.take(opener.open_for(VIDEO, path=path))
    current_project.remember_run(7, settings)
    share = current_project.wrong_share(Prediction(0, Box(1, 2, 3, 4), 2.0, True, 7, UpdateKind.NONE))
    assert (share is not None) == is_measured
    current_project.close()
