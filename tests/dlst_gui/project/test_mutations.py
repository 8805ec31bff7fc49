"""Damaged projects: read, or refused by name; never anything else."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from dlst_gui.project.choices import Choice, UndecidedProjectError
from dlst_gui.project.opening import ProjectOpener
from tests.dlst_gui.project.mutation_trials import damaged_copies, faults_of, made_project, with_broken_schema
from tests.dlst_gui.project.random_edits import VIDEO


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return made_project(tmp_path_factory.mktemp("whole") / "whole.dlst")


def test_project_when_it_is_damaged_then_only_our_errors_come_of_it(whole: bytes, tmp_path: Path) -> None:
    counts: Counter[str] = Counter()
    for name, copy in damaged_copies(whole, 18):
        assert faults_of(tmp_path / "copy.dlst", copy, counts) == [], name
    assert counts["taken by salvage"] > 10


@pytest.mark.parametrize("seed", range(4))
def test_open_when_the_text_of_the_schema_is_broken_then_offers_to_repair(
    whole: bytes, tmp_path: Path, seed: int
) -> None:
    path = tmp_path / "clip.dlst"
    path.write_bytes(with_broken_schema(whole, seed))
    with pytest.raises(UndecidedProjectError) as raised:
        ProjectOpener(tmp_path).open_for(VIDEO, path=path)
    assert Choice.REPAIR in raised.value.choices
    repaired = ProjectOpener(tmp_path).open_for(VIDEO, path=path, choice=Choice.REPAIR)
    assert repaired.project.tracks()
    repaired.store.close()
