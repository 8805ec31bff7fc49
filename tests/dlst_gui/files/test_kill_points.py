"""A few of the kill points that `python -m tests.dlst_gui.files.kill_points` tries."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from tests.dlst_gui.files.kill_cases import Case, all_cases
from tests.dlst_gui.files.kill_points import KillPoint, of_python, tried

STEP = 11
"""Odd, so that both moments are among them."""


def _some(case: Case, folder: Path) -> Iterator[KillPoint]:
    return islice(of_python(case, folder), 1, None, STEP)


@pytest.mark.parametrize(
    "title",
    ["csv, over an earlier one", "yolo with images, over an earlier one", "track, new", "import, into a project"],
)
def test_next_start_when_a_writer_was_killed_then_all_is_old_or_all_is_new(
    title: str, made_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _handle: None)
    project = made_once / "clip.mp4.dlst"
    case = next(case for case in all_cases(project) if case.title == title)
    outcome = tried(case, tmp_path / "out", _some)
    assert outcome.problems == ()
