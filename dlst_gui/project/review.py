"""What a person said about spans of frames while reviewing, and how people are told of a span."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum


class ReviewMark(Enum):
    """A reviewer's verdict on the boxes of some frames."""

    ACCEPTED = "accepted"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class ReviewSpan:
    """One verdict on frames `first` to `last`, both included."""

    first: int
    last: int
    mark: ReviewMark

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.last:
            raise ValueError(f"a span goes from 0 or later to its own first frame or later, got {self}")


def span_words(first: int, last: int) -> str:
    """Frames `first` to `last`, both included, as people are told of them: "frame 3", "frames 3 to 7"."""
    return f"frame {first}" if first == last else f"frames {first} to {last}"


def spans_within(spans: Iterable[ReviewSpan], first: int, last: int) -> tuple[ReviewSpan, ...]:
    """The parts of the spans that lie on frames `first` to `last`."""
    return tuple(
        replace(span, first=max(span.first, first), last=min(span.last, last))
        for span in spans
        if span.first <= last and span.last >= first
    )


def spans_outside(spans: Iterable[ReviewSpan], first: int, last: int) -> tuple[ReviewSpan, ...]:
    """The parts of the spans that lie before frame `first` or after frame `last`."""
    kept = list(spans)
    before = spans_within(kept, 0, first - 1) if first > 0 else ()
    after = spans_within(kept, last + 1, max((span.last for span in kept), default=last))
    return before + after
