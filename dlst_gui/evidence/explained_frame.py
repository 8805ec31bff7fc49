"""A frame that is to be told of in a file, with what only project and video know; loads nothing that draws."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from dlst_gui.evidence.figures.subject import Picture
from dlst_gui.evidence.kept_frame import KeptFrame
from dlst_gui.evidence.trace_facts import TraceFacts
from dlst_gui.project.run_facts import RunFacts
from tracker_core import Box
from tracker_core.evidence import FrameEvidence


@dataclass(frozen=True, slots=True, eq=False)
class ExplainedFrame:
    """One frame of one object.

    Attributes:
        kept: as it lies in a file of evidence.
        title: which frame of which object it is: parts, as in `Subject`.
        picture: of the frame; None for the one that was kept with the evidence, if any.
        true_box: the ground truth on the frame.
        manual_box: a person's box on the frame.
    """

    kept: KeptFrame
    title: tuple[str, ...]
    picture: Picture | None = None
    true_box: Box | None = None
    manual_box: Box | None = None

    @property
    def evidence(self) -> FrameEvidence:
        return self.kept.evidence


@dataclass(frozen=True, slots=True)
class EvidenceAbout:
    """What a `.dlsttrace` says besides its frames."""

    facts: TraceFacts
    runs: Mapping[int, RunFacts] = field(default_factory=dict)


def frame_title(video: str, track_id: int, label: str, evidence: FrameEvidence) -> tuple[str, ...]:
    """Which frame of which object it is, for people; `label` may be empty."""
    time = () if evidence.timestamp_s is None else (f"{evidence.timestamp_s:.3f} s",)
    state = f" ({'found' if evidence.is_found else 'lost'})" if math.isfinite(evidence.score) else ""
    return (
        video,
        f"object {track_id}: {label}" if label else f"object {track_id}",
        f"frame {evidence.frame_index}",
        *time,
        *((evidence.system,) if evidence.system else ()),
        score_words(evidence.score).replace("-", "\u2212") + state,
    )


def score_words(score: float) -> str:
    """For people; that of a manual box is infinite."""
    return f"score {score:.2f}" if math.isfinite(score) else "manual box"
