"""Leads a person through the open findings, and takes the verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from dlst_gui.counting import counted
from dlst_gui.project.edits import mark_all_reviewed
from dlst_gui.project.findings.finding import NO_FINDINGS, REASONS, Finding, Findings, Reason, finding_at, packed
from dlst_gui.project.findings.review_findings import (
    in_order_of_frames,
    in_order_of_suspicion,
    unreviewed_spans,
)
from dlst_gui.project.prediction_pages import FrameSpans
from dlst_gui.project.review import ReviewMark, span_words
from dlst_gui.session.open_findings import OpenFindings
from dlst_gui.session.session import LOCKED, Session

EVIDENCE_KEPT = 200
"""Ours. Frames of a span that is called bad: what comes later follows from what comes first."""


class FindingOrder(Enum):
    """Of the list, and of the way through it; the value is what people read."""

    SUSPICION = "Worst first"
    FRAMES = "By frame"


@dataclass(frozen=True, slots=True)
class FindingView:
    """Which findings a person wants to go through, and how.

    Attributes:
        track_id: of this track only; None: of all.
        reason: of this one only; None: all.
    """

    order: FindingOrder = FindingOrder.SUSPICION
    track_id: int | None = None
    reason: Reason | None = None


class Reviewing(QObject):
    """Commands of the window about the open findings."""

    changed = Signal()  # other findings, another view or another current one

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.findings = OpenFindings(session)
        self._view = FindingView()
        self._listed = NO_FINDINGS
        self._counts: Mapping[tuple[int, Reason], int] = {}
        self._listed_for: tuple[int, FindingView] | None = None
        self._closed = NO_FINDINGS  # all that has changed since it was listed
        self._current: tuple[int, int] | None = None
        self.findings.changed.connect(self._on_changed)

    @property
    def view(self) -> FindingView:
        """What is listed."""
        return self._view

    def set_view(self, view: FindingView) -> None:
        """List other findings, or in another order."""
        if view != self._view:
            self._view = view
            self._on_changed()

    def listed(self) -> Findings:
        """The open findings that are wanted, in the order that is wanted; the same array until they change."""
        self._list()
        return self._listed

    def counts(self) -> Mapping[tuple[int, Reason], int]:
        """How many findings are open, by track and reason."""
        self._list()
        return self._counts

    @property
    def current(self) -> int | None:
        """The position in the list of the finding that was gone to last; None where it is not there."""
        return None if self._current is None else self._position_of(*self._current)

    def seek(self, *, forward: bool) -> None:
        """Go to the next finding of the list, or the one before, and around at its ends."""
        self.findings.when_known(partial(self._seek, forward=forward))

    def go_to(self, finding: Finding) -> None:
        """Show a finding: its object selected, on its worst frame."""
        position = self._position_of(finding.track_id, finding.first)
        place = "" if position is None else f"{position + 1:,} of {len(self.listed()):,}: "
        self._current = finding.track_id, finding.first
        self._session.selection.select(finding.track_id)
        self._session.seek(finding.worst)
        is_bad = finding.reason is Reason.MARKED_BAD
        self._session.noted.emit(
            f"{place}{self.reason_words(finding)}, {span_words(finding.first, finding.last)}. "
            + ("Correct the box, or accept it." if is_bad else "Accept it, correct the box, or mark it as bad.")
        )
        self.changed.emit()

    def reason_words(self, finding: Finding) -> str:
        """Of a low score also what it means, where that was measured."""
        project = self._session.project
        prediction = None if project is None else project.prediction(finding.track_id, finding.worst)
        if finding.reason is not Reason.LOW_SCORE or prediction is None:
            return finding.reason.value
        share = self._session.current_project.wrong_share(prediction)
        return f"low score ({share * 100:.0f} % of such boxes are wrong)" if share is not None else "low score"

    def judge(self, mark: ReviewMark) -> None:
        """Accept or call bad the finding at this frame, else this frame alone; then go to the next."""
        here = self._session.playhead.frame_index
        self.findings.when_known(partial(self._judge, mark, self._session.selected_track, here))

    def mark(self, chosen: Findings, mark: ReviewMark) -> bool:
        """Accept or call bad these findings, as one step of undo; whether it was done."""
        spans: dict[int, FrameSpans] = {}
        for track_id in np.unique(chosen["track_id"]).tolist():
            of_track = chosen[chosen["track_id"] == track_id]
            of_track = of_track[np.argsort(of_track["first"])]
            spans[track_id] = tuple(of_track[["first", "last"]].tolist())
        done = self._mark(spans, chosen, mark)
        if done and not len(self.findings.all()):
            self._tell_nothing_left()
        return done

    def accept_track(self, track_id: int) -> None:
        """Accept everything of an object that nobody has judged, but what was marked as bad."""
        self.findings.when_known(partial(self._accept_track, track_id))

    def _list(self) -> None:
        now, view = (self.findings.version, self._view), self._view
        if now == self._listed_for:
            return
        found = self.findings.all()
        self._counts = _counted(found)
        if len(self._closed) and self._listed_for == (now[0] - 1, view):
            # Sorting a hundred thousand again would be felt at every verdict.
            self._listed = self._listed[~np.isin(_keys(self._listed), _keys(self._closed))]
            self._listed_for, self._closed = now, NO_FINDINGS
            return
        self._listed_for, self._closed = now, NO_FINDINGS
        if view.track_id is not None:
            found = found[found["track_id"] == view.track_id]
        if view.reason is not None:
            found = found[found["reason"] == REASONS.index(view.reason)]
        in_order = in_order_of_suspicion if view.order is FindingOrder.SUSPICION else in_order_of_frames
        self._listed = in_order(found)

    def _judge(self, mark: ReviewMark, track_id: int | None, here: int) -> None:
        project = self._session.project
        if project is None or track_id is None or not project.has_track(track_id):
            self._session.noted.emit("Select an object first.")
            return
        if project.keyframe(track_id, here) is not None:
            self._session.noted.emit("This is your own box: there is nothing to review on this frame.")
            return
        found = self._finding_at(track_id, here)
        if found is None:
            done, first, last = self._mark({track_id: ((here, here),)}, NO_FINDINGS, mark), here, here
            after = None
        else:
            first, last = found.first, found.last
            after = self._position_of(track_id, first)
            done = self._mark({track_id: ((first, last),)}, packed([found]), mark)
        if done and found is not None and mark is ReviewMark.ACCEPTED:
            self.go_on(after or 0)
        elif done and mark is ReviewMark.BAD:
            marked = span_words(first, last)
            self._session.noted.emit(f"Marked as bad: {marked}. Correct the box, then continue tracking.")

    def _keep_evidence(self, spans: Mapping[int, FrameSpans]) -> None:
        """Of what is about to be called bad, the reasons are asked for."""
        project = self._session.project
        if project is None:
            return
        for track_id, of_track in spans.items():
            for first, last in of_track:
                block = project.predictions(track_id, first, min(last, first + EVIDENCE_KEPT - 1))
                self._session.evidence.note_bad(track_id, block.predictions())

    def _mark(self, spans: Mapping[int, FrameSpans], closed: Findings, mark: ReviewMark) -> bool:
        """Give a verdict on frames of some tracks, which closes these findings; whether it was given."""
        if not spans or self._are_locked(spans):
            return False
        current = self.findings.current_tracks
        if mark is ReviewMark.BAD:
            self._keep_evidence(spans)
        if self._session.do(lambda p: mark_all_reviewed(p, spans, mark)) is None:
            return False
        come = NO_FINDINGS
        if mark is ReviewMark.BAD:
            come = closed.copy()
            come["reason"], come["suspicion"] = REASONS.index(Reason.MARKED_BAD), 1
        self._list()
        self._closed = NO_FINDINGS if len(come) else closed
        self.findings.exchange(closed, come, current=current)
        return True

    def _accept_track(self, track_id: int) -> None:
        project, frames = self._session.project, self._session.playhead.last_frame + 1
        if project is None or not project.has_track(track_id):
            return
        spans = {track_id: unreviewed_spans(project, track_id, frames)}
        name = f"{project.track(track_id).label} {track_id}"
        if self._are_locked(spans):
            return
        if not spans[track_id]:
            self._session.noted.emit(f"Nothing of {name} is left to accept.")
            return
        found = self.findings.of_track(track_id)
        is_bad = found["reason"] == REASONS.index(Reason.MARKED_BAD)
        current, title = self.findings.current_tracks, f"Accept all of {name}"
        accept = self._session.do(lambda p: replace(mark_all_reviewed(p, spans, ReviewMark.ACCEPTED), title=title))
        if accept is None:
            return
        boxes = sum(last - first + 1 for first, last in spans[track_id])
        closed = counted(int(np.count_nonzero(~is_bad)), "finding")
        kept = f", but {counted(int(is_bad.sum()), 'finding')} marked as bad" if is_bad.any() else ""
        self.findings.exchange(found[~is_bad], NO_FINDINGS, current=current)
        end = "" if len(self.findings.all()) else " Review finished."
        self._session.noted.emit(
            f"Accepted all of {name}: {closed} on {counted(boxes, 'frame')}{kept}. Undo takes it back.{end}"
        )

    def _seek(self, *, forward: bool) -> None:
        listed = self.listed()
        if not len(listed):
            self._tell_nothing_left()
            return
        track_id = self._session.selected_track
        found = None if track_id is None else self._finding_at(track_id, self._session.playhead.frame_index)
        # Who stands in a finding by chance has not been led to it: the first of the list comes first.
        is_led_to = found is not None and (found.track_id, found.first) == self._current
        here = self.current if is_led_to else None
        if here is None:
            here = -1 if forward else 0
        self.go_to(finding_at(listed, (here + (1 if forward else -1)) % len(listed)))

    def go_on(self, position: int) -> None:
        """To what is now at a position of the list: where a finding was that has just been closed."""
        listed = self.listed()
        if not len(listed):
            self._tell_nothing_left()
        else:
            self.go_to(finding_at(listed, position % len(listed)))

    def _tell_nothing_left(self) -> None:
        is_all = not len(self.findings.all())
        self._session.noted.emit(
            "Review finished: no finding is open."
            if is_all
            else "No finding is open of what the list shows: choose all objects and all reasons."
        )

    def _are_locked(self, spans: Mapping[int, FrameSpans]) -> bool:
        """Whether one of these tracks is locked, which a note then says."""
        project = self._session.project
        are_locked = project is not None and any(project.track(track_id).is_locked for track_id in spans)
        if are_locked:
            self._session.noted.emit(LOCKED)
        return are_locked

    def _finding_at(self, track_id: int, frame_index: int) -> Finding | None:
        """The finding of a track that holds a frame."""
        found = self.findings.of_track(track_id)
        at = np.flatnonzero((found["first"] <= frame_index) & (frame_index <= found["last"]))
        return finding_at(found, int(at[0])) if len(at) else None

    def _position_of(self, track_id: int, first: int) -> int | None:
        listed = self.listed()
        at = np.flatnonzero((listed["track_id"] == track_id) & (listed["first"] == first))
        return int(at[0]) if len(at) else None

    @Slot()
    def _on_changed(self) -> None:
        project, track_id = self._session.project, self._view.track_id
        if track_id is not None and (project is None or not project.has_track(track_id)):
            self._view = replace(self._view, track_id=None)
        self.changed.emit()


def _keys(findings: Findings) -> NDArray[np.int64]:
    """(n,) one number for each, which no other finding of the project has."""
    return np.asarray(findings["track_id"].astype(np.int64) << 32 | findings["first"])


def _counted(found: Findings) -> Mapping[tuple[int, Reason], int]:
    """By track and reason."""
    keys = found["track_id"].astype(np.int64) * len(REASONS) + found["reason"]
    counts = zip(*np.unique(keys, return_counts=True), strict=True)
    return {(int(key) // len(REASONS), REASONS[int(key) % len(REASONS)]): int(n) for key, n in counts}
