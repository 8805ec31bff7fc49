"""Pages of a track: what lies on some frames of it, never changed, and read from the file when it is asked for.

A change puts another page in the place of an old one. Pages are therefore shared by a project and its copies,
in whatever thread. One that was read, or has been written, may be forgotten and read again; one that the file no
longer holds is kept (`Page.keep`, called before the file is written).
"""

from __future__ import annotations

from collections.abc import Callable, Sized
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

FRAMES_PER_PAGE = 512
"""A page is written to the file as a whole (about 25 kB) whenever one of its frames changes."""

Content = TypeVar("Content", bound=Sized)


@dataclass(frozen=True, slots=True)
class PageSummary:
    """What is known of a page without reading it.

    Attributes:
        count: boxes on it.
        shown: those that show an object: predictions not superseded, manual boxes not outside.
        last_run: the largest run id of predictions; 0 for manual boxes.
    """

    count: int
    shown: int
    last_run: int = 0


@dataclass(frozen=True, slots=True)
class PageKind(Generic[Content]):
    """One table of pages.

    Attributes:
        decode: from the number of a page and its bytes; ValueError where they make no sense.
        encode: the inverse.
        summary_of: tells the summary of a content.
        largest: bytes; a page that takes more is not even read.
    """

    table: str
    largest: int
    decode: Callable[[int, bytes], Content]
    encode: Callable[[int, Content], bytes]
    summary_of: Callable[[Content], PageSummary]


class PageSource(Protocol):
    """Where pages are read from, in any thread; see `PageFile`."""

    def load(self, page: Page[Content]) -> Content:
        """Read a page, unless another thread has done so meanwhile."""

    def keep(self, page: Page[Content]) -> None:
        """Read a page for good."""


@dataclass(frozen=True, slots=True)
class PagePlace(Generic[Content]):
    """Where a page is in the file."""

    source: PageSource
    kind: PageKind[Content]
    track_id: int
    number: int


class Page(Generic[Content]):
    """One page: its content in memory, a place to read it from, or both.

    `place` and `held` are written by the place's source alone, under its lock.
    """

    __slots__ = ("held", "place", "summary")

    def __init__(
        self, summary: PageSummary, *, held: Content | None = None, place: PagePlace[Content] | None = None
    ) -> None:
        self.summary = summary
        self.held = held
        self.place = place

    @property
    def content(self) -> Content:
        """What lies on the page; raises ProjectFileError where it has to be read and cannot be."""
        place, held = self.place, self.held
        if held is not None:
            return held
        if place is not None:
            return place.source.load(self)
        # Kept by another thread between the two looks.
        assert self.held is not None
        return self.held

    def look(self) -> None:
        """Read the page where that has not been done, to see whether it can be; raises as `content`."""
        _ = self.content

    def keep(self) -> None:
        """Hold the content from now on: the file will hold another."""
        place = self.place
        if place is not None:
            place.source.keep(self)

    def let_go(self) -> None:
        """Forget the content, where it can be read again; for the place's source."""
        if self.place is not None:
            self.held = None
