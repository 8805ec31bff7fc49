"""The manual boxes of one track, in order of their frames, in pages as predictions are."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dlst_gui.project.keyframe_block import KeyframeBlock, joined_blocks
from dlst_gui.project.pages import FRAMES_PER_PAGE, Page, PageKind, PageSummary
from dlst_gui.project.prediction_pages import pages_of
from dlst_gui.project.tracks import LAST_FRAME, Keyframe

_LARGEST_PAGE = 256 * 2**20
"""What a project file takes at most: the attributes of manual boxes are texts of any length."""


class KeyframeSeries:
    """Keyframes by frame, with neighbours by bisection."""

    def __init__(self) -> None:
        self._pages: dict[int, Page[KeyframeBlock]] = {}
        self._numbers: list[int] = []  # of the pages, ascending

    @property
    def is_empty(self) -> bool:
        """Whether there are none at all."""
        return not self._pages

    @property
    def shows_object(self) -> bool:
        """Whether any is not of an object outside."""
        return any(page.summary.shown for page in self._pages.values())

    def get(self, frame_index: int) -> Keyframe | None:
        """The one on this frame."""
        page = self._pages.get(frame_index // FRAMES_PER_PAGE)
        if page is None:
            return None
        block = page.content
        position = int(np.searchsorted(block.frame_indices, frame_index))
        is_there = position < len(block) and block.frame_indices[position] == frame_index
        return block.keyframe(position) if is_there else None

    def at_or_before(self, frame_index: int) -> Keyframe | None:
        """The nearest one up to this frame."""
        at = bisect_right(self._numbers, frame_index // FRAMES_PER_PAGE)
        for number in self._numbers[max(at - 2, 0) : at][::-1]:  # all on the page may be after it
            block = self._pages[number].content
            position = int(np.searchsorted(block.frame_indices, frame_index, side="right"))
            if position:
                return block.keyframe(position - 1)
        return None

    def after(self, frame_index: int) -> Keyframe | None:
        """The nearest one after this frame."""
        at = bisect_left(self._numbers, (frame_index + 1) // FRAMES_PER_PAGE)
        for number in self._numbers[at : at + 2]:
            block = self._pages[number].content
            position = int(np.searchsorted(block.frame_indices, frame_index, side="right"))
            if position < len(block):
                return block.keyframe(position)
        return None

    def block(self, first: int = 0, last: int = LAST_FRAME) -> KeyframeBlock:
        """Those on frames `first` to `last`."""
        low = bisect_left(self._numbers, first // FRAMES_PER_PAGE)
        high = bisect_right(self._numbers, last // FRAMES_PER_PAGE)
        blocks = [self._pages[number].content for number in self._numbers[low:high]]
        if blocks:
            blocks[0] = blocks[0].between(first, last)
            blocks[-1] = blocks[-1].between(first, last)
        return joined_blocks(blocks)

    def block_at(self, frame_indices: NDArray[np.int32]) -> KeyframeBlock:
        """Those among these ascending frames."""
        parts = []
        for number, here in pages_of(frame_indices):
            page = self._pages.get(number)
            if page is not None:
                parts.append(page.content.where(np.isin(page.content.frame_indices, frame_indices[here])))
        return joined_blocks(parts)

    def around(self, first: int, last: int) -> KeyframeBlock:
        """Those on frames `first` to `last`, and the nearest one on either side."""
        low = bisect_left(self._numbers, first // FRAMES_PER_PAGE)
        high = bisect_right(self._numbers, last // FRAMES_PER_PAGE)
        blocks = [self._pages[number].content for number in self._numbers[low:high]]
        # Pages beside these are needed where no neighbour is on them.
        if low and not (blocks and blocks[0].frame_indices[0] < first):
            blocks.insert(0, self._pages[self._numbers[low - 1]].content)
        if high < len(self._numbers) and not (blocks and blocks[-1].frame_indices[-1] > last):
            blocks.append(self._pages[self._numbers[high]].content)
        block = joined_blocks(blocks)
        start, end = block.frame_indices.searchsorted(np.array([first, last + 1], dtype=np.int32)).tolist()
        return block.rows_from(max(start - 1, 0), end + 1)

    def page(self, number: int) -> Page[KeyframeBlock] | None:
        """The page of this number."""
        return self._pages.get(number)

    def pages(self) -> Iterator[Page[KeyframeBlock]]:
        """All of them."""
        return iter(self._pages.values())

    def page_numbers(self) -> tuple[int, ...]:
        """Of all pages."""
        return tuple(self._numbers)

    def drop_page(self, number: int) -> None:
        """Forget a page, whatever is on it."""
        if self._pages.pop(number, None) is not None:
            self._numbers.remove(number)

    def add_page(self, number: int, page: Page[KeyframeBlock]) -> None:
        """Take a page of a file as it is."""
        if number not in self._pages:
            insort(self._numbers, number)
        self._pages[number] = page

    def put(self, block: KeyframeBlock) -> None:
        """Add, or replace those on the same frames."""
        for number, here in pages_of(block.frame_indices):
            part = block.between(int(block.frame_indices[here.start]), int(block.frame_indices[here.stop - 1]))
            self._replace(number, self._kept(number).without(part.frame_indices).joined(part))

    def remove(self, frame_indices: NDArray[np.int32]) -> None:
        """Forget those on these (ascending) frames."""
        for number, here in pages_of(frame_indices):
            if number in self._pages:
                self._replace(number, self._kept(number).without(frame_indices[here]))

    def copied(self) -> KeyframeSeries:
        """Another one with the same keyframes; what is put into one is not in the other."""
        copy = KeyframeSeries()
        copy._pages = dict(self._pages)
        copy._numbers = list(self._numbers)
        return copy

    def __len__(self) -> int:
        return sum(page.summary.count for page in self._pages.values())

    def _kept(self, number: int) -> KeyframeBlock:
        page = self._pages.get(number)
        if page is None:
            return KeyframeBlock.empty()
        page.keep()
        return page.content

    def _replace(self, number: int, block: KeyframeBlock) -> None:
        if len(block):
            self.add_page(number, Page(summary_of(block), held=block))
        else:
            self.drop_page(number)


def summary_of(block: KeyframeBlock) -> PageSummary:
    """Of a page, by what lies on it."""
    return PageSummary(len(block), int(np.count_nonzero(block.shows_object)))


def decode_page(number: int, data: bytes) -> KeyframeBlock:
    """From bytes; ValueError where they make no sense."""
    block = KeyframeBlock.from_bytes(data)
    if not len(block) or {int(block.frame_indices[at]) // FRAMES_PER_PAGE for at in (0, -1)} != {number}:
        raise ValueError(f"page {number} holds manual boxes of other frames")
    return block


def encode_page(_number: int, block: KeyframeBlock) -> bytes:
    """As the file holds it."""
    return block.to_bytes()


KEYFRAME_PAGES = PageKind("keyframe_page", _LARGEST_PAGE, decode_page, encode_page, summary_of)
