"""What a person should know before labels are exported, each with the frames concerned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from dlst_gui.exchange.content import ExportContent
from dlst_gui.exchange.plan import ExportPlan
from dlst_gui.exchange.progress import UNWATCHED, Stage, Watch
from dlst_gui.formats.labels.model import OCCLUDED_CODE, Gaps, LabelSet, ObjectTrack
from dlst_gui.formats.labels.turned_boxes import given_attributes
from dlst_gui.formats.transfer.losses import losses
from dlst_gui.project.attribute_values import ShownValue, value_of
from dlst_gui.project.findings.finding import REASONS
from dlst_gui.project.findings.review_findings import review_findings
from dlst_gui.project.prediction_block import RowFlag
from dlst_gui.project.project import Project
from dlst_gui.project.review import ReviewMark, span_words
from dlst_gui.project.tracks import SHOWS_NOTHING, FrameState

Mask = NDArray[np.bool_]
_SHOWS_NOTHING = np.isin(np.arange(len(FrameState)), SHOWS_NOTHING)


class FindingKind(Enum):
    """What was found; the value is a heading for people."""

    GAP = "Unlabelled frames"
    LEFT_OUT = "Boxes excluded by the options"
    PARTLY_OFF_IMAGE = "Boxes partly outside the image"
    OFF_IMAGE = "Boxes entirely outside the image"
    TINY = "Boxes smaller than a pixel"
    OPEN = "Review not finished"
    LOST = "Boxes tracked while lost"
    MARKED_BAD = "Boxes marked as bad"
    UNREVIEWED = "Unreviewed boxes"
    VALUES = "Attributes without a value, or with one that does not fit"
    NOT_HELD = "Not stored by the format"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know.

    Attributes:
        words: a sentence.
        track_id: None: about the whole export.
        first: frame index, counted from 0; None: no frame in particular.
        last: included.
    """

    kind: FindingKind
    words: str
    track_id: int | None = None
    first: int | None = None
    last: int | None = None


def preflight(
    project: Project, content: ExportContent, plan: ExportPlan, watch: Watch = UNWATCHED
) -> tuple[Finding, ...]:
    """Check what is about to be exported; in the project's thread.

    Returns:
        By kind in the order of `FindingKind`, then by track and frame.
    """
    order = list(FindingKind)
    found = [
        Finding(FindingKind.NOT_HELD, words) for words in losses(content.labels, content.tally, plan.label_format)
    ]
    if (
        plan.label_format.can_hold.keyframes
        and content.labels.gaps is Gaps.UNSAID
        and not plan.label_format.can_hold.sources
    ):
        words = f"{plan.label_format.title} readers interpolate where boxes between others are left out."
        found.append(Finding(FindingKind.LEFT_OUT, words))
    is_unsaid = np.ones(content.labels.video.frame_count, dtype=bool)
    tick = watch.ticking(Stage.CHECKING)
    for number, track in enumerate(content.labels.tracks):
        tick(number, len(content.labels.tracks))
        look = _Look(project, content, plan, track)
        is_unsaid &= look.is_unsaid
        found += look.findings()
    found += _frames_without_any(content.labels, is_unsaid)
    return tuple(sorted(found, key=lambda each: (order.index(each.kind), each.track_id or 0, each.first or 0)))


def _frames_without_any(labels: LabelSet, is_unsaid: Mask) -> Iterator[Finding]:
    """Before the first label of all objects and after the last one."""
    said = np.flatnonzero(~is_unsaid)
    taken = labels.video.frames[is_unsaid[labels.video.frames]]
    if not len(said) or labels.gaps is Gaps.UNSAID:
        return
    words = (
        "nothing is labelled here; readers take these frames as empty. Export from first to last box to avoid it"
    )
    for part in (taken[taken < said[0]], taken[taken > said[-1]]):
        if len(part):
            first, last = int(part[0]), int(part[-1])
            yield Finding(FindingKind.GAP, f"{span_words(first, last)}: {words}", None, first, last)


class _Look:
    """At one track.

    Attributes:
        is_unsaid: (frame_count,) where nothing is shown and the object is not marked as outside.
    """

    def __init__(self, project: Project, content: ExportContent, plan: ExportPlan, track: ObjectTrack) -> None:
        self._project = project
        self._plan = plan
        self._track = track
        self._video = content.labels.video
        self._frames = self._video.frames
        self._columns = track.columns
        self._present = self._columns.where(self._columns.is_present)
        self._at = np.searchsorted(self._frames, self._present.frame_indices)
        states = project.state_codes(track.track_id, 0, self._video.frame_count - 1)
        self._states = states[self._frames]
        self._name = f"{track.label} {track.track_id}"
        self.is_unsaid = _SHOWS_NOTHING[states]

    def findings(self) -> Iterator[Finding]:
        """In no particular order."""
        yield from self._missing()
        yield from self._off_image()
        yield from self._doubtful()
        yield from self._values()
        yield from self._not_held()

    def _missing(self) -> Iterator[Finding]:
        has_box = self._on_frames(np.ones(len(self._present), dtype=bool))
        is_between = np.zeros(len(self._frames), dtype=bool)
        is_between[self._at[0] : self._at[-1] + 1] = True
        is_missing = is_between & ~has_box
        unlabelled = self.is_unsaid[self._frames]
        said_outside = self._states == FrameState.OUTSIDE
        words = "no box, and not marked as outside; readers take the object as absent"
        yield from self._spans(FindingKind.GAP, is_missing & unlabelled, words)
        words = "its boxes here are not exported; readers take the object as absent"
        yield from self._spans(FindingKind.LEFT_OUT, is_missing & ~unlabelled & ~said_outside, words)

    def _off_image(self) -> Iterator[Finding]:
        x, y, width, height = self._present.boxes_xywh.T
        is_off = (x + width <= 0) | (y + height <= 0) | (x >= self._video.width) | (y >= self._video.height)
        is_over = (x < 0) | (y < 0) | (x + width > self._video.width) | (y + height > self._video.height)
        yield from self._spans(FindingKind.OFF_IMAGE, self._on_frames(is_off), "entirely outside the image")
        yield from self._spans(
            FindingKind.PARTLY_OFF_IMAGE, self._on_frames(is_over & ~is_off), "partly outside the image"
        )
        if not (self._plan.label_format.can_hold.sub_pixel and self._plan.options.sub_pixel):
            is_tiny = self._on_frames((width < 1) | (height < 1))
            words = "smaller than a pixel; it cannot be written in whole pixels"
            yield from self._spans(FindingKind.TINY, is_tiny, words)

    def _doubtful(self) -> Iterator[Finding]:
        yield from self._open_findings()
        is_machine = self._on_frames(~self._present.is_human)
        if not is_machine.any():
            return
        marks = {mark: np.zeros(self._video.frame_count, dtype=bool) for mark in ReviewMark}
        for span in self._project.review(self._track.track_id):
            marks[span.mark][span.first : span.last + 1] = True
        is_good, is_bad = (marks[mark][self._frames] for mark in (ReviewMark.ACCEPTED, ReviewMark.BAD))
        is_lost = is_machine & ~is_good & self._is_lost()
        yield from self._spans(FindingKind.LOST, is_lost, "the target was lost")
        yield from self._spans(FindingKind.MARKED_BAD, is_machine & is_bad, "marked as bad")
        unseen = is_machine & ~is_good & ~is_bad & ~is_lost
        yield from self._spans(FindingKind.UNREVIEWED, unseen, "not reviewed")

    def _open_findings(self) -> Iterator[Finding]:
        """How many there are of the object, and where the most suspicious one of each reason is."""
        found = review_findings(self._project, self._track.track_id, self._video.frame_count, self._plan.rules)
        for code, reason in enumerate(REASONS):
            of_reason = found[found["reason"] == code]
            if len(of_reason):
                first, last = (int(of_reason[0][name]) for name in ("first", "last"))
                where = f"{len(of_reason):,} findings, first look at {span_words(first, last)}"
                words = f"{self._name}, {reason.value}: {where if len(of_reason) > 1 else span_words(first, last)}"
                yield Finding(FindingKind.OPEN, words, self._track.track_id, first, last)

    def _is_lost(self) -> Mask:
        block = self._project.predictions_at(self._track.track_id, self._frames)
        not_found = block.frame_indices[(block.rows["flags"] & (RowFlag.FOUND | RowFlag.SUPERSEDED)) == 0]
        return np.isin(self._frames, not_found)

    def _values(self) -> Iterator[Finding]:
        """Required attributes that are missing, and values that do not fit."""
        said = self._columns.attributes
        for attribute in self._project.attributes_of(self._track.label):
            if not attribute.is_of_frames:
                shown = ShownValue(attribute, value_of(attribute, self._track.attributes), True)
                if shown.problem:
                    words = f"{self._name}: {attribute.name} {shown.problem}"
                    yield Finding(FindingKind.VALUES, words, self._track.track_id)
                continue
            frames_of: dict[str, list[int]] = {}
            for frame, values in said.items():
                frames_of.setdefault(value_of(attribute, values), []).append(frame)
            frames_of.pop("", None)
            if attribute.is_required and not attribute.default:
                is_said = np.isin(
                    self._present.frame_indices, [each for some in frames_of.values() for each in some]
                )
                missing = self._on_frames(~is_said)
                words = f"{attribute.name} {ShownValue(attribute, '', False).problem}"
                yield from self._spans(FindingKind.VALUES, missing, words)
            for value, frames in frames_of.items():
                if problem := attribute.problem(value):
                    wrong = self._on_frames(np.isin(self._present.frame_indices, frames))
                    yield from self._spans(FindingKind.VALUES, wrong, f"{attribute.name} {problem}")

    def _not_held(self) -> Iterator[Finding]:
        can_hold, title = self._plan.label_format.can_hold, self._plan.label_format.title
        if not can_hold.occlusion:
            is_occluded = self._on_frames(self._present.visibilities == OCCLUDED_CODE)
            yield from self._spans(
                FindingKind.NOT_HELD, is_occluded, f"marked as occluded, which {title} does not store"
            )
        if not can_hold.absence:
            is_outside = self._states == FrameState.OUTSIDE
            words = f"marked as outside; {title} can only leave out the box"
            yield from self._spans(FindingKind.NOT_HELD, is_outside, words)
        if not (can_hold.attributes and can_hold.box_attributes):
            given = [index for index, said in self._columns.attributes.items() if given_attributes(said)]
            is_said = np.isin(self._frames, given) | (bool(self._track.attributes) and not can_hold.attributes)
            of = " of single frames" if can_hold.attributes else ""
            words = f"has attributes{of}, which {title} does not store"
            yield from self._spans(
                FindingKind.NOT_HELD, is_said & self._on_frames(np.ones(len(self._present), dtype=bool)), words
            )

    def _on_frames(self, of_boxes: Mask) -> Mask:
        """From a mask over the present boxes to one over the exported frames."""
        mask = np.zeros(len(self._frames), dtype=bool)
        mask[self._at[of_boxes]] = True
        return mask

    def _spans(self, kind: FindingKind, mask: Mask, words: str) -> Iterator[Finding]:
        if not mask.any():
            return
        edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]])))
        for start, end in edges.reshape(-1, 2).tolist():
            first, last = int(self._frames[start]), int(self._frames[end - 1])
            said = f"{self._name}, {span_words(first, last)}: {words}"
            yield Finding(kind, said, self._track.track_id, first, last)
