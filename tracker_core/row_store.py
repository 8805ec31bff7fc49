"""Memory for samples, taken once and used again: hours of tracking hold as much as minutes."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass

import torch


class _Page:
    """A run of rows in a store; goes back to the store when nothing refers to it any more."""

    __slots__ = ("__weakref__",)


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a store, which stay as they are while this is held.

    Attributes:
        store: where they lie.
        places: (n,) int64 row numbers in the store, on its device.
        pages: keeps them from being used again.
    """

    store: RowStore
    places: torch.Tensor
    pages: tuple[_Page, ...]

    def __len__(self) -> int:
        return len(self.places)

    @classmethod
    def of(cls, values: torch.Tensor) -> Rows:
        """Rows outside any common store, without a copy: for samples that are used once."""
        store = RowStore.around(values)
        return cls(store, torch.arange(len(values), device=values.device), ())

    def take(self, rows: torch.Tensor) -> torch.Tensor:
        """The values of some of these rows, by number among them; a copy."""
        return self.store.values.index_select(0, self.places[rows])

    def chosen(self, rows: torch.Tensor) -> Rows:
        """Some of these rows, by number among them, without a copy; one may be among them several times."""
        return Rows(self.store, self.places[rows], self.pages)

    @classmethod
    def joined(cls, parts: Sequence[Rows]) -> Rows:
        """All rows of at least one part, all in the same store."""
        pages = tuple(page for part in parts for page in part.pages)
        return cls(parts[0].store, torch.cat([part.places for part in parts]), pages)


class RowStore:
    """Rows of one shape and type on one device, handed out in pages.

    Attributes:
        values: (capacity, *shape); grows by half where more is held at once than was foreseen.
    """

    def __init__(
        self, shape: tuple[int, ...], *, dtype: torch.dtype, device: torch.device, page_rows: int, pages: int
    ) -> None:
        self.values = torch.empty(pages * page_rows, *shape, dtype=dtype, device=device)
        self._page_rows = page_rows
        self._free = list(range(pages))

    @classmethod
    def around(cls, values: torch.Tensor) -> RowStore:
        """A store that is full of `values`, which are not copied."""
        store = cls(tuple(values.shape[1:]), dtype=values.dtype, device=values.device, page_rows=1, pages=0)
        store.values = values
        return store

    def put(self, values: torch.Tensor) -> Rows:
        """Copy (n, *shape) values in; they stay until the rows that come back are no longer held."""
        n = len(values)
        needed = -(-n // self._page_rows)
        while len(self._free) < needed:
            self._grow()
        taken = [self._free.pop() for _ in range(needed)]
        pages = []
        for number in taken:
            page = _Page()
            weakref.finalize(page, self._free.append, number).atexit = False
            pages.append(page)
        starts = torch.tensor(taken, dtype=torch.int64)[:, None] * self._page_rows
        places = (starts + torch.arange(self._page_rows)).flatten()[:n].to(self.values.device)
        self.values[places] = values.to(self.values.device, self.values.dtype)
        return Rows(self, places, tuple(pages))

    def _grow(self) -> None:
        used = len(self.values) // self._page_rows
        added = max(1, used // 2)
        more = self.values.new_empty(added * self._page_rows, *self.values.shape[1:])
        self.values = torch.cat([self.values, more])
        self._free.extend(range(used, used + added))
