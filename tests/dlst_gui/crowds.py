"""Several objects on the made-up clip, one of which a tracker loses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlst_gui.session.session import Session
from tests.dlst_gui.window_fakes import Workshop
from tests.fakes import FakeTracker
from tracker_core import AnyFrame, Box, TrackResult

BOXES = {1: Box(20, 20, 24, 24), 2: Box(20, 50, 24, 24), 3: Box(20, 80, 24, 24)}

Lose = Callable[..., None]
"""Which object, and on which frames, counted from its first box."""


def draw_crowd(session: Session) -> None:
    """Three objects with a box on the first frame."""
    for box in BOXES.values():
        session.selection.begin_new_track()
        session.set_box(0, box)


def letting_lose(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Lose:
    """Lets the trackers of chosen objects be lost; those of the others never are."""
    initialize = FakeTracker.initialize
    lost: dict[Box, frozenset[int]] = {}

    def noticed(tracker: FakeTracker, frame: AnyFrame, box: Box, **options: Any) -> TrackResult:
        tracker.lost_frames = lost.get(box, frozenset())
        return initialize(tracker, frame, box, **options)

    def lose(track_id: int, *frames: int) -> None:
        lost[BOXES[track_id]] = frozenset(frames)
        workshop.frame_delay_s = 0.012  # the window sees a part of the run, also on a busy machine
        monkeypatch.setattr(FakeTracker, "initialize", noticed)

    return lose
