"""S_comb against S_norm on real frames: `python -m tests.measuring.sampling SEQUENCES --out DIR`.

Every sequence is tracked from its first true box, as `dlst evaluate` does. What was seen is kept under `--out`: a
second call only counts, and `tests.measuring.failure_card` counts on the same recordings. On each frame with a
true box, both are drawn from what the run itself knew: the previous box, the localised one, their spread. S_norm
makes all its draws around the previous box, S_comb those of the tracker. Tables are printed as Markdown, and
written to `DIR/sampling.md`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dlst_gui.tracking.allocator import prepare_for_torch
from dlst_gui.tracking.devices import cpu_threads
from tests.measuring.recording import Run, parser_of_runs, read, recorded_runs
from tracker_core import PRESETS, Box, CandidateOrigin
from tracker_core.evidence import CLOSE, ON_TARGET, Overlaps, Redrawing

LARGE_MOTION = 0.5
"""Of the mean side: how far the true centre has moved since the frame before."""


@dataclass(frozen=True)
class Row:
    """One tracked frame."""

    motion: float  # of the true centre since the frame before, in mean sides; NaN without a box there
    previous_iou: float  # of the previous box with the truth of this frame
    localized_iou: float  # of the localised box; -1 where the localiser abstained
    score: float
    draws: int
    norm_half: int
    norm_close: int
    comb_half: int
    comb_close: int
    proposed_best: float  # of boxes that a network proposed, where there are some; -1 where not


def motion_between(before: Box | None, now: Box) -> float:
    if before is None:
        return float("nan")
    distance = np.hypot(*(a - b for a, b in zip(now.center, before.center, strict=True)))
    return float(distance / ((before.width + before.height) / 2))


def rows_of(run: Run) -> Iterator[Row]:
    """All frames after the first that have a true box."""
    recording, config = read(run.path), PRESETS[run.settings.preset]
    width, height = recording.frame_size
    before: Box | None = recording.first_box
    for recorded in recording.frames:
        truth, seen = recorded.truth, recorded.result.diagnostics
        assert seen is not None
        if truth is not None:
            again = Redrawing.of(seen, config, frame_width=width, frame_height=height)
            norm, comb = (
                draw(seed=recorded.frame_index).overlaps(truth) for draw in (again.normal, again.combined)
            )
            proposed = Overlaps.of_candidates(seen.candidates, truth).of(CandidateOrigin.MATCHED)
            yield Row(
                motion_between(before, truth),
                seen.previous_box.iou(truth),
                -1.0 if seen.localized_box is None else seen.localized_box.iou(truth),
                recorded.result.score,
                len(comb),
                norm.reaching(ON_TARGET),
                norm.reaching(CLOSE),
                comb.reaching(ON_TARGET),
                comb.reaching(CLOSE),
                proposed.best if len(proposed) else -1.0,
            )
        before = truth


Selection = Callable[[Row], bool]
SELECTIONS: dict[str, Selection] = {
    "all frames": lambda row: True,
    "large motion": lambda row: row.motion > LARGE_MOTION,
    "previous box off": lambda row: row.previous_iou < ON_TARGET,
    "tracker says lost": lambda row: row.score <= 0,
}
"""The groups of frames that tables tell apart."""


def shares(rows: Sequence[Row]) -> str:
    """Cells of a table: frames, draws on the target and close to it, and frames with at least one of them."""
    if not rows:
        return "| 0 " + "| – " * 8 + "|"

    draws = _mean(rows, "draws")
    cells = []
    for name in ("norm_half", "comb_half", "norm_close", "comb_close"):
        cells.append(f"{_mean(rows, name):.1f} ({100 * _mean(rows, name) / draws:.1f} %)")
    for name in ("norm_half", "comb_half", "norm_close", "comb_close"):
        cells.append(f"{100 * np.mean([getattr(row, name) > 0 for row in rows]):.1f} %")
    return f"| {len(rows)} | " + " | ".join(cells) + " |"


def alone(rows: Sequence[Row]) -> str:
    """On how many frames one of both has a draw on the target and the other has none."""
    comb = sum(row.comb_half > 0 == row.norm_half for row in rows)
    norm = sum(row.norm_half > 0 == row.comb_half for row in rows)
    return f"Of {len(rows)} frames, S_comb alone has a draw ≥ .5 on {comb}, S_norm alone on {norm}."


def places(groups: dict[str, list[Row]]) -> list[str]:
    """By group, how often the localised box beats the previous one, and a network's own box is on the target."""
    lines = []
    for name, rows in groups.items():
        better = [row.localized_iou > row.previous_iou for row in rows if row.localized_iou >= 0]
        found = [row.proposed_best >= ON_TARGET for row in rows if row.proposed_best >= 0]
        for text, which in (
            ("The localised box overlaps the target more than the previous one", better),
            ("A proposed box reaches .5", found),
        ):
            if which:
                lines.append(f"{text} on {100 * float(np.mean(which)):.1f} % of {len(which)} frames ({name}).")
    return lines


Runs = dict[str, dict[str, list[Row]]]
"""Rows by sequence, by system; all seeds of a system together."""

_HEAD = (
    "| system | frames of | frames | S_norm ≥ .5 | S_comb ≥ .5 | S_norm ≥ .7 | S_comb ≥ .7 "
    "| frames with one ≥ .5: S_norm | S_comb | one ≥ .7: S_norm | S_comb |\n|---|---|" + "---:|" * 9
)


def tables(runs: Runs) -> str:
    """Markdown: all systems by group of frames, in words, and all sequences by system."""
    parts = [_HEAD]
    words = []
    for system, by_sequence in runs.items():
        rows = [row for each in by_sequence.values() for row in each]
        groups = {name: [row for row in rows if wanted(row)] for name, wanted in SELECTIONS.items()}
        parts += [f"| {system} | {name} {shares(group)}" for name, group in groups.items()]
        words += ["", "\n\n".join((f"**{system}.** {alone(rows)}", *places(groups), *ahead(by_sequence)))]
    return "\n".join((*parts, *words, "", *by_sequences(runs), ""))


def ahead(by_sequence: dict[str, list[Row]]) -> list[str]:
    """In how many sequences S_comb has more draws on the target, and in how many fewer."""
    lines = []
    for name in ("all frames", "large motion"):
        groups = [[row for row in rows if SELECTIONS[name](row)] for rows in by_sequence.values()]
        means = [(_mean(rows, "norm_half"), _mean(rows, "comb_half")) for rows in groups if rows]
        more, fewer = sum(comb > norm for norm, comb in means), sum(comb < norm for norm, comb in means)
        lines.append(f"S_comb has more draws ≥ .5 in {more} sequences, fewer in {fewer} ({name}).")
    return lines


def by_sequences(runs: Runs) -> list[str]:
    """Mean draws on the target, S_norm → S_comb: of all frames, and of those with large motion."""
    lines = [f"| | {' | '.join(f'{system} | large motion' for system in runs)} |"]
    lines.append("|---|" + "---:|" * (2 * len(runs)))
    for name in sorted({name for by_sequence in runs.values() for name in by_sequence}, key=str.lower):
        cells = []
        for by_sequence in runs.values():
            rows = by_sequence.get(name, [])
            moved = [row for row in rows if SELECTIONS["large motion"](row)]
            cells += [_change(rows), f"{_change(moved)} of {len(moved)}" if moved else ""]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def _change(rows: Sequence[Row]) -> str:
    return f"{_mean(rows, 'norm_half'):.1f} → {_mean(rows, 'comb_half'):.1f}" if rows else ""


def _mean(rows: Sequence[Row], name: str) -> float:
    return float(np.mean([getattr(row, name) for row in rows]))


def main(arguments: Sequence[str]) -> None:
    options = parser_of_runs(__doc__).parse_args(arguments)
    rows: Runs = {}
    for run in recorded_runs(options):
        system = rows.setdefault(run.system, {})
        system.setdefault(run.name, []).extend(rows_of(run))
    text = tables(rows)
    (options.out / "sampling.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    prepare_for_torch()
    with cpu_threads(1):
        main(sys.argv[1:])
