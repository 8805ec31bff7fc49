"""OpenCV's trackers that run a network: NanoTrack and VitTrack, with the files of the guides of that name.

`TrackerVit` normalises pixels wrongly in every version since 4.11 that is known (up to 5.0.0): it divides by a
`cv::Scalar`, which OpenCV takes for a quaternion, so that two channels change their sign. Deviations that undo it
are wrong where it does not happen; which of both is right is tried out, on a made picture against our own engine.
Source: findings/opencv_network_trackers.sh.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from typing import Protocol

import cv2
import numpy as np

from tracker_core.box import Box
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.peer_names import OPENCV_NETWORKS
from tracker_core.guides.network import GuideNetwork
from tracker_core.tracker import Frame
from tracker_core.weights.guide_store import load_guide, stored_networks

Rectangle = tuple[int, int, int, int]


class Cv2Tracker(Protocol):
    """What all of OpenCV's trackers have; pictures are BGR."""

    def init(self, image: Frame, boundingBox: Rectangle) -> None:  # noqa: N803 - OpenCV's name
        """Start on a box of whole pixels."""
        ...

    def update(self, image: Frame) -> tuple[bool, Rectangle]:
        """Whether the target is found, and where."""
        ...

    def getTrackingScore(self) -> float:  # noqa: N802 - OpenCV's name
        """How sure it is."""
        ...


Deviations = tuple[float, float, float, float]

_SIDE = 160  # pixels of the made picture


def network_tracker(name: str) -> Callable[[], Cv2Tracker]:
    """What makes one of `OPENCV_NETWORKS` anew.

    Raises:
        EvaluationError: this OpenCV does not have it.
        WeightsError: its network is not here, or damaged.
    """
    class_name = {"opencv-nano": "TrackerNano", "opencv-vit": "TrackerVit"}[name]
    if not hasattr(cv2, class_name):
        raise EvaluationError(f"this OpenCV has no {class_name}: install opencv-python-headless 4.9 or later")
    guide = load_guide(OPENCV_NETWORKS[name], threads=1)  # its files are as they should be
    paths = {name: str(path) for name, path in stored_networks(guide.description).items()}
    if name == "opencv-nano":
        return partial(_made, class_name, {"backbone": paths["backbone"], "neckhead": paths["head"]})
    return partial(
        _made, class_name, {"net": paths["whole"], "stdvalue": _right_deviations(paths["whole"], guide)}
    )


def _made(class_name: str, parameters: Mapping[str, object]) -> Cv2Tracker:
    chosen = getattr(cv2, f"{class_name}_Params")()
    for name, value in parameters.items():
        setattr(chosen, name, value)
    with _quiet():
        tracker: Cv2Tracker = getattr(cv2, f"{class_name}_create")(chosen)
    return tracker


@cache
def _right_deviations(network: str, guide: GuideNetwork) -> Deviations:
    """Those with which OpenCV is about as sure as our own engine that a picture shows what it showed before."""
    picture = _texture()
    corner, side = _SIDE * 3 // 8, _SIDE // 4
    box = Box(corner, corner, side, side)
    answer = guide.propose(picture, box, [guide.template(picture, box)])
    expected = float(answer.ratings[answer.best])

    def difference(deviations: Deviations) -> float:
        tracker = _made("TrackerVit", {"net": network, "stdvalue": deviations})
        bgr = np.ascontiguousarray(picture[:, :, ::-1])
        tracker.init(bgr, (corner, corner, side, side))
        tracker.update(bgr)
        return abs(tracker.getTrackingScore() - expected)

    red, green, blue = (deviation / 255 for deviation in guide.description.pixels.deviation)
    # The quaternion whose inverse is that of each of them.
    norm = 1 / red**2 + 1 / green**2 + 1 / blue**2
    undone = (1 / red / norm, -1 / green / norm, -1 / blue / norm, 0.0)
    return min(((red, green, blue, 0.0), undone), key=difference)


def _texture() -> Frame:
    noise = np.random.default_rng(0).integers(0, 256, (_SIDE, _SIDE, 3), dtype=np.uint8)
    soft = cv2.GaussianBlur(noise, (0, 0), 2).astype(np.float32)
    return np.asarray((soft - soft.min()) / np.ptp(soft) * 255, dtype=np.uint8)


@contextmanager
def _quiet() -> Iterator[None]:
    """OpenCV 5 warns at every network that it does not choose where it runs."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)
