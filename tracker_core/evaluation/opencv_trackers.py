"""OpenCV's own trackers behind this project's `Tracker`, to compare with on the same frames.

MIL is part of every OpenCV; CSRT and KCF are in its contrib modules.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from typing import Protocol, cast

import cv2
import numpy as np

from tracker_core.box import Box
from tracker_core.cropping import whole_frame
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.opencv_names import OPENCV_TRACKERS
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

Rectangle = tuple[int, int, int, int]


class _Cv2Tracker(Protocol):
    def init(self, image: Frame, boundingBox: Rectangle) -> None: ...  # noqa: N803 - OpenCV's name

    def update(self, image: Frame) -> tuple[bool, Rectangle]: ...


class OpenCvTracker:
    """One of OpenCV's trackers; it says only whether it sees the target, so the score is 1 or -1.

    OpenCV starts from whole pixels. A lost target keeps its last box. The same seed gives the same boxes (for MIL
    not on Windows).
    """

    def __init__(self, name: str, *, seed: int = 0) -> None:
        """Raises EvaluationError for an unknown name, or one this OpenCV does not have."""
        make_name = OPENCV_TRACKERS.get(name)
        if make_name is None:
            raise EvaluationError(f"unknown OpenCV tracker {name!r}; there are {', '.join(OPENCV_TRACKERS)}")
        if not hasattr(cv2, make_name):
            raise EvaluationError(
                f"this OpenCV has no {name.upper()}: install its contrib modules, "
                "`pip install opencv-contrib-python-headless` (the extra `compare`; see docs/evaluation.md)"
            )
        self._name = name
        self._seed = seed
        self._tracker: _Cv2Tracker | None = None
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
        tracker = cast("_Cv2Tracker", getattr(cv2, OPENCV_TRACKERS[self._name])())
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
        return TrackResult(self._box, 1.0 if is_found else -1.0, is_found)

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
