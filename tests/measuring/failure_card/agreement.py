"""How often the guessed cause is the judged one, on frames that are wrong or called lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from tests.measuring.recording import Recording
from tracker_core import TrackResult
from tracker_core.evidence import Cause, failure_card, past_frame
from tracker_core.evidence.failures.guessed import GuessedFrame, Thresholds, guessed_card
from tracker_core.evidence.failures.signs import signs_of

GRID = tuple(
    Thresholds(lead=lead, doubtful_share=share, low_score=low, proposed_growth=growth)
    for lead, share, low, growth in product((0.0, 1.0), (0.3, 0.5, 0.8), (0.0, 0.5, 1.0, 1.5), (1.2, 1.35, 1.6))
)
"""Settings of the rule that are compared when it is tuned again."""
MOST_FALSE_ALARMS = 0.1
"""Of right frames, how many a tuned rule may find fault with."""
ON_THE_OBJECT = (Cause.NOTHING_WRONG, Cause.RIGHT_BUT_DOUBTED, Cause.LOOSE_OR_TIGHT)


@dataclass(frozen=True)
class JudgedRow:
    """One frame: what is known of it without the truth, and its true cause."""

    sequence: str
    system: str
    frame: GuessedFrame
    cause: Cause

    @property
    def is_failure(self) -> bool:
        return self.cause is not Cause.NOTHING_WRONG

    def guess(self, limits: Thresholds) -> Cause:
        return guessed_card(replace(self.frame, limits=limits)).cause


Guess = tuple[JudgedRow, Cause]


def judged_rows(sequence: str, system: str, recording: Recording) -> Iterator[JudgedRow]:
    """Of all frames with ground truth; the first box counts as drawn by a person."""
    drawn = TrackResult(recording.first_box, float("inf"), is_found=True)
    past = [past_frame(recording.first_frame, drawn)]
    for recorded in recording.frames:
        result, size = recorded.result, recording.frame_size
        if recorded.truth is not None:
            recent = tuple(past)
            card = failure_card(result, size, reference=recorded.truth, recent=recent)
            assert result.diagnostics is not None
            signs = signs_of(result, result.diagnostics, size, recent)
            yield JudgedRow(sequence, system, GuessedFrame(result, result.diagnostics, recent, signs), card.cause)
        past.append(past_frame(recorded.frame_index, result, reference=recorded.truth))


def guesses(rows: Iterable[JudgedRow], limits: Thresholds = Thresholds()) -> list[Guess]:  # noqa: B008 - frozen
    return [(row, row.guess(limits)) for row in rows]


def failures(found: Iterable[Guess]) -> list[Guess]:
    return [(row, guess) for row, guess in found if row.is_failure]


def agreement(found: Sequence[Guess]) -> float:
    """Share of guesses that are the judged cause; NaN without any."""
    return float(np.mean([row.cause is guess for row, guess in found])) if found else float("nan")


def by_sequence(found: Sequence[Guess]) -> dict[str, float]:
    names = sorted({row.sequence for row, _ in found}, key=str.casefold)
    return {name: agreement([each for each in found if each[0].sequence == name]) for name in names}


def named(found: Iterable[Guess]) -> list[Guess]:
    """Those that name a cause."""
    return [each for each in found if each[1] not in (Cause.NOTHING_WRONG, Cause.UNKNOWN)]


def place_agreement(found: Sequence[Guess]) -> float:
    """Whether guess and truth say the same of whether the box is on the object at all."""
    same = [(row.cause in ON_THE_OBJECT) == (guess in ON_THE_OBJECT) for row, guess in found]
    return float(np.mean(same)) if found else float("nan")


def false_alarms(found: Iterable[Guess]) -> float:
    """Of right frames, the share that a guess finds fault with."""
    right = [guess for row, guess in found if not row.is_failure]
    return float(np.mean([guess is not Cause.NOTHING_WRONG for guess in right])) if right else float("nan")


def most_common(rows: Iterable[JudgedRow]) -> Cause:
    return Counter(row.cause for row in rows if row.is_failure).most_common(1)[0][0]


def always(cause: Cause, rows: Iterable[JudgedRow]) -> list[Guess]:
    """What the baseline says of frames that are wrong."""
    return [(row, cause) for row in rows if row.is_failure]


def left_out(rows: Sequence[JudgedRow]) -> tuple[list[Guess], list[Guess]]:
    """Guesses of each sequence's failures by a rule tuned on the others, and by the others' most common cause."""
    found = [guesses(rows, limits) for limits in GRID]
    by_rule: list[Guess] = []
    by_baseline: list[Guess] = []
    for name in sorted({row.sequence for row in rows if row.is_failure}):
        best = max(found, key=lambda each: _merit([guess for guess in each if guess[0].sequence != name]))
        by_rule += failures(guess for guess in best if guess[0].sequence == name)
        others = most_common(row for row in rows if row.sequence != name)
        by_baseline += always(others, (row for row in rows if row.sequence == name))
    return by_rule, by_baseline


def _merit(found: Sequence[Guess]) -> float:
    """Agreement on these frames, each sequence by the root of its number of failures.

    A rule that finds fault with too many right frames comes after all that do not.
    """
    failed = failures(found)
    counts = Counter(row.sequence for row, _ in failed)
    weighted = sum(np.sqrt(counts[name]) * shared for name, shared in by_sequence(failed).items())
    total = sum(np.sqrt(list(counts.values())))
    return float(weighted / total) - (false_alarms(found) > MOST_FALSE_ALARMS)


def halves(names: Iterable[str]) -> tuple[set[str], set[str]]:
    """Sequences by name, taken alternately: those that thresholds were chosen on, and those kept for the test."""
    ordered = sorted(set(names), key=lambda name: (name.casefold(), name))
    return set(ordered[::2]), set(ordered[1::2])
