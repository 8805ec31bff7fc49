"""Memory that is taken once: rows stay while they are held, and no longer."""

from __future__ import annotations

import gc
import random
from collections import deque

import pytest
import torch

from tracker_core.row_store import Rows, RowStore

CPU = torch.device("cpu")
ROW_SHAPE = (2, 3)


def store(*, page_rows: int = 4, pages: int = 6, dtype: torch.dtype = torch.float32) -> RowStore:
    return RowStore(ROW_SHAPE, dtype=dtype, device=CPU, page_rows=page_rows, pages=pages)


def marked(n: int, mark: float) -> torch.Tensor:
    """No two rows alike."""
    return (mark + torch.arange(n) / 1000)[:, None, None].repeat(1, *ROW_SHAPE)


def values(rows: Rows) -> torch.Tensor:
    return rows.take(torch.arange(len(rows)))


@pytest.mark.parametrize("n", [0, 1, 4, 5, 24])
def test_put_then_gives_the_rows_back_in_order(n: int) -> None:
    rows = store().put(marked(n, 7))
    assert len(rows) == n
    assert torch.equal(values(rows), marked(n, 7))


def test_take_when_asked_for_some_then_gives_a_copy_of_those() -> None:
    rows = store().put(marked(10, 1))
    some = rows.take(torch.tensor([9, 0, 9]))
    assert torch.equal(some, marked(10, 1)[[9, 0, 9]])
    some.zero_()
    assert torch.equal(values(rows), marked(10, 1))


def test_put_when_the_values_change_later_then_the_rows_do_not() -> None:
    source = marked(5, 1)
    rows = store().put(source)
    source.zero_()
    assert torch.equal(values(rows), marked(5, 1))


def test_rows_when_many_others_come_and_go_then_stay_as_they_are() -> None:
    """Others are held for a random while, and dropped in any order."""
    shared, rng = store(), random.Random(0)
    kept = [shared.put(marked(n, 100 * n)) for n in (1, 3, 4, 9)]
    others: list[tuple[Rows, torch.Tensor]] = []
    for number in range(500):
        other = marked(rng.randint(0, 11), 1000 + number)
        others.append((shared.put(other), other))
        while len(others) > rng.randint(0, 12):
            rows, expected = others.pop(rng.randrange(len(others)))
            assert torch.equal(values(rows), expected)
            del rows
    for rows, n in zip(kept, (1, 3, 4, 9), strict=True):
        assert torch.equal(values(rows), marked(n, 100 * n))


def test_put_when_the_older_rows_are_dropped_then_uses_their_memory_again() -> None:
    shared = store(page_rows=4, pages=6)
    address = shared.values.data_ptr()
    window: deque[Rows] = deque(maxlen=2)
    for number in range(1000):
        window.append(shared.put(marked(5, number)))  # two pages each, so three times two are held for a moment
    assert len(shared.values) == 24
    assert shared.values.data_ptr() == address


def test_rows_when_dropped_then_are_free_without_waiting_for_the_collector() -> None:
    gc.disable()
    try:
        shared = store(page_rows=4, pages=1)
        for number in range(50):
            shared.put(marked(4, number))
        assert len(shared.values) == 4
    finally:
        gc.enable()


def test_put_when_there_is_no_room_then_grows_and_old_rows_stay() -> None:
    shared = store(page_rows=4, pages=2)
    held = [shared.put(marked(n, 10 * n)) for n in (3, 5, 8, 13, 40)]
    for rows, n in zip(held, (3, 5, 8, 13, 40), strict=True):
        assert torch.equal(values(rows), marked(n, 10 * n))
    assert len(shared.values) >= 4 + 8 + 8 + 16 + 40


def test_put_when_nothing_was_foreseen_then_grows_from_nothing() -> None:
    assert torch.equal(values(store(pages=0).put(marked(9, 1))), marked(9, 1))


def test_put_when_the_type_differs_then_stores_its_own() -> None:
    rows = store(dtype=torch.bfloat16).put(torch.full((3, *ROW_SHAPE), 1 / 3))
    assert torch.equal(values(rows), torch.full((3, *ROW_SHAPE), 1 / 3).bfloat16())


def test_joined_then_holds_all_parts_in_order_though_they_are_dropped() -> None:
    shared = store(page_rows=4, pages=4)
    parts = [shared.put(marked(n, n)) for n in (3, 5)]
    expected = torch.cat([marked(3, 3), marked(5, 5)])
    joined = Rows.joined(parts)
    del parts
    others = [shared.put(marked(4, 90)) for _ in range(5)]
    assert len(joined) == 8
    assert torch.equal(values(joined), expected)
    assert torch.equal(values(Rows.joined([joined, others[0]])), torch.cat([expected, marked(4, 90)]))


def test_rows_of_a_tensor_then_are_its_own_without_a_copy() -> None:
    tensor = marked(6, 2)
    rows = Rows.of(tensor)
    assert torch.equal(rows.take(torch.tensor([5, 1])), tensor[[5, 1]])
    assert rows.store.values.data_ptr() == tensor.data_ptr()
