"""A guide alone as a tracker: made ones, and the real ones where their networks are at hand."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.tracker_core.guides.made_guide import made_guide, peer_files
from tests.tracker_core.moving_squares import SIDE, scene, square
from tracker_core import Box, Frame, Tracker, TrackerInputError, UpdateKind
from tracker_core.evaluation.otb import otb_rows, score_sequence
from tracker_core.guides.guide_tracker import GuideTracker
from tracker_core.guides.network import GuideNetwork
from tracker_core.weights.guide_store import guide_description

START = square(84, 56)


def started() -> Tracker:
    tracker = GuideTracker(made_guide())
    tracker.initialize(scene(START), START)
    return tracker


def test_track_when_the_target_moves_then_follows_and_is_sure() -> None:
    tracker, middle = started(), SIDE / 2
    # The made guide's cells lie half a square beside the middle of what is searched: so it drifts by half of one.
    result = tracker.track(scene(START.shifted(middle, middle)))
    assert result.box.iou(START.shifted(middle, middle)) > 0.99
    assert (result.is_found, result.score > 0) == (True, True)


def test_track_when_the_target_is_gone_then_says_lost_and_stays_inside() -> None:
    tracker = started()
    results = [tracker.track(scene()) for _ in range(20)]
    assert not any(result.is_found for result in results)
    assert all(0 <= result.box.center[0] <= 200 and 0 <= result.box.center[1] <= 140 for result in results)


def test_correct_when_called_then_starts_again_from_the_manual_box() -> None:
    tracker, shifted = started(), START.shifted(-SIDE / 2, -SIDE / 2)
    result = tracker.correct(scene(shifted, seed=2), shifted)
    assert (result.box, result.score, result.update) == (shifted, math.inf, UpdateKind.CORRECTION)
    assert tracker.track(scene(START, seed=2)).box.iou(START) > 0.99


@pytest.mark.parametrize("box", [Box(500, 10, 20, 20), Box(10, 10, 0, 20), Box(10, 10, math.nan, 4)])
def test_initialize_when_the_box_cannot_be_used_then_says_so_and_goes_on(box: Box) -> None:
    tracker = started()
    with pytest.raises(TrackerInputError, match=r"the box .* lies outside|expected a box"):
        tracker.initialize(scene(START), box)
    moved = START.shifted(SIDE / 2, SIDE / 2)
    assert tracker.track(scene(moved)).box.iou(moved) > 0.99


def test_track_when_not_initialized_then_says_so() -> None:
    with pytest.raises(TrackerInputError, match="call initialize before track"):
        GuideTracker(made_guide()).track(scene(START))


@pytest.fixture(scope="module")
def peers(data_root: Path) -> Path:
    folder = data_root / "peers"
    if not folder.is_dir():
        pytest.skip(f"no test data: {folder} does not exist")
    return folder


def frames(folder: Path) -> Iterator[Frame]:
    for path in sorted((folder / "img").glob("*.jpg")):
        picture = cv2.imread(str(path))
        assert picture is not None
        yield np.ascontiguousarray(picture[:, :, ::-1]).astype(np.uint8, copy=False)


def truth(folder: Path) -> np.ndarray:
    return np.loadtxt((folder / "groundtruth_rect.txt").read_text().replace(",", " ").splitlines())


def auc(tracker: Tracker, folder: Path) -> float:
    rows = truth(folder)
    pictures = frames(folder)
    boxes = [tracker.initialize(next(pictures), Box.from_xywh(rows[0]).shifted(-1, -1)).box]
    boxes += [tracker.track(picture).box for picture in pictures]
    return score_sequence(folder.name, otb_rows(boxes), rows).auc


def real_tracker(peers: Path, name: str) -> Tracker:
    description = guide_description(name)
    return GuideTracker(GuideNetwork(description, peer_files(peers, description), threads=1))


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "sequence", "expected"),
    [
        ("nanotrack-v2", "DragonBaby", 0.70),
        ("nanotrack-v3", "Crossing", 0.71),
        ("nanotrack-v3", "DragonBaby", 0.71),
        ("vittrack", "DragonBaby", 0.76),
        ("fear-xs", "Crossing", 0.74),
        ("fear-xs", "DragonBaby", 0.77),
    ],
)
def test_real_guide_when_it_tracks_then_is_as_good_as_measured(
    peers: Path, sequences: Path, name: str, sequence: str, expected: float
) -> None:
    assert auc(real_tracker(peers, name), sequences / sequence) == pytest.approx(expected, abs=0.04)


@pytest.mark.data
def test_nanotrack_v2_when_compared_with_opencvs_class_then_boxes_agree(peers: Path, sequences: Path) -> None:
    """OpenCV rounds its crops, feeds RGB and penalises wrongly: boxes agree, but not to the pixel."""
    parameters = cv2.TrackerNano_Params()
    parameters.backbone, parameters.neckhead = (
        str(peers / f"nanotrack_v2_{part}.onnx") for part in ("backbone", "head")
    )
    theirs, ours = cv2.TrackerNano_create(parameters), real_tracker(peers, "nanotrack-v2")
    folder = sequences / "DragonBaby"
    start = Box.from_xywh(np.round(truth(folder)[0])).shifted(-1, -1)
    overlaps = []
    for number, picture in enumerate(frames(folder)):
        if number == 0:
            theirs.init(picture[:, :, ::-1].copy(), tuple(int(side) for side in start))
            ours.initialize(picture, start)
            continue
        _, rectangle = theirs.update(picture[:, :, ::-1].copy())
        overlaps.append(ours.track(picture).box.iou(Box.from_xywh(rectangle)))
    assert np.median(overlaps) > 0.75
