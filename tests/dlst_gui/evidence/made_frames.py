"""Evidence of a made-up tracker."""

from __future__ import annotations

from dlst_gui.evidence.kept_frame import KeptFrame
from dlst_gui.evidence.reasons import ORDINARY, Reason
from dlst_gui.evidence.trace_facts import TraceFacts
from dlst_gui.project.video_identity import Fingerprint, VideoIdentity
from tests.fakes import FakeTracker
from tracker_core import Box, TrackResult
from tracker_core.evidence import FrameEvidence

VIDEO = VideoIdentity("/videos/clip.mp4", 500, 160, 120, 12345, (Fingerprint(0, "ab"), Fingerprint(250, "cd")))
OTHER_VIDEO = VideoIdentity("/videos/clip.mp4", 500, 160, 120, 12345, (Fingerprint(0, "ef"),))
FACTS = TraceFacts.of(VIDEO, fps=25.0, program_version="1.2.3")


def seen(
    frame_index: int, track_id: int = 1, *, score: float = 5.0, is_backward: bool = False, x: float = 12.0
) -> FrameEvidence:
    """As a tracker that looks for a small square."""
    box = Box(x, 10, 20, 20)
    result = TrackResult(box, score, score > 0, FakeTracker._explain(Box(10, 10, 20, 20), box, score))
    return FrameEvidence(frame_index, track_id, result, is_backward=is_backward, system="dlst-studio")


def kept(frame_index: int, track_id: int = 1, reasons: Reason = ORDINARY, **settings: float) -> KeptFrame:
    return KeptFrame(seen(frame_index, track_id, **settings), reasons, run_id=3)
