"""Frames with evidence, as a tracker might have seen them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dlst_gui.evidence.explained_frame import EvidenceAbout, ExplainedFrame
from dlst_gui.evidence.kept_frame import KeptFrame
from dlst_gui.evidence.reasons import Reason
from dlst_gui.evidence.trace_facts import TraceFacts
from dlst_gui.project.run_facts import RunFacts
from tracker_core import Box, Candidates, Diagnostics, RatedProposals, ResponseMap, TrackResult, UpdateKind
from tracker_core.evidence import FrameEvidence

ABOUT = EvidenceAbout(
    TraceFacts("0.1.0", "street.mp4", 100, 320, 240, 25.0),
    {4: RunFacts("0.1.0", "dlst fast", "vgg-m", "ab" * 32, 7, "cpu")},
)
TRUTH = Box(100.0, 80.0, 40.0, 50.0)


def made_evidence(frame_index: int = 12, *, is_manual: bool = False) -> FrameEvidence:
    """Four candidates, two of them the best; two are proposals."""
    boxes = np.array([[100, 80, 40, 50], [104, 82, 40, 50], [90.5, 70.25, 30, 40], [200, 10, 20, 20]], np.float64)
    candidates = Candidates(
        boxes,
        np.array([0, 1, 3, 4], np.uint8),
        np.array([1.5, 2.25, -0.1, -7.0], np.float32),
        np.array([1, 0]),
        np.array([True, True, False, True]),
    )
    seen = Diagnostics(
        previous_box=TRUTH.shifted(-4, 0),
        search_region=Box(20.0, 0.0, 200.0, 210.0),
        response_map=ResponseMap(np.array([[-1.0, 0.5], [2.0, -3.0]], np.float32), Box(30.0, 10.0, 180.0, 190.0)),
        localized_box=TRUTH.shifted(3, 1),
        candidates=candidates,
        chosen_box=TRUTH.shifted(2, 1),
        regressed_box=TRUTH.shifted(1, 1),
        stage_ms=(("crop", 1.25),),
        regressed_best=boxes[[1, 0]] + 0.5,
        proposals=RatedProposals(
            np.array([2, 3]), np.array([0.5, 0.25], np.float32), np.array([1, -1], np.float32)
        ),
    )
    result = TrackResult(TRUTH.shifted(1, 1), 1.875, True, seen, UpdateKind.LONG_TERM)
    if is_manual:
        result = TrackResult(TRUTH, float("inf"), True, None, UpdateKind.CORRECTION)
    return FrameEvidence(
        frame_index,
        3,
        result,
        is_manual=is_manual,
        system="dlst fast",
        elapsed_s=0.5,
        timestamp_s=frame_index / 25,
    )


def explained(frame_index: int = 12, *, true_box: Box | None = TRUTH, is_manual: bool = False) -> ExplainedFrame:
    kept = KeptFrame(made_evidence(frame_index, is_manual=is_manual), Reason.LOW, 4)
    return ExplainedFrame(kept, ("street.mp4", "object 3", f"frame {frame_index}"), true_box=true_box)


def without_time(frame: ExplainedFrame) -> ExplainedFrame:
    return replace(frame, kept=replace(frame.kept, evidence=replace(frame.evidence, timestamp_s=None)))
