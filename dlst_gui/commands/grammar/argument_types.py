"""What single arguments may look like: from the typed text to a value, or an error of one line."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from tracker_core import FAST_STEPS
from tracker_core.weights import GUIDE_NAMES

if TYPE_CHECKING:
    from dlst_gui.video.pixel_range import RangeChoice

Xywh = tuple[float, float, float, float]
"""x, y, width, height in 0-based pixels, as typed."""

_LARGEST_PART = 1_000_000
"""Of a fraction, above or below its line."""

NO_GUIDE = "none"
"""How one asks for no guide."""


def box_numbers(text: str) -> Xywh:
    """Four finite numbers from X,Y,W,H, width and height above 0."""
    try:
        x, y, width, height = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected four numbers X,Y,W,H, got {text!r}") from None
    if not all(map(math.isfinite, (x, y, width, height))) or width <= 0 or height <= 0:
        raise argparse.ArgumentTypeError(f"expected a width and height above 0, got {text!r}")
    return x, y, width, height


def fraction(text: str) -> Fraction:
    """A number above 0, which may be a fraction: "5", "0.5", "1/10"."""
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        value = Fraction(0)
    if value <= 0 or max(value.numerator, value.denominator) > _LARGEST_PART:
        raise argparse.ArgumentTypeError(f"expected a number above 0, such as 5 or 1/10, got {text!r}")
    return value


def range_choice(text: str) -> RangeChoice:
    """Which values of pictures with over 8 bits are black and white."""
    from dlst_gui.video.pixel_range import RangeChoice  # noqa: PLC0415 - loads numpy, which --help needs not

    try:
        return RangeChoice.parsed(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def path(text: str) -> Path:
    """A path whose last part is a name: "." and ".." are the folders that they stand for."""
    if not text:
        raise argparse.ArgumentTypeError("expected a path, got nothing")
    given = Path(text)
    named = given.resolve() if given.name in ("", "..") else given
    if not named.name:
        raise argparse.ArgumentTypeError(f"expected a file, or a folder below it, got {text!r}")
    return named


def name_list(text: str) -> tuple[str, ...]:
    """Names separated by commas, at least one, each once."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise argparse.ArgumentTypeError("expected at least one name")
    return names


def list_of(known: tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
    """A type for names separated by commas, each one of `known`."""

    def parse(text: str) -> tuple[str, ...]:
        names = name_list(text)
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"unknown {unknown[0]!r} (choose from {', '.join(known)})")
        return names

    return parse


def step_list(text: str) -> tuple[str, ...]:
    """Names of fast's steps, in the core's order: the same steps are the same system."""
    known = tuple(FAST_STEPS)
    return tuple(sorted(list_of(known)(text), key=known.index))


def guide_list(text: str) -> tuple[str, ...]:
    """Names of guides separated by commas; "none" becomes ""."""
    names = list_of((NO_GUIDE, *GUIDE_NAMES))(text)
    return tuple("" if name == NO_GUIDE else name for name in names)


def guide_name(text: str) -> str:
    """The name of one guide; "none" becomes ""."""
    names = guide_list(text)
    if len(names) > 1:
        raise argparse.ArgumentTypeError(f"expected one guide, got {text!r}")
    return names[0]


def at_least(smallest: int) -> Callable[[str], int]:
    """A type for whole numbers from `smallest` on."""

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = smallest - 1
        if number < smallest:
            raise argparse.ArgumentTypeError(f"expected a whole number of at least {smallest}, got {text!r}")
        return number

    return parse
