"""Work done ahead of the step that needs it, on threads of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_AHEAD = 2  # steps

Made = TypeVar("Made")


def made_ahead(make: Callable[[int], Made], first: int, *, threads: int) -> Generator[Made]:
    """What `make` gives for all numbers from one on, in their order; close the iterator to end its threads."""
    with ThreadPoolExecutor(threads, thread_name_prefix="made-ahead") as pool:
        waiting: deque[Future[Made]] = deque()
        number = first
        try:
            while True:
                while len(waiting) < _AHEAD + threads:
                    waiting.append(pool.submit(make, number))
                    number += 1
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
