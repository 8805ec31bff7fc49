"""Counts in words."""

from __future__ import annotations


def counted(n: int, one: str, many: str = "") -> str:
    """As in "1 box", "2,000 boxes"; `many` is `one` with an s where it is not given."""
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"
