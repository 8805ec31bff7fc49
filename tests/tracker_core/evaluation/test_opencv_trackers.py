import os

import cv2
import numpy as np
import pytest

from tracker_core import Box, TrackerInputError, UpdateKind
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.opencv_trackers import OpenCvTracker
from tracker_core.evaluation.peer_names import OPENCV_TRACKERS


class RollingTexture:
    """A textured scene that moves right by two pixels a frame: these trackers need texture."""

    frame_count = 8

    def __init__(self) -> None:
        noise = np.random.default_rng(0).integers(0, 255, (120, 160, 3), dtype=np.uint8)
        self._scene = cv2.GaussianBlur(noise, (0, 0), 3)

    def read(self, frame_index: int) -> np.ndarray:
        return np.roll(self._scene, 2 * frame_index, axis=1)

    def box(self, frame_index: int) -> Box:
        return Box(20 + 2 * frame_index, 30, 40, 30)


VIDEO = RollingTexture()

installed = pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name,
            marks=pytest.mark.skipif(
                not hasattr(cv2, function), reason="opencv-contrib-python-headless is not here"
            ),
        )
        for name, function in OPENCV_TRACKERS.items()
    ],
)


def follow(name: str) -> list[Box]:
    tracker = OpenCvTracker(name, seed=3)
    tracker.initialize(VIDEO.read(0), VIDEO.box(0))
    return [tracker.track(VIDEO.read(index)).box for index in range(1, VIDEO.frame_count)]


@installed
def test_track_when_square_moves_then_box_follows(name: str) -> None:
    assert follow(name)[-1].iou(VIDEO.box(VIDEO.frame_count - 1)) > 0.6


@installed
@pytest.mark.skipif(os.name != "posix", reason="MIL cannot be seeded on Windows")
def test_track_when_run_twice_then_boxes_are_equal(name: str) -> None:
    assert follow(name) == follow(name)


@installed
def test_correct_when_called_then_goes_on_from_the_manual_box(name: str) -> None:
    tracker = OpenCvTracker(name)
    tracker.initialize(VIDEO.read(0), Box(90, 80, 40, 30))
    result = tracker.correct(VIDEO.read(1), VIDEO.box(1))
    assert (result.box, result.update) == (VIDEO.box(1), UpdateKind.CORRECTION)
    assert tracker.track(VIDEO.read(2)).box.iou(VIDEO.box(2)) > 0.6


class BlindTracker:
    """What OpenCV answers when it has lost the target."""

    def init(self, image: np.ndarray, rectangle: tuple[int, int, int, int]) -> None:
        self.rectangle = rectangle

    def update(self, image: np.ndarray) -> tuple[bool, tuple[int, int, int, int]]:
        return False, (0, 0, 0, 0)


def test_track_when_the_target_is_lost_then_the_last_box_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "TrackerMIL_create", BlindTracker)
    tracker = OpenCvTracker("mil")
    tracker.initialize(VIDEO.read(0), VIDEO.box(0))
    result = tracker.track(VIDEO.read(1))
    assert (result.box, result.is_found, result.score) == (VIDEO.box(0), False, -1.0)


def test_create_when_the_contrib_modules_are_missing_then_names_the_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(cv2, "TrackerCSRT_create", raising=False)
    with pytest.raises(EvaluationError, match=r"no CSRT: .*pip install opencv-contrib-python-headless"):
        OpenCvTracker("csrt")


def test_create_when_the_name_is_unknown_then_lists_the_known() -> None:
    with pytest.raises(EvaluationError, match="unknown OpenCV tracker 'tld'; there are csrt, mil, kcf"):
        OpenCvTracker("tld")


@pytest.mark.parametrize(
    "box", [Box(500, 10, 20, 20), Box(10, 10, 0, 20), Box(10, 10, 4, 4)], ids=["outside", "empty", "tiny"]
)
def test_initialize_when_the_box_cannot_be_used_then_says_so(box: Box) -> None:
    with pytest.raises(TrackerInputError, match=r"Box\(x="):
        OpenCvTracker("mil").initialize(VIDEO.read(0), box)


def test_track_when_not_initialized_then_says_so() -> None:
    with pytest.raises(TrackerInputError, match="call initialize before track"):
        OpenCvTracker("mil").track(VIDEO.read(0))
