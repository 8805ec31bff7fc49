"""What every tracker offers, and what one tracked frame tells about itself.

A tracker is driven from one thread: `initialize` on the first frame, `track` on each following one, `correct`
where a human says otherwise. Frames are uint8 RGB (height, width, 3), or give such pixels where one looks; boxes
are 0-based continuous pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray

Frame = NDArray[np.uint8]
"""(height, width, 3) uint8 RGB. Grey (height, width) and RGBA frames are accepted and converted."""


@runtime_checkable
class FrameInParts(Protocol):
    """A frame whose pixels are made where a tracker looks: of a large one, most are never needed.

    A tracker finds the same with it as with the array that `covering` gives for the whole frame.
    """

    @property
    def shape(self) -> tuple[int, int, int]:
        """(height, width, 3)."""
        ...

    def covering(self, left: int, top: int, right: int, bottom: int) -> Frame:
        """The whole frame's array (height, width, 3), of which the named part is filled in; not to be written to.

        Args:
            left: first column, 0-based; what lies outside of the frame is left aside.
            top: first row.
            right: the column after the last.
            bottom: the row after the last.
        """
        ...


AnyFrame = Frame | FrameInParts
"""What a tracker looks at."""

ShouldCancel = Callable[[], bool]
"""Polled while a tracker learns; answering True makes the call raise `TrackingCancelled`."""

OnProgress = Callable[[float], None]
"""Told the finished fraction (0..1) of a long call such as first-frame learning."""

Checkpoint = Mapping[str, NDArray[np.generic]]
"""By name; numbers alone, so that it can be written and read without running anything."""


_SAME_PLACE = 0.3  # IoU


class TrackingCancelled(Exception):  # noqa: N818 - the house's word; it is an answer, not a fault
    """The caller asked to stop; the tracker is as it was before the call and may be used again."""


class TrackerInputError(ValueError):
    """A frame or box that cannot be tracked; the message says what was expected and what came."""


class CandidateOrigin(IntEnum):
    """Which centre a candidate was drawn around. Source: paper 3.1, S_comb; the others are ours.

    MATCHED is not drawn: a box of the matching head. GUIDED are draws around a guide's box, and boxes of its own.
    """

    PREVIOUS = 0
    LOCALIZED = 1
    LAST_SEEN = 2
    MATCHED = 3
    GUIDED = 4


@dataclass(frozen=True, slots=True)
class DrawingCenter:
    """A place that candidates were drawn around.

    Attributes:
        origin: of those candidates.
        box: the mean of the draws, with the size that theirs are multiples of.
        count: how many were drawn.
        translation: their spread in mean sides of `box`: no centre lies farther away along an axis, and half of it
            is the standard deviation.
    """

    origin: CandidateOrigin
    box: Box
    count: int
    translation: float


class UpdateKind(Enum):
    """Which learning step a frame ended with. Source: paper 3.3."""

    NONE = "none"
    FIRST_FRAME = "first frame"
    SHORT_TERM = "short-term"
    LONG_TERM = "long-term"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class ResponseMap:
    """The localiser's response over the search region.

    Attributes:
        values: (rows, columns) float32 target logits, upsampled; larger is more like the target.
        extent: image rectangle that `values` covers edge to edge (each value is one cell of it), in pixels.
            A response belongs to the place of the target's *centre*.
    """

    values: NDArray[np.float32]
    extent: Box

    def image_position(self, row: float, column: float) -> tuple[float, float]:
        """Image x, y (pixels) of the centre of cell (row, column)."""
        rows, columns = self.values.shape
        return (
            self.extent.x + (column + 0.5) * self.extent.width / columns,
            self.extent.y + (row + 0.5) * self.extent.height / rows,
        )

    @property
    def peak(self) -> tuple[float, float]:
        """Image x, y (pixels) of the centre of the cell with the largest response."""
        row, column = np.unravel_index(int(np.argmax(self.values)), self.values.shape)
        return self.image_position(float(row), float(column))


@dataclass(frozen=True, slots=True)
class Candidates:
    """All places the classifier judged in one frame.

    Attributes:
        boxes_xywh: (n, 4) float64 pixels.
        origins: (n,) uint8, a `CandidateOrigin` each.
        scores: (n,) float32 target logits; above 0 means target.
        best: (k,) int64 row numbers of the best, best first; the chosen box is their mean.
        is_exact: (n,) whether a score comes from the candidate's own pixels; the others were read from a map they
            share, and are not among the best.
    """

    boxes_xywh: BoxArray
    origins: NDArray[np.uint8]
    scores: NDArray[np.float32]
    best: NDArray[np.int64]
    is_exact: NDArray[np.bool_]

    def ranked(self) -> NDArray[np.int64]:
        """All row numbers: exact scores before read ones, each best first (stable for equal scores)."""
        return np.lexsort((-self.scores, ~self.is_exact))


@dataclass(frozen=True, slots=True)
class RatedProposals:
    """The boxes that the default system chooses its answer among, where it does not average the best.

    Attributes:
        rows: (m,) int64 row numbers of the candidates that are proposals.
        confidences: (m,) float32, 0..1: the overlap that matching head and guide expect.
        ratings: (m,) float32: what each is chosen by. The logarithm of its confidence, less where size, shape or
            place jump, and a share of its score; the largest is the answer.
    """

    rows: NDArray[np.int64]
    confidences: NDArray[np.float32]
    ratings: NDArray[np.float32]

    @property
    def chosen_row(self) -> int:
        """Row number of the candidate that is the answer, before its size is smoothed."""
        return int(self.rows[int(np.argmax(self.ratings))])


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """One learning step: what ran and the loss after each iteration (empty where a head was not trained).

    It is reported on the frame after which its weights are used.
    """

    kind: UpdateKind = UpdateKind.NONE
    classifier_losses: tuple[float, ...] = ()
    localizer_losses: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """Everything a view needs to explain one tracked frame.

    Attributes:
        previous_box: the target state of the frame before, around which half of the candidates was drawn.
        search_region: image rectangle the localiser saw; None where the variant has no localiser.
        response_map: the localiser's response; None where the variant has no localiser.
        localized_box: where the localiser proposes the target; None where it abstains or is absent.
        candidates: every scored box, with origin and score.
        chosen_box: mean of the best candidates (MDNet: in whole pixels): the state the next frame starts from.
        regressed_box: the chosen box after bounding-box regression; None where regression did not run.
        update: the learning step at the end of this frame.
        stage_ms: wall milliseconds per stage, by name, in order of execution.
        matched_box: the box with the highest confidence of the matching head, or of head and guide together; None
            where the variant has no such head.
        matched_confidence: 0..1, the overlap it expects of that box.
        guided_box: the guide's own choice; None where there is no guide.
        guided_confidence: 0..1, as the guide says.
        guide_trust: 0..1, how much the guide still counts for this target.
        regressed_best: (k, 4) float64 pixels: each of the best candidates after bounding-box regression, in the
            order of `candidates.best`; `regressed_box` is their mean. None where regression did not run.
        proposals: what the answer was chosen among; None where the variant averages the best.
        centers: what the candidates were drawn around, in the order of the draws, which come first among the
            candidates; empty where that is not known.
    """

    previous_box: Box
    search_region: Box | None
    response_map: ResponseMap | None
    localized_box: Box | None
    candidates: Candidates
    chosen_box: Box
    regressed_box: Box | None
    update: UpdateReport = field(default_factory=UpdateReport)
    stage_ms: tuple[tuple[str, float], ...] = ()
    matched_box: Box | None = None
    matched_confidence: float = 0.0
    guided_box: Box | None = None
    guided_confidence: float = 0.0
    guide_trust: float = 0.0
    regressed_best: BoxArray | None = None
    proposals: RatedProposals | None = None
    centers: tuple[DrawingCenter, ...] = ()

    @property
    def has_rivals(self) -> bool:
        """Whether the box with the highest confidence of the matching head lies apart from the chosen one."""
        return self.matched_box is not None and self.matched_box.iou(self.chosen_box) < _SAME_PLACE


@dataclass(frozen=True, slots=True)
class TrackResult:
    """One frame's answer.

    Attributes:
        box: the target, sub-pixel; on a lost frame the tracker's best guess.
        score: how sure the tracker is of the box, above 0 where it counts as found; infinity on a frame with a
            manual box. Of the paper's system and MDNet the classifier's log-odds of the target, the mean over the
            best candidates. Of dlst-studio the log-odds of the chosen proposal's confidence, measured from the
            least that counts as found, and a share of the classifier's score of it.
        is_found: whether the target is found.
        diagnostics: only where asked for.
        update: which learning step this frame ended with.
    """

    box: Box
    score: float
    is_found: bool
    diagnostics: Diagnostics | None = None
    update: UpdateKind = UpdateKind.NONE


@dataclass(frozen=True, slots=True)
class Example:
    """A manual box of the target on some other frame of the video.

    Attributes:
        box: of the target there.
        read: gives the frame; called once, when the tracker looks at it, so that not all have to be held.
    """

    box: Box
    read: Callable[[], AnyFrame]


class Tracker(Protocol):
    """One target followed through one video.

    `TrackingCancelled` and `TrackerInputError` leave the tracker as it was before the call.
    """

    def initialize(
        self,
        frame: AnyFrame,
        box: Box,
        *,
        examples: Sequence[Example] = (),
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> TrackResult:
        """Learn the target from a manual box on the first frame; discards all that was known before.

        Args:
            frame: where tracking starts.
            box: of the target there.
            examples: manual boxes of other frames, the least important first: learned for good as well, without
                moving from `box`. A tracker that cannot be taught leaves them aside.
            should_cancel: polled while learning.
            on_progress: told the finished fraction.
        """
        ...

    def track(
        self, frame: AnyFrame, *, with_diagnostics: bool = False, should_cancel: ShouldCancel | None = None
    ) -> TrackResult:
        """Find the target on the next frame and learn from it."""
        ...

    def correct(
        self,
        frame: AnyFrame,
        box: Box,
        *,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> TrackResult:
        """Learn from a manual box on the frame just tracked, or on the next one, and go on from it.

        A second box on the same frame is learned as if the first had never been given; it takes the place of an
        example of that frame.
        """
        ...


@runtime_checkable
class Revocable(Protocol):
    """A tracker that can take back its latest frame, so that it may be tracked before anybody asks for it."""

    def take_back(self) -> None:
        """Be as before the latest call, bit for bit.

        Raises:
            ValueError: the latest call was neither `track` nor `correct`, or has failed.
        """
        ...


class CheckpointError(ValueError):
    """A checkpoint that does not fit the tracker; initialize it again."""


@runtime_checkable
class Resumable(Protocol):
    """A tracker that can be left in one process and followed on in another."""

    def checkpoint(self) -> Checkpoint | None:
        """What was learned so far; None where that cannot be told now, but after some later frame."""
        ...

    def resume(self, checkpoint: Checkpoint) -> None:
        """Go on after the frame that a checkpoint was taken on, as the tracker it was taken of would.

        Call it after `initialize` with the same frame, box and examples, on a tracker made alike.

        Raises:
            CheckpointError: it is of another tracker; this one has to be initialized again.
        """
        ...
