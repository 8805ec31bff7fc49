"""What an evaluation found: one record per run, and its means over sequences and spread over seeds."""

from __future__ import annotations

import statistics
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from tracker_core.box import BoxArray
from tracker_core.evaluation.otb import Curves, SequenceScore, mean_curves
from tracker_core.evaluation.protocols.box_measures import BoxMeasures, BoxSummary, summarise_boxes
from tracker_core.evaluation.protocols.vot.long_term import LongTermMeasures, LongTermRun, measure_long_term
from tracker_core.evaluation.scores.roc import ScoredFrames, ScoreTest, score_test

Settings = Mapping[str, str | int]
"""What a tracker ran with, by name, as it is written to results.json."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """One seed's run over one sequence.

    Attributes:
        fps: frames per second without the first frame; None where it was not measured.
        first_frame_s: seconds the first frame took; None where it was not measured.
        scored: frames with a score; None where the tracker gives none.
        boxes: what other benchmarks measure of the same boxes; None of pooled runs.
        long_term: the run as VOT's long-term measures take it; None where they are not asked for.
        rows: (n, 4) toolkit rows as the tracker gave them; None of pooled runs.
    """

    seed: int
    score: SequenceScore
    fps: float | None = None
    first_frame_s: float | None = None
    scored: ScoredFrames | None = None
    boxes: BoxMeasures | None = None
    long_term: LongTermRun | None = None
    rows: BoxArray | None = None


@dataclass(frozen=True, slots=True)
class FailedRun:
    """One seed's run over one sequence that gave no boxes; `reason` says why in one line."""

    sequence: str
    seed: int
    reason: str


@dataclass(frozen=True, slots=True)
class Statistic:
    """A mean, and its sample standard deviation over seeds (None where there is none to tell)."""

    mean: float
    std: float | None

    def __str__(self) -> str:
        return f"{self.mean:.3f}" if self.std is None else f"{self.mean:.3f} ± {self.std:.3f}"


@dataclass(frozen=True, slots=True)
class Summary:
    """AUC, OS and DP of several runs."""

    auc: Statistic
    os: Statistic
    dp: Statistic


@dataclass(frozen=True, slots=True)
class TrackerResults:
    """All runs of one tracker, at least one: those that were finished, and those that failed.

    Curves and means are over the finished ones.
    """

    name: str
    runs: tuple[RunResult, ...]
    settings: Settings = field(default_factory=dict)
    failures: tuple[FailedRun, ...] = ()

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(sorted({run.seed for run in self.runs}))

    @property
    def sequences(self) -> tuple[str, ...]:
        """Names in the order of the finished runs."""
        return tuple(dict.fromkeys(run.score.sequence for run in self.runs))

    @property
    def fps(self) -> float | None:
        """Median over runs, which one slow start does not bend; None where nothing was measured."""
        measured = [run.fps for run in self.runs if run.fps is not None]
        return statistics.median(measured) if measured else None

    @property
    def first_frame_s(self) -> float | None:
        """Median over runs."""
        measured = [run.first_frame_s for run in self.runs if run.first_frame_s is not None]
        return statistics.median(measured) if measured else None

    @property
    def score_test(self) -> ScoreTest | None:
        """What its scores are worth; None where no run has any."""
        scored = [run.scored for run in self.runs if run.scored is not None]
        return score_test(scored) if scored else None

    @property
    def box_summary(self) -> BoxSummary | None:
        """Measures of other benchmarks; None where no run has any."""
        measured = [run.boxes for run in self.runs if run.boxes is not None]
        return summarise_boxes(measured) if measured else None

    @property
    def long_term(self) -> LongTermMeasures | None:
        """VOT's long-term measures of the first seed; None where no run has what they need."""
        runs = [run.long_term for run in self.runs if run.long_term is not None and run.seed == self.seeds[0]]
        return measure_long_term(runs) if runs else None

    def of_sequence(self, sequence: str) -> TrackerResults:
        """The runs over one sequence."""
        return self.of_sequences((sequence,))

    def of_sequences(self, sequences: Collection[str]) -> TrackerResults:
        """The runs over some sequences."""
        return TrackerResults(
            self.name,
            tuple(run for run in self.runs if run.score.sequence in sequences),
            self.settings,
            tuple(failed for failed in self.failures if failed.sequence in sequences),
        )

    def of_seed(self, seed: int) -> TrackerResults:
        """The runs of one seed."""
        return TrackerResults(
            self.name,
            tuple(run for run in self.runs if run.seed == seed),
            self.settings,
            tuple(failed for failed in self.failures if failed.seed == seed),
        )

    def curves(self, *, drops_zero_curves: bool = False) -> Curves:
        """Mean over seeds per sequence, then over sequences."""
        per_sequence = [mean_curves([run.score for run in self.of_sequence(name).runs]) for name in self.sequences]
        return mean_curves(per_sequence, drops_zero_curves=drops_zero_curves)

    def summary(self) -> Summary:
        """Means over sequences; the spread is that of the seeds' means, if every seed did every sequence."""
        mean = self.curves()
        is_even = len(self.runs) == len(self.seeds) * len(self.sequences)
        seeds = [self.of_seed(seed).curves() for seed in self.seeds] if is_even else []
        return Summary(
            auc=Statistic(mean.auc, _spread([seed.auc for seed in seeds])),
            os=Statistic(mean.os, _spread([seed.os for seed in seeds])),
            dp=Statistic(mean.dp, _spread([seed.dp for seed in seeds])),
        )


def _spread(values: list[float]) -> float | None:
    return statistics.stdev(values) if len(values) > 1 else None


def common_sequences(trackers: tuple[TrackerResults, ...]) -> tuple[str, ...]:
    """What all trackers with a finished run have finished, where some have finished more; else none."""
    finished = [tracker.sequences for tracker in trackers if tracker.runs]
    common = tuple(name for name in finished[0] if all(name in names for names in finished)) if finished else ()
    return common if any(len(names) > len(common) for names in finished) else ()


def comparable(trackers: tuple[TrackerResults, ...]) -> tuple[TrackerResults, ...]:
    """All with the runs over `common_sequences` alone, where there are such."""
    common = common_sequences(trackers)
    return tuple(tracker.of_sequences(common) for tracker in trackers) if common else trackers


def ranked(trackers: tuple[TrackerResults, ...]) -> tuple[TrackerResults, ...]:
    """Best mean AUC first; trackers without a finished run last."""
    return tuple(sorted(trackers, key=lambda tracker: -tracker.curves().auc if tracker.runs else 1.0))
