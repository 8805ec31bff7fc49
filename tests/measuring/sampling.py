"""S_comb against S_norm on real frames: `python -m tests.measuring.sampling SEQUENCES --out DIR`.

Every sequence is tracked from its first true box, as `dlst evaluate` does. On each frame with a true box, both are
drawn from what the run itself knew: the previous box, the localised one, their spread. S_norm makes all its draws
around the previous box, S_comb those of the tracker. One line per frame goes into `DIR/<run>/<sequence>.csv`; a
sequence that is there is not run again. Tables are printed as Markdown, and written to `DIR/tables.md`.

`--tables` prints those of an earlier call, without tracking.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import cast

import numpy as np

from dlst_gui.tracking.allocator import prepare_for_torch
from dlst_gui.tracking.devices import cpu_threads
from dlst_gui.tracking.tracker_factory import TrackerSettings, make_tracker
from dlst_gui.video import VideoSource, open_source
from tracker_core import PRESETS, Box, CandidateOrigin, Speed
from tracker_core.evidence import CLOSE, ON_TARGET, Overlaps, Redrawing

LARGE_MOTION = 0.5
"""Of the mean side: how far the true centre has moved since the frame before."""


@dataclass(frozen=True)
class Row:
    """One tracked frame."""

    frame: int
    motion: float  # of the true centre since the frame before, in mean sides
    previous_iou: float  # of the previous box with the truth of this frame
    localized_iou: float  # of the localised box; -1 where the localiser abstained
    result_iou: float
    score: float
    draws: int
    norm_half: int
    norm_close: int
    norm_best: float
    comb_half: int
    comb_close: int
    comb_best: float
    localized_half: int  # of S_comb's draws around the localised box alone
    localized_draws: int
    proposed_best: float  # of boxes that a network proposed, where there are some; -1 where not

    @classmethod
    def read(cls, words: dict[str, str]) -> Row:
        return cls(**{each.name: (int if each.type == "int" else float)(words[each.name]) for each in fields(cls)})


def motion_between(before: Box | None, now: Box) -> float:
    if before is None:
        return float("nan")
    distance = np.hypot(*(a - b for a, b in zip(now.center, before.center, strict=True)))
    return float(distance / ((before.width + before.height) / 2))


def measured(source: VideoSource, settings: TrackerSettings) -> list[Row]:
    """All frames after the first that has a true box."""
    truths = source.ground_truth or ()
    first = next(index for index, box in enumerate(truths) if box is not None)
    tracker = make_tracker(settings)
    tracker.initialize(source.read(first), cast("Box", truths[first]))
    config = PRESETS[settings.preset]
    rows = []
    for index in range(first + 1, source.frame_count):
        result = tracker.track(source.read(index), with_diagnostics=True)
        truth, seen = truths[index], result.diagnostics
        if truth is None or seen is None:
            continue
        again = Redrawing.of(seen, config, frame_width=source.width, frame_height=source.height)
        norm, comb = (draw(seed=index).overlaps(truth) for draw in (again.normal, again.combined))
        localized = comb.of(CandidateOrigin.LOCALIZED)
        proposed = Overlaps.of_candidates(seen.candidates, truth).of(CandidateOrigin.MATCHED)
        rows.append(
            Row(
                index,
                motion_between(truths[index - 1], truth),
                seen.previous_box.iou(truth),
                -1.0 if seen.localized_box is None else seen.localized_box.iou(truth),
                result.box.iou(truth),
                result.score,
                len(comb),
                norm.reaching(ON_TARGET),
                norm.reaching(CLOSE),
                norm.best,
                comb.reaching(ON_TARGET),
                comb.reaching(CLOSE),
                comb.best,
                localized.reaching(ON_TARGET),
                len(localized),
                proposed.best if len(proposed) else -1.0,
            )
        )
    return rows


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    names = [each.name for each in fields(Row)]
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_suffix(".part")
    with whole.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([f"{getattr(row, name):g}" for name in names] for row in rows)
    whole.replace(path)


def read_rows(path: Path) -> list[Row]:
    with path.open(newline="") as file:
        return [Row.read(words) for words in csv.DictReader(file)]


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

    def mean(value: Callable[[Row], float]) -> float:
        return float(np.mean([value(row) for row in rows]))

    draws = mean(lambda row: row.draws)
    cells = []
    for norm, comb in (("norm_half", "comb_half"), ("norm_close", "comb_close")):
        for name in (norm, comb):
            number = mean(lambda row, name=name: getattr(row, name))  # type: ignore[misc]
            cells.append(f"{number:.1f} ({100 * number / draws:.1f} %)")
    for name in ("norm_half", "comb_half", "norm_close", "comb_close"):
        cells.append(f"{100 * mean(lambda row, name=name: getattr(row, name) > 0):.1f} %")  # type: ignore[misc]
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


_HEAD = (
    "| {0} | frames | S_norm ≥ .5 | S_comb ≥ .5 | S_norm ≥ .7 | S_comb ≥ .7 "
    "| frames with one ≥ .5: S_norm | S_comb | one ≥ .7: S_norm | S_comb |\n|---|" + "---:|" * 9
)


def tables(runs: dict[str, dict[str, list[Row]]]) -> str:
    """Markdown: of each system all frames by group, and all sequences.

    Args:
        runs: rows by sequence, by system; all seeds of a system together.
    """
    parts = []
    for system, by_sequence in runs.items():
        rows = [row for each in by_sequence.values() for row in each]
        parts += [f"## {system}\n", _HEAD.format("frames of")]
        groups = {name: [row for row in rows if wanted(row)] for name, wanted in SELECTIONS.items()}
        parts += [f"| {name} {shares(group)}" for name, group in groups.items()]
        parts += ["", "\n\n".join((alone(rows), *places(groups))), "", _HEAD.format("sequence")]
        parts += [f"| {name} {shares(each)}" for name, each in sorted(by_sequence.items())]
        parts += ["", _HEAD.format("large motion in")]
        moved = {name: [row for row in each if row.motion > LARGE_MOTION] for name, each in by_sequence.items()}
        parts += [f"| {name} {shares(each)}" for name, each in sorted(moved.items()) if each]
        parts.append("")
    return "\n".join(parts)


def runs_in(folder: Path) -> dict[str, dict[str, list[Row]]]:
    """What is there, by system and sequence."""
    found: dict[str, dict[str, list[Row]]] = {}
    for path in sorted(folder.glob("*/*.csv")):
        system = path.parent.name.rpartition(" seed ")[0]
        found.setdefault(system, {}).setdefault(path.stem, []).extend(read_rows(path))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sequences", type=Path, nargs="+", help="sequence folders, or folders of them")
    parser.add_argument("--presets", default="dlst,dlst-studio")
    parser.add_argument("--speed", default="fast")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tables", action="store_true", help="print tables of what is in OUT, run nothing")
    options = parser.parse_args(arguments)
    if not options.tables:
        track_all(options)
    options.out.mkdir(parents=True, exist_ok=True)
    text = tables(runs_in(options.out))
    (options.out / "tables.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


def track_all(options: argparse.Namespace) -> None:
    """Run what is missing, one sequence after the other; a seed of all systems before the next seed."""
    prepare_for_torch()
    folders = [
        folder
        for given in options.sequences
        for folder in (given, *sorted(given.iterdir()))
        if any(folder.glob("groundtruth*.txt"))
    ]
    for speed in options.speed.split(","):
        for seed in range(options.seeds):
            for preset in options.presets.split(","):
                settings = TrackerSettings(
                    preset=preset, seed=seed, device=options.device, speed=cast("Speed", speed), threads=1
                )
                for folder in folders:
                    path = options.out / f"{settings.system} seed {seed}" / f"{folder.name}.csv"
                    if path.exists():
                        continue
                    with cpu_threads(settings.threads), open_source(folder) as source:
                        write_rows(path, measured(source, settings))
                    sys.stderr.write(f"{path.parent.name} {folder.name}\n")


if __name__ == "__main__":
    sys.exit(main())
