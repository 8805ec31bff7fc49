"""The present state of a project, to and from the tables of its file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

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
)
from dlst_gui.project.conversions import insert_page
from dlst_gui.project.keyframe_block import KeyframeBlock
from dlst_gui.project.keyframe_series import KEYFRAME_PAGES
from dlst_gui.project.page_file import PageFile
from dlst_gui.project.pages import FRAMES_PER_PAGE, Content, Page, PageKind
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.prediction_pages import PREDICTION_PAGES, PageRows, pages_of
from dlst_gui.project.project import Project
from dlst_gui.project.rows import (
    attribute_from,
    attribute_row,
    keyframe_from,
    label_from,
    label_row,
    span_from,
    span_row,
    track_from,
    track_row,
    video_from,
    video_row,
    whole_number,
)
from dlst_gui.project.video_identity import VideoIdentity

Record = TypeVar("Record")
Place = tuple[str, int | str, int]
"""A table, the track, attribute or label, and the page in it (0 where there is none)."""

ATTRIBUTES_SINCE = 3
"""The schema version that began to keep attributes."""


@dataclass(frozen=True, slots=True)
class WrittenPages:
    """Pages that were written and, once that is certain, need not be held."""

    predictions: list[tuple[int, int, Page[PageRows]]]
    keyframes: list[tuple[int, int, Page[KeyframeBlock]]]

    def settle(self, file: PageFile) -> None:
        """What was written is in the file."""
        for track_id, number, page in self.predictions:
            file.settle(page, PREDICTION_PAGES, track_id, number)
        for track_id, number, boxes in self.keyframes:
            file.settle(boxes, KEYFRAME_PAGES, track_id, number)


def write_state(connection: sqlite3.Connection, project: Project, changes: Iterable[Change]) -> WrittenPages:
    """Write what the changes touched as the project has it now: each place once, however often it was touched."""
    written = WrittenPages([], [])
    for table, owner, position in dict.fromkeys(place for change in changes for place in _places(change)):
        if isinstance(owner, str):
            _write_label(connection, project, owner)
        elif table == "video":
            connection.execute("REPLACE INTO video VALUES (1, ?, ?, ?, ?, ?, ?)", video_row(project.video))
        elif table == "attribute":
            _write_attribute(connection, project, owner)
        elif table == "track":
            _write_track(connection, project, owner)
        elif table == "keyframe_page":
            boxes = project.keyframe_page(owner, position)
            _write_page(connection, KEYFRAME_PAGES, (owner, position), boxes)
            written.keyframes.extend([] if boxes is None else [(owner, position, boxes)])
        elif table == "prediction_page":
            page = project.prediction_page(owner, position)
            _write_page(connection, PREDICTION_PAGES, (owner, position), page)
            written.predictions.extend([] if page is None else [(owner, position, page)])
        else:
            _write_review(connection, project, owner)
    return written


def read_video(connection: sqlite3.Connection) -> VideoIdentity:
    """The video the project was made for; ValueError where the file names none, or makes no sense."""
    query = "SELECT path, frame_count, width, height, byte_count, fingerprints FROM video"
    row = connection.execute(query).fetchone()
    if row is None:
        raise ValueError("it does not name the video it was made for")
    return video_from(row)


def read_state(connection: sqlite3.Connection, file: PageFile) -> Project:
    """What the tables hold, but for the pages, which are read when they are asked for.

    ValueError where they make no sense, StaleChangeError where they contradict each other.
    """
    project = Project(read_video(connection))
    for name in ("label", "attribute", "track"):
        project.apply(*_changes(connection, name))
    for track_id, number, page in file.pages(PREDICTION_PAGES):
        project.add_prediction_page(track_id, number, page)
    for track_id, number, boxes in file.pages(KEYFRAME_PAGES):
        project.add_keyframe_page(track_id, number, boxes)
    project.apply(*_changes(connection, "review_mark"))
    return project


def _bounded(column: str, largest: int) -> str:
    """A column of bytes that is not even read where it is too large."""
    return f"iif(length({column}) > {largest}, NULL, {column})"


_SELECTED = {
    "attribute": ("attribute_id, name, kind, scope, choices, bounds, default_value, is_required, labels, hotkey"),
    "label": "name, color, hotkey",
    "track": "track_id, label, color, attributes, is_hidden, is_locked, is_pinned",
    "keyframe": "track_id, frame_index, x, y, width, height, visibility, origin, attributes",
    "old prediction_page": f"track_id, page, {_bounded('predictions', PREDICTION_PAGES.largest)}",
    "keyframe_page": f"track_id, page, {_bounded('data', KEYFRAME_PAGES.largest)}",
    "prediction_page": f"track_id, page, {_bounded('data', PREDICTION_PAGES.largest)}",
    "review_mark": "track_id, first_frame, last_frame, mark",
}


def tables_of(version: int) -> tuple[str, ...]:
    """What `select` and `change_of` take for a file of this schema version, in the order in which to read it."""
    boxes = ("keyframe", "old prediction_page") if version == 1 else ("keyframe_page", "prediction_page")
    attributes = () if version < ATTRIBUTES_SINCE else ("attribute",)
    return ("label", *attributes, "track", *boxes, "review_mark")


def select(table: str) -> str:
    """The query whose rows `change_of` understands."""
    return f"SELECT {_SELECTED[table]} FROM {table.removeprefix('old ')}"


_WITHOUT_BOXES: dict[str, Callable[[Sequence[object]], Change]] = {
    "label": lambda row: LabelChange(None, label_from(row)),
    "attribute": lambda row: AttributeChange(None, attribute_from(row)),
    "track": lambda row: TrackChange(None, track_from(row)),
}


def change_of(table: str, row: Sequence[object]) -> Change:
    """The change by which this row came to be; ValueError where it makes no sense."""
    made = _WITHOUT_BOXES.get(table)
    if made is not None:
        return made(row)
    track_id, rest = whole_number(row[0], "a track's id"), row[1:]
    if table == "keyframe":
        return KeyframeChange(None, keyframe_from(rest), track_id)
    if table == "review_mark":
        return ReviewChange((), (span_from(rest),), track_id)
    if not isinstance(rest[1], bytes):
        raise ValueError(f"{table}: expected bytes, got {type(rest[1]).__name__}")
    if table == "keyframe_page":
        return KeyframesChange(None, KeyframeBlock.from_bytes(rest[1]), track_id)
    return PredictionChange(None, PredictionBlock.from_bytes(rest[1]), track_id)


def _changes(connection: sqlite3.Connection, table: str) -> Iterator[Change]:
    # All at once: a query that is left unfinished would keep the file from being closed in order.
    return (change_of(table, row) for row in connection.execute(select(table)).fetchall())


def _places(change: Change) -> list[Place]:
    places: list[Place]
    match change:
        case VideoChange():
            places = [("video", 0, 0)]
        case LabelChange():
            places = [("label", each.name, 0) for each in _there(change.before, change.after)]
        case AttributeChange():
            places = [("attribute", each.attribute_id, 0) for each in _there(change.before, change.after)]
        case TrackChange():
            places = [("track", each.track_id, 0) for each in _there(change.before, change.after)]
        case KeyframeChange():
            keyframes = _there(change.before, change.after)
            places = [
                ("keyframe_page", change.track_id, each.frame_index // FRAMES_PER_PAGE) for each in keyframes
            ]
        case KeyframesChange():
            boxes = _there(change.before, change.after)
            numbers = [page for block in boxes for page, _ in pages_of(block.frame_indices)]
            places = [("keyframe_page", change.track_id, page) for page in numbers]
        case PredictionChange():
            blocks = _there(change.before, change.after)
            numbers = [page for block in blocks for page, _ in pages_of(block.frame_indices)]
            places = [("prediction_page", change.track_id, page) for page in numbers]
        case SupersedeChange():
            ranges = [range(first // FRAMES_PER_PAGE, last // FRAMES_PER_PAGE + 1) for first, last in change.spans]
            places = [("prediction_page", change.track_id, page) for pages in ranges for page in pages]
        case ReviewChange():
            places = [("review_mark", change.track_id, 0)]
    return places


def _there(before: Record | None, after: Record | None) -> list[Record]:
    return [each for each in (before, after) if each is not None]


def _write_label(connection: sqlite3.Connection, project: Project, name: str) -> None:
    label = project.label(name)
    if label is None:
        connection.execute("DELETE FROM label WHERE name = ?", (name,))
    else:
        connection.execute("REPLACE INTO label VALUES (?, ?, ?)", label_row(label))


def _write_attribute(connection: sqlite3.Connection, project: Project, attribute_id: int) -> None:
    found = next((each for each in project.attributes() if each.attribute_id == attribute_id), None)
    if found is None:
        connection.execute("DELETE FROM attribute WHERE attribute_id = ?", (attribute_id,))
    else:
        connection.execute("REPLACE INTO attribute VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", attribute_row(found))


def _write_track(connection: sqlite3.Connection, project: Project, track_id: int) -> None:
    if project.has_track(track_id):
        connection.execute("REPLACE INTO track VALUES (?, ?, ?, ?, ?, ?, ?)", track_row(project.track(track_id)))
    else:
        connection.execute("DELETE FROM track WHERE track_id = ?", (track_id,))


def _write_page(
    connection: sqlite3.Connection, kind: PageKind[Content], place: tuple[int, int], page: Page[Content] | None
) -> None:
    if page is None:
        connection.execute(f"DELETE FROM {kind.table} WHERE track_id = ? AND page = ?", place)  # a table of ours
    else:
        insert_page(connection, kind, *place, page.content)


def _write_review(connection: sqlite3.Connection, project: Project, track_id: int) -> None:
    connection.execute("DELETE FROM review_mark WHERE track_id = ?", (track_id,))
    spans = project.review(track_id) if project.has_track(track_id) else ()
    connection.executemany(
        "INSERT INTO review_mark VALUES (?, ?, ?, ?)", [(track_id, *span_row(span)) for span in spans]
    )
