"""Measures how often the default system's boxes are wrong at each score: makes `resources/error-rates.json`.

    python -m resources.making.make_error_rates SOURCE ... [--guides none,NAME] [--out FILE]

A source is a sequence folder, a folder of them, or a video beside which NAME_groundtruth_rect.txt lies. Folders
are tracked forward and backward, videos forward; nothing is corrected. The share of wrong boxes is a logistic
function of the score. How far it can be trusted on other videos is told by leaving one source out of the fit at a
time and predicting its boxes: the file has shares said and found. Rates are cut off at the least and largest share
that such predictions have borne out. A guide changes scores as well as boxes, so that each has rates of its own.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.sequence_runs.sequences import find_sequences
from dlst_gui.tracking.devices import cpu_threads
from dlst_gui.tracking.headless_run import run_headless
from dlst_gui.tracking.tracker_factory import TrackerSettings, make_tracker
from dlst_gui.tracking.tracking_run import TrackingRun, TrackRequest
from dlst_gui.video import open_source
from dlst_gui.video.ground_truth import Boxes
from tracker_core import DEFAULT_PRESET, WeightsError, shipped_file
from tracker_core.evaluation.otb import frame_ious, otb_rows
from tracker_core.evaluation.scores.roc import ScoredFrames, score_test
from tracker_core.score_meaning import FILE_NAME, ErrorRates, MeasuredRates, error_rates_text

WRONG_BELOW = 0.5  # IoU
GRID = np.arange(-4, 6.01, 0.5)  # scores of the table
BAND_EDGES = (0, 0.05, 0.1, 0.2, 0.3, 0.5, 1.01)  # of what is said, to compare with what is found
FEWEST = 40  # frames of a band that bears out a share

Values = NDArray[np.float64]


def sources(paths: Sequence[Path]) -> Iterator[tuple[str, Path, int, Boxes]]:
    """Name, what `open_source` takes, first frame and true boxes of each."""
    for path in paths:
        if path.is_dir():
            for found in find_sequences([path], None).sequences:
                yield found.name, found.path, found.first_frame, found.ground_truth
        else:
            with open_source(path) as source:
                truth = source.ground_truth
            if truth is None:
                raise CommandError(f"{path} has no ground truth beside it")
            yield path.stem, path, 0, truth


def scores_and_ious(
    settings: TrackerSettings, path: Path, first: int, truth: Boxes, *, is_backward: bool
) -> tuple[Values, Values]:
    """Of all tracked frames that have a true box."""
    order = list(range(len(truth)))[:: -1 if is_backward else 1]
    while truth[order[0]] is None:
        del order[0]
    box = truth[order[0]]
    assert box is not None
    request = TrackRequest(0, {first + order[0]: box}, first + order[0], first + order[-1])
    tracker = make_tracker(settings)
    with open_source(path) as source, cpu_threads(1):
        run = TrackingRun(request, source, tracker)
        result = run_headless(run, on_frame=lambda _: None, should_cancel=lambda: False)
    ious = frame_ious(otb_rows(result.boxes), otb_rows([truth[index] for index in order]))
    scores = np.array(result.scores)
    is_known = np.isfinite(scores) & np.isfinite(ious)
    return scores[is_known], ious[is_known]


def logistic(scores: Values, is_wrong: Values) -> tuple[float, float]:
    """Intercept and slope, by Newton's method."""
    columns = np.stack([np.ones_like(scores), scores], axis=1)
    weights = np.zeros(2)
    for _ in range(50):
        share = 1 / (1 + np.exp(-columns @ weights))
        curvature = (columns * (share * (1 - share))[:, None]).T @ columns + 1e-3 * np.eye(2)
        weights += np.linalg.solve(curvature, columns.T @ (is_wrong - share))
    return float(weights[0]), float(weights[1])


def shares(fit: tuple[float, float], scores: Values) -> Values:
    """What a fit says."""
    return np.asarray(1 / (1 + np.exp(-(fit[0] + fit[1] * scores))))


def rates_of(by_source: Mapping[str, tuple[Values, Values]]) -> MeasuredRates:
    """From scores and IoUs of each source."""
    scores = np.concatenate([found[0] for found in by_source.values()])
    is_wrong = (np.concatenate([found[1] for found in by_source.values()]) < WRONG_BELOW).astype(float)
    of_source = np.repeat(np.array(list(by_source)), [len(found[0]) for found in by_source.values()])
    said = np.empty_like(scores)
    for name in by_source:
        is_other = of_source != name
        said[~is_other] = shares(logistic(scores[is_other], is_wrong[is_other]), scores[~is_other])
    bands = [(said >= low) & (said < high) for low, high in pairwise(BAND_EDGES)]
    reliability = [
        {"said": round(float(said[band].mean()), 3), "found": round(float(is_wrong[band].mean()), 3)}
        | {"frames": int(band.sum())}
        for band in bands
        if band.any()
    ]
    found = [row["found"] for row in reliability if row["frames"] >= FEWEST]
    wrong = np.clip(shares(logistic(scores, is_wrong), GRID), min(found), max(found))
    tested = score_test([ScoredFrames(*found) for found in by_source.values()])
    notes = {
        "measured_on": f"{len(by_source)} sources, {len(scores)} frames, {int(is_wrong.sum())} boxes wrong",
        "roc": {"area": tested.area, "on_target": tested.on_target, "off_target": tested.off_target},
        "one_source_left_out_at_a_time": reliability,
        "wrong_at_0_or_less": round(float(is_wrong[scores <= 0].mean()), 3),
        "wrong_above_0": round(float(is_wrong[scores > 0].mean()), 3),
    }
    return MeasuredRates(ErrorRates(tuple(GRID.tolist()), tuple(wrong.tolist())), notes)


def measured(guide: str, paths: Sequence[Path]) -> MeasuredRates:
    """Of the default system beside a guide, "" for none."""
    settings = TrackerSettings(DEFAULT_PRESET, device="cpu", threads=1, speed="fast", guide=guide)
    by_source: dict[str, tuple[Values, Values]] = {}
    for name, path, first, truth in sources(paths):
        ways = (False,) if path.is_file() else (False, True)
        runs = [scores_and_ious(settings, path, first, truth, is_backward=way) for way in ways]
        by_source[name] = (np.concatenate([run[0] for run in runs]), np.concatenate([run[1] for run in runs]))
        sys.stderr.write(f"{guide or 'no guide'}, {name}: {len(by_source[name][0])} frames\n")
    return rates_of(by_source)


def main() -> int:
    """Track, fit, write."""
    parser = argparse.ArgumentParser(description="Measure how often boxes of each score are wrong.")
    parser.add_argument("sources", type=Path, nargs="+", metavar="SOURCE")
    parser.add_argument("--guides", default="none", metavar="NAMES", help="with commas; none is the system alone")
    parser.add_argument("--out", type=Path, default=shipped_file(FILE_NAME), metavar="FILE")
    options = parser.parse_args()
    guides = ["" if name == "none" else name for name in options.guides.split(",")]
    try:
        rates = {
            " +".join(filter(None, (DEFAULT_PRESET, guide))): measured(guide, options.sources) for guide in guides
        }
    except (CommandError, WeightsError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    options.out.write_text(error_rates_text(rates), encoding="utf-8", newline="\n")
    sys.stderr.write(f"wrote {options.out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
