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
    return spans_without(spans, ((first, last),))


def spans_without(spans: Iterable[ReviewSpan], cut: Iterable[tuple[int, int]]) -> tuple[ReviewSpan, ...]:
    """The parts of the spans that lie on none of the frames of `cut`: first and last ones, of any order.

    Spans and cuts are gone through once: there may be thousands of either.
    """
    cuts = sorted(cut)
    kept, position = [], 0
    for span in sorted(spans, key=lambda each: each.first):
        while position < len(cuts) and cuts[position][1] < span.first:
            position += 1
        begin, at = span.first, position
        while at < len(cuts) and cuts[at][0] <= span.last:
            first, last = cuts[at]
            if first > begin:
                kept.append(replace(span, first=begin, last=first - 1))
            begin = max(begin, last + 1)
            at += 1
        if begin <= span.last:
            kept.append(span if begin == span.first else replace(span, first=begin))
    return tuple(kept)
