"""Tables of what was measured, as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from tests.measuring.failure_card.agreement import (
    Guess,
    JudgedRow,
    agreement,
    always,
    by_sequence,
    failures,
    false_alarms,
    guesses,
    halves,
    left_out,
    most_common,
    named,
    place_agreement,
)
from tracker_core.evidence import Cause

_COLUMNS = (
    "frames",
    "failures",
    "agreement",
    "mean of sequences",
    "where a cause is named",
    "on the object or not",
    "baseline",
    "its mean of sequences",
    "right frames found fault with",
)


def report(title: str, rows: Sequence[JudgedRow], all_names: Sequence[str], *, tunes: bool) -> Iterator[str]:
    """Lines of one section; with `tunes`, the rule is tuned again without each sequence, which takes long."""
    found = guesses(rows)
    failed = failures(found)
    yield f"## {title}"
    yield ""
    yield f"{len(rows)} frames, {len(failed)} of them wrong or called lost."
    if not failed:
        return
    chosen_on, kept = halves(all_names)
    yield ""
    yield f"| {' | '.join(_COLUMNS)} |"
    yield "|---" * len(_COLUMNS) + "|"
    for name, part in (
        ("tuned on", [row for row in rows if row.sequence in chosen_on]),
        ("kept for the test", [row for row in rows if row.sequence in kept]),
        ("all", list(rows)),
    ):
        learned_from = [row for row in rows if row.sequence in chosen_on] if name != "all" else rows
        yield from _summary(name, part, learned_from)
    for system in sorted({row.system for row in rows}):
        yield from _summary(system, [row for row in rows if row.system == system], rows)
    if tunes:
        by_rule, by_baseline = left_out(rows)
        yield (
            f"| each sequence left out, rule tuned on the others | {len(by_rule)} | {_row_of(by_rule)} "
            f"| {_share(agreement(by_baseline))} | {_mean(by_baseline)} | |"
        )
    yield ""
    yield from _confusion(failed)
    yield ""
    yield "| sequence | failures | agreement | most common cause | most common guess |"
    yield "|---|---|---|---|---|"
    for name, share in by_sequence(failed).items():
        own = [each for each in failed if each[0].sequence == name]
        causes, said = Counter(row.cause for row, _ in own), Counter(guess for _, guess in own)
        yield f"| {name} | {len(own)} | {_share(share)} | {_top(causes)} | {_top(said)} |"
    yield ""


def _summary(name: str, rows: Sequence[JudgedRow], learned_from: Sequence[JudgedRow]) -> Iterator[str]:
    found = guesses(rows)
    failed = failures(found)
    if failed:
        baseline = always(most_common(learned_from), rows)
        yield (
            f"| {name} | {len(failed)} | {_row_of(failed)} | {_share(agreement(baseline))} | {_mean(baseline)} "
            f"| {_share(false_alarms(found))} |"
        )


def _row_of(failed: Sequence[Guess]) -> str:
    with_cause = named(failed)
    return (
        f"{_share(agreement(failed))} | {_mean(failed)} | {_share(agreement(with_cause))} of {len(with_cause)} "
        f"| {_share(place_agreement(failed))}"
    )


def _confusion(failed: Sequence[Guess]) -> Iterator[str]:
    """Rows are judged causes, columns guesses."""
    counts = Counter((row.cause, guess) for row, guess in failed)
    said = [cause for cause in Cause if any(guess is cause for _, guess in failed)]
    yield "| judged \\ guessed | " + " | ".join(cause.value for cause in said) + " | all | of these right |"
    yield "|---|" + "---|" * (len(said) + 2)
    for cause in Cause:
        total = sum(number for (judged, _), number in counts.items() if judged is cause)
        if total:
            cells = " | ".join(str(counts[cause, guess] or "") for guess in said)
            yield f"| {cause.value} | {cells} | {total} | {_share(counts[cause, cause] / total)} |"
    totals = [sum(counts[cause, guess] for cause in Cause) for guess in said]
    yield "| all | " + " | ".join(map(str, totals)) + f" | {len(failed)} | {_share(agreement(failed))} |"
    right = (counts[guess, guess] / total for guess, total in zip(said, totals, strict=True))
    yield "| of these right | " + " | ".join(map(_share, right)) + " | | |"


def _top(counts: Counter[Cause]) -> str:
    cause, number = counts.most_common(1)[0]
    return f"{cause.value} ({number})"


def _mean(found: Sequence[Guess]) -> str:
    return _share(float(np.mean(list(by_sequence(found).values()))))


def _share(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.2f}"
