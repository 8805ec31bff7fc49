"""Which frames of a track to look at, so that a review comes to an end: found anew at any time.

A finding is open as long as its frames are neither manual nor accepted: what a person ticks off is a review mark
in the project, so nothing else needs to be kept. What was marked as bad stays a finding until it is corrected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlst_gui.project.findings.finding import REASONS, Finding, Findings, Reason, packed
from dlst_gui.project.findings.signs import LEAST_SUSPICION, Values, signs_of
from dlst_gui.project.project import Project
from dlst_gui.project.review import ReviewMark
from dlst_gui.project.tracks import FrameState

BRIDGED_FRAMES = 15  # calm frames that do not end a span; see docs/review.md for what was measured
LEAST_WORST = 0.6  # of a span's most suspicious frame; two passes that disagree are a finding below it, too
LONGEST_SPAN = 100  # frames; longer ones are cut, so that a finding can be judged at a glance
INTERPOLATED_FRAMES = 50  # ours: two seconds, over which few objects go straight on
_FULL_SHARE = 4.0  # times as many interpolated frames as are allowed mean full suspicion

Mask = NDArray[np.bool_]
_IS_SHOWN, _IS_MACHINE = (
    np.isin(np.arange(len(FrameState)), states)
    for states in (
        (
            FrameState.HUMAN,
            FrameState.TRACKED,
            FrameState.LOST,
            FrameState.INTERPOLATED,
            FrameState.OCCLUDED,
        ),
        (FrameState.TRACKED, FrameState.LOST, FrameState.INTERPOLATED, FrameState.OCCLUDED),
    )
)


@dataclass(frozen=True, slots=True)
class FindingRules:
    """What a person may set.

    Attributes:
        interpolated_frames: so many frames in a row may be interpolated without being a finding; at least 1.
    """

    interpolated_frames: int = INTERPOLATED_FRAMES


DEFAULT_RULES = FindingRules()


def review_findings(
    project: Project, track_id: int, frame_count: int, rules: FindingRules = DEFAULT_RULES
) -> Findings:
    """The open findings of one track, the most suspicious first, those marked as bad last."""
    states = project.state_codes(track_id, 0, frame_count - 1)
    bad = [span for span in project.review(track_id) if span.mark is ReviewMark.BAD]
    if not bad and not needs_review(project, track_id, states).any():
        return packed([])
    signs = signs_of(project, track_id, frame_count)
    manual = project.keyframe_block(track_id, 0, frame_count - 1).frame_indices
    is_settled = _is_settled(project, track_id, frame_count)
    is_interpolated = project.are_interpolated(track_id, 0, frame_count - 1)
    is_barred = is_interpolated.copy()
    is_barred[manual] = True
    for span in bad:
        is_barred[span.first : span.last + 1] = True
    found = [
        *_tracked(signs, is_settled, is_barred, track_id),
        *_interpolated(is_interpolated, is_settled, track_id, rules),
        *_marked_bad(project, track_id, _IS_MACHINE[states]),
    ]
    return in_order_of_suspicion(packed(found))


def in_order_of_suspicion(findings: Findings) -> Findings:
    """The most suspicious first, those marked as bad last: of these it is known what to do."""
    is_bad = findings["reason"] == REASONS.index(Reason.MARKED_BAD)
    order = np.lexsort((findings["first"], findings["track_id"], -findings["suspicion"], is_bad))
    return findings[order]


def in_order_of_frames(findings: Findings) -> Findings:
    """As one meets them in the video."""
    return findings[np.lexsort((findings["track_id"], findings["first"]))]


def unreviewed_frames(project: Project, track_id: int, states: NDArray[np.uint8]) -> int:
    """How many frames show a box that neither comes from a person nor was judged by one.

    `states` are the (frames,) `FrameState` of all frames of the video.
    """
    return int(np.count_nonzero(needs_review(project, track_id, states)))


def needs_review(project: Project, track_id: int, states: NDArray[np.uint8]) -> Mask:
    """(frames,) which frames those are."""
    needed: Mask = _IS_MACHINE[states]
    return needed & ~_is_settled(project, track_id, len(states)) if needed.any() else needed


def shows_box(states: NDArray[np.uint8]) -> Mask:
    """Which `FrameState` stand for a box, whoever gave it."""
    shown: Mask = _IS_SHOWN[states]
    return shown


def unreviewed_spans(project: Project, track_id: int, frame_count: int) -> tuple[tuple[int, int], ...]:
    """Stretches of shown boxes without a break, with boxes among them that nobody gave or judged as yet."""
    states = project.state_codes(track_id, 0, frame_count - 1)
    is_open = needs_review(project, track_id, states)
    is_shown = shows_box(states)
    for span in project.review(track_id):
        if span.mark is ReviewMark.BAD:
            is_shown[span.first : span.last + 1] = False
    return tuple((first, last) for first, last in _runs(is_shown) if is_open[first : last + 1].any())


def _tracked(
    signs: Mapping[Reason, Values], is_settled: Mask, is_barred: Mask, track_id: int
) -> Iterator[Finding]:
    """Of boxes that a tracker gave; none goes on over a barred frame: with a manual box, on a line, or bad."""
    reasons = tuple(signs)
    values = np.stack([signs[reason] for reason in reasons])
    suspicion, strongest = values.max(axis=0), values.argmax(axis=0)
    suspicion[is_settled] = 0
    is_suspicious = suspicion >= LEAST_SUSPICION
    has_left = is_suspicious & (strongest == reasons.index(Reason.MAY_HAVE_LEFT))
    gone = _joined(has_left, is_barred)  # said of all its frames at once, however many
    is_barred = is_barred.copy()
    for first, last in gone:
        is_suspicious[first : last + 1], is_barred[first : last + 1] = False, True
    for first, last in (*gone, *_cut(_joined(is_suspicious, is_barred))):
        worst = first + int(np.argmax(suspicion[first : last + 1]))
        reason = reasons[strongest[worst]]
        if suspicion[worst] >= LEAST_WORST or reason is Reason.DISAGREEMENT:
            yield Finding(track_id, first, last, worst, float(suspicion[worst]), reason)


def _interpolated(
    is_interpolated: Mask, is_settled: Mask, track_id: int, rules: FindingRules
) -> Iterator[Finding]:
    """Stretches that are longer than a person allows; each is judged as a whole, for a line is one guess."""
    allowed = rules.interpolated_frames
    for start, end in _runs(is_interpolated):
        frames = end - start + 1
        if frames <= allowed:
            continue
        share = min(1.0, (frames - allowed) / ((_FULL_SHARE - 1) * allowed))
        suspicion = LEAST_SUSPICION + (1 - LEAST_SUSPICION) * share
        for first, last in _runs(~is_settled[start : end + 1]):
            middle = start + (first + last) // 2
            yield Finding(track_id, start + first, start + last, middle, suspicion, Reason.INTERPOLATED)


def _marked_bad(project: Project, track_id: int, is_machine: Mask) -> Iterator[Finding]:
    for span in project.review(track_id):
        if span.mark is ReviewMark.BAD and is_machine[span.first : span.last + 1].any():
            yield Finding(track_id, span.first, span.last, span.first, 1.0, Reason.MARKED_BAD)


def _is_settled(project: Project, track_id: int, frame_count: int) -> Mask:
    """Frames with a manual box or a review mark."""
    settled = np.zeros(frame_count, np.bool_)
    settled[project.keyframe_block(track_id, 0, frame_count - 1).frame_indices] = True
    for span in project.review(track_id):
        settled[span.first : span.last + 1] = True
    return settled


def _joined(mask: Mask, is_barred: Mask) -> list[tuple[int, int]]:
    """Stretches of True, those close together as one where no barred frame is between them."""
    runs = np.array(_runs(mask), dtype=np.int64).reshape(-1, 2)
    firsts, lasts = runs.T
    is_near = firsts[1:] - lasts[:-1] <= BRIDGED_FRAMES
    barred_before = np.cumsum(is_barred)
    is_near &= barred_before[lasts[:-1]] == barred_before[firsts[1:]]
    begins = np.concatenate([[True], ~is_near])[: len(runs)]
    ends = np.concatenate([~is_near, [True]])[-len(runs) :] if len(runs) else begins
    return list(zip(firsts[begins].tolist(), lasts[ends].tolist(), strict=True))


def _cut(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [
        (start, min(start + LONGEST_SPAN - 1, last))
        for first, last in spans
        for start in range(first, last + 1, LONGEST_SPAN)
    ]


def _runs(mask: Mask) -> list[tuple[int, int]]:
    """First and last index of every stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]])))
    return [(int(first), int(end) - 1) for first, end in edges.reshape(-1, 2)]
