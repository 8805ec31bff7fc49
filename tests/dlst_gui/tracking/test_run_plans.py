"""Which frames a run is asked to track, whatever people and earlier runs have left in the project."""

from __future__ import annotations

import pytest

from dlst_gui.project.edits import add_track, set_keyframe
from dlst_gui.project.project import Project
from dlst_gui.project.tracks import Keyframe, Visibility
from dlst_gui.project.video_identity import VideoIdentity
from dlst_gui.tracking.run_plans import PlanError, plan_between, plan_one_way, plan_to
from dlst_gui.tracking.tracking_run import Direction
from tracker_core import Box

BOX = Box(10, 20, 30, 40)
LAST = 99
OUTSIDE = Visibility.OUTSIDE


def project(*tracks: dict[int, Visibility]) -> Project:
    """Each track with manual boxes on these frames."""
    made = Project(VideoIdentity("clip.mp4", LAST + 1, 640, 360, 1))
    for number, keyframes in enumerate(tracks, start=1):
        made.apply(*add_track(made, label="dog", color="#5cc8ff").changes)
        for index, visibility in keyframes.items():
            made.apply(*set_keyframe(made, number, Keyframe(index, BOX, visibility)).changes)
    return made


SEEN = Visibility.VISIBLE
TWO = {10: SEEN, 40: SEEN}


@pytest.mark.parametrize(
    ("keyframes", "here", "direction", "expected"),
    [
        (TWO, 25, Direction.FORWARD, (10, LAST)),
        (TWO, 40, Direction.FORWARD, (40, LAST)),
        (TWO, 5, Direction.FORWARD, (10, LAST)),
        (TWO, 25, Direction.BACKWARD, (40, 0)),
        (TWO, 10, Direction.BACKWARD, (10, 0)),
        (TWO, 60, Direction.BACKWARD, (40, 0)),
        ({10: SEEN, 50: OUTSIDE}, 20, Direction.FORWARD, (10, 49)),
        ({10: SEEN, 50: OUTSIDE, 70: SEEN, 80: SEEN}, 90, Direction.BACKWARD, (80, 70)),
    ],
    ids=[
        "from-the-box-behind",
        "from-here",
        "from-the-first-box-ahead",
        "backward-from-the-box-ahead",
        "backward-from-here",
        "backward-from-the-last-box",
        "until-it-leaves",
        "backward-until-it-came-in",
    ],
)
def test_plan_one_way_then_goes_from_the_nearest_manual_box_to_where_the_object_ends(
    keyframes: dict[int, Visibility], here: int, direction: Direction, expected: tuple[int, int]
) -> None:
    plan = plan_one_way(
        project(keyframes), [1], here, direction=direction, last_frame=LAST, stops_at_keyframe=False
    )
    (request,) = plan.requests
    assert (request.start_frame, request.stop_frame) == expected
    assert set(request.keyframes) == {i for i, visibility in keyframes.items() if visibility is not OUTSIDE}


@pytest.mark.parametrize(
    ("keyframes", "here", "direction", "words"),
    [
        ({}, 5, Direction.FORWARD, "Drag a box"),
        ({LAST: SEEN}, LAST, Direction.FORWARD, "nothing to track after"),
        ({0: SEEN}, 0, Direction.BACKWARD, "nothing to track before"),
        ({10: SEEN, 50: OUTSIDE}, 60, Direction.FORWARD, "outside from frame 50"),
        ({10: SEEN, 11: OUTSIDE}, 10, Direction.FORWARD, "nothing to track after"),
        ({10: SEEN, 50: OUTSIDE, 70: SEEN}, 70, Direction.BACKWARD, "nothing to track before"),
    ],
    ids=["no-box", "last-frame", "first-frame", "outside", "leaves-at-once", "was-outside-before"],
)
def test_plan_one_way_when_there_is_nothing_to_track_then_says_why(
    keyframes: dict[int, Visibility], here: int, direction: Direction, words: str
) -> None:
    with pytest.raises(PlanError, match=words):
        plan_one_way(project(keyframes), [1], here, direction=direction, last_frame=LAST, stops_at_keyframe=False)


def test_plan_one_way_when_some_tracks_cannot_be_tracked_then_the_others_are() -> None:
    made = project({0: SEEN}, {}, {3: SEEN})
    plan = plan_one_way(made, [1, 2, 3], 5, direction=Direction.FORWARD, last_frame=LAST, stops_at_keyframe=True)
    assert plan.track_ids == {1, 3}
    assert all(request.stops_at_keyframe for request in plan.requests)


@pytest.mark.parametrize("here", [10, 25, 40], ids=["first", "between", "last"])
def test_plan_between_then_both_ways_meet_all_frames_of_the_gap(here: int) -> None:
    plan = plan_between(project(TWO), 1, here)
    forward, backward = plan.requests
    assert (forward.start_frame, forward.stop_frame) == (10, 39)
    assert (backward.start_frame, backward.stop_frame) == (40, 11)
    assert plan.is_bidirectional


@pytest.mark.parametrize(
    ("keyframes", "here", "words"),
    [
        ({10: SEEN}, 20, "before this frame and one after"),
        ({10: SEEN}, 10, "before this frame and one after"),
        ({10: SEEN, 11: SEEN}, 10, "adjacent"),
        ({10: SEEN, 40: OUTSIDE}, 20, "outside"),
    ],
)
def test_plan_between_when_it_is_no_gap_then_says_why(
    keyframes: dict[int, Visibility], here: int, words: str
) -> None:
    with pytest.raises(PlanError, match=words):
        plan_between(project(keyframes), 1, here)


@pytest.mark.parametrize(
    ("here", "to_frame", "expected"),
    [
        (10, 30, (10, 30)),
        (25, 30, (10, 30)),
        (25, 20, (40, 20)),
        (5, 8, (10, 8)),
        (60, 50, (40, 50)),
        (25, 25, (10, 25)),
    ],
    ids=[
        "from-here",
        "from-the-box-behind",
        "backward",
        "before-the-first-box",
        "back-but-after-the-last-box",
        "here",
    ],
)
def test_plan_to_then_goes_from_a_manual_box_to_the_frame(
    here: int, to_frame: int, expected: tuple[int, int]
) -> None:
    plan = plan_to(project(TWO), 1, here, to_frame, stops_at_keyframe=False)
    (request,) = plan.requests
    assert (request.start_frame, request.stop_frame) == expected
    assert plan.to_frame == to_frame


def test_plan_to_when_the_object_leaves_on_the_way_then_ends_before() -> None:
    plan = plan_to(project({10: SEEN, 50: OUTSIDE}), 1, 10, 70, stops_at_keyframe=False)
    assert plan.requests[0].stop_frame == 49


def test_plan_to_when_the_object_leaves_only_later_then_ends_on_the_frame() -> None:
    plan = plan_to(project({10: SEEN, 50: OUTSIDE}), 1, 10, 30, stops_at_keyframe=False)
    assert plan.requests[0].stop_frame == 30


def test_plan_to_when_the_run_would_begin_on_the_frame_then_says_so() -> None:
    with pytest.raises(PlanError, match="Frame 10"):
        plan_to(project(TWO), 1, 10, 10, stops_at_keyframe=False)
