from __future__ import annotations

import pytest

from dlst_gui.project.model import Keyframe, Prediction, Track
from tracker_core import Box, UpdateKind

HUMAN = Box(1, 2, 30, 40)
TRACKED = Box(5, 6, 31, 41)


def prediction(frame_index: int) -> Prediction:
    return Prediction(frame_index, TRACKED, 3.0, True, 1, UpdateKind.NONE)


@pytest.fixture
def track() -> Track:
    """Human boxes on 0 and 20, predictions on all others up to 29."""
    made = Track()
    for index in (0, 20):
        made.set_keyframe(Keyframe(index, HUMAN))
    for index in range(1, 30):
        if index != 20:
            made.add_prediction(prediction(index))
    return made


def test_add_prediction_when_a_human_box_is_there_then_the_human_box_is_shown(track: Track) -> None:
    track.add_prediction(prediction(20))
    assert track.shown_box(20) == HUMAN
    assert track.shown_box(19) == TRACKED


def test_set_keyframe_when_between_two_then_predictions_up_to_the_next_are_superseded(track: Track) -> None:
    track.set_keyframe(Keyframe(10, HUMAN))
    assert sorted(track.predictions) == [*range(1, 11), *range(21, 30)]
    assert track.keyframe_indices == (0, 10, 20)


def test_remove_keyframe_when_it_is_the_last_then_its_predictions_go_and_those_before_stay(track: Track) -> None:
    track.remove_keyframe(20)
    assert sorted(track.predictions) == list(range(1, 20))
    assert track.shown_box(20) is None


def test_remove_keyframe_when_there_is_none_then_it_says_so(track: Track) -> None:
    with pytest.raises(KeyError):
        track.remove_keyframe(7)


@pytest.mark.parametrize(
    ("frame_index", "at_or_before", "after"), [(0, 0, 20), (7, 0, 20), (20, 20, None), (25, 20, None)]
)
def test_keyframe_neighbours_when_asked_then_the_nearest_are_given(
    track: Track, frame_index: int, at_or_before: int, after: int | None
) -> None:
    left, right = track.keyframe_at_or_before(frame_index), track.keyframe_after(frame_index)
    assert left is not None
    assert left.frame_index == at_or_before
    assert (right.frame_index if right else None) == after


def test_is_predicted_from_when_a_human_box_follows_then_only_up_to_it(track: Track) -> None:
    track.set_keyframe(Keyframe(18, HUMAN))
    assert track.is_predicted_from(18) is True, "the prediction on its own frame stays"
    assert Track().is_predicted_from(0) is False
