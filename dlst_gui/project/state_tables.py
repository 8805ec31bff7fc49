"""The present state of a project, to and from the tables of its file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from dlst_gui.project.changes import (
    Change,
    KeyframeChange,
    LabelChange,
    PredictionChange,
    ReviewChange,
    SupersedeChange,
    TrackChange,
    VideoChange,
)
from dlst_gui.project.prediction_block import HEADER, ROW, PredictionBlock
from dlst_gui.project.prediction_pages import FRAMES_PER_PAGE
from dlst_gui.project.project import Project
from dlst_gui.project.rows import (
    keyframe_from,
    keyframe_row,
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
from dlst_gui.project.tracks import LAST_FRAME
from dlst_gui.project.video_identity import VideoIdentity

LARGEST_PAGE = HEADER.size + FRAMES_PER_PAGE * (4 + ROW.itemsize)
"""Bytes of a page that is full."""

Record = TypeVar("Record")
Place = tuple[str, int | str, int]
"""A table, the track or label, and the frame or page in it (0 where there is none)."""


def write_state(connection: sqlite3.Connection, project: Project, changes: Iterable[Change]) -> None:
    """Write what the changes touched as the project has it now: each place once, however often it was touched."""
    for table, owner, position in dict.fromkeys(place for change in changes for place in _places(change)):
        if isinstance(owner, str):
            _write_label(connection, project, owner)
        elif table == "video":
            connection.execute("REPLACE INTO video VALUES (1, ?, ?, ?, ?, ?, ?)", video_row(project.video))
        elif table == "track":
            _write_track(connection, project, owner)
        elif table == "keyframe":
            _write_keyframe(connection, project, owner, position)
        elif table == "prediction_page":
            _write_page(connection, project, owner, position)
        else:
            _write_review(connection, project, owner)


def read_video(connection: sqlite3.Connection) -> VideoIdentity:
    """The video the project was made for; ValueError where the file names none, or makes no sense."""
    query = "SELECT path, frame_count, width, height, byte_count, fingerprints FROM video"
    row = connection.execute(query).fetchone()
    if row is None:
        raise ValueError("it does not name the video it was made for")
    return video_from(row)


def read_state(connection: sqlite3.Connection) -> Iterator[Change]:
    """The changes that lead from an empty project to what the tables hold; ValueError where they make no sense."""
    for name in TABLES:
        for row in connection.execute(select(name)):
            yield change_of(name, row)


TABLES = ("label", "track", "keyframe", "prediction_page", "review_mark")
_SELECTED = {
    "label": "name, color, hotkey",
    "track": "track_id, label, color, attributes, is_hidden, is_locked, is_pinned",
    "keyframe": "track_id, frame_index, x, y, width, height, visibility, origin, attributes",
    # A page that is too large is not even read.
    "prediction_page": f"track_id, page, iif(length(predictions) > {LARGEST_PAGE}, NULL, predictions)",
    "review_mark": "track_id, first_frame, last_frame, mark",
}


def select(table: str) -> str:
    """The query whose rows `change_of` understands."""
    return f"SELECT {_SELECTED[table]} FROM {table}"


def change_of(table: str, row: Sequence[object]) -> Change:
    """The change by which this row came to be; ValueError where it makes no sense."""
    if table == "label":
        return LabelChange(None, label_from(row))
    if table == "track":
        return TrackChange(None, track_from(row))
    track_id, rest = whole_number(row[0], "a track's id"), row[1:]
    if table == "keyframe":
        return KeyframeChange(None, keyframe_from(rest), track_id)
    if table == "review_mark":
        return ReviewChange((), (span_from(rest),), track_id)
    page = whole_number(rest[0], "a page", most=LAST_FRAME // FRAMES_PER_PAGE)
    return PredictionChange(None, _page_from(page, rest[1]), track_id)


def _page_from(page: int, data: object) -> PredictionBlock:
    if not isinstance(data, bytes):
        raise ValueError(f"page {page}: expected bytes, at most {LARGEST_PAGE}, got {type(data).__name__} or more")
    block = PredictionBlock.from_bytes(data)
    if (block.frame_indices // FRAMES_PER_PAGE != page).any():
        raise ValueError(f"page {page} holds predictions of other frames")
    return block


def _places(change: Change) -> list[Place]:
    places: list[Place]
    match change:
        case VideoChange():
            places = [("video", 0, 0)]
        case LabelChange():
            places = [("label", each.name, 0) for each in _there(change.before, change.after)]
        case TrackChange():
            places = [("track", each.track_id, 0) for each in _there(change.before, change.after)]
        case KeyframeChange():
            keyframes = _there(change.before, change.after)
            places = [("keyframe", change.track_id, each.frame_index) for each in keyframes]
        case PredictionChange():
            blocks = _there(change.before, change.after)
            numbers = [page for block in blocks for page in np.unique(block.frame_indices // FRAMES_PER_PAGE)]
            places = [("prediction_page", change.track_id, int(page)) for page in numbers]
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


def _write_track(connection: sqlite3.Connection, project: Project, track_id: int) -> None:
    if project.has_track(track_id):
        connection.execute("REPLACE INTO track VALUES (?, ?, ?, ?, ?, ?, ?)", track_row(project.track(track_id)))
    else:
        connection.execute("DELETE FROM track WHERE track_id = ?", (track_id,))


def _write_keyframe(connection: sqlite3.Connection, project: Project, track_id: int, frame_index: int) -> None:
    keyframe = project.keyframe(track_id, frame_index) if project.has_track(track_id) else None
    if keyframe is None:
        query = "DELETE FROM keyframe WHERE track_id = ? AND frame_index = ?"
        connection.execute(query, (track_id, frame_index))
    else:
        query = "REPLACE INTO keyframe VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        connection.execute(query, (track_id, *keyframe_row(keyframe)))


def _write_page(connection: sqlite3.Connection, project: Project, track_id: int, page: int) -> None:
    first = page * FRAMES_PER_PAGE
    last = first + FRAMES_PER_PAGE - 1
    block = project.predictions(track_id, first, last) if project.has_track(track_id) else PredictionBlock.empty()
    if len(block):
        query = "REPLACE INTO prediction_page VALUES (?, ?, ?)"
        connection.execute(query, (track_id, page, block.to_bytes()))
    else:
        connection.execute("DELETE FROM prediction_page WHERE track_id = ? AND page = ?", (track_id, page))


def _write_review(connection: sqlite3.Connection, project: Project, track_id: int) -> None:
    connection.execute("DELETE FROM review_mark WHERE track_id = ?", (track_id,))
    spans = project.review(track_id) if project.has_track(track_id) else ()
    connection.executemany(
        "INSERT INTO review_mark VALUES (?, ?, ?, ?)", [(track_id, *span_row(span)) for span in spans]
    )
