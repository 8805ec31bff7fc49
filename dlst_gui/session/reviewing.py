"""Leads a person through the frames that are most likely wrong, and takes the verdicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QObject, Slot

from dlst_gui.exchange.progress import Progress, Stage, Watch
from dlst_gui.project.edits import mark_reviewed
from dlst_gui.project.project import Project
from dlst_gui.project.review import ReviewMark, span_words
from dlst_gui.project.review_queue import LOW_SCORE, ReviewItem, review_items
from dlst_gui.session.background_job import BackgroundJob, JobFailed
from dlst_gui.session.editing import Editing
from dlst_gui.session.session import Session

FRAMES_AT_ONCE = 50_000  # ours: of all objects together, looked through in a tenth of a second


class Reviewing(QObject):
    """Commands of the window about the review queue; a track is looked through again only where it has changed.

    Where that takes a while it is done by a background job on a copy of the project, and the command goes on when
    that has ended.
    """

    def __init__(self, session: Session, editing: Editing) -> None:
        super().__init__()
        self._session = session
        self._editing = editing
        self._known: dict[int, tuple[ReviewItem, ...]] = {}
        self._job: BackgroundJob | None = None
        self._wanted: Callable[[], None] | None = None
        self._changed_since: set[int] = set()
        self._led_to: ReviewItem | None = None
        session.project_closing.connect(self._on_project_closing)
        session.project_changed.connect(self._on_project_changed)

    def queue(self) -> tuple[ReviewItem, ...]:
        """What should be reviewed of all tracks, the riskiest first."""
        project = self._session.project
        if project is None:
            return ()
        ids = [track.track_id for track in project.tracks()]
        items = (item for track_id in ids for item in self._items_of(project, track_id))
        return tuple(sorted(items, key=lambda item: (-item.risk, item.track_id, item.first)))

    def seek(self, *, forward: bool) -> None:
        """Go to the next item of the queue, or the one before, and around at its ends."""
        self._when_known(partial(self._seek, forward=forward))

    @property
    def is_looking(self) -> bool:
        """Whether the queue is being made."""
        return self._job is not None

    def _seek(self, *, forward: bool) -> None:
        queue = self.queue()
        if not queue:
            self._session.noted.emit("Nothing left to review.")
            return
        # Who stands in an item by chance has not been led to it: the riskiest one comes first.
        here = self._item_here(queue)
        if here is not None and here == self._led_to:
            position = queue.index(here) + (1 if forward else -1)
        else:
            position = 0 if forward else -1
        number = position % len(queue)
        item = self._led_to = queue[number]
        self._session.selection.select(item.track_id)
        self._session.seek(item.worst)
        self._session.noted.emit(
            f"{number + 1} of {len(queue)}: {self._reason(item)}, {span_words(item.first, item.last)}. "
            "Use Accept Span or Mark as Bad."
        )

    def _reason(self, item: ReviewItem) -> str:
        """Of a low score also what it means, where that was measured."""
        project = self._session.project
        prediction = None if project is None else project.prediction(item.track_id, item.worst)
        if item.reason != LOW_SCORE or prediction is None:
            return item.reason
        share = self._session.current_project.wrong_share(prediction)
        return item.reason if share is None else f"{item.reason} ({share * 100:.0f} % of such boxes are wrong)"

    def judge(self, mark: ReviewMark) -> None:
        """Accept or call bad the item of the queue at this frame, else this frame alone; then go to the next.

        A verdict is about a tracker's boxes: it ends before the manual boxes around the frame.
        """
        project, track_id = self._session.project, self._session.selected_track
        items = () if project is None or track_id is None else self._items_of(project, track_id)
        here, item = self._session.playhead.frame_index, self._item_here(items)
        if project is not None and track_id is not None and project.keyframe(track_id, here) is not None:
            self._session.noted.emit("This is your own box: there is nothing to review on this frame.")
            return
        first, last = (here, here) if item is None else (item.first, item.last)
        if project is not None and track_id is not None:
            before, after = project.keyframe_before(track_id, here), project.keyframe_after(track_id, here)
            first = first if before is None else max(first, before.frame_index + 1)
            last = last if after is None else min(last, after.frame_index - 1)
        done = self._editing.do(lambda p, track: mark_reviewed(p, track, first=first, last=last, mark=mark))
        if done and item is not None and mark is ReviewMark.ACCEPTED:
            self.seek(forward=True)
        elif done and mark is ReviewMark.BAD:
            marked = span_words(first, last)
            self._session.noted.emit(f"Marked as bad: {marked}. Correct the box, then continue tracking.")

    def _item_here(self, queue: tuple[ReviewItem, ...]) -> ReviewItem | None:
        """The item of the selected track that holds the shown frame."""
        track_id, here = self._session.selected_track, self._session.playhead.frame_index
        return next((i for i in queue if i.track_id == track_id and i.first <= here <= i.last), None)

    def _items_of(self, project: Project, track_id: int) -> tuple[ReviewItem, ...]:
        if track_id not in self._known:
            frames = self._session.playhead.last_frame + 1
            self._known[track_id] = review_items(project, track_id, frames)
        return self._known[track_id]

    def _when_known(self, go_on: Callable[[], None]) -> None:
        """Go on once all tracks have been looked through; a later command takes the place of one that waits."""
        project, frames = self._session.project, self._session.playhead.last_frame + 1
        ids = () if project is None else tuple(track.track_id for track in project.tracks())
        unknown = tuple(track_id for track_id in ids if track_id not in self._known)
        if project is None or (self._job is None and len(unknown) * frames <= FRAMES_AT_ONCE):
            go_on()
            return
        self._wanted = go_on
        if self._job is None:
            self._changed_since.clear()
            work = partial(_look_through, project.copied(), unknown, frames)
            self._job = BackgroundJob(work, "review queue")
            self._job.progressed.connect(self._on_progressed)
            self._job.ended.connect(self._on_ended)

    @Slot(object)
    def _on_progressed(self, progress: Progress) -> None:
        self._session.noted.emit(f"Looking for frames to review: object {progress.done + 1} of {progress.total}")

    @Slot(object)
    def _on_ended(self, outcome: object) -> None:
        self._job = None
        wanted, self._wanted = self._wanted, None
        if isinstance(outcome, JobFailed):
            self._session.failed.emit("Cannot make the review queue", outcome.message, outcome.details)
        elif isinstance(outcome, Mapping) and wanted is not None:
            fresh = {track_id: items for track_id, items in outcome.items() if track_id not in self._changed_since}
            self._known.update(fresh)
            self._when_known(wanted)

    @Slot()
    def _on_project_closing(self) -> None:
        self._known.clear()
        self._led_to = None
        job, self._job, self._wanted = self._job, None, None
        if job is not None:
            job.close()

    @Slot(object)
    def _on_project_changed(self, track_ids: frozenset[int]) -> None:
        self._changed_since |= track_ids
        for track_id in track_ids:
            self._known.pop(track_id, None)


def _look_through(
    project: Project, track_ids: tuple[int, ...], frames: int, watch: Watch
) -> dict[int, tuple[ReviewItem, ...]]:
    found = {}
    for number, track_id in enumerate(track_ids):
        watch.tell(Stage.LOOKING_THROUGH, number, len(track_ids))
        found[track_id] = review_items(project, track_id, frames)
    return found
