"""How far reading or writing a file is, and leaving it early."""

from __future__ import annotations

from collections.abc import Callable

Tick = Callable[[int, int], None]
"""Is told "`done` of `total`" (rows, frames or bytes, as the caller likes), and raises where it is to end.

Readers and writers call it at least ten times a second, which is every few thousand boxes. What it raises passes
through them untouched.
"""


def untold(_done: int, _total: int) -> None:
    """For callers who wait for the end."""
