from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlst_gui.api import SavedProject, open_project


@pytest.fixture
def project_path(made_once: Path, tmp_path: Path) -> Path:
    """`made_project` in a folder of the test's own, beside its video."""
    shutil.copytree(made_once, tmp_path / "project")
    return tmp_path / "project" / "clip.mp4.dlst"


@pytest.fixture
def project(project_path: Path) -> Iterator[SavedProject]:
    with open_project(project_path) as opened:
        yield opened


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An empty folder to export into."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder
