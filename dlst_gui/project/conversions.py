"""What SQL alone cannot do when an older project file becomes a newer one. ValueError where rows make no sense."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from itertools import groupby

import numpy as np

from dlst_gui import limits
from dlst_gui.project.attributes import Attribute, AttributeScope
from dlst_gui.project.keyframe_block import KEYFRAME_ROW, ORIGIN_CODES, VISIBILITY_CODES, KeyframeBlock
from dlst_gui.project.keyframe_series import KEYFRAME_PAGES
from dlst_gui.project.pages import FRAMES_PER_PAGE, Content, PageKind
from dlst_gui.project.prediction_pages import PREDICTION_PAGES
from dlst_gui.project.rows import attribute_row, attributes_from, parsed_json, text, whole_number

Tell = Callable[[int, int], None]
"""Is told "`done` of `total`" of what takes long, in the thread that does it; raises where it is to end."""

KeyframeRow = tuple[int, int, float, float, float, float, str, str, str]
_VISIBILITY_CODES = {each.value: code for code, each in enumerate(VISIBILITY_CODES)}
_OF_READERS = frozenset({"rotation", "unrotated_xywh", "iscrowd", "mot_flag"})
"""What readers of label files noted with boxes, and no person wrote."""
_ORIGIN_CODES = {each.value: code for code, each in enumerate(ORIGIN_CODES)}


def untold(_done: int, _total: int) -> None:
    """For callers who wait for the end."""


def keyframes_into_pages(connection: sqlite3.Connection, tell: Tell) -> None:
    """Fill `keyframe_page` from version 1's `keyframe`, which had a row for each manual box."""
    query = """SELECT track_id, frame_index, x, y, width, height, visibility, origin, attributes FROM keyframe
               ORDER BY track_id, frame_index"""
    (total,) = connection.execute("SELECT count(*) FROM keyframe").fetchone()
    rows: Iterator[KeyframeRow] = iter(connection.execute(query))
    done = 0
    for (track_id, number), on_page in groupby(rows, key=lambda row: (row[0], row[1] // FRAMES_PER_PAGE)):
        block = _block_of(list(on_page))
        insert_page(connection, KEYFRAME_PAGES, track_id, number, block)
        done += len(block)
        tell(done, total)


def predictions_into_summed_pages(connection: sqlite3.Connection, tell: Tell) -> None:
    """Fill `prediction_page` from version 1's, renamed `old_prediction_page`, which had the bytes alone."""
    largest = PREDICTION_PAGES.largest
    bounded = f"iif(length(predictions) > {largest}, NULL, predictions)"
    (total,) = connection.execute("SELECT count(*) FROM old_prediction_page").fetchone()
    pages = connection.execute(f"SELECT track_id, page, {bounded} FROM old_prediction_page")
    for done, (track_id, number, data) in enumerate(pages):
        tell(done, total)
        if data is None:
            raise ValueError(f"page {number}: expected at most {largest} bytes of predictions")
        rows = PREDICTION_PAGES.decode(whole_number(number, "a page"), data)
        insert_page(connection, PREDICTION_PAGES, track_id, number, rows)


def attributes_of_free_texts(connection: sqlite3.Connection, tell: Tell) -> None:
    """Offer what was written as `name=value` in version 2 as attributes; the values stay where they are."""
    names: dict[tuple[AttributeScope, str], None] = {}
    for (said,) in connection.execute("SELECT attributes FROM track ORDER BY track_id").fetchall():
        found = attributes_from(parsed_json(text(said, "attributes")))
        names |= dict.fromkeys((AttributeScope.OBJECT, name) for name in found)
    largest = KEYFRAME_PAGES.largest
    (total,) = connection.execute("SELECT count(*) FROM keyframe_page").fetchone()
    query = f"SELECT page, iif(length(data) > {largest}, NULL, data) FROM keyframe_page ORDER BY track_id, page"
    for done, (number, data) in enumerate(connection.execute(query)):
        tell(done, total)
        if data is None:
            raise ValueError(f"page {number}: expected at most {largest} bytes of manual boxes")
        block = KEYFRAME_PAGES.decode(whole_number(number, "a page"), data)
        names |= dict.fromkeys((AttributeScope.FRAME, name) for said in block.attributes.values() for name in said)
    offered = [(scope, name) for scope, name in names if name.strip() and name not in _OF_READERS]
    connection.executemany(
        "INSERT INTO attribute VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            attribute_row(Attribute(number, name, scope=scope))
            for number, (scope, name) in enumerate(offered[: limits.MOST_OFFERED_ATTRIBUTES], start=1)
        ],
    )


def insert_page(
    connection: sqlite3.Connection, kind: PageKind[Content], track_id: int, number: int, content: Content
) -> None:
    """Write a page, in place of one that is there."""
    summary = kind.summary_of(content)
    connection.execute(
        f"REPLACE INTO {kind.table} VALUES (?, ?, ?, ?, ?, ?)",  # a table of ours
        (track_id, number, summary.count, summary.shown, summary.last_run, kind.encode(number, content)),
    )


def _block_of(rows: list[KeyframeRow]) -> KeyframeBlock:
    made = np.zeros(len(rows), dtype=KEYFRAME_ROW)
    made["box"] = [row[2:6] for row in rows]
    try:
        made["visibility"] = [_VISIBILITY_CODES[row[6]] for row in rows]
        made["origin"] = [_ORIGIN_CODES[row[7]] for row in rows]
    except KeyError as error:
        raise ValueError(f"a manual box says {error}, which means nothing") from error
    attributes = {
        row[1]: attributes_from(parsed_json(text(row[8], "attributes"))) for row in rows if row[8] != "{}"
    }
    frames = [whole_number(row[1], "a frame index") for row in rows]
    return KeyframeBlock(np.array(frames, dtype=np.int32), made, attributes)
