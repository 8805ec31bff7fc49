"""Numbers as people read them."""

from __future__ import annotations


def counted(n: int, one: str, many: str = "") -> str:
    """As in "1 box", "2,000 boxes"; `many` is `one` with an s where it is not given."""
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"


def signed(value: float, decimals: int = 2) -> str:
    """As in "+1.50", "−0.07": with a sign as wide as a plus, so that columns of them can be read."""
    return f"{value:+z.{decimals}f}".replace("-", "−")


def place_text(x: float, y: float, decimals: int = 0) -> str:
    """As in "128, 40", "−77.6, 12.1": image pixels, which are negative left of the frame and above it."""
    return f"{x:z.{decimals}f}, {y:z.{decimals}f}".replace("-", "−")
