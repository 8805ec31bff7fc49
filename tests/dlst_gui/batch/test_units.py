from __future__ import annotations

from dataclasses import replace

import pytest

from dlst_gui.batch.unit_result import UnitResult
from dlst_gui.batch.units import BatchObject, ManualBox, PreparedVideo
from dlst_gui.project.run_facts import RunFacts
from dlst_gui.project.tracks import Visibility
from dlst_gui.project.video_identity import Fingerprint, VideoIdentity
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.tracking.tracking_run import Direction, FrameTracked
from tracker_core import Box, TrackResult, UpdateKind

SETTINGS = TrackerSettings()
FACTS = RunFacts("1", "dlst-studio", "studio", "ab", 0, "cpu")
VIDEO = VideoIdentity("/a.mp4", 100, 64, 48, 5, (Fingerprint(0, "aa"),))


def given(frame: int, visibility: Visibility = Visibility.VISIBLE) -> ManualBox:
    return ManualBox(frame, (1.0 + frame, 2.0, 3.0, 4.0), visibility)


def made(*boxes: ManualBox, last_frame: int = 99) -> BatchObject:
    return BatchObject(1, "dog", boxes, last_frame, SETTINGS, is_new=True)


def prepared(each: BatchObject) -> PreparedVideo:
    return PreparedVideo(VIDEO, (each,), {SETTINGS: FACTS})


def spans(each: BatchObject) -> list[tuple[int, int]]:
    return [(request.start_frame, request.stop_frame) for request in each.requests()]


def test_requests_when_there_is_one_box_then_it_goes_on_to_the_end() -> None:
    assert spans(made(given(10))) == [(10, 99)]


def test_requests_when_there_are_several_boxes_then_each_gap_is_tracked_from_both_sides() -> None:
    each = made(given(10), given(20), given(21), given(60))

    assert spans(each) == [(10, 19), (20, 11), (21, 59), (60, 22), (60, 99)]
    assert all(set(request.keyframes) == {10, 20, 21, 60} for request in each.requests())


def test_requests_when_the_object_goes_outside_then_it_is_not_tracked_there() -> None:
    each = made(given(10), given(20, Visibility.OUTSIDE), given(40), given(50, Visibility.OCCLUDED))

    assert spans(each) == [(10, 19), (40, 49), (50, 41), (50, 99)]
    assert set(each.keyframes) == {10, 40, 50}


def test_requests_when_all_frames_are_given_then_there_is_nothing_to_do() -> None:
    assert spans(made(given(98), given(99))) == []


def test_key_when_something_that_boxes_depend_on_differs_then_so_does_the_key() -> None:
    (unit,) = prepared(made(given(10))).units()
    others = [
        replace(unit, video=replace(VIDEO, fingerprints=(Fingerprint(0, "bb"),))),
        replace(unit, facts=replace(FACTS, seed=1)),
        replace(unit, facts=replace(FACTS, weights_sha256="cd")),
        replace(unit, settings=replace(SETTINGS, threads=2)),
        replace(unit, request=replace(unit.request, stop_frame=98)),
        replace(unit, request=replace(unit.request, keyframes={10: Box(1, 2, 3, 4)})),
    ]
    same = replace(unit, video=replace(VIDEO, path="/elsewhere.mp4"), label="cat")

    assert same.key == unit.key
    assert len({unit.key, *(each.key for each in others)}) == 1 + len(others)


def tracked(frame: int) -> FrameTracked:
    result = TrackResult(Box(0.1 * frame, 2, 3, 4), -0.3, False, update=UpdateKind.LONG_TERM)
    return FrameTracked(0, frame, result, frame == 10, 0.25, 1, Direction.FORWARD)


def test_result_when_it_is_written_and_read_then_nothing_is_lost() -> None:
    result = UnitResult.of("key", [tracked(10), tracked(11), tracked(12)], "cut short")

    read = UnitResult.from_bytes(result.to_bytes(), "key")

    assert read.results() == {11: tracked(11).result, 12: tracked(12).result}
    assert (read.seconds, read.problem) == (0.5, "cut short")


@pytest.mark.parametrize("damage", ["cut", "changed", "header", "empty"])
def test_result_when_its_bytes_are_damaged_then_it_is_not_read(damage: str) -> None:
    data = UnitResult.of("key", [tracked(10), tracked(11)], "").to_bytes()
    damaged = {"cut": data[:-5], "changed": data[:-1] + b"\xff", "header": data[5:], "empty": b""}[damage]

    with pytest.raises(ValueError):  # noqa: PT011 - one of several
        UnitResult.from_bytes(damaged, "key")


def test_result_when_it_is_of_another_unit_then_it_is_not_read() -> None:
    with pytest.raises(ValueError, match="another unit"):
        UnitResult.from_bytes(UnitResult.of("key", [tracked(10)], "").to_bytes(), "other")


def test_result_when_a_problem_is_long_in_any_script_then_it_is_read() -> None:
    data = UnitResult.of("key", [tracked(10), tracked(11)], "\N{GRINNING FACE}" * 5000).to_bytes()

    assert UnitResult.from_bytes(data, "key").problem == "\N{GRINNING FACE}" * 1000
