"""Which values of pictures with over 8 bits are shown as black and as white: one rule for a whole sequence.

Cameras of 10, 12 or 14 bits store them in the lower bits of 16; thermal cameras use a narrow band of 16, depth and
measurements come as 32-bit integers or floats. Shown by their upper 8 bits such pictures would be black. A person
may choose another rule (`RangeChoice`); `chosen_ranges.py` remembers it for each folder.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.integer] | NDArray[np.floating]
"""Values of pixels as stored; NaN where a picture has none."""

_DEPTHS = (8, 10, 12, 14, 16, 24, 32)
"""Bits that cameras and scanners have."""

_NARROW = 1 / 16
"""Share of a range below which the values' own limits are used: fewer than 16 of 256 grey levels would be left."""

_MEASURED = 5
"""Pictures that tell the rule; each is decoded for it."""

_PERCENTILES = (0.1, 99.9)
"""Where the values' own limits are: a dead or hot pixel has no say."""

_MOST_SORTED = 1_000_000
"""Values of one picture by which its limits are found."""

_LARGEST_INTEGERS = 2**31
"""Of the 32-bit integers that pictures hold."""


class RangeKind(Enum):
    """How the values that are black and white are found."""

    AUTO = "auto"  # the bits of a camera, or the pictures' own limits
    FULL = "full"  # what the type of the values can hold
    REAL = "real"  # the lowest and the highest value of the pictures that are measured
    PERCENTILES = "percentiles"  # the same without so much at each end
    FIXED = "fixed"  # two values that were typed


@dataclass(frozen=True, slots=True)
class RangeChoice:
    """What a person wants to be black and white.

    Attributes:
        low: a percentile of 0 to 100, or the value that is black; of no use for other kinds.
        high: likewise, above `low`; the value that is white.
    """

    kind: RangeKind = RangeKind.AUTO
    low: float = 0
    high: float = 0

    def __post_init__(self) -> None:
        if self.kind not in {RangeKind.PERCENTILES, RangeKind.FIXED}:
            return
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"expected a lower and a higher number, got {self.low:g} and {self.high:g}")
        if self.kind is RangeKind.PERCENTILES and not (self.low >= 0 and self.high <= 100):
            raise ValueError(f"expected percentiles of 0 to 100, got {self.low:g} and {self.high:g}")

    @classmethod
    def parsed(cls, text: str) -> RangeChoice:
        """Read what `text` writes; ValueError says what is expected."""
        word = text.strip().casefold()
        if word in {kind.value for kind in (RangeKind.AUTO, RangeKind.FULL, RangeKind.REAL)}:
            return cls(RangeKind(word))
        found = _TYPED.fullmatch(word)
        if found is None or bool(found["low_percent"]) != bool(found["high_percent"]):
            raise ValueError(f"expected auto, full, real, LOW%..HIGH% or LOW..HIGH, got {text!r:.60}")
        kind = RangeKind.PERCENTILES if found["low_percent"] else RangeKind.FIXED
        return cls(kind, float(found["low"]), float(found["high"]))

    @property
    def text(self) -> str:
        """As it is typed: "auto", "full", "real", "1%..99%", "300..4200"."""
        if self.kind is RangeKind.PERCENTILES:
            return f"{self.low:.10g}%..{self.high:.10g}%"
        if self.kind is RangeKind.FIXED:
            return f"{self.low:.10g}..{self.high:.10g}"
        return str(self.kind.value)

    @property
    def percentiles(self) -> tuple[float, float]:
        """By which pictures are measured."""
        return (self.low, self.high) if self.kind is RangeKind.PERCENTILES else _PERCENTILES


_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
_TYPED = re.compile(rf"(?P<low>{_NUMBER})(?P<low_percent>%?)\s*\.\.\s*(?P<high>{_NUMBER})(?P<high_percent>%?)")
AUTO = RangeChoice()


@dataclass(frozen=True, slots=True)
class PixelRange:
    """Values from `black` to just below `white` are shown as 0 to 255, those beyond as 0 or 255.

    Attributes:
        black: the lowest value, shown as 0.
        white: the first value beyond those that are told apart; above `black`.
        notice: what to tell of it; None where nothing is unusual.
    """

    black: float
    white: float
    notice: str | None = None

    def shown(self, values: Values) -> NDArray[np.uint8]:
        """The same shape, as grey levels; what is no number becomes black."""
        if values.dtype.kind == "u" and values.dtype.itemsize == 2:
            table = self._levels(np.arange(2**16, dtype=np.float64))  # quicker than counting for each pixel
            return table[values]
        return self._levels(values.astype(np.float64))

    def _levels(self, values: NDArray[np.float64]) -> NDArray[np.uint8]:
        levels = np.floor((values - self.black) * (256 / (self.white - self.black)))
        whole: NDArray[np.uint8] = np.nan_to_num(levels, nan=0.0, posinf=255.0).clip(0, 255).astype(np.uint8)
        return whole


UPPER_8_OF_16 = PixelRange(0, 2**16)


def measured_places(count: int) -> list[int]:
    """Which of `count` pictures are looked at, evenly spread."""
    return sorted({(count - 1) * number // (_MEASURED - 1) for number in range(_MEASURED)})


@dataclass(frozen=True, slots=True)
class Extent:
    """Of one picture's values.

    Attributes:
        least: of all.
        most: of all.
        low: the lower of the values' own limits, without a few outliers.
        high: the upper one.
    """

    least: float
    most: float
    low: float
    high: float


def extent_of(values: Values, percentiles: tuple[float, float] = _PERCENTILES) -> Extent | None:
    """That of the values, of any shape, that are numbers; None where none is."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return None
    some = finite[:: -(-finite.size // _MOST_SORTED)]
    low, high = np.percentile(some, percentiles)
    return Extent(float(finite.min()), float(finite.max()), float(low), float(high))


def chosen_range_of(choice: RangeChoice, extents: Collection[Extent], *, are_whole: bool, bits: int) -> PixelRange:
    """The rule that a person chose for pictures of which these are some.

    Args:
        choice: not by itself: see `range_of`.
        extents: one for each picture, measured by the choice's percentiles.
        are_whole: their values are stored as integers.
        bits: of the type of the values.
    """
    if choice.kind is RangeKind.AUTO or not extents:
        return range_of(extents, are_whole=are_whole)
    least, most = min(each.least for each in extents), max(each.most for each in extents)
    if choice.kind is RangeKind.FIXED:
        low, high = choice.low, choice.high
    elif choice.kind is RangeKind.FULL:
        low, high = _full_range(least, are_whole=are_whole, bits=bits)
    elif choice.kind is RangeKind.REAL:
        low, high = least, most
    else:
        low, high = min(each.low for each in extents), max(each.high for each in extents)
    white = high + 1 if are_whole or low == high else high
    return PixelRange(
        low, white, f"values scaled: {low:.6g} to {high:.6g} are shown as black to white ({choice.text})"
    )


def _full_range(least: float, *, are_whole: bool, bits: int) -> tuple[float, float]:
    """Floats have none: 0 to 1 stands for it."""
    if not are_whole:
        return 0, 1
    if bits < 32:
        return 0, 2**bits - 1
    return (-_LARGEST_INTEGERS if least < 0 else 0), _LARGEST_INTEGERS - 1


def range_of(extents: Collection[Extent], *, are_whole: bool) -> PixelRange:
    """The rule for pictures of which these are some.

    Args:
        extents: one for each picture.
        are_whole: their values are stored as integers.
    """
    if not extents:
        return UPPER_8_OF_16
    least, most = min(each.least for each in extents), max(each.most for each in extents)
    low, high = min(each.low for each in extents), max(each.high for each in extents)
    full = _depth_range(most) if are_whole else _float_range(most)
    if low < high and (least < 0 or full is None or high - low < _NARROW * full.white):
        white = high + 1 if are_whole else high
        return PixelRange(low, white, f"values scaled: {low:.6g} to {high:.6g} are shown as black to white")
    if least < 0 or full is None:
        return PixelRange(low, low + 1, f"all black: nearly all values are {low:.6g}")
    return full


def _depth_range(most: float) -> PixelRange:
    bits = next((bits for bits in _DEPTHS if most < 2**bits), _DEPTHS[-1])
    if bits == 16:
        return UPPER_8_OF_16
    return PixelRange(
        0, 2**bits, f"values scaled: up to {most:.0f}, taken for {bits} bits and shown by the upper 8"
    )


def _float_range(most: float) -> PixelRange | None:
    """Floats have no depth; what programs write is usually 0 to 1, or 0 to 255."""
    white = next((white for white in (1, 255) if most <= white), None)
    if white is None:
        return None
    return PixelRange(0, 1 if white == 1 else 256, f"values scaled: 0 to {white} are shown as black to white")
