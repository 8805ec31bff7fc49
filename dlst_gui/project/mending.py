"""Puts what an earlier state has in the place of pages that cannot be read any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.pages import Content, Page


class Pages(Protocol[Content]):
    """Manual boxes or predictions of a track."""

    def page_numbers(self) -> tuple[int, ...]:
        """Of all pages."""

    def page(self, number: int) -> Page[Content] | None:
        """The page of this number."""

    def add_page(self, number: int, page: Page[Content]) -> None:
        """Put a page in the place of what was there."""

    def drop_page(self, number: int) -> None:
        """Forget a page."""


@dataclass(frozen=True, slots=True)
class Missing:
    """How many boxes of a track could not be read.

    Attributes:
        restored: boxes of an earlier state that are there instead.
        lost: those that nothing could take the place of.
    """

    restored: int = 0
    lost: int = 0

    def __add__(self, other: Missing) -> Missing:
        return Missing(self.restored + other.restored, self.lost + other.lost)


def mend(pages: Pages[Content], earlier: Pages[Content] | None) -> Missing:
    """Replace each page that cannot be read by the earlier one of its place, or forget it where there is none."""
    missing = Missing()
    for number in pages.page_numbers():
        page = pages.page(number)
        if page is None or _is_readable(page):
            continue
        found = None if earlier is None else earlier.page(number)
        if found is not None and _is_readable(found):
            pages.add_page(number, Page(found.summary, held=found.content))
            count = found.summary.count
            missing += Missing(count, max(page.summary.count - count, 0))
        else:
            pages.drop_page(number)
            missing += Missing(0, page.summary.count)
    return missing


def _is_readable(page: Page[Content]) -> bool:
    try:
        page.look()
    except ProjectFileError:
        return False
    return True
