"""Leads a person through the frames that are most likely wrong, and takes the verdicts."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from dlst_gui.project.edits import mark_reviewed
from dlst_gui.project.review import ReviewMark, span_words
from dlst_gui.project.review_queue import ReviewItem, review_items
from dlst_gui.session.editing import Editing
from dlst_gui.session.session import Session


class Reviewing(QObject):
    """Commands of the window about the review queue; a track is checked again only where it has changed."""

    def __init__(self, session: Session, editing: Editing) -> None:
        super().__init__()
        self._session = session
        self._editing = editing
        self._known: dict[int, tuple[ReviewItem, ...]] = {}
        session.project_opened.connect(self._on_project_opened)
        session.project_changed.connect(self._on_project_changed)

    def queue(self) -> tuple[ReviewItem, ...]:
        """What should be reviewed of all tracks, the riskiest first."""
        project = self._session.project
        if project is None:
            return ()
        frames = self._session.playhead.last_frame + 1
        ids = [track.track_id for track in project.tracks()]
        for track_id in ids:
            if track_id not in self._known:
                self._known[track_id] = review_items(project, track_id, frames)
        items = (item for track_id in ids for item in self._known[track_id])
        return tuple(sorted(items, key=lambda item: (-item.risk, item.track_id, item.first)))

    def seek(self, *, forward: bool) -> None:
        """Go to the next item of the queue, or the one before, and around at its ends."""
        queue = self.queue()
        if not queue:
            self._session.noted.emit("Nothing left to review.")
            return
        here = self._item_here(queue)
        position = queue.index(here) + (1 if forward else -1) if here is not None else 0
        item = queue[position % len(queue)]
        self._session.selection.select(item.track_id)
        self._session.seek(item.worst)
        self._session.noted.emit(
            f"{position % len(queue) + 1} of {len(queue)}: {item.reason}, {span_words(item.first, item.last)}. "
            "Use Accept Span or Mark as Bad."
        )

    def judge(self, mark: ReviewMark) -> None:
        """Accept or call bad the item of the queue at this frame, else this frame alone; then go to the next."""
        here, item = self._session.playhead.frame_index, self._item_here(self.queue())
        first, last = (here, here) if item is None else (item.first, item.last)
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

    @Slot()
    def _on_project_opened(self) -> None:
        self._known.clear()

    @Slot(object)
    def _on_project_changed(self, track_ids: frozenset[int]) -> None:
        for track_id in track_ids:
            self._known.pop(track_id, None)
