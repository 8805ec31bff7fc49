"""What a computer without power leaves: opened as it was, or refused and repaired."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dlst_gui.project import edits
from dlst_gui.project.errors import DamagedProjectError
from dlst_gui.project.history import EditHistory
from dlst_gui.project.store import ProjectStore
from tests.dlst_gui.project.power_loss_trials import VARIANTS, verdict_on
from tests.dlst_gui.project.random_edits import VIDEO, keyframe


@pytest.mark.parametrize("variant", VARIANTS)
def test_project_when_power_is_lost_then_opens_or_is_repaired(variant: str, tmp_path: Path) -> None:
    assert not verdict_on(variant, tmp_path, seed=1).startswith("LOST")


def test_open_when_pages_of_two_moments_are_mixed_then_is_refused_as_damaged(tmp_path: Path) -> None:
    path, mixed = tmp_path / "clip.dlst", tmp_path / "mixed.dlst"
    with ProjectStore.create(path, VIDEO) as store:
        project = store.read_project()
        history = EditHistory(project, store)
        history.do(edits.add_track(project, label="dog", color="#00ff00", keyframe=keyframe(0)))
        store._connection.execute("DELETE FROM keyframe_page")  # as if only the journal's page had been kept
        for part in (path, path.with_name("clip.dlst-wal")):
            shutil.copy(part, tmp_path / part.name.replace("clip", "mixed"))
    with ProjectStore.open(mixed) as store, pytest.raises(DamagedProjectError, match="latest steps do not fit"):
        EditHistory(store.read_project(), store)
