"""Reads pages from an open project file, and forgets those that were read long ago."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import RLock

import numpy as np

from dlst_gui.project.errors import contents_checked
from dlst_gui.project.pages import FRAMES_PER_PAGE, Content, Page, PageKind, PagePlace, PageSummary
from dlst_gui.project.tracks import LAST_FRAME

HELD_PAGES = 2048
"""Full pages of the file that stay in memory, about 50 MB; reading one again takes a fifth of a millisecond."""
_LEAST_BOXES = 24
"""Ours: for as many boxes counts what Python takes for a page, however few there are on it."""


class PageFile:
    """The pages of one file, for projects that were read from it. `lock` is held while the file is written."""

    def __init__(self, connection: sqlite3.Connection, name: Path | str) -> None:
        self.lock = RLock()
        self._connection = connection
        self._name = name
        self._held: dict[tuple[str, int, int], tuple[Callable[[], None], int]] = {}
        self._held_boxes = 0

    def move(self, connection: sqlite3.Connection, name: Path | str) -> None:
        """Read from another file from now on, which holds the same."""
        with self.lock:
            self._connection, self._name = connection, name

    def pages(self, kind: PageKind[Content]) -> Iterator[tuple[int, int, Page[Content]]]:
        """All pages of a table, unread: track, number, page. ValueError for numbers that make no sense."""
        query = f"SELECT track_id, page, count, shown, last_run FROM {kind.table}"
        # Tables are strict: there are whole numbers of up to 64 bits and nothing else.
        rows = np.array(self._connection.execute(query).fetchall(), dtype=np.int64).reshape(-1, 5)
        if len(rows) and not 0 <= rows.min() <= rows.max() <= LAST_FRAME:
            raise ValueError(f"{kind.table}: expected whole numbers of 0 to {LAST_FRAME}")
        for track_id, number, count, shown, last_run in rows.tolist():
            place = PagePlace(self, kind, track_id, number)
            yield track_id, number, Page(PageSummary(count, shown, last_run), place=place)

    def load(self, page: Page[Content]) -> Content:
        """See `PageSource`; raises DamagedProjectError, or ProjectFileError once the file is closed."""
        with self.lock:
            if page.held is not None:
                return page.held
            assert page.place is not None
            content = self._read(page.place, page.summary)
            self._hold(page, content, page.place)
            return content

    def keep(self, page: Page[Content]) -> None:
        """See `PageSource`; raises as `load`."""
        with self.lock:
            self.load(page)
            page.place = None

    def settle(self, page: Page[Content], kind: PageKind[Content], track_id: int, number: int) -> None:
        """Note that a page has been written: from now on it may be forgotten."""
        with self.lock:
            page.place = PagePlace(self, kind, track_id, number)
            self._hold(page, page.held, page.place)

    def _hold(self, page: Page[Content], content: Content | None, place: PagePlace[Content]) -> None:
        """The latest page of a place counts: a tracker writes the same one over and over."""
        page.held = content
        key = place.kind.table, place.track_id, place.number
        older, boxes = self._held.pop(key, (None, 0))
        if older is not None and older != page.let_go:
            older()
        self._held_boxes -= boxes
        boxes = _LEAST_BOXES if content is None else max(len(content), _LEAST_BOXES)
        self._held[key] = page.let_go, boxes
        self._held_boxes += boxes
        while self._held_boxes > HELD_PAGES * FRAMES_PER_PAGE:
            let_go, boxes = self._held.pop(next(iter(self._held)))
            self._held_boxes -= boxes
            let_go()

    def _read(self, place: PagePlace[Content], summary: PageSummary) -> Content:
        kind = place.kind
        bounded = f"iif(length(data) > {kind.largest}, NULL, data)"
        query = f"SELECT {bounded} FROM {kind.table} WHERE track_id = ? AND page = ?"
        with contents_checked(self._name):
            row = self._connection.execute(query, (place.track_id, place.number)).fetchone()
            return checked_content(place.kind, place.number, summary, None if row is None else row[0])


def checked_content(kind: PageKind[Content], number: int, summary: PageSummary, data: object) -> Content:
    """A page's content from its bytes; ValueError where they make no sense."""
    if not isinstance(data, bytes):
        raise ValueError(
            f"page {number} of {kind.table}: expected bytes, at most {kind.largest}, got {type(data).__name__}"
        )
    content = kind.decode(number, data)
    if kind.summary_of(content) != summary:
        raise ValueError(f"page {number} of {kind.table} holds something else than its row says")
    return content
