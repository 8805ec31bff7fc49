"""Everything a user has about one video. It changes by `apply` alone, which `EditHistory` calls."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from dlst_gui.project.attributes import Attribute
from dlst_gui.project.changes import (
    AttributeChange,
    Change,
    KeyframeChange,
    KeyframesChange,
    LabelChange,
    PredictionChange,
    ReviewChange,
    SupersedeChange,
    TrackChange,
    VideoChange,
    inverses,
)
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.frame_states import frame_states
from dlst_gui.project.keyframe_block import KeyframeBlock
from dlst_gui.project.labels import Label, TrackInfo
from dlst_gui.project.mending import Missing
from dlst_gui.project.pages import Page
from dlst_gui.project.prediction_block import PredictionBlock, RowFlag
from dlst_gui.project.prediction_pages import FrameSpans, PageRows
from dlst_gui.project.review import ReviewSpan
from dlst_gui.project.track_content import StaleChangeError, TrackContent
from dlst_gui.project.tracks import (
    LAST_FRAME,
    FrameState,
    Keyframe,
    Prediction,
    Shown,
    ShownKind,
    Visibility,
    interpolated_box,
)
from dlst_gui.project.video_identity import VideoIdentity
from tracker_core import Box


class Project:
    """Labels and tracks of one video. Where a track's id is asked for, an unknown one raises KeyError."""

    def __init__(self, video: VideoIdentity) -> None:
        self._video = video
        self._labels: dict[str, Label] = {}
        self._attributes: dict[int, Attribute] = {}
        self._infos: dict[int, TrackInfo] = {}
        self._contents: dict[int, TrackContent] = {}
        self._relatives: WeakSet[Project] = WeakSet((self,))

    @property
    def video(self) -> VideoIdentity:
        return self._video

    def labels(self) -> tuple[Label, ...]:
        """By name."""
        return tuple(self._labels[name] for name in sorted(self._labels))

    def label(self, name: str) -> Label | None:
        """The label that is offered under this name."""
        return self._labels.get(name)

    def attributes(self) -> tuple[Attribute, ...]:
        """In the order of their ids, which is the order in which they were added."""
        return tuple(self._attributes[attribute_id] for attribute_id in sorted(self._attributes))

    def attributes_of(self, label: str) -> tuple[Attribute, ...]:
        """Those of objects with this label, in the same order."""
        return tuple(each for each in self.attributes() if each.applies_to(label))

    def next_attribute_id(self) -> int:
        """The id that the next new attribute gets."""
        return max(self._attributes, default=0) + 1

    def tracks(self) -> tuple[TrackInfo, ...]:
        """In the order of their ids, which is the order in which they were added."""
        return tuple(self._infos[track_id] for track_id in sorted(self._infos))

    def has_track(self, track_id: int) -> bool:
        """Whether there is a track of this id."""
        return track_id in self._infos

    def track(self, track_id: int) -> TrackInfo:
        """What is known about a track besides its boxes."""
        self._content(track_id)
        return self._infos[track_id]

    def next_track_id(self) -> int:
        """The id that the next new track gets."""
        return max(self._infos, default=0) + 1

    def keyframes(self, track_id: int, first: int = 0, last: int = LAST_FRAME) -> tuple[Keyframe, ...]:
        """The manual boxes on frames `first` to `last`, in order; `keyframe_block` has many of them faster."""
        return self.keyframe_block(track_id, first, last).keyframes()

    def keyframe_block(self, track_id: int, first: int = 0, last: int = LAST_FRAME) -> KeyframeBlock:
        """The manual boxes on frames `first` to `last`, as arrays."""
        return self._content(track_id).keyframes.block(first, last)

    def keyframes_around(self, track_id: int, first: int, last: int) -> KeyframeBlock:
        """The manual boxes on frames `first` to `last`, and the nearest one on either side."""
        return self._content(track_id).keyframes.around(first, last)

    def keyframe(self, track_id: int, frame_index: int) -> Keyframe | None:
        """The manual box on this frame."""
        return self._content(track_id).keyframes.get(frame_index)

    def keyframe_at_or_before(self, track_id: int, frame_index: int) -> Keyframe | None:
        """The nearest manual box up to this frame."""
        return self._content(track_id).keyframes.at_or_before(frame_index)

    def keyframe_before(self, track_id: int, frame_index: int) -> Keyframe | None:
        """The nearest manual box before this frame."""
        return self._content(track_id).keyframes.at_or_before(frame_index - 1)

    def keyframe_after(self, track_id: int, frame_index: int) -> Keyframe | None:
        """The nearest manual box after this frame."""
        return self._content(track_id).keyframes.after(frame_index)

    def manual_boxes(self, track_id: int) -> Mapping[int, Box]:
        """By frame index: what a tracker may learn from. Those marked outside show no object."""
        block = self.keyframe_block(track_id)
        seen = block.where(block.shows_object)
        boxes = (Box(*numbers) for numbers in seen.rows["box"].tolist())
        return MappingProxyType(dict(zip(seen.frame_indices.tolist(), boxes, strict=True)))

    def has_manual_boxes(self, track_id: int) -> bool:
        """Whether `manual_boxes` has any."""
        return self._content(track_id).keyframes.shows_object

    def prediction(self, track_id: int, frame_index: int) -> Prediction | None:
        """What a tracker said about this frame, superseded or not, hidden by a manual box or not."""
        return self._content(track_id).predictions.prediction(frame_index)

    def predictions(self, track_id: int, first: int = 0, last: int = LAST_FRAME) -> PredictionBlock:
        """What trackers said about frames `first` to `last`."""
        return self._content(track_id).predictions.block(first, last)

    def predictions_at(self, track_id: int, frame_indices: NDArray[np.int32]) -> PredictionBlock:
        """What trackers said about these (ascending) frames."""
        return self._content(track_id).predictions.block_at(frame_indices)

    def valid_predictions(self, track_id: int, first: int, last: int = LAST_FRAME) -> FrameSpans:
        """Where predictions lie that are not superseded, as spans of frames."""
        return self._content(track_id).predictions.valid_spans(first, last)

    def has_valid_predictions(self, track_id: int) -> bool:
        """Whether there is a prediction that is not superseded."""
        return self._content(track_id).predictions.has_valid

    def first_valid_prediction(self, track_id: int) -> int | None:
        """The first frame with a prediction that is not superseded."""
        return self._content(track_id).predictions.first_valid()

    def review(self, track_id: int) -> tuple[ReviewSpan, ...]:
        """The review marks, in order; no two on one frame."""
        return self._content(track_id).review

    def shown(self, track_id: int, frame_index: int) -> Shown | None:
        """What a frame shows of a track.

        A manual box; else a prediction that is not superseded; else a box between the two neighbouring manual
        ones, where both exist and the earlier one is not outside; else nothing. "Occluded" holds from the keyframe
        that says so to the next one.
        """
        content = self._content(track_id)
        prediction = content.predictions.prediction(frame_index)
        before = content.keyframes.at_or_before(frame_index)
        if before is not None and before.frame_index == frame_index:
            return Shown(before.box, ShownKind.HUMAN, before.visibility, prediction, before)
        said = before.visibility if before is not None else Visibility.VISIBLE
        if prediction is not None and not prediction.is_superseded:
            visibility = Visibility.VISIBLE if said is Visibility.OUTSIDE else said
            return Shown(prediction.box, ShownKind.TRACKED, visibility, prediction, None)
        after = content.keyframes.after(frame_index)
        if before is None or after is None or said is Visibility.OUTSIDE:
            return None
        return Shown(interpolated_box(before, after, frame_index), ShownKind.INTERPOLATED, said, prediction, None)

    def last_box_before(self, track_id: int, frame_index: int) -> Box | None:
        """The nearest human or valid predicted box before this frame: where the object was last."""
        content = self._content(track_id)
        keyframe = content.keyframes.at_or_before(frame_index - 1)
        prediction = content.predictions.last_before(frame_index)
        if prediction is not None and (keyframe is None or keyframe.frame_index < prediction.frame_index):
            return prediction.box
        return None if keyframe is None else keyframe.box

    def state_codes(self, track_id: int, first: int, last: int) -> NDArray[np.uint8]:
        """(n,) `FrameState` of frames `first` to `last`, by the rule of `shown`."""
        content = self._content(track_id)
        return frame_states(content.keyframes.around(first, last), content.predictions.flags(first, last), first)

    def are_interpolated(self, track_id: int, first: int, last: int) -> NDArray[np.bool_]:
        """(n,) whether frames `first` to `last` show a box on a line, also where it is marked as occluded."""
        content, codes = self._content(track_id), self.state_codes(track_id, first, last)
        flags = content.predictions.flags(first, last) & (RowFlag.PRESENT | RowFlag.SUPERSEDED)
        is_hidden = (codes == FrameState.OCCLUDED) & (flags != RowFlag.PRESENT)
        is_hidden[content.keyframes.block(first, last).frame_indices - first] = False
        return np.asarray((codes == FrameState.INTERPOLATED) | is_hidden)

    def scores(self, track_id: int, first: int, last: int) -> NDArray[np.float32]:
        """(n,) scores of the predictions that are not superseded; NaN elsewhere."""
        return self._content(track_id).predictions.numbers("score", first, last)

    def disagreements(self, track_id: int, first: int, last: int) -> NDArray[np.float32]:
        """(n,) of 0 to 1, see `Prediction`; NaN where it is unknown."""
        return self._content(track_id).predictions.numbers("disagreement", first, last)

    def copied(self, *, without: Collection[int] = ()) -> Project:
        """A snapshot of the project, to be read in another thread. Both share the pages that stay as they are.

        Args:
            without: ids of tracks that are left out.
        """
        copy = Project(self._video)
        copy._relatives = self._relatives
        self._relatives.add(copy)
        copy._labels = dict(self._labels)
        copy._attributes = dict(self._attributes)
        copy._infos = {track_id: info for track_id, info in self._infos.items() if track_id not in without}
        copy._contents = {track_id: self._contents[track_id].copied() for track_id in copy._infos}
        return copy

    @property
    def relatives(self) -> WeakSet[Project]:
        """The project that was read, and all copies, as far as they are in use: they share pages."""
        return self._relatives

    def keep_pages(self) -> None:
        """Read everything that is still in the file alone; raises ProjectFileError, after all else was read."""
        problem: ProjectFileError | None = None
        for content in self._contents.values():
            try:
                content.keep_pages()
            except ProjectFileError as error:
                problem = error
        if problem is not None:
            raise problem

    def mended(self, earlier: Project | None) -> tuple[Project, dict[int, Missing]]:
        """A copy of which everything can be read: pages that cannot are those of an earlier state, or are gone.

        Returns:
            the copy; what could not be read, by track.
        """
        copy = self.copied()
        missing = {
            track_id: content.mend(None if earlier is None else earlier._contents.get(track_id))
            for track_id, content in sorted(copy._contents.items())
        }
        return copy, {track_id: what for track_id, what in missing.items() if what != Missing()}

    def page_numbers(self, track_id: int) -> tuple[int, ...]:
        """Of all pages of a track, of either kind."""
        content = self._content(track_id)
        return tuple(sorted({*content.keyframes.page_numbers(), *content.predictions.page_numbers()}))

    def prediction_page(self, track_id: int, number: int) -> Page[PageRows] | None:
        """For the file: a page of predictions; None where there is none, or no such track."""
        content = self._contents.get(track_id)
        return None if content is None else content.predictions.page(number)

    def keyframe_page(self, track_id: int, number: int) -> Page[KeyframeBlock] | None:
        """For the file: a page of manual boxes; None where there is none, or no such track."""
        content = self._contents.get(track_id)
        return None if content is None else content.keyframes.page(number)

    def add_prediction_page(self, track_id: int, number: int, page: Page[PageRows]) -> None:
        """For the file: take a page as it is; ValueError for an unknown track."""
        self._filled(track_id).predictions.add_page(number, page)

    def add_keyframe_page(self, track_id: int, number: int, page: Page[KeyframeBlock]) -> None:
        """For the file: take a page as it is; ValueError for an unknown track."""
        self._filled(track_id).keyframes.add_page(number, page)

    def pages(self) -> Iterator[Page[PageRows] | Page[KeyframeBlock]]:
        """All pages of all tracks."""
        for content in self._contents.values():
            yield from content.predictions.pages()
            yield from content.keyframes.pages()

    def restore(self, other: Project) -> None:
        """Be as another project, which is not used any more."""
        self._video, self._labels, self._attributes = other._video, other._labels, other._attributes
        self._infos, self._contents = other._infos, other._contents
        other.relatives.discard(other)

    def apply(self, *changes: Change) -> None:
        """Make all changes or none.

        Raises:
            StaleChangeError: one does not find what it was made for.
            ProjectFileError: what it changes cannot be read.
        """
        for done, change in enumerate(changes):
            try:
                self._apply_one(change)
            except (StaleChangeError, ProjectFileError):
                for undone in inverses(changes[:done]):
                    self._apply_one(undone)
                raise

    def _apply_one(self, change: Change) -> None:
        match change:
            case VideoChange():
                _expect(change.before == self._video, "the project's video is another")
                self._video = change.after
            case LabelChange():
                self._apply_label(change)
            case AttributeChange():
                self._apply_attribute(change)
            case TrackChange():
                self._apply_track(change)
            case KeyframeChange():
                self._changed_content(change.track_id).apply_keyframe(change)
            case KeyframesChange():
                self._changed_content(change.track_id).apply_keyframes(change)
            case PredictionChange():
                self._changed_content(change.track_id).apply_predictions(change)
            case SupersedeChange():
                self._changed_content(change.track_id).apply_supersede(change)
            case ReviewChange():
                self._changed_content(change.track_id).apply_review(change)

    def _apply_label(self, change: LabelChange) -> None:
        known = change.before or change.after
        if known is None:
            return
        _expect(self._labels.get(known.name) == change.before, f"the label {known.name!r} is another")
        if change.after is not None:
            self._labels[change.after.name] = change.after
        else:
            del self._labels[known.name]

    def _apply_attribute(self, change: AttributeChange) -> None:
        known = change.before or change.after
        if known is None:
            return
        attribute_id = known.attribute_id
        is_known = self._attributes.get(attribute_id) == change.before
        _expect(is_known, f"attribute {attribute_id} ({known.name!r}) is another")
        if change.after is not None:
            self._attributes[attribute_id] = change.after
        else:
            del self._attributes[attribute_id]

    def _apply_track(self, change: TrackChange) -> None:
        known = change.before or change.after
        if known is None:
            return
        track_id = known.track_id
        _expect(self._infos.get(track_id) == change.before, f"track {track_id} is described differently")
        if change.after is not None:
            self._infos[track_id] = change.after
            self._contents.setdefault(track_id, TrackContent())
        else:
            _expect(self._contents[track_id].is_empty, f"track {track_id} still has boxes")
            del self._infos[track_id], self._contents[track_id]

    def _content(self, track_id: int) -> TrackContent:
        try:
            return self._contents[track_id]
        except KeyError:
            raise KeyError(f"no track {track_id}; there are {sorted(self._infos)}") from None

    def _filled(self, track_id: int) -> TrackContent:
        if track_id not in self._contents:
            raise ValueError(f"a page belongs to track {track_id}, which is missing")
        return self._contents[track_id]

    def _changed_content(self, track_id: int) -> TrackContent:
        _expect(track_id in self._contents, f"there is no track {track_id}")
        return self._contents[track_id]


def _expect(is_met: bool, problem: str) -> None:
    if not is_met:
        raise StaleChangeError(problem)
