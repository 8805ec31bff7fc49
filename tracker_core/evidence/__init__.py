"""What a tracker saw on a frame, kept for later: as one record, as bytes, and what can be worked out from it.

Needs numpy alone. A name is loaded from its module when it is first asked for (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker_core.evidence.comparison import (
        PARTED_IOU,
        Comparison,
        RunBoxes,
        TruthAgreement,
        against_truth,
        compare,
    )
    from tracker_core.evidence.encoded_parts import EvidenceError
    from tracker_core.evidence.encoding import LARGEST_EVIDENCE, decoded, encoded
    from tracker_core.evidence.failures.card import Absence, Cause, FailureCard, PastFrame, Reference
    from tracker_core.evidence.failures.explaining import failure_card, past_frame
    from tracker_core.evidence.frame_evidence import FrameEvidence, KeptPicture
    from tracker_core.evidence.memory_by_frame import WRONG_BELOW_IOU, LearnedFrame, learned_frames
    from tracker_core.evidence.overlap import CLOSE, ON_TARGET, OVERLAP_BINS, Overlaps
    from tracker_core.evidence.redrawing import Draws, Redrawing, as_tracked

__all__ = [
    "CLOSE",
    "LARGEST_EVIDENCE",
    "ON_TARGET",
    "OVERLAP_BINS",
    "PARTED_IOU",
    "WRONG_BELOW_IOU",
    "Absence",
    "Cause",
    "Comparison",
    "Draws",
    "EvidenceError",
    "FailureCard",
    "FrameEvidence",
    "KeptPicture",
    "LearnedFrame",
    "Overlaps",
    "PastFrame",
    "Redrawing",
    "Reference",
    "RunBoxes",
    "TruthAgreement",
    "against_truth",
    "as_tracked",
    "compare",
    "decoded",
    "encoded",
    "failure_card",
    "learned_frames",
    "past_frame",
]

_HOMES = {
    "comparison": ("PARTED_IOU", "Comparison", "RunBoxes", "TruthAgreement", "against_truth", "compare"),
    "encoded_parts": ("EvidenceError",),
    "encoding": ("LARGEST_EVIDENCE", "decoded", "encoded"),
    "failures.card": ("Absence", "Cause", "FailureCard", "PastFrame", "Reference"),
    "failures.explaining": ("failure_card", "past_frame"),
    "frame_evidence": ("FrameEvidence", "KeptPicture"),
    "memory_by_frame": ("WRONG_BELOW_IOU", "LearnedFrame", "learned_frames"),
    "overlap": ("CLOSE", "ON_TARGET", "OVERLAP_BINS", "Overlaps"),
    "redrawing": ("Draws", "Redrawing", "as_tracked"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name in _HOME_OF:
        return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
