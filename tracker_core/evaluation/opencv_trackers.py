"""OpenCV's own trackers behind this project's `Tracker`, to compare with on the same frames.

MIL is part of every OpenCV; CSRT and KCF are in its contrib modules; NanoTrack and VitTrack need their networks.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import cv2
import numpy as np

from tracker_core.box import Box
from tracker_core.cropping import whole_frame
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.opencv_networks import Cv2Tracker, Rectangle, network_tracker
from tracker_core.evaluation.peer_names import OPENCV_NETWORKS, OPENCV_TRACKERS
from tracker_core.tracker import (
    AnyFrame,
    Example,
    Frame,
    OnProgress,
    ShouldCancel,
    TrackerInputError,
    TrackResult,
    UpdateKind,
)

MIL_MIN_SIDE = 5
"""Pixels; on smaller boxes OpenCV 5's MIL searches for a feature that fits and never returns."""

LOST_BELOW: Mapping[str, float] = MappingProxyType({"opencv-nano": 0.0, "opencv-vit": 0.2})
"""Those whose scores mean something -> the score from which on they are believed: NanoTrack claims to see its
target always; VitTrack's is OpenCV's default, which versions before 4.11 do not ask for."""


class OpenCvTracker:
    """One of OpenCV's trackers; most say only whether they see the target, so the score is 1 or -1.

    OpenCV starts from whole pixels. A lost target keeps its last box. The same seed gives the same boxes (for MIL
    not on Windows).
    """

    def __init__(self, name: str, *, seed: int = 0) -> None:
        """Make none yet.

        Raises:
            EvaluationError: an unknown name, or one this OpenCV does not have.
            WeightsError: a network that is not here.
        """
        self._make = network_tracker(name) if name in OPENCV_NETWORKS else _maker(name)
        self._name = name
        self._seed = seed
        self._tracker: Cv2Tracker | None = None
        self._box: Box | None = None

    def initialize(
        self,
        frame: AnyFrame,
        box: Box,
        *,
        examples: Sequence[Example] = (),
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> TrackResult:
        """Start on a manual box; they learn from it alone, and at once: nothing is cancelled or reported."""
        height, width = frame.shape[:2]
        if not box.is_valid or not box.intersects_frame(frame_width=width, frame_height=height):
            raise TrackerInputError(f"expected a box inside the {width} x {height} frame, got {box}")
        rectangle = _whole_pixels_inside(box, width, height)
        if self._name == "mil" and min(rectangle[2:]) < MIL_MIN_SIDE:
            raise TrackerInputError(
                f"MIL needs a box of {MIL_MIN_SIDE} pixels a side in whole pixels of the frame; {box} has "
                f"{rectangle[2]} x {rectangle[3]}"
            )
        _seed_opencv(self._seed)
        tracker = self._make()
        tracker.init(_to_bgr(frame), rectangle)
        self._tracker, self._box = tracker, box
        return TrackResult(box, float("inf"), True, update=UpdateKind.FIRST_FRAME)

    def track(
        self, frame: AnyFrame, *, with_diagnostics: bool = False, should_cancel: ShouldCancel | None = None
    ) -> TrackResult:
        """Find the target on the next frame; there are no diagnostics."""
        if self._tracker is None or self._box is None:
            raise TrackerInputError("call initialize before track")
        is_found, rectangle = self._tracker.update(_to_bgr(frame))
        if is_found and rectangle[2] > 0 and rectangle[3] > 0:
            self._box = Box.from_xywh(rectangle)
        score = 1.0 if is_found else -1.0
        if self._name in LOST_BELOW:
            score = self._tracker.getTrackingScore() - LOST_BELOW[self._name]
        return TrackResult(self._box, score, score > 0)

    def correct(
        self,
        frame: AnyFrame,
        box: Box,
        *,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> TrackResult:
        """Initialize again: these trackers cannot learn a correction."""
        self.initialize(frame, box)
        return TrackResult(box, float("inf"), True, update=UpdateKind.CORRECTION)


def _maker(name: str) -> Callable[[], Cv2Tracker]:
    make_name = OPENCV_TRACKERS.get(name)
    if make_name is None:
        known = ", ".join((*OPENCV_TRACKERS, *OPENCV_NETWORKS))
        raise EvaluationError(f"unknown OpenCV tracker {name!r}; there are {known}")
    if not hasattr(cv2, make_name):
        raise EvaluationError(
            f"this OpenCV has no {name.upper()}: install its contrib modules, "
            "`pip install opencv-contrib-python-headless` (the extra `compare`; see docs/evaluation.md)"
        )
    make: Callable[[], Cv2Tracker] = getattr(cv2, make_name)
    return make


def _seed_opencv(seed: int) -> None:
    cv2.setRNGSeed(seed)
    # MIL also draws from the C library's rand(), which Windows keeps per library and out of reach.
    if os.name == "posix":
        ctypes.CDLL(None).srand(seed)


def _to_bgr(frame: AnyFrame) -> Frame:
    return np.ascontiguousarray(whole_frame(frame)[:, :, ::-1])


def _whole_pixels_inside(box: Box, width: int, height: int) -> Rectangle:
    x, y = min(max(round(box.x), 0), width - 1), min(max(round(box.y), 0), height - 1)
    right, bottom = min(round(box.right), width), min(round(box.bottom), height)
    return x, y, max(right - x, 1), max(bottom - y, 1)
