"""All predictions of one track, in pages of fixed size: one frame costs the same however long the video is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from dlst_gui.project.prediction_block import ROW, PredictionBlock, RowFlag, prediction_of
from dlst_gui.project.tracks import LAST_FRAME, Prediction

FRAMES_PER_PAGE = 512
"""A page is written to the file as a whole (about 25 kB) whenever one of its frames changes."""

FrameSpans = tuple[tuple[int, int], ...]
"""First and last frame of each, both included; ascending, with gaps between."""

_VALID = RowFlag.PRESENT | RowFlag.SUPERSEDED


class PredictionPages:
    """Predictions by frame. Pages come into being with their first prediction."""

    def __init__(self) -> None:
        self._pages: dict[int, NDArray[np.void]] = {}
        self._valid_pages: set[int] = set()

    @property
    def has_valid(self) -> bool:
        """Whether any is not superseded."""
        return bool(self._valid_pages)

    def prediction(self, frame_index: int) -> Prediction | None:
        """What a tracker said about this frame, superseded or not."""
        page = self._pages.get(frame_index // FRAMES_PER_PAGE)
        if page is None:
            return None
        row = page[frame_index % FRAMES_PER_PAGE]
        return prediction_of(frame_index, row) if row["flags"] & RowFlag.PRESENT.value else None

    def block(self, first: int = 0, last: int = LAST_FRAME) -> PredictionBlock:
        """All predictions on frames `first` to `last`."""
        return self._gathered(
            (np.flatnonzero(page["flags"][low:high] & RowFlag.PRESENT) + low, number)
            for number, page, low, high in self._parts(first, last)
        )

    def block_at(self, frame_indices: NDArray[np.int32]) -> PredictionBlock:
        """The predictions among these ascending frames."""
        parts = []
        for number, here in _pages_of(frame_indices):
            page = self._pages.get(number)
            if page is not None:
                rows = frame_indices[here] % FRAMES_PER_PAGE
                parts.append((rows[(page["flags"][rows] & RowFlag.PRESENT) > 0], number))
        return self._gathered(parts)

    def put(self, block: PredictionBlock) -> None:
        """Write predictions over whatever their frames held."""
        for number, here in _pages_of(block.frame_indices):
            page = self._pages.setdefault(number, np.zeros(FRAMES_PER_PAGE, dtype=ROW))
            page[block.frame_indices[here] % FRAMES_PER_PAGE] = block.rows[here]
            self._note_valid(number)

    def remove(self, frame_indices: NDArray[np.int32]) -> None:
        """Forget the predictions of these (ascending) frames."""
        for number, here in _pages_of(frame_indices):
            page = self._pages.get(number)
            if page is not None:
                page[frame_indices[here] % FRAMES_PER_PAGE] = np.zeros((), dtype=ROW)
                if not page["flags"].any():
                    del self._pages[number]
                self._note_valid(number)

    def are_superseded(self, spans: FrameSpans, *, value: bool) -> bool:
        """Whether every frame of the spans has a prediction that is superseded, or is not."""
        wanted = _VALID if value else RowFlag.PRESENT
        return all(
            sum(high - low for _, _, low, high in self._parts(first, last)) == last - first + 1
            and all(
                ((page["flags"][low:high] & _VALID) == wanted).all()
                for _, page, low, high in self._parts(first, last)
            )
            for first, last in spans
        )

    def set_superseded(self, spans: FrameSpans, *, value: bool) -> None:
        """Write the flag for spans that hold predictions throughout."""
        for first, last in spans:
            for number, page, low, high in self._parts(first, last):
                flags = page["flags"][low:high]
                page["flags"][low:high] = (
                    flags | RowFlag.SUPERSEDED if value else flags & (0xFF ^ RowFlag.SUPERSEDED)
                )
                self._note_valid(number)

    def valid_spans(self, first: int, last: int = LAST_FRAME) -> FrameSpans:
        """Where predictions lie that are not superseded."""
        found = [
            np.flatnonzero((page["flags"][low:high] & _VALID) == RowFlag.PRESENT) + low + number * FRAMES_PER_PAGE
            for number, page, low, high in self._parts(first, last)
        ]
        return spans_of(np.concatenate(found)) if found else ()

    def last_before(self, frame_index: int) -> Prediction | None:
        """The nearest prediction before this frame that is not superseded."""
        for number, page, low, high in reversed(list(self._parts(0, frame_index - 1))):
            rows = np.flatnonzero((page["flags"][low:high] & _VALID) == RowFlag.PRESENT)
            if len(rows):
                row = int(rows[-1]) + low
                return prediction_of(number * FRAMES_PER_PAGE + row, page[row])
        return None

    def flags(self, first: int, last: int) -> NDArray[np.uint8]:
        """(n,) `RowFlag` of frames `first` to `last`."""
        dense = np.zeros(last - first + 1, dtype=np.uint8)
        self._fill(dense, "flags", first)
        return dense

    def numbers(self, name: str, first: int, last: int) -> NDArray[np.float32]:
        """(n,) of the column "score" or "disagreement"; NaN where no prediction is, or it is superseded."""
        dense = np.zeros(last - first + 1, dtype=np.float32)
        self._fill(dense, name, first)
        dense[(self.flags(first, last) & _VALID) != RowFlag.PRESENT] = np.nan
        return dense

    def copied(self) -> PredictionPages:
        """Another one with the same predictions; what is put into one is not in the other."""
        copy = PredictionPages()
        copy._pages = {number: page.copy() for number, page in self._pages.items()}
        copy._valid_pages = set(self._valid_pages)
        return copy

    def _note_valid(self, number: int) -> None:
        """Keep count of the pages with valid predictions; called wherever a page changes."""
        page = self._pages.get(number)
        if page is not None and ((page["flags"] & _VALID) == RowFlag.PRESENT).any():
            self._valid_pages.add(number)
        else:
            self._valid_pages.discard(number)

    def _fill(self, dense: NDArray[np.generic], name: str, first: int) -> None:
        for number, page, low, high in self._parts(first, first + len(dense) - 1):
            start = number * FRAMES_PER_PAGE - first
            dense[start + low : start + high] = page[name][low:high]

    def _parts(self, first: int, last: int) -> Iterator[tuple[int, NDArray[np.void], int, int]]:
        """Each page with frames from `first` to `last`: its number, itself, and which rows (low:high)."""
        first_page, last_page = first // FRAMES_PER_PAGE, last // FRAMES_PER_PAGE
        for number in sorted(number for number in self._pages if first_page <= number <= last_page):
            start = number * FRAMES_PER_PAGE
            yield number, self._pages[number], max(first - start, 0), min(last + 1 - start, FRAMES_PER_PAGE)

    def _gathered(self, parts: Iterable[tuple[NDArray[np.integer], int]]) -> PredictionBlock:
        found = [(rows + number * FRAMES_PER_PAGE, self._pages[number][rows]) for rows, number in parts]
        if not found:
            return PredictionBlock.empty()
        return PredictionBlock(
            np.concatenate([indices for indices, _ in found]).astype(np.int32),
            np.concatenate([rows for _, rows in found]),
        )


def _pages_of(frame_indices: NDArray[np.int32]) -> Iterator[tuple[int, slice]]:
    """Each page that ascending frame indices lie on: its number, and which of them those are."""
    numbers, starts = np.unique(frame_indices // FRAMES_PER_PAGE, return_index=True)
    for number, start, end in zip(numbers, starts, np.append(starts, len(frame_indices))[1:], strict=True):
        yield int(number), slice(int(start), int(end))


def spans_of(frame_indices: NDArray[np.integer]) -> FrameSpans:
    """Ascending frame indices as spans."""
    if not len(frame_indices):
        return ()
    breaks = np.flatnonzero(np.diff(frame_indices) > 1)
    firsts = frame_indices[np.concatenate([[0], breaks + 1])]
    lasts = frame_indices[np.concatenate([breaks, [-1]])]
    return tuple(zip(firsts.tolist(), lasts.tolist(), strict=True))
