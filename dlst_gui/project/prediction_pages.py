"""All predictions of one track, in pages of fixed size: one frame costs the same however long the video is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from dlst_gui.project.pages import FRAMES_PER_PAGE, Page, PageKind, PageSummary
from dlst_gui.project.prediction_block import HEADER, ROW, PredictionBlock, RowFlag, prediction_of
from dlst_gui.project.tracks import LAST_FRAME, Prediction

FrameSpans = tuple[tuple[int, int], ...]
"""First and last frame of each, both included; ascending, with gaps between."""

PageRows = NDArray[np.void]
"""(`FRAMES_PER_PAGE`,) of `ROW`, one for each frame of the page; zeros where there is no prediction."""

_VALID = RowFlag.PRESENT | RowFlag.SUPERSEDED
_LARGEST_PAGE = HEADER.size + FRAMES_PER_PAGE * (4 + ROW.itemsize)


class PredictionPages:
    """Predictions by frame. Pages come into being with their first prediction."""

    def __init__(self) -> None:
        self._pages: dict[int, Page[PageRows]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether there are none at all."""
        return not self._pages

    @property
    def has_valid(self) -> bool:
        """Whether any is not superseded."""
        return any(page.summary.shown for page in self._pages.values())

    def prediction(self, frame_index: int) -> Prediction | None:
        """What a tracker said about this frame, superseded or not."""
        page = self._pages.get(frame_index // FRAMES_PER_PAGE)
        if page is None:
            return None
        row = page.content[frame_index % FRAMES_PER_PAGE]
        return prediction_of(frame_index, row) if row["flags"] & RowFlag.PRESENT.value else None

    def block(self, first: int = 0, last: int = LAST_FRAME) -> PredictionBlock:
        """All predictions on frames `first` to `last`."""
        parts = []
        for number, rows, low, high in self._parts(first, last):
            here = np.flatnonzero(rows["flags"][low:high] & RowFlag.PRESENT) + low
            parts.append((here + number * FRAMES_PER_PAGE, rows[here]))
        return _joined(parts)

    def block_at(self, frame_indices: NDArray[np.int32]) -> PredictionBlock:
        """The predictions among these ascending frames."""
        parts = []
        for number, here in pages_of(frame_indices) if self._pages else ():
            page = self._pages.get(number)
            if page is not None:
                found = page.content[frame_indices[here] % FRAMES_PER_PAGE]
                is_present = (found["flags"] & RowFlag.PRESENT) > 0
                parts.append((frame_indices[here][is_present], found[is_present]))
        return _joined(parts)

    def page(self, number: int) -> Page[PageRows] | None:
        """The page of this number."""
        return self._pages.get(number)

    def pages(self) -> Iterator[Page[PageRows]]:
        """All of them."""
        return iter(self._pages.values())

    def page_numbers(self) -> tuple[int, ...]:
        """Of all pages."""
        return tuple(sorted(self._pages))

    def drop_page(self, number: int) -> None:
        """Forget a page, whatever is on it."""
        self._pages.pop(number, None)

    def add_page(self, number: int, page: Page[PageRows]) -> None:
        """Take a page of a file as it is."""
        self._pages[number] = page

    def put(self, block: PredictionBlock) -> None:
        """Write predictions over whatever their frames held."""
        for number, here in pages_of(block.frame_indices):
            rows = self._writable(number)
            rows[block.frame_indices[here] % FRAMES_PER_PAGE] = block.rows[here]
            self._replace(number, rows)

    def remove(self, frame_indices: NDArray[np.int32]) -> None:
        """Forget the predictions of these (ascending) frames."""
        for number, here in pages_of(frame_indices):
            if number in self._pages:
                rows = self._writable(number)
                rows[frame_indices[here] % FRAMES_PER_PAGE] = np.zeros((), dtype=ROW)
                self._replace(number, rows)

    def are_superseded(self, spans: FrameSpans, *, value: bool) -> bool:
        """Whether every frame of the spans has a prediction that is superseded, or is not."""
        wanted = _VALID if value else RowFlag.PRESENT
        return all(
            sum(high - low for _, _, low, high in self._parts(first, last)) == last - first + 1
            and all(
                ((rows["flags"][low:high] & _VALID) == wanted).all()
                for _, rows, low, high in self._parts(first, last)
            )
            for first, last in spans
        )

    def set_superseded(self, spans: FrameSpans, *, value: bool) -> None:
        """Write the flag for spans that hold predictions throughout."""
        for first, last in spans:
            for number, _, low, high in self._parts(first, last):
                rows = self._writable(number)
                flags = rows["flags"][low:high]
                rows["flags"][low:high] = (
                    flags | RowFlag.SUPERSEDED if value else flags & (0xFF ^ RowFlag.SUPERSEDED)
                )
                self._replace(number, rows)

    def valid_spans(self, first: int, last: int = LAST_FRAME) -> FrameSpans:
        """Where predictions lie that are not superseded."""
        found = [
            np.flatnonzero((rows["flags"][low:high] & _VALID) == RowFlag.PRESENT) + low + number * FRAMES_PER_PAGE
            for number, rows, low, high in self._parts(first, last)
        ]
        return spans_of(np.concatenate(found)) if found else ()

    def first_valid(self) -> int | None:
        """The first frame with a prediction that is not superseded."""
        shown = [number for number, page in self._pages.items() if page.summary.shown]
        if not shown:
            return None
        rows = self._pages[min(shown)].content
        is_valid = (rows["flags"] & _VALID) == RowFlag.PRESENT
        return min(shown) * FRAMES_PER_PAGE + int(np.argmax(is_valid))

    def last_before(self, frame_index: int) -> Prediction | None:
        """The nearest prediction before this frame that is not superseded."""
        if frame_index <= 0:
            return None
        last_page = (frame_index - 1) // FRAMES_PER_PAGE
        for number in sorted((each for each in self._pages if each <= last_page), reverse=True):
            if self._pages[number].summary.shown:
                page = self._pages[number].content
                here = page[: min(frame_index - number * FRAMES_PER_PAGE, FRAMES_PER_PAGE)]
                rows = np.flatnonzero((here["flags"] & _VALID) == RowFlag.PRESENT)
                if len(rows):
                    row = int(rows[-1])
                    return prediction_of(number * FRAMES_PER_PAGE + row, page[row])
        return None

    def flags(self, first: int, last: int) -> NDArray[np.uint8]:
        """(n,) `RowFlag` of frames `first` to `last`."""
        dense = np.zeros(last - first + 1, dtype=np.uint8)
        for place, rows in self._placed(first, last):
            dense[place] = rows["flags"]
        return dense

    def numbers(self, name: str, first: int, last: int) -> NDArray[np.float32]:
        """(n,) of the column "score" or "disagreement"; NaN where no prediction is, or it is superseded."""
        dense = np.full(last - first + 1, np.nan, dtype=np.float32)
        for place, rows in self._placed(first, last):
            dense[place] = np.where((rows["flags"] & _VALID) == RowFlag.PRESENT, rows[name], np.nan)
        return dense

    def copied(self) -> PredictionPages:
        """Another one with the same predictions; what is put into one is not in the other."""
        copy = PredictionPages()
        copy._pages = dict(self._pages)
        return copy

    def _writable(self, number: int) -> PageRows:
        """What lies on a page, to be written; the page itself stays as it is, for copies that share it."""
        page = self._pages.get(number)
        if page is None:
            return np.zeros(FRAMES_PER_PAGE, dtype=ROW)
        page.keep()
        return page.content.copy()

    def _replace(self, number: int, rows: PageRows) -> None:
        summary = summary_of(rows)
        if summary.count:
            rows.setflags(write=False)
            self._pages[number] = Page(summary, held=rows)
        else:
            self.drop_page(number)

    def _placed(self, first: int, last: int) -> Iterator[tuple[slice, PageRows]]:
        """The rows of each page on frames `first` to `last`, and where they lie among these."""
        for number, rows, low, high in self._parts(first, last):
            start = number * FRAMES_PER_PAGE - first
            yield slice(start + low, start + high), rows[low:high]

    def _parts(self, first: int, last: int) -> Iterator[tuple[int, PageRows, int, int]]:
        """Each page with frames from `first` to `last`: its number, all its rows, and which of them (low:high)."""
        first_page, last_page = first // FRAMES_PER_PAGE, last // FRAMES_PER_PAGE
        for number in sorted(number for number in self._pages if first_page <= number <= last_page):
            start = number * FRAMES_PER_PAGE
            rows = self._pages[number].content
            yield number, rows, max(first - start, 0), min(last + 1 - start, FRAMES_PER_PAGE)


def pages_of(frame_indices: NDArray[np.int32]) -> Iterator[tuple[int, slice]]:
    """Each page that ascending frame indices lie on: its number, and which of them those are."""
    if not len(frame_indices):
        return
    first, last = (int(frame_indices[at]) // FRAMES_PER_PAGE for at in (0, -1))
    if first == last:
        yield first, slice(0, len(frame_indices))
        return
    numbers = frame_indices // FRAMES_PER_PAGE
    starts = np.concatenate([[0], np.flatnonzero(np.diff(numbers)) + 1])
    ends = np.append(starts[1:], len(frame_indices))
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        yield int(numbers[start]), slice(start, end)


def spans_of(frame_indices: NDArray[np.integer]) -> FrameSpans:
    """Ascending frame indices as spans."""
    if not len(frame_indices):
        return ()
    breaks = np.flatnonzero(np.diff(frame_indices) > 1)
    firsts = frame_indices[np.concatenate([[0], breaks + 1])]
    lasts = frame_indices[np.concatenate([breaks, [-1]])]
    return tuple(zip(firsts.tolist(), lasts.tolist(), strict=True))


def summary_of(rows: PageRows) -> PageSummary:
    """Of a page, by its rows."""
    flags = rows["flags"].copy()  # next to each other they are counted much faster
    count = int(np.count_nonzero(flags & RowFlag.PRESENT))
    shown = int(np.count_nonzero((flags & _VALID) == RowFlag.PRESENT))
    return PageSummary(count, shown, int(rows["run_id"].max(initial=0)) if count else 0)


def encode_page(number: int, rows: PageRows) -> bytes:
    """As the file holds it: the predictions alone."""
    here = np.flatnonzero(rows["flags"] & RowFlag.PRESENT)
    return PredictionBlock.of_checked((here + number * FRAMES_PER_PAGE).astype("<i4"), rows[here]).to_bytes()


def decode_page(number: int, data: bytes) -> PageRows:
    """The inverse of `encode_page`; ValueError where the bytes make no sense."""
    block = PredictionBlock.from_bytes(data)
    if len(block) and {int(block.frame_indices[at]) // FRAMES_PER_PAGE for at in (0, -1)} != {number}:
        raise ValueError(f"page {number} holds predictions of other frames")
    if len(block) == FRAMES_PER_PAGE:
        return block.rows
    rows = np.zeros(FRAMES_PER_PAGE, dtype=ROW)
    rows[block.frame_indices - number * FRAMES_PER_PAGE] = block.rows
    rows.setflags(write=False)
    return rows


PREDICTION_PAGES = PageKind("prediction_page", _LARGEST_PAGE, decode_page, encode_page, summary_of)


def _joined(parts: Iterable[tuple[NDArray[np.integer], NDArray[np.void]]]) -> PredictionBlock:
    found = list(parts)
    if not found:
        return PredictionBlock.empty()
    indices = np.concatenate([indices for indices, _ in found]).astype(np.int32)
    return PredictionBlock.of_checked(indices, np.concatenate([rows for _, rows in found]))
