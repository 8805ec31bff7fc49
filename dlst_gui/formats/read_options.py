"""What a person may say about a file of labels that the file itself does not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction


class Loose(Enum):
    """What becomes of boxes without an id."""

    LINKED = "linked"  # to the track that each overlaps most, on the frame before
    SINGLE = "single"  # a track each


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a file is read.

    Attributes:
        first_frame: the number that the file gives to the video's first frame; None: what the format says, or the
            file shows.
        loose: what becomes of boxes without an id.
        step: how many frames of the video lie between two numbers of the file that follow each other: 5 where each
            fifth frame was labelled and these were numbered one after the other, 1/10 where numbers go up by tens.
        part: of a file about several videos the one to read, by its name or id; None: the one that fits.
    """

    first_frame: int | None = None
    loose: Loose = Loose.LINKED
    part: str | None = None
    step: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        if self.step <= 0:
            raise ValueError(f"expected a step above 0, got {self.step}")


AS_THE_FILE_SAYS = ReadOptions()
