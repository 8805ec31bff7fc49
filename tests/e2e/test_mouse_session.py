from __future__ import annotations

import os
from ctypes.util import find_library
from dataclasses import replace
from pathlib import Path

import pytest

from dlst_gui.project.review import ReviewMark, ReviewSpan
from dlst_gui.project.tracks import Keyframe, Visibility
from dlst_gui.video.demo_clip import demo_clip
from tests.e2e.mouse_session.project_truth import HumanWork, StepError, check_same_work
from tests.e2e.mouse_session.replay import Stage, replay
from tests.e2e.mouse_session.virtual_screen import missing_programs
from tests.e2e.mouse_session.window_program import Looks
from tracker_core import Box

BOX = Keyframe(3, Box(1, 2, 30, 40))
WORK = HumanWork({(1, 3): BOX, (1, 9): replace(BOX, frame_index=9)}, {1: "object"}, {})


@pytest.mark.skipif("DLST_E2E" not in os.environ, reason="takes minutes, and a screen of its own: set DLST_E2E=1")
@pytest.mark.skipif(bool(missing_programs()), reason=f"not installed: {', '.join(missing_programs())}")
@pytest.mark.skipif(find_library("xcb-cursor") is None, reason="not installed: what Qt needs to open a window")
@pytest.mark.timeout(900)
def test_session_when_done_by_mouse_and_keys_then_no_work_is_lost(tmp_path: Path) -> None:
    clip = demo_clip()
    if clip is None:
        pytest.skip("this checkout lacks the program's clip")
    stage = Stage(tmp_path / "pictures", (1280, 800), Looks(), clip)
    replay(stage)
    assert len(list(stage.out.glob("[0-9]*.png"))) == stage.album.count > 30


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (replace(WORK, keyframes={(1, 3): BOX}), r"box on track 1, frame 9"),
        (replace(WORK, keyframes={**WORK.keyframes, (1, 4): BOX}), r"box on track 1, frame 4: expected None"),
        (
            replace(WORK, keyframes={**WORK.keyframes, (1, 3): replace(BOX, visibility=Visibility.OUTSIDE)}),
            r"box on track 1, frame 3",
        ),
        (replace(WORK, labels={1: "person"}), r"label of track 1: expected object, got person"),
        (replace(WORK, reviews={1: (ReviewSpan(1, 2, ReviewMark.BAD),)}), r"review marks of track 1"),
    ],
    ids=["a lost box", "a box nobody drew", "another visibility", "another label", "a mark nobody made"],
)
def test_check_when_work_is_not_what_it_was_then_it_names_the_difference(found: HumanWork, told: str) -> None:
    with pytest.raises(StepError, match=f"restarted: {told}"):
        check_same_work(WORK, found, "restarted")


def test_check_when_work_is_what_it_was_then_it_passes() -> None:
    check_same_work(WORK, replace(WORK, labels={1: "object"}), "restarted")
