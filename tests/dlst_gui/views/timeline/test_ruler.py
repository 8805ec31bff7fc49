from __future__ import annotations

import pytest

from dlst_gui.views.timeline.ruler import MINOR_DISTANCE, TICK_DISTANCE, TickSteps, tick_steps


@pytest.mark.parametrize(
    ("points_per_frame", "steps"),
    [
        (200, TickSteps(1, 1)),
        (64, TickSteps(2, 1)),
        (13, TickSteps(10, 1)),
        (1, TickSteps(200, 50)),
        (0.01, TickSteps(20_000, 5000)),
    ],
)
def test_tick_steps_when_zoomed_then_are_round(points_per_frame: float, steps: TickSteps) -> None:
    assert tick_steps(points_per_frame) == steps


def test_tick_steps_at_any_zoom_then_labels_have_room_and_lie_on_ticks() -> None:
    for i in range(-60, 50):
        points_per_frame = 1.13**i
        steps = tick_steps(points_per_frame)
        assert steps.major * points_per_frame >= TICK_DISTANCE
        assert steps.minor * points_per_frame >= MINOR_DISTANCE
        assert steps.major % steps.minor == 0


def test_tick_steps_when_labels_are_long_then_they_have_room() -> None:
    distance = TICK_DISTANCE + 40
    for i in range(-60, 50):
        points_per_frame = 1.13**i
        assert tick_steps(points_per_frame, distance).major * points_per_frame >= distance
